//! Both ledgers, and the demands they count.

use agentid_nostd::{Demand, Ledger, LedgerSlot, ReplayFilter, Since, UsageLedger};

use crate::any::{self, see};

pub(crate) fn call_all() {
    // One of no size is not useful, and must not panic either.
    exact::<64>();
    exact::<1>();
    exact::<0>();
    approximate::<128>();
    approximate::<1>();
    approximate::<0>();
    demand(&any_demand());
}

fn exact<const N: usize>() {
    let mut ledger = any::of(UsageLedger::new([LedgerSlot::EMPTY; N], any::since()));
    see(ledger.since());
    see((ledger.len(), ledger.is_empty()));
    see(ledger.count(&any_demand(), any::clock()));
    see(ledger);
}

fn approximate<const BYTES: usize>() {
    let mut filter: ReplayFilter<BYTES> = any::of(ReplayFilter::new(any::of(0), any::since()));
    see(filter.since());
    see(filter.count(&any_demand(), any::clock()));
    see(filter);
}

fn any_demand() -> Demand {
    Demand::new(any::of([0; 32]), any::of(0), any::of(0), any::counting(), any::of(0), any::of(0))
}

pub(crate) fn demand(demand: &Demand) {
    see((demand.issuer(), demand.token_id(), demand.limit(), demand.expires_at(), demand.retain_until()));
    see(demand.check(any::of(0)));
}
