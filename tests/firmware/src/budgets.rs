//! `targets/firmware/budgets.toml`, and whether the figures keep to it.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::board::workspace;
use crate::figures::{Figures, Whole};

/// The reviewed file; it explains each figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// Verify over the bare signature check.
    pub over_bare: OverBare,
    /// On every core.
    pub everywhere: Everywhere,
    /// By core and curve code, as [`Board`](crate::Board) writes them.
    pub core: BTreeMap<String, Core>,
    /// The gatekeeper on that board.
    pub nrf52840_dk: Image,
    /// By core, and by the name of the [`Snippet`](crate::Snippet).
    pub snippet: BTreeMap<String, BTreeMap<String, OfSnippet>>,
    /// The gatekeeper on the emulated Cortex-M0, which has 16 KB of RAM.
    pub gate_on_m0: Image,
}

/// What verification may cost over the bare signature check of the same library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverBare {
    /// Instructions.
    pub verify_instructions: u64,
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
    pub gate_ram: u64,
}

/// What a core may take at most.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// Bytes over an image that does nothing.
    pub bare_flash: u64,
    /// The same.
    pub verify_flash: u64,
    /// The same.
    pub admit_flash: u64,
    /// Bytes, both by the bound and as seen.
    pub bare_stack: u64,
    /// The same, of verify and admit.
    pub stack: u64,
    /// Instructions.
    pub bare_instructions: u64,
    /// Instructions.
    pub verify_instructions: u64,
    /// Instructions.
    pub admit_instructions: u64,
    /// For issuers that are known in advance, where there is code for them.
    pub precomputed: Option<Precomputed>,
}

/// What the bare signature check may take where multiples of the key are in flash.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precomputed {
    /// Bytes over an image that does nothing, the multiples among them.
    pub flash: u64,
    /// Bytes, by the bound.
    pub stack: u64,
    /// The same of comparing the multiples with the key, once.
    pub load_stack: u64,
    /// Instructions.
    pub instructions: u64,
}

/// The limits for a project made of the README's code, in bytes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfSnippet {
    /// The whole image in the release profile.
    pub flash: u64,
    /// The most stack from `main` on, in the dev profile.
    pub dev_stack: u64,
}

/// What a whole image may take, in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Code and constants.
    pub flash: u64,
    /// Statics.
    pub static_ram: u64,
    /// The most stack from `main` on.
    pub stack_bound: u64,
}

impl Image {
    /// Every figure that is over its budget.
    pub fn faults(&self, image: &str, whole: &Whole) -> Vec<String> {
        let figures = [
            ("flash", whole.flash, self.flash),
            ("static RAM", whole.static_ram, self.static_ram),
            ("stack bound", whole.stack_bound, self.stack_bound),
        ];
        let over = figures.into_iter().filter(|(_, figure, budget)| figure > budget);
        over.map(|(what, figure, budget)| format!("{image}: {what}: {figure}, budget {budget}")).collect()
    }
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
        let core = figures.board.to_string();
        let Some(of_core) = self.core.get(&core) else { return vec![format!("no budget for {core}")] };
        let mut faults = Vec::new();
        let mut check = |what: &str, figure: Option<u64>, budget: Option<u64>| match (figure, budget) {
            (Some(figure), Some(budget)) if figure <= budget => {}
            (Some(figure), Some(budget)) => faults.push(format!("{core}: {what}: {figure}, budget {budget}")),
            (None, _) => faults.push(format!("{core}: {what}: not measured")),
            (_, None) => faults.push(format!("{core}: {what}: no budget")),
        };
        let Figures { flash, stack_bound, stack_seen, instructions, .. } = figures;
        let get = |figures: &BTreeMap<String, u64>, function: &str| figures.get(function).copied();
        let over_bare = |figures| Some(get(figures, "verify")?.saturating_sub(get(figures, "bare")?));
        let over = &self.over_bare;
        check("instructions of verify over bare", over_bare(instructions), Some(over.verify_instructions));
        check("flash of verify over bare", over_bare(flash), Some(over.verify_flash));
        check("stack bound of verify over bare", over_bare(stack_bound), Some(over.verify_stack));
        check("stack seen of verify over bare", over_bare(stack_seen), Some(over.verify_stack));
        for what in ["verify-expired", "admit-refused"] {
            check(what, get(instructions, what), Some(self.everywhere.refused_instructions));
        }
        for (function, budget) in [("bare", of_core.bare_stack), ("verify", of_core.stack), ("admit", of_core.stack)]
        {
            let [bound, seen] = ["bound", "seen"].map(|what| format!("stack {what} of {function}"));
            check(&bound, get(stack_bound, function), Some(budget));
            check(&seen, get(stack_seen, function), Some(budget));
        }
        check("RAM of a gate", figures.gate_ram, Some(self.everywhere.gate_ram));
        check("flash of bare", get(flash, "bare"), Some(of_core.bare_flash));
        check("flash of verify", get(flash, "verify"), Some(of_core.verify_flash));
        check("flash of admit", get(flash, "admit"), Some(of_core.admit_flash));
        check("instructions of bare", get(instructions, "bare"), Some(of_core.bare_instructions));
        check("instructions of verify", get(instructions, "verify"), Some(of_core.verify_instructions));
        check("instructions of admit", get(instructions, "admit"), Some(of_core.admit_instructions));
        let precomputed = of_core.precomputed.as_ref();
        if precomputed.is_some() || flash.contains_key("precomputed") {
            check(
                "flash of precomputed",
                get(flash, "precomputed"),
                precomputed.map(|precomputed| precomputed.flash),
            );
            check(
                "stack bound of precomputed",
                get(stack_bound, "precomputed"),
                precomputed.map(|precomputed| precomputed.stack),
            );
            check(
                "stack bound of load",
                get(stack_bound, "load"),
                precomputed.map(|precomputed| precomputed.load_stack),
            );
            check(
                "instructions of precomputed",
                get(instructions, "precomputed"),
                precomputed.map(|precomputed| precomputed.instructions),
            );
        }
        faults
    }
}
