//! Mints a token into a buffer of the right length, and writes it as the value of a header.
#![expect(clippy::panic_in_result_fn, reason = "an example asserts what it shows")]

use agentid_nostd::{AgentIdentity, Error, TokenBuilder, encode_text, random_token_id, text_len, token_len};

const SCOPES: &[&str] = &["read:arxiv", "write:notes"];
/// Known when this is compiled: a device needs no buffer of a guessed length.
const LEN: usize = token_len("research-bot", "phd-lab", SCOPES);

fn main() -> Result<(), Error> {
    // The seed is 32 random bytes that stay secret. Without one, anybody can derive the same key.
    let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;

    let mut buf = [0; LEN];
    let issued_at = 1_790_000_000; // now, in Unix seconds
    let token = TokenBuilder::new(&agent, issued_at, random_token_id()?)
        .scopes(SCOPES)
        .ttl_seconds(900)
        .max_calls(100)
        .mint_into(&mut buf)?;
    assert_eq!(token.len(), 173);

    let mut text = [0; text_len(LEN)];
    println!("Authorization: AgentID {}", encode_text(token, &mut text)?);
    println!("verify with the key {:?}", agent.public_key());
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("runs to its end");
}
