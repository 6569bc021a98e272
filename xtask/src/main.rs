//! The repository's commands. `cargo xtask help` lists them.

mod agreement;
mod arithmetic;
mod bench;
mod coverage;
mod deny;
mod engines;
mod firmware;
mod fuzz;
mod lowest;
mod miri;
mod mutants;
mod package;
mod page;
mod pages;
mod plot;
mod process;
mod sbom;
mod setup;
mod soak;
mod supply;
mod systems;
mod test;
mod tidy;
mod wasm;
mod worker;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use process::cargo;

const HELP: &str = "\
cargo xtask COMMAND

  demo             the main job on real input: tokens of the published agentid-core, verified on every platform
  test [STEP]      everything, or one step; `test list` names the steps
  test --long      everything, and the steps that take too long for every change
  agreement [SEED] every vector and 2,000 random cases: the same verdict on every platform
  soak [MILLIONS]  random and mutated inputs at a gate under an oracle, 100 million unless told otherwise
  miri             unit tests, ledgers and a sample of the vectors under Miri (installs a nightly compiler)
  vectors          write tests/vectors/ anew
  emulate AUTHORITY BUNDLE [ADDRESS]
                   a device without a board: the gatekeeper on an emulated Cortex-M4F, its serial line on a socket
  worker AUTHORITY BUNDLE [PORT]
                   the example Worker on loopback
  page             the page that shows a token, on loopback
  wasm             the npm package, into wasm/dist/ and wasm/dist-builtin/
  sizes [CORE]     flash, stack and instructions on each Cortex-M core, or on M0, M3, M4F or M33
  bench [WHICH]    the benchmarks, side by side, with medians and ratios; `web` in Node; `service` for a
                   service of axum; `command` for `agentid verify` as a whole process; `dudect` for timing leaks;
                   `refused` for what refused input costs, in instructions
  fuzz [TARGET] [SECONDS]
                   every fuzz target, or one, for 60 s each unless told otherwise, and `signature` for as long again with
                   each other arithmetic of our own curve code (installs a nightly compiler)
  fuzz minimise [TARGET]
                   what was found goes into fuzz/corpus/, as few inputs as reach the same
  coverage         which lines of the core those inputs reach
  mutants [FILE...]
                   mistakes made on purpose in the core, each of which a test must notice (installs cargo-mutants)
  mutants curve    the same in our own curve code, with each arithmetic
  deny             licences, sources and wildcard versions of all dependencies (installs cargo-deny)
  sbom             what the core is made of, into target/ (installs cargo-cyclonedx)
  help             this text

Each command installs what it needs and is missing.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["demo"] => {
            setup::c_compiler()?;
            firmware::set_up()?;
            println!("Building; the first time takes a few minutes.\n");
            engines::set_up(&process::Log::new("demo-set-up")?)?;
            process::stream(cargo().args(["build", "--quiet", "--release", "-p", "agentid-cli"]))?;
            process::stream(cargo().args(["run", "--quiet", "--release", "-p", "agentid-demo"]))
        }
        ["test"] => test::all(false),
        ["test", "--long"] => test::all(true),
        ["test", "list"] => {
            test::list();
            Ok(())
        }
        ["test", step] => test::one(step),
        ["agreement"] => agreement::run(None),
        ["agreement", seed] => agreement::run(Some(seed)),
        ["soak", ref args @ ..] => soak::run(args),
        ["vectors"] => {
            process::stream(cargo().args(["run", "--quiet", "-p", "agentid-test-kit", "--bin", "vectors"]))
        }
        ["sizes", ref core @ ..] if core.len() <= 1 => {
            firmware::set_up()?;
            let sizes = ["run", "--quiet", "-p", "agentid-firmware-tests", "--bin", "sizes", "--"];
            process::stream(cargo().args(sizes).args(core))
        }
        ["emulate", authority, bundle, ref address @ ..] if address.len() <= 1 => {
            firmware::set_up()?;
            let emulate = ["run", "--quiet", "-p", "agentid-firmware-tests", "--bin", "emulate", "--", authority];
            process::replace(cargo().args(emulate).arg(std::path::absolute(bundle)?).args(address))
        }
        ["emulate", ..] => bail!("cargo xtask emulate AUTHORITY BUNDLE [ADDRESS]"),
        ["worker", authority, bundle] => worker::serve(authority, &std::path::absolute(bundle)?, "8787"),
        ["worker", authority, bundle, port] => worker::serve(authority, &std::path::absolute(bundle)?, port),
        ["worker", ..] => bail!("cargo xtask worker AUTHORITY BUNDLE [PORT]"),
        ["page"] => page::serve(),
        ["wasm"] => {
            let log = process::Log::new("wasm-build")?;
            wasm::build(&log)?;
            wasm::build_builtin(&log)
        }
        ["bench"] => bench::run(),
        ["bench", "web"] => bench::web(),
        ["mutants", "curve"] => mutants::curve(),
        ["mutants", ref files @ ..] => mutants::run(files),
        ["fuzz", "minimise"] => fuzz::minimise(None),
        ["fuzz", "minimise", target] => fuzz::minimise(Some(target)),
        ["fuzz", ref args @ ..] => {
            let (only, args) = match args {
                [first, rest @ ..] if first.parse::<u32>().is_err() => (Some(*first), rest),
                all => (None, all),
            };
            match args {
                [] => fuzz::run(only, fuzz::DEFAULT_SECONDS),
                [seconds] => fuzz::run(only, seconds.parse().context("SECONDS is a number")?),
                _ => bail!("cargo xtask fuzz [TARGET] [SECONDS]"),
            }
        }
        ["coverage"] => coverage::run(),
        ["miri"] => miri::run(),
        ["bench", "dudect"] => bench::dudect(),
        ["bench", "command"] => bench::process(),
        ["bench", "service"] => bench::service(),
        ["bench", "refused"] => bench::refused(),
        ["sbom"] => sbom::run(),
        ["deny"] => deny::run(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown command\n\n{HELP}"),
    }
}
