//! Random cases: tokens that are good, nearly good and hostile, before verifiers and gates of every
//! setting.
//!
//! Numbers are drawn from around the boundaries: an even draw from 2^64 times would meet none.

use agentid_test_kit::points::{craft, crafted_public_key, join, plus_l, small_order_encodings, small_order_points};
use agentid_test_kit::raw::{RawToken, derived_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use agentid_test_kit::vectors::{Record, escape, run, write};
use curve25519_dalek::Scalar;
use ed25519_dalek::SigningKey;
use fastrand::Rng;

const NOW: i64 = 1_790_000_000;

/// Questions to a verifier, one answer each, and how many answers there are with those of gates.
const VERIFIES: usize = 1_000;
const ANSWERS: usize = 2_000;

/// The calls at a gate, one answer each.
const CALLS: usize = 10;

/// The agents; a bundle trusts some of them.
const AGENTS: [(&str, &str); 4] =
    [("research-bot", "phd-lab"), ("door-opener", "building-7"), ("größe", "labor \u{1f511}"), ("n", "p")];

const SCOPES: [&str; 12] = [
    "*",
    "read:*",
    "read:arxiv",
    "write:notes",
    "door:*:open",
    "door:north:open",
    "door:north:shut",
    "list",
    "READ:arxiv",
    "lesen:größe",
    "a b",
    "read:arxiv:deep",
];

/// What no valid scope is; a verifier may still be asked for it.
const NO_SCOPES: [&str; 6] = ["", ":", "read::arxiv", "read:", "a\0", "read:*:"];

/// The file: questions, and what the core answers to them on the host.
pub(crate) fn text(seed: u64) -> String {
    let mut world = World::new(seed);
    let (mut records, mut answers) = (Vec::new(), 0);
    while answers < ANSWERS {
        let number = records.len();
        let mut record = if number < VERIFIES { world.verify(number) } else { world.gate(number) };
        record.outputs = run(&record);
        // A gate that does not open has no calls.
        answers += record.outputs.iter().filter(|(key, _)| key == "call").count().max(1);
        records.push(record);
    }
    write(&format!("Random cases of seed {seed}. What is expected is what the host answers."), &records)
}

/// Chance, and the keys.
struct World {
    rng: Rng,
    keys: Vec<SigningKey>,
    strangers: Vec<[u8; 32]>,
}

impl World {
    fn new(seed: u64) -> Self {
        let keys = AGENTS.iter().map(|(name, project)| derived_key(name, project, Some(b"seed"))).collect();
        let mixed = crafted_public_key(Scalar::from(5u64), small_order_points()[3]);
        let strangers = vec![derived_key("stranger", "lab", None).verifying_key().to_bytes(), mixed];
        Self { rng: Rng::with_seed(seed), keys, strangers }
    }

    fn verify(&mut self, number: usize) -> Record {
        let (token, agent) = self.token();
        let mut trusted: Vec<[u8; 32]> = Vec::new();
        for other in 0..AGENTS.len() {
            if (other == agent && !self.one_in(12)) || (trusted.len() < 3 && self.one_in(4)) {
                trusted.push(self.key(other));
            }
        }
        if trusted.len() < 4 && self.one_in(8) {
            trusted.push(self.strangers[1]);
        }
        if trusted.len() < 4 && self.one_in(40) {
            let bad = small_order_encodings();
            trusted.push(bad[self.rng.usize(..bad.len())]);
        }
        self.rng.shuffle(&mut trusted);
        let trusted: Vec<String> = trusted.iter().map(hex::encode).collect();
        let record = Record::new(format!("verify-{number}"), "verify")
            .with("token", hex::encode(token))
            .with("trusted", trusted.join(" "))
            .with("now", self.time())
            .with("required", escape(self.required()));
        self.policy(record)
    }

    fn gate(&mut self, number: usize) -> Record {
        let tokens: Vec<Vec<u8>> = (0..4).map(|_| self.token().0).collect();
        let bundles: Vec<Vec<u8>> = (1..3).map(|epoch| self.bundle(epoch)).collect();
        let first = self.clock();
        let mut record = Record::new(format!("gate-{number}"), "gate")
            .with("authority", hex::encode(authority_key().verifying_key().as_bytes()))
            .with("clock", first)
            .with("ledger", self.of(&["usage 2", "usage 8", "usage 8", "usage 2", "filter 3600", "filter 600"]));
        for bundle in &bundles {
            record = record.with("bundle", hex::encode(bundle));
        }
        for token in &tokens {
            record = record.with("token", hex::encode(token));
        }
        for _ in 0..CALLS {
            let clock = self.clock();
            record = if self.one_in(12) {
                record.with("call", format!("bundle {} {clock}", self.rng.u8(1..=2)))
            } else {
                let mut call = format!("{} {clock}", self.rng.u8(1..=4));
                // An empty scope cannot be written in a list.
                for _ in 0..self.of(&[0, 1, 1, 1, 2]) {
                    let scope = self.required();
                    call += &if scope.is_empty() { " list".into() } else { format!(" {}", escape(scope)) };
                }
                record.with("call", call)
            };
        }
        if self.one_in(6) {
            record = record.with("not-issued-before", self.time());
        }
        if self.one_in(6) {
            record = record.with("since", self.time());
        }
        if self.one_in(2) {
            record = record.with("time-policy", self.of(&["allow-lower-bound", "allow-unknown"]));
        }
        if self.one_in(4) {
            record = record.with("counting", self.of(&["budget", "single-use"]));
        }
        self.policy(record)
    }

    /// A token, often good, and the agent it names.
    fn token(&mut self) -> (Vec<u8>, usize) {
        let agent = self.rng.usize(..AGENTS.len());
        let (name, project) = AGENTS[agent];
        let issued_at = NOW + self.of(&[0, 0, 0, 0, 0, 0, 0, 0, -60, -60, -899, -900, 30, 31]);
        let lifetime = self
            .of(&[900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 60, 60, 1, 3_600, 86_400, 86_401, 0]);
        let mut scopes: Vec<Vec<u8>> =
            (0..self.rng.usize(..4)).map(|_| self.of(&SCOPES).as_bytes().to_vec()).collect();
        if self.one_in(2) {
            scopes.push(b"*".to_vec());
        }
        let mut raw = RawToken {
            issuer: self.key(agent),
            name: name.into(),
            project: project.into(),
            expires_at: issued_at + lifetime,
            max_calls: self.of(&[0, 1, 1, 2, 3, u32::MAX]),
            token_id: self.of(&[0, 1, 2, u64::MAX]),
            scopes,
            ..RawToken::example(issued_at)
        };
        if self.one_in(10) {
            self.distort(&mut raw);
        }
        let signer = if self.one_in(15) { self.rng.usize(..AGENTS.len()) } else { agent };
        let mut token = if self.one_in(20) { self.with_torsion(raw) } else { raw.sign(&self.keys[signer]) };
        if self.one_in(5) {
            self.mutate(&mut token);
        }
        (token, agent)
    }

    /// A field that holds what it should not.
    fn distort(&mut self, raw: &mut RawToken) {
        match self.rng.u8(..9) {
            0 => raw.magic[1] ^= 1,
            1 => raw.version = self.of(&[0, 2, 255]),
            2 => raw.flags = 1 << self.rng.u8(..8),
            3 => raw.scope_count = Some(self.rng.u8(..)),
            4 => raw.trailing = vec![0; self.rng.usize(1..4)],
            5 => raw.name = self.of(&[&b""[..], b"a\0b", b"\xff", b"Research-Bot", b"\xed\xa0\x80"]).to_vec(),
            6 => raw.project = self.of(&[&b""[..], b"\0", b"\xc0\x80", b"PHD-lab"]).to_vec(),
            7 => raw.scopes.push(self.of(&NO_SCOPES).as_bytes().to_vec()),
            _ => raw.expires_at = self.of(&[i64::MIN, i64::MAX, 0]),
        }
    }

    /// Signed by the key of mixed order, with a point of small order in R: only the cofactored
    /// equation holds.
    fn with_torsion(&mut self, raw: RawToken) -> Vec<u8> {
        let raw = RawToken { issuer: self.strangers[1], ..raw };
        let to_r = small_order_points()[self.rng.usize(..8)];
        let message = raw.signed_bytes();
        let crafted = craft(Scalar::from(5u64), small_order_points()[3], Scalar::from(9u64), to_r, &message);
        [&message[..], &crafted.signature].concat()
    }

    /// Bytes that were not signed like this.
    fn mutate(&mut self, token: &mut Vec<u8>) {
        let at = self.rng.usize(..token.len());
        let signature_at = token.len() - 64;
        match self.rng.u8(..8) {
            0 => token[at] ^= 1 << self.rng.u8(..8),
            1 => token[at] = self.of(&[0, 1, 0x7f, 0x80, 0xff]),
            2 => token.truncate(at),
            3 => token.extend((0..self.rng.usize(1..40)).map(|byte| byte as u8)),
            4 => drop(token.remove(at)),
            5 => token.insert(at, self.rng.u8(..)),
            6 => {
                let (r, s) = token[signature_at..].split_at(32);
                let signature = join(r.try_into().expect("32"), plus_l(s.try_into().expect("32")));
                token[signature_at..].copy_from_slice(&signature);
            }
            _ => {
                let points = small_order_encodings();
                token[signature_at..signature_at + 32].copy_from_slice(&points[self.rng.usize(..points.len())]);
            }
        }
    }

    fn bundle(&mut self, epoch: u64) -> Vec<u8> {
        let mut raw = RawBundle { epoch, ..RawBundle::new(NOW + self.of(&[0, 0, 0, 0, 0, -60, -3_600, 31])) };
        raw.not_after = raw.issued_at + self.of(&[86_400, 86_400, 86_400, 900, 60]);
        for (agent, (name, project)) in AGENTS.into_iter().enumerate() {
            if self.one_in(8) {
                continue;
            }
            let mut issuer = RawIssuer::new(self.key(agent), name, project);
            if self.one_in(3) {
                issuer.ceiling = (0..self.rng.usize(..3)).map(|_| self.of(&SCOPES).as_bytes().to_vec()).collect();
            }
            if self.one_in(10) {
                issuer.max_lifetime = self.of(&[899, 900, 60]);
            }
            if self.one_in(10) {
                issuer.not_before = self.time();
            }
            if self.one_in(10) {
                issuer.not_after = self.time();
            }
            raw.issuers.push(issuer);
        }
        for agent in 0..AGENTS.len() {
            if self.one_in(12) {
                raw.revoked_issuers.push(self.key(agent));
            }
            if self.one_in(8) {
                raw.revoked_tokens.push((self.key(agent), self.of(&[0, 1, 2])));
            }
        }
        let mut bytes = raw.sorted().sign_as_authority();
        if self.one_in(16) {
            let at = self.rng.usize(..bytes.len());
            bytes[at] ^= 1;
        }
        bytes
    }

    fn policy(&mut self, mut record: Record) -> Record {
        if self.one_in(5) {
            record = record.with("clock-skew", self.of(&[0, 29, 31, 60, u32::MAX]));
        }
        if self.one_in(5) {
            record = record.with("max-lifetime", self.of(&[0, 899, 900, 86_401, u64::MAX]));
        }
        if self.one_in(16) {
            record = record.with("max-token-len", self.of(&[0, 133, 173, 200, 4_000_000_000_usize]));
        }
        record
    }

    fn clock(&mut self) -> String {
        match self.rng.u8(..8) {
            0 => "unknown".into(),
            1 => format!("at-least:{}", self.time()),
            _ => format!("known:{}", self.time()),
        }
    }

    /// Mostly a time at which tokens are good.
    fn time(&mut self) -> i64 {
        match self.rng.u8(..40) {
            0 => self.of(&[i64::MIN, i64::MAX, 0, -1, i64::MIN + 30]),
            1..8 => NOW + self.of(&[-31, -30, -1, 1, 59, 60, 899, 900, 901, 3_599, 3_600, 86_400]),
            _ => NOW,
        }
    }

    fn required(&mut self) -> &'static str {
        if self.one_in(12) { self.of(&NO_SCOPES) } else { self.of(&["read:arxiv", "list", "door:north:open", "*"]) }
    }

    fn key(&self, agent: usize) -> [u8; 32] {
        self.keys[agent].verifying_key().to_bytes()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }

    fn one_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }
}
