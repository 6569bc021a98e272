//! The check of a list as a whole, before a bundle is built from it.

use std::collections::{HashMap, HashSet};

use agentid_nostd::{AgentIdentity, PublicKey, Signer};

use super::file::{Agent, MAX_VALID_FOR_SECONDS, TrustList};
use super::finding::{Finding, Severity};
use super::rotation;
use super::rules;
use super::words;

const DAY_SECONDS: i64 = 86_400;
/// The longest lifetime that a gate accepts by default, in seconds.
const DEFAULT_POLICY_SECONDS: u32 = 86_400;
/// The last second of the year 9999, in Unix seconds.
const END_OF_YEAR_9999: i64 = 253_402_300_799;
/// Dates further ahead than this are probably a mistake: two years, in seconds.
const FAR_SECONDS: i64 = 731 * DAY_SECONDS;
/// A window that begins later than this is probably a mistake: one year, in seconds.
const FAR_START_SECONDS: i64 = 366 * DAY_SECONDS;

impl TrustList {
    /// Checks the list as a whole at a time in Unix seconds, and returns the errors first. It
    /// derives a key for each agent.
    ///
    /// It cannot find a key whose seed is easy to guess, only one without a seed.
    #[must_use]
    pub fn check(&self, now: i64) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.check_dates(now, &mut findings);
        self.check_repetitions(&mut findings);
        self.check_next_authority(&mut findings);
        if self.agents.is_empty() {
            let sentence = "the list has no agents: a bundle made from it trusts nobody";
            findings.push(Finding::warning("empty-list", sentence.into()));
        }
        let revoked: HashSet<PublicKey> = self.revoked_keys.iter().map(|revoked| revoked.key).collect();
        for agent in &self.agents {
            check_agent(agent, now, &mut findings);
            if revoked.contains(&agent.key) {
                let sentence = format!("{}: the entry takes no effect, because its key is revoked", shown(agent));
                findings.push(Finding::warning("revoked-agent", sentence));
            }
        }
        rotation::check(self.agents.iter().filter(|agent| !revoked.contains(&agent.key)), now, &mut findings);
        let listed: HashSet<PublicKey> = self.agents.iter().map(|agent| agent.key).collect();
        for token in self.revoked_tokens.iter().filter(|token| !listed.contains(&token.issuer)) {
            let issuer = words::key(&token.issuer);
            let sentence =
                format!("the revoked token {:016x} is of {issuer}, which is not in the list", token.token_id);
            findings.push(Finding::warning("unlisted-issuer", sentence));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }

    /// Returns the last second at which a bundle that is issued at a time trusts anybody.
    pub(super) fn trusted_until(&self, issued_at: i64) -> i64 {
        issued_at.saturating_add_unsigned(self.valid_for_seconds)
    }

    fn check_dates(&self, now: i64, findings: &mut Vec<Finding>) {
        if !(1..=MAX_VALID_FOR_SECONDS).contains(&self.valid_for_seconds) {
            let valid_for = words::duration(self.valid_for_seconds);
            let sentence = format!("a bundle would be valid for {valid_for}; choose 1 s to 400 d");
            findings.push(Finding::error("valid-for-out-of-range", sentence));
        }
        let until = self.trusted_until(now);
        if until > END_OF_YEAR_9999 {
            let until = words::time(until);
            let sentence = format!("a bundle would trust until {until}, after the year 9999; give times in seconds");
            findings.push(Finding::error("date-out-of-range", sentence));
        }
    }

    fn check_next_authority(&self, findings: &mut Vec<Finding>) {
        let Some(next) = self.next_authority else { return };
        if next == self.authority {
            let sentence = "the next authority is the authority itself; make a key with `trust next-authority`";
            findings.push(Finding::error("next-authority-in-force", sentence.into()));
        }
        if let Some(agent) = self.agents.iter().find(|agent| agent.key == next) {
            let sentence = format!("the next authority is the key of {}: give it a key of its own", shown(agent));
            findings.push(Finding::warning("next-authority-of-an-agent", sentence));
        }
    }

    fn check_repetitions(&self, findings: &mut Vec<Finding>) {
        for agent in repeated(&self.agents, |agent| agent.key) {
            let sentence = format!("{}: the key {} is in the list twice", shown(agent), words::key(&agent.key));
            findings.push(Finding::error("repeated-key", sentence));
        }
        for revoked in repeated(&self.revoked_keys, |revoked| revoked.key) {
            let sentence = format!("the key {} is revoked twice; remove one entry", words::key(&revoked.key));
            findings.push(Finding::error("repeated-revocation", sentence));
        }
        for token in repeated(&self.revoked_tokens, |token| (token.issuer, token.token_id)) {
            let sentence = format!("the token {:016x} is revoked twice; remove one entry", token.token_id);
            findings.push(Finding::error("repeated-revocation", sentence));
        }
    }
}

/// Returns whether a finding keeps a bundle from being built.
pub(super) fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

/// Returns the agent as sentences name it.
fn shown(agent: &Agent) -> String {
    words::agent(&agent.name, &agent.project)
}

/// Checks one entry by itself.
fn check_agent(agent: &Agent, now: i64, findings: &mut Vec<Finding>) {
    let mut warn = |name, sentence: &str| {
        findings.push(Finding::warning(name, format!("{}: {sentence}", shown(agent))));
    };
    if agent.ceiling.iter().any(|scope| scope == "*") {
        warn("wildcard-ceiling", "the ceiling \"*\" allows every scope");
    }
    if agent.ceiling.is_empty() {
        warn("empty-ceiling", "the ceiling is empty and allows no scope");
    }
    if agent.max_lifetime_seconds > DEFAULT_POLICY_SECONDS {
        let lifetime = words::duration(agent.max_lifetime_seconds.into());
        warn("long-lifetime", &format!("tokens may live {lifetime}, and gates refuse more than 1 d by default"));
    }
    check_window(agent, now, findings);
    rules::check(agent, findings);
    check_guessable(agent, findings);
}

fn check_window(agent: &Agent, now: i64, findings: &mut Vec<Finding>) {
    let (not_before, not_after) = agent.window();
    if not_before > not_after {
        let (first, last) = (words::date(not_before), words::date(not_after));
        let sentence = format!("{}: the window begins at {first} and ends before that, at {last}", shown(agent));
        findings.push(Finding::error("empty-window", sentence));
        return;
    }
    for time in agent.not_before.into_iter().chain(agent.not_after) {
        if time > END_OF_YEAR_9999 {
            let sentence = format!("{}: {} is after the year 9999", shown(agent), words::time(time));
            findings.push(Finding::error("date-out-of-range", sentence));
            return;
        }
    }
    let mut warn = |name, sentence: String| {
        findings.push(Finding::warning(name, format!("{}: {sentence}", shown(agent))));
    };
    if not_after < now {
        warn("window-over", format!("the window ended at {}; remove the entry", words::date(not_after)));
    }
    if agent.not_before.is_some_and(|first| first > now.saturating_add(FAR_START_SECONDS)) {
        warn("far-start", format!("the window begins only at {}, in more than a year", words::date(not_before)));
    }
    if agent.not_after.is_some_and(|last| last > now.saturating_add(FAR_SECONDS)) {
        warn("far-date", format!("the window ends only at {}, in more than two years", words::date(not_after)));
    }
}

fn check_guessable(agent: &Agent, findings: &mut Vec<Finding>) {
    let derived = AgentIdentity::derive(&agent.name, &agent.project, None);
    let is_guessable = derived.is_ok_and(|identity| identity.signer().public_key() == agent.key);
    let who = shown(agent);
    match (is_guessable, agent.guessable) {
        (true, false) => {
            let sentence = format!(
                "{who}: the key has no secret seed, so that anybody can sign with it; give the agent a key of a \
                 random seed, or write guessable = true on purpose"
            );
            findings.push(Finding::error("guessable-key", sentence));
        }
        (true, true) => {
            let sentence = format!("{who}: anybody can sign with the key, which is accepted on purpose");
            findings.push(Finding::warning("guessable-key", sentence));
        }
        (false, true) => {
            let sentence = format!("{who}: guessable = true is not needed for this key; remove it");
            findings.push(Finding::warning("needless-guessable", sentence));
        }
        (false, false) => {}
    }
}

/// Returns the second entry of each thing that stands twice or more.
fn repeated<T, K: std::hash::Hash + Eq>(entries: &[T], thing: impl Fn(&T) -> K) -> Vec<&T> {
    let mut seen: HashMap<K, u32> = HashMap::new();
    let is_second = |entry: &&T| {
        let times = seen.entry(thing(entry)).or_default();
        *times = times.saturating_add(1);
        *times == 2
    };
    entries.iter().filter(is_second).collect()
}

#[cfg(test)]
mod tests {
    use crate::trust_list::testing::{DAY, NOW, agent, guessable_key, key, list};
    use crate::trust_list::{Agent, RevokedKey, RevokedToken, Severity, TrustList};

    /// The names of the findings, errors with a mark in front.
    fn found(list: &TrustList) -> Vec<String> {
        let mark = |severity| if severity == Severity::Error { "!" } else { "" };
        list.check(NOW).iter().map(|finding| format!("{}{}", mark(finding.severity), finding.name)).collect()
    }

    fn found_of(change: impl FnOnce(&mut Agent)) -> Vec<String> {
        let mut agent = agent(1);
        change(&mut agent);
        found(&list([agent]))
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_good_list_has_no_findings() {
        let windowed = Agent { not_before: Some(NOW), not_after: Some(NOW + 300 * DAY), ..agent(2) };
        assert_eq!(found(&list([agent(1), windowed])), NONE);
    }

    #[test]
    fn a_list_without_agents_trusts_nobody() {
        assert_eq!(found(&list([])), ["empty-list"]);
    }

    #[test]
    fn a_key_without_a_secret_is_an_error_unless_accepted_on_purpose() {
        let guessable = Agent { key: guessable_key("agent-1", "lab"), ..agent(1) };
        assert_eq!(found(&list([guessable.clone()])), ["!guessable-key"]);
        assert_eq!(found(&list([Agent { guessable: true, ..guessable.clone() }])), ["guessable-key"]);
        assert_eq!(found(&list([Agent { name: "agent-2".into(), ..guessable }])), NONE, "the key of another agent");
        assert_eq!(found_of(|agent| agent.guessable = true), ["needless-guessable"]);
    }

    #[test]
    fn the_same_key_twice_is_one_error() {
        assert_eq!(found(&list([agent(1), Agent { key: key(1), ..agent(2) }])), ["!repeated-key"]);
        let [second, third] = [2, 3].map(|number| Agent { key: key(1), ..agent(number) });
        assert_eq!(found(&list([agent(1), second, third])), ["!repeated-key"]);
    }

    #[test]
    fn the_same_revocation_twice_is_an_error() {
        let revoked = RevokedKey { key: key(2), reason: None };
        let again = RevokedKey { reason: Some("stolen".into()), ..revoked.clone() };
        let twice = TrustList { revoked_keys: vec![revoked, again], ..list([agent(1)]) };
        assert_eq!(found(&twice), ["!repeated-revocation"]);
        let revoked = RevokedToken { issuer: key(1), token_id: 7, reason: None };
        let other = RevokedToken { token_id: 8, ..revoked.clone() };
        let mut tokens = TrustList { revoked_tokens: vec![revoked.clone(), other], ..list([agent(1)]) };
        assert_eq!(found(&tokens), NONE);
        tokens.revoked_tokens.push(revoked);
        assert_eq!(found(&tokens), ["!repeated-revocation"]);
    }

    #[test]
    fn windows_that_are_over_or_empty_are_found() {
        assert_eq!(found_of(|agent| agent.not_after = Some(NOW)), NONE);
        assert_eq!(found_of(|agent| agent.not_after = Some(NOW - 1)), ["window-over"]);
        let window = |first, last| found_of(|agent| (agent.not_before, agent.not_after) = (Some(first), Some(last)));
        assert_eq!(window(NOW + 5, NOW + 5), NONE);
        assert_eq!(window(NOW + 6, NOW + 5), ["!empty-window"]);
    }

    #[test]
    fn far_dates_are_found() {
        assert_eq!(found_of(|agent| agent.not_after = Some(NOW + 731 * DAY)), NONE);
        assert_eq!(found_of(|agent| agent.not_after = Some(NOW + 731 * DAY + 1)), ["far-date"]);
        assert_eq!(found_of(|agent| agent.not_before = Some(NOW + 366 * DAY)), NONE);
        assert_eq!(found_of(|agent| agent.not_before = Some(NOW + 366 * DAY + 1)), ["far-start"]);
    }

    #[test]
    fn dates_after_the_year_9999_are_errors() {
        assert_eq!(found_of(|agent| agent.not_after = Some(253_402_300_799)), ["far-date"]);
        assert_eq!(found_of(|agent| agent.not_after = Some(253_402_300_800)), ["!date-out-of-range"]);
        assert_eq!(found_of(|agent| agent.not_before = Some(253_402_300_800)), ["!date-out-of-range"]);
        let in_milliseconds = list([agent(1)]).check(NOW * 1_000);
        assert_eq!(in_milliseconds.len(), 1);
        assert_eq!((in_milliseconds[0].name, in_milliseconds[0].severity), ("date-out-of-range", Severity::Error));
    }

    #[test]
    fn a_validity_of_nothing_or_of_years_is_an_error() {
        let valid_for = |days: u64| found(&TrustList { valid_for_seconds: days * 86_400, ..list([agent(1)]) });
        assert_eq!(valid_for(400), NONE);
        assert_eq!(valid_for(401), ["!valid-for-out-of-range"]);
        assert_eq!(valid_for(0), ["!valid-for-out-of-range"]);
    }

    #[test]
    fn ceilings_of_everything_and_of_nothing_are_found() {
        assert_eq!(found_of(|agent| agent.ceiling = vec!["read".into(), "*".into()]), ["wildcard-ceiling"]);
        assert_eq!(found_of(|agent| agent.ceiling.clear()), ["empty-ceiling"]);
        assert_eq!(found_of(|agent| agent.ceiling = vec!["*:*".into()]), NONE);
    }

    #[test]
    fn lifetimes_that_gates_refuse_by_default_are_found() {
        assert_eq!(found_of(|agent| agent.max_lifetime_seconds = 86_401), ["long-lifetime"]);
    }

    #[test]
    fn an_agent_whose_key_is_revoked_takes_no_effect() {
        let revoked_keys = vec![RevokedKey { key: key(1), reason: None }];
        assert_eq!(found(&TrustList { revoked_keys, ..list([agent(1), agent(2)]) }), ["revoked-agent"]);
    }

    #[test]
    fn a_revoked_token_of_an_unknown_issuer_is_found() {
        let revoked_tokens = vec![RevokedToken { issuer: key(2), token_id: 7, reason: None }];
        assert_eq!(found(&TrustList { revoked_tokens, ..list([agent(1)]) }), ["unlisted-issuer"]);
    }

    #[test]
    fn errors_come_first_and_each_finding_is_a_line() {
        let findings = list([
            Agent { ceiling: vec!["*".into()], ..agent(1) },
            Agent { name: "a\nb".into(), not_before: Some(2), not_after: Some(1), ..agent(2) },
        ])
        .check(NOW);
        let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with("error: a\\nb of lab: the window begins"), "{}", shown[0]);
        assert_eq!(shown[1], "warning: agent-1 of lab: the ceiling \"*\" allows every scope [wildcard-ceiling]");
        let json = serde_json::to_value(&findings[1]).expect("JSON");
        assert_eq!((&json["severity"], &json["name"]), (&"warning".into(), &"wildcard-ceiling".into()));
    }
}
