//! `cargo xtask test`: one line per step, every failure collected, and two steps at a time where
//! they can.

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::arithmetic::{Arithmetic, OTHERS};
use crate::process::{Log, cargo, linting_cargo, output, target_dir};
use crate::{
    agreement, engines, firmware, fuzz, lowest, package, page, pages, setup, soak, systems, tidy, wasm, worker,
};

/// One step: what `test STEP` runs.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Log) -> Result<()>,
}

/// What has least of all. For the larger cores `firmware` builds, for WebAssembly `wasm`.
const BARE_TARGET: &str = "thumbv6m-none-eabi";

/// What one thread runs, in this order.
type Lane = &'static [Step];

/// A stage begins when the one before has ended; its lanes run at the same time. Compilers use all
/// cores by themselves, so what mostly waits for one core, such as an emulated board, stands beside
/// what compiles. No two lanes of a stage may write the same files.
const STAGES: &[&[Lane]] = &[
    &[&[Step { name: "setup", about: "installs what is missing", run: |_| set_up() }]],
    &[
        &[
            Step { name: "fmt", about: "the code is formatted", run: fmt },
            Step { name: "tidy", about: "the invariants of ARCHITECTURE.md hold", run: |_| tidy::check() },
            Step {
                name: "no-std",
                about: "the core compiles for Cortex-M0 with each backend, and no lint fires",
                run: no_std,
            },
            Step {
                name: "compiler",
                about: "core and gatekeeper compile with the oldest compiler that their manifests allow",
                run: lowest::compiler,
            },
            Step {
                name: "systems",
                about: "library and command for programs compile for Windows and macOS",
                run: systems::check,
            },
            Step {
                name: "test",
                about: "unit, vector, differential, property and doc tests; no lint fires in what they need",
                run: test,
            },
            Step {
                name: "wasm",
                about: "the same verdicts in Node, and the npm package within its budget",
                run: wasm::test,
            },
            Step {
                name: "worker",
                about: "the same verdicts in workerd, exact counts, a tool server",
                run: worker::test,
            },
            Step { name: "page", about: "the page and every vector in a real Chromium", run: page::test },
            Step {
                name: "package",
                about: "every package, used from its packed file in an empty project",
                run: package::test,
            },
            Step { name: "rustdoc", about: "the documentation of the API builds without a warning", run: rustdoc },
            Step {
                name: "docs",
                about: "every page: its links, and its commands in an empty folder",
                run: pages::test,
            },
            Step {
                name: "fuzz",
                about: "every known input again on stable, and 10 s per target of these and new ones",
                run: fuzz::test,
            },
        ],
        &[
            Step {
                name: "firmware",
                about: "the same verdicts on four emulated Cortex-M cores, within budget, without panics",
                run: firmware::test,
            },
            Step { name: "soak", about: "100,000 hostile inputs at a gate, no false admission", run: soak::test },
            Step {
                name: "features",
                about: "no feature or arithmetic changes a verdict: vectors, rule and own curve code again",
                run: features,
            },
        ],
    ],
    &[
        &[Step {
            name: "agreement",
            about: "2,000 random cases: the same verdict on every platform",
            run: agreement::test,
        }],
        &[Step { name: "demo", about: "every verdict of the demo is the one announced", run: demo }],
    ],
];

/// Steps that take too long for every change. `test --long` runs them after the others, one at a
/// time.
const LONG: &[Step] = &[
    Step {
        name: "lowest",
        about: "rule and vectors with the lowest and the newest patch version of each curve library",
        run: lowest::test,
    },
    Step { name: "windows", about: "the command is linked for Windows", run: systems::build },
    Step { name: "refused", about: "refused input costs no more than is claimed", run: refused },
];

/// Runs every step, and the long ones if asked to, and reports them all.
pub(crate) fn all(with_long: bool) -> Result<()> {
    println!("A step says so when it has ended; the first run compiles for minutes.");
    let started = Instant::now();
    let long: &[Lane] = if with_long { &[LONG] } else { &[] };
    let stages = || STAGES.iter().copied().chain([long]);
    let failed: Vec<&str> = stages().flat_map(stage).collect();
    println!("\n{:.0} s in all", started.elapsed().as_secs_f64());
    let run = stages().flatten().map(|lane| lane.len()).sum::<usize>();
    println!("{} passed, {} failed", run - failed.len(), failed.len());
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}; again with `cargo xtask test STEP`", failed.join(", "))
}

/// Runs one step, after set-up.
pub(crate) fn one(name: &str) -> Result<()> {
    let step = steps()
        .find(|step| step.name == name)
        .with_context(|| format!("no step is called {name}: try `cargo xtask test list`"))?;
    set_up()?;
    if report(step) { Ok(()) } else { bail!("failed: {name}") }
}

/// Names the steps.
pub(crate) fn list() {
    for step in steps() {
        println!("{:<9} {}", step.name, step.about);
    }
}

fn refused(log: &Log) -> Result<()> {
    log.run(cargo().args(["run", "--quiet", "-p", "xtask", "--", "bench", "refused"]))
}

fn steps() -> impl Iterator<Item = &'static Step> {
    STAGES.iter().copied().flatten().copied().flatten().chain(LONG)
}

/// Runs the lanes of a stage and names the steps that failed.
fn stage(lanes: &'static [Lane]) -> Vec<&'static str> {
    let run = |lane: Lane| -> Vec<&str> { lane.iter().filter(|step| !report(step)).map(|step| step.name).collect() };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = lanes.iter().map(|lane| scope.spawn(move || run(lane))).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_else(|_| vec!["a step that panicked"])).collect()
    })
}

/// Runs a step, prints its line, and its log where it fails.
fn report(step: &Step) -> bool {
    let started = Instant::now();
    let log = Log::new(step.name);
    let result = log.as_ref().map_err(|error| anyhow::anyhow!("no log: {error}")).and_then(step.run);
    let verdict = if result.is_ok() { "ok" } else { "FAILED" };
    let mut text =
        format!("{:<9} {verdict:<6} {:>4.0} s  {}\n", step.name, started.elapsed().as_secs_f64(), step.about);
    if let Err(error) = &result {
        text += &log.map_or_else(|_| String::new(), |log| log.text());
        text += &format!("{error:#}\n");
    }
    // In one piece, because another lane prints as well. A line that cannot be shown is no reason to
    // fail.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    result.is_ok()
}

fn set_up() -> Result<()> {
    setup::rust_components(&["clippy", "rustfmt"])?;
    setup::rust_targets(&[BARE_TARGET, wasm::TARGET])?;
    setup::c_compiler()?;
    // Here and not only where it is needed: two lanes cannot both ask the system for packages.
    setup::cxx_compiler()?;
    setup::strace()?;
    setup::softhsm()?;
    setup::ed25519_vectors()?;
    firmware::set_up()
}

fn fmt(log: &Log) -> Result<()> {
    log.run(cargo().args(["fmt", "--check"]))?;
    log.run(cargo().args(["fmt", "--check", "--manifest-path", fuzz::MANIFEST]))?;
    for manifest in firmware::MANIFESTS {
        log.run(cargo().args(["fmt", "--check", "--all", "--manifest-path", manifest]))?;
    }
    Ok(())
}

fn no_std(log: &Log) -> Result<()> {
    let lint = |features: &[&str], target: &[&str]| {
        let clippy = ["clippy", "-p", "agentid-nostd", "-p", "agentid-ed25519", "-p", "agentid-hash"];
        log.run(cargo().args(clippy).args(features).args(target).args(["--", "-D", "warnings"]))
    };
    for features in [
        "",
        "defmt",
        "backend-dalek",
        "backend-builtin",
        "backend-builtin,agentid-ed25519/_field-wide",
        "opt-size,backend-builtin-small",
        "heapless",
        "alloc",
        "serde",
    ] {
        lint(&["--features", features], &["--target", BARE_TARGET])?;
    }
    for backend in ["backend-builtin", "backend-dalek"] {
        lint(&["--no-default-features", "--features", backend], &["--target", BARE_TARGET])?;
        has_one_curve(backend)?;
    }
    // There is no entropy there, and no operating system.
    for features in ["getrandom", "alloc", "std"] {
        lint(&["--features", features], &[])?;
    }
    Ok(())
}

/// Checks that a backend alone brings no other curve library along.
fn has_one_curve(backend: &str) -> Result<()> {
    let tree = ["tree", "-p", "agentid-nostd", "--no-default-features", "--features", backend];
    let tree = output(cargo().args(tree).args(["-e", "normal", "--prefix", "none", "--target", BARE_TARGET]));
    let tree = tree.context("`cargo tree` failed")?;
    for library in ["ed25519-compact", "curve25519-dalek"] {
        let is_meant = backend == "backend-dalek" && library == "curve25519-dalek";
        ensure!(is_meant == tree.contains(library), "with {backend} alone the core depends on:\n{tree}");
    }
    Ok(())
}

/// All packages but the benchmarks of rivals, which take longer to build than everything else, and
/// the firmware, which has its own step, and the npm package, which is for WebAssembly. Always these,
/// so that what they depend on has the same features and is compiled once.
const TESTED: [&str; 14] = [
    "test",
    "--workspace",
    "--exclude",
    "agentid-bench",
    "--exclude",
    "agentid-firmware-tests",
    // Tested by themselves, with all of their features.
    "--exclude",
    "agentid-cli",
    "--exclude",
    "agentid-host",
    "--exclude",
    "agentid-service-bench",
    "--exclude",
    "agentid-wasm",
];

fn test(log: &Log) -> Result<()> {
    log.run(linting_cargo().args(TESTED).arg("--no-fail-fast"))?;
    // No other package enables what is behind their features.
    let host = ["--package", "agentid-host", "--package", "agentid-cli"];
    log.run(linting_cargo().arg("test").args(host).args(["--all-features", "--no-fail-fast"]))?;
    log.run(linting_cargo().args(["check", "--package", "agentid-cli"]))?;
    // A program that loads modules of others is a choice.
    let tree = output(cargo().args(["tree", "--package", "agentid-cli", "--edges", "normal", "--prefix", "none"]));
    let tree = tree.context("`cargo tree` failed")?;
    ensure!(!tree.contains("cryptoki"), "without its features the command depends on:\n{tree}");
    Ok(())
}

/// The other curve code must answer alike: a feature never changes a verdict, nor does the
/// arithmetic that a processor gets. With each arithmetic, emulated boards answer every vector as
/// well.
fn features(log: &Log) -> Result<()> {
    // All tests, and with the compiler itself: `test` has them from one that lints, and optimises a
    // little less.
    log.run(cargo().args(TESTED).args(["--features", "agentid-nostd/opt-size", "--tests"]))?;
    for backend in ["backend-builtin", "backend-dalek"] {
        let alone = ["test", "-p", "agentid-nostd", "--no-default-features", "--features", backend, "--lib"];
        log.run(cargo().args(alone))?;
    }
    for Arithmetic { feature, .. } in OTHERS {
        let field = ["--features", &format!("agentid-ed25519/{feature}"), "--lib", "--test", "ed25519"];
        log.run(cargo().args(TESTED).args(field))?;
    }
    Ok(())
}

fn rustdoc(log: &Log) -> Result<()> {
    let doc =
        ["doc", "--no-deps", "-p", "agentid-nostd", "-p", "agentid-ed25519", "-p", "agentid-hash", "--all-features"];
    log.run(cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    let doc = ["doc", "--locked", "--no-deps", "-p", "agentid-gatekeeper", "--manifest-path", firmware::MANIFESTS[0]];
    log.run(
        cargo().args(doc).env("CARGO_TARGET_DIR", target_dir().join("firmware")).env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn demo(log: &Log) -> Result<()> {
    engines::set_up(log)?;
    log.run(linting_cargo().args(["build", "--quiet", "-p", "agentid-cli"]))?;
    log.run(linting_cargo().args(["run", "--quiet", "-p", "agentid-demo"]))
}
