//! What verification costs on a device: flash, stack, instructions, RAM.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use object::{Object as _, ObjectSection as _, ObjectSegment as _};

use crate::board::{Board, Curve, workspace};
use agentid_stackbound::{Image, stack};

/// The images that are weighed, and the function whose stack is bounded in each; the last only with
/// our own curve code.
const WEIGHED: [&str; 4] = ["bare", "verify", "admit", "precomputed"];

/// What never returns: what it needs of the stack no longer matters.
const NEVER_RETURN: [&str; 1] = ["rust_begin_unwind"];

/// The figures of one board.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Which board.
    pub board: Board,
    /// Bytes of flash over an image that does nothing, by function. Inputs are included: the token
    /// has 173 bytes, and `admit` also has a bundle of 16 issuers.
    pub flash: BTreeMap<String, u64>,
    /// The most stack that the function can take, in bytes, from the call graph of the image.
    pub stack_bound: BTreeMap<String, u64>,
    /// The stack that the function was seen to take in a run, in bytes, by the paint that was left.
    pub stack_seen: BTreeMap<String, u64>,
    /// Instructions of one call in a run.
    pub instructions: BTreeMap<String, u64>,
    /// Bytes of RAM of a gate with a bundle of 16 issuers in flash and a ledger of 64 slots, if it
    /// was measured.
    pub gate_ram: Option<u64>,
}

impl Figures {
    /// Builds, weighs and runs.
    ///
    /// # Errors
    /// Where an image does not build, cannot be analysed or does not run to its end.
    pub fn of(board: Board) -> Result<Self> {
        // Without any curve code, so that one serves for all.
        let nothing = flash(&board.with(Curve::Compact).build_bare("weigh-nothing")?)?;
        let (mut in_flash, mut stack_bound) = (BTreeMap::new(), BTreeMap::new());
        let weighed = match board.curve {
            Curve::Compact => &WEIGHED[..3],
            Curve::Builtin | Curve::BuiltinSmall => &WEIGHED[..],
            Curve::Dalek | Curve::Salty => &WEIGHED[..1],
        };
        for &function in weighed {
            let image = board.build_bare(&format!("weigh-{function}"))?;
            in_flash.insert(function.into(), flash(&image)? - nothing);
            let entry = format!("agentid_images::measured::{function}");
            let analysed = Image::load(&image)?;
            match stack::bound(&analysed, &entry, &NEVER_RETURN) {
                Ok(bound) => _ = stack_bound.insert(function.into(), bound.bytes.into()),
                // Its assembly cannot be followed.
                Err(_) if board.curve == Curve::Salty => {}
                Err(error) => return Err(error),
            }
            if function == "precomputed" {
                let bound = stack::bound(&analysed, "agentid_images::measured::load", &NEVER_RETURN)?;
                stack_bound.insert("load".into(), bound.bytes.into());
            }
        }
        let mut figures = Self {
            board,
            flash: in_flash,
            stack_bound,
            stack_seen: BTreeMap::new(),
            instructions: BTreeMap::new(),
            gate_ram: None,
        };
        figures.read(&board.run("measure", &workspace(), true)?)?;
        Ok(figures)
    }

    /// `KEY = NUMBER` lines.
    fn read(&mut self, log: &str) -> Result<()> {
        for (key, value) in log.lines().filter_map(|line| line.split_once(" = ")) {
            let value: u64 = value.parse().with_context(|| format!("{key} = {value}"))?;
            if let Some(function) = key.strip_suffix("-instructions") {
                self.instructions.insert(function.into(), value);
            } else if let Some(function) = key.strip_suffix("-stack") {
                self.stack_seen.insert(function.into(), value);
            } else if key == "gate-ram" {
                self.gate_ram = Some(value);
            }
        }
        Ok(())
    }
}

/// The figures of a whole image, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// Code, constants, and what statics begin with.
    pub flash: u64,
    /// Statics.
    pub static_ram: u64,
    /// The most stack from `main` on.
    pub stack_bound: u64,
}

impl Whole {
    /// Reads an image.
    ///
    /// # Errors
    /// Where it cannot be analysed.
    pub fn of(image: &Path) -> Result<Self> {
        let bound = stack::bound(&Image::load(image)?, "main", &NEVER_RETURN)?;
        Ok(Self { flash: flash(image)?, static_ram: static_ram(image)?, stack_bound: bound.bytes.into() })
    }
}

/// What an image takes of the flash, in bytes: code, constants, and what statics begin with.
///
/// # Errors
/// If it is no image.
pub fn flash(path: &Path) -> Result<u64> {
    let bytes = fs::read(path)?;
    let file = object::File::parse(&*bytes)?;
    Ok(file.segments().map(|segment| segment.file_range().1).sum())
}

/// What the statics of an image take of the RAM, in bytes.
fn static_ram(path: &Path) -> Result<u64> {
    let bytes = fs::read(path)?;
    let file = object::File::parse(&*bytes)?;
    let sections = [".data", ".bss", ".uninit"].map(|name| file.section_by_name(name));
    Ok(sections.iter().flatten().map(|section| section.size()).sum())
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or("?")).collect();
    groups.join(",")
}
