//! What an image logs: frames of defmt, whose texts stand in the image and not in the log.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use defmt_decoder::{DecodeError, Table};

/// The lines of a log. What the end is cut off from is left out.
pub(crate) fn decoded(image: &Path, log: &[u8]) -> Result<Vec<String>> {
    let table = Table::parse(&fs::read(image)?)?.context("the image does not log")?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(log);
    let mut lines = Vec::new();
    loop {
        match decoder.decode() {
            Ok(frame) => lines.push(frame.display_message().to_string()),
            Err(DecodeError::UnexpectedEof) => return Ok(lines),
            Err(DecodeError::Malformed) => bail!("the log is malformed after {lines:?}"),
        }
    }
}
