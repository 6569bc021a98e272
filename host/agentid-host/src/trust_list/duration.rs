//! Durations as the file writes them: `30d`, `12h`, `15m`, `90s`.

/// The units, from the longest to the shortest, with their seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Returns the seconds of a whole number with a unit behind it.
pub(super) fn parse(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let number = text.strip_suffix(unit)?;
    // `parse` would also take a sign.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

/// Writes seconds with the longest unit of which they are a whole number.
pub(super) fn write(seconds: u64) -> String {
    let whole = UNITS.into_iter().find(|(_, unit)| seconds != 0 && seconds.is_multiple_of(*unit));
    let (name, unit) = whole.unwrap_or(('s', 1));
    format!("{}{name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::{parse, write};

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, seconds) in [("30d", 2_592_000), ("12h", 43_200), ("15m", 900), ("90s", 90), ("0s", 0)] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "d",
            "30",
            "-1d",
            "+1d",
            "1.5h",
            "1 d",
            "1D",
            "1w",
            "é",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for seconds in [0, 1, 59, 60, 3_600, 5_400, 86_400, 34_560_000, u64::MAX] {
            assert_eq!(parse(&write(seconds)), Some(seconds));
        }
        assert_eq!(write(5_400), "90m");
    }
}
