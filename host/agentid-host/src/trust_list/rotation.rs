//! Entries of one agent with several keys: their windows should overlap, and not for long.

use std::collections::BTreeMap;

use super::file::Agent;
use super::finding::Finding;
use super::words;

/// How much longer than a token lives two keys of an agent may be trusted, in seconds: one day.
const OVERLAP_SECONDS: i64 = 86_400;

/// Warns of windows of one name and project that overlap for long, and of a gap between them. Gaps
/// and overlaps that are over are left out.
pub(super) fn check<'l>(agents: impl Iterator<Item = &'l Agent>, now: i64, findings: &mut Vec<Finding>) {
    let mut entries: BTreeMap<(&str, &str), Vec<&Agent>> = BTreeMap::new();
    // Empty windows are errors by themselves.
    for agent in agents.filter(|agent| agent.window().0 <= agent.window().1) {
        entries.entry((&agent.name, &agent.project)).or_default().push(agent);
    }
    for ((name, project), mut agents) in entries {
        agents.sort_by_key(|agent| agent.window());
        let who = words::agent(name, project);
        let mut agents = agents.into_iter();
        let Some(mut longest) = agents.next() else { continue };
        for next in agents {
            findings.extend(
                between(longest, next, now)
                    .map(|(rule, sentence)| Finding::warning(rule, format!("{who}: {sentence}"))),
            );
            if next.window().1 > longest.window().1 {
                longest = next;
            }
        }
    }
}

/// Compares an entry with the one of the earlier entries that ends last.
fn between(earlier: &Agent, next: &Agent, now: i64) -> Option<(&'static str, String)> {
    let ((_, earlier_end), (start, end)) = (earlier.window(), next.window());
    let keys = (words::key(&earlier.key), words::key(&next.key));
    if start > earlier_end.saturating_add(1) {
        let sentence = format!(
            "no key is trusted between {} and {}, from the end of {} to the beginning of {}",
            words::date(earlier_end),
            words::date(start),
            keys.0,
            keys.1
        );
        return (start > now).then_some(("rotation-gap", sentence));
    }
    let until = earlier_end.min(end);
    let lifetime = i64::from(earlier.max_lifetime_seconds.max(next.max_lifetime_seconds));
    let is_long = until.saturating_sub(start) > lifetime.saturating_add(OVERLAP_SECONDS);
    let end = if until == i64::MAX { "without an end".to_owned() } else { format!("until {}", words::date(until)) };
    let sentence = format!("{} and {} are both trusted {end}; end the rotation with a not_after", keys.0, keys.1);
    (is_long && until >= now).then_some(("long-overlap", sentence))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::trust_list::testing::{DAY, NOW, agent};
    use crate::trust_list::{Agent, RevokedKey, TrustList, testing};

    /// Entries of one agent with these windows, in days from now.
    fn found(windows: &[(Option<i64>, Option<i64>)]) -> Vec<&'static str> {
        let day = |day: i64| NOW + day * DAY;
        let agents: Vec<Agent> = (1..)
            .zip(windows)
            .map(|(number, (first, last))| Agent {
                name: "bot".into(),
                not_before: first.map(day),
                not_after: last.map(day),
                max_lifetime_seconds: 3_600,
                ..agent(number)
            })
            .collect();
        let mut findings = Vec::new();
        check(agents.iter(), NOW, &mut findings);
        findings.into_iter().map(|finding| finding.name).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_rotation_overlaps_for_a_day_and_a_token() {
        assert_eq!(found(&[(None, Some(10)), (Some(9), None)]), NONE);
        assert_eq!(found(&[(None, Some(10)), (Some(8), None)]), ["long-overlap"]);
        assert_eq!(found(&[(Some(8), None), (None, Some(10))]), ["long-overlap"], "in another order");
        assert_eq!(found(&[(None, None), (None, None)]), ["long-overlap"]);
        assert_eq!(found(&[(None, Some(0)), (None, None)]), ["long-overlap"]);
        assert_eq!(found(&[(None, Some(-1)), (None, None)]), NONE, "it is over");
    }

    #[test]
    fn the_longest_lifetime_is_that_of_the_agent() {
        let windows = [(None, Some(NOW + 10 * DAY)), (Some(NOW + 9 * DAY - 3_600), None)];
        let overlap = |earlier: u32, later: u32| {
            let agents =
                [earlier, later].into_iter().zip(windows).map(|(max_lifetime_seconds, (not_before, not_after))| {
                    let key = testing::key(if not_before.is_none() { 1 } else { 2 });
                    Agent { key, not_before, not_after, max_lifetime_seconds, ..agent(1) }
                });
            let (agents, mut findings) = (agents.collect::<Vec<_>>(), Vec::new());
            check(agents.iter(), NOW, &mut findings);
            findings.len()
        };
        assert_eq!((overlap(3_600, 60), overlap(60, 3_600), overlap(60, 60)), (0, 0, 1));
    }

    #[test]
    fn a_gap_between_two_keys_is_found() {
        assert_eq!(found(&[(None, Some(10)), (Some(11), None)]), ["rotation-gap"]);
        assert_eq!(found(&[(Some(11), None), (None, Some(10))]), ["rotation-gap"], "in another order");
        assert_eq!(found(&[(None, Some(-2)), (Some(-1), None)]), NONE, "it is over");
        assert_eq!(found(&[(None, Some(20)), (Some(5), Some(6)), (Some(20), None)]), NONE, "no gap");
        let touching = [(None, Some(NOW + 5)), (Some(NOW + 6), None)].map(|(not_before, not_after)| {
            let key = testing::key(if not_before.is_none() { 1 } else { 2 });
            Agent { key, not_before, not_after, ..agent(1) }
        });
        let mut findings = Vec::new();
        check(touching.iter(), NOW, &mut findings);
        assert!(findings.is_empty(), "one ends a second before the other begins");
    }

    #[test]
    fn other_agents_and_revoked_keys_are_no_rotation() {
        let list = testing::list([agent(1), Agent { project: "lab-2".into(), key: testing::key(2), ..agent(1) }]);
        assert!(list.check(NOW).is_empty());
        let list = testing::list([agent(1), Agent { key: testing::key(2), ..agent(1) }]);
        assert_eq!(list.check(NOW).len(), 1);
        let revoked_keys = vec![RevokedKey { key: testing::key(2), reason: None }];
        let names: Vec<_> =
            TrustList { revoked_keys, ..list }.check(NOW).iter().map(|finding| finding.name).collect();
        assert_eq!(names, ["revoked-agent"]);
    }
}
