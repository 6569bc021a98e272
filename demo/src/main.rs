//! The main job on real input: the published implementation mints, this one verifies.
//!
//! Exits with 1 where a verdict is not the one announced, so that a demo can also fail.

mod admission;
mod command;
mod devices;
mod web;

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Instant;

use agentid_core::{AgentIdentity as Published, TokenBuilder as PublishedBuilder};
use agentid_nostd::{Clock, Detail, Error, PublicKey, Verifier};
use agentid_test_kit::clock::unix_now;
use agentid_test_kit::raw::RawToken;
use ed25519_dalek::SigningKey;

const AGENTS: [(&str, &str, &[&str], u32); 4] = [
    ("research-bot", "phd-lab", &["read:arxiv", "write:notes"], 100),
    ("mail-sorter", "office", &["mail:*:read"], 0),
    ("door-opener", "building-7", &["door:north:open"], 1),
    ("auditor", "finance", &["*"], 10),
];

/// A token, why it is shown, and what must come of it.
struct Presented {
    what: &'static str,
    token: Vec<u8>,
    expected: Result<(), Error>,
}

fn main() -> ExitCode {
    let now = unix_now();
    let agents: Vec<Published> = AGENTS.iter().map(|(name, project, ..)| published(name, project)).collect();
    let trusted: Vec<PublicKey> = agents.iter().map(key_of).collect();
    let verifier = Verifier::new(&trusted);

    println!("Minted just now by the published agentid-core {}, verified by agentid-nostd", agentid_core::VERSION);
    println!("on this host, which trusts {} issuers:\n", trusted.len());
    println!("  {:<8} {:<8} {:>5} {:>10}  claims", "platform", "verdict", "bytes", "time");
    let mut as_announced = true;
    let mut presented: Vec<Presented> =
        agents.iter().zip(AGENTS).map(|(agent, of)| accepted(agent, of, now)).collect();
    for presented in &presented {
        as_announced &= show_accepted(&verifier, &presented.token, now);
    }

    println!("\nRefused, each for its reason:\n");
    println!("  {:<8} {:<4} {:<18} {:>10}  what was presented", "platform", "code", "verdict", "time");
    let refused = refused(&agents[0], now);
    for presented in &refused {
        as_announced &= show_refused(&verifier, presented, now);
    }
    presented.extend(refused);

    println!(
        "\nThe same bytes, trust and time on emulated boards. QEMU counts the instructions; the milliseconds are"
    );
    println!("those of a core at 64 MHz that takes one cycle for each:\n");
    as_announced &= devices::show(&trusted, &presented, now).unwrap_or_else(|error| {
        println!("  {error:#}");
        false
    });

    println!("\nAnd in JavaScript, with the npm package:\n");
    as_announced &= web::show(&trusted, &presented, now).unwrap_or_else(|error| {
        println!("  {error:#}");
        false
    });

    println!("\nAdmitted or denied by a gate with a signed trust bundle and a ledger of uses:\n");
    as_announced &= admission::show(now);

    println!("\nWithout a program of one's own, by the command `agentid`:\n");
    as_announced &= command::show(now).unwrap_or_else(|error| {
        println!("  {error:#}");
        false
    });

    if as_announced {
        println!("\nEvery verdict is the one announced.");
        ExitCode::SUCCESS
    } else {
        println!("\nA verdict differs from the one announced.");
        ExitCode::FAILURE
    }
}

/// What the code that another platform answered is called.
fn verdict_name(code: u8) -> &'static str {
    Error::ALL.iter().find(|error| error.code() == code).map_or("accepted", |error| error.name())
}

/// Identities with a secret seed, as one would deploy them; the seed of a demo is no secret.
fn published(name: &str, project: &str) -> Published {
    Published::derive(name, project, Some(b"demo seed, replace by 32 random bytes")).expect("valid names")
}

fn key_of(agent: &Published) -> PublicKey {
    PublicKey::from_bytes(&agent.public_key()).expect("the published implementation makes good keys")
}

fn show_accepted(verifier: &Verifier<'_>, token: &[u8], now: i64) -> bool {
    let time = median_time(|| verifier.verify(token, Clock::Known(now)).is_ok());
    match verifier.verify(token, Clock::Known(now)) {
        Ok(claims) => {
            let scopes: Vec<&str> = claims.requested_scopes().collect();
            let calls = match claims.max_calls() {
                None => "unlimited calls".into(),
                Some(NonZeroU32::MIN) => "1 call".into(),
                Some(calls) => format!("{calls} calls"),
            };
            println!(
                "  {:<8} {:<8} {:>5} {:>10}  {} of {}, {}, {}, {} s, {}",
                "host",
                "accepted",
                token.len(),
                time,
                claims.name(),
                claims.project(),
                scopes.join(" "),
                calls,
                claims.expires_at() - claims.issued_at(),
                claims.fingerprint(),
            );
            true
        }
        Err(error) => {
            println!("  {:<8} {:<8} {:>5} {:>10}  {error}", "host", error.name(), token.len(), time);
            false
        }
    }
}

fn accepted(agent: &Published, of: (&'static str, &str, &[&str], u32), now: i64) -> Presented {
    let (name, _, scopes, max_calls) = of;
    let builder = PublishedBuilder::new(agent).scopes(scopes.iter().copied()).ttl_seconds(900).max_calls(max_calls);
    let token = builder.issued_at(now).build().expect("the published implementation mints");
    Presented { what: name, token, expected: Ok(()) }
}

fn refused(agent: &Published, now: i64) -> Vec<Presented> {
    let mint = |issued_at| {
        PublishedBuilder::new(agent).scopes(["read:arxiv"]).max_calls(5).issued_at(issued_at).build().expect("mints")
    };
    let genuine = mint(now);
    let impostor = Published::derive("research-bot", "phd-lab", Some(b"somebody else's seed")).expect("valid names");
    let by_impostor = PublishedBuilder::new(&impostor).scopes(["*"]).issued_at(now).build().expect("mints");
    let attacker = SigningKey::from_bytes(&impostor.secret_bytes());
    let forged = RawToken { issuer: agent.public_key(), ..RawToken::example(now) }.sign(&attacker);
    // Byte 23 is the lowest of max_calls, byte 3 the reserved flags.
    let mut raised = genuine.clone();
    raised[23] = 250;
    let mut flagged = genuine.clone();
    flagged[3] = 1;
    let case = |what, token, error| Presented { what, token, expected: Err(error) };
    vec![
        case("forged: signed by another key in the issuer's name", forged, Error::BadSignature),
        case("forged: the same agent name under a key of the attacker's own", by_impostor, Error::UntrustedIssuer),
        case("tampered: max_calls raised from 5 to 250", raised, Error::BadSignature),
        case("tampered: a reserved flag set", flagged, Error::ReservedFlags),
        case("expired: issued an hour ago for 15 minutes", mint(now - 3_600), Error::Expired),
        case("early: issued 5 minutes in the future", mint(now + 300), Error::NotYetValid),
        case("cut off: the last byte is missing", genuine[..genuine.len() - 1].to_vec(), Error::Truncated),
    ]
}

fn show_refused(verifier: &Verifier<'_>, presented: &Presented, now: i64) -> bool {
    let time = median_time(|| verifier.verify(&presented.token, Clock::Known(now)).is_ok());
    let verdict = verifier.verify(&presented.token, Clock::Known(now)).map(|_| ());
    let (code, name) = verdict.map_or_else(|error| (error.code(), error.name()), |()| (0, "accepted"));
    println!("  {:<8} {code:>4} {name:<18} {time:>10}  {}", "host", presented.what);
    if let Err(error) = verdict {
        let explanation = verifier.explain(&presented.token, Clock::Known(now), error);
        if explanation.detail() != Detail::None {
            println!("{:<47}{explanation}", "");
        }
    }
    verdict == presented.expected
}

/// The median of 201 runs, for the table; measured figures are the benchmarks' business.
fn median_time(mut run: impl FnMut() -> bool) -> String {
    let mut times: Vec<_> = (0..201)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let nanos = times[times.len() / 2].as_nanos();
    if nanos < 1_000 { format!("{nanos} ns") } else { format!("{:.1} µs", nanos as f64 / 1e3) }
}
