//! One change between two trust sets, in words and as data.

use std::fmt;

use agentid_nostd::{Fingerprint, PublicKey};
use serde::{Serialize, Serializer};

use super::words;

/// A change of what gates accept. Its display is one line; serialised it has a field `change` with
/// its name in kebab-case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case", rename_all_fields = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// An agent of which no key was trusted before has one.
    AgentAdded {
        /// The agent.
        agent: AgentName,
        /// Its key.
        key: ShownKey,
        /// The most that its tokens may do.
        scopes: Vec<String>,
        /// The longest lifetime of its tokens.
        max_lifetime_seconds: u32,
        /// When the key is trusted.
        window: Window,
    },
    /// No key of an agent is trusted any more.
    AgentRemoved {
        /// The agent.
        agent: AgentName,
    },
    /// An agent has another key beside those that it keeps.
    KeyAdded {
        /// The agent.
        agent: AgentName,
        /// The new key.
        key: ShownKey,
        /// A key that stays trusted during the window, if there is one.
        beside: Option<ShownKey>,
        /// When both keys are trusted, or the new one if it is alone.
        window: Window,
    },
    /// A key is trusted no more, and the agent has another.
    KeyRemoved {
        /// The agent.
        agent: AgentName,
        /// The key.
        key: ShownKey,
    },
    /// Tokens of an agent may use fewer scopes.
    ScopesLost {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// The scopes that no scope of the new ceiling covers.
        scopes: Vec<String>,
        /// The scopes of the new ceiling that are parts of those.
        left: Vec<String>,
    },
    /// Tokens of an agent may use more scopes.
    ScopesGained {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// The scopes that no scope of the old ceiling covers.
        scopes: Vec<String>,
    },
    /// The longest lifetime of an agent's tokens is another.
    LifetimeChanged {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// The longest lifetime so far.
        before_seconds: u32,
        /// The longest lifetime from now on.
        after_seconds: u32,
    },
    /// Tokens of an agent must name their audience now, or need not any more.
    AudienceChanged {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// Whether they must.
        required: bool,
    },
    /// Tokens of an agent must be bound to something else.
    BindingChanged {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// What they had to be bound to: `none`, `any`, `payload` or `challenge`.
        before: &'static str,
        /// What they must be bound to.
        after: &'static str,
    },
    /// Another number of grants may stand between an agent and a token.
    DepthChanged {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// The number so far.
        before: u8,
        /// The number from now on.
        after: u8,
    },
    /// An agent may be called more or less often.
    QuotaChanged {
        /// The agent.
        agent: AgentName,
        /// The key, if the agent has several.
        key: Option<ShownKey>,
        /// The quota so far, such as `100 per 1h`.
        before: Option<String>,
        /// The quota from now on.
        after: Option<String>,
    },
    /// The bundle names another key that may take over from the authority.
    NextAuthority {
        /// The key named so far.
        before: Option<ShownKey>,
        /// The key named from now on.
        after: Option<ShownKey>,
    },
    /// A key is trusted at other times.
    WindowChanged {
        /// The agent.
        agent: AgentName,
        /// The key.
        key: ShownKey,
        /// The window so far.
        before: Window,
        /// The window from now on.
        after: Window,
    },
    /// A key is revoked.
    KeyRevoked {
        /// The key.
        key: ShownKey,
        /// The agent that the key speaks for, if it is listed.
        agent: Option<AgentName>,
    },
    /// A key is revoked no more.
    KeyRestored {
        /// The key.
        key: ShownKey,
        /// The agent that the key speaks for, if it is listed.
        agent: Option<AgentName>,
    },
    /// A token is revoked.
    TokenRevoked {
        /// The token id, in 16 hex digits.
        token_id: String,
        /// The key that signed it.
        key: ShownKey,
        /// The agent that the key speaks for, if it is listed.
        agent: Option<AgentName>,
    },
    /// A token is revoked no more.
    TokenRestored {
        /// The token id, in 16 hex digits.
        token_id: String,
        /// The key that signed it.
        key: ShownKey,
        /// The agent that the key speaks for, if it is listed.
        agent: Option<AgentName>,
    },
    /// Trust as a whole ends earlier than before.
    EndsEarlier {
        /// The last second of trust so far, in Unix seconds.
        before: i64,
        /// The last second of trust from now on, in Unix seconds.
        after: i64,
    },
    /// There is no change but that of the dates of issue and end.
    OnlyDates {
        /// The last second of trust, in Unix seconds.
        trusted_until: i64,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgentAdded { agent, key, scopes, max_lifetime_seconds, window } => {
                let (scopes, lifetime) = (list(scopes), words::duration((*max_lifetime_seconds).into()));
                write!(f, "{agent}: is trusted with key {key} {window}, may {scopes}, tokens may live {lifetime}")
            }
            Self::AgentRemoved { agent } => write!(f, "{agent}: is trusted no more"),
            Self::KeyAdded { agent, key, beside: Some(beside), window } => {
                write!(f, "{agent}: new key {key} beside {beside} {window}")
            }
            Self::KeyAdded { agent, key, beside: None, window } => write!(f, "{agent}: new key {key} {window}"),
            Self::KeyRemoved { agent, key } => write!(f, "{agent}: key {key} is trusted no more"),
            Self::ScopesLost { agent, key, scopes, left } => {
                write!(f, "{agent}: {}may no longer {}", with(key.as_ref()), list(scopes))?;
                if left.is_empty() { Ok(()) } else { write!(f, ", only {}", list(left)) }
            }
            Self::ScopesGained { agent, key, scopes } => {
                write!(f, "{agent}: {}may now {}", with(key.as_ref()), list(scopes))
            }
            Self::LifetimeChanged { agent, key, before_seconds, after_seconds } => {
                let [before, after] =
                    [before_seconds, after_seconds].map(|seconds| words::duration((*seconds).into()));
                write!(f, "{agent}: {}tokens may live {after}, not {before}", with(key.as_ref()))
            }
            Self::AudienceChanged { agent, key, required } => {
                let must = if *required { "must" } else { "need not" };
                write!(f, "{agent}: {}tokens {must} name their audience", with(key.as_ref()))
            }
            Self::BindingChanged { agent, key, before, after } => {
                write!(f, "{agent}: {}tokens must be bound to {after}, not to {before}", with(key.as_ref()))
            }
            Self::DepthChanged { agent, key, before, after } => {
                write!(f, "{agent}: {}{after} grants may follow, not {before}", with(key.as_ref()))
            }
            Self::QuotaChanged { agent, key, before, after } => {
                let [before, after] = [before, after].map(|quota| quota.as_deref().unwrap_or("without a limit"));
                write!(f, "{agent}: {}may be called {after}, not {before}", with(key.as_ref()))
            }
            Self::NextAuthority { before, after } => {
                let after = after.map_or_else(|| "no key".to_owned(), |key| key.to_string());
                write!(f, "the authority: {after} may take over from it")?;
                let Some(before) = before else { return Ok(()) };
                write!(f, ", not {before}; gates that know {before} refuse this")
            }
            Self::WindowChanged { agent, key, before, after } => {
                write!(f, "{agent}: key {key} is trusted {after}, not {before}")
            }
            Self::KeyRevoked { key, agent } => write!(f, "{}: is revoked", key_of(key, agent.as_ref())),
            Self::KeyRestored { key, agent } => write!(f, "{}: is revoked no more", key_of(key, agent.as_ref())),
            Self::TokenRevoked { token_id, key, agent } => {
                write!(f, "token {token_id} of {}: is revoked", signer(key, agent.as_ref()))
            }
            Self::TokenRestored { token_id, key, agent } => {
                write!(f, "token {token_id} of {}: is revoked no more", signer(key, agent.as_ref()))
            }
            Self::EndsEarlier { before, after } => {
                write!(f, "all agents: are trusted until {}, not {}", words::time(*after), words::time(*before))
            }
            Self::OnlyDates { trusted_until } => {
                write!(f, "nothing changes but the dates: trusted until {}", words::time(*trusted_until))
            }
        }
    }
}

/// The name and the project of an agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AgentName {
    /// The name.
    pub name: String,
    /// The project.
    pub project: String,
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::agent(&self.name, &self.project))
    }
}

/// A key: its fingerprint for people, all of its hex digits for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownKey(pub PublicKey);

impl fmt::Display for ShownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fingerprint::of(&self.0).fmt(f)
    }
}

impl Serialize for ShownKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.as_bytes()))
    }
}

/// From when until when a key is trusted, in Unix seconds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first second, if there is one.
    pub not_before: Option<i64>,
    /// The last second, if there is one.
    pub not_after: Option<i64>,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.not_before.map(words::date), self.not_after.map(words::date)) {
            (None, None) => f.write_str("at any time"),
            (Some(first), None) => write!(f, "from {first} on"),
            (None, Some(last)) => write!(f, "until {last}"),
            (Some(first), Some(last)) => write!(f, "from {first} to {last}"),
        }
    }
}

fn list(scopes: &[String]) -> String {
    let shown: Vec<_> = scopes.iter().map(|scope| words::one_line(scope)).collect();
    if shown.is_empty() { "nothing".into() } else { shown.join(", ") }
}

/// Returns the beginning of a sentence about one of several keys.
fn with(key: Option<&ShownKey>) -> String {
    key.map(|key| format!("with key {key} ")).unwrap_or_default()
}

fn key_of(key: &ShownKey, agent: Option<&AgentName>) -> String {
    agent.map_or_else(|| format!("key {key}"), |agent| format!("key {key} of {agent}"))
}

fn signer(key: &ShownKey, agent: Option<&AgentName>) -> String {
    agent.map_or_else(|| key.to_string(), ToString::to_string)
}
