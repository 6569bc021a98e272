//! Prints what verification costs on each core, or on one, ready for the README.

use std::collections::BTreeMap;

use agentid_firmware_tests::figures::{Figures, grouped};
use agentid_firmware_tests::{Board, Curve};
use anyhow::{Result, ensure};

fn main() -> Result<()> {
    let only = std::env::args().nth(1);
    let asked = |board: &Board| only.as_ref().is_none_or(|core| core == board.core);
    let mut boards: Vec<Board> = Board::with_each_curve().chain(Board::with_each_rival()).filter(asked).collect();
    ensure!(!boards.is_empty(), "no core of this name: {:?}", Board::ALL.map(|board| board.core));
    boards.sort_by_key(|board| Board::ALL.iter().position(|other| other.core == board.core));
    let boards: Vec<Figures> = boards.into_iter().map(Figures::of).collect::<Result<_>>()?;
    println!(
        "| flash / stack / instructions | the signature check | the same, precomputed | `verify` | `Gate::admit` |"
    );
    println!("|---|---:|---:|---:|---:|");
    for figures in &boards {
        let cell = |function: &str| {
            let Figures { flash, stack_bound, instructions, .. } = figures;
            let measured = flash.contains_key(function);
            let cell = [flash, stack_bound, instructions].map(|figures| number(figures, function)).join(" / ");
            if measured { cell } else { String::new() }
        };
        let [bare, precomputed, verify, admit] = ["bare", "precomputed", "verify", "admit"].map(cell);
        println!("| Cortex-{} | {bare} | {precomputed} | {verify} | {admit} |", figures.board);
    }

    println!("\nLoading a precomputed key, once: stack, instructions");
    for figures in &boards {
        if figures.stack_bound.contains_key("load") {
            let [stack, instructions] = [&figures.stack_bound, &figures.instructions].map(|all| number(all, "load"));
            println!("Cortex-{}: {stack}, {instructions}", figures.board);
        }
    }
    // What is the same with each curve code, or nearly.
    let boards: Vec<Figures> = boards.into_iter().filter(|figures| figures.board.curve == Curve::Compact).collect();
    println!("\n| | {} |", boards.iter().map(|figures| figures.board.to_string()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---:|".repeat(boards.len()));
    let row = |what: &str, cell: &dyn Fn(&Figures) -> String| {
        println!("| {what} | {} |", boards.iter().map(cell).collect::<Vec<_>>().join(" | "));
    };
    for (function, what) in [("bare", "the signature check"), ("verify", "`verify`"), ("admit", "`Gate::admit`")] {
        row(&format!("{what}, stack seen"), &|figures| number(&figures.stack_seen, function));
    }
    for (function, what) in [
        ("parse", "parsing"),
        ("verify-expired", "`verify`, expired"),
        ("admit-refused", "`Gate::admit`, refused last before the signature check"),
        ("open-bundle", "opening a bundle of 16 issuers"),
        ("mint", "minting"),
    ] {
        row(&format!("{what}, instructions"), &|figures| number(&figures.instructions, function));
    }
    row("minting, stack seen", &|figures| number(&figures.stack_seen, "mint"));
    row("a gate, 16 issuers in flash, 64 slots: RAM", &|figures| figures.gate_ram.map_or("?".into(), grouped));
    Ok(())
}

fn number(figures: &BTreeMap<String, u64>, function: &str) -> String {
    figures.get(function).map_or("?".into(), |figure| grouped(*figure))
}
