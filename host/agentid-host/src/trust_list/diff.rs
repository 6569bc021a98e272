//! The changes between the trust set in force and the next one.

use std::collections::{BTreeMap, BTreeSet};

use agentid_nostd::{PublicKey, TrustBundle, scope_covers};

use super::change::{AgentName, Change, ShownKey, Window};
use super::file::{Agent, TrustList};
use super::rules;

/// The bytes of a key, which have an order.
type KeyBytes = [u8; 32];

/// What gates accept by a bundle, or by the bundle that a list makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustSet {
    agents: BTreeMap<KeyBytes, Agent>,
    revoked_keys: BTreeSet<KeyBytes>,
    revoked_tokens: BTreeSet<(KeyBytes, u64)>,
    trusted_until: i64,
    next_authority: Option<KeyBytes>,
}

impl TrustSet {
    /// The trust set before the first bundle.
    #[must_use]
    pub fn nobody() -> Self {
        let (agents, revoked_keys, revoked_tokens) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { agents, revoked_keys, revoked_tokens, trusted_until: i64::MIN, next_authority: None }
    }

    /// The trust set of an opened bundle.
    #[must_use]
    pub fn of_bundle(bundle: &TrustBundle<'_>) -> Self {
        let agents = bundle.issuers().map(|issuer| {
            let (first, last) = issuer.window();
            let agent = Agent {
                max_lifetime_seconds: issuer.longest_lifetime_seconds(),
                not_before: (first != i64::MIN).then_some(first),
                not_after: (last != i64::MAX).then_some(last),
                rules: issuer.rules(),
                quota: issuer.quota(),
                ..Agent::new(issuer.name(), issuer.project(), *issuer.key(), issuer.allowed_scopes().iter())
            };
            (*issuer.key().as_bytes(), agent)
        });
        Self {
            agents: agents.collect(),
            revoked_keys: bundle.revoked_issuers().map(|key| *key.as_bytes()).collect(),
            revoked_tokens: bundle.revoked_tokens().map(|(key, id)| (*key.as_bytes(), id)).collect(),
            trusted_until: bundle.not_after(),
            next_authority: bundle.next_authority().map(|key| *key.as_bytes()),
        }
    }

    /// The trust set of the bundle that a list makes at a time in Unix seconds. It does not check
    /// the list.
    #[must_use]
    pub fn of_list(list: &TrustList, issued_at: i64) -> Self {
        let tokens = list.revoked_tokens.iter();
        Self {
            agents: list.agents.iter().map(|agent| (*agent.key.as_bytes(), in_bundle(agent))).collect(),
            revoked_keys: list.revoked_keys.iter().map(|revoked| *revoked.key.as_bytes()).collect(),
            revoked_tokens: tokens.map(|token| (*token.issuer.as_bytes(), token.token_id)).collect(),
            trusted_until: list.trusted_until(issued_at),
            next_authority: list.next_authority.map(|key| *key.as_bytes()),
        }
    }

    /// Returns what changes if `next` follows, in the order of the agents' names. If nothing else
    /// does, that is the one change returned.
    #[must_use]
    pub fn changes_to(&self, next: &Self) -> Vec<Change> {
        let (before, after) = (self.trusted(), next.trusted());
        let names: BTreeSet<&AgentName> = before.keys().chain(after.keys()).collect();
        let none = Vec::new();
        let mut changes = Vec::new();
        for name in names {
            let [before, after] = [&before, &after].map(|set| set.get(name).unwrap_or(&none).as_slice());
            of_agent(name, before, after, &mut changes);
        }
        self.changes_of_revocations(next, &mut changes);
        let shown = |key| ShownKey(PublicKey::unvalidated(key));
        let [before, after] = [self, next].map(|set| set.next_authority.map(shown));
        if before != after {
            changes.push(Change::NextAuthority { before, after });
        }
        let (before, after) = (self.trusted_until, next.trusted_until);
        if after < before {
            changes.push(Change::EndsEarlier { before, after });
        }
        if changes.is_empty() {
            changes.push(Change::OnlyDates { trusted_until: after });
        }
        changes
    }

    /// Returns the entries that take effect, by agent, the earliest window first.
    fn trusted(&self) -> BTreeMap<AgentName, Vec<&Agent>> {
        let mut trusted: BTreeMap<AgentName, Vec<&Agent>> = BTreeMap::new();
        for (_, agent) in self.agents.iter().filter(|(key, _)| !self.revoked_keys.contains(*key)) {
            trusted.entry(name_of(agent)).or_default().push(agent);
        }
        trusted.values_mut().for_each(|agents| agents.sort_by_key(|agent| agent.window()));
        trusted
    }

    fn changes_of_revocations(&self, next: &Self, changes: &mut Vec<Change>) {
        let agent = |key: &KeyBytes| next.agents.get(key).or_else(|| self.agents.get(key)).map(name_of);
        let shown = |key: &KeyBytes| ShownKey(PublicKey::unvalidated(*key));
        for key in next.revoked_keys.difference(&self.revoked_keys) {
            changes.push(Change::KeyRevoked { key: shown(key), agent: agent(key) });
        }
        for key in self.revoked_keys.difference(&next.revoked_keys) {
            changes.push(Change::KeyRestored { key: shown(key), agent: agent(key) });
        }
        for (key, id) in next.revoked_tokens.difference(&self.revoked_tokens) {
            let token_id = format!("{id:016x}");
            changes.push(Change::TokenRevoked { token_id, key: shown(key), agent: agent(key) });
        }
        for (key, id) in self.revoked_tokens.difference(&next.revoked_tokens) {
            let token_id = format!("{id:016x}");
            changes.push(Change::TokenRestored { token_id, key: shown(key), agent: agent(key) });
        }
    }
}

/// Returns what a bundle says of an entry: all but that a guessable key was accepted.
fn in_bundle(agent: &Agent) -> Agent {
    Agent { guessable: false, ..agent.clone() }
}

/// Adds the changes of one agent, whose entries have different keys.
fn of_agent(name: &AgentName, before: &[&Agent], after: &[&Agent], changes: &mut Vec<Change>) {
    if after.is_empty() {
        changes.push(Change::AgentRemoved { agent: name.clone() });
        return;
    }
    for entry in after {
        let key = (after.len() > 1).then_some(ShownKey(entry.key));
        match before.iter().find(|earlier| earlier.key == entry.key) {
            Some(earlier) => of_entry(name, earlier, entry, key, changes),
            None if before.is_empty() => {
                changes.push(Change::AgentAdded {
                    agent: name.clone(),
                    key: ShownKey(entry.key),
                    scopes: entry.ceiling.clone(),
                    max_lifetime_seconds: entry.max_lifetime_seconds,
                    window: window_of(entry.window()),
                });
                let plain = Agent::new(&*entry.name, &*entry.project, entry.key, [""; 0]);
                rules::changes(name, &plain, entry, key, changes);
            }
            None => {
                changes.push(added(name, entry, after));
                // Another key may come with other rights. They are compared with those of the key
                // that the agent has had for the shortest time.
                if let Some(earlier) = before.last() {
                    of_rights(name, earlier, entry, key, changes);
                }
            }
        }
    }
    for earlier in before.iter().filter(|earlier| after.iter().all(|entry| entry.key != earlier.key)) {
        changes.push(Change::KeyRemoved { agent: name.clone(), key: ShownKey(earlier.key) });
    }
}

/// Returns the change that an agent has one more key.
fn added(name: &AgentName, entry: &Agent, after: &[&Agent]) -> Change {
    let (first, last) = entry.window();
    let common = |other: &&&Agent| {
        let (other_first, other_last) = other.window();
        other.key != entry.key && first.max(other_first) <= last.min(other_last)
    };
    let beside = after.iter().find(common);
    let (first, last) = beside.map_or((first, last), |other| {
        let (other_first, other_last) = other.window();
        (first.max(other_first), last.min(other_last))
    });
    Change::KeyAdded {
        agent: name.clone(),
        key: ShownKey(entry.key),
        beside: beside.map(|other| ShownKey(other.key)),
        window: window_of((first, last)),
    }
}

/// Adds the changes of an entry with the same agent and key.
fn of_entry(name: &AgentName, before: &Agent, after: &Agent, key: Option<ShownKey>, changes: &mut Vec<Change>) {
    of_rights(name, before, after, key, changes);
    if before.window() != after.window() {
        changes.push(Change::WindowChanged {
            agent: name.clone(),
            key: ShownKey(after.key),
            before: window_of(before.window()),
            after: window_of(after.window()),
        });
    }
}

/// Adds the changes of scopes and lifetime.
fn of_rights(name: &AgentName, before: &Agent, after: &Agent, key: Option<ShownKey>, changes: &mut Vec<Change>) {
    let agent = || name.clone();
    let lost = not_covered(&before.ceiling, &after.ceiling);
    if !lost.is_empty() {
        let is_part = |scope: &&String| lost.iter().any(|wider| scope_covers(wider, scope));
        let left = after.ceiling.iter().filter(is_part).cloned().collect();
        changes.push(Change::ScopesLost { agent: agent(), key, scopes: lost, left });
    }
    let gained = not_covered(&after.ceiling, &before.ceiling);
    if !gained.is_empty() {
        changes.push(Change::ScopesGained { agent: agent(), key, scopes: gained });
    }
    let (before_seconds, after_seconds) = (before.max_lifetime_seconds, after.max_lifetime_seconds);
    if before_seconds != after_seconds {
        changes.push(Change::LifetimeChanged { agent: agent(), key, before_seconds, after_seconds });
    }
    rules::changes(name, before, after, key, changes);
}

/// Returns the scopes that no scope of another ceiling covers.
fn not_covered(scopes: &[String], by: &[String]) -> Vec<String> {
    let is_covered = |scope: &&String| by.iter().any(|granted| scope_covers(granted, scope));
    scopes.iter().filter(|scope| !is_covered(scope)).cloned().collect()
}

fn name_of(agent: &Agent) -> AgentName {
    AgentName { name: agent.name.clone(), project: agent.project.clone() }
}

/// Returns a window in which an end that is not set is `None`.
fn window_of((first, last): (i64, i64)) -> Window {
    Window { not_before: (first != i64::MIN).then_some(first), not_after: (last != i64::MAX).then_some(last) }
}

#[cfg(test)]
mod tests {
    use super::TrustSet;
    use crate::trust_list::testing::{DAY, NOW, agent, key, list};
    use crate::trust_list::{Agent, RevokedKey, RevokedToken, TrustList, words};

    /// The lines of the change from one list to the other, with `KEY1` for the fingerprint of key
    /// 1.
    fn lines(before: &TrustList, after: &TrustList) -> Vec<String> {
        let [before, after] = [(before, NOW), (after, NOW + 1)].map(|(list, at)| TrustSet::of_list(list, at));
        shown(&before, &after)
    }

    fn shown(before: &TrustSet, after: &TrustSet) -> Vec<String> {
        let short = |line: String| {
            (1..=3).fold(line, |line, number| line.replace(&words::key(&key(number)), &format!("KEY{number}")))
        };
        before.changes_to(after).iter().map(|change| short(change.to_string())).collect()
    }

    fn of(before: Agent, after: Agent) -> Vec<String> {
        lines(&list([before]), &list([after]))
    }

    fn scopes(scopes: &[&str]) -> Agent {
        Agent { ceiling: scopes.iter().map(|scope| (*scope).to_owned()).collect(), ..agent(1) }
    }

    const ONLY_DATES: [&str; 1] = ["nothing changes but the dates: trusted until 2026-10-21T14:13:21Z"];

    #[test]
    fn a_list_is_no_change_of_itself() {
        let list = TrustList {
            revoked_keys: vec![RevokedKey { key: key(3), reason: None }],
            revoked_tokens: vec![RevokedToken { issuer: key(1), token_id: 7, reason: None }],
            ..list([agent(1), agent(2)])
        };
        assert_eq!(lines(&list, &list), ONLY_DATES);
    }

    #[test]
    fn agents_come_and_go() {
        let (one, two) = (list([agent(1)]), list([agent(1), Agent { not_after: Some(1_793_491_200), ..agent(2) }]));
        assert_eq!(
            lines(&one, &two),
            ["agent-2 of lab: is trusted with key KEY2 until 2026-11-01, may read:*, tokens may live 1 d"]
        );
        assert_eq!(lines(&two, &one), ["agent-2 of lab: is trusted no more"]);
        let first = shown(&TrustSet::nobody(), &TrustSet::of_list(&one, NOW));
        assert_eq!(first, ["agent-1 of lab: is trusted with key KEY1 at any time, may read:*, tokens may live 1 d"]);
    }

    #[test]
    fn scopes_are_lost_and_gained_by_what_they_cover() {
        let both = scopes(&["read:*", "write:notes"]);
        assert_eq!(of(both.clone(), scopes(&["read:*"])), ["agent-1 of lab: may no longer write:notes"]);
        assert_eq!(of(scopes(&["read:*"]), both.clone()), ["agent-1 of lab: may now write:notes"]);
        let narrowed = of(both.clone(), scopes(&["read:arxiv", "write:notes"]));
        assert_eq!(narrowed, ["agent-1 of lab: may no longer read:*, only read:arxiv"]);
        assert_eq!(of(both.clone(), scopes(&["write:notes", "read:*", "read:arxiv"])), ONLY_DATES);
        assert_eq!(
            of(scopes(&["a"]), scopes(&["b"])),
            ["agent-1 of lab: may no longer a", "agent-1 of lab: may now b"]
        );
    }

    #[test]
    fn lifetimes_and_windows_change() {
        assert_eq!(
            of(agent(1), Agent { max_lifetime_seconds: 3_600, ..agent(1) }),
            ["agent-1 of lab: tokens may live 1 h, not 1 d"]
        );
        assert_eq!(
            of(agent(1), Agent { not_before: Some(1_793_491_200), ..agent(1) }),
            ["agent-1 of lab: key KEY1 is trusted from 2026-11-01 on, not at any time"]
        );
    }

    #[test]
    fn a_rotation_names_both_keys_and_the_time_of_both() {
        let first = list([Agent { not_after: Some(1_793_491_200 + 30 * DAY), ..agent(1) }]);
        let new = Agent { key: key(2), not_before: Some(1_793_491_200), ..agent(1) };
        let mut second = first.clone();
        second.agents.push(new.clone());
        assert_eq!(
            lines(&first, &second),
            ["agent-1 of lab: new key KEY2 beside KEY1 from 2026-11-01 to 2026-12-01"]
        );
        let last = list([new.clone()]);
        assert_eq!(lines(&second, &last), ["agent-1 of lab: key KEY1 is trusted no more"]);
        let replaced =
            ["agent-1 of lab: new key KEY2 from 2026-11-01 on", "agent-1 of lab: key KEY1 is trusted no more"];
        assert_eq!(lines(&first, &last), replaced);
        let mut later = first.clone();
        later.agents.push(Agent { not_before: Some(1_793_491_200 + 31 * DAY), ..new });
        assert_eq!(lines(&first, &later), ["agent-1 of lab: new key KEY2 from 2026-12-02 on"], "there is a gap");
        let mut narrowed = second.clone();
        narrowed.agents[1].ceiling = vec!["read:arxiv".into()];
        let narrower = "agent-1 of lab: with key KEY2 may no longer read:*, only read:arxiv";
        assert_eq!(lines(&second, &narrowed), [narrower]);
        assert_eq!(lines(&first, &narrowed)[1..], [narrower], "a new key may come with other rights");
    }

    #[test]
    fn revocations_come_and_go() {
        let plain = list([agent(1), agent(2)]);
        let mut revoked = plain.clone();
        revoked.revoked_keys.extend([2, 3].map(|number| RevokedKey { key: key(number), reason: None }));
        let token_id = 0x0123_4567_89ab_cdef;
        revoked.revoked_tokens.extend([1, 3].map(|number| RevokedToken {
            issuer: key(number),
            token_id,
            reason: None,
        }));
        let expected = |verb: &str| {
            let mut lines = [
                "key KEY2 of agent-2 of lab:",
                "key KEY3:",
                "token 0123456789abcdef of agent-1 of lab:",
                "token 0123456789abcdef of KEY3:",
            ]
            .map(|what| format!("{what} {verb}"))
            .to_vec();
            lines.sort();
            lines
        };
        let sorted = |before, after| {
            let mut lines = lines(before, after);
            let first = lines.remove(0);
            lines.sort();
            (first, lines)
        };
        let (first, rest) = sorted(&plain, &revoked);
        assert_eq!((first.as_str(), rest), ("agent-2 of lab: is trusted no more", expected("is revoked")));
        let (first, rest) = sorted(&revoked, &plain);
        assert!(first.starts_with("agent-2 of lab: is trusted with key KEY2 at any time"), "{first}");
        assert_eq!(rest, expected("is revoked no more"));
        let removed = TrustList { agents: vec![agent(2)], ..revoked.clone() };
        let token = "token 0123456789abcdef of agent-1 of lab: is revoked".to_owned();
        assert!(lines(&plain, &removed).contains(&token), "the agent is known by the list before");
        let mut removed = revoked.clone();
        removed.agents.pop();
        assert_eq!(lines(&revoked, &removed), ONLY_DATES, "the entry had no effect any more");
    }

    #[test]
    fn an_earlier_end_is_a_change() {
        let [long, short] = [30, 1].map(|days| TrustList { valid_for_seconds: days * 86_400, ..list([agent(1)]) });
        let line = "all agents: are trusted until 2026-09-22T14:13:21Z, not 2026-10-21T14:13:20Z";
        assert_eq!(lines(&long, &short), [line]);
        assert_eq!(lines(&short, &long), ONLY_DATES);
    }

    #[test]
    fn a_change_is_data_for_programs() {
        let before = TrustSet::of_list(&list([scopes(&["read:*"])]), NOW);
        let after = TrustSet::of_list(&list([scopes(&["read:arxiv"])]), NOW);
        let json = serde_json::to_value(before.changes_to(&after)).expect("JSON");
        let agent = serde_json::json!({"name": "agent-1", "project": "lab"});
        let lost = serde_json::json!([{
            "change": "scopes-lost", "agent": agent, "key": null, "scopes": ["read:*"], "left": ["read:arxiv"],
        }]);
        assert_eq!(json, lost);
    }
}
