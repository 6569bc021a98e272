//! Sequences of uses under clocks that jump and go back: the exact ledger gives no answer that a
//! memory without limits rules out, and the replay filter accepts nothing twice.
//!
//! It does not prove how often the filter refuses by mistake.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::slice;

use agentid_nostd::{
    Clock, Counting, Demand, DemandKind, Error, HashKey, IssuerShare, Ledger, LedgerSlot, ReplayFilter, Since,
    UsageLedger,
};
use arbitrary::{Result, Unstructured};

use crate::model::class::assert_refused;
use crate::model::usage::Usage;

/// Which ledger, then five bytes per use.
pub fn run(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let kind: u8 = u.arbitrary()?;
    let mut uses = Vec::new();
    while !u.is_empty() && uses.len() < 1_000 {
        uses.push(one_use(u, kind & 0x80 != 0)?);
    }
    match kind % 9 {
        0 => exact(UsageLedger::new([LedgerSlot::EMPTY; 1], Since::Beginning), &uses),
        1 => exact(UsageLedger::new([LedgerSlot::EMPTY; 5], Since::Beginning), &uses),
        2 => exact(UsageLedger::new([LedgerSlot::EMPTY; 16], Since::Beginning), &uses),
        3 => exact(UsageLedger::new([LedgerSlot::EMPTY; 40], Since::Beginning), &uses),
        4 => exact(UsageLedger::new([LedgerSlot::EMPTY; 0], Since::Beginning), &uses),
        5 => filter(ReplayFilter::new([0; 0], 100, Since::Beginning), 100, &uses),
        6 => filter(ReplayFilter::new([0; 512], 100, Since::Beginning), 100, &uses),
        7 => limited(kind, &uses),
        _ => filter(ReplayFilter::new([0; 4_096], 0, Since::Beginning), 0, &uses),
    }
    Ok(())
}

/// Few ids and times, so that they meet again; zeros are a first use with some time to live. `wide`
/// spreads times over all there are.
fn one_use(u: &mut Unstructured<'_>, wide: bool) -> Result<(Demand, Clock)> {
    let [id, calls, until, clock, now]: [u8; 5] = u.arbitrary()?;
    let time = |byte: u8| if wide { (i64::from(byte) - 128) << 56 | i64::from(byte) } else { i64::from(byte) };
    let counting = if calls & 0x40 == 0 { Counting::Budget } else { Counting::SingleUse };
    let max_calls = u32::from(calls.wrapping_add(1) % 4);
    // Gates of two kinds share the ledger.
    let skew = if calls & 0x20 == 0 { 0 } else { 30 };
    let demand = Demand::new(
        DemandKind::Token,
        [7 + (id >> 7); 32],
        u64::from(id & 0x7F),
        NonZeroU32::new(max_calls),
        counting,
        time(until ^ 0x60),
        skew,
    );
    let clock = match clock % 8 {
        0..=5 => Clock::Known(time(now)),
        6 => Clock::AtLeast(time(now)),
        _ => Clock::Unknown,
    };
    Ok((demand, clock))
}

/// A ledger with a hash key, and with a limit for each issuer in half of the cases.
fn limited(kind: u8, uses: &[(Demand, Clock)]) {
    let slots = vec![LedgerSlot::EMPTY; 9];
    let ledger = UsageLedger::new(slots, Since::Beginning).with_hash_key(HashKey::new([kind; 16]));
    match kind / 9 % 2 {
        0 => exact_of(ledger, 9, Usage::new(9), uses),
        _ => {
            // There are two issuers, and room for as many.
            let ledger = ledger.with_issuer_limit(vec![IssuerShare::EMPTY; 2], 3);
            exact_of(ledger, 9, Usage::new(9).with_issuer_limit(3), uses);
        }
    }
}

fn exact<const N: usize>(ledger: UsageLedger<[LedgerSlot; N]>, uses: &[(Demand, Clock)]) {
    assert!(ledger.is_empty());
    exact_of(ledger, N, Usage::new(N), uses);
}

fn exact_of(mut ledger: impl Counted, slots: usize, mut usage: Usage, uses: &[(Demand, Clock)]) {
    for (demand, clock) in uses {
        let answer = Ledger::count(&mut &mut ledger, slice::from_ref(demand), *clock);
        if let Err(error) = answer {
            assert_refused(error, error.code());
        }
        usage.observe(std::slice::from_ref(demand), *clock, answer);
        assert!(ledger.tokens() <= slots);
        if answer.is_ok() && demand.limit().is_some() {
            assert!(ledger.tokens() > 0);
        }
    }
}

/// A ledger that says how many tokens it counts.
trait Counted: Ledger {
    fn tokens(&self) -> usize;
}

impl<S, H, I> Counted for UsageLedger<S, H, I>
where
    Self: Ledger,
{
    fn tokens(&self) -> usize {
        self.len()
    }
}

fn filter(mut filter: ReplayFilter<impl AsMut<[u8]>>, window: u32, uses: &[(Demand, Clock)]) {
    let mut accepted = HashSet::new();
    for (demand, clock) in uses {
        let answer = filter.count(slice::from_ref(demand), *clock);
        if demand.limit().is_some_and(|limit| limit.get() > 1) {
            assert_eq!(answer, Err(Error::CannotCount));
            continue;
        }
        let Some(now) = clock.lower_bound() else {
            assert_eq!(answer, Err(Error::TimeUncertain));
            continue;
        };
        let too_late = i128::from(demand.retain_until()) > i128::from(now) + i128::from(window);
        // The largest time is reached too late to be told from what follows it.
        if too_late && i128::from(now) + i128::from(window) < i128::from(i64::MAX) {
            assert_eq!(answer, Err(Error::WindowExceeded));
            continue;
        }
        // A gate does not ask for what has expired.
        if demand.expires_at() > now && answer.is_ok() {
            let token = (*demand.issuer(), demand.token_id(), demand.expires_at());
            assert_eq!(answer, Ok(Some(0)));
            assert!(accepted.insert(token), "{token:?} twice");
        }
    }
}
