//! `llvm-objdump`, and the instructions in what it prints.
//!
//! The text format is not a promise of LLVM's; a line that cannot be split is an error, never
//! skipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// One line of a listing: an instruction, or data such as `.word`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Where it lies.
    pub(super) address: u32,
    /// Without the width (`.w`, `.n`), with the condition: `bne`.
    pub(super) mnemonic: String,
    /// Without the comment.
    pub(super) operands: String,
}

/// The conditions as LLVM spells them.
const CONDITIONS: [&str; 14] = ["eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"];

impl Instruction {
    /// Whether it is this one, under any condition. `bls` is `b` if lower or same, not `bl`.
    pub(super) fn is(&self, stem: &str) -> bool {
        let condition = self.mnemonic.strip_prefix(stem);
        condition.is_some_and(|condition| condition.is_empty() || CONDITIONS.contains(&condition))
    }

    /// Whether it is data between code: literals, jump tables, padding.
    pub(super) fn is_data(&self) -> bool {
        self.mnemonic.starts_with('.')
    }

    /// Whether it is what the linker fills gaps between functions with: 0xd4d4, which is a `bmi` 84
    /// bytes back.
    pub(super) fn is_filler(&self) -> bool {
        self.mnemonic == "bmi" && self.target() == Some(self.address.wrapping_sub(84))
    }

    /// The address that a direct branch or call names.
    pub(super) fn target(&self) -> Option<u32> {
        // `r0, 0xd2 <main+0x12>`: the label is for people.
        let operands = self.operands.split('<').next()?;
        let (_, digits) = operands.rsplit_once("0x")?;
        u32::from_str_radix(digits.trim(), 16).ok()
    }

    /// The registers between the braces.
    pub(super) fn register_list(&self) -> impl Iterator<Item = &str> {
        let list =
            self.operands.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(list, _)| list);
        list.split(',').map(str::trim).filter(|register| !register.is_empty())
    }

    /// What stands before the first comma, a base register that is written back without its `!`.
    pub(super) fn first_operand(&self) -> &str {
        self.operands.split(',').next().unwrap_or_default().trim().trim_end_matches('!')
    }
}

impl std::fmt::Display for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#x}: {} {}", self.address, self.mnemonic, self.operands)
    }
}

/// What `llvm-objdump` of rustup's component `llvm-tools` says about a file.
pub(super) fn listing(path: &Path) -> Result<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let tools = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
    let listing = output(Command::new(tools.join("llvm-objdump")).args(["-d", "--no-show-raw-insn"]).arg(path))
        .context("`rustup component add llvm-tools` installs it")?;
    ensure!(listing.contains("elf32-littlearm"), "{} is not a little-endian ARM image", path.display());
    Ok(listing)
}

/// The instructions and data of a listing, by address.
pub(super) fn parse(listing: &str) -> Result<BTreeMap<u32, Instruction>> {
    let mut instructions = BTreeMap::new();
    for line in listing.lines() {
        // `  10a: <bytes, if data>\tbne\t0x106 <f+0x4> @ imm = #-0x8`; everything else is a heading or a
        // label.
        let Some((address, rest)) = line.split_once(':') else { continue };
        let Some((_, code)) = rest.split_once('\t') else { continue };
        let Ok(address) = u32::from_str_radix(address.trim(), 16) else { continue };
        let (mnemonic, operands) = code.split_once('\t').unwrap_or((code, ""));
        let mnemonic = mnemonic.trim().trim_end_matches(".w").trim_end_matches(".n");
        ensure!(!mnemonic.is_empty(), "the disassembler prints {line:?}");
        let operands = operands.split('@').next().unwrap_or_default().trim().replace('\t', " ");
        instructions.insert(address, Instruction { address, mnemonic: mnemonic.into(), operands });
    }
    ensure!(!instructions.is_empty(), "the disassembler found no code");
    Ok(instructions)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "
gate:\tfile format elf32-littlearm

Disassembly of section .text:

000000c0 <main>:
      c0:      \tbl\t0x136 <__pre_init>      @ imm = #0x72
      c4:      \tldr\tr0, [pc, #0x30]         @ 0xf8 <main+0x38>
      c6:      \tbeq.w\t0xd2 <main+0x12>     @ imm = #0x2
      ca:      \tcbz\tr0, 0xd2 <main+0x12>     @ imm = #0x2
      cc:      \tpush.w\t{r4, r5, r11, lr}
      d0: 00 40 00 20  \t.word\t0x20004000
      d4:      \tnop
";

    #[test]
    fn instructions_are_split_into_their_parts() {
        let listing = parse(LISTING).unwrap();
        assert_eq!(listing.len(), 7);
        let [call, load, branch, zero, push, word, nop] =
            [0xc0, 0xc4, 0xc6, 0xca, 0xcc, 0xd0, 0xd4].map(|address| &listing[&address]);
        assert_eq!((call.is("bl"), call.target()), (true, Some(0x136)));
        assert_eq!((load.first_operand(), load.operands.as_str()), ("r0", "r0, [pc, #0x30]"));
        assert_eq!((branch.mnemonic.as_str(), branch.is("b"), branch.target()), ("beq", true, Some(0xd2)));
        assert_eq!(zero.target(), Some(0xd2));
        assert_eq!(push.register_list().collect::<Vec<_>>(), ["r4", "r5", "r11", "lr"]);
        assert!(word.is_data() && !nop.is_data());
        assert_eq!(nop.operands, "");
    }

    #[test]
    fn conditions_are_not_mistaken_for_calls() {
        let is = |mnemonic: &str, stem| {
            Instruction { address: 0, mnemonic: mnemonic.into(), operands: String::new() }.is(stem)
        };
        for branch in ["b", "bls", "blt", "ble", "blo", "bhi"] {
            assert!(is(branch, "b") && !is(branch, "bl"), "{branch}");
        }
        for call in ["bl", "blge", "blls", "blle"] {
            assert!(is(call, "bl") && !is(call, "b"), "{call}");
        }
        assert!(!is("bic", "b") && !is("bkpt", "b") && !is("blx", "bl") && !is("bfi", "b"));
    }

    #[test]
    fn a_listing_without_code_is_an_error() {
        assert!(parse("gate:\tfile format elf32-littlearm\n").is_err());
    }
}
