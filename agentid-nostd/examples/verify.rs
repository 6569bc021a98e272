//! Verifies a token of one of several trusted agents, under a policy of one's own.
#![expect(clippy::panic_in_result_fn, reason = "an example asserts what it shows")]

use agentid_nostd::{AgentIdentity, Clock, Error, Policy, TokenBuilder, Verifier};

fn main() -> Result<(), Error> {
    let now = 1_790_000_000; // Unix seconds: the core reads no clock

    // Somewhere else, an agent has minted a token.
    let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:arxiv"]).ttl_seconds(900).mint_into(&mut buf)?;

    // The service trusts these keys and no others.
    let trusted = [agent.public_key()];
    let policy = Policy::new().max_lifetime_seconds(3_600).clock_skew_seconds(5);
    let verifier = Verifier::new(&trusted).policy(policy);

    let claims = verifier.verify(token, Clock::Known(now))?;
    println!("{} of {} may read: {}", claims.name(), claims.project(), claims.permits("read:arxiv"));
    assert!(claims.permits("read:arxiv") && !claims.permits("write:arxiv"));

    // A refusal has a stable code, and the numbers behind it for the log.
    let later = Clock::Known(now + 1_212);
    let refusal = verifier.verify(token, later).err();
    if let Some(error) = refusal {
        println!("{} {}", error.code(), verifier.explain(token, later, error));
    }
    assert_eq!(refusal, Some(Error::Expired));
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("runs to its end");
}
