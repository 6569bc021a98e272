//! Edits of the text of a list that leave every other byte as its author wrote it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use agentid_nostd::{Fingerprint, PublicKey};
use toml_edit::{Document, Table};

use super::document;
use super::entry_text::{agent_lines, first_text, revoked_key_lines, revoked_token_lines};
use super::error::TrustListError;
use super::file::{Agent, RevokedKey, RevokedToken, TrustList, read_text};

/// The text of a list, with the comments and the layout of its author.
///
/// An edit inserts, removes or replaces lines in place. Its result is read again before it is kept.
/// If that is not the list that the edit was to make, the text stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustListText {
    text: String,
    list: TrustList,
}

impl TrustListText {
    /// The first text: without agents, and with comments that explain the fields.
    ///
    /// # Errors
    /// [`TrustListError::File`] if `valid_for_seconds` is 0 or above 400 days.
    pub fn new(authority: &PublicKey, valid_for_seconds: u64) -> Result<Self, TrustListError> {
        Self::parse(&first_text(authority, valid_for_seconds))
    }

    /// Reads the text of a list.
    ///
    /// # Errors
    /// As [`TrustList::parse`].
    pub fn parse(text: &str) -> Result<Self, TrustListError> {
        Ok(Self { text: text.to_owned(), list: TrustList::parse(text)? })
    }

    /// Reads the text from a file.
    ///
    /// # Errors
    /// As [`TrustList::read`].
    pub fn read(path: &Path) -> Result<Self, TrustListError> {
        Self::parse(&read_text(path)?).map_err(|error| error.in_file(path))
    }

    /// The list that the text says.
    #[must_use]
    pub const fn list(&self) -> &TrustList {
        &self.list
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Writes an agent behind the last one.
    ///
    /// # Errors
    /// [`TrustListError::AlreadyListed`] if an agent has this key; [`TrustListError::File`] if a
    /// value of the agent is not as it must be.
    pub fn add_agent(&mut self, agent: &Agent) -> Result<(), TrustListError> {
        if self.list.agents.iter().any(|other| other.key == agent.key) {
            return Err(TrustListError::AlreadyListed(format!("the key {}", Fingerprint::of(&agent.key))));
        }
        let mut expected = self.list.clone();
        expected.agents.push(agent.clone());
        self.insert("agent", agent_lines(agent), expected)
    }

    /// Removes the agent with this key, the comments within its entry, and the comment that stands
    /// directly above it. Every other comment stays.
    ///
    /// # Errors
    /// [`TrustListError::NoSuchAgent`]; [`TrustListError::NotEditable`] if other text of the file
    /// cannot be told from a comment of the agent.
    pub fn remove_agent(&mut self, key: &PublicKey) -> Result<(), TrustListError> {
        let mut expected = self.list.clone();
        let no_such = || TrustListError::NoSuchAgent(Fingerprint::of(key));
        let at = expected.agents.iter().position(|agent| agent.key == *key).ok_or_else(no_such)?;
        expected.agents.remove(at);
        let lines = {
            let document = document::parse(&self.text)?;
            let entry = entries(&document, "agent").nth(at).and_then(|entry| lines_of(&self.text, entry));
            with_comment_above(&self.text, entry.ok_or(TrustListError::NotEditable)?)
        };
        // A line that seems to be a comment can be the end of a text of several lines.
        self.replace(lines, "", expected).map_err(|_| TrustListError::NotEditable)
    }

    /// Writes a revoked key behind the last one.
    ///
    /// # Errors
    /// [`TrustListError::AlreadyListed`].
    pub fn revoke_key(&mut self, key: &PublicKey, reason: Option<&str>) -> Result<(), TrustListError> {
        if self.list.is_revoked(key) {
            return Err(TrustListError::AlreadyListed(format!("the revoked key {}", Fingerprint::of(key))));
        }
        let mut expected = self.list.clone();
        let revoked = RevokedKey { key: *key, reason: reason.map(str::to_owned) };
        let lines = revoked_key_lines(&revoked);
        expected.revoked_keys.push(revoked);
        self.insert("revoked_key", lines, expected)
    }

    /// Writes a revoked token behind the last one.
    ///
    /// # Errors
    /// [`TrustListError::AlreadyListed`].
    pub fn revoke_token(
        &mut self,
        issuer: &PublicKey,
        token_id: u64,
        reason: Option<&str>,
    ) -> Result<(), TrustListError> {
        let mut expected = self.list.clone();
        if expected.revoked_tokens.iter().any(|token| token.issuer == *issuer && token.token_id == token_id) {
            return Err(TrustListError::AlreadyListed(format!("the revoked token {token_id:016x}")));
        }
        let revoked = RevokedToken { issuer: *issuer, token_id, reason: reason.map(str::to_owned) };
        let lines = revoked_token_lines(&revoked);
        expected.revoked_tokens.push(revoked);
        self.insert("revoked_token", lines, expected)
    }

    /// Writes the epoch of the bundle that was built.
    ///
    /// # Errors
    /// [`TrustListError::EpochNotAbove`] the one in the text; [`TrustListError::EpochTooHigh`].
    pub fn set_epoch(&mut self, epoch: u64) -> Result<(), TrustListError> {
        if epoch <= self.list.epoch {
            return Err(TrustListError::EpochNotAbove { epoch, last: self.list.epoch });
        }
        if i64::try_from(epoch).is_err() {
            return Err(TrustListError::EpochTooHigh(epoch));
        }
        let at = document::parse(&self.text)?.get("epoch").and_then(toml_edit::Item::span);
        let expected = TrustList { epoch, ..self.list.clone() };
        self.replace(at.ok_or(TrustListError::NotEditable)?, &epoch.to_string(), expected)
    }

    /// Inserts an entry behind the last one of its kind, or at the end of the text.
    fn insert(&mut self, kind: &str, lines: Vec<String>, expected: TrustList) -> Result<(), TrustListError> {
        let last = {
            let document = document::parse(&self.text)?;
            entries(&document, kind).last().and_then(|entry| lines_of(&self.text, entry))
        };
        let at = last.map_or(self.text.len(), |lines| lines.end);
        let end_of_line = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let before = self.text.get(..at).unwrap_or_default();
        // The line before may be the last one, and end with the text.
        let first = if before.is_empty() || before.ends_with('\n') { "" } else { end_of_line };
        let gap = if before.lines().next_back().is_none_or(is_empty) { "" } else { end_of_line };
        let behind = self.text.get(at..).unwrap_or_default();
        let last = if behind.lines().next().is_none_or(is_empty) { "" } else { end_of_line };
        let entry: String = lines.iter().map(|line| format!("{line}{end_of_line}")).collect();
        self.replace(at..at, &format!("{first}{gap}{entry}{last}"), expected)
    }

    /// Puts other text in place of a part, if the result is the list that is expected.
    pub(super) fn replace(
        &mut self,
        part: Range<usize>,
        with: &str,
        expected: TrustList,
    ) -> Result<(), TrustListError> {
        let parts = self.text.get(..part.start).zip(self.text.get(part.end..));
        let (before, behind) = parts.ok_or(TrustListError::NotEditable)?;
        let next = Self::parse(&[before, with, behind].concat())?;
        if next.list != expected {
            return Err(TrustListError::NotEditable);
        }
        *self = next;
        Ok(())
    }
}

impl fmt::Display for TrustListText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn entries<'d>(document: &'d Document<&str>, kind: &str) -> impl Iterator<Item = &'d Table> + use<'d> {
    document.get(kind).and_then(toml_edit::Item::as_array_of_tables).into_iter().flatten()
}

/// Returns the lines of an entry, from its header to its last value, and the comment directly below
/// that does not stand directly above the next header.
fn lines_of(text: &str, entry: &Table) -> Option<Range<usize>> {
    let start = entry.span()?.start;
    let end = entry.iter().filter_map(|(_, item)| item.span()).map(|at| at.end).max()?;
    let start = text.get(..start)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let rest = text.get(end..)?.find('\n').map(|at| at.saturating_add(1));
    let end = rest.map_or(text.len(), |rest| end.saturating_add(rest));
    let behind = text.get(end..)?;
    let comment: usize = behind.split_inclusive('\n').take_while(|line| is_comment(line)).map(str::len).sum();
    let is_below = behind.get(comment..)?.lines().next().is_none_or(is_empty);
    Some(start..if is_below { end.saturating_add(comment) } else { end })
}

/// Adds the comment lines directly above to the lines of an entry, and one of two empty lines that
/// would meet.
fn with_comment_above(text: &str, lines: Range<usize>) -> Range<usize> {
    let before = text.get(..lines.start).unwrap_or_default();
    let above = before.split_inclusive('\n').rev();
    let comment: usize = above.take_while(|line| is_comment(line)).map(str::len).sum();
    let start = lines.start.saturating_sub(comment);
    let before = text.get(..start).unwrap_or_default().lines().next_back();
    let behind = text.get(lines.end..).unwrap_or_default().split_inclusive('\n').next();
    let is_doubled = before.is_none_or(is_empty) && behind.is_some_and(is_empty);
    let empty = behind.filter(|_| is_doubled).map_or(0, str::len);
    start..lines.end.saturating_add(empty)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_empty(line: &str) -> bool {
    line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::TrustListText;
    use crate::trust_list::testing::{agent, agent_text, key, key_text};
    use crate::trust_list::{Agent, TrustListError};

    fn start() -> String {
        format!("authority = \"{}\"\nepoch = 3 # the third\nvalid_for = \"30d\"\n", key_text(9))
    }

    fn edited(text: &str, edit: impl FnOnce(&mut TrustListText) -> Result<(), TrustListError>) -> String {
        let mut text = TrustListText::parse(text).expect("well formed");
        edit(&mut text).expect("edited");
        text.to_string()
    }

    #[test]
    fn the_first_text_is_a_list_without_agents() {
        let text = TrustListText::new(&key(9), 36 * 3_600).expect("well formed");
        let list = text.list();
        assert_eq!((list.authority, list.epoch, list.valid_for_seconds), (key(9), 0, 36 * 3_600));
        assert!(list.agents.is_empty() && list.revoked_keys.is_empty() && list.revoked_tokens.is_empty());
        for seconds in [0, 401 * 86_400] {
            assert!(matches!(TrustListText::new(&key(9), seconds), Err(TrustListError::File(_))));
        }
    }

    #[test]
    fn an_entry_is_written_behind_the_last_of_its_kind() {
        let text = format!(
            "{}\n[[agent]] # first\n{}# below\n\n# above\n[[revoked_key]]\nkey = \"{}\"",
            start(),
            agent_text(1),
            key_text(3)
        );
        let (before, behind) = text.split_at(text.find("\n# above").expect("there"));
        let with_agent = edited(&text, |text| text.add_agent(&agent(2)));
        assert_eq!(with_agent, format!("{before}\n[[agent]]\n{}{behind}", agent_text(2)));
        let with_key = edited(&text, |text| text.revoke_key(&key(4), Some("a \"b\"\n")));
        let reason = TrustListText::parse(&with_key).expect("well formed").list().revoked_keys[1].reason.clone();
        assert_eq!(reason.as_deref(), Some("a \"b\"\n"));
        assert!(with_key.starts_with(&format!("{text}\n\n[[revoked_key]]\nkey = \"{}\"\nreason = ", key_text(4))));
        let with_token = edited(&text, |text| text.revoke_token(&key(1), 10, None));
        let entry = format!("[[revoked_token]]\nissuer = \"{}\"\ntoken_id = \"000000000000000a\"\n", key_text(1));
        assert_eq!(with_token, format!("{text}\n\n{entry}"));
    }

    #[test]
    fn entries_that_touch_stay_apart() {
        let text = format!("{}[[agent]]\n{}[[revoked_key]]\nkey = \"{}\"\n", start(), agent_text(1), key_text(3));
        let with_agent = edited(&text, |text| text.add_agent(&agent(2)));
        let entry = format!("\n[[agent]]\n{}\n[[revoked_key]]", agent_text(2));
        assert_eq!(with_agent, text.replace("[[revoked_key]]", &entry));
    }

    #[test]
    fn every_field_of_an_agent_is_written() {
        let full = Agent {
            name: "a \"quoted\"\n'name'".into(),
            max_lifetime_seconds: 5_400,
            not_before: Some(1_793_491_200),
            not_after: Some(1_793_491_201),
            guessable: true,
            ceiling: vec!["read:*".into(), "ünder \\ : x".into()],
            ..agent(1)
        };
        let text = edited(&start(), |text| text.add_agent(&full));
        assert!(text.contains("\nmax_lifetime = \"90m\"\nnot_before = 2026-11-01T00:00:00Z\n"), "{text}");
        assert_eq!(TrustListText::parse(&text).expect("well formed").list().agents, [full]);
    }

    #[test]
    fn an_agent_that_would_not_be_read_again_is_not_written() {
        let mut text = TrustListText::parse(&start()).expect("well formed");
        for agent in [
            Agent { name: String::new(), ..agent(1) },
            Agent { ceiling: vec!["read:".into()], ..agent(1) },
            Agent { max_lifetime_seconds: 0, ..agent(1) },
            Agent { not_after: Some(i64::MAX), ..agent(1) },
        ] {
            assert!(matches!(text.add_agent(&agent), Err(TrustListError::File(_))), "{agent:?}");
            assert_eq!(text.as_str(), start());
        }
    }

    #[test]
    fn a_removed_agent_takes_its_own_comments_along() {
        let [one, two] = [1, 2].map(agent_text);
        let text = format!(
            "{}\n# section\n\n# of one\n  # still\n[[agent]]\n# within\n{one}# below\n\n# of two\n[[agent]]\n{two}",
            start()
        );
        let without_one = edited(&text, |text| text.remove_agent(&key(1)));
        assert_eq!(without_one, format!("{}\n# section\n\n# of two\n[[agent]]\n{two}", start()));
        let without_two = edited(&text, |text| text.remove_agent(&key(2)));
        assert_eq!(without_two, text[..text.find("# of two").expect("there")]);
        let touching = format!("{}[[agent]]\n{one}# of two\n[[agent]]\n{two}", start());
        assert_eq!(
            edited(&touching, |text| text.remove_agent(&key(1))),
            format!("{}# of two\n[[agent]]\n{two}", start())
        );
    }

    #[test]
    fn an_agent_that_was_removed_can_be_added_again() {
        let text = format!("{}\n[[agent]]\n{}", start(), agent_text(1));
        let without = edited(&text, |text| text.remove_agent(&key(1)));
        assert_eq!(without, format!("{}\n", start()));
        assert_eq!(edited(&without, |text| text.add_agent(&agent(1))), text);
    }

    #[test]
    fn text_that_looks_like_a_comment_is_not_removed() {
        let [one, revoked] = [agent_text(1), format!("[[revoked_key]]\nkey = \"{}\"", key_text(2))];
        let text = format!("{}\n{revoked}\nreason = \"\"\"\n# lost\"\"\"\n[[agent]]\n{one}", start());
        let mut edited = TrustListText::parse(&text).expect("well formed");
        assert!(matches!(edited.remove_agent(&key(1)), Err(TrustListError::NotEditable)));
        assert_eq!(edited.as_str(), text);
        // Without the lines above the header this is another reason, and still a list.
        let reason = "reason = \"\"\"a\n# \"\"\" # c";
        let text = format!("{}\n{revoked}\n{reason}\n[[agent]]\n{one}\n# \"\"\"\n", start());
        let mut edited = TrustListText::parse(&text).expect("well formed");
        assert!(matches!(edited.remove_agent(&key(1)), Err(TrustListError::NotEditable)));
        assert_eq!(edited.as_str(), text);
    }

    #[test]
    fn the_epoch_is_replaced_in_place() {
        let text = edited(&start(), |text| text.set_epoch(40));
        assert_eq!(text, start().replace("epoch = 3 #", "epoch = 40 #"));
        let mut text = TrustListText::parse(&start()).expect("well formed");
        assert!(matches!(text.set_epoch(3), Err(TrustListError::EpochNotAbove { epoch: 3, last: 3 })));
        assert!(matches!(text.set_epoch(1 << 63), Err(TrustListError::EpochTooHigh(_))));
        assert!(text.set_epoch((1 << 63) - 1).is_ok());
    }

    #[test]
    fn what_is_there_is_not_written_twice_and_what_is_not_is_not_removed() {
        let mut text = TrustListText::parse(&start()).expect("well formed");
        assert!(matches!(text.remove_agent(&key(1)), Err(TrustListError::NoSuchAgent(_))));
        text.add_agent(&agent(1)).expect("new");
        text.revoke_key(&key(1), None).expect("new");
        text.revoke_token(&key(1), 7, None).expect("new");
        let before = text.clone();
        let other = Agent { key: key(1), ..agent(2) };
        for refusal in
            [text.add_agent(&other), text.revoke_key(&key(1), Some("x")), text.revoke_token(&key(1), 7, None)]
        {
            assert!(matches!(refusal, Err(TrustListError::AlreadyListed(_))));
        }
        assert_eq!(text, before);
        assert!(text.revoke_token(&key(1), 8, None).is_ok() && text.revoke_token(&key(2), 7, None).is_ok());
    }

    #[test]
    fn lines_of_windows_stay_lines_of_windows() {
        let text = start().replace('\n', "\r\n");
        let with_agent = edited(&text, |text| text.add_agent(&agent(1)));
        assert_eq!(with_agent, format!("{}\n[[agent]]\n{}", start(), agent_text(1)).replace('\n', "\r\n"));
        assert_eq!(edited(&with_agent, |text| text.remove_agent(&key(1))).trim_end(), text.trim_end());
    }
}
