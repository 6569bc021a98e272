//! What a board answers to vectors: the image `vectors` answers those in it, or a file of the
//! host's.

use std::collections::BTreeMap;
use std::fs;

use agentid_test_kit::vectors::{Answer, Record, answers, on_disk, parse, unescape};
use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use tempfile::TempDir;

use crate::{Board, NO_ROOM, workspace};

/// Answers each vector: `None` for one that the board has no room for.
///
/// # Errors
/// If the image does not come to its end, or a vector is neither on disk nor of a kind that a board
/// reads from a file.
pub fn answer(board: Board, questions: &[Record]) -> Result<Vec<Option<Answer>>> {
    let on_disk = on_disk_by_question()?;
    let is_known = |question: &&Record| on_disk.contains_key(&question.inputs);
    let in_image = if questions.iter().any(|question| is_known(&question)) { of_image(board)? } else { Vec::new() };
    let others: Vec<&Record> = questions.iter().filter(|question| !is_known(question)).collect();
    let mut of_others = of_file(board, &others)?.into_iter();
    let answers = questions.iter().map(|question| match on_disk.get(&question.inputs) {
        Some(Place::InImage(number)) => Ok(in_image.get(*number).context("the image has fewer vectors")?.clone()),
        Some(Place::NoRoom) => Ok(None),
        None => of_others.next().context("the image answered too few"),
    });
    answers.collect()
}

/// Where the answer of a vector on disk is.
enum Place {
    /// The image has it: all files but one, by name, then in their order.
    InImage(usize),
    NoRoom,
}

fn on_disk_by_question() -> Result<BTreeMap<Vec<(String, String)>, Place>> {
    let (mut places, mut number) = (BTreeMap::new(), 0);
    for (file, text) in on_disk() {
        for record in parse(&text).map_err(|error| anyhow!("{file}: line {}", error.line))? {
            if file == NO_ROOM {
                places.insert(record.inputs, Place::NoRoom);
            } else {
                places.insert(record.inputs, Place::InImage(number));
                number += 1;
            }
        }
    }
    Ok(places)
}

/// The answers to the vectors in the image.
fn of_image(board: Board) -> Result<Vec<Option<Answer>>> {
    answered(&board.run("vectors", &workspace(), false)?)
}

/// The answers to a file, as `targets/firmware/images/src/bin/vectors/cases.rs` reads it.
fn of_file(board: Board, questions: &[&Record]) -> Result<Vec<Option<Answer>>> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let mut file = Vec::new();
    for question in questions {
        let parts = encoded(question).with_context(|| question.name.clone())?;
        file.extend(u16::try_from(parts.len())?.to_be_bytes());
        file.extend(parts);
    }
    let folder = TempDir::new()?;
    fs::write(folder.path().join("cases"), file)?;
    let answers = answered(&board.run("vectors", folder.path(), false)?)?;
    ensure!(answers.len() == questions.len(), "the image answered {} of {}", answers.len(), questions.len());
    Ok(answers)
}

/// The answers in a log, if the image came to its end.
fn answered(log: &str) -> Result<Vec<Option<Answer>>> {
    let log = log.trim_end().strip_suffix("end").context("the image did not come to its end")?;
    let printed: String =
        log.lines().filter(|line| !line.starts_with("file ")).map(|line| format!("{line}\n")).collect();
    answers(&printed).map_err(Error::msg)
}

fn encoded(record: &Record) -> Result<Vec<u8>> {
    let mut parts = Parts(Vec::new());
    let required = |key: &str| record.input(key).with_context(|| format!("no {key}"));
    match required("op")? {
        "verify" => {
            parts.byte(1);
            parts.hex(required("token")?)?;
            parts.list(required("trusted")?.split(' ').filter(|key| !key.is_empty()))?;
            parts.number(required("now")?)?;
            parts.bytes(&unescape(required("required")?))?;
        }
        "gate" => {
            parts.byte(2);
            parts.hex(required("authority")?)?;
            parts.clock(required("clock")?)?;
            let (kind, number) = required("ledger")?.split_once(' ').context("two words")?;
            parts.byte(u8::from(kind == "filter"));
            parts.number(number)?;
            parts.option(record.input("since"))?;
            parts.list(record.all("bundle"))?;
            parts.list(record.all("token"))?;
            parts.calls(&record.all("call").collect::<Vec<_>>())?;
        }
        other => bail!("no device reads op {other} from a file"),
    }
    for key in ["clock-skew", "max-lifetime", "max-token-len"] {
        parts.option(record.input(key))?;
    }
    if record.input("op") == Some("gate") {
        parts.option(record.input("not-issued-before"))?;
        let policies = ["require-known", "allow-lower-bound", "allow-unknown"];
        parts.place(record.input("time-policy").unwrap_or(policies[0]), &policies)?;
        let countings = ["budget", "single-use"];
        parts.place(record.input("counting").unwrap_or(countings[0]), &countings)?;
    }
    Ok(parts.0)
}

/// The parts of a vector, one behind the other.
struct Parts(Vec<u8>);

impl Parts {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Signed or unsigned, in 8 bytes.
    fn number(&mut self, text: &str) -> Result<()> {
        let number = text.parse::<i64>().or_else(|_| text.parse::<u64>().map(u64::cast_signed))?;
        self.0.extend(number.to_be_bytes());
        Ok(())
    }

    fn option(&mut self, text: Option<&str>) -> Result<()> {
        self.byte(u8::from(text.is_some()));
        text.map_or(Ok(()), |text| self.number(text))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend(u16::try_from(bytes.len())?.to_be_bytes());
        self.0.extend(bytes);
        Ok(())
    }

    fn hex(&mut self, text: &str) -> Result<()> {
        self.bytes(&hex::decode(text)?)
    }

    fn list<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Result<()> {
        let texts: Vec<&str> = texts.collect();
        self.byte(u8::try_from(texts.len())?);
        texts.into_iter().try_for_each(|text| self.hex(text))
    }

    fn clock(&mut self, text: &str) -> Result<()> {
        match text.split_once(':') {
            None => self.byte(0),
            Some(("known", _)) => self.byte(1),
            Some(_) => self.byte(2),
        }
        text.split_once(':').map_or(Ok(()), |(_, time)| self.number(time))
    }

    /// The scopes of all calls, then the calls, each with the number of its own.
    fn calls(&mut self, calls: &[&str]) -> Result<()> {
        let words: Vec<Vec<&str>> = calls.iter().map(|call| call.split(' ').collect()).collect();
        let scopes_of = |words: &[&str]| if kind(words) == 0 { 2..words.len() } else { 2..2 };
        let scopes: Vec<&str> = words.iter().flat_map(|words| words[scopes_of(words)].iter().copied()).collect();
        self.byte(u8::try_from(scopes.len())?);
        for scope in scopes {
            self.bytes(&unescape(scope))?;
        }
        self.byte(u8::try_from(calls.len())?);
        for words in &words {
            let kind = kind(words);
            let (number, clock) = if kind == 0 { (words[0], words[1]) } else { (words[1], words[2]) };
            self.byte(kind);
            self.byte(number.parse::<u8>()?.checked_sub(1).context("counted from 1")?);
            self.clock(clock)?;
            self.byte(u8::try_from(scopes_of(words).len())?);
        }
        Ok(())
    }

    fn place(&mut self, word: &str, words: &[&str]) -> Result<()> {
        let place = words.iter().position(|other| *other == word).with_context(|| format!("no {word}"))?;
        self.byte(u8::try_from(place)?);
        Ok(())
    }
}

/// What happens at a gate, as `targets/firmware/images/src/bin/vectors/cases.rs` reads it.
fn kind(words: &[&str]) -> u8 {
    match words {
        ["bundle", ..] => 1,
        ["hand-over", .., "not-stored"] => 3,
        ["hand-over", ..] => 2,
        ["restart", ..] => 4,
        _ => 0,
    }
}
