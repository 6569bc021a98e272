//! The inputs: for each code, every shape of the longest token that might be the most expensive.

use agentid_refused::{Door, prepare};
use agentid_test_kit::raw::{RawToken, derived_key, example_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};

/// The time of all cases, in Unix seconds.
pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const UNKNOWN_ISSUER: u8 = 13;
const MAX_TOKEN_LEN: usize = 4_096;
/// Trusted issuers of the gate, and as many revoked issuers and tokens.
const ISSUERS: u32 = 1_000;
/// Trusted keys of the verifier, which compares one after another.
pub(crate) const KEYS: u32 = 16;
/// A name of 255 bytes, the longest, with a character of two bytes after each ASCII one.
const LONG_NAME: &str = concat!(
    "aéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaé",
    "aéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaéaé"
);

/// One input, and the code that it is refused with; 0 if it is accepted.
pub(crate) struct Case {
    pub(crate) code: u8,
    pub(crate) what: String,
    pub(crate) door: Door,
    pub(crate) input: Vec<u8>,
    expired_bundle: bool,
}

impl Case {
    /// The authority's key, the verifier's keys, the gate's bundle.
    pub(crate) fn operator(&self) -> ([u8; 32], Vec<[u8; 32]>, Vec<u8>) {
        let mut keys: Vec<_> = (1..KEYS).map(number).collect();
        keys.push(example_key().verifying_key().to_bytes());
        let bundle = bundle(if self.expired_bundle { NOW - 1_000 } else { NOW + 86_400 });
        (authority_key().verifying_key().to_bytes(), keys, bundle)
    }

    /// The input of [`agentid_refused::judge`].
    pub(crate) fn prepare(&self, curve: agentid_refused::Curve) {
        let (authority, keys, bundle) = self.operator();
        prepare(self.door, curve, &authority, bundle, &keys, NOW);
    }
}

/// 32 bytes that look random, as keys do.
fn number(number: u32) -> [u8; 32] {
    let mut bytes = [0x55; 32];
    bytes[..8].copy_from_slice(&u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes
}

/// A stranger's key that differs from a trusted one in the last bit: the search goes as far as
/// possible.
fn nearly_trusted() -> [u8; 32] {
    let mut key = example_key().verifying_key().to_bytes();
    key[31] ^= 1;
    key
}

fn long() -> ed25519_dalek::SigningKey {
    derived_key("long", "name", None)
}

fn bundle(not_after: i64) -> Vec<u8> {
    let example = example_key().verifying_key().to_bytes();
    let mut bundle = RawBundle::new(NOW - 10_000);
    bundle.not_after = not_after;
    bundle.issuers = (1..ISSUERS).map(|at| RawIssuer::new(number(at), "other", "other")).collect();
    bundle.issuers.push(RawIssuer::new(example, "research-bot", "phd-lab"));
    bundle.issuers.push(RawIssuer::new(long().verifying_key().to_bytes(), LONG_NAME, LONG_NAME));
    let past = RawIssuer { not_after: NOW - 1, ..RawIssuer::new(past(), LONG_NAME, LONG_NAME) };
    bundle.issuers.push(past);
    bundle.revoked_issuers = (1..ISSUERS).map(|at| number(at + 10_000)).collect();
    bundle.revoked_tokens = (1..ISSUERS).map(|at| (example, at.into())).collect();
    bundle.sorted().sign(&authority_key())
}

fn past() -> [u8; 32] {
    number(20_000)
}

/// The shapes of well-formed strings of a token: ASCII or not, the ends of segments, the number of
/// scopes.
const SHAPES: [(&str, &str, usize); 8] = [
    ("ASCII", "a", 255),
    ("segments of one letter", "a:", 255),
    ("short scopes", "a", 15),
    ("short scopes of segments", "a:", 17),
    ("two bytes a letter", "é", 254),
    ("every other letter ASCII", "aé", 255),
    ("four bytes a letter", "😀", 252),
    ("short scopes, every other letter ASCII", "aé", 15),
];

/// A scope of at most that many bytes.
fn scope(piece: &str, len: usize) -> Vec<u8> {
    let mut scope = piece.repeat(len / piece.len());
    if scope.ends_with(':') {
        scope.pop();
    }
    while scope.is_empty() {
        scope.push('a');
    }
    scope.into_bytes()
}

/// Fills a token up to the longest length.
fn fill(token: &mut RawToken, (_, piece, len): (&str, &str, usize)) {
    token.scopes.clear();
    loop {
        let left = MAX_TOKEN_LEN - 64 - token.signed_bytes().len();
        if left < 2 || token.scopes.len() == 255 {
            return;
        }
        token.scopes.push(scope(piece, len.min(left - 1)));
    }
}

/// All inputs.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |code, what: &str, door, input: Vec<u8>| {
        cases.push(Case { code, what: what.to_owned(), door, input, expired_bundle: code == 44 });
    };
    let example = RawToken::example(NOW - 60);
    let accepted = example.sign_as_example();
    add(0, "gate", Door::Gate, accepted.clone());
    add(0, "verifier", Door::Verifier, accepted.clone());
    add(0, "text", Door::Text, text(&accepted));

    for shape in SHAPES {
        let what = shape.0;
        // Refused before the signature, so any 64 bytes take its place.
        let unsigned = |token: &RawToken| [token.signed_bytes(), vec![0x55; 64]].concat();
        let full = |change: &dyn Fn(&mut RawToken)| {
            let mut token = example.clone();
            change(&mut token);
            fill(&mut token, shape);
            token
        };
        let both = [Door::Gate, Door::Verifier];
        let unknown = unsigned(&full(&|token| token.issuer = nearly_trusted()));
        let text_of_unknown = text(&unknown);
        let header = |at: usize| {
            let mut bytes = unknown.clone();
            bytes[at] ^= 0xff;
            bytes
        };
        for door in both {
            add(1, what, door, unknown[..100].to_vec());
            add(2, what, door, [&unknown[..], &[0; 2]].concat());
            for (code, at) in [(3, 0), (4, 2), (5, 3)] {
                add(code, what, door, header(at));
            }
            add(13, what, door, unknown.clone());
            let mut truncated = full(&|_| {});
            truncated.scope_count = Some(u8::try_from(truncated.scopes.len()).unwrap_or(254).saturating_add(1));
            if truncated.scopes.len() < 255 {
                add(6, what, door, unsigned(&truncated));
            }
            let mut trailing = full(&|_| {});
            trailing.scopes.pop();
            trailing.trailing = vec![0];
            add(7, what, door, unsigned(&trailing));
            add(11, what, door, unsigned(&full(&|token| token.expires_at = token.issued_at)));
            // The last byte of the part that is read last.
            for (code, field) in [(8, 0), (9, 1)] {
                let mut token = full(&|token| (token.name, token.project) = (LONG_NAME.into(), LONG_NAME.into()));
                *[&mut token.name, &mut token.project][field].last_mut().expect("long") = 0;
                add(code, what, door, unsigned(&token));
            }
            for bad in [0, b':', 0xc3] {
                let mut token = full(&|_| {});
                *token.scopes.last_mut().and_then(|scope| scope.last_mut()).expect("long") = bad;
                add(10, what, door, unsigned(&token));
            }
            add(12, what, door, unsigned(&full(&|token| token.expires_at = NOW + 90_000)));
            add(14, what, door, unsigned(&full(&|token| token.expires_at = NOW)));
            add(
                15,
                what,
                door,
                unsigned(&full(&|token| (token.issued_at, token.expires_at) = (NOW + 31, NOW + 900))),
            );
        }
        add(26, what, Door::Gate, unsigned(&full(&|token| token.issuer = number(10_500))));
        add(27, what, Door::Gate, unsigned(&full(&|token| token.token_id = 500)));
        add(44, what, Door::Gate, unsigned(&full(&|_| {})));
        let named = |issuer: [u8; 32]| {
            full(&|token| {
                (token.issuer, token.name, token.project) = (issuer, LONG_NAME.into(), LONG_NAME.into());
            })
        };
        let mut other_name = named(long().verifying_key().to_bytes());
        *other_name.project.last_mut().expect("long") ^= 1;
        add(28, what, Door::Gate, unsigned(&other_name));
        add(29, what, Door::Gate, unsigned(&named(past())));
        let good = named(long().verifying_key().to_bytes());
        add(30, what, Door::GateNow, unsigned(&good));
        add(31, what, Door::GateWithoutTime, unsigned(&good));
        let mut bad_text = text_of_unknown.clone();
        *bad_text.last_mut().expect("long") = b'!';
        add(19, what, Door::Text, bad_text);
        add(13, what, Door::Text, text_of_unknown);
        add(13, "hexadecimal", Door::Text, hex(&unknown));
    }
    cases
}

fn text(token: &[u8]) -> Vec<u8> {
    let mut buf = vec![0; agentid_nostd::text_len(token.len())];
    agentid_nostd::encode_text(token, &mut buf).expect("it fits").as_bytes().to_vec()
}

fn hex(token: &[u8]) -> Vec<u8> {
    token.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
