//! Answers the vectors of admission: bundles, and sequences of calls at a gate.

use agentid_nostd::{
    Admitted, Backend, BundleVersion, Call, Clock, CountedElsewhere, Counting, Error, Gate, Ledger, LedgerSlot,
    PublicKey, ReplayFilter, Since, TrustAnchor, TrustBundle, TrustTable, TrustedIssuer, UsageLedger,
};

use super::format::{Record, unescape};
use super::run::{Outputs, array, bytes, clock, list, optional, policy, required};

/// A ledger whose kind and size are chosen at run time.
type AnyLedger = Box<dyn Ledger>;

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
    let mut outputs = vec![
        ("epoch".into(), bundle.epoch().to_string()),
        ("digest".into(), hex::encode(bundle.version().digest)),
        ("issued-at".into(), bundle.issued_at().to_string()),
        ("not-after".into(), bundle.not_after().to_string()),
        ("issuers".into(), bundle.issuer_count().to_string()),
        ("revocations".into(), bundle.revocation_count().to_string()),
        ("next-authority".into(), bundle.next_authority().map_or("none".into(), |key| hex::encode(key.as_bytes()))),
    ];
    for issuer in bundle.issuers() {
        let (calls, seconds) = issuer.quota().map_or((0, 0), |quota| (quota.calls.get(), quota.seconds.get()));
        outputs.push(("rules".into(), format!("{:02x} {calls} {seconds}", issuer.rules().to_byte())));
    }
    Ok(outputs)
}

/// The pinned authority, and the clock skew if the vector has one.
fn anchor(backend: impl Backend, record: &Record) -> Result<TrustAnchor, Error> {
    let anchor = TrustAnchor::new(PublicKey::from_bytes_with(backend, &array(&bytes(record, "authority")))?);
    let anchor = match record.input("next-authority") {
        Some(key) => anchor.next_authority(PublicKey::unvalidated(array(&hex::decode(key).expect("hex")))),
        None => anchor,
    };
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

/// Plays the calls of the vector; each answer is one output. Each call is decided twice: by a gate
/// that counts itself, and by one whose ledger stands beside it.
///
/// # Panics
/// If the two disagree.
pub(super) fn gate(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    let bundles: Vec<Vec<u8>> = record.all("bundle").map(|text| hex::decode(text).expect("hex")).collect();
    let tokens: Vec<Vec<u8>> = record.all("token").map(|text| hex::decode(text).expect("hex")).collect();
    let mut anchor = anchor(backend, record)?;
    let opened = clock(required(record, "clock"));
    let first = TrustBundle::open_with(backend, &bundles[0], &anchor, opened)?;
    anchor = TrustAnchor::from_state(&first.state());
    let mut gate = settings(record, Gate::new(first, ledger(record)).with_backend(backend));
    let mut counted = ledger(record);
    let elsewhere = CountedElsewhere(counted.since());
    let mut gate_beside = settings(record, Gate::new(first, elsewhere).with_backend(backend));

    let mut answers = Vec::new();
    for call in record.all("call") {
        let words: Vec<&str> = call.split(' ').collect();
        let answer = if words[0] == "bundle" {
            let bytes = &bundles[words[1].parse::<usize>().expect("a number") - 1];
            let opened = gate.open_next(bytes, &anchor, clock(words[2]));
            opened.and_then(|bundle| {
                gate.set_trust(bundle)?;
                gate_beside.set_trust(bundle).expect("as the other gate");
                anchor = TrustAnchor::from_state(&bundle.state());
                Ok("0".to_owned())
            })
        } else if words[0] == "hand-over" {
            let bytes = &bundles[words[1].parse::<usize>().expect("a number") - 1];
            let adopted = taken_over(&gate, bytes, &anchor, clock(words[2]), words.get(3) != Some(&"not-stored"));
            adopted.and_then(|bundle| {
                gate.set_trust(bundle)?;
                gate_beside.set_trust(bundle).expect("as the other gate");
                anchor = TrustAnchor::from_state(&bundle.state());
                bundle.check_current(clock(words[2]))?;
                Ok("0".to_owned())
            })
        } else if words[0] == "restart" {
            // The state as it was stored, and the bundle again.
            let bytes = &bundles[words[1].parse::<usize>().expect("a number") - 1];
            TrustBundle::open_with(backend, bytes, &anchor, clock(words[2])).map(|_| "0".to_owned())
        } else {
            let token = &tokens[words[0].parse::<usize>().expect("a number") - 1];
            let scopes: Vec<String> =
                words[2..].iter().map(|scope| String::from_utf8(unescape(scope)).expect("UTF-8")).collect();
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let (call, clock) = (Call::new(&scopes), clock(words[1]));
            let answer = gate.admit(token, &call, clock).map(printed);
            gate_beside.start_counting(clock);
            let in_two_steps =
                gate_beside.check(token, &call, clock).and_then(|uncounted| uncounted.count(&mut counted));
            assert_eq!(in_two_steps.map(printed), answer, "{}: in two steps", record.name);
            answer
        };
        answers.push(("call".into(), answer.unwrap_or_else(|error| error.code().to_string())));
    }
    Ok(answers)
}

/// The bundle of a hand-over, after its state was stored or was not.
fn taken_over<'b>(
    gate: &Gate<TrustBundle<'_>, AnyLedger, impl Backend>,
    bytes: &'b [u8],
    anchor: &TrustAnchor,
    clock: Clock,
    is_stored: bool,
) -> Result<TrustBundle<'b>, Error> {
    let hand_over = gate.prepare_hand_over(bytes, anchor, clock)?;
    let stored = if is_stored { hand_over.state().to_bytes() } else { [0xff; 104] };
    hand_over.adopt(&stored)
}

fn printed(admitted: Admitted<'_>) -> String {
    let left = admitted.calls_left().map_or("unlimited".into(), |left| left.to_string());
    format!("0 {left}")
}

fn settings<T, L, B: Backend>(record: &Record, gate: Gate<T, L, B>) -> Gate<T, L, B> {
    let mut gate = gate.policy(policy(record));
    if let Some(time) = optional(record, "not-issued-before") {
        gate = gate.not_issued_before(time);
    }
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
    match list(record, "ledger").collect::<Vec<_>>()[..] {
        ["usage", slots] => {
            Box::new(UsageLedger::new(vec![LedgerSlot::EMPTY; slots.parse().expect("a number")], since))
        }
        ["filter", window] => Box::new(ReplayFilter::new([0; 2048], window.parse().expect("seconds"), since)),
        ref other => panic!("{}: ledger {other:?}", record.name),
    }
}
