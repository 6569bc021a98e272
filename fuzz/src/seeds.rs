//! Inputs to start from: the vectors of `tests/vectors/`, as the targets read them.

use agentid_test_kit::vectors::{Record, on_disk, parse, unescape};

use crate::input::NOW;
use crate::model::frame::{framed, request_content};

/// The seeds of a target. Sequences of calls are not what a vector holds: they start from noise.
///
/// # Panics
/// Where a vector cannot be read.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let records: Vec<Record> = on_disk().values().flat_map(|text| parse(text).expect("the format")).collect();
    match target {
        "gate" | "ledger" | "serve" => (1..=40).map(noise).collect(),
        _ => records.iter().flat_map(|record| of_record(target, record)).collect(),
    }
}

/// The same bytes every time, most of them zero, which is the ordinary choice (xorshift; Marsaglia,
/// 2003).
fn noise(number: u32) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    (0..16 * number).map(|_| if next() % 3 == 0 { next().to_le_bytes()[1] } else { 0 }).collect()
}

fn of_record(target: &str, record: &Record) -> Vec<Vec<u8>> {
    let op = record.input("op").expect("every vector has one");
    match (target, op) {
        ("parse", "verify" | "gate") => hexadecimal(record, "token"),
        ("verify", "verify") => verify(record),
        ("signature", "verify") => {
            hexadecimal(record, "token").iter().filter_map(|token| signature_input(token)).collect()
        }
        ("differential", "verify") => {
            let tokens = hexadecimal(record, "token").into_iter();
            tokens.flat_map(|token| [[&[0], &token[..]].concat(), [&[1], unsigned(&token)].concat()]).collect()
        }
        ("scope", "scope") => vec![[text(record, "granted"), text(record, "required")].join(&b'\n')],
        ("text", "text") => vec![[vec![255], text(record, "text")].concat()],
        ("text", "authorization") => vec![[vec![255], text(record, "value")].concat()],
        ("mint", "mint") => mint(record),
        ("bundle", "bundle" | "gate") => {
            hexadecimal(record, "bundle").iter().flat_map(|b| bundle(record, b)).collect()
        }
        ("frame", "gate") => hexadecimal(record, "token").iter().flat_map(|token| frames(token)).collect(),
        _ => Vec::new(),
    }
}

fn verify(record: &Record) -> Vec<Vec<u8>> {
    let now: i64 = record.input("now").and_then(|now| now.parse().ok()).unwrap_or(NOW);
    let trusted = hex::decode(record.input("trusted").unwrap_or_default().split(' ').next().unwrap_or_default());
    let mut key = trusted.expect("hexadecimal");
    key.resize(32, 0);
    let seed = |kind: u8, token: &[u8]| [&[kind], &now.to_le_bytes()[..], &[0], &key, token].concat();
    hexadecimal(record, "token").iter().flat_map(|token| [seed(0, token), seed(1, unsigned(token))]).collect()
}

/// The key, the signature and the message of a token that is long enough to have them, with a table
/// of the key.
fn signature_input(token: &[u8]) -> Option<Vec<u8>> {
    let (message, signature) = token.split_last_chunk::<64>()?;
    Some([&[3], message.get(32..64)?, signature, message].concat())
}

fn mint(record: &Record) -> Vec<Vec<u8>> {
    let number = |key: &str| record.input(key).and_then(|number| number.parse::<i64>().ok());
    let id = record.input("token-id").and_then(|id| u64::from_str_radix(id, 16).ok());
    let scopes: Vec<Vec<u8>> =
        record.input("scopes").unwrap_or_default().split(' ').filter(|s| !s.is_empty()).map(unescape).collect();
    let flags = [(16, number("buffer").is_some()), (32, number("ttl").is_none())];
    let mut seed = vec![flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag).sum()];
    seed.extend(hexadecimal(record, "secret").concat());
    seed.extend(number("ttl").unwrap_or(900).to_le_bytes());
    seed.extend(number("issued-at").unwrap_or(NOW).to_le_bytes());
    seed.extend(id.unwrap_or(7).to_le_bytes());
    seed.extend(u32::try_from(number("max-calls").unwrap_or(0)).unwrap_or(0).to_le_bytes());
    for string in [text(record, "name"), text(record, "project")] {
        prefixed(&mut seed, &string);
    }
    let count = scopes.len().min(8);
    seed.push(u8::try_from(count).expect("at most 8"));
    scopes[..count].iter().for_each(|scope| prefixed(&mut seed, scope));
    vec![seed]
}

fn bundle(record: &Record, bundle: &[u8]) -> [Vec<u8>; 2] {
    let (kind, time) = match record.input("clock").unwrap_or("unknown").split_once(':') {
        Some(("known", time)) => (0, time),
        Some((_, time)) => (1, time),
        None => (2, ""),
    };
    let time = time.parse::<i64>().map_or(Vec::new(), |time| time.to_le_bytes().into());
    let lowest: u64 = record.input("newest").and_then(|newest| newest.split(' ').next()?.parse().ok()).unwrap_or(0);
    let authority = hexadecimal(record, "authority").concat();
    let seed =
        |first: u8, bundle: &[u8]| [&[first, kind], &time[..], &lowest.to_le_bytes(), &authority, bundle].concat();
    [seed(0, bundle), seed(1, unsigned(bundle))]
}

/// A good frame, the same with a fault of the line inside, and the content.
fn frames(token: &[u8]) -> [Vec<u8>; 3] {
    let content = request_content(1, 7, &[token, b"door:north:open"]);
    let frame = framed(&content);
    let (begun, rest) = frame.split_at(frame.len() / 2);
    [
        [&[0, 0, 4], &frame[..]].concat(),
        [&[0, 0, 4], begun, &[0xEE, 0xEE], rest].concat(),
        [&[1], &content[..]].concat(),
    ]
}

fn hexadecimal(record: &Record, key: &str) -> Vec<Vec<u8>> {
    record.all(key).map(|value| hex::decode(value).expect("hexadecimal")).collect()
}

fn text(record: &Record, key: &str) -> Vec<u8> {
    unescape(record.input(key).unwrap_or_default())
}

/// Without the signature.
fn unsigned(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().saturating_sub(64)]
}

fn prefixed(seed: &mut Vec<u8>, string: &[u8]) {
    let len = string.len().min(255);
    seed.push(u8::try_from(len).expect("at most 255"));
    seed.extend(&string[..len]);
}
