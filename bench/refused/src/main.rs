//! The cost of the most expensive input of each code that is refused before the signature, beside
//! an accepted token. Callgrind counts instructions of the processor. An interpreter for
//! WebAssembly counts fuel, about one for each instruction. Both are the same in every run.
//!
//! It ends with an error if a claim does not hold. A token of an unknown issuer costs at most 1 %
//! of one that the default backend accepts. Any other token, as bytes, that is refused before the
//! signature costs at most 10 %. Text costs more: it is counted, and nothing is claimed of it.

mod cases;
mod native;
mod webassembly;

use std::collections::BTreeMap;
use std::path::Path;

use agentid_refused::{Curve, Door};
use anyhow::{Result, bail, ensure};

use crate::cases::{Case, UNKNOWN_ISSUER, cases};

/// The share of an accepted token that a claim allows, in percent.
fn allowed(code: u8, door: &str) -> f64 {
    match (code, door) {
        (_, "text") => f64::INFINITY,
        (UNKNOWN_ISSUER, _) => 1.0,
        _ => 10.0,
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        // Under callgrind.
        ["ask", curve] => native::ask_all(curve),
        [module, folder] => compare(Path::new(module), Path::new(folder)),
        _ => bail!("the path of the WebAssembly module, and a folder for counts"),
    }
}

fn compare(module: &Path, folder: &Path) -> Result<()> {
    let cases = cases();
    let mut curves = vec![Curve::Compact, Curve::Builtin];
    let module = webassembly::Module::read(module)?;
    let counts = curves.iter().map(|curve| Ok((*curve, module.counts(&cases, *curve)?))).collect::<Result<_>>()?;
    let in_webassembly = print("in WebAssembly", &cases, counts);
    curves.push(Curve::Dalek);
    let counts =
        curves.iter().map(|curve| Ok((*curve, native::counts(&cases, *curve, folder)?))).collect::<Result<_>>()?;
    let natively = print("natively", &cases, counts);
    ensure!(in_webassembly && natively, "a refusal costs more than claimed");
    Ok(())
}

/// Prints the counts of one kind of machine, and returns whether the claims hold there.
fn print(machine: &str, cases: &[Case], counts: Vec<(Curve, Vec<u64>)>) -> bool {
    println!("\n| {machine} | instructions | of one that `Compact` accepts |\n|---|---:|---:|");
    let mut accepted: BTreeMap<&str, u64> = BTreeMap::new();
    for (curve, counts) in &counts {
        for (case, cost) in cases.iter().zip(counts).filter(|(case, _)| case.code == 0) {
            println!("| accepted, {}, `{curve:?}` | {} | |", case.what, grouped(*cost));
            if *curve == Curve::Compact {
                accepted.insert(kind(case.door), *cost);
            }
        }
    }
    // Of the inputs for one code at one door, the most expensive. The backend does not matter: it
    // is not called.
    let mut worst: BTreeMap<(u8, &str), (u64, &Case)> = BTreeMap::new();
    for (case, cost) in
        counts.iter().flat_map(|(_, counts)| cases.iter().zip(counts)).filter(|(case, _)| case.code != 0)
    {
        let entry = worst.entry((case.code, kind(case.door))).or_insert((*cost, case));
        if *cost > entry.0 {
            *entry = (*cost, case);
        }
    }
    let mut all_hold = true;
    for ((code, door), (cost, case)) in worst {
        let share = cost as f64 / accepted[door] as f64 * 100.0;
        let holds = share <= allowed(code, door);
        let verdict = if holds { "" } else { ", MORE THAN CLAIMED" };
        println!("| {code}, {door}: {} | {} | {share:.2} %{verdict} |", case.what, grouped(cost));
        all_hold &= holds;
    }
    all_hold
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or("?")).collect();
    groups.join(",")
}

/// Doors with the same accepted token.
fn kind(door: Door) -> &'static str {
    match door {
        Door::Gate | Door::GateNow | Door::GateWithoutTime => "gate",
        Door::Verifier => "verifier",
        Door::Text => "text",
    }
}
