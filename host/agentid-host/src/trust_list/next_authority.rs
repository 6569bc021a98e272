//! The key that may take over from the authority, in the text of a list.

use agentid_nostd::{Fingerprint, PublicKey};

use super::document;
use super::edit::TrustListText;
use super::error::TrustListError;
use super::file::TrustList;

impl TrustListText {
    /// Names the key that may take over from the authority, below the line of the authority.
    ///
    /// # Errors
    /// [`TrustListError::AlreadyListed`] if the list names one: gates that have seen it refuse every
    /// bundle that names another.
    pub fn set_next_authority(&mut self, key: &PublicKey) -> Result<(), TrustListError> {
        if let Some(named) = &self.list().next_authority {
            return Err(TrustListError::AlreadyListed(format!("the next authority {}", Fingerprint::of(named))));
        }
        let at = document::parse(self.as_str())?.get("authority").and_then(toml_edit::Item::span);
        let at = at.ok_or(TrustListError::NotEditable)?.end;
        let rest = self.as_str().get(at..).unwrap_or_default();
        // Behind a comment on the line.
        let at = at.saturating_add(rest.find(['\r', '\n']).unwrap_or(rest.len()));
        let end_of_line = if self.as_str().contains("\r\n") { "\r\n" } else { "\n" };
        let line = format!("{end_of_line}next_authority = \"{}\"", hex::encode(key.as_bytes()));
        let expected = TrustList { next_authority: Some(*key), ..self.list().clone() };
        self.replace(at..at, &line, expected)
    }
}

#[cfg(test)]
mod tests {
    use crate::trust_list::testing::{NOW, agent, agent_text, authority, key, key_text, list};
    use crate::trust_list::{TrustList, TrustListError, TrustListText, TrustSet, words};

    #[test]
    fn the_line_stands_below_the_authority_and_every_other_byte_stays() {
        for (end, comment) in [("\n", ""), ("\r\n", " # ours"), ("\n", " # ours")] {
            let authority = format!("# first{end}authority = \"{}\"{comment}{end}", key_text(9));
            let rest = format!("epoch = 3{end}valid_for = \"30d\"{end}[[agent]]{end}{}", agent_text(1));
            let mut text = TrustListText::parse(&format!("{authority}{rest}")).expect("well formed");
            text.set_next_authority(&key(8)).expect("edited");
            assert_eq!(text.as_str(), format!("{authority}next_authority = \"{}\"{end}{rest}", key_text(8)));
            assert_eq!(text.list().next_authority, Some(key(8)));
        }
    }

    #[test]
    fn the_first_one_stays() {
        let mut text = TrustListText::new(&key(9), 86_400).expect("well formed");
        text.set_next_authority(&key(8)).expect("edited");
        let before = text.clone();
        for other in [8, 7] {
            let refusal = text.set_next_authority(&key(other)).expect_err("named before");
            assert!(matches!(refusal, TrustListError::AlreadyListed(_)), "{refusal}");
        }
        assert_eq!(text, before);
    }

    #[test]
    fn a_list_cannot_name_its_own_authority_or_an_agent() {
        let named = |key| TrustList { next_authority: Some(key), ..list([agent(1)]) };
        let names = |list: TrustList| {
            let names: Vec<_> = list.check(NOW).iter().map(|finding| finding.name).collect();
            names
        };
        assert_eq!(names(named(key(8))), [""; 0]);
        assert_eq!(names(named(authority_key())), ["next-authority-in-force"]);
        assert!(named(authority_key()).build(&authority(), 4, NOW).is_err());
        assert_eq!(names(named(key(1))), ["next-authority-of-an-agent"]);
    }

    fn authority_key() -> agentid_nostd::PublicKey {
        list([]).authority
    }

    #[test]
    fn a_bundle_names_it_and_a_diff_says_so() {
        let plain = list([agent(1)]);
        let named = TrustList { next_authority: Some(key(8)), ..plain.clone() };
        let other = TrustList { next_authority: Some(key(7)), ..plain.clone() };
        let bytes = named.build(&authority(), 4, NOW).expect("built");
        let anchor = agentid_nostd::TrustAnchor::new(named.authority);
        let opened =
            agentid_nostd::TrustBundle::open(&bytes, &anchor, agentid_nostd::Clock::Known(NOW)).expect("opens");
        assert_eq!(opened.next_authority(), Some(key(8)));
        assert_eq!(TrustSet::of_bundle(&opened), TrustSet::of_list(&named, NOW));
        let changes = |before: &TrustList, after: &TrustList| {
            let [before, after] = [before, after].map(|list| TrustSet::of_list(list, NOW));
            before.changes_to(&after).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let [seven, eight] = [7, 8].map(|number| words::key(&key(number)));
        assert_eq!(changes(&plain, &named), [format!("the authority: {eight} may take over from it")]);
        assert_eq!(
            changes(&named, &other),
            [format!(
                "the authority: {seven} may take over from it, not {eight}; gates that know {eight} refuse this"
            )]
        );
        assert_eq!(
            changes(&named, &plain),
            [format!(
                "the authority: no key may take over from it, not {eight}; gates that know {eight} refuse this"
            )]
        );
    }
}
