//! `cargo xtask agreement [SEED]`: one verdict on every platform.

use anyhow::Result;

use crate::process::{Log, cargo, linting_cargo, stream};
use crate::{engines, firmware, setup};

/// Every vector and 2,000 random cases.
pub(crate) fn run(seed: Option<&str>) -> Result<()> {
    setup::c_compiler()?;
    firmware::set_up()?;
    let log = Log::new("agreement-set-up")?;
    engines::set_up(&log)?;
    stream(cargo().args(["run", "--quiet", "-p", "agentid-agreement", "--"]).args(seed))
}

/// The random cases alone: every platform has a step of its own that runs the vectors.
pub(crate) fn test(log: &Log) -> Result<()> {
    engines::set_up(log)?;
    log.run(linting_cargo().args(["run", "--quiet", "-p", "agentid-agreement", "--", "--random-only"]))
}
