//! Answers the vectors of admission: bundles, and sequences of calls at a gate.

use agentid_nostd::{
    Backend, BundleVersion, Clock, Counting, Demand, Error, Gate, Ledger, LedgerSlot, PublicKey, ReplayFilter, Since,
    TimePolicy, TrustAnchor, TrustBundle, TrustTable, TrustedIssuer, UsageLedger,
};

use super::format::{Record, unescape};
use super::run::{Outputs, array, bytes, list, optional, required};

/// A ledger of a size chosen at run time.
struct AnyLedger(Box<dyn Ledger>);

impl Ledger for AnyLedger {
    fn since(&self) -> Since {
        self.0.since()
    }

    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error> {
        self.0.count(demand, clock)
    }
}

pub(super) fn bundle(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    let bytes = bytes(record, "bundle");
    let mut anchor = anchor(backend, record)?;
    if let [epoch, digest] =
        record.input("newest").map(|_| list(record, "newest")).into_iter().flatten().collect::<Vec<_>>()[..]
    {
        let digest = array(&hex::decode(digest).expect("hex"));
        anchor = anchor.newest(BundleVersion { epoch: epoch.parse().expect("an epoch"), digest });
    }
    let bundle = TrustBundle::open_with(backend, &bytes, &anchor, clock(required(record, "clock")))?;
    Ok(vec![
        ("epoch".into(), bundle.epoch().to_string()),
        ("digest".into(), hex::encode(bundle.version().digest)),
        ("issued-at".into(), bundle.issued_at().to_string()),
        ("not-after".into(), bundle.not_after().to_string()),
        ("issuers".into(), bundle.issuer_count().to_string()),
        ("revocations".into(), bundle.revocation_count().to_string()),
    ])
}

/// The pinned authority, and the clock skew if the vector has one.
fn anchor(backend: impl Backend, record: &Record) -> Result<TrustAnchor, Error> {
    let anchor = TrustAnchor::new(PublicKey::from_bytes_with(backend, &array(&bytes(record, "authority")))?);
    Ok(match optional(record, "clock-skew") {
        Some(seconds) => anchor.clock_skew_seconds(seconds),
        None => anchor,
    })
}

/// `issuer = KEY NAME PROJECT [guessable]`, any number of times.
pub(super) fn table(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    let lines: Vec<Vec<String>> = record
        .all("issuer")
        .map(|line| line.split(' ').map(|word| String::from_utf8(unescape(word)).expect("UTF-8")).collect())
        .collect();
    let mut issuers = Vec::new();
    for words in &lines {
        let key = PublicKey::from_bytes_with(backend, &array(&hex::decode(&words[0]).expect("hex")))?;
        let issuer = TrustedIssuer::new(key, &words[1], &words[2]);
        issuers.push(if words.get(3).is_some() { issuer.allow_guessable() } else { issuer });
    }
    TrustTable::new(&issuers)?;
    Ok(Vec::new())
}

/// Plays the calls of the vector; each answer is one output.
pub(super) fn gate(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    let bundles: Vec<Vec<u8>> = record.all("bundle").map(|text| hex::decode(text).expect("hex")).collect();
    let tokens: Vec<Vec<u8>> = record.all("token").map(|text| hex::decode(text).expect("hex")).collect();
    let mut anchor = anchor(backend, record)?;
    let opened = clock(required(record, "clock"));
    let first = TrustBundle::open_with(backend, &bundles[0], &anchor, opened)?;
    anchor = anchor.newest(first.version());
    let mut gate = policy(record, Gate::new(first, ledger(record)).backend(backend));

    let mut answers = Vec::new();
    for call in record.all("call") {
        let words: Vec<&str> = call.split(' ').collect();
        let answer = if words[0] == "bundle" {
            let bytes = &bundles[words[1].parse::<usize>().expect("a number") - 1];
            gate.open_next(bytes, &anchor, clock(words[2])).and_then(|bundle| {
                gate.set_trust(bundle)?;
                anchor = anchor.newest(bundle.version());
                Ok("0".to_owned())
            })
        } else {
            let token = &tokens[words[0].parse::<usize>().expect("a number") - 1];
            let scopes: Vec<String> =
                words[2..].iter().map(|scope| String::from_utf8(unescape(scope)).expect("UTF-8")).collect();
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            gate.admit(token, &scopes, clock(words[1])).map_err(Error::from).map(|admitted| {
                let left = admitted.calls_left().map_or("unlimited".into(), |left| left.to_string());
                format!("0 {left}")
            })
        };
        answers.push(("call".into(), answer.unwrap_or_else(|error| error.code().to_string())));
    }
    Ok(answers)
}

type AnyGate<'k, B> = Gate<TrustBundle<'k>, AnyLedger, B>;

fn policy<'k, B: Backend + Copy>(record: &Record, mut gate: AnyGate<'k, B>) -> AnyGate<'k, B> {
    if let Some(seconds) = optional(record, "clock-skew") {
        gate = gate.clock_skew_seconds(seconds);
    }
    if let Some(seconds) = optional(record, "max-lifetime") {
        gate = gate.max_lifetime_seconds(seconds);
    }
    if let Some(len) = optional(record, "max-token-len") {
        gate = gate.max_token_len(len);
    }
    if let Some(time) = optional(record, "not-issued-before") {
        gate = gate.not_issued_before(time);
    }
    gate = match record.input("time-policy") {
        None | Some("require-known") => gate,
        Some("allow-lower-bound") => gate.time_policy(TimePolicy::AllowLowerBound),
        Some("allow-unknown") => gate.time_policy(TimePolicy::AllowUnknown),
        Some(other) => panic!("{}: time-policy {other}", record.name),
    };
    match record.input("counting") {
        None | Some("budget") => gate,
        Some("single-use") => gate.counting(Counting::SingleUse),
        Some(other) => panic!("{}: counting {other}", record.name),
    }
}

fn ledger(record: &Record) -> AnyLedger {
    let since = match record.input("since") {
        None | Some("beginning") => Since::Beginning,
        Some("reset") => Since::Reset,
        Some(time) => Since::Time(time.parse().expect("seconds")),
    };
    AnyLedger(match list(record, "ledger").collect::<Vec<_>>()[..] {
        ["usage", slots] => {
            Box::new(UsageLedger::new(vec![LedgerSlot::EMPTY; slots.parse().expect("a number")], since))
        }
        ["filter", window] => Box::new(ReplayFilter::<1024>::new(window.parse().expect("seconds"), since)),
        ref other => panic!("{}: ledger {other:?}", record.name),
    })
}

/// `known:T`, `at-least:T` or `unknown`.
fn clock(text: &str) -> Clock {
    match text.split_once(':') {
        Some(("known", time)) => Clock::Known(time.parse().expect("seconds")),
        Some(("at-least", time)) => Clock::AtLeast(time.parse().expect("seconds")),
        _ if text == "unknown" => Clock::Unknown,
        _ => panic!("no clock: {text}"),
    }
}
