//! Names, times and durations as people read them.

use std::borrow::Cow;

use agentid_nostd::Fingerprint;
use jiff::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// Returns text that stays on one line and shows every character. A name of an agent may contain
/// characters that move the cursor of a terminal or turn the direction of writing.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Returns a time as RFC 3339 writes it, or its Unix seconds if its year has not four digits.
pub(super) fn time(unix_seconds: i64) -> String {
    let written = Timestamp::from_second(unix_seconds).ok().map(|time| time.to_string());
    written.filter(|text| text.len() == 20).unwrap_or_else(|| format!("{unix_seconds} (Unix seconds)"))
}

/// Returns the date alone for a midnight in UTC, and else the whole time.
pub(super) fn date(unix_seconds: i64) -> String {
    let text = time(unix_seconds);
    match text.strip_suffix("T00:00:00Z") {
        Some(date) if unix_seconds.rem_euclid(DAY_SECONDS) == 0 => date.to_owned(),
        _ => text,
    }
}

/// Returns a duration in the largest unit of which it is a whole number, such as `90 min`.
pub(super) fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let whole = units.into_iter().find(|(unit, _)| seconds != 0 && seconds.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "s"));
    format!("{} {name}", seconds / unit)
}

/// Returns an agent as `research-bot of phd-lab`.
pub(super) fn agent(name: &str, project: &str) -> String {
    format!("{} of {}", one_line(name), one_line(project))
}

/// Returns the short form of a key.
pub(super) fn key(key: &agentid_nostd::PublicKey) -> String {
    Fingerprint::of(key).to_string()
}

#[cfg(test)]
mod tests {
    use super::{agent, date, duration, one_line, time};

    #[test]
    fn times_are_written_as_rfc_3339_as_far_as_it_goes() {
        assert_eq!(time(1_790_000_000), "2026-09-21T14:13:20Z");
        assert_eq!(date(1_793_491_200), "2026-11-01");
        assert_eq!(date(1_793_491_201), "2026-11-01T00:00:01Z");
        assert_eq!(time(1_790_000_000_000), "1790000000000 (Unix seconds)");
        assert_eq!(time(-62_200_000_000), "-62200000000 (Unix seconds)", "before the year 0");
        assert_eq!(time(i64::MIN), "-9223372036854775808 (Unix seconds)");
    }

    #[test]
    fn durations_have_the_largest_whole_unit() {
        let shown = [0, 59, 60, 5_400, 3_600, 86_400, 90_000].map(duration);
        assert_eq!(shown, ["0 s", "59 s", "1 min", "90 min", "1 h", "1 d", "25 h"]);
    }

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line() {
        assert_eq!(one_line("tür-3"), "tür-3");
        assert_eq!(agent("a\nb", "\u{1b}[2J\u{202e}x"), "a\\nb of \\u{1b}[2J\\u{202e}x");
    }
}
