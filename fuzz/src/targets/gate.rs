//! Sequences at a gate, with tables and with bundles that follow one another: everything before the
//! count is decided as the model decides it, and the count is one that a memory without limits
//! allows.
//!
//! Which entries a full ledger has given up is judged as loosely as in `ledger`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use agentid_nostd::{
    Call, Claims, Clock, Counting, Demand, DemandKind, Error, Gate, LedgerSlot, PublicKey, Quota, Rules, Since, TimePolicy,
    TrustAnchor, TrustBundle, TrustSource, TrustTable, TrustedIssuer, Uncounted, UsageLedger,
};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use arbitrary::{Result, Unstructured};

use super::verify::policy;
use crate::input::{self, Agent, NOW, list, scope_text, time};
use crate::model;
use crate::model::bundle::{Bundle, Issuer};
use crate::model::class::assert_refused;
use crate::model::token::{Policy, Token};
use crate::model::usage::Usage;

const SLOTS: usize = 4;

type OurGate<T> = Gate<T, UsageLedger<[LedgerSlot; SLOTS]>>;

/// Policy, trust sets, then what happens.
pub fn run(data: &[u8]) {
    let _ = play(&mut Unstructured::new(data));
}

/// A gate beside its model.
struct Beside<T> {
    gate: OurGate<T>,
    model: model::gate::Gate,
    since: Since,
    usage: Usage,
}

fn play(u: &mut Unstructured<'_>) -> Result<()> {
    let flags: u8 = u.arbitrary()?;
    let policy = policy(u)?;
    let first = trust(u)?;
    if flags & 1 == 0 {
        let next = trust(u)?;
        let bytes = [&first, &next].map(|trust| raw(trust).sign_as_authority());
        let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
        let [opened, opened_next] = bytes.each_ref().map(|bytes| {
            TrustBundle::open(bytes, &TrustAnchor::new(authority), Clock::Unknown)
                .expect("well formed, and no clock to be late by")
        });
        let proven = Some(first.issued_at);
        let mut beside = Beside::new(opened, first, proven, flags, policy);
        beside.calls(u)?;
        beside = beside.replace(opened_next, next, flags);
        beside.calls(u)
    } else {
        let lists: Vec<Vec<&str>> =
            first.issuers.values().map(|issuer| issuer.ceiling.iter().map(String::as_str).collect()).collect();
        let entries: Vec<TrustedIssuer<'_>> = first
            .issuers
            .iter()
            .zip(&lists)
            .map(|((key, issuer), ceiling)| {
                let key = PublicKey::from_bytes(key).expect("a good key");
                let entry = TrustedIssuer::new(key, &issuer.name, &issuer.project)
                    .ceiling(ceiling)
                    .max_lifetime_seconds(issuer.max_lifetime)
                    .valid_between(issuer.not_before, issuer.not_after)
                    .with_rules(Rules::from_byte(issuer.rules).expect("well formed"));
                match (NonZeroU32::new(issuer.quota.0), NonZeroU32::new(issuer.quota.1)) {
                    (Some(calls), Some(seconds)) => entry.with_quota(Quota { calls, seconds }),
                    _ => entry,
                }
            })
            .collect();
        let table = TrustTable::new(&entries).expect("well formed");
        let revokes_nothing = Bundle {
            not_after: i64::MAX,
            revoked_issuers: Default::default(),
            revoked_tokens: Default::default(),
            ..first.clone()
        };
        Beside::new(table, revokes_nothing, None, flags, policy).calls(u)
    }
}

/// Up to three issuers under their own names, and revocations.
fn trust(u: &mut Unstructured<'_>) -> Result<Bundle> {
    let mut issuers = BTreeMap::new();
    for agent in Agent::ALL {
        let flags: u8 = u.arbitrary()?;
        if flags & 1 != 0 {
            continue;
        }
        let issuer = Issuer {
            name: if flags & 2 == 0 { agent.name() } else { "another" }.into(),
            project: agent.project().into(),
            ceiling: if flags & 4 == 0 { vec!["*".into()] } else { well_formed(list(u, 3, scope_text)?) },
            max_lifetime: if flags & 8 == 0 { 86_400 } else { u.arbitrary::<u16>()?.into() },
            not_before: if flags & 16 == 0 { i64::MIN } else { time(u, NOW)? },
            not_after: if flags & 32 == 0 { i64::MAX } else { time(u, NOW)? },
            rules: if flags & 64 == 0 { 0 } else { rules(u)? },
            quota: if flags & 128 == 0 { (0, 0) } else { quota(u)? },
        };
        issuers.insert(agent.bytes(), issuer);
    }
    let revoked_issuers = list(u, 1, Agent::choose)?.iter().map(|agent| agent.bytes()).collect();
    let token = |u: &mut Unstructured<'_>| Ok((Agent::choose(u)?.bytes(), u64::from(u.arbitrary::<u8>()? % 4)));
    let revoked_tokens = list(u, 2, token)?.into_iter().collect();
    let issued_at = time(u, NOW - 1_000)?;
    let not_after = time(u, NOW + 1_000)?.max(issued_at);
    let epoch = u.arbitrary::<u8>()?;
    // Three times of four none.
    let next = if epoch & 3 == 0 { [epoch >> 6; 32] } else { [0; 32] };
    Ok(Bundle { epoch: epoch.into(), issued_at, not_after, next, issuers, revoked_issuers, revoked_tokens })
}

/// Mostly those that a token of version 1 can have.
fn rules(u: &mut Unstructured<'_>) -> Result<u8> {
    let byte: u8 = u.arbitrary()?;
    Ok((byte >> 3) % 5 << 3 | if byte & 4 == 0 { 0 } else { u.arbitrary::<u8>()? & 7 })
}

/// Small ones, so that they are spent.
fn quota(u: &mut Unstructured<'_>) -> Result<(u32, u32)> {
    let seconds = [1, 10, 60, 86_400][usize::from(u.arbitrary::<u8>()? % 4)];
    Ok((1 + u32::from(u.arbitrary::<u8>()? % 4), seconds))
}

fn well_formed(scopes: Vec<String>) -> Vec<String> {
    scopes.into_iter().filter(|scope| model::scope::is_scope(scope.as_bytes())).collect()
}

/// The maps are in the order that the format demands.
fn raw(trust: &Bundle) -> RawBundle {
    let issuer = |(key, issuer): (&[u8; 32], &Issuer)| RawIssuer {
        ceiling: issuer.ceiling.iter().map(|scope| scope.clone().into()).collect(),
        max_lifetime: issuer.max_lifetime,
        not_before: issuer.not_before,
        not_after: issuer.not_after,
        rules: issuer.rules,
        quota: issuer.quota,
        ..RawIssuer::new(*key, &issuer.name, &issuer.project)
    };
    RawBundle {
        epoch: trust.epoch,
        issued_at: trust.issued_at,
        not_after: trust.not_after,
        next_authority: trust.next,
        issuers: trust.issuers.iter().map(issuer).collect(),
        revoked_issuers: trust.revoked_issuers.iter().copied().collect(),
        revoked_tokens: trust.revoked_tokens.iter().copied().collect(),
        ..RawBundle::new(0)
    }
}

impl<'k, T: TrustSource<'k> + std::fmt::Debug> Beside<T> {
    fn new(opened: T, trust: Bundle, proven: Option<i64>, flags: u8, policy: Policy) -> Self {
        let time_policy = [TimePolicy::RequireKnown, TimePolicy::AllowLowerBound, TimePolicy::AllowUnknown]
            [usize::from(flags >> 1 & 3) % 3];
        let counting = if flags & 8 == 0 { Counting::Budget } else { Counting::SingleUse };
        let start = (flags & 16 != 0).then_some(NOW);
        let since =
            [Since::Beginning, Since::Beginning, Since::Time(NOW - 60), Since::Reset][usize::from(flags >> 6)];
        let mut gate = Gate::new(opened, UsageLedger::new([LedgerSlot::EMPTY; SLOTS], since))
            .policy(policy.ours().time_policy(time_policy))
            .counting(counting);
        if let Some(start) = start {
            gate = gate.not_issued_before(start);
        }
        let model = model::gate::Gate { trust, policy, time_policy, start, proven };
        Self { gate, model, since, usage: Usage::new(SLOTS) }
    }

    /// Since when the ledger has counted, given this clock.
    fn since_at(&self, clock: Clock) -> Since {
        match (self.since, self.model.clock(clock)) {
            (Since::Reset, Clock::Known(now)) => Since::Time(now),
            (since, _) => since,
        }
    }

    /// `SPEC.md`, section 8, "Start of the count".
    fn start_of_ledger(&self, since: Since) -> Option<i64> {
        let Since::Time(time) = since else { return None };
        let start = i128::from(time) + i128::from(self.model.policy.skew) + 1;
        Some(i64::try_from(start).unwrap_or(i64::MAX))
    }

    /// The trust of the next epoch, by either way; an older one is refused and changes nothing.
    fn replace(mut self, opened: T, next: Bundle, flags: u8) -> Self {
        let same = raw(&next).sign_as_authority() == raw(&self.model.trust).sign_as_authority();
        let rollback = next.epoch < self.model.trust.epoch || (next.epoch == self.model.trust.epoch && !same);
        let named = self.model.trust.next;
        let expected = match rollback {
            true => Some(Error::BundleRollback),
            false => (named != [0; 32] && next.next != named).then_some(Error::MalformedBundle),
        };
        let refused = if flags & 32 == 0 {
            self.gate.set_trust(opened).err()
        } else {
            match self.gate.with_trust(opened) {
                Ok(gate) => {
                    self.gate = gate;
                    None
                }
                Err((gate, error)) => {
                    self.gate = gate;
                    Some(error)
                }
            }
        };
        assert_eq!(refused, expected);
        if refused.is_none() {
            self.model.proven = Some(next.issued_at);
            self.model.trust = next;
        }
        self
    }

    fn calls(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..u.arbitrary::<u8>()? % 16 {
            let kind: u8 = u.arbitrary()?;
            let clock = input::clock(u)?;
            if kind > 247 {
                let lost = time(u, NOW)?;
                self.gate.ledger_reset_at(lost);
                let start = i128::from(lost) + i128::from(self.model.policy.skew) + 1;
                let start = i64::try_from(start).unwrap_or(i64::MAX);
                self.model.start = self.model.start.max(Some(start));
                continue;
            }
            let token = input::token(u, NOW)?;
            let required = list(u, 2, scope_text)?;
            let required: Vec<&str> = required.iter().map(String::as_str).collect();
            self.call(&token, &required, clock, kind & 1 != 0);
        }
        assert!(self.gate.ledger().len() <= SLOTS);
        assert!(format!("{:?}", self.gate.trust()).starts_with("Trust"));
        Ok(())
    }

    /// `elsewhere`: the gate only checks, and the count is kept by the caller.
    fn call(&mut self, token: &[u8], required: &[&str], clock: Clock, elsewhere: bool) {
        assert_eq!(self.gate.effective_clock(clock), self.model.clock(clock));
        if elsewhere {
            self.counted_elsewhere(token, required, clock);
        } else {
            self.counted_here(token, required, clock);
        }
    }

    /// Only the start of the ledger takes part in it; one that was reset counts from this call on.
    fn counted_elsewhere(&self, token: &[u8], required: &[&str], clock: Clock) {
        let start = self.model.start.max(self.start_of_ledger(self.since_at(clock)));
        let model = self.model.check(token, required, clock, start);
        let uncounted = match (self.gate.check(token, &Call::new(required), clock), model) {
            (Ok(uncounted), Ok(model)) => {
                self.same_demands(uncounted.demands(), &model, clock);
                self.same_claims(uncounted.claims(), &model, required);
                uncounted
            }
            (Err(error), Err(code)) => return assert_refused(error, code),
            (uncounted, model) => panic!("{uncounted:?}, but {model:?}"),
        };
        let allowed = |earlier: u32| {
            let mut demands = uncounted.demands().iter();
            demands.all(|demand| demand.limit().is_none_or(|limit| earlier < limit.get()))
        };
        for earlier in 0..6 {
            let numbers = vec![earlier; uncounted.demands().len()];
            let answer = checked_again(&self.gate, token, required, clock).admit(&numbers);
            assert_eq!(answer.is_ok(), allowed(earlier), "{answer:?}");
        }
        for numbers in [&[][..], &[0, 0, 0]] {
            let answer = checked_again(&self.gate, token, required, clock).admit(numbers);
            assert_eq!(answer.err(), Some(Error::CannotCount));
        }
    }

    fn counted_here(&mut self, token: &[u8], required: &[&str], clock: Clock) {
        self.since = self.since_at(clock);
        let start = self.model.start.max(self.start_of_ledger(self.since));
        let model = self.model.check(token, required, clock, start);
        let checked =
            self.gate.check(token, &Call::new(required), clock).map(|uncounted| uncounted.demands().to_vec());
        let answer = match (self.gate.admit(token, &Call::new(required), clock), &model) {
            (Ok(admitted), Ok(model)) => {
                self.same_claims(admitted.claims(), model, required);
                Ok(admitted.calls_left())
            }
            (Err(error), Ok(_)) => Err(error),
            (Err(error), Err(code)) => return assert_refused(error, *code),
            (Ok(admitted), Err(code)) => panic!("{admitted:?}, but {code}"),
        };
        // A call that may be counted here may be counted elsewhere as well.
        let (demands, model) = (checked.expect("admitted or refused by the ledger"), model.expect("matched above"));
        self.same_demands(&demands, &model, clock);
        self.usage.observe(&demands, self.model.clock(clock), answer);
    }

    fn same_claims(&self, claims: &Claims<'_>, model: &Token, required: &[&str]) {
        for asked in required.iter().copied().chain(["door:north:open", "alarm:off", "door:", "*"]) {
            assert_eq!(claims.permits(asked), self.model.permits(model, asked), "{asked:?}");
        }
    }

    fn same_demands(&self, demands: &[Demand], model: &Token, clock: Clock) {
        let [demand, others @ ..] = demands else { panic!("{demands:?}") };
        match (others, self.model.window(model, clock)) {
            ([], None) => {}
            ([quota], Some((number, end))) => {
                assert_eq!((quota.kind(), quota.issuer()), (DemandKind::Quota, &model.issuer));
                assert_eq!(i128::from(quota.token_id().cast_signed()), number);
                assert_eq!(quota.expires_at(), i64::try_from(end).unwrap_or(i64::MAX));
                let limit = self.model.trust.issuers[&model.issuer].quota.0;
                assert_eq!(quota.limit(), NonZeroU32::new(limit));
            }
            (others, window) => panic!("{others:?}, but {window:?}"),
        }
        assert_eq!(demand.kind(), DemandKind::Token);
        assert_eq!((demand.issuer(), demand.token_id()), (&model.issuer, model.token_id));
        let until = i128::from(model.expires_at) + i128::from(self.model.policy.skew);
        assert_eq!(demand.retain_until(), i64::try_from(until).unwrap_or(i64::MAX));
        assert_eq!(demand.expires_at(), model.expires_at);
    }
}

fn checked_again<'a, 'k: 'a, T: TrustSource<'k>>(
    gate: &OurGate<T>,
    token: &'a [u8],
    required: &[&str],
    clock: Clock,
) -> Uncounted<'a> {
    gate.check(token, &Call::new(required), clock).expect("nothing has changed")
}
