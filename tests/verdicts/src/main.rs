//! Puts the vectors and random cases to every platform, and stops at the first answer that is not the host's.
//!
//! It proves that platforms agree, not that they are right: what is right, the tests of the core say.

mod boards;
mod cases;
mod random;

use std::collections::BTreeMap;
use std::time::Instant;

use agentid_firmware_tests::Board;
use agentid_nostd::{Backend, Builtin, Compact, Dalek};
use agentid_tests::engines::Engine;
use agentid_tests::vectors::{Answer, answers, on_disk, write};
use anyhow::{Context, Error, Result, bail};
use cases::{Case, compare};

/// `agentid-verdicts [--random-only] [SEED]`
fn main() -> Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let random_only = args.first().is_some_and(|arg| arg == "--random-only");
    args.drain(..usize::from(random_only));
    let seed = args.first().map_or_else(|| Ok(fastrand::u64(..)), |seed| seed.parse()).context("SEED is a number")?;

    let random = cases::written(&random::text(seed))?;
    println!("seed {seed}: {}", codes(&random));
    println!("\n| platform | cases | same | seconds |\n|---|---:|---:|---:|");
    let vectors = if random_only { Vec::new() } else { vectors()? };
    let all = [&vectors[..], &random].concat();
    on_host(Builtin, "host builtin", &all)?;
    on_host(Dalek, "host dalek", &all)?;
    for engine in Engine::ALL.iter().chain([&Engine::NODE_BUILTIN]) {
        row(engine.name, || compare(engine.name, &all, &asked(engine, &all)?))?;
    }
    // A board takes one core: two at a time. The first ones take longest.
    let boards: Vec<Board> = Board::with_each_curve().collect();
    let (some, others) = boards.split_at(boards.len().div_ceil(3));
    let ask = |boards: &[Board]| boards.iter().try_for_each(|board| on_board(*board, &vectors, &random));
    std::thread::scope(|scope| {
        let some = scope.spawn(|| ask(some));
        ask(others).and(some.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })
}

/// The row of a board: the vectors that it has room for, and the random cases.
fn on_board(board: Board, vectors: &[Case], random: &[Case]) -> Result<()> {
    let platform = board.to_string();
    row(&platform, || {
        let small: Vec<Case> = vectors.iter().filter(|case| boards::has_room(case)).cloned().collect();
        compare(&platform, &small, &boards::vectors(board, &small)?)?;
        let same = compare(&platform, random, &boards::random(board, random)?)?;
        Ok(same + cases::count(&small))
    })
}

/// Every vector on disk, with the answer of the host; `long.txt` among them.
fn vectors() -> Result<Vec<Case>> {
    let mut all = Vec::new();
    for (file, text) in on_disk() {
        all.extend(cases::parsed(&file, &text)?);
    }
    // What the host itself answers is the first row.
    on_host(Compact, "host", &all)?;
    Ok(all)
}

/// The row of the host with this backend.
fn on_host(backend: impl Backend + Copy, name: &str, cases: &[Case]) -> Result<()> {
    row(name, || compare(name, cases, &cases.iter().map(|case| case.on_host(backend)).collect::<Vec<_>>()))
}

/// The answers of an engine. The expected ones are not given.
fn asked(engine: &Engine, cases: &[Case]) -> Result<Vec<Option<Answer>>> {
    let mut questions: Vec<_> = cases.iter().map(|case| case.record.clone()).collect();
    questions.iter_mut().for_each(|record| record.outputs.clear());
    answers(&engine.ask("verdicts.mjs", &write("questions", &questions))?).map_err(Error::msg)
}

/// Runs a platform and prints its line of the table.
fn row(platform: &str, run: impl FnOnce() -> Result<usize>) -> Result<()> {
    let started = Instant::now();
    let same = run()?;
    println!("| {platform} | {same} | {same} | {:.0} |", started.elapsed().as_secs_f64());
    Ok(())
}

/// How often each code is expected. Cases that ask for nothing but refusals, or for few of them, would show little.
fn codes(random: &[Case]) -> String {
    let mut seen = BTreeMap::<u8, usize>::new();
    for code in random.iter().flat_map(Case::codes) {
        *seen.entry(code).or_default() += 1;
    }
    let all: usize = seen.values().sum();
    let listed: Vec<String> = seen.iter().map(|(code, count)| format!("{code}: {count}")).collect();
    format!("{all} random cases, by code {}", listed.join(", "))
}
