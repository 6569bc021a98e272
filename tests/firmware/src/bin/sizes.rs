//! Prints what verification costs on each core, ready for the README.

use std::collections::BTreeMap;

use agentid_firmware_tests::Board;
use agentid_firmware_tests::figures::{Figures, grouped};
use anyhow::Result;

fn main() -> Result<()> {
    println!("| | {} |", Board::ALL.map(|board| format!("Cortex-{}", board.core)).join(" | "));
    println!("|---|{}", "---:|".repeat(Board::ALL.len()));
    let mut boards = Vec::new();
    for board in Board::ALL {
        boards.push(Figures::of(board)?);
    }
    let row = |what: &str, cell: &dyn Fn(&Figures) -> String| {
        println!("| {what} | {} |", boards.iter().map(cell).collect::<Vec<_>>().join(" | "));
    };
    for (function, what) in [("bare", "the bare signature check"), ("verify", "verify"), ("admit", "`Gate::admit`")] {
        row(&format!("{what}: flash, bytes"), &|board| number(&board.flash, function));
        row(&format!("{what}: stack, bound / seen, bytes"), &|board| {
            format!("{} / {}", number(&board.stack_bound, function), number(&board.stack_seen, function))
        });
        row(&format!("{what}: instructions"), &|board| number(&board.instructions, function));
        row(&format!("{what}: ms at 64 MHz"), &|board| format!("{:.0}", board.milliseconds_at_64_mhz(function)));
    }
    for (function, what) in [
        ("parse", "parse"),
        ("verify-expired", "verify, expired"),
        ("admit-refused", "`Gate::admit`, refused last before the signature check"),
        ("open-bundle", "opening a bundle of 16 issuers"),
        ("mint", "mint"),
    ] {
        row(&format!("{what}: instructions"), &|board| number(&board.instructions, function));
    }
    row("mint: stack seen, bytes", &|board| number(&board.stack_seen, "mint"));
    row("a gate, 16 issuers in flash, 64 slots: RAM, bytes", &|board| board.gate_ram.map_or("?".into(), grouped));
    Ok(())
}

fn number(figures: &BTreeMap<String, u64>, function: &str) -> String {
    figures.get(function).map_or("?".into(), |figure| grouped(*figure))
}
