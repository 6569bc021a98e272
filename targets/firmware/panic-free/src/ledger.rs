//! Both ledgers, and the demands they count.

use agentid_nostd::{CountedElsewhere, Demand, HashKey, IssuerShare, Ledger, LedgerSlot, ReplayFilter, UsageLedger};

use crate::any::{self, see};

pub(crate) fn call_all() {
    // One of no size is not useful, and must not panic either.
    exact::<64>();
    exact::<1>();
    exact::<0>();
    limited::<64, 8>();
    limited::<1, 1>();
    limited::<0, 0>();
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

/// With a hash key, and a limit for each issuer.
fn limited<const N: usize, const ISSUERS: usize>() {
    let ledger = UsageLedger::new([LedgerSlot::EMPTY; N], any::since());
    let ledger = ledger.with_hash_key(any::of(HashKey::new(any::of([0; 16]))));
    let mut ledger = any::of(ledger.with_issuer_limit([IssuerShare::EMPTY; ISSUERS], any::of(0)));
    count(&mut ledger);
    see(ledger);
}

fn approximate<const BYTES: usize>() {
    let mut filter = any::of(ReplayFilter::new([0; BYTES], any::of(0), any::since()));
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
