//! A gate that threads share: `cargo run --release -p agentid-nostd --features std --example
//! shared_gate`.
//!
//! A check needs the gate by reference and no lock, and takes nearly all of the time. The count
//! alone is behind a lock, for about a microsecond. One lock around gate and ledger would let one
//! thread check at a time.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use agentid_nostd::{
    Admitted, AgentIdentity, Call, Clock, CountedElsewhere, Error, Gate, LedgerSlot, Since, TokenBuilder, TrustTable,
    TrustedIssuer, UsageLedger,
};

/// What all threads share.
struct Door<'k> {
    gate: Gate<TrustTable<'k>, CountedElsewhere>,
    counts: Mutex<UsageLedger<Vec<LedgerSlot>>>,
}

impl<'k> Door<'k> {
    /// `since` says when the counts were empty; this is told to the gate, which decides on it, and
    /// to the ledger. After a restart it is `Since::Time` of that moment, unless the counts
    /// outlived it.
    fn new(trust: TrustTable<'k>, since: Since) -> Self {
        let counts = UsageLedger::new(vec![LedgerSlot::EMPTY; 32_768], since);
        Self { gate: Gate::new(trust, CountedElsewhere(since)), counts: Mutex::new(counts) }
    }

    fn admit<'t>(&self, token: &'t [u8], clock: Clock) -> Result<Admitted<'t>, Error>
    where
        'k: 't,
    {
        let uncounted = self.gate.check(token, &Call::new(&["door:north:open"]), clock)?;
        uncounted.count(&mut &self.counts)
    }
}

fn main() -> ExitCode {
    match admitted_of_400() {
        Ok(admitted) => {
            println!("{admitted} of 400 calls with a budget of 100 were admitted on four threads");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn admitted_of_400() -> Result<u32, Error> {
    let now = unix_now();
    let agent = AgentIdentity::derive("door-opener", "building-7", Some(b"32 random bytes, kept in a vault"))?;
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, now, 7).scopes(&["door:north:open"]).max_calls(100).mint_into(&mut buf)?;

    let issuers = [TrustedIssuer::new(agent.public_key(), "door-opener", "building-7")];
    let door = Door::new(TrustTable::new(&issuers)?, Since::Beginning);
    let admitted = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    if door.admit(token, Clock::Known(now)).is_ok() {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    Ok(admitted.into_inner())
}

fn unix_now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_budget_is_admitted_and_no_more() {
        assert_eq!(super::admitted_of_400(), Ok(100));
    }
}
