//! Puts the vectors and random cases to every platform, and stops at the first answer that is not
//! the host's.
//!
//! It proves that platforms agree, not that they are right: what is right, the tests of the core
//! say.

mod cases;
mod random;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use agentid_nostd::{Backend, Builtin, Compact, Dalek};
use agentid_test_kit::runners::Runner;
use agentid_test_kit::vectors::{Answer, answers, on_disk, write};
use anyhow::{Context, Error, Result, bail};
use cases::{Case, compare};

/// `agentid-agreement [--random-only] [SEED]`
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
    // An emulated board takes one core, so two platforms are asked at a time.
    let runners = Runner::all()?;
    let next = AtomicUsize::new(0);
    let ask = || -> Result<()> {
        while let Some(runner) = runners.get(next.fetch_add(1, Ordering::Relaxed)) {
            row(&runner.name, || compare(&runner.name, &all, &asked(runner, &all)?))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(ask);
        ask().and(other.join().unwrap_or_else(|_| bail!("a thread panicked")))
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

/// The answers of a platform. The expected ones are not given.
fn asked(runner: &Runner, cases: &[Case]) -> Result<Vec<Option<Answer>>> {
    let mut questions: Vec<_> = cases.iter().map(|case| case.record.clone()).collect();
    questions.iter_mut().for_each(|record| record.outputs.clear());
    answers(&runner.ask(&write("questions", &questions))?).map_err(Error::msg)
}

/// Runs a platform and prints its line of the table.
fn row(platform: &str, run: impl FnOnce() -> Result<usize>) -> Result<()> {
    let started = Instant::now();
    let same = run()?;
    println!("| {platform} | {same} | {same} | {:.0} |", started.elapsed().as_secs_f64());
    Ok(())
}

/// How often each code is expected. Cases that ask for nothing but refusals, or for few of them,
/// would show little.
fn codes(random: &[Case]) -> String {
    let mut seen = BTreeMap::<u8, usize>::new();
    for code in random.iter().flat_map(Case::codes) {
        *seen.entry(code).or_default() += 1;
    }
    let all: usize = seen.values().sum();
    let listed: Vec<String> = seen.iter().map(|(code, count)| format!("{code}: {count}")).collect();
    format!("{all} random cases, by code {}", listed.join(", "))
}
