//! Which function calls which: calls, tail calls, falling through, and where a pointer decides.
//!
//! Counted as direct: `bl`; any branch that leaves its function; running on into the next function.
//! Counted as staying inside: `tbb` and `tbh` on the `pc`, and `add pc` or `mov pc` with data
//! behind it, which is how LLVM writes a jump table of a `match` (ARMv6-M has no `tbb`); and `bl`
//! into the middle of its own function, which on ARMv6-M is a branch further than `b` reaches (2
//! KB). Everything else that writes the `pc` and is no return is indirect.
//!
//! What it misses: hand-written code may use these jumps otherwise, and may return to an address it
//! made up. A call that is the last instruction is taken for one that never returns, as a call of a
//! panic is. Exceptions and interrupts are calls that no instruction makes.

use std::collections::BTreeSet;

use super::Image;
use super::disassembly::Instruction;

/// The calls of every function of an image.
pub(super) struct CallGraph {
    calls: Vec<Calls>,
}

/// What one function calls.
#[derive(Default)]
pub(super) struct Calls {
    /// Places in [`Image::functions`].
    pub(super) direct: BTreeSet<usize>,
    /// Instructions whose target cannot be read.
    pub(super) indirect: Vec<String>,
}

/// Where an instruction may go besides on to the next.
#[derive(Debug, PartialEq, Eq)]
enum Transfer {
    None,
    Call(u32),
    Branch(u32),
    /// To a block of the same function.
    Table,
    Return,
    Indirect,
}

impl CallGraph {
    /// Reads all functions of an image.
    pub(super) fn of(image: &Image) -> Self {
        Self { calls: (0..image.functions().len()).map(|index| calls(image, index)).collect() }
    }

    /// What the function at this place in [`Image::functions`] calls.
    pub(super) fn calls(&self, function: usize) -> &Calls {
        &self.calls[function]
    }

    /// The places of the functions that call it directly.
    pub(super) fn callers(&self, function: usize) -> impl Iterator<Item = usize> {
        (0..self.calls.len()).filter(move |caller| self.calls[*caller].direct.contains(&function))
    }
}

fn calls(image: &Image, index: usize) -> Calls {
    let function = &image.functions()[index];
    let mut calls = Calls::default();
    if let Some(target) = function.names.iter().find_map(|name| thunk_target(name)) {
        match image.function_named(&format!("{:#}", rustc_demangle::demangle(target))) {
            Ok(callee) => _ = calls.direct.insert(callee),
            Err(_) => calls.indirect.push(format!("the thunk of {target}")),
        }
        return calls;
    }
    let leaves = |address: u32| !(function.start..function.end).contains(&address);
    for (place, instruction) in function.body.iter().enumerate() {
        let target = match transfer(instruction, function.body.get(place + 1)) {
            // To its own start it is recursion; to any other place in it, it is a branch that `b` does not reach.
            Transfer::Call(target) => (leaves(target) || target == function.start).then_some(target),
            Transfer::Branch(target) => leaves(target).then_some(target),
            Transfer::None | Transfer::Table | Transfer::Return => None,
            Transfer::Indirect => {
                calls.indirect.push(instruction.to_string());
                None
            }
        };
        match target.map(|target| image.function_at(target)) {
            Some(Some(callee)) => _ = calls.direct.insert(callee),
            Some(None) => calls.indirect.push(format!("{instruction}, where no function is")),
            None => {}
        }
    }
    let code: Vec<&Instruction> = function.body.iter().filter(|line| !line.is_data()).collect();
    let last = code.iter().rfind(|line| !is_padding(line)).or(code.last());
    if last.is_some_and(|last| runs_on(last)) && index + 1 < image.functions().len() {
        calls.direct.insert(index + 1);
    }
    calls
}

/// The symbol that a range extension thunk of the linker jumps to; lld makes the thunk's name of
/// it.
pub(super) fn thunk_target(name: &str) -> Option<&str> {
    let (kind, target) = name.split_once("Thunk_")?;
    kind.starts_with("__").then_some(target)
}

fn transfer(instruction: &Instruction, next: Option<&Instruction>) -> Transfer {
    let direct = |kind: fn(u32) -> Transfer| instruction.target().map_or(Transfer::Indirect, kind);
    let is = |stem| instruction.is(stem);
    let writes_pc = instruction.first_operand() == "pc";
    let lists_pc = instruction.register_list().any(|register| register == "pc");
    if instruction.is_data() {
        Transfer::None
    } else if is("bl") {
        direct(Transfer::Call)
    } else if is("b") || is("cbz") || is("cbnz") {
        direct(Transfer::Branch)
    } else if is("bx") || is("bxns") {
        if instruction.operands == "lr" { Transfer::Return } else { Transfer::Indirect }
    } else if is("blx") || is("blxns") || instruction.mnemonic == "<unknown>" {
        Transfer::Indirect
    } else if is("tbb") || is("tbh") {
        if instruction.operands.starts_with("[pc") { Transfer::Table } else { Transfer::Indirect }
    } else if is("pop") || (is("ldm") && instruction.operands.starts_with("sp!")) {
        if lists_pc { Transfer::Return } else { Transfer::None }
    } else if is("ldm") || is("ldmdb") {
        if lists_pc { Transfer::Indirect } else { Transfer::None }
    } else if !writes_pc {
        Transfer::None
    } else if (is("ldr") && instruction.operands.contains("[sp")) || (is("mov") && instruction.operands == "pc, lr") {
        Transfer::Return
    } else if (is("add") || is("mov")) && next.is_some_and(Instruction::is_data) {
        Transfer::Table
    } else {
        Transfer::Indirect
    }
}

/// What the assembler puts between code and a literal that must be aligned.
fn is_padding(line: &Instruction) -> bool {
    matches!((line.mnemonic.as_str(), line.operands.as_str()), ("nop", _) | ("mov", "r8, r8") | ("movs", "r0, r0"))
}

/// Whether the next instruction is run after this one, the last of a function.
fn runs_on(last: &Instruction) -> bool {
    // Spelled without a condition: under one, the next instruction may be run.
    let ends =
        ["b", "bl", "blx", "blxns", "bx", "bxns", "udf", "trap", "tbb", "tbh"].contains(&last.mnemonic.as_str());
    let returns = ["pop", "ldm", "ldr", "mov", "add"].contains(&last.mnemonic.as_str());
    !(ends || returns && transfer(last, None) != Transfer::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that the first function of a listing calls, and how many calls are indirect.
    fn calls_of_first(listing: &str) -> (Vec<String>, usize) {
        let image = Image::of_listing(listing);
        let graph = CallGraph::of(&image);
        let calls = graph.calls(0);
        let names = calls.direct.iter().map(|callee| image.functions()[*callee].name().to_owned());
        (names.collect(), calls.indirect.len())
    }

    #[test]
    fn calls_and_branches_that_leave_are_edges_and_loops_are_not() {
        let listing = "
00000000 <first>:
  0:\tpush\t{r7, lr}
  2:\tbl\t0x20 <called> @ imm = #0x1a
  6:\tbne\t0x2 <first+0x2>
  8:\tcbz\tr0, 0xc <first+0xc>
  a:\tbeq.w\t0x30 <branched>
  e:\tblge\t0x44 <inside+0x4>
 12:\tb\t0x0 <first>
00000020 <called>:
 20:\tbx\tlr
00000030 <branched>:
 30:\tbx\tlr
00000040 <inside>:
 40:\tnop
 42:\tnop
 44:\tbx\tlr
";
        assert_eq!(calls_of_first(listing), (vec!["called".into(), "branched".into(), "inside".into()], 0));
    }

    #[test]
    fn a_function_calls_itself_only_by_bl() {
        let listing = "00000000 <first>:\n 0:\tbl\t0x0 <first>\n 4:\tbx\tlr\n";
        assert_eq!(calls_of_first(listing), (vec!["first".into()], 0));
    }

    #[test]
    fn a_call_into_its_own_middle_is_a_long_branch() {
        let listing = "00000000 <first>:\n 0:\tbl\t0x4 <first+0x4>\n 4:\tbx\tlr\n";
        assert_eq!(calls_of_first(listing), (vec![], 0));
    }

    #[test]
    fn pointers_are_indirect() {
        for line in [
            "blx\tr3",
            "bxeq\tr1",
            "bx\tr12",
            "mov\tpc, r0",
            "ldr.w\tpc, [r0, r1, lsl #2]",
            "ldm\tr0, {r1, pc}",
            "tbb\t[r0, r1]",
            "bl\t0x100",
            "<unknown>",
        ] {
            let listing = format!("00000000 <first>:\n 0:\t{line}\n 4:\tbx\tlr\n");
            assert_eq!(calls_of_first(&listing), (vec![], 1), "{line}");
        }
    }

    #[test]
    fn returns_and_jump_tables_stay() {
        for line in [
            "bx\tlr",
            "bxne\tlr",
            "pop\t{r4, pc}",
            "pop.w\t{r4, r8, pc}",
            "ldm.w\tsp!, {r4, pc}",
            "ldr\tpc, [sp], #4",
            "mov\tpc, lr",
            "tbb\t[pc, r0]",
            "tbh\t[pc, r0, lsl #1]",
            "add\tpc, r0",
            "mov\tpc, r0",
        ] {
            let listing =
                format!("00000000 <first>:\n 0:\t{line}\n 4: 02 00 00 00 \t.word\t0x00000002\n 8:\tbx\tlr\n");
            assert_eq!(calls_of_first(&listing), (vec![], 0), "{line}");
        }
    }

    #[test]
    fn a_function_without_an_end_runs_into_the_next() {
        let ends = |last: &str| {
            calls_of_first(&format!("00000000 <a>:\n 0:\t{last}\n00000004 <b>:\n 4:\tbx\tlr\n")).0.is_empty()
        };
        assert!(!ends("nop") && !ends("popne\t{r4, pc}") && !ends("bxeq\tlr") && !ends("movs\tr0, #0x1"));
        assert!(ends("bx\tlr\n 2:\tmov\tr8, r8"), "padding behind the end");
        assert!(ends("b\t0x0 <a>") && ends("pop\t{r4, pc}") && ends("udf\t#0xfe") && ends("trap") && ends("bx\tlr"));
    }

    #[test]
    fn a_thunk_calls_what_it_is_named_after() {
        let listing = "
00000000 <__Thumbv7ABSLongThunk_far>:
  0:\tmovw\tr12, #0x1
  4:\tmovt\tr12, #0x2000
  8:\tbx\tr12
00000010 <far>:
 10:\tbx\tlr
";
        assert_eq!(calls_of_first(listing), (vec!["far".into()], 0));
    }
}
