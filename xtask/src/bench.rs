//! `cargo xtask bench`: runs the benchmarks and prints medians and ratios, ready for the README.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Log, cargo, command, output, root, stream, target_dir, tools_dir};
use crate::{plot, setup, wasm};

/// The npm package beside the alternatives, in Node.
pub(crate) fn web() -> Result<()> {
    let log = Log::new("bench-web")?;
    wasm::build(&log)?;
    wasm::build_builtin(&log)?;
    let compact = wasm::build_compact(&log)?;
    let folder = root().join("bench/web");
    setup::npm_packages(&log)?;
    let printed = printed(wasm::node().arg("bench.mjs").current_dir(&folder).env("AGENTID_COMPACT", compact))?;
    plot::draw("Verification in Node 22, median", &printed, &folder.join("web.svg"))
}

/// Runs a program to its end, and shows and returns what it printed.
fn printed(program: &mut Command) -> Result<String> {
    let output = program.stderr(Stdio::inherit()).output().context("a benchmark")?;
    let printed = String::from_utf8(output.stdout)?;
    print!("{printed}");
    if output.status.success() { Ok(printed) } else { bail!("a benchmark: {}", output.status) }
}

/// Counts the instructions of refused input beside an accepted token. Fails if a claim does not
/// hold.
pub(crate) fn refused() -> Result<()> {
    setup::c_compiler()?;
    setup::valgrind()?;
    setup::rust_targets(&[wasm::TARGET])?;
    // As the npm package is compiled.
    let module = target_dir().join("refused");
    let mut build = cargo();
    build.args(["build", "--quiet", "--profile", "npm", "--target", wasm::TARGET, "-p", "agentid-refused", "--lib"]);
    build.args(["--features", "agentid-nostd/opt-size"]);
    stream(build.env("CARGO_TARGET_DIR", &module))?;
    let refused = ["run", "--quiet", "--profile", "bench", "-p", "agentid-refused", "--"];
    let built = module.join(wasm::TARGET).join("npm/agentid_refused.wasm");
    stream(cargo().args(refused).arg(built).arg(module.join("counts")))
}

/// An `axum` service behind our layer, beside the alternatives.
pub(crate) fn service() -> Result<()> {
    setup::c_compiler()?;
    // Not part of `test`, as for the other rivals.
    stream(cargo().args(["clippy", "--quiet", "-p", "agentid-service-bench", "--", "-D", "warnings"]))?;
    stream(cargo().args(["run", "--quiet", "--profile", "bench", "-p", "agentid-service-bench"]))
}

/// `agentid verify` as a whole process, beside the alternatives.
pub(crate) fn process() -> Result<()> {
    setup::cargo_tool("jwt-cli", "6.2.0")?;
    let published = tools_dir().join("published");
    let python = published.join("bin/python");
    if output(command(&python).args(["-c", "import agentid"])).is_none() {
        stream(command("python3").args(["-m", "venv"]).arg(&published))?;
        stream(command(&python).args(["-m", "pip", "install", "--quiet", "agentidentity-auth==0.1.0"]))?;
    }
    stream(cargo().args(["build", "--quiet", "--release", "-p", "agentid-cli"]))?;
    let programs = [target_dir().join("release/agentid"), tools_dir().join("bin/jwt"), python];
    stream(cargo().args(["run", "--quiet", "-p", "agentid-command-bench", "--"]).args(programs))
}

/// Whether minting takes a time that depends on the secret.
pub(crate) fn dudect() -> Result<()> {
    stream(cargo().args(["run", "--quiet", "--profile", "bench", "-p", "agentid-dudect"]))
}

/// The number of processes: the position of the stack in each moves some figures by a third.
const RUNS: usize = 7;

/// The results of one benchmark, in the order of the runs.
#[derive(Default)]
struct Measured {
    /// In nanoseconds.
    times: Vec<f64>,
    /// The ratio to the time that it is compared with.
    ratios: Vec<f64>,
}

/// By the name of the benchmark.
type Table = BTreeMap<String, Measured>;

/// Runs everything several times, so that the machine is the same for all, then compares.
pub(crate) fn run() -> Result<()> {
    setup::c_compiler()?;
    // Not part of `test`: the rivals take longer to build than everything else.
    stream(cargo().args(["clippy", "--quiet", "-p", "agentid-bench", "--all-targets", "--", "-D", "warnings"]))?;
    let results = target_dir().join("criterion");
    let (mut signatures, mut paired, mut all) = (Table::new(), Table::new(), Table::new());
    for run in 1..=RUNS {
        println!("run {run} of {RUNS}");
        let printed = quiet(&["--bench", "signature"])?;
        for row in printed.lines().filter_map(|line| line.strip_prefix("| ")) {
            let [name, time, ratio, ..] = row.split(" | ").collect::<Vec<_>>()[..] else { continue };
            let Some(time) = time.strip_suffix(" µs").and_then(|time| time.parse::<f64>().ok()) else { continue };
            let measured = signatures.entry(name.to_owned()).or_default();
            measured.times.push(time * 1e3);
            measured.ratios.push(ratio.trim_end_matches(" |").parse()?);
        }
        if results.exists() {
            fs::remove_dir_all(&results)?;
        }
        let short = ["--", "--warm-up-time", "0.5", "--measurement-time", "1"];
        let printed = quiet(&[&["--bench", "verify", "--bench", "admit"], &short[..]].concat())?;
        for line in printed.lines().filter_map(|line| line.strip_prefix("paired: ")) {
            let (name, ratio) = line.split_once(": ").context("a ratio")?;
            let ratio = ratio.split(' ').next().context("a ratio")?.parse()?;
            paired.entry(name.to_owned()).or_default().ratios.push(ratio);
        }
        let mut medians = BTreeMap::new();
        collect(&results, &mut medians)?;
        for ((group, name), nanos) in &medians {
            let measured = all.entry(format!("{group}: {name}")).or_default();
            measured.times.push(*nanos);
            // Groups without our own entry have no ratio.
            let ours = medians.get(&(group.clone(), "agentid-nostd".to_owned()));
            measured.ratios.extend(ours.map(|ours| nanos / ours));
        }
    }
    let signatures = table("one signature, against `Dalek`", &signatures);
    plot::draw(
        "One signature check on x86-64, share of the time of Dalek, median",
        &signatures,
        &root().join("bench/signature.svg"),
    )?;
    table("in turn: how long the one takes as a share of the other", &paired);
    table("against agentid-nostd", &all);
    Ok(())
}

/// Runs benchmarks and returns their output.
fn quiet(benches: &[&str]) -> Result<String> {
    let output = cargo().args(["bench", "--quiet", "-p", "agentid-bench"]).args(benches).output()?;
    if !output.status.success() {
        bail!("a benchmark: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Prints and returns medians, and of the ratios the quartiles and the ends. A claim holds if it
/// holds at both ends.
fn table(title: &str, rows: &Table) -> String {
    let mut text =
        format!("\n| {title}; {RUNS} runs | time | ratio | quartiles | all runs |\n|---|---:|---:|---:|---:|\n");
    for (name, Measured { times, ratios }) in rows {
        let time = spread(times).map_or_else(String::new, |[_, _, middle, ..]| duration(middle));
        let cells = spread(ratios).map_or_else(String::new, |[least, low, middle, high, most]| {
            format!("{middle:.2} | {low:.2} to {high:.2} | {least:.2} to {most:.2}")
        });
        text += &format!("| {name} | {time} | {cells} |\n");
    }
    print!("{text}");
    text
}

/// The least, the quartiles, and the most.
fn spread(values: &[f64]) -> Option<[f64; 5]> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some([0, 1, 2, 3, 4].map(|quarter| values[last * quarter / 4]))
}

/// Criterion keeps `new/benchmark.json` and `new/estimates.json` per benchmark.
fn collect(folder: &Path, medians: &mut BTreeMap<(String, String), f64>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.ends_with("new") {
            let id = json(&path.join("benchmark.json"))?;
            let nanos = json(&path.join("estimates.json"))?["median"]["point_estimate"].as_f64();
            let text = |key: &str| id[key].as_str().unwrap_or_default().to_owned();
            medians.insert((text("group_id"), text("function_id")), nanos.context("median")?);
        } else {
            collect(&path, medians)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

fn duration(nanos: f64) -> String {
    if nanos < 1_000.0 { format!("{nanos:.0} ns") } else { format!("{:.1} µs", nanos / 1e3) }
}
