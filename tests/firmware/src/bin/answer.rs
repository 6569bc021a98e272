//! `answer BOARD`: has an emulated board answer the vectors on standard input.

use agentid_firmware_tests::{Board, answer};
use agentid_test_kit::vectors::{parse, printed};
use anyhow::{Context, Result, anyhow};

fn main() -> Result<()> {
    let name = std::env::args().nth(1).context("answer BOARD")?;
    let mut boards = Board::with_each_curve();
    let board = boards.find(|board| board.to_string() == name).with_context(|| format!("no board {name}"))?;
    let text = std::io::read_to_string(std::io::stdin())?;
    let questions = parse(&text).map_err(|error| anyhow!("line {}", error.line))?;
    print!("{}", printed(&answer(board, &questions)?));
    Ok(())
}
