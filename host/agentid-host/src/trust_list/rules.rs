//! What an agent's tokens must have and how often they may be used: in the file, in words, and as a
//! change.

use std::num::NonZeroU32;

use agentid_nostd::{LeafBinding, Quota, Rules};

use super::change::{AgentName, Change, ShownKey};
use super::document::{Field, Fields};
use super::duration;
use super::error::TrustListError;
use super::file::Agent;
use super::finding::Finding;
use super::words;

pub(super) const AUDIENCE_REQUIRED: Field = Field { name: "audience_required", instead: "true or false" };
pub(super) const LEAF_BINDING: Field =
    Field { name: "leaf_binding", instead: r#""none", "any", "payload" or "challenge""# };
pub(super) const DEPTH: Field = Field { name: "depth", instead: "how many grants may follow, 0 to 4" };
pub(super) const QUOTA: Field =
    Field { name: "quota", instead: r#"calls in a time of at most a day, such as "100 per 1h" or "5 per 30s""# };

const MAX_DEPTH: u8 = 4;
const MAX_QUOTA_SECONDS: u32 = 86_400;

/// The names of the bindings in the file.
const BINDINGS: [(&str, LeafBinding); 4] = [
    ("none", LeafBinding::None),
    ("any", LeafBinding::Any),
    ("payload", LeafBinding::Payload),
    ("challenge", LeafBinding::Challenge),
];

/// Returns the binding with this name: `none`, `any`, `payload` or `challenge`.
#[must_use]
pub fn parse_leaf_binding(text: &str) -> Option<LeafBinding> {
    BINDINGS.into_iter().find(|(name, _)| *name == text).map(|(_, binding)| binding)
}

/// Returns the name of a binding.
#[must_use]
pub fn leaf_binding_name(binding: LeafBinding) -> &'static str {
    BINDINGS.into_iter().find(|(_, other)| *other == binding).map_or("none", |(name, _)| name)
}

/// Returns the quota of a text such as `100 per 1h`, of a window of a day at most.
#[must_use]
pub fn parse_quota(text: &str) -> Option<Quota> {
    let (calls, time) = text.split_once(" per ")?;
    // `parse` would also take a sign.
    let calls = calls.bytes().all(|byte| byte.is_ascii_digit()).then_some(calls)?.parse().ok()?;
    let seconds = NonZeroU32::new(u32::try_from(duration::parse(time)?).ok()?)?;
    (seconds.get() <= MAX_QUOTA_SECONDS).then_some(Quota { calls, seconds })
}

/// Returns the text of a quota, as [`parse_quota`] reads it.
#[must_use]
pub fn quota_text(quota: Quota) -> String {
    format!("{} per {}", quota.calls, duration::write(quota.seconds.get().into()))
}

/// Reads the fields of an agent.
pub(super) fn read(fields: &Fields<'_>) -> Result<(Rules, Option<Quota>), TrustListError> {
    let mut rules = Rules::default();
    if let Some(value) = fields.optional(AUDIENCE_REQUIRED) {
        rules.audience_required = value.flag()?;
    }
    if let Some(value) = fields.optional(LEAF_BINDING) {
        rules.leaf_binding = parse_leaf_binding(value.text()?).ok_or_else(|| value.fault())?;
    }
    if let Some(value) = fields.optional(DEPTH) {
        let depth = u8::try_from(value.number()?).ok().filter(|depth| *depth <= MAX_DEPTH);
        rules.depth = depth.ok_or_else(|| value.fault())?;
    }
    let quota = fields.optional(QUOTA).map(|value| parse_quota(value.text()?).ok_or_else(|| value.fault()));
    Ok((rules, quota.transpose()?))
}

/// Returns the lines of the fields that say something.
pub(super) fn lines(agent: &Agent) -> Vec<String> {
    let Rules { audience_required, leaf_binding, depth } = agent.rules;
    let mut lines = Vec::new();
    if audience_required {
        lines.push("audience_required = true".to_owned());
    }
    if leaf_binding != LeafBinding::None {
        lines.push(format!("leaf_binding = \"{}\"", leaf_binding_name(leaf_binding)));
    }
    if depth != 0 {
        lines.push(format!("depth = {depth}"));
    }
    lines.extend(agent.quota.map(|quota| format!("quota = \"{}\"", quota_text(quota))));
    lines
}

/// Checks values that no file can hold: a program may have made the entry.
pub(super) fn check(agent: &Agent, findings: &mut Vec<Finding>) {
    let who = words::agent(&agent.name, &agent.project);
    if agent.rules.depth > MAX_DEPTH {
        let sentence = format!("{who}: {} grants may follow; choose 0 to 4", agent.rules.depth);
        findings.push(Finding::error("depth-out-of-range", sentence));
    }
    if let Some(quota) = agent.quota.filter(|quota| quota.seconds.get() > MAX_QUOTA_SECONDS) {
        let time = words::duration(quota.seconds.get().into());
        let sentence = format!("{who}: the quota is of {time}; choose 1 s to 1 d");
        findings.push(Finding::error("quota-out-of-range", sentence));
    }
}

/// Adds the changes of rules and quota.
pub(super) fn changes(
    name: &AgentName,
    before: &Agent,
    after: &Agent,
    key: Option<ShownKey>,
    changes: &mut Vec<Change>,
) {
    let (old, new) = (before.rules, after.rules);
    if old.audience_required != new.audience_required {
        changes.push(Change::AudienceChanged { agent: name.clone(), key, required: new.audience_required });
    }
    if old.leaf_binding != new.leaf_binding {
        let [before, after] = [old, new].map(|rules| leaf_binding_name(rules.leaf_binding));
        changes.push(Change::BindingChanged { agent: name.clone(), key, before, after });
    }
    if old.depth != new.depth {
        changes.push(Change::DepthChanged { agent: name.clone(), key, before: old.depth, after: new.depth });
    }
    if before.quota != after.quota {
        let [before, after] = [before, after].map(|agent| agent.quota.map(quota_text));
        changes.push(Change::QuotaChanged { agent: name.clone(), key, before, after });
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use agentid_nostd::{LeafBinding, Quota, Rules};

    use super::{leaf_binding_name, lines, parse_leaf_binding, parse_quota, quota_text};
    use crate::trust_list::testing::{NOW, agent, agent_text, key_text, list};
    use crate::trust_list::{Agent, TrustList, TrustSet};

    fn quota(calls: u32, seconds: u32) -> Quota {
        let [calls, seconds] = [calls, seconds].map(|number| NonZeroU32::new(number).expect("not 0"));
        Quota { calls, seconds }
    }

    fn full() -> Agent {
        let rules = Rules { audience_required: true, leaf_binding: LeafBinding::Payload, depth: 4 };
        Agent { rules, quota: Some(quota(100, 3_600)), ..agent(1) }
    }

    fn parsed(lines: &[String]) -> Result<Agent, String> {
        let text = format!(
            "authority = \"{}\"\nepoch = 3\nvalid_for = \"30d\"\n[[agent]]\n{}{}\n",
            key_text(9),
            agent_text(1),
            lines.join("\n")
        );
        TrustList::parse(&text).map(|mut list| list.agents.remove(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(parsed(&lines(&full())), Ok(full()));
        assert_eq!(lines(&agent(1)), [""; 0]);
        assert_eq!(parsed(&[]), Ok(agent(1)), "nothing is required unless told otherwise");
        for binding in [LeafBinding::None, LeafBinding::Any, LeafBinding::Payload, LeafBinding::Challenge] {
            assert_eq!(parse_leaf_binding(leaf_binding_name(binding)), Some(binding));
        }
        for quota in [quota(1, 1), quota(u32::MAX, 86_400), quota(7, 90)] {
            assert_eq!(parse_quota(&quota_text(quota)), Some(quota));
        }
    }

    #[test]
    fn a_quota_is_calls_per_time() {
        assert_eq!(parse_quota("100 per 1h"), Some(quota(100, 3_600)));
        assert_eq!(parse_quota("1 per 1d"), Some(quota(1, 86_400)));
        for text in [
            "",
            "100",
            "100 per",
            "0 per 1h",
            "+1 per 1h",
            "-1 per 1h",
            "1 per 0s",
            "1 per 86401s",
            "1 per 2d",
            "4294967296 per 1h",
            "1per1h",
            "1  per 1h",
            "1 per 99999999999999999999s",
        ] {
            assert_eq!(parse_quota(text), None, "{text}");
        }
    }

    #[test]
    fn every_fault_says_what_to_write() {
        for (line, field, instead) in [
            ("audience_required = 1", "audience_required", "true or false"),
            ("leaf_binding = \"body\"", "leaf_binding", "\"none\", \"any\""),
            ("leaf_binding = true", "leaf_binding", "\"none\", \"any\""),
            ("depth = 5", "depth", "0 to 4"),
            ("depth = -1", "depth", "0 to 4"),
            ("depth = \"1\"", "depth", "0 to 4"),
            ("quota = \"100 per 25h\"", "quota", "such as \"100 per 1h\""),
            ("quota = 100", "quota", "such as \"100 per 1h\""),
        ] {
            let refusal = parsed(&[line.into()]).expect_err(line);
            assert!(refusal.contains(&format!("[[agent]] {field}: found")) && refusal.contains(instead), "{refusal}");
        }
    }

    #[test]
    fn values_that_no_bundle_can_say_are_errors() {
        let names = |agent: Agent| {
            let names: Vec<_> = list([agent]).check(NOW).iter().map(|finding| finding.name).collect();
            names
        };
        assert_eq!(names(full()), [""; 0]);
        let deep = Agent { rules: Rules { depth: 5, ..Rules::default() }, ..agent(1) };
        assert_eq!(names(deep.clone()), ["depth-out-of-range"]);
        assert_eq!(names(Agent { quota: Some(quota(1, 86_401)), ..agent(1) }), ["quota-out-of-range"]);
        assert!(list([deep]).build(&crate::trust_list::testing::authority(), 4, NOW).is_err());
    }

    #[test]
    fn changes_are_said_in_words() {
        let of = |before: Agent, after: Agent| {
            let [before, after] = [before, after].map(|agent| TrustSet::of_list(&list([agent]), NOW));
            before.changes_to(&after).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            of(agent(1), full()),
            [
                "agent-1 of lab: tokens must name their audience",
                "agent-1 of lab: tokens must be bound to payload, not to none",
                "agent-1 of lab: 4 grants may follow, not 0",
                "agent-1 of lab: may be called 100 per 1h, not without a limit",
            ]
        );
        assert_eq!(
            of(full(), agent(1)),
            [
                "agent-1 of lab: tokens need not name their audience",
                "agent-1 of lab: tokens must be bound to none, not to payload",
                "agent-1 of lab: 0 grants may follow, not 4",
                "agent-1 of lab: may be called without a limit, not 100 per 1h",
            ]
        );
        let slower = Agent { quota: Some(quota(5, 60)), ..full() };
        assert_eq!(of(full(), slower), ["agent-1 of lab: may be called 5 per 1m, not 100 per 1h"]);
    }

    #[test]
    fn a_bundle_says_what_the_list_says() {
        let list = list([full()]);
        let bytes = list.build(&crate::trust_list::testing::authority(), 4, NOW).expect("built");
        let anchor = agentid_nostd::TrustAnchor::new(list.authority);
        let opened =
            agentid_nostd::TrustBundle::open(&bytes, &anchor, agentid_nostd::Clock::Known(NOW)).expect("opens");
        assert_eq!(TrustSet::of_bundle(&opened), TrustSet::of_list(&list, NOW));
        let issuer = opened.issuers().next().expect("listed");
        assert_eq!((issuer.rules(), issuer.quota()), (full().rules, full().quota));
    }
}
