//! Calls per second of an `axum` service in one process, without a network: the same route behind
//! our layer, `jsonwebtoken` and `biscuit-auth`, in turn, on one thread and on two.
//!
//! Fresh tokens are presented once each. A repeated token is presented again and again, and ours is
//! counted each time. The others neither count nor remember: their figure is the same for both.

mod biscuit;
mod jwt;
mod measure;
mod ours;

use agentid_nostd::PublicKey;
use anyhow::Result;
use axum::Router;
use axum::http::HeaderValue;

use crate::measure::{Row, Tokens, bare, print, service};

/// A service and the tokens that it is asked with.
struct Contestant {
    name: &'static str,
    service: Router,
    fresh: Vec<HeaderValue>,
    /// How many calls with the repeated token make a round. A round takes some 20 milliseconds.
    repeated_calls: usize,
}

fn main() -> Result<()> {
    let ours = ours::contestant(measure::FRESH_NEEDED)?;
    let tokens = ours.tokens;
    let contestants = [ours.contestant, jwt::contestant()?, biscuit::contestant()?];
    let open = ours::open();
    let issuer = *PublicKey::as_bytes(&ours.issuer);
    let core = |token: &Vec<u8>| assert!(agentid_core::token::verify(token, Some(&issuer)).is_ok());

    let mut rows = Vec::new();
    for contestant in &contestants {
        rows.push(Row::new(format!("{}, fresh tokens", contestant.name)));
    }
    rows.push(Row::new("`agentid-core`, verification alone, fresh tokens".into()));
    for contestant in &contestants {
        rows.push(Row::new(format!("{}, one token again and again", contestant.name)));
    }
    rows.push(Row::new("the service without a check".into()));

    let mut unused = contestants[0].fresh.chunks_exact(measure::FRESH_CALLS);
    for _ in 0..measure::ROUNDS {
        let mut rows = rows.iter_mut();
        let mut next = || rows.next();
        for (number, contestant) in contestants.iter().enumerate() {
            // Ours remembers tokens, so that each round takes others. The rest remember nothing.
            let chunks: Vec<&[HeaderValue]> =
                if number == 0 { unused.by_ref().take(3).collect() } else { vec![&contestant.fresh; 3] };
            let [first, second, third] = chunks[..] else { anyhow::bail!("too few tokens") };
            if let Some(row) = next() {
                row.one.push(service(&contestant.service, &[Tokens::Each(first)]));
                row.two.push(service(&contestant.service, &[Tokens::Each(second), Tokens::Each(third)]));
            }
        }
        if let Some(row) = next() {
            row.one.push(bare(&tokens, core));
        }
        for contestant in &contestants {
            if let Some(row) = next() {
                let again = || Tokens::Again(&contestant.fresh[0], contestant.repeated_calls);
                row.one.push(service(&contestant.service, &[again()]));
                row.two.push(service(&contestant.service, &[again(), again()]));
            }
        }
        if let Some(row) = next() {
            let again = || Tokens::Again(&contestants[0].fresh[0], 20_000);
            row.one.push(service(&open, &[again()]));
            row.two.push(service(&open, &[again(), again()]));
        }
    }
    let split = contestants.len() + 1;
    print("fresh tokens", &rows[..split]);
    print("one token again and again", &rows[split..]);
    Ok(())
}
