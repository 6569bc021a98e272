//! Both ledgers, and the demands they count.

use agentid_nostd::{CountedElsewhere, Demand, Ledger, LedgerSlot, ReplayFilter, UsageLedger};

use crate::any::{self, see};

pub(crate) fn call_all() {
    // One of no size is not useful, and must not panic either.
    exact::<64>();
    exact::<1>();
    exact::<0>();
    approximate::<128>();
    approximate::<1>();
    approximate::<0>();
    elsewhere();
    demand(&any::demand());
}

fn exact<const N: usize>() {
    let mut ledger = any::of(UsageLedger::new([LedgerSlot::EMPTY; N], any::since()));
    see((ledger.len(), ledger.is_empty()));
    // A ledger that is lent takes the same way.
    count(&mut ledger);
    see(ledger);
}

fn approximate<const BYTES: usize>() {
    let mut filter: ReplayFilter<BYTES> = any::of(ReplayFilter::new(any::of(0), any::since()));
    count(&mut filter);
    see(filter);
}

fn elsewhere() {
    count(CountedElsewhere(any::since()));
}

fn count(mut ledger: impl Ledger) {
    see(ledger.since());
    // Any number of demands.
    see(ledger.count(any::slice(&[any::demand(), any::demand()]), any::clock()));
}

pub(crate) fn demand(demand: &Demand) {
    see((
        demand.kind().number(),
        demand.issuer(),
        demand.token_id(),
        demand.limit(),
        demand.expires_at(),
        demand.retain_until(),
    ));
    see(demand.check(any::of(0)));
}
