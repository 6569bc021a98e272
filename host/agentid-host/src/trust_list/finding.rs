//! One finding of the check of a list.

use std::fmt;

use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The finding deserves a look. The bundle is built.
    Warning,
    /// The bundle is not built.
    Error,
}

/// A finding of [`TrustList::check`](super::TrustList::check).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The name of the rule in kebab-case. It does not change between versions.
    pub name: &'static str,
    /// The sentence for people: what was found, and what to do.
    pub sentence: String,
}

impl Finding {
    pub(super) fn error(name: &'static str, sentence: String) -> Self {
        Self { severity: Severity::Error, name, sentence }
    }

    pub(super) fn warning(name: &'static str, sentence: String) -> Self {
        Self { severity: Severity::Warning, name, sentence }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {} [{}]", self.sentence, self.name)
    }
}
