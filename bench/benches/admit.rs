//! Admission: refused before the curve, admitted, the ledger at 90 % load, opening a bundle.

use std::hint::black_box;
use std::num::NonZeroU32;

use agentid_nostd::{
    CacheSlot, Call, Clock, Compact, Counting, Demand, DemandKind, Gate, HashKey, Ledger, LedgerSlot, PublicKey,
    Since, TrustAnchor, TrustBundle, TrustTable, TrustedIssuer, UsageLedger, VerifiedCache,
};
use agentid_test_kit::raw::{RawToken, derived_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use criterion::{Criterion, criterion_group, criterion_main};

mod paired;

const NOW: i64 = 1_790_000_000;

/// 1,000 issuers and 10,000 revocations, most of them of no real key: they are only looked up.
fn large_bundle() -> Vec<u8> {
    let filler = |number: u64| {
        use sha2::Digest;
        let key: [u8; 32] = sha2::Sha256::digest(number.to_be_bytes()).into();
        key
    };
    let agent = derived_key("research-bot", "phd-lab", Some(b"seed")).verifying_key().to_bytes();
    let mut issuers: Vec<RawIssuer> =
        (0..999).map(|number| RawIssuer::new(filler(number), "research-bot", "phd-lab")).collect();
    issuers.push(RawIssuer::new(agent, "research-bot", "phd-lab"));
    RawBundle {
        issuers,
        revoked_issuers: (1_000..2_000).map(filler).collect(),
        revoked_tokens: (0..9_000).map(|number| (filler(number % 1_000), number)).collect(),
        ..RawBundle::new(NOW)
    }
    .sorted()
    .sign_as_authority()
}

fn anchor() -> TrustAnchor {
    TrustAnchor::new(PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key"))
}

fn gate(c: &mut Criterion) {
    let bytes = large_bundle();
    let bundle = TrustBundle::open(&bytes, &anchor(), Clock::Known(NOW)).expect("opens");
    let key = derived_key("research-bot", "phd-lab", Some(b"seed"));
    let raw = RawToken { issuer: key.verifying_key().to_bytes(), max_calls: 0, ..RawToken::example(NOW) };
    let good = raw.sign(&key);
    let expired = RawToken { issued_at: NOW - 900, expires_at: NOW, ..raw.clone() }.sign(&key);
    let unknown = RawToken { issuer: [0x42; 32], ..raw.clone() }.sign(&key);
    let no_scope = RawToken { scopes: vec![b"list".to_vec()], ..raw.clone() }.sign(&key);
    let mut gate = Gate::new(bundle, UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning));

    let mut group = c.benchmark_group("admit, 1,000 issuers and 10,000 revocations");
    for (name, token) in [
        ("refused: untrusted issuer", &unknown),
        ("refused: expired", &expired),
        ("refused: scope not granted", &no_scope),
        ("admitted", &good),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| gate.admit(black_box(token), &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok());
        });
    }
    group.finish();

    let issuer = *bundle.issuer(&raw.issuer).expect("trusted").key();
    let (signed, signature) = good.split_last_chunk::<64>().expect("long enough");
    paired::ratio(
        "admit over the bare signature check of the same backend",
        4,
        || _ = black_box(gate.admit(black_box(&good), &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok()),
        || _ = black_box(issuer.verify_signature(black_box(signed), black_box(signature)).is_ok()),
    );
}

/// A token that comes again and again, and is counted each time.
fn again(c: &mut Criterion) {
    let bytes = large_bundle();
    let bundle = TrustBundle::open(&bytes, &anchor(), Clock::Known(NOW)).expect("opens");
    let key = derived_key("research-bot", "phd-lab", Some(b"seed"));
    let issuer = key.verifying_key().to_bytes();
    let token = RawToken { issuer, max_calls: u32::MAX, ..RawToken::example(NOW) }.sign(&key);
    let issuers =
        [TrustedIssuer::new(PublicKey::from_bytes(&issuer).expect("a good key"), "research-bot", "phd-lab")];
    let table = TrustTable::new(&issuers).expect("good issuers");
    let mut group = c.benchmark_group("a token that comes again");
    group.bench_function("one issuer", |b| {
        let cache = VerifiedCache::new(Compact, HashKey::new([7; 16]), [CacheSlot::<256>::EMPTY; 64]);
        let mut gate =
            Gate::new(table, UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning)).with_backend(cache);
        b.iter(|| assert!(gate.admit(black_box(&token), &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok()));
    });
    group.bench_function("1,000 issuers and 10,000 revocations", |b| {
        let cache = VerifiedCache::new(Compact, HashKey::new([7; 16]), [CacheSlot::<256>::EMPTY; 64]);
        let mut gate =
            Gate::new(bundle, UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning)).with_backend(cache);
        b.iter(|| assert!(gate.admit(black_box(&token), &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok()));
    });
    group.finish();
}

fn ledger(c: &mut Criterion) {
    ledger_of::<64>(c);
    ledger_of::<4_096>(c);
    ledger_of::<65_536>(c);
}

fn ledger_of<const N: usize>(c: &mut Criterion) {
    let load = (N * 9 / 10) as u64;
    // Token number n expires at second n, so that one expires as each new one comes.
    let demand =
        |id: u64| Demand::new(DemandKind::Token, [7; 32], id, Some(NonZeroU32::MAX), Counting::Budget, id as i64, 0);
    let mut ledger = UsageLedger::new(vec![LedgerSlot::EMPTY; N], Since::Beginning);
    for id in 1..=load {
        ledger.count(&[demand(id)], Clock::Known(0)).expect("room");
    }
    let mut group = c.benchmark_group("ledger at 90 % load");
    let mut id = 0;
    group.bench_function(format!("hit, N = {N}"), |b| {
        b.iter(|| {
            id = id % load + 1;
            ledger.count(&[demand(id)], Clock::Known(0)).is_ok()
        });
    });
    let mut last = load;
    group.bench_function(format!("insert while others expire, N = {N}"), |b| {
        b.iter(|| {
            last += 1;
            let now = Clock::Known((last - load) as i64);
            assert!(ledger.count(&[demand(last)], now).is_ok(), "full");
        });
    });
    group.finish();
}

fn open(c: &mut Criterion) {
    let bytes = large_bundle();
    let mut group = c.benchmark_group("open a bundle");
    group.bench_function("1,000 issuers and 10,000 revocations", |b| {
        b.iter(|| TrustBundle::open(black_box(&bytes), &anchor(), Clock::Known(NOW)).is_ok());
    });
    let empty = RawBundle::new(NOW).sign_as_authority();
    group.bench_function("nobody", |b| {
        b.iter(|| TrustBundle::open(black_box(&empty), &anchor(), Clock::Known(NOW)).is_ok());
    });
    group.finish();
}

criterion_group!(benches, gate, again, ledger, open);
criterion_main!(benches);
