//! Calls per second of an `axum` service in one process, without a network: the same route behind
//! our layer, `jsonwebtoken` and `biscuit-auth`, in turn, on one thread and on two.
//!
//! Fresh tokens are presented once each. A repeated token is presented again and again, and ours is
//! counted each time. The others neither count nor remember: their figure is the same for both.

mod biscuit;
mod jwt;
mod measure;
mod ours;

use agentid_host::{Call, PublicKey};
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

    let split = contestants.len() + 1;
    let fresh = contestants.iter().map(|contestant| format!("{}, fresh tokens", contestant.name));
    let again = contestants.iter().map(|contestant| format!("{}, one token again and again", contestant.name));
    let names = fresh.chain(["`agentid-core`, verification alone, fresh tokens".into()]);
    let last = ["the service without a check".into(), "`SharedGate::admit_text` alone, one token".into()];
    let mut rows: Vec<Row> = names.chain(again).chain(last).map(Row::new).collect();

    // Only their number counts: it is one token that is presented.
    let many = vec![Vec::new(); 6_000];
    let value = contestants[0].fresh[0].to_str()?.to_owned();
    let by_the_gate = |_: &Vec<u8>| assert!(ours.gate.admit_text(&value, &Call::new(&["read:arxiv"])).is_ok());
    let mut unused = contestants[0].fresh.chunks_exact(measure::FRESH_CALLS);
    for round in 0..measure::ROUNDS {
        for turn in 0..rows.len() {
            // Another row comes first in each round.
            let at = (turn + round) % rows.len();
            let row = &mut rows[at];
            if at == split - 1 {
                row.one.push(bare(&tokens, round, core));
                continue;
            }
            if at == 2 * split {
                row.one.push(bare(&many, round, by_the_gate));
                continue;
            }
            let contestant = contestants.get(at % split);
            let service_of = contestant.map_or(&open, |contestant| &contestant.service);
            let asked: [Tokens<'_>; 3] = match (at, contestant) {
                // Ours remembers tokens, so that each round takes others. The rest remember
                // nothing.
                (0, _) => [(); 3].map(|()| Tokens::Each(unused.next().unwrap_or_default())),
                (_, Some(contestant)) if at < split => [Tokens::Each(&contestant.fresh); 3],
                (_, Some(contestant)) => [Tokens::Again(&contestant.fresh[0], contestant.repeated_calls); 3],
                (_, None) => [Tokens::Again(&contestants[0].fresh[0], contestants[0].repeated_calls); 3],
            };
            row.one.push(service(service_of, &asked[..1], round));
            row.two.push(service(service_of, &asked[1..], round));
        }
    }
    print("fresh tokens", &rows[..split]);
    print("one token again and again", &rows[split..]);
    Ok(())
}
