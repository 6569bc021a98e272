//! Answers the vectors of admission: tables, and sequences of calls at a gate.

use agentid_images::Curve;
use agentid_nostd::{
    Backend, Clock, Demand, Error, Gate, Ledger, LedgerSlot, ReplayFilter, Since, TrustAnchor, TrustBundle,
    TrustState, TrustTable, TrustedIssuer, UsageLedger,
};
use defmt::println;
use heapless::Vec;

use crate::{Bytes, Call, Keep, Text, Vector, anchor, fits, key, policy, set};

/// A ledger of a kind chosen at run time.
#[expect(clippy::large_enum_variant, reason = "there is no heap to put the large one on")]
enum AnyLedger<'l> {
    Usage(UsageLedger<&'l mut [LedgerSlot]>),
    Filter(ReplayFilter<[u8; 2048]>),
}

impl Ledger for AnyLedger<'_> {
    fn since(&self) -> Since {
        match self {
            Self::Usage(ledger) => ledger.since(),
            Self::Filter(filter) => filter.since(),
        }
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        match self {
            Self::Usage(ledger) => ledger.count(demands, clock),
            Self::Filter(filter) => filter.count(demands, clock),
        }
    }
}

pub(crate) fn table(lines: &[(Bytes<'_>, Text<'_>, Text<'_>, bool)]) -> Result<(), Error> {
    let mut issuers = Vec::<TrustedIssuer<'_>, 4>::new();
    for (bytes, name, project, guessable) in lines {
        let issuer = TrustedIssuer::new(key(bytes)?, name, project);
        fits(issuers.push(if *guessable { issuer.allow_guessable() } else { issuer }));
    }
    TrustTable::new(&issuers).map(drop)
}

/// Plays the calls of the vector and prints each answer.
pub(crate) fn play(vector: &Vector<'_>) -> Result<(), Error> {
    let &Vector::Gate {
        authority,
        clock,
        ref ledger,
        since,
        bundles,
        tokens,
        calls,
        clock_skew,
        max_lifetime,
        max_token_len,
        not_issued_before,
        time_policy,
        counting,
    } = vector
    else {
        return Ok(());
    };
    let mut anchor = anchor(authority, clock_skew)?;
    let first = TrustBundle::open_with(Curve, bundles[0], &anchor, clock)?;
    anchor = TrustAnchor::from_state(&first.state());
    let mut slots = [LedgerSlot::EMPTY; 8];
    let ledger = match *ledger {
        Keep::Usage(len) => {
            let slots = slots.get_mut(..len).expect("the image has room for this ledger");
            AnyLedger::Usage(UsageLedger::new(slots, since))
        }
        Keep::Filter(window) => AnyLedger::Filter(ReplayFilter::new([0; 2048], window, since)),
    };
    let policy = policy(clock_skew, max_lifetime, max_token_len).time_policy(time_policy);
    let mut gate = Gate::new(first, ledger).with_backend(Curve).policy(policy).counting(counting);
    gate = set(gate, not_issued_before, Gate::not_issued_before);

    for call in calls {
        match *call {
            Call::Bundle(number, clock) => {
                let opened = gate.open_next(bundles[number], &anchor, clock);
                let outcome = opened.and_then(|bundle| {
                    gate.set_trust(bundle)?;
                    anchor = TrustAnchor::from_state(&bundle.state());
                    Ok(())
                });
                println!("call = {=u8}", outcome.err().map_or(0, Error::code));
            }
            Call::HandOver(number, clock, is_stored) => {
                let adopted = taken_over(&gate, bundles[number], &anchor, clock, is_stored);
                let outcome = adopted.and_then(|bundle| {
                    gate.set_trust(bundle)?;
                    anchor = TrustAnchor::from_state(&bundle.state());
                    bundle.check_current(clock)
                });
                println!("call = {=u8}", outcome.err().map_or(0, Error::code));
            }
            Call::Restart(number, clock) => {
                let outcome = TrustBundle::open_with(Curve, bundles[number], &anchor, clock);
                println!("call = {=u8}", outcome.err().map_or(0, Error::code));
            }
            Call::Token(number, clock, scopes) => {
                match gate.admit(tokens[number], &agentid_nostd::Call::new(scopes), clock) {
                    Ok(admitted) => match admitted.calls_left() {
                        Some(left) => println!("call = 0 {=u32}", left),
                        None => println!("call = 0 unlimited"),
                    },
                    Err(error) => println!("call = {=u8}", error.code()),
                }
            }
        }
    }
    Ok(())
}

/// The bundle of a hand-over, after its state was stored or was not.
fn taken_over<'b>(
    gate: &Gate<TrustBundle<'b>, AnyLedger<'_>, impl Backend>,
    bytes: Bytes<'b>,
    anchor: &TrustAnchor,
    clock: Clock,
    is_stored: bool,
) -> Result<TrustBundle<'b>, Error> {
    let hand_over = gate.prepare_hand_over(bytes, anchor, clock)?;
    let stored = if is_stored { hand_over.state().to_bytes() } else { [0xff; TrustState::LEN] };
    hand_over.adopt(&stored)
}
