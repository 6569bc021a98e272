//! Threads that share a gate by reference and a count behind a lock.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use agentid_nostd::{
    Call, Clock, CountedElsewhere, Counting, Demand, DemandKind, Error, Gate, Ledger, LedgerSlot, PublicKey, Since,
    TrustTable, TrustedIssuer, UsageLedger,
};
use agentid_test_kit::raw::{RawToken, derived_key};
use ed25519_dalek::SigningKey;

const NOW: i64 = 1_790_000_000;
const CALL: Call<'static> = Call::new(&["read:arxiv"]);

type Counts = Mutex<UsageLedger<Vec<LedgerSlot>>>;

fn agent() -> SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"seed"))
}

fn token(max_calls: u32) -> Vec<u8> {
    let issuer = agent().verifying_key().to_bytes();
    RawToken { issuer, max_calls, ..RawToken::example(NOW) }.sign(&agent())
}

fn trusted<'k>() -> [TrustedIssuer<'k>; 1] {
    let key = PublicKey::from_bytes(agent().verifying_key().as_bytes()).expect("a good key");
    [TrustedIssuer::new(key, "research-bot", "phd-lab")]
}

fn counts(since: Since) -> Counts {
    Mutex::new(UsageLedger::new(vec![LedgerSlot::EMPTY; 64], since))
}

fn poison(counts: &Counts) {
    thread::scope(|scope| {
        let panicked = scope.spawn(|| {
            let _held = counts.lock().expect("not poisoned yet");
            std::panic::resume_unwind(Box::new("with the lock held"));
        });
        assert!(panicked.join().is_err());
    });
    assert!(counts.is_poisoned());
}

#[test]
fn a_budget_holds_for_all_threads_together() {
    let issuers = trusted();
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let (counts, token, start) = (counts(Since::Beginning), token(1_000), Barrier::new(4));
    let thread = || {
        start.wait();
        let mut left = Vec::new();
        for _ in 0..1_000 {
            let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
            match uncounted.count(&mut &counts) {
                Ok(admitted) => left.push(admitted.calls_left().expect("a budget")),
                Err(error) => assert_eq!(error, Error::BudgetExhausted),
            }
        }
        left
    };
    let mut left: Vec<u32> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(thread)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
    });
    left.sort_unstable();
    assert_eq!(left, (0..1_000).collect::<Vec<_>>(), "every number once");
}

/// What panicked may have counted or not: nobody knows, so nobody passes.
#[test]
fn a_poisoned_lock_refuses() {
    let issuers = trusted();
    let trust = TrustTable::new(&issuers).expect("valid");
    let gate = Gate::new(trust, CountedElsewhere(Since::Beginning));
    let counts = Arc::new(counts(Since::Beginning));
    let [limited, unlimited] = [token(5), token(0)];
    let count = |token| {
        let uncounted = gate.check(token, &CALL, Clock::Known(NOW)).expect("holds");
        uncounted.count(&mut &*counts).map(|admitted| admitted.calls_left())
    };
    assert_eq!((count(&limited), count(&unlimited)), (Ok(Some(4)), Ok(None)));
    poison(&counts);
    assert_eq!((count(&limited), count(&unlimited)), (Err(Error::CannotCount), Err(Error::CannotCount)));

    // The same of a gate that owns a handle of the ledger.
    let mut gate = Gate::new(trust, Arc::clone(&counts));
    for token in [&limited, &unlimited] {
        assert_eq!(gate.admit(token, &CALL, Clock::Known(NOW)).map(drop), Err(Error::CannotCount));
        assert!(gate.check(token, &CALL, Clock::Known(NOW)).is_ok(), "it still says who is calling");
    }
    let mut gate = Gate::new(trust, &*counts);
    assert_eq!(gate.admit(&limited, &CALL, Clock::Known(NOW)).map(drop), Err(Error::CannotCount));
}

/// Behind a lock, in a box, lent: a ledger says the same of itself and counts the same.
#[test]
fn a_ledger_is_the_same_behind_every_pointer() {
    fn check(mut ledger: impl Ledger, since: Since) {
        assert_eq!(ledger.since(), since);
        let issuer = agent().verifying_key().to_bytes();
        let demand = Demand::new(DemandKind::Token, issuer, 7, None, Counting::SingleUse, 100, 0);
        assert_eq!(ledger.count(&[demand], Clock::Known(0)), Ok(Some(0)));
        assert_eq!(ledger.count(&[demand], Clock::Known(0)), Err(Error::Replayed));
        assert_eq!(ledger.count(&[demand, demand], Clock::Known(0)), Err(Error::CannotCount));
        assert_eq!(ledger.count(&[demand], Clock::Known(100)), Err(Error::UsageForgotten), "told the time");
    }
    for since in [Since::Beginning, Since::Reset, Since::Time(-5)] {
        let ledger = || UsageLedger::new(vec![LedgerSlot::EMPTY; 8], since);
        check(Box::new(ledger()), since);
        check(Box::new(ledger()) as Box<dyn Ledger>, since);
        check(&mut ledger(), since);
        check(&Mutex::new(ledger()), since);
        check(Arc::new(Mutex::new(ledger())), since);
        let shared: Arc<Mutex<dyn Ledger>> = Arc::new(Mutex::new(ledger()));
        check(shared, since);
    }
}

/// Several gates, each on a thread of its own, own one ledger.
#[test]
fn gates_on_several_threads_own_one_ledger() {
    let issuers = trusted();
    let trust = TrustTable::new(&issuers).expect("valid");
    let counts = Arc::new(counts(Since::Beginning));
    let token = token(10);
    let passed: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut gate = Gate::new(trust, Arc::clone(&counts));
                let token = &token;
                scope.spawn(move || (0..10).filter(|_| gate.admit(token, &CALL, Clock::Known(NOW)).is_ok()).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    });
    assert_eq!(passed, 10);
}
