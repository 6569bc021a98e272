//! Decides whether a call may pass: which key speaks for which agent, with which scopes at most, and
//! how often.
#![expect(clippy::panic_in_result_fn, reason = "an example asserts what it shows")]

use agentid_nostd::{
    AgentIdentity, Call, Clock, Error, Gate, LedgerSlot, Since, TokenBuilder, TrustTable, TrustedIssuer, UsageLedger,
};

fn main() -> Result<(), Error> {
    let now = Clock::Known(1_790_000_000);
    let agent = AgentIdentity::derive("door-opener", "building-7", Some(b"32 random bytes, kept in a vault"))?;

    // Whom to trust, written in code. `rotate.rs` has the same as a signed bundle.
    let issuers = [TrustedIssuer::new(agent.public_key(), "door-opener", "building-7").ceiling(&["door:*:open"])];
    // After a restart the counts are gone: then it is `Since::Reset`, or the time of the restart.
    let ledger = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning);
    let mut gate = Gate::new(TrustTable::new(&issuers)?, ledger);

    // The agent asks for everything, and for two calls.
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, 1_790_000_000, 7).scopes(&["*"]).max_calls(2).mint_into(&mut buf)?;

    for scope in ["door:north:open", "alarm:off", "door:south:open", "door:south:open"] {
        match gate.admit(token, &Call::new(&[scope]), now) {
            Ok(admitted) => println!("{scope}: yes, {:?} calls left", admitted.calls_left()),
            Err(refusal) => println!("{scope}: {} {}", refusal.class().http_status(), refusal.name()),
        }
    }
    let refusal = gate.admit(token, &Call::new(&["door:south:open"]), now).err();
    assert_eq!(refusal, Some(Error::BudgetExhausted));
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("runs to its end");
}
