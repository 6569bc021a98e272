//! Random and mutated tokens at a gate, as many as time allows: `soak [MILLIONS] [SEED]`.
//!
//! Every admission is judged anew by an oracle that knows what was minted here and shares no code
//! with the core: it must be of exactly those bytes, by a trusted key, in time, within scope,
//! ceiling and budget. Anything else ends the run with its seed. That good tokens pass is not
//! judged, only counted: other tests say so.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use agentid_nostd::{Call, Clock, Error, Gate, LedgerSlot, PublicKey, Since, TrustTable, TrustedIssuer, UsageLedger};
use agentid_test_kit::raw::{RawToken, derived_key};
use ed25519_dalek::SigningKey;
use fastrand::Rng;

const THREADS: u64 = 2;

/// Tokens that inputs are made from, and after how many inputs the oldest gives way to a new one.
const POOL: usize = 64;
const INPUTS_PER_TOKEN: u64 = 256;

/// What calls ask for.
const REQUIRED: [&str; 4] = ["read:arxiv", "write:notes", "door:north:open", "list"];

/// What the first agent may do at most; the second may do everything.
const CEILING: [&str; 2] = ["read:*", "list"];

/// Bytes of resident memory that may come on top while the inputs go by.
const MAX_GROWTH: u64 = 1 << 20;

/// Codes that are answered behind the signature check, or by it.
const BEHIND_THE_CURVE: [u8; 5] = [0, 16, 34, 36, 37];

fn main() {
    let mut args = std::env::args().skip(1);
    let millions: f64 = args.next().map_or(100.0, |millions| millions.parse().expect("MILLIONS is a number"));
    let seed: u64 = args.next().map_or_else(|| fastrand::u64(..), |seed| seed.parse().expect("SEED is a number"));
    println!("seed {seed}");
    let inputs = (millions * 1e6) as u64 / THREADS;
    let started = Instant::now();
    let threads: Vec<_> =
        (0..THREADS).map(|thread| std::thread::spawn(move || Soak::new(seed, thread).run(inputs))).collect();
    let (mut codes, mut growth) = (BTreeMap::<u8, u64>::new(), 0);
    for thread in threads {
        // A panic has said what it is about.
        let Ok(seen) = thread.join() else { std::process::exit(1) };
        growth = growth.max(seen.growth);
        seen.codes.into_iter().for_each(|(code, count)| *codes.entry(code).or_default() += count);
    }
    report(&codes, started.elapsed().as_secs_f64(), growth);
}

fn report(codes: &BTreeMap<u8, u64>, seconds: f64, growth: u64) {
    println!("| code | name | inputs |\n|---:|---|---:|");
    for (code, count) in codes {
        let name = Error::ALL.iter().find(|error| error.code() == *code).map_or("admitted", |error| error.name());
        println!("| {code} | {name} | {count} |");
    }
    let all: u64 = codes.values().sum();
    let behind: u64 = BEHIND_THE_CURVE.iter().filter_map(|code| codes.get(code)).sum();
    let share = 100.0 * behind as f64 / all as f64;
    println!("{all} inputs in {seconds:.0} s, {:.0} per second on {THREADS} threads", all as f64 / seconds);
    println!("{share:.1} % reached the signature check; memory grew by {} KB; no false admission", growth >> 10);
    assert!(growth < MAX_GROWTH, "memory grows");
    assert!(codes.get(&0).is_some_and(|admitted| admitted * 1_000 > all), "hardly anything was admitted");
}

/// A token that was minted here.
struct Minted {
    bytes: Vec<u8>,
    raw: RawToken,
    /// Whether issuer, name and signature belong together.
    genuine: bool,
    uses: u32,
}

/// One thread: its gate's trust, its chance, its tokens.
struct Soak {
    seed: u64,
    thread: u64,
    rng: Rng,
    keys: [SigningKey; 2],
    pool: Vec<Minted>,
    /// The time, and the next token id.
    now: i64,
    next_id: u64,
}

/// What came of a thread's inputs.
struct Seen {
    codes: BTreeMap<u8, u64>,
    growth: u64,
}

impl Soak {
    fn new(seed: u64, thread: u64) -> Self {
        let keys = ["research-bot", "door-opener"].map(|name| derived_key(name, "lab", Some(b"seed")));
        let rng = Rng::with_seed(seed.wrapping_add(thread));
        let mut soak = Self { seed, thread, rng, keys, pool: Vec::new(), now: 1_790_000_000, next_id: 1 };
        for _ in 0..POOL {
            let minted = soak.mint();
            soak.pool.push(minted);
        }
        soak
    }

    fn run(mut self, inputs: u64) -> Seen {
        let key = |key: &SigningKey| PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a good key");
        let issuers = [
            TrustedIssuer::new(key(&self.keys[0]), "research-bot", "lab").ceiling(&CEILING).max_lifetime_seconds(900),
            TrustedIssuer::new(key(&self.keys[1]), "door-opener", "lab"),
        ];
        let mut gate = Gate::new(
            TrustTable::new(&issuers).expect("valid"),
            UsageLedger::new(vec![LedgerSlot::EMPTY; 1024], Since::Beginning),
        );
        let mut seen = [0u64; 256];
        let mut input = Vec::with_capacity(1_024);
        let mut resident = 0;
        for number in 0..inputs {
            if number % INPUTS_PER_TOKEN == 0 {
                let oldest = (number / INPUTS_PER_TOKEN) as usize % POOL;
                self.pool[oldest] = self.mint();
                self.now += 1;
            }
            // Behind the first hundredth everything that is kept has been allocated.
            if number == inputs / 100 {
                resident = resident_bytes();
            }
            self.input(&mut input);
            let now = self.clock();
            let required = [REQUIRED[self.rng.usize(..REQUIRED.len())]];
            let code = match gate.admit(&input, &Call::new(&required), Clock::Known(now)) {
                Ok(admitted) => {
                    if let Err(why) = self.judge(&input, required[0], now, admitted.calls_left()) {
                        let Self { seed, thread, .. } = self;
                        let token = hex::encode(&input);
                        panic!(
                            "FALSE ADMISSION: {why}: seed {seed}, thread {thread}, input {number}, {now}, {token}"
                        );
                    }
                    0
                }
                Err(denied) => denied.code(),
            };
            seen[usize::from(code)] += 1;
        }
        let codes = (0..=255).zip(seen).filter(|(_, count)| *count > 0).collect();
        Seen { codes, growth: resident_bytes().saturating_sub(resident) }
    }

    /// The oracle: whether this may have been admitted.
    fn judge(&mut self, input: &[u8], required: &str, now: i64, left: Option<u32>) -> Result<(), &'static str> {
        let minted = self.pool.iter_mut().find(|minted| minted.bytes == input).ok_or("nobody minted it")?;
        let raw = &minted.raw;
        let granted = raw.scopes.iter().any(|scope| covers(scope, required));
        let under_ceiling =
            raw.name != b"research-bot" || CEILING.iter().any(|scope| covers(scope.as_bytes(), required));
        let longest = if raw.name == b"research-bot" { 900 } else { 86_400 };
        minted.uses += 1;
        let within = raw.max_calls == 0 || minted.uses <= raw.max_calls;
        let right_left = left == (raw.max_calls > 0).then(|| raw.max_calls.wrapping_sub(minted.uses));
        for (holds, why) in [
            (minted.genuine, "it is forged"),
            (granted, "the scope is not granted"),
            (under_ceiling, "the scope is above the ceiling"),
            (raw.issued_at - 30 <= now, "it is not yet valid"),
            (now < raw.expires_at, "it is expired"),
            (raw.expires_at - raw.issued_at <= longest, "it lives too long"),
            (within, "its budget is used up"),
            (right_left, "a wrong number of calls is left"),
        ] {
            if !holds {
                return Err(why);
            }
        }
        Ok(())
    }

    /// Three of four are genuine; the others have somebody else's name, key or signature.
    fn mint(&mut self) -> Minted {
        let agent = self.rng.usize(..2);
        let name = ["research-bot", "door-opener"][agent];
        let lifetime = self.of(&[900, 900, 600, 60, 901, 86_400, 86_401]);
        let scopes: &[&str] =
            self.of(&[&["read:*"], &["read:arxiv", "write:notes"], &["*"], &["door:*:open", "list"], &[]]);
        let mut raw = RawToken {
            issuer: self.keys[agent].verifying_key().to_bytes(),
            name: name.into(),
            project: b"lab".to_vec(),
            scopes: scopes.iter().map(|scope| scope.as_bytes().to_vec()).collect(),
            max_calls: self.of(&[0, 1, 1, 2, 5]),
            token_id: self.next_id,
            ..RawToken::example(self.now)
        };
        raw.expires_at = raw.issued_at + lifetime;
        self.next_id += 1;
        let mut signer = agent;
        let mut genuine = false;
        match self.rng.u8(..12) {
            0 => raw.name = ["door-opener", "research-bot"][agent].into(),
            1 => raw.issuer = [self.rng.u8(..); 32],
            2 => signer = 1 - agent,
            _ => genuine = true,
        }
        Minted { bytes: raw.sign(&self.keys[signer]), raw, genuine, uses: 0 }
    }

    /// One of the pool, mostly changed: a few whole, most with some bytes that were not signed like
    /// this.
    fn input(&mut self, input: &mut Vec<u8>) {
        input.clear();
        let which = self.rng.usize(..POOL);
        input.extend(&self.pool[which].bytes);
        for _ in 0..self.of(&[1, 1, 1, 2, 4]) {
            let at = self.rng.usize(..input.len().max(1)).min(input.len());
            match self.rng.u32(..100) {
                0..3 => {}
                3..20 => change(input, at, |byte| byte ^ (1 << (at % 8))),
                20..40 => {
                    let byte = self.rng.u8(..);
                    change(input, at, |_| byte);
                }
                // The header, without its issuer: times, budget, id.
                40..60 => {
                    let (at, byte) = (self.rng.usize(..24), self.rng.u8(..));
                    change(input, at, |_| byte);
                }
                60..70 => input.truncate(at),
                70..80 => input.insert(at, at as u8),
                80..88 if !input.is_empty() => drop(input.remove(at.min(input.len() - 1))),
                // The end of another token: its scopes, its signature.
                88..96 => {
                    let other = self.rng.usize(..POOL);
                    input.truncate(at);
                    let rest = self.pool[other].bytes.get(at..).unwrap_or_default();
                    input.extend(rest);
                }
                _ => {
                    let len = self.rng.usize(..300);
                    input.clear();
                    input.extend(std::iter::repeat_with(|| self.rng.u8(..)).take(len));
                }
            }
        }
    }

    /// Mostly the time; now and then one that lies before or after it, once in a while far.
    fn clock(&mut self) -> i64 {
        match self.rng.u32(..4_096) {
            0 => self.now + self.of(&[900, 3_600, -3_600]),
            1..256 => self.now + self.of(&[-31, -30, -1, 1, 30, 59, 60]),
            _ => self.now,
        }
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }
}

/// Which of the scopes above covers which, by hand.
fn covers(granted: &[u8], required: &str) -> bool {
    match (granted, required) {
        (b"*", _) | (b"read:*", "read:arxiv") | (b"door:*:open", "door:north:open") => true,
        (granted, required) => granted == required.as_bytes(),
    }
}

fn change(input: &mut [u8], at: usize, to: impl Fn(u8) -> u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte = to(*byte);
    }
}

/// The second number of this file is in pages. Where there is no such file memory is not looked at.
fn resident_bytes() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4_096
}
