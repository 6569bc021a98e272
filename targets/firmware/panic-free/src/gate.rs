//! Admission, with both trust sources and both ledgers.

use agentid_nostd::{
    Admitted, Backend, Builtin, CountedElsewhere, Error, Gate, Ledger, LedgerSlot, ReplayFilter, TrustSource,
    TrustTable, Uncounted, UsageLedger,
};

use crate::any::{self, bytes, see};
use crate::ledger::demand;
use crate::trust::{anchor, bundle, hand_over, issuer};
use crate::verify::{claims, explanation};

pub(crate) fn call_all() {
    let Some(key) = any::public_key() else { return };
    let issuers = [issuer(key)];
    let table = || TrustTable::new(any::slice(&issuers)).ok();
    let exact = || any::of(UsageLedger::new([LedgerSlot::EMPTY; 64], any::since()));
    let approximate = || any::of(ReplayFilter::new([0; 256], any::of(0), any::since()));

    replace(bundle(), bundle(), bundle(), &mut exact());
    replace(bundle(), bundle(), table(), approximate());
    replace(table(), table(), bundle(), exact());
    replace(table(), table(), table(), approximate());
    replace(bundle(), bundle(), table(), CountedElsewhere(any::since()));
}

/// A gate that is asked, is given another trust set, then one of another type, and is asked again.
fn replace<'k, T: TrustSource<'k>, U: TrustSource<'k>>(
    first: Option<T>,
    second: Option<T>,
    third: Option<U>,
    ledger: impl Ledger,
) {
    let (Some(first), Some(second), Some(third)) = (first, second, third) else { return };
    let mut gate = configured(first, ledger);
    ask(&mut gate);
    see(gate.set_trust(second));
    ask(&mut gate);
    match gate.with_trust(third) {
        Ok(mut gate) => {
            ask(&mut gate);
            ask(&mut gate.with_backend(Builtin));
        }
        Err((mut gate, error)) => {
            see(error);
            ask(&mut gate);
        }
    }
}

fn configured<T, L>(trust: T, ledger: L) -> Gate<T, L> {
    let mut gate = Gate::new(trust, ledger).policy(any::policy()).counting(any::counting());
    if any::of(true) {
        gate = gate.not_issued_before(any::of(0));
    }
    gate.ledger_reset_at(any::of(0));
    gate
}

fn ask<'k, T: TrustSource<'k>, L: Ledger, B: Backend>(gate: &mut Gate<T, L, B>) {
    see(gate.trust());
    if let Some(anchor) = anchor() {
        see(gate.open_next(bytes(), &anchor, any::clock()));
        hand_over(gate.prepare_hand_over(bytes(), &anchor, any::clock()));
        explanation(&gate.explain_next(bytes(), &anchor, any::clock(), any::of(Error::BundleRollback)));
    }
    see(gate.ledger());
    see(gate.effective_clock(any::clock()));
    see(gate.is_in_force(bytes()));
    explanation(&gate.explain(bytes(), any::clock(), any::of(Error::Expired)));
    see(gate.backend());
    let check = |gate: &Gate<T, L, B>| gate.check(bytes(), &any::call(), any::clock());
    if let Some(uncounted) = seen(check(gate)) {
        verdict(uncounted.admit(any::slice(&[0])));
    }
    if let Some(uncounted) = seen(check(gate)) {
        let mut ledger = any::of(UsageLedger::new([LedgerSlot::EMPTY; 64], any::since()));
        verdict(uncounted.count(&mut ledger));
    }
    gate.start_counting(any::clock());
    verdict(gate.admit(bytes(), &any::call(), any::clock()));
}

/// Looks at what has not been counted yet.
fn seen<'a>(checked: Result<Uncounted<'a>, Error>) -> Option<Uncounted<'a>> {
    match checked {
        Ok(uncounted) => {
            claims(uncounted.claims());
            uncounted.demands().iter().for_each(demand);
            Some(uncounted)
        }
        Err(error) => {
            see(error);
            None
        }
    }
}

fn verdict(verdict: Result<Admitted<'_>, Error>) {
    match verdict {
        Ok(admitted) => {
            see(admitted.calls_left());
            claims(admitted.claims());
        }
        Err(error) => see(error),
    }
}
