//! The same tokens on emulated Cortex-M boards.

use std::fs;

use agentid_firmware_tests::Board;
use agentid_firmware_tests::figures::grouped;
use agentid_nostd::{Error, PublicKey};
use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{Presented, verdict_name};

/// The smallest board, and the most common kind.
const BOARDS: [&str; 2] = ["M0", "M4F"];

/// Has each board verify what was presented, and says whether every verdict is the one announced.
pub(crate) fn show(trusted: &[PublicKey], presented: &[Presented], now: i64) -> Result<bool> {
    println!(
        "  {:<8} {:<4} {:<18} {:>12} {:>8}  what was presented",
        "platform", "code", "verdict", "instructions", "ms"
    );
    let folder = TempDir::new()?;
    fs::write(folder.path().join("tokens"), file(trusted, presented, now)?)?;
    let mut as_announced = true;
    for board in Board::ALL.into_iter().filter(|board| BOARDS.contains(&board.core)) {
        let log = board.run("demo", folder.path(), true)?;
        let lines: Vec<&str> = log.lines().take_while(|line| *line != "end").collect();
        ensure!(lines.len() == presented.len(), "{} answered {} times", board.core, lines.len());
        for (line, presented) in lines.iter().zip(presented) {
            let (code, instructions) = line.split_once(' ').context("code and instructions")?;
            let (code, instructions): (u8, u64) = (code.parse()?, instructions.parse()?);
            let name = verdict_name(code);
            let milliseconds = instructions as f64 / 64e3;
            println!(
                "  {:<8} {code:>4} {name:<18} {:>12} {milliseconds:>8.3}  {}",
                board.core,
                grouped(instructions),
                presented.what
            );
            as_announced &= code == presented.expected.err().map_or(0, Error::code);
        }
    }
    Ok(as_announced)
}

/// What the image expects: time, keys, tokens.
fn file(trusted: &[PublicKey], presented: &[Presented], now: i64) -> Result<Vec<u8>> {
    let mut bytes = now.to_be_bytes().to_vec();
    bytes.push(u8::try_from(trusted.len())?);
    bytes.extend(trusted.iter().flat_map(|key| *key.as_bytes()));
    for Presented { token, .. } in presented {
        bytes.extend(u16::try_from(token.len())?.to_be_bytes());
        bytes.extend(token);
    }
    Ok(bytes)
}
