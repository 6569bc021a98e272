//! A trust list as an operator keeps it: edited, checked, built, compared and used by a gate.
#![cfg(feature = "trust-list")]

use agentid_host::trust_list::{Agent, Change, Severity, TrustList, TrustListText, TrustSet};
use agentid_host::{AgentIdentity, Clock, PublicKey, Signer, SigningKey};
use agentid_nostd::{Call, Gate, LedgerSlot, Since, TokenBuilder, TrustAnchor, TrustBundle, UsageLedger};
use proptest::prelude::*;

/// 2026-11-10T00:00:00Z.
const NOW: i64 = 1_794_268_800;

const SEED: &[u8] = b"32 random bytes, kept in a vault";

fn authority() -> SigningKey {
    SigningKey::from_secret_bytes(&[7; 32]).expect("a secret")
}

fn key_of(name: &str, project: &str) -> PublicKey {
    AgentIdentity::derive(name, project, Some(SEED)).expect("valid").public_key()
}

fn key_text(name: &str, project: &str) -> String {
    hex::encode(key_of(name, project).as_bytes())
}

/// A file with comments in every place, whose author likes neither our order nor our layout.
fn file() -> String {
    format!(
        r#"# Trust of the lab. Ask Kim before you change it.
valid_for = "30d" # as agreed
authority = "{authority}"
epoch = 3

# --- research ---------------------------------------------

# Reads papers.
[[agent]]
name = "research-bot"
project   = "phd-lab"
key = "{research}"
# Notes since May.
ceiling = [
    "read:*",      # papers
    "write:notes",
]
max_lifetime = "1h"
not_after = 2026-12-01T00:00:00Z # rotation

[[agent]]
name = "research-bot"
project = "phd-lab"
key = "{research_next}"
ceiling = ["read:*", "write:notes"]
max_lifetime = "1h"
not_before = 2026-11-30T00:00:00Z

# --- building ---------------------------------------------

[[agent]]
ceiling = ["*"]
name = "door-opener"
project = "building-7"
key = "{door}"

[[revoked_key]]
key = "{stolen}"
reason = "laptop stolen"

[[revoked_token]]
issuer = "{door}"
token_id = "0123456789abcdef"
reason = "sent to the wrong host"

# The end. New entries go above?
"#,
        authority = hex::encode(authority().public_key().as_bytes()),
        research = key_text("research-bot", "phd-lab"),
        research_next = key_text("research-bot", "next key"),
        door = key_text("door-opener", "building-7"),
        stolen = key_text("laptop", "phd-lab"),
    )
}

fn open<'b>(bytes: &'b [u8], list: &TrustList) -> TrustBundle<'b> {
    TrustBundle::open(bytes, &TrustAnchor::new(list.authority), Clock::Known(NOW)).expect("opened")
}

fn words(changes: &[Change]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with('#')).collect()
}

#[test]
fn a_realistic_file_has_only_the_warnings_that_it_deserves() {
    let list = TrustList::parse(&file()).expect("well formed");
    let findings = list.check(NOW);
    let found: Vec<_> = findings.iter().map(|finding| (finding.severity, finding.name)).collect();
    assert_eq!(found, [(Severity::Warning, "wildcard-ceiling")], "{findings:?}");
}

#[test]
fn a_built_bundle_opens_and_is_no_change_of_its_list() {
    let list = TrustList::parse(&file()).expect("well formed");
    let bytes = list.build(&authority(), 4, NOW).expect("built");
    let in_force = TrustSet::of_bundle(&open(&bytes, &list));
    assert_eq!(in_force, TrustSet::of_list(&list, NOW));
    let dates = "nothing changes but the dates: trusted until 2026-12-10T00:00:00Z";
    assert_eq!(words(&in_force.changes_to(&in_force)), [dates]);
}

#[test]
fn an_operator_edits_builds_and_sees_what_changes() {
    let mut text = TrustListText::parse(&file()).expect("well formed");
    let bytes = text.list().build(&authority(), 4, NOW).expect("built");
    let in_force = TrustSet::of_bundle(&open(&bytes, text.list()));
    text.set_epoch(4).expect("the next");

    let (door, bot) = (key_of("door-opener", "building-7"), key_of("research-bot", "phd-lab"));
    text.revoke_key(&door, Some("lost")).expect("new");
    text.revoke_token(&bot, 0xfeed, None).expect("new");
    let indexer = Agent::new("indexer", "phd-lab", key_of("indexer", "phd-lab"), ["read:arxiv"]);
    text.add_agent(&indexer).expect("new");
    assert_eq!(comments(text.as_str()), comments(&file()));

    let (door, indexer) = (door.fingerprint_text(), indexer.key.fingerprint_text());
    assert_eq!(
        words(&in_force.changes_to(&TrustSet::of_list(text.list(), NOW))),
        [
            "door-opener of building-7: is trusted no more".to_owned(),
            format!(
                "indexer of phd-lab: is trusted with key {indexer} at any time, may read:arxiv, tokens may live 1 d"
            ),
            format!("key {door} of door-opener of building-7: is revoked"),
            "token 000000000000feed of research-bot of phd-lab: is revoked".to_owned(),
        ]
    );
    assert!(text.list().build(&authority(), 4, NOW).is_err(), "this epoch is taken");
    assert!(text.list().build(&authority(), 5, NOW).is_ok());
}

#[test]
fn a_gate_decides_by_the_bundle_that_was_built() {
    let list = TrustList::parse(&file()).expect("well formed");
    let bytes = list.build(&authority(), 4, NOW).expect("built");
    let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(SEED)).expect("valid");
    let mut buf = [0; 512];
    let token = TokenBuilder::new(&agent, NOW, 1).scopes(&["*"]).mint_into(&mut buf).expect("minted");
    let mut gate = Gate::new(open(&bytes, &list), UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning));
    assert!(gate.admit(token, &Call::new(&["write:notes"]), Clock::Known(NOW)).is_ok());
    assert!(gate.admit(token, &Call::new(&["write:papers"]), Clock::Known(NOW)).is_err());
}

trait FingerprintText {
    fn fingerprint_text(&self) -> String;
}

impl FingerprintText for PublicKey {
    fn fingerprint_text(&self) -> String {
        agentid_host::Fingerprint::of(self).to_string()
    }
}

/// One edit of a text.
#[derive(Clone, Debug)]
enum Edit {
    Add(u8, String, Vec<String>),
    Remove(u8),
    RevokeKey(u8, Option<String>),
    RevokeToken(u8, u64),
    Epoch(u64),
}

fn edits() -> impl Strategy<Value = Edit> {
    let scopes = proptest::collection::vec("[a-z\"'\\\\é#\n]{1,9}(:[a-z*\\]]{1,3})?", 0..4);
    prop_oneof![
        (1_u8..6, "[^\u{0}]{1,20}", scopes).prop_map(|(key, name, scopes)| Edit::Add(key, name, scopes)),
        (1_u8..6).prop_map(Edit::Remove),
        (1_u8..6, proptest::option::of(".{0,20}")).prop_map(|(key, reason)| Edit::RevokeKey(key, reason)),
        (1_u8..6, 0_u64..3).prop_map(|(key, id)| Edit::RevokeToken(key, id)),
        (0_u64..9).prop_map(Edit::Epoch),
    ]
}

fn key(number: u8) -> PublicKey {
    SigningKey::from_secret_bytes(&[number; 32]).expect("a secret").public_key()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Removed are only agents that the edits added, so that no comment of the author goes with
    /// them.
    #[test]
    fn edits_keep_every_line_and_an_edit_that_is_refused_changes_nothing(
        edits in proptest::collection::vec(edits(), 1..12),
        is_first in any::<bool>(),
    ) {
        let start = if is_first {
            TrustListText::new(&authority().public_key(), 86_400).expect("well formed")
        } else {
            TrustListText::parse(&file()).expect("well formed")
        };
        let mut text = start.clone();
        for edit in edits {
            let before = text.clone();
            let result = match &edit {
                Edit::Add(number, name, scopes) => text.add_agent(&Agent::new(name, "lab", key(*number), scopes)),
                Edit::Remove(number) => text.remove_agent(&key(*number)),
                Edit::RevokeKey(number, reason) => text.revoke_key(&key(*number), reason.as_deref()),
                Edit::RevokeToken(number, id) => text.revoke_token(&key(*number), *id, Some("sent elsewhere")),
                Edit::Epoch(epoch) => text.set_epoch(*epoch),
            };
            prop_assert_eq!(&TrustListText::parse(text.as_str()).expect("well formed"), &text);
            prop_assert_eq!(result.is_err(), text == before, "{:?}: {:?}", edit, result);
        }
        let mut lines = text.as_str().lines();
        for line in start.as_str().lines().filter(|line| !line.starts_with("epoch") && !line.is_empty()) {
            prop_assert!(lines.any(|other| other == line), "{}", line);
        }
    }

    #[test]
    fn what_is_built_is_what_the_list_says(numbers in proptest::collection::btree_set(1_u8..20, 0..8), scope in "[a-z]{1,9}") {
        let mut text = TrustListText::new(&authority().public_key(), 86_400).expect("well formed");
        for number in numbers {
            text.add_agent(&Agent::new(format!("agent-{number}"), "lab", key(number), [&scope])).expect("new");
            text.revoke_token(&key(number), number.into(), None).expect("new");
        }
        let bytes = text.list().build(&authority(), 1, NOW).expect("built");
        let in_force = TrustSet::of_bundle(&open(&bytes, text.list()));
        let changes = in_force.changes_to(&TrustSet::of_list(text.list(), NOW));
        prop_assert_eq!(changes, [Change::OnlyDates { trusted_until: NOW + 86_400 }]);
    }
}
