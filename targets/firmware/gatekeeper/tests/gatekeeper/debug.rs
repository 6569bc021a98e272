//! A token is a bearer token: no type prints its bytes.

use std::fmt::Debug;

use agentid_gatekeeper::{
    Action, ActionFailed, Answer, DeviceToken, Entropy, Gatekeeper, Request, Response, TimeSource,
};
use agentid_nostd::{CacheSlot, Clock, Compact, Error, Gate, HashKey, Since, VerifiedCache};

use crate::kit::{NOW, ON, agent, bundle, call, ledger, opened, pinned, request, token};

/// Whether `Debug` prints four bytes in a row of the last 64, which are the signature.
fn leaks(value: &dyn Debug, signed: &[u8]) -> bool {
    let signature = &signed[signed.len() - 64..];
    [
        (format!("{value:?}"), format!("{signature:?}")),
        (format!("{value:#?}"), format!("{signature:?}")),
        (format!("{value:x?}"), format!("{signature:x?}")),
    ]
    .iter()
    .any(|(printed, bytes)| {
        let (printed, bytes) = (words(printed), words(bytes));
        bytes.windows(4).any(|part| printed.windows(4).any(|four| four == part))
    })
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[test]
fn bytes_that_are_printed_are_found() {
    let token = token(&[ON], 0);
    assert!(leaks(&(1, &token), &token));
    assert!(!leaks(&&token[..token.len() - 64], &token));
}

#[test]
fn requests_print_lengths() {
    let token = token(&[ON], 0);
    let content = call(1, &token, ON);
    let asked = Request::parse(&content).expect("a call");
    assert!(!leaks(&asked, &token));
    assert_eq!(format!("{asked:?}"), format!("Call {{ id: 1, token_len: {}, scope: \"lamp:on\" }}", token.len()));

    let bundle = bundle(1, true);
    let content = request(2, 3, &[&bundle]);
    let offered = Request::parse(&content).expect("a bundle");
    assert!(!leaks(&offered, &bundle));
    assert_eq!(format!("{offered:?}"), format!("Bundle {{ id: 3, bundle_len: {} }}", bundle.len()));
}

#[test]
fn a_token_in_the_place_of_the_scope_is_not_printed() {
    let text = "A".repeat(232);
    let content = call(1, b"", &text);
    let asked = Request::parse(&content).expect("a call");
    assert!(!format!("{asked:?}").contains("AAAA"), "{asked:?}");
}

/// A device whose parts all have `Debug`, which closures do not have.
#[derive(Debug)]
struct Lamp;

impl TimeSource for Lamp {
    fn clock(&mut self) -> Clock {
        Clock::Known(NOW)
    }
}

impl Entropy for Lamp {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(5);
        Ok(())
    }
}

impl Action for Lamp {
    fn offers(&self, _: &str) -> bool {
        true
    }

    fn perform(&mut self, _: &str) -> Result<(), ActionFailed> {
        Ok(())
    }
}

#[test]
fn answers_and_gatekeepers_print_no_token() {
    let flash = bundle(1, true);
    let backend = VerifiedCache::new(Compact, HashKey::new([1; 16]), [CacheSlot::<256>::EMPTY; 4]);
    let gate = Gate::new(opened(&flash), ledger(Since::Beginning)).with_backend(backend);
    let device_token = DeviceToken::new(agent(), &["device:lamp"], Lamp);
    let mut keeper = Gatekeeper::new(gate, pinned(), Lamp, Lamp).device_token(device_token);

    let mut room = [0; 256];
    let answer = keeper.answer(&[3, 0, 0, 0, 7], &mut room);
    let Answer::Respond(Response { code: 0, body: shown, .. }) = answer else { panic!("a token: {answer:?}") };
    assert!(!leaks(&answer, shown));
    let expected = format!("Respond(Response {{ kind: 3, id: 7, code: 0, body_len: {} }})", shown.len());
    assert_eq!(format!("{answer:?}"), expected);
    assert!(!leaks(&keeper, shown));

    let next = bundle(2, true);
    let content = request(2, 3, &[&next]);
    let mut room = [0; 16];
    let answer = keeper.answer(&content, &mut room);
    assert!(matches!(answer, Answer::Bundle { .. }), "{answer:?}");
    assert!(!leaks(&answer, &next));

    let token = token(&[ON], 2);
    let content = call(1, &token, ON);
    let answer = keeper.answer(&content, &mut room);
    assert!(matches!(answer, Answer::Respond(Response { code: 0, .. })), "{answer:?}");
    assert!(!leaks(&keeper, &token), "the ledger knows the token, and the cache of the backend keeps it");
    assert!(!leaks(&keeper, &flash));
}
