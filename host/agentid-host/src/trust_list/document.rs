//! Reads fields out of TOML. Each fault names line, field, the value found and the value to write.

use std::ops::Range;

use agentid_nostd::PublicKey;
use jiff::Timestamp;
use toml_edit::{Document, Item, Table};

use super::duration;
use super::error::{FileFault, TrustListError};

/// The longest excerpt of a file in a fault, in characters.
const MAX_EXCERPT_CHARS: usize = 80;

/// A field, and the value that belongs there.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) instead: &'static str,
}

/// A table of the text, whose fields are read one by one.
pub(super) struct Fields<'t> {
    text: &'t str,
    table: &'t Table,
    /// The header as it stands in the file; empty for the beginning of the file.
    header: &'static str,
}

impl<'t> Fields<'t> {
    /// The fields before the first header.
    pub(super) fn of_file(document: &'t Document<&'t str>) -> Self {
        Self { text: document.raw(), table: document.as_table(), header: "" }
    }

    /// The entries with this header, such as `[[agent]]`.
    pub(super) fn entries(&self, field: Field, header: &'static str) -> Result<Vec<Self>, TrustListError> {
        match self.table.get(field.name) {
            None => Ok(Vec::new()),
            Some(Item::ArrayOfTables(entries)) => {
                Ok(entries.iter().map(|table| Self { text: self.text, table, header }).collect())
            }
            Some(item) => Err(FieldValue { fields: self, field, item }.fault()),
        }
    }

    /// Rejects every other field.
    pub(super) fn only(&self, known: &[Field]) -> Result<(), TrustListError> {
        let is_known = |name: &str| known.iter().any(|field| field.name == name);
        let Some((name, item)) = self.table.iter().find(|(name, _)| !is_known(name)) else { return Ok(()) };
        let at = self.table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
        let names: Vec<&str> = known.iter().map(|field| field.name).collect();
        Err(self.fault(name, at, "an unknown field".into(), format!("one of {}", names.join(", "))))
    }

    /// Returns the value of a field that must be there.
    pub(super) fn required(&'t self, field: Field) -> Result<FieldValue<'t>, TrustListError> {
        let nothing = || self.fault(field.name, self.table.span(), "nothing".into(), field.instead.into());
        self.optional(field).ok_or_else(nothing)
    }

    /// Returns the value of a field that may be left out.
    pub(super) fn optional(&'t self, field: Field) -> Option<FieldValue<'t>> {
        self.table.get(field.name).map(|item| FieldValue { fields: self, field, item })
    }

    fn fault(&self, field: &str, at: Option<Range<usize>>, found: String, instead: String) -> TrustListError {
        let field = if self.header.is_empty() { field.to_owned() } else { format!("{} {field}", self.header) };
        // The table that is the whole file has no place of its own, and begins at line 1.
        let line = line_at(self.text, at.map_or(0, |at| at.start));
        TrustListError::File(Box::new(FileFault { file: None, line, field, found, instead }))
    }
}

/// The value of a field.
pub(super) struct FieldValue<'t> {
    fields: &'t Fields<'t>,
    field: Field,
    item: &'t Item,
}

impl<'t> FieldValue<'t> {
    /// The fault that this is not the value that belongs here.
    pub(super) fn fault(&self) -> TrustListError {
        let at = self.item.span();
        self.fault_at(at.clone(), excerpt(self.fields.text, at))
    }

    /// The same, with another description of the value.
    pub(super) fn fault_as(&self, found: &str) -> TrustListError {
        self.fault_at(self.item.span(), found.into())
    }

    fn fault_at(&self, at: Option<Range<usize>>, found: String) -> TrustListError {
        self.fields.fault(self.field.name, at, found, self.field.instead.into())
    }

    pub(super) fn text(&self) -> Result<&'t str, TrustListError> {
        self.item.as_str().ok_or_else(|| self.fault())
    }

    pub(super) fn flag(&self) -> Result<bool, TrustListError> {
        self.item.as_bool().ok_or_else(|| self.fault())
    }

    pub(super) fn number(&self) -> Result<u64, TrustListError> {
        self.item.as_integer().and_then(|number| u64::try_from(number).ok()).ok_or_else(|| self.fault())
    }

    /// Returns the texts of a list, each of which must be acceptable.
    pub(super) fn texts(&self, is_acceptable: fn(&str) -> bool) -> Result<Vec<String>, TrustListError> {
        let list = self.item.as_array().ok_or_else(|| self.fault())?;
        list.iter()
            .map(|value| {
                let text = value.as_str().filter(|text| is_acceptable(text));
                let fault = || self.fault_at(value.span(), excerpt(self.fields.text, value.span()));
                text.map(str::to_owned).ok_or_else(fault)
            })
            .collect()
    }

    /// Returns a key that is a point a signature can hold under.
    pub(super) fn key(&self) -> Result<PublicKey, TrustListError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(self.text()?, &mut bytes).map_err(|_| self.fault())?;
        PublicKey::from_bytes(&bytes).map_err(|_| self.fault_as("64 hex digits that are no public key"))
    }

    /// Returns a token id, of 16 hexadecimal digits.
    pub(super) fn token_id(&self) -> Result<u64, TrustListError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(self.text()?, &mut bytes).map_err(|_| self.fault())?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// Returns a duration between one second and `longest`, in seconds.
    pub(super) fn duration(&self, longest: u64) -> Result<u64, TrustListError> {
        let seconds = duration::parse(self.text()?).filter(|seconds| (1..=longest).contains(seconds));
        seconds.ok_or_else(|| self.fault())
    }

    /// Returns a time in whole Unix seconds.
    pub(super) fn time(&self) -> Result<i64, TrustListError> {
        let written = self.item.as_datetime().ok_or_else(|| self.fault())?;
        // TOML also knows times without a date or an offset, which are no points in time.
        let time: Timestamp = written.to_string().parse().map_err(|_| self.fault())?;
        if time.subsec_nanosecond() == 0 { Ok(time.as_second()) } else { Err(self.fault()) }
    }
}

/// Parses TOML.
pub(super) fn parse(text: &str) -> Result<Document<&str>, TrustListError> {
    Document::parse(text).map_err(|error| {
        TrustListError::File(Box::new(FileFault {
            file: None,
            line: line_at(text, error.span().map_or(0, |at| at.start)),
            field: "the text".into(),
            found: format!("no TOML ({})", error.message()),
            instead: "it as https://toml.io says".into(),
        }))
    })
}

/// Returns the number of the line in which a byte lies, counted from 1.
fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// Returns the beginning of what stands there.
fn excerpt(text: &str, at: Option<Range<usize>>) -> String {
    let found = at.and_then(|at| text.get(at)).unwrap_or("another kind of entry");
    let mut shown: String = found.chars().take(MAX_EXCERPT_CHARS).collect();
    if shown.len() < found.len() {
        shown.push_str(" ...");
    }
    shown
}
