use super::super::format::Record;
use super::NOW;
use super::code::*;
use super::gates::{Scene, agent, bundle_of, issuer, token};
use crate::raw::derived_key;
use crate::raw_bundle::{RawBundle, authority_key, next_authority_key};

fn key(of: &ed25519_dalek::SigningKey) -> [u8; 32] {
    of.verifying_key().to_bytes()
}

/// A bundle of the authority, which names the next one.
fn old(epoch: u64) -> RawBundle {
    RawBundle { epoch, next_authority: key(&next_authority_key()), ..bundle_of(issuer()) }
}

/// A bundle of the next authority, which names none.
fn new(epoch: u64) -> RawBundle {
    RawBundle { epoch, authority: key(&next_authority_key()), ..bundle_of(issuer()) }
}

fn third() -> [u8; 32] {
    key(&derived_key("third", "authority", Some(b"seed")))
}

fn scene(name: &str, bundles: &[&RawBundle]) -> Scene {
    Scene::new(name, bundles, &[&token().sign(&agent())], "usage 8")
}

/// Bundle 2 comes at `NOW + after`.
fn hand_over(after: i64) -> String {
    format!("hand-over 2 known:{}", NOW + after)
}

fn bundle(number: u8) -> String {
    format!("bundle {number} known:{NOW}")
}

pub(super) fn records() -> Vec<Record> {
    let mut records = good();
    records.extend(refused());
    records.extend(dates());
    records
}

fn good() -> Vec<Record> {
    let last = RawBundle { issued_at: NOW + 80_000, not_after: NOW + 90_000, ..old(u64::MAX) };
    let (unnamed, fresh) = (RawBundle { next_authority: [0; 32], ..old(1) }, RawBundle { issuers: vec![], ..new(1) });
    vec![
        scene("hand-over", &[&old(7), &new(1), &new(2)])
            .at(NOW, "0 99")
            .call(hand_over(0), 0)
            .at(NOW, "0 98")
            .call(bundle(3), 0)
            .at(NOW, "0 97")
            .record(),
        scene("hand-over-trusts-whom-it-names", &[&old(1), &fresh])
            .at(NOW, "0 99")
            .call(hand_over(0), 0)
            .at(NOW, UNTRUSTED_ISSUER)
            .record(),
        scene("hand-over-after-the-last-epoch-dated-ahead", &[&last, &new(0)])
            .opened_at("unknown")
            .at(NOW, EXPIRED)
            .call(hand_over(0), 0)
            .at(NOW, "0 99")
            .record(),
        scene("the-old-authority-after-a-hand-over", &[&old(1), &new(1), &old(2)])
            .call(hand_over(0), 0)
            .call(bundle(3), WRONG_AUTHORITY)
            .call(bundle(1), WRONG_AUTHORITY)
            .call("hand-over 3 known:1790000000", WRONG_AUTHORITY)
            .at(NOW, "0 99")
            .record(),
        scene("the-old-authority-after-a-hand-over-and-a-restart", &[&old(1), &new(1), &old(2)])
            .call(hand_over(0), 0)
            .call(format!("restart 2 known:{NOW}"), 0)
            .call(format!("restart 1 known:{NOW}"), WRONG_AUTHORITY)
            .call(format!("restart 3 known:{NOW}"), WRONG_AUTHORITY)
            .record(),
        scene(
            "a-second-hand-over-takes-a-third-key",
            &[
                &old(1),
                &RawBundle { next_authority: third(), ..new(1) },
                &RawBundle { next_authority: key(&authority_key()), ..new(2) },
                &RawBundle { next_authority: third(), ..new(3) },
            ],
        )
        .call(hand_over(0), 0)
        .call(bundle(3), MALFORMED_BUNDLE)
        .call(bundle(4), 0)
        .record(),
        scene("a-next-authority-that-comes-later", &[&unnamed, &new(1), &old(2)])
            .call(hand_over(0), WRONG_AUTHORITY)
            .call(bundle(3), 0)
            .call(hand_over(0), 0)
            .record(),
        scene("an-epoch-of-the-new-authority-is-not-undone", &[&old(1), &new(5), &new(4)])
            .call(hand_over(0), 0)
            .call(bundle(3), BUNDLE_ROLLBACK)
            .record(),
    ]
}

fn refused() -> Vec<Record> {
    let changed = RawBundle { next_authority: third(), ..old(2) };
    let (none, again) = (RawBundle { next_authority: [0; 32], ..old(2) }, old(2));
    let of_third = RawBundle { authority: third(), ..bundle_of(issuer()) };
    let names_old = RawBundle { next_authority: key(&authority_key()), ..new(1) };
    let names_itself = RawBundle { next_authority: key(&next_authority_key()), ..new(1) };
    let forged = |name: &str| {
        let record = scene(name, &[&old(1)]).record();
        record.with("bundle", hex::encode(new(1).sign(&authority_key())))
    };
    let bad_rules = RawBundle { issuers: vec![crate::raw_bundle::RawIssuer { rules: 0x80, ..issuer() }], ..new(1) };
    vec![
        scene("next-authority-changed-by-the-old-key", &[&old(1), &changed])
            .call(bundle(2), MALFORMED_BUNDLE)
            .at(NOW, "0 99")
            .record(),
        scene("next-authority-taken-back-by-the-old-key", &[&old(1), &none, &again])
            .call(bundle(2), MALFORMED_BUNDLE)
            .call(bundle(3), 0)
            .record(),
        scene("hand-over-to-the-one-before", &[&old(1), &names_old, &old(2)])
            .call(hand_over(0), MALFORMED_BUNDLE)
            .call(bundle(3), 0)
            .record(),
        scene("hand-over-that-names-itself", &[&old(1), &names_itself, &old(2)])
            .call(hand_over(0), MALFORMED_BUNDLE)
            .call(bundle(3), 0)
            .record(),
        scene("hand-over-that-is-malformed", &[&old(1), &bad_rules]).call(hand_over(0), MALFORMED_BUNDLE).record(),
        scene("hand-over-by-a-key-that-was-not-named", &[&old(1), &of_third])
            .call(hand_over(0), WRONG_AUTHORITY)
            .record(),
        forged("hand-over-signed-by-the-old-key")
            .with("call", hand_over(0))
            .expect("call", BAD_BUNDLE_SIGNATURE)
            .with("call", format!("1 known:{NOW} read:arxiv"))
            .expect("call", "0 99"),
        scene("hand-over-as-an-ordinary-bundle", &[&old(1), &new(2)])
            .call(bundle(2), WRONG_AUTHORITY)
            .at(NOW, "0 99")
            .record(),
        scene("hand-over-of-the-authority-in-force", &[&old(1), &old(2)])
            .call(hand_over(0), WRONG_AUTHORITY)
            .call(bundle(2), 0)
            .record(),
        scene("hand-over-that-is-not-stored", &[&old(1), &new(1), &old(2)])
            .call(format!("{} not-stored", hand_over(0)), WRONG_AUTHORITY)
            .at(NOW, "0 99")
            .call(bundle(3), 0)
            .call(hand_over(0), 0)
            .record(),
    ]
}

fn dates() -> Vec<Record> {
    let expired = RawBundle { not_after: NOW, ..new(1) };
    let late = RawBundle { issued_at: NOW + 31, ..new(1) };
    let late_and_over = RawBundle { not_after: NOW + 31, ..late.clone() };
    let own = RawBundle { next_authority: key(&next_authority_key()), ..late.clone() };
    let disproved = RawBundle { issued_at: NOW + 80_000, not_after: NOW + 90_000, ..old(1) };
    vec![
        scene("hand-over-in-its-last-second", &[&old(1), &expired])
            .call(hand_over(0), 0)
            .at(NOW, "0 99")
            .at(NOW + 1, BUNDLE_EXPIRED)
            .record(),
        scene("hand-over-that-is-over", &[&old(1), &expired, &old(2), &new(2)])
            .at(NOW, "0 99")
            .call(hand_over(1), BUNDLE_EXPIRED)
            .at(NOW + 1, BUNDLE_EXPIRED)
            .call(format!("bundle 3 known:{}", NOW + 1), WRONG_AUTHORITY)
            .call(format!("restart 1 known:{}", NOW + 1), WRONG_AUTHORITY)
            .call(format!("restart 2 known:{}", NOW + 1), BUNDLE_EXPIRED)
            .call(format!("bundle 4 known:{}", NOW + 1), 0)
            .at(NOW + 1, "0 98")
            .record(),
        scene("hand-over-that-is-over-and-not-stored", &[&old(1), &expired])
            .call(format!("{} not-stored", hand_over(1)), WRONG_AUTHORITY)
            .at(NOW, "0 99")
            .record(),
        scene("hand-over-dated-ahead-by-the-skew", &[&old(1), &late]).call(hand_over(1), 0).record(),
        scene("hand-over-dated-ahead", &[&old(1), &late, &old(2)])
            .call(hand_over(0), BUNDLE_DATED_AHEAD)
            .at(NOW, "0 99")
            .call(bundle(3), 0)
            .record(),
        scene("hand-over-dated-ahead-of-a-lower-bound", &[&old(1), &late])
            .call(format!("hand-over 2 at-least:{NOW}"), 0)
            .record(),
        scene("hand-over-dated-ahead-before-its-expiry", &[&old(1), &late_and_over])
            .call(hand_over(0), BUNDLE_DATED_AHEAD)
            .record(),
        scene("hand-over-that-names-itself-and-is-dated-ahead", &[&old(1), &own])
            .call(hand_over(0), MALFORMED_BUNDLE)
            .record(),
        // An ordinary bundle is not refused by a clock that the one in force disproves.
        scene("hand-over-at-a-clock-that-the-old-bundle-disproves", &[&disproved, &late])
            .opened_at("unknown")
            .call(hand_over(0), BUNDLE_DATED_AHEAD)
            .call(hand_over(1), 0)
            .at(NOW + 1, "0 99")
            .record(),
    ]
}
