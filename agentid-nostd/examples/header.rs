//! Takes a token out of an `Authorization` header, and answers as an HTTP service does.
#![expect(clippy::panic_in_result_fn, reason = "an example asserts what it shows")]

use agentid_nostd::{
    AgentIdentity, Clock, Error, MAX_TEXT_LEN, PublicKey, TokenBuilder, authorization_text, decode_text, encode_text,
    verify_token,
};

/// Status, code for the log, and what a stranger may read.
fn answer(header: Option<&str>, key: &PublicKey, now: i64) -> (u16, u8, &'static str) {
    match caller(header, key, now) {
        Ok(()) => (200, 0, "welcome"),
        Err(error) => {
            // All strangers get the same sentence, whatever the reason.
            let sentence = if error.is_disclosable() { error.message() } else { "the token is not accepted" };
            (error.class().http_status(), error.code(), sentence)
        }
    }
}

fn caller(header: Option<&str>, key: &PublicKey, now: i64) -> Result<(), Error> {
    let text = authorization_text(header.unwrap_or_default())?;
    let mut bytes = [0; 4_096]; // the longest token of the default policy
    let token = decode_text(text, &mut bytes)?;
    let claims = verify_token(token, key, Clock::Known(now))?;
    if claims.permits("read:arxiv") { Ok(()) } else { Err(Error::ScopeNotGranted) }
}

fn main() -> Result<(), Error> {
    let now = 1_790_000_000;
    let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
    let (mut buf, mut text) = ([0; 256], [0; 512]);
    let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:arxiv"]).ttl_seconds(900).mint_into(&mut buf)?;
    let header = format!("Bearer {}", encode_text(token, &mut text)?);
    assert!(header.len() < MAX_TEXT_LEN);

    let key = agent.public_key();
    let answers = [
        answer(Some(&header), &key, now),
        answer(None, &key, now),
        answer(Some("Basic YTpi"), &key, now),
        answer(Some(&header), &key, now + 900),
    ];
    for (status, code, sentence) in answers {
        println!("{status}, code {code}: {sentence}");
    }
    assert_eq!(answers.map(|(status, code, _)| (status, code)), [(200, 0), (401, 61), (401, 62), (401, 14)]);
    Ok(())
}

#[test]
fn it_runs() {
    main().expect("runs to its end");
}
