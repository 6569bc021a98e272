use super::super::format::Record;
use super::NOW;
use super::code::*;
use crate::raw::{RawToken, derived_key};
use crate::raw_bundle::{RawBundle, RawIssuer, authority_key};

/// A gate that opened a bundle at `NOW`; calls and their answers are added one by one.
pub(super) struct Scene {
    record: Record,
}

impl Scene {
    pub(super) fn new(name: impl Into<String>, bundles: &[&RawBundle], tokens: &[&[u8]], ledger: &str) -> Self {
        let mut record = Record::new(name, "gate")
            .with("authority", hex::encode(authority_key().verifying_key().as_bytes()))
            .with("clock", format!("known:{NOW}"))
            .with("ledger", ledger);
        for bundle in bundles {
            record = record.with("bundle", hex::encode(bundle.sign_as_itself()));
        }
        for token in tokens {
            record = record.with("token", hex::encode(token));
        }
        Self { record: record.expect("code", OK) }
    }

    /// Opens the first bundle at this clock.
    pub(super) fn opened_at(mut self, clock: &str) -> Self {
        let opened = self.record.inputs.iter_mut().find(|(key, _)| key == "clock").expect("every gate has one");
        opened.1 = clock.to_owned();
        self
    }

    pub(super) fn policy(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        self.record = self.record.with(key, value);
        self
    }

    /// A call, as written in the file, and its answer: a code, or `0` and the calls left.
    pub(super) fn call(mut self, call: impl std::fmt::Display, answer: impl std::fmt::Display) -> Self {
        self.record = self.record.with("call", call).expect("call", answer);
        self
    }

    /// Token 1 at a known time.
    pub(super) fn at(self, time: i64, answer: impl std::fmt::Display) -> Self {
        self.call(format!("1 known:{time} read:arxiv"), answer)
    }

    pub(super) fn record(self) -> Record {
        self.record
    }
}

/// The agent of these vectors; its key has a seed.
pub(super) fn agent() -> ed25519_dalek::SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"seed"))
}

pub(super) fn agent_key() -> [u8; 32] {
    agent().verifying_key().to_bytes()
}

/// A token of that agent, before signing.
pub(super) fn token() -> RawToken {
    RawToken { issuer: agent_key(), ..RawToken::example(NOW) }
}

pub(super) fn issuer() -> RawIssuer {
    RawIssuer::new(agent_key(), "research-bot", "phd-lab")
}

/// A bundle with this one issuer.
pub(super) fn bundle_of(issuer: RawIssuer) -> RawBundle {
    RawBundle { issuers: vec![issuer], ..RawBundle::new(NOW) }
}

fn scene(name: impl Into<String>, issuer: RawIssuer, token: &RawToken) -> Scene {
    Scene::new(name, &[&bundle_of(issuer)], &[&token.sign(&agent())], "usage 8")
}

pub(super) fn records() -> Vec<Record> {
    let mut records = vec![scene("admitted", issuer(), &token()).at(NOW, "0 99").record()];
    records.extend(trust());
    records.extend(names());
    records.extend(windows());
    records.extend(clocks());
    records.extend(scopes());
    records.extend(order());
    records
}

fn trust() -> Vec<Record> {
    let signed = token().sign(&agent());
    let with = |name, bundle: &RawBundle| Scene::new(name, &[bundle], &[&signed], "usage 8");
    let good = bundle_of(issuer());
    let revoked = RawBundle { revoked_issuers: vec![agent_key()], ..good.clone() };
    let taken_off = RawBundle { issuers: vec![], ..revoked.clone() };
    let token_revoked = RawBundle { revoked_tokens: vec![(agent_key(), token().token_id)], ..good.clone() };
    let other_revoked = RawBundle { revoked_tokens: vec![(agent_key(), token().token_id + 1)], ..good.clone() };
    let other_issuer = RawBundle { revoked_tokens: vec![([7; 32], token().token_id)], ..good.clone() };
    let next = RawBundle { epoch: 2, ..revoked.clone() };
    let bad_key = RawBundle { issuers: vec![RawIssuer { key: [0; 32], ..issuer() }], ..good.clone() };
    let bad_key_token = RawToken { issuer: [0; 32], ..token() }.sign(&agent());
    vec![
        with("nobody-trusted", &RawBundle::new(NOW)).at(NOW, UNTRUSTED_ISSUER).record(),
        with("issuer-revoked", &revoked).at(NOW, ISSUER_REVOKED).record(),
        with("issuer-revoked-and-taken-off", &taken_off).at(NOW, ISSUER_REVOKED).record(),
        with("token-revoked", &token_revoked).at(NOW, TOKEN_REVOKED).record(),
        with("another-token-revoked", &other_revoked).at(NOW, "0 99").record(),
        with("the-same-id-of-another-issuer-revoked", &other_issuer).at(NOW, "0 99").record(),
        with("bundle-expires-while-running", &RawBundle { not_after: NOW + 9, ..good.clone() })
            .at(NOW + 9, "0 99")
            .at(NOW + 10, BUNDLE_EXPIRED)
            .record(),
        Scene::new("revoked-by-the-next-epoch", &[&good, &next], &[&signed], "usage 8")
            .at(NOW, "0 99")
            .call(format!("bundle 2 known:{NOW}"), 0)
            .at(NOW, ISSUER_REVOKED)
            .call(format!("bundle 1 known:{NOW}"), BUNDLE_ROLLBACK)
            .at(NOW, ISSUER_REVOKED)
            .record(),
        Scene::new(
            "another-bundle-of-the-same-epoch-undoes-no-revocation",
            &[&good, &revoked],
            &[&signed],
            "usage 8",
        )
        .call(format!("bundle 2 known:{NOW}"), BUNDLE_ROLLBACK)
        .at(NOW, "0 99")
        .record(),
        Scene::new("the-same-bundle-again", &[&good], &[&signed], "usage 8")
            .at(NOW, "0 99")
            .call(format!("bundle 1 known:{NOW}"), 0)
            .at(NOW, "0 98")
            .record(),
        Scene::new("issuer-key-of-small-order", &[&bad_key], &[&bad_key_token], "usage 8")
            .at(NOW, BAD_SIGNATURE)
            .record(),
    ]
}

fn names() -> Vec<Record> {
    let named = |name: &str, project: &str| RawToken { name: name.into(), project: project.into(), ..token() };
    let mut records = Vec::new();
    for (what, raw) in [
        ("another-name", named("mail-sorter", "phd-lab")),
        ("another-project", named("research-bot", "other-lab")),
        ("name-and-project-swapped", named("phd-lab", "research-bot")),
        ("name-in-capitals", named("Research-Bot", "phd-lab")),
        ("name-with-a-space-behind", named("research-bot ", "phd-lab")),
        ("name-cut-short", named("research-bo", "phd-lab")),
    ] {
        records.push(scene(what, issuer(), &raw).at(NOW, NAME_MISMATCH).record());
    }
    records
}

fn windows() -> Vec<Record> {
    let window = |not_before, not_after| RawIssuer { not_before, not_after, ..issuer() };
    let limited = |max_lifetime| RawIssuer { max_lifetime, ..issuer() };
    // Rotation: both keys speak for the same agent, their windows overlap.
    let new_key = derived_key("research-bot", "phd-lab", Some(b"next seed"));
    let new_issuer = RawIssuer {
        not_before: NOW + 10,
        ..RawIssuer::new(new_key.verifying_key().to_bytes(), "research-bot", "phd-lab")
    };
    let both = RawBundle { issuers: vec![window(i64::MIN, NOW + 20), new_issuer], ..RawBundle::new(NOW) }.sorted();
    let (old, new) =
        (token().sign(&agent()), RawToken { issuer: new_key.verifying_key().to_bytes(), ..token() }.sign(&new_key));
    let call = |number: u8, time: i64| format!("{number} known:{time} read:arxiv");
    vec![
        scene("window-first-second", window(NOW, NOW), &token()).at(NOW, "0 99").record(),
        scene("window-not-begun", window(NOW + 1, NOW + 9), &token()).at(NOW, ISSUER_NOT_VALID).record(),
        scene("window-over", window(NOW - 9, NOW - 1), &token()).at(NOW, ISSUER_NOT_VALID).record(),
        scene("lifetime-of-the-issuer", limited(900), &token()).at(NOW, "0 99").record(),
        scene("lifetime-above-the-issuers", limited(899), &token()).at(NOW, LIFETIME_TOO_LONG).record(),
        scene("lifetime-above-the-policys", limited(900), &token())
            .policy("max-lifetime", 899)
            .at(NOW, LIFETIME_TOO_LONG)
            .record(),
        Scene::new("rotation-with-overlapping-windows", &[&both], &[&old, &new], "usage 8")
            .call(call(1, NOW + 9), "0 99")
            .call(call(2, NOW + 9), ISSUER_NOT_VALID)
            .call(call(1, NOW + 15), "0 98")
            .call(call(2, NOW + 15), "0 99")
            .call(call(1, NOW + 21), ISSUER_NOT_VALID)
            .call(call(2, NOW + 21), "0 98")
            .record(),
        scene("not-issued-before-then", issuer(), &token()).policy("not-issued-before", NOW).at(NOW, "0 99").record(),
        scene("issued-before-the-start", issuer(), &token())
            .policy("not-issued-before", NOW + 1)
            .at(NOW + 1, ISSUED_BEFORE_START)
            .record(),
    ]
}

fn clocks() -> Vec<Record> {
    let call = |clock: &str| format!("1 {clock} read:arxiv");
    let expiry = NOW + 900;
    let of = |policy: &str| scene(format!("clock-under-{policy}"), issuer(), &token()).policy("time-policy", policy);
    // The bundle was issued at NOW, so even an unknown clock is at least that.
    let bound = RawBundle { issued_at: expiry, not_after: expiry + 9, ..bundle_of(issuer()) };
    let next = RawBundle { epoch: 2, ..bundle_of(issuer()) };
    let short = bundle_of(issuer());
    let ahead = RawBundle { issued_at: NOW + 800, ..bundle_of(issuer()) };
    let healing = RawBundle { epoch: 2, ..bundle_of(issuer()) };
    let too_early = RawBundle { epoch: 2, issued_at: NOW + 31, ..bundle_of(issuer()) };
    let signed = token().sign(&agent());
    let later = |policy: &str| {
        Scene::new(format!("bundle-issued-after-expiry-under-{policy}"), &[&bound], &[&signed], "usage 8")
            .opened_at("unknown")
            .policy("time-policy", policy)
            .call(call("unknown"), EXPIRED)
            .call(call(&format!("at-least:{NOW}")), EXPIRED)
            .call(call(&format!("known:{}", expiry - 31)), EXPIRED)
            .call(call(&format!("known:{}", expiry - 30)), "0 99")
            .record()
    };
    vec![
        of("require-known")
            .call(call(&format!("at-least:{NOW}")), TIME_UNCERTAIN)
            .call(call(&format!("at-least:{expiry}")), EXPIRED)
            .call(call("unknown"), TIME_UNCERTAIN)
            .call(call(&format!("known:{NOW}")), "0 99")
            .call(call(&format!("known:{}", NOW - 31)), TIME_UNCERTAIN)
            .record(),
        of("allow-lower-bound")
            .call(call(&format!("at-least:{NOW}")), "0 99")
            .call(call(&format!("at-least:{}", expiry - 1)), "0 98")
            .call(call(&format!("at-least:{expiry}")), EXPIRED)
            .call(call("unknown"), "0 97")
            .call(call(&format!("at-least:{}", NOW - 999)), "0 96")
            .record(),
        of("allow-unknown")
            .call(call("unknown"), "0 99")
            .call(call(&format!("at-least:{expiry}")), EXPIRED)
            .call(call(&format!("known:{expiry}")), EXPIRED)
            .record(),
        scene("a-start-of-the-ledger-requires-a-known-clock", issuer(), &token())
            .policy("time-policy", "allow-unknown")
            .policy("not-issued-before", NOW)
            .call(call("unknown"), TIME_UNCERTAIN)
            .call(call(&format!("at-least:{NOW}")), TIME_UNCERTAIN)
            .call(call(&format!("known:{NOW}")), "0 99")
            .record(),
        Scene::new("the-next-bundle-replaces-the-bound-of-the-one-before", &[&bound, &next], &[&signed], "usage 8")
            .opened_at("unknown")
            .policy("time-policy", "allow-unknown")
            .call(call("unknown"), EXPIRED)
            .call("bundle 2 unknown", 0)
            .call(call("unknown"), "0 99")
            .record(),
        Scene::new("a-bundle-dated-ahead-is-healed-by-the-next", &[&ahead, &healing], &[&signed], "usage 8")
            .opened_at("unknown")
            .at(NOW, TIME_UNCERTAIN)
            .call(format!("bundle 2 known:{NOW}"), 0)
            .at(NOW, "0 99")
            .record(),
        Scene::new(
            "a-clock-that-is-behind-for-certain-refuses-no-bundle",
            &[&short, &too_early],
            &[&signed],
            "usage 8",
        )
        .opened_at("unknown")
        .call(format!("bundle 2 known:{}", NOW - 30), BUNDLE_DATED_AHEAD)
        .call(format!("bundle 2 known:{}", NOW - 31), 0)
        .record(),
        Scene::new("a-bundle-dated-ahead-does-not-replace-one", &[&short, &too_early], &[&signed], "usage 8")
            .call(format!("bundle 2 known:{NOW}"), BUNDLE_DATED_AHEAD)
            .at(NOW, "0 99")
            .record(),
        Scene::new("the-next-bundle-opens-at-its-own-time", &[&short, &next], &[&signed], "usage 8")
            .call(format!("bundle 2 known:{}", next.not_after + 1), BUNDLE_EXPIRED)
            .call(format!("bundle 2 known:{}", next.not_after), 0)
            .record(),
        later("require-known"),
        later("allow-lower-bound"),
        later("allow-unknown"),
        scene("skew-of-the-gate", issuer(), &RawToken { issued_at: NOW + 5, ..token() })
            .policy("clock-skew", 4)
            .at(NOW, NOT_YET_VALID)
            .at(NOW + 1, "0 99")
            .record(),
    ]
}

fn scopes() -> Vec<Record> {
    let ceiling =
        |scopes: &[&str]| RawIssuer { ceiling: scopes.iter().map(|s| s.as_bytes().to_vec()).collect(), ..issuer() };
    let call = |scopes: &str| format!("1 known:{NOW} {scopes}").trim_end().to_owned();
    let everything = RawToken { scopes: vec![b"*".to_vec()], ..token() };
    vec![
        scene("scopes-of-the-token", issuer(), &token())
            .call(call("read:arxiv write:notes"), "0 99")
            .call(call("read:arxiv write:mail"), SCOPE_NOT_GRANTED)
            .call(call("read:*"), SCOPE_NOT_GRANTED)
            .call(call("read::arxiv"), SCOPE_NOT_GRANTED)
            .call(call(""), "0 98")
            .record(),
        scene("scopes-under-a-ceiling", ceiling(&["read:*", "list"]), &everything)
            .call(call("read:arxiv"), "0 99")
            .call(call("read:pubmed list"), "0 98")
            .call(call("write:notes"), SCOPE_ABOVE_CEILING)
            .call(call("read:arxiv write:notes"), SCOPE_ABOVE_CEILING)
            .call(call(""), "0 97")
            .record(),
        scene("scopes-under-an-empty-ceiling", ceiling(&[]), &everything)
            .call(call("read:arxiv"), SCOPE_ABOVE_CEILING)
            .call(call(""), "0 99")
            .record(),
        scene("scope-in-neither", ceiling(&["list"]), &token()).call(call("door:open"), SCOPE_NOT_GRANTED).record(),
    ]
}

/// Two faults at once: the earlier check answers.
fn order() -> Vec<Record> {
    let signed = |raw: &RawToken| raw.sign(&agent());
    let misnamed = RawToken { name: b"other".to_vec(), ..token() };
    let long = RawToken { expires_at: NOW + 86_401, ..token() };
    let expired = RawToken { issued_at: NOW - 900, expires_at: NOW, ..token() };
    let early = RawToken { issued_at: NOW + 40, ..token() };
    let unsigned = token().sign(&derived_key("other-bot", "phd-lab", None));
    let spent = RawToken { max_calls: 1, ..token() };
    let over = bundle_of(RawIssuer { not_after: NOW - 1, ..issuer() });
    let good = bundle_of(issuer());
    let revoked = RawBundle {
        revoked_issuers: vec![agent_key()],
        revoked_tokens: vec![(agent_key(), token().token_id)],
        ..good.clone()
    };
    let token_revoked = RawBundle { revoked_issuers: vec![], ..revoked.clone() };
    let brief = RawBundle { not_after: NOW, ..revoked.clone() };
    let ceiling = bundle_of(RawIssuer { ceiling: vec![b"list".to_vec()], ..issuer() });
    let bad_scope = RawToken { scopes: vec![b"read:".to_vec()], ..token() };
    let stranger = RawToken { issuer: [7; 32], ..bad_scope.clone() };
    let scene = |name, bundle: &RawBundle, token: &[u8]| Scene::new(name, &[bundle], &[token], "usage 8");
    let call = format!("1 known:{NOW} door:open");
    let mut malformed = signed(&token());
    malformed[3] = 1;
    vec![
        scene("structure-before-trust", &revoked, &malformed).call(&call, RESERVED_FLAGS).record(),
        scene("bundle-age-before-revocation", &brief, &signed(&token())).at(NOW + 1, BUNDLE_EXPIRED).record(),
        scene("issuer-before-token-revocation", &revoked, &signed(&token())).call(&call, ISSUER_REVOKED).record(),
        scene("revocation-before-strings", &revoked, &signed(&bad_scope)).call(&call, ISSUER_REVOKED).record(),
        scene("trust-before-strings", &good, &signed(&stranger)).call(&call, UNTRUSTED_ISSUER).record(),
        scene("strings-before-name", &good, &signed(&RawToken { name: b"other".to_vec(), ..bad_scope.clone() }))
            .call(&call, INVALID_SCOPE)
            .record(),
        scene("strings-before-lifetime", &good, &signed(&RawToken { expires_at: NOW + 86_401, ..bad_scope }))
            .call(&call, INVALID_SCOPE)
            .record(),
        scene("revocation-before-name", &token_revoked, &signed(&misnamed)).call(&call, TOKEN_REVOKED).record(),
        scene("name-before-lifetime", &good, &signed(&RawToken { name: b"other".to_vec(), ..long.clone() }))
            .call(&call, NAME_MISMATCH)
            .record(),
        scene("lifetime-before-window", &over, &signed(&long)).call(&call, LIFETIME_TOO_LONG).record(),
        scene("window-before-expiry", &over, &signed(&expired)).call(&call, ISSUER_NOT_VALID).record(),
        scene("expiry-before-start", &good, &signed(&expired))
            .policy("not-issued-before", NOW)
            .call(&call, EXPIRED)
            .record(),
        scene("not-yet-valid-before-start", &good, &signed(&early))
            .policy("not-issued-before", NOW + 99)
            .call(&call, NOT_YET_VALID)
            .record(),
        scene("start-before-uncertainty", &good, &signed(&token()))
            .policy("not-issued-before", NOW + 1)
            .call("1 unknown door:open", ISSUED_BEFORE_START)
            .record(),
        scene("uncertainty-before-signature", &good, &unsigned).call("1 unknown door:open", TIME_UNCERTAIN).record(),
        scene("signature-before-scope", &good, &unsigned).call(&call, BAD_SIGNATURE).record(),
        scene("scope-before-ceiling", &ceiling, &signed(&token())).call(&call, SCOPE_NOT_GRANTED).record(),
        scene("signature-before-ceiling", &ceiling, &unsigned).at(NOW, BAD_SIGNATURE).record(),
        scene("signature-before-ledger", &good, &unsigned).at(NOW, BAD_SIGNATURE).record(),
        Scene::new(
            "a-forged-token-uses-up-nothing",
            &[&good],
            &[
                &signed(&spent),
                &RawToken { max_calls: 1, ..token() }.sign(&derived_key("other-bot", "phd-lab", None)),
            ],
            "usage 8",
        )
        .call(format!("2 known:{NOW} read:arxiv"), BAD_SIGNATURE)
        .call(format!("2 known:{NOW} read:arxiv"), BAD_SIGNATURE)
        .at(NOW, "0 0")
        .at(NOW, BUDGET_EXHAUSTED)
        .record(),
    ]
}
