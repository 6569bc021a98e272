use super::super::format::Record;
use super::NOW;
use super::code::*;
use super::gates::{Scene, agent, bundle_of, issuer, token};
use crate::raw::{RawToken, derived_key};
use crate::raw_bundle::RawIssuer;

const AUDIENCE: u8 = 1;
const ANY: u8 = 1 << 1;
const PAYLOAD: u8 = 2 << 1;
const CHALLENGE: u8 = 3 << 1;
const DEPTH_4: u8 = 4 << 3;

/// A token of version 1 has neither audience nor binding.
pub(super) fn records() -> Vec<Record> {
    let scene = |name: &str, rules: u8, token: &[u8]| {
        Scene::new(name, &[&bundle_of(RawIssuer { rules, ..issuer() })], &[token], "usage 8")
    };
    let good = token().sign(&agent());
    let forged = token().sign(&derived_key("other-bot", "phd-lab", None));
    let expired = RawToken { issued_at: NOW - 900, expires_at: NOW, ..token() }.sign(&agent());
    let call = format!("1 known:{NOW} door:open");
    vec![
        scene("audience-required", AUDIENCE, &good).at(NOW, AUDIENCE_REQUIRED).record(),
        scene("any-binding-required", ANY, &good).at(NOW, BINDING_REQUIRED).record(),
        scene("payload-required", PAYLOAD, &good).at(NOW, BINDING_REQUIRED).record(),
        scene("challenge-required", CHALLENGE, &good).at(NOW, BINDING_REQUIRED).record(),
        scene("audience-before-binding", AUDIENCE | CHALLENGE, &good).at(NOW, AUDIENCE_REQUIRED).record(),
        scene("depth-concerns-no-token-of-version-1", DEPTH_4, &good).at(NOW, "0 99").record(),
        scene("expiry-before-audience", AUDIENCE, &expired).at(NOW, EXPIRED).record(),
        scene("uncertainty-before-audience", AUDIENCE, &good).call("1 unknown read:arxiv", TIME_UNCERTAIN).record(),
        scene("audience-before-signature", AUDIENCE, &forged).at(NOW, AUDIENCE_REQUIRED).record(),
        scene("binding-before-signature", ANY, &forged).at(NOW, BINDING_REQUIRED).record(),
        scene("audience-before-scope", AUDIENCE, &good).call(&call, AUDIENCE_REQUIRED).record(),
        Scene::new(
            "rules-of-the-next-epoch",
            &[
                &bundle_of(issuer()),
                &crate::raw_bundle::RawBundle { epoch: 2, ..bundle_of(RawIssuer { rules: ANY, ..issuer() }) },
            ],
            &[&good],
            "usage 8",
        )
        .at(NOW, "0 99")
        .call(format!("bundle 2 known:{NOW}"), 0)
        .at(NOW, BINDING_REQUIRED)
        .record(),
    ]
}
