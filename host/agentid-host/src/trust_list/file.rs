//! The list of trusted agents as data, and the file that it is read from.

use std::fs;
use std::path::Path;

use agentid_nostd::{Error, PublicKey, Quota, Rules, TrustTable, TrustedIssuer, is_valid_scope};

use super::document::{self, Field, Fields};
use super::error::TrustListError;
use super::rules::{self, AUDIENCE_REQUIRED, DEPTH, LEAF_BINDING, QUOTA};

/// The longest time that a bundle trusts from its building, in seconds: 400 days.
pub const MAX_VALID_FOR_SECONDS: u64 = 400 * 86_400;

/// The longest lifetime of an agent's tokens unless told otherwise, in seconds: one day.
pub(super) const DEFAULT_MAX_LIFETIME_SECONDS: u32 = 86_400;

/// The most scopes that a ceiling can have in a bundle.
const MAX_SCOPES: usize = 255;

const AUTHORITY: Field = Field { name: "authority", instead: "the 64 hex digits of the authority's public key" };
const NEXT: Field = Field { name: "next_authority", instead: "the 64 hex digits of the key that may take over" };
const EPOCH: Field = Field { name: "epoch", instead: "the epoch of the last bundle built, or 0 before the first" };
const VALID_FOR: Field = Field { name: "valid_for", instead: r#"a duration such as "30d" or "12h", at most "400d""# };
const AGENTS: Field = Field { name: "agent", instead: "a header [[agent]] above each agent" };
const REVOKED_KEYS: Field = Field { name: "revoked_key", instead: "a header [[revoked_key]] above each key" };
const REVOKED_TOKENS: Field = Field { name: "revoked_token", instead: "a header [[revoked_token]] above each token" };

const NAME: Field = Field { name: "name", instead: r#"the agent's name of 1 to 255 bytes, such as "research-bot""# };
const PROJECT: Field =
    Field { name: "project", instead: r#"the project's name of 1 to 255 bytes, such as "phd-lab""# };
const KEY: Field = Field { name: "key", instead: "the 64 hex digits of an Ed25519 public key, in quotes" };
const CEILING: Field = Field {
    name: "ceiling",
    instead: r#"the scopes that the agent needs, such as ["read:*"], at most 255, or ["*"] to allow all on purpose"#,
};
const MAX_LIFETIME: Field =
    Field { name: "max_lifetime", instead: r#"the longest lifetime of a token, such as "1h" or "15m""# };
const NOT_BEFORE: Field =
    Field { name: "not_before", instead: "a time with offset, without quotes, such as 2026-11-01T00:00:00Z" };
const NOT_AFTER: Field =
    Field { name: "not_after", instead: "a time with offset, without quotes, such as 2027-11-01T00:00:00Z" };
const GUESSABLE: Field = Field { name: "guessable", instead: "true or false" };
const REASON: Field = Field { name: "reason", instead: r#"a text in quotes, such as "laptop stolen""# };
const ISSUER: Field = Field { name: "issuer", instead: "the 64 hex digits of the issuer's public key, in quotes" };
const TOKEN_ID: Field = Field { name: "token_id", instead: "the 16 hex digits of the token id, in quotes" };

/// The agents that an authority trusts, and the keys and tokens that it revokes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    /// The key of the authority that signs the bundles.
    pub authority: PublicKey,
    /// The key that may take over from it, if there is one. Gates refuse another one later.
    pub next_authority: Option<PublicKey>,
    /// The epoch of the last bundle built; 0 before the first.
    pub epoch: u64,
    /// How long a bundle trusts from its building, in seconds.
    pub valid_for_seconds: u64,
    /// The agents.
    pub agents: Vec<Agent>,
    /// The keys of which no token is accepted any more.
    pub revoked_keys: Vec<RevokedKey>,
    /// Single tokens that are not accepted any more.
    pub revoked_tokens: Vec<RevokedToken>,
}

impl TrustList {
    /// Reads the text of a list. It checks each field by itself; [`check`](Self::check) looks at
    /// the list as a whole.
    ///
    /// # Errors
    /// [`TrustListError::File`] at the first place that is not as it must be.
    pub fn parse(text: &str) -> Result<Self, TrustListError> {
        let document = document::parse(text)?;
        let fields = Fields::of_file(&document);
        fields.only(&[AUTHORITY, NEXT, EPOCH, VALID_FOR, AGENTS, REVOKED_KEYS, REVOKED_TOKENS])?;
        Ok(Self {
            authority: fields.required(AUTHORITY)?.key()?,
            next_authority: fields.optional(NEXT).map(|value| value.key()).transpose()?,
            epoch: fields.required(EPOCH)?.number()?,
            valid_for_seconds: fields.required(VALID_FOR)?.duration(MAX_VALID_FOR_SECONDS)?,
            agents: each(&fields, AGENTS, "[[agent]]", Agent::read)?,
            revoked_keys: each(&fields, REVOKED_KEYS, "[[revoked_key]]", RevokedKey::read)?,
            revoked_tokens: each(&fields, REVOKED_TOKENS, "[[revoked_token]]", RevokedToken::read)?,
        })
    }

    /// Reads the file of a list.
    ///
    /// # Errors
    /// [`TrustListError::Read`]; as [`parse`](Self::parse), with the file.
    pub fn read(path: &Path) -> Result<Self, TrustListError> {
        Self::parse(&read_text(path)?).map_err(|error| error.in_file(path))
    }

    /// Returns whether a key is revoked.
    #[must_use]
    pub fn is_revoked(&self, key: &PublicKey) -> bool {
        self.revoked_keys.iter().any(|revoked| revoked.key == *key)
    }
}

/// One trusted agent: a key, the name and project that it may speak for, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The name of the agent.
    pub name: String,
    /// The project of the agent.
    pub project: String,
    /// The key that signs the agent's tokens.
    pub key: PublicKey,
    /// The scopes that a token may use at most. An empty list allows nothing.
    pub ceiling: Vec<String>,
    /// The longest lifetime of a token, in seconds.
    pub max_lifetime_seconds: u32,
    /// The first second of trust in Unix seconds, if there is one.
    pub not_before: Option<i64>,
    /// The last second of trust in Unix seconds, if there is one.
    pub not_after: Option<i64>,
    /// What its tokens must have.
    pub rules: Rules,
    /// How often it may be called, if that is limited.
    pub quota: Option<Quota>,
    /// Whether a key without a secret seed is accepted on purpose.
    pub guessable: bool,
}

impl Agent {
    /// An agent whose tokens live for up to a day, trusted at any time.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        project: impl Into<String>,
        key: PublicKey,
        ceiling: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            name: name.into(),
            project: project.into(),
            key,
            ceiling: ceiling.into_iter().map(Into::into).collect(),
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            not_before: None,
            not_after: None,
            rules: Rules::default(),
            quota: None,
            guessable: false,
        }
    }

    fn read(fields: &Fields<'_>) -> Result<Self, TrustListError> {
        let of_rules = [AUDIENCE_REQUIRED, LEAF_BINDING, DEPTH, QUOTA];
        let others = [NAME, PROJECT, KEY, CEILING, MAX_LIFETIME, NOT_BEFORE, NOT_AFTER, GUESSABLE];
        fields.only(&[&others[..], &of_rules].concat())?;
        let (name, project) = (fields.required(NAME)?, fields.required(PROJECT)?);
        let key = fields.required(KEY)?.key()?;
        let entry = TrustedIssuer::new(key, name.text()?, project.text()?).allow_guessable();
        match TrustTable::new(&[entry]) {
            Ok(_) => {}
            Err(Error::InvalidName) => return Err(name.fault()),
            Err(_) => return Err(project.fault()),
        }
        let ceiling = fields.required(CEILING)?;
        let scopes = ceiling.texts(is_valid_scope)?;
        if scopes.len() > MAX_SCOPES {
            return Err(ceiling.fault_as(&format!("{} scopes", scopes.len())));
        }
        let mut agent = Self::new(name.text()?, project.text()?, key, scopes);
        if let Some(value) = fields.optional(MAX_LIFETIME) {
            let seconds = value.duration(u32::MAX.into())?;
            agent.max_lifetime_seconds = u32::try_from(seconds).map_err(|_| value.fault())?;
        }
        agent.not_before = fields.optional(NOT_BEFORE).map(|value| value.time()).transpose()?;
        agent.not_after = fields.optional(NOT_AFTER).map(|value| value.time()).transpose()?;
        (agent.rules, agent.quota) = rules::read(fields)?;
        agent.guessable = fields.optional(GUESSABLE).map_or(Ok(false), |value| value.flag())?;
        Ok(agent)
    }

    /// The first and the last second of trust, in Unix seconds.
    pub(super) fn window(&self) -> (i64, i64) {
        (self.not_before.unwrap_or(i64::MIN), self.not_after.unwrap_or(i64::MAX))
    }
}

/// A key of which no token is accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// The key.
    pub key: PublicKey,
    /// The reason, which stays in the file.
    pub reason: Option<String>,
}

impl RevokedKey {
    fn read(fields: &Fields<'_>) -> Result<Self, TrustListError> {
        fields.only(&[KEY, REASON])?;
        Ok(Self { key: fields.required(KEY)?.key()?, reason: reason(fields)? })
    }
}

/// One token that is not accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    /// The key that signed the token.
    pub issuer: PublicKey,
    /// The id of the token.
    pub token_id: u64,
    /// The reason, which stays in the file.
    pub reason: Option<String>,
}

impl RevokedToken {
    fn read(fields: &Fields<'_>) -> Result<Self, TrustListError> {
        fields.only(&[ISSUER, TOKEN_ID, REASON])?;
        Ok(Self {
            issuer: fields.required(ISSUER)?.key()?,
            token_id: fields.required(TOKEN_ID)?.token_id()?,
            reason: reason(fields)?,
        })
    }
}

fn reason(fields: &Fields<'_>) -> Result<Option<String>, TrustListError> {
    fields.optional(REASON).map(|value| value.text().map(str::to_owned)).transpose()
}

/// Reads a file.
pub(super) fn read_text(path: &Path) -> Result<String, TrustListError> {
    fs::read_to_string(path).map_err(|source| TrustListError::Read { path: path.into(), source })
}

/// Reads every entry with this header.
fn each<T>(
    fields: &Fields<'_>,
    field: Field,
    header: &'static str,
    read: fn(&Fields<'_>) -> Result<T, TrustListError>,
) -> Result<Vec<T>, TrustListError> {
    fields.entries(field, header)?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{MAX_VALID_FOR_SECONDS, TrustList};
    use crate::trust_list::testing::{agent_text, key_text};
    use crate::trust_list::{TrustListError, TrustListText};

    /// The text of a list with these lines behind it.
    fn text(behind: &str) -> String {
        format!("authority = \"{}\"\nepoch = 3\nvalid_for = \"30d\"\n{behind}", key_text(9))
    }

    fn refusal(text: &str) -> String {
        TrustList::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn every_field_is_read() {
        let list = TrustList::parse(&text(&format!(
            "[[agent]]\n{}max_lifetime = \"1h\"\nnot_before = 2026-11-01T00:00:00Z\nnot_after = 2026-11-01 02:00:01+02:00\n\
             guessable = true\n[[revoked_key]]\nkey = \"{key}\"\nreason = \"lost\"\n\
             [[revoked_token]]\nissuer = \"{key}\"\ntoken_id = \"0123456789ABCDEF\"\n",
            agent_text(1),
            key = key_text(2),
        )));
        let list = list.expect("well formed");
        assert_eq!((list.epoch, list.valid_for_seconds), (3, 30 * 86_400));
        let agent = &list.agents[0];
        assert_eq!((&*agent.name, &*agent.project, &*agent.ceiling), ("agent-1", "lab", &["read:*".to_owned()][..]));
        assert_eq!((agent.max_lifetime_seconds, agent.guessable), (3_600, true));
        assert_eq!((agent.not_before, agent.not_after), (Some(1_793_491_200), Some(1_793_491_201)));
        assert_eq!(list.revoked_keys[0].reason.as_deref(), Some("lost"));
        assert_eq!((list.revoked_tokens[0].token_id, &list.revoked_tokens[0].reason), (0x0123_4567_89ab_cdef, &None));
        assert!(list.is_revoked(&list.revoked_keys[0].key) && !list.is_revoked(&agent.key));
    }

    #[test]
    fn what_may_be_left_out_has_the_stated_values() {
        let list = TrustList::parse(&text(&format!("[[agent]]\n{}", agent_text(1)))).expect("well formed");
        let agent = &list.agents[0];
        assert_eq!((agent.max_lifetime_seconds, agent.guessable), (86_400, false));
        assert_eq!((agent.not_before, agent.not_after), (None, None));
        assert!(list.revoked_keys.is_empty() && list.revoked_tokens.is_empty());
    }

    #[test]
    fn an_entry_without_a_ceiling_is_refused_with_what_to_write() {
        let entry = agent_text(1).replace("ceiling = [\"read:*\"]\n", "");
        let refusal = refusal(&text(&format!("\n[[agent]]\n{entry}")));
        assert!(refusal.starts_with("line 5, [[agent]] ceiling: found nothing; write the scopes"), "{refusal}");
        assert!(refusal.ends_with("or [\"*\"] to allow all on purpose"), "{refusal}");
    }

    /// Each line replaces the one of its field in a good file, whose lines are numbered from 1.
    #[test]
    fn every_fault_names_line_field_value_and_what_to_write() {
        let not_a_key = "0".repeat(64);
        let not_a_key = format!("key = \"{not_a_key}\"");
        let many = format!("ceiling = [{}]", "\"s\",".repeat(256));
        let good = text(&format!(
            "[[agent]]\n{}max_lifetime = \"1h\"\nnot_before = 2026-11-01T00:00:00Z\nnot_after = 2027-11-01T00:00:00Z\n\
             guessable = false\n[[revoked_token]]\nissuer = \"{}\"\ntoken_id = \"0123456789abcdef\"\nreason = \"x\"\n",
            agent_text(1),
            key_text(1)
        ));
        assert!(TrustList::parse(&good).is_ok());
        for (line, field, found, instead) in [
            ("authority = \"abc\"", "line 1, authority", "\"abc\"", "the 64 hex digits"),
            ("epoch = -1", "line 2, epoch", "-1", "the epoch of the last"),
            ("epoch = \"3\"", "line 2, epoch", "\"3\"", "the epoch of the last"),
            ("valid_for = \"401d\"", "line 3, valid_for", "\"401d\"", "a duration such as"),
            ("valid_for = \"0d\"", "line 3, valid_for", "\"0d\"", "a duration such as"),
            ("valid_for = 30", "line 3, valid_for", "30", "a duration such as"),
            ("name = \"\"", "line 5, [[agent]] name", "\"\"", "the agent's name"),
            ("name = \"a\\u0000\"", "line 5, [[agent]] name", "\"a\\u0000\"", "the agent's name"),
            ("project = \"\"", "line 6, [[agent]] project", "\"\"", "the project's name"),
            ("project = 7", "line 6, [[agent]] project", "7", "the project's name"),
            (&not_a_key, "line 7, [[agent]] key", "64 hex digits that are no public key", "the 64 hex digits"),
            ("key = \"0g\"", "line 7, [[agent]] key", "\"0g\"", "the 64 hex digits"),
            ("ceiling = \"*\"", "line 8, [[agent]] ceiling", "\"*\"", "the scopes that"),
            ("ceiling = [\"ok\", \"read:\"]", "line 8, [[agent]] ceiling", "\"read:\"", "the scopes that"),
            ("ceiling = [\"ok\", 7]", "line 8, [[agent]] ceiling", "7", "the scopes that"),
            (&many, "line 8, [[agent]] ceiling", "256 scopes", "the scopes that"),
            ("max_lifetime = \"0s\"", "line 9, [[agent]] max_lifetime", "\"0s\"", "the longest"),
            ("max_lifetime = \"4294967296s\"", "line 9, [[agent]] max_lifetime", "\"4294967296s\"", "the longest"),
            ("not_before = \"2026-11-01\"", "line 10, [[agent]] not_before", "\"2026-11-01\"", "a time with"),
            ("not_before = 2026-11-01", "line 10, [[agent]] not_before", "2026-11-01", "a time with"),
            ("not_after = 2027-11-01T00:00:00", "line 11, [[agent]] not_after", "2027-11-01T00:00:00", "a time with"),
            (
                "not_after = 2027-11-01T00:00:00.5Z",
                "line 11, [[agent]] not_after",
                "2027-11-01T00:00:00.5Z",
                "a time",
            ),
            ("guessable = 1", "line 12, [[agent]] guessable", "1", "true or false"),
            ("issuer = []", "line 14, [[revoked_token]] issuer", "[]", "the 64 hex digits"),
            ("token_id = \"0123\"", "line 15, [[revoked_token]] token_id", "\"0123\"", "the 16 hex digits"),
            ("reason = false", "line 16, [[revoked_token]] reason", "false", "a text in quotes"),
        ] {
            let name = line.split('=').next().expect("a field");
            let lines = good.lines().map(|old| if old.starts_with(name) { line } else { old });
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            let refusal = refusal(&text);
            assert!(refusal.starts_with(&format!("{field}: found {found}; write {instead}")), "{refusal}");
        }
    }

    #[test]
    fn unknown_and_missing_fields_and_other_shapes_are_refused() {
        let agent = agent_text(1);
        for (text, expected) in [
            (String::new(), "line 1, authority: found nothing; write"),
            (text("celing = 1\n"), "line 4, celing: found an unknown field; write one of authority, next_authority"),
            (text("[[agents]]\n"), "line 4, agents: found an unknown field; write one of"),
            (text("[agent]\n"), "line 4, agent: found [agent]; write a header [[agent]] above each agent"),
            (text("agent = []\n"), "line 4, agent: found []; write a header [[agent]]"),
            (text("[[agent]]\n"), "line 4, [[agent]] name: found nothing; write the agent's name"),
            (
                text(&format!("[[agent]]\n{agent}celing = 1\n")),
                "line 9, [[agent]] celing: found an unknown field; write one of name, project, key, ceiling",
            ),
            (
                text("[[revoked_key]]\nid = 1\n"),
                "line 5, [[revoked_key]] id: found an unknown field; write one of key",
            ),
            (
                text("[[revoked_token]]\nkey = 1\n"),
                "line 5, [[revoked_token]] key: found an unknown field; write one of issuer, token_id",
            ),
            (text("epoch = 4\n"), "line 4, the text: found no TOML (duplicate key"),
            (text("[[agent\n"), "line 4, the text: found no TOML ("),
        ] {
            let refusal = refusal(&text);
            assert!(refusal.starts_with(expected), "{refusal}");
        }
    }

    #[test]
    fn the_longest_validity_is_accepted() {
        let list = TrustList::parse(&text("").replace("30d", "400d")).expect("well formed");
        assert_eq!(list.valid_for_seconds, MAX_VALID_FOR_SECONDS);
    }

    #[test]
    fn a_fault_in_a_file_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trust.toml");
        assert!(matches!(TrustList::read(&path), Err(TrustListError::Read { .. })));
        assert!(matches!(TrustListText::read(&path), Err(TrustListError::Read { .. })));
        std::fs::write(&path, text("\n[[agent]]\nname = 1\n")).expect("written");
        let refusal = TrustList::read(&path).expect_err("a fault").to_string();
        assert_eq!(TrustListText::read(&path).expect_err("a fault").to_string(), refusal);
        assert!(refusal.starts_with(&format!("{}, line 5, [[agent]]", path.display())), "{refusal}");
        std::fs::write(&path, text("")).expect("written");
        assert_eq!(TrustList::read(&path).expect("well formed").epoch, 3);
        assert_eq!(TrustListText::read(&path).expect("well formed").as_str(), text(""));
    }
}
