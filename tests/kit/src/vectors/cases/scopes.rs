use super::super::format::{Record, escape};

/// Granted, required, whether the first covers the second.
const PAIRS: [(&str, &str, bool); 30] = [
    ("read:arxiv", "read:arxiv", true),
    ("read:arxiv", "read:pubmed", false),
    ("read:arxiv", "write:arxiv", false),
    ("read:arxiv", "read", false),
    ("read:arxiv", "read:arxiv:2024", false),
    ("read", "read:arxiv", false),
    ("*", "read", true),
    ("*", "read:arxiv:2024", true),
    ("*", "*", true),
    ("*:*", "read:arxiv", true),
    ("*:*", "read", false),
    ("*:*", "*", false),
    ("read:*", "read:arxiv", true),
    ("read:*", "read:*", true),
    ("read:*", "read", false),
    ("read:*", "read:arxiv:2024", false),
    ("*:arxiv", "read:arxiv", true),
    ("tools:*:search", "tools:arxiv:search", true),
    ("tools:*:search", "tools:arxiv:fetch", false),
    ("read:ar*", "read:arxiv", false),
    ("Read:arxiv", "read:arxiv", false),
    ("read:arxiv ", "read:arxiv", false),
    ("read:arxiv", "*", false),
    ("read:arxiv", "read:*", false),
    ("lesen:bücher", "lesen:bücher", true),
    ("*", "", false),
    ("*", "read::arxiv", false),
    ("*", "read:", false),
    ("", "", false),
    ("a\0", "a\0", false),
];

pub(super) fn records() -> Vec<Record> {
    let long = "s".repeat(255);
    let too_long = "s".repeat(256);
    let mut records: Vec<Record> = PAIRS
        .iter()
        .map(|(granted, required, covers)| {
            scope(format!("{} and {}", escape(granted), escape(required)), granted, required, *covers)
        })
        .collect();
    records.push(scope("255 bytes".into(), &long, &long, true));
    records.push(scope("256 bytes".into(), "*", &too_long, false));
    records
}

fn scope(name: String, granted: &str, required: &str, covers: bool) -> Record {
    Record::new(name, "scope")
        .with("granted", escape(granted))
        .with("required", escape(required))
        .expect("code", 0)
        .expect("covers", if covers { "yes" } else { "no" })
}
