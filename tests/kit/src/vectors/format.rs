//! The file format, described for readers in other languages in `tests/vectors/README.md`.

use std::fmt;

/// One vector: what goes in and what must come out, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Unique within its file.
    pub name: String,
    /// `key = value` lines.
    pub inputs: Vec<(String, String)>,
    /// `expect-key = value` lines, here without the prefix.
    pub outputs: Vec<(String, String)>,
}

const OUTPUT_PREFIX: &str = "expect-";

impl Record {
    /// A vector for one operation.
    pub fn new(name: impl Into<String>, op: &str) -> Self {
        Self { name: name.into(), inputs: Vec::new(), outputs: Vec::new() }.with("op", op)
    }

    /// Another value for an input.
    #[must_use]
    pub fn with_changed(mut self, key: &str, value: impl ToString) -> Self {
        let found = self.inputs.iter_mut().find(|(name, _)| name == key).expect("an input of this name");
        found.1 = value.to_string();
        self
    }

    /// Adds an input whose value is plain ASCII already.
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.inputs.push((key.into(), value.to_string()));
        self
    }

    /// Adds an expected output whose value is plain ASCII already.
    pub fn expect(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.outputs.push((key.into(), value.to_string()));
        self
    }

    /// The input of that name.
    pub fn input(&self, key: &str) -> Option<&str> {
        self.inputs.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// All inputs of that name, in the order of the file.
    pub fn all<'r>(&'r self, key: &'r str) -> impl Iterator<Item = &'r str> {
        self.inputs.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The expected output of that name.
    pub fn output(&self, key: &str) -> Option<&str> {
        self.outputs.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

/// Renders a file: what it is about, then its vectors.
pub fn write(about: &str, records: &[Record]) -> String {
    let mut text = String::new();
    for line in about.lines() {
        text += &format!("# {line}\n");
    }
    for record in records {
        text += &format!("\n[{}]\n", record.name);
        for (key, value) in &record.inputs {
            text += format!("{key} = {value}").trim_end();
            text += "\n";
        }
        for (key, value) in &record.outputs {
            text += format!("{OUTPUT_PREFIX}{key} = {value}").trim_end();
            text += "\n";
        }
    }
    text
}

/// A line that is no comment, no name and no `key = value`.
#[derive(Debug)]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
}

/// Reads a file.
///
/// # Errors
/// [`ParseError`] at the first line that does not fit the format.
pub fn parse(text: &str) -> Result<Vec<Record>, ParseError> {
    let mut records: Vec<Record> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let error = ParseError { line: index + 1 };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            records.push(Record { name: name.into(), inputs: Vec::new(), outputs: Vec::new() });
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(ParseError { line: index + 1 })?;
        let (key, value) = (key.trim(), value.trim().to_owned());
        let record = records.last_mut().ok_or(error)?;
        match key.strip_prefix(OUTPUT_PREFIX) {
            Some(key) => record.outputs.push((key.into(), value)),
            None => record.inputs.push((key.into(), value)),
        }
    }
    Ok(records)
}

/// Writes text so that it survives the format: what is not printable ASCII becomes `\xHH`, and so
/// do the backslash and the space, so that a list of scopes can be separated by spaces.
pub fn escape(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for &byte in bytes.as_ref() {
        if byte.is_ascii_graphic() && byte != b'\\' {
            text.push(byte as char);
        } else {
            text += &format!("\\x{byte:02x}");
        }
    }
    text
}

/// Undoes [`escape`].
///
/// # Panics
/// Where the text was not written by [`escape`].
pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend(rest[..at].bytes());
        bytes.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two hexadecimal digits"));
        rest = &rest[at + 4..];
    }
    bytes.extend(rest.bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Record, escape, parse, unescape, write};

    #[test]
    fn every_byte_survives_the_format() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all)), all);
        let record = Record::new("r", "x").with("text", escape(&all)).with("empty", "").expect("code", 0);
        assert_eq!(parse(&write("about\nit", std::slice::from_ref(&record))).expect("parses"), [record]);
    }

    #[test]
    fn a_line_outside_the_format_is_an_error() {
        assert_eq!(parse("# fine\n[a]\nkey value\n").expect_err("no equals sign").line, 3);
        assert_eq!(parse("key = value\n").expect_err("no name yet").line, 1);
    }
}
