//! The result of a verb: text for people, JSON for programs.

use std::io::{self, Write};

use serde_json::Value;

/// A result. `exit_code` is 1 for a verdict that refuses.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: Text,
    pub(crate) json: Value,
    pub(crate) exit_code: u8,
}

/// What is printed without `--json`.
#[derive(Debug)]
pub(crate) enum Text {
    /// Lines. A line break is added at the end.
    Lines(String),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

impl Answer {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: Text::Lines(text.into()), json, exit_code: 0 }
    }

    /// A verdict that refuses.
    pub(crate) fn refused(text: impl Into<String>, json: Value) -> Self {
        Self { exit_code: crate::failure::REFUSED, ..Self::new(text, json) }
    }

    pub(crate) fn print(&self, as_json: bool) -> io::Result<()> {
        // Colours go to a terminal alone, and not if `NO_COLOR` is set.
        let mut out = anstream::stdout().lock();
        match &self.text {
            _ if as_json => writeln!(out, "{}", self.json)?,
            Text::Lines(text) => writeln!(out, "{}", text.trim_end_matches('\n'))?,
            Text::Raw(bytes) => io::stdout().lock().write_all(bytes)?,
        }
        out.flush()
    }
}

/// A time in Unix seconds and as a date, if it has one.
pub(crate) fn time(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(date) => format!("{seconds} ({date})"),
        Err(_) => seconds.to_string(),
    }
}

/// Text of others without control characters, which could change what a terminal shows.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// Control characters, those that turn the direction of a text, and those that nobody sees.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_text() {
        assert_eq!(shown("é bot"), "é bot");
        assert_eq!(shown("a\u{1b}[2Kb\n\u{202e}c"), "a\\u{1b}[2Kb\\u{a}\\u{202e}c");
    }
}
