//! `targets/cortex-m/budgets.toml`, and whether the figures keep to it.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::board::workspace;
use crate::figures::Figures;

/// The reviewed file; it explains each figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// Verify over the bare signature check.
    pub over_bare: OverBare,
    /// On every core.
    pub everywhere: Everywhere,
    /// By core.
    pub core: BTreeMap<String, Core>,
    /// The gatekeeper on that board.
    pub nrf52840_dk: Whole,
}

/// What verification may cost over the bare signature check of the same library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverBare {
    /// Per hundred.
    pub verify_instructions_percent: f64,
    /// Bytes.
    pub verify_flash: u64,
    /// Bytes, both by the bound and as seen.
    pub verify_stack: u64,
}

/// Limits that are the same for every core.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// Instructions until the last refusal before the signature check.
    pub refused_instructions: u64,
    /// Bytes.
    pub stack_bound: u64,
    /// Bytes.
    pub stack_seen: u64,
    /// Bytes.
    pub gate_ram: u64,
}

/// What a core may take at most.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// Bytes over an image that does nothing.
    pub verify_flash: u64,
    /// The same.
    pub admit_flash: u64,
    /// Instructions.
    pub verify_instructions: u64,
    /// Instructions.
    pub admit_instructions: u64,
}

/// What a whole image may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whole {
    /// Bytes.
    pub flash: u64,
    /// Bytes of statics.
    pub static_ram: u64,
}

impl Budgets {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it is missing or not understood.
    pub fn read() -> Result<Self> {
        let path = workspace().join("budgets.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Every figure that is over its budget, or missing.
    pub fn faults(&self, figures: &Figures) -> Vec<String> {
        let core = figures.board.core;
        let Some(of_core) = self.core.get(core) else { return vec![format!("no budget for {core}")] };
        let figure =
            |figures: &BTreeMap<String, u64>, function: &str| figures.get(function).copied().unwrap_or(u64::MAX);
        let over_bare =
            |figures: &BTreeMap<String, u64>| figure(figures, "verify").saturating_sub(figure(figures, "bare"));
        let percent = self.over_bare.verify_instructions_percent / 100.0;
        let more_instructions = figure(&figures.instructions, "bare") as f64 * percent;
        let mut faults = Vec::new();
        let mut check = |what: &str, figure: u64, budget: u64| {
            if figure > budget {
                faults.push(format!("{core}: {what}: {figure}, budget {budget}"));
            }
        };
        check("instructions of verify over bare", over_bare(&figures.instructions), more_instructions as u64);
        check("flash of verify over bare", over_bare(&figures.flash), self.over_bare.verify_flash);
        check("stack bound of verify over bare", over_bare(&figures.stack_bound), self.over_bare.verify_stack);
        check("stack seen of verify over bare", over_bare(&figures.stack_seen), self.over_bare.verify_stack);
        let refused = ["verify-expired", "admit-refused"];
        for what in refused {
            check(what, figure(&figures.instructions, what), self.everywhere.refused_instructions);
        }
        for function in ["verify", "admit"] {
            check(
                &format!("stack bound of {function}"),
                figure(&figures.stack_bound, function),
                self.everywhere.stack_bound,
            );
            check(
                &format!("stack seen of {function}"),
                figure(&figures.stack_seen, function),
                self.everywhere.stack_seen,
            );
        }
        check("RAM of a gate", figures.gate_ram, self.everywhere.gate_ram);
        check("flash of verify", figure(&figures.flash, "verify"), of_core.verify_flash);
        check("flash of admit", figure(&figures.flash, "admit"), of_core.admit_flash);
        check("instructions of verify", figure(&figures.instructions, "verify"), of_core.verify_instructions);
        check("instructions of admit", figure(&figures.instructions, "admit"), of_core.admit_instructions);
        faults
    }
}
