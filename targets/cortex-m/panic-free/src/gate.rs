//! Admission, with both trust sources and both ledgers.

use agentid_nostd::{
    Admitted, Backend, Denied, Builtin, Error, Gate, Ledger, LedgerSlot, ReplayFilter, TrustSource, TrustTable,
    UsageLedger,
};

use crate::any::{self, bytes, see, texts};
use crate::ledger::demand;
use crate::trust::{anchor, bundle, issuer};
use crate::verify::claims;

pub(crate) fn call_all() {
    let Some(key) = any::public_key() else { return };
    let issuers = [issuer(key)];
    let table = || TrustTable::new(any::slice(&issuers)).ok();
    let exact = || any::of(UsageLedger::new([LedgerSlot::EMPTY; 64], any::since()));
    let approximate = || any::of(ReplayFilter::<128>::new(any::of(0), any::since()));

    replace(bundle(), bundle(), bundle(), &mut exact());
    replace(bundle(), bundle(), table(), approximate());
    replace(table(), table(), bundle(), exact());
    replace(table(), table(), table(), approximate());
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
            ask(&mut gate.backend(Builtin));
        }
        Err((mut gate, error)) => {
            see(error);
            ask(&mut gate);
        }
    }
}

fn configured<T, L>(trust: T, ledger: L) -> Gate<T, L> {
    let mut gate = Gate::new(trust, ledger)
        .clock_skew_seconds(any::of(0))
        .max_lifetime_seconds(any::of(0))
        .max_token_len(any::of(0))
        .time_policy(any::time_policy())
        .counting(any::counting());
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
    }
    see(gate.ledger());
    see(gate.effective_clock(any::clock()));
    see(gate.backend_used());
    match gate.check(bytes(), texts(), any::clock()) {
        Ok(checked) => {
            demand(checked.demand());
            verdict(checked.admit(any::of(0)));
        }
        Err(denied) => refusal(denied),
    }
    gate.start_counting(any::clock());
    verdict(gate.admit(bytes(), texts(), any::clock()));
}

fn verdict(verdict: Result<Admitted<'_>, Denied>) {
    match verdict {
        Ok(admitted) => {
            see(admitted.calls_left());
            claims(admitted.claims());
        }
        Err(denied) => refusal(denied),
    }
}

fn refusal(denied: Denied) {
    see((denied.error(), denied.code(), denied.name(), denied.class()));
    see(Error::from(denied));
}
