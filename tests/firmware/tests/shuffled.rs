//! All tokens and bundles of the vectors, in random order, over the line: the board answers what
//! the host answers. With our own curve code, which is the quickest.

use std::collections::{BTreeMap, BTreeSet};

use agentid_firmware_tests::scene::{NOW, seed, start};
use agentid_firmware_tests::{Board, Curve, bundle_request, call_request};
use agentid_nostd::{Clock, Token};
use agentid_test_kit::raw_bundle::RawIssuer;
use agentid_test_kit::vectors::{Record, on_disk, parse};

/// The content of a frame for the buffer of the image, without the checksum.
const LONGEST_REQUEST: usize = 1_532;

/// What is presented: the bytes, the scope, the time.
struct Call {
    token: Vec<u8>,
    scope: String,
    clock: Clock,
}

#[test]
fn every_token_of_the_vectors_in_random_order() {
    let seed = seed();
    let mut calls = calls();
    // A call that does not fit into the device's buffer is a frame too long, whose answer names no
    // request.
    calls.retain(|call| call_request(0, &call.token, &call.scope).len() <= LONGEST_REQUEST);
    assert!(calls.len() > 300, "only {} calls", calls.len());
    fastrand::shuffle(&mut calls);
    for board in Board::ALL.map(|board| board.with(Curve::Builtin)) {
        let (device, mut line, mut mirror) = start(board, issuers(&calls));
        let mut admitted = 0;
        for (id, call) in (10..).zip(&calls) {
            device.set_clock(call.clock).expect("a clock");
            let response = line.ask(&call_request(id, &call.token, &call.scope)).expect("answers");
            let expected = mirror.call(&call.token, &call.scope, call.clock);
            assert_eq!((response.code, response.body), expected, "{board}, seed {seed}, call {id}");
            admitted += u32::from(expected.0 == 0);
        }
        // A time far ahead that comes early makes the rest too old. Of 400 orders the worst admitted 15.
        assert!(admitted > 4, "only {admitted} calls were admitted: this compares refusals");
    }
}

/// Few are newer than what is in force, so the board starts anew after every ten.
#[test]
fn every_bundle_of_the_vectors_in_random_order() {
    let seed = seed();
    let mut bundles = bundles();
    assert!(bundles.len() > 50, "only {} bundles", bundles.len());
    fastrand::shuffle(&mut bundles);
    for board in Board::ALL.map(|board| board.with(Curve::Builtin)) {
        let mut adopted = 0;
        for bundles in bundles.chunks(10) {
            let (device, mut line, mut mirror) = start(board, vec![]);
            for (id, bundle) in (10..).zip(bundles) {
                device.set_clock(Clock::Known(NOW)).expect("a clock");
                let code = line.ask(&bundle_request(id, bundle)).expect("answers").code;
                assert_eq!(code, mirror.bundle(bundle, Clock::Known(NOW)), "{board}, seed {seed}, {bundle:x?}");
                adopted += u32::from(code == 0);
            }
        }
        assert!(adopted > 0, "none of {} was adopted: this compares refusals", bundles.len());
    }
}

fn records(op: &str) -> Vec<Record> {
    let files = on_disk().into_iter().filter(|(file, _)| file != "long.txt");
    let mut records: Vec<Record> = files.flat_map(|(_, text)| parse(&text).expect("parses")).collect();
    records.retain(|record| record.input("op") == Some(op));
    records
}

fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for record in records("verify") {
        let now = record.input("now").expect("now").parse().expect("seconds");
        let scope = record.input("required").expect("required");
        // Escaped scopes are as good as any other text here.
        calls.push(Call { token: bytes(record.input("token")), scope: scope.into(), clock: Clock::Known(now) });
    }
    for record in records("gate") {
        let tokens: Vec<&str> = record.all("token").collect();
        for call in record.all("call").filter(|call| !call.starts_with("bundle")) {
            let mut words = call.split(' ');
            let number: usize = words.next().expect("a token").parse().expect("a number");
            let clock = clock(words.next().expect("a clock"));
            let scope = words.next().unwrap_or("read:arxiv").to_owned();
            calls.push(Call { token: bytes(Some(tokens[number - 1])), scope, clock });
        }
    }
    calls
}

fn bundles() -> Vec<Vec<u8>> {
    let bundles = records("bundle").into_iter().chain(records("gate"));
    // Gates are often given the same.
    let bundles: BTreeSet<_> =
        bundles.flat_map(|record| record.all("bundle").map(|text| bytes(Some(text))).collect::<Vec<_>>()).collect();
    bundles.into_iter().collect()
}

/// The sixteen issuers that most tokens name, each for the agent that it names most often.
fn issuers(calls: &[Call]) -> Vec<RawIssuer> {
    let mut agents = BTreeMap::<_, u32>::new();
    for token in calls.iter().filter_map(|call| Token::parse(&call.token).ok()) {
        *agents.entry((token.issuer_bytes(), token.name().to_owned(), token.project().to_owned())).or_default() += 1;
    }
    let mut agents: Vec<_> = agents.into_iter().collect();
    agents.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut issuers: Vec<RawIssuer> = Vec::new();
    for ((key, name, project), _) in agents {
        if issuers.len() < 16 && name.len() + project.len() < 64 && issuers.iter().all(|issuer| issuer.key != key) {
            issuers.push(RawIssuer::new(key, &name, &project));
        }
    }
    issuers.sort_by_key(|issuer| issuer.key);
    issuers
}

fn bytes(text: Option<&str>) -> Vec<u8> {
    let text = text.expect("bytes");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn clock(text: &str) -> Clock {
    match text.split_once(':') {
        Some(("known", time)) => Clock::Known(time.parse().expect("seconds")),
        Some(("at-least", time)) => Clock::AtLeast(time.parse().expect("seconds")),
        _ => Clock::Unknown,
    }
}
