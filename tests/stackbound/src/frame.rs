//! How many bytes of stack one function takes.
//!
//! Read twice, and the larger figure counts. The compiler's own is in `.stack_sizes`, which
//! `-Zemit-stack-sizes` makes; it has no record of assembly and of code that was compiled before
//! (the compiler's built-in functions), and misses the padding of a frame that is aligned to more
//! than 8 bytes, and room that is made for the arguments of one call. The instructions tell all
//! that, or are refused: everything that lowers the stack pointer is summed up, whichever path it
//! lies on. So the figure may be too high; it is too low only if a loop lowers the stack pointer.

use anyhow::{Context, Result, bail, ensure};

use super::disassembly::Instruction;
use super::{Function, Image};

/// The bytes of stack of one function, those of the functions it calls not counted.
pub(super) fn frame(image: &Image, function: &Function) -> Result<u32> {
    let record = image.frames.get(&function.start).copied().unwrap_or(0);
    let read = from_instructions(image, function)
        .with_context(|| format!("the stack frame of {} cannot be read", function.name()))?;
    Ok(read.max(record))
}

fn from_instructions(image: &Image, function: &Function) -> Result<u32> {
    ensure!(function.body.iter().any(|line| !line.is_data()), "it has no code");
    let mut bytes: u32 = 0;
    for (place, instruction) in function.body.iter().enumerate() {
        let lowered =
            lowered(image, &function.body[..place], instruction).with_context(|| instruction.to_string())?;
        bytes = bytes.checked_add(lowered).context("it is beyond 32 bits")?;
    }
    Ok(bytes)
}

/// By how many bytes an instruction lowers the stack pointer; 0 if it raises it.
fn lowered(image: &Image, before: &[Instruction], instruction: &Instruction) -> Result<u32> {
    let is = |stem| instruction.is(stem);
    let operands = instruction.operands.as_str();
    let on_sp = instruction.first_operand() == "sp";
    if is("push") || is("vpush") || (on_sp && (is("stmdb") || is("vstmdb"))) {
        return registers(instruction);
    }
    // Written back below: `str r0, [sp, #-8]!`.
    if instruction.mnemonic.contains("str") && operands.contains("[sp") && operands.ends_with("]!") {
        let offset = operands.rsplit_once('#').and_then(|(_, offset)| number(offset.trim_end_matches("]!")));
        return offset.map(raised_by_negative).context("its offset is unknown")?;
    }
    if is("msr") && ["msp", "psp", "control"].contains(&instruction.first_operand()) {
        bail!("it changes stacks");
    }
    let reads_only = instruction.mnemonic.starts_with("st") && !operands.starts_with("sp!")
        || ["cmp", "cmn", "tst", "teq"].iter().any(|stem| is(stem))
        || (instruction.mnemonic.starts_with("ldm") || is("vldmia"));
    if !on_sp || reads_only || instruction.is_data() {
        return Ok(0);
    }
    if from_frame_pointer(before, instruction) {
        return Ok(0);
    }
    let (middle, source) = operands.trim_start_matches("sp").rsplit_once(',').context("it has one operand")?;
    let source = source.trim();
    // `sub sp, #8` or `sub sp, sp, #8`.
    ensure!(
        ["", "sp"].contains(&middle.trim_start_matches(',').trim()),
        "it computes the stack pointer from something else"
    );
    let amount = match number(source.trim_start_matches('#')) {
        Some(amount) if source.starts_with('#') => amount,
        _ => literal(image, before, source).context("the register's value is unknown")?,
    };
    if is("sub") || is("subw") {
        raised_by_negative(-amount)
    } else if is("add") || is("addw") {
        raised_by_negative(amount)
    } else {
        bail!("it writes the stack pointer")
    }
}

/// Whether it computes the stack pointer from the frame pointer, `r7`. Compilers do so at the end
/// of a function alone, to go back up to the saved registers: `subs r6, r7, #0x7`, `subs r6, #0x5`,
/// `mov sp, r6`.
fn from_frame_pointer(before: &[Instruction], instruction: &Instruction) -> bool {
    let source = instruction.operands.split(',').nth(1).unwrap_or_default().trim();
    let is_set = |line: &Instruction| line.first_operand() == "r7" && line.operands.contains(", sp");
    let chain =
        before.iter().rev().take_while(|line| line.mnemonic.starts_with("sub") && line.first_operand() == source);
    let restored = source == "r7" || chain.last().is_some_and(|line| line.operands.contains(", r7, #"));
    restored && before.iter().any(is_set)
}

/// Bytes that adding this takes from the stack.
fn raised_by_negative(amount: i64) -> Result<u32> {
    Ok(u32::try_from((-amount).max(0))?)
}

/// The bytes of the registers between the braces.
fn registers(instruction: &Instruction) -> Result<u32> {
    let mut bytes = 0;
    for register in instruction.register_list() {
        ensure!(!register.contains('-'), "it has a range of registers");
        // `sp` and `s0` to `s31` are words, `d0` to `d31` are two.
        bytes += if register.starts_with('d') { 8 } else { 4 };
    }
    ensure!(bytes > 0, "it has no registers");
    Ok(bytes)
}

/// The value of a register that was just loaded with a literal: how ARMv6-M lowers the stack by
/// more than 508 bytes.
fn literal(image: &Image, before: &[Instruction], register: &str) -> Option<i64> {
    let load = before.iter().rev().find(|line| line.first_operand() == register)?;
    let offset = number(load.operands.split_once("[pc, #")?.1.strip_suffix(']')?)?;
    // The `pc` is 4 bytes ahead, rounded down to a word.
    let base = load.address.checked_add(4)? & !3;
    let word = image.word(base.checked_add(u32::try_from(offset).ok()?)?)?;
    (load.mnemonic == "ldr").then_some(i64::from(word.cast_signed()))
}

/// `0x1f4`, `-8`.
fn number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let value = match digits.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    Some(sign * value.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of a function of these lines, which lie 4 bytes apart.
    fn frame_of(lines: &[&str]) -> Result<u32> {
        let lines = lines.iter().enumerate().map(|(place, line)| format!("{:x}:\t{line}\n", 4 * place));
        let image = Image::of_listing(&format!("00000000 <f>:\n{}", lines.collect::<String>()));
        frame(&image, &image.functions()[0])
    }

    #[test]
    fn prologues_are_summed_up() {
        for (line, bytes) in [
            ("push\t{r4, r5, r7, lr}", 16),
            ("push.w\t{r8, r9}", 8),
            ("stmdb\tsp!, {r0, r1, r2}", 12),
            ("vpush\t{d8, d9}", 16),
            ("vpush\t{s16}", 4),
            ("sub\tsp, #0x1fc", 0x1fc),
            ("sub.w\tsp, sp, #0x2000", 0x2000),
            ("subw\tsp, sp, #0x4e4", 0x4e4),
            ("str\tlr, [sp, #-4]!", 4),
            ("strd\tr4, r5, [sp, #-16]!", 16),
            ("strlo\tr4, [sp, #-8]!", 8),
        ] {
            assert_eq!(frame_of(&[line, "push\t{lr}", "add\tsp, #0x10", "pop\t{pc}"]).unwrap(), bytes + 4, "{line}");
        }
    }

    #[test]
    fn what_only_reads_the_stack_pointer_is_free() {
        for line in [
            "mov\tr7, sp",
            "add\tr0, sp, #0x10",
            "str\tr0, [sp, #0x4]",
            "stm.w\tsp, {r0, r1}",
            "ldr\tr0, [sp], #4",
            "cmp\tsp, r0",
            "mrs\tr0, msp",
            "ldm.w\tsp, {r0, r1}",
            "strd\tr4, lr, [sp, #104]",
        ] {
            assert_eq!(frame_of(&[line, "bx\tlr"]).unwrap(), 0, "{line}");
        }
    }

    #[test]
    fn a_large_frame_is_in_a_literal() {
        let lines = [
            "push\t{r4, lr}",
            "ldr\tr4, [pc, #0xc]",
            "add\tsp, r4",
            "ldr\tr6, [pc, #0x8]",
            "add\tsp, r6",
            ".word\t0xfffffb00",
            ".word\t0x00000500",
        ];
        assert_eq!(frame_of(&lines).unwrap(), 8 + 0x500);
    }

    #[test]
    fn the_larger_of_record_and_instructions_counts() {
        let mut image = Image::of_listing("00000000 <f>:\n 0:\tsub\tsp, #0x10\n 2:\tbx\tlr\n");
        for (record, bytes) in [(8, 16), (24, 24)] {
            image.frames.insert(0, record);
            assert_eq!(frame(&image, &image.functions()[0]).unwrap(), bytes);
        }
    }

    #[test]
    fn the_frame_pointer_only_raises() {
        let start = ["push\t{r4, r6, r7, lr}", "add\tr7, sp, #0x8", "sub\tsp, #0x40"];
        for end in [
            ["subs\tr6, r7, #0x7", "subs\tr6, #0x5", "mov\tsp, r6"],
            ["nop", "subs\tr4, r7, #0x8", "mov\tsp, r4"],
            ["nop", "nop", "sub.w\tsp, r7, #0x8"],
        ] {
            assert_eq!(frame_of(&[start, end].concat()).unwrap(), 16 + 0x40, "{end:?}");
            assert!(frame_of(&end).is_err(), "nobody made r7 the frame pointer: {end:?}");
        }
        let aligned = ["mov\tr4, sp", "bfc\tr4, #0, #4", "mov\tsp, r4"];
        assert!(frame_of(&[start, aligned].concat()).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for line in [
            "mov\tsp, r6",
            "sub.w\tsp, sp, r4",
            "add\tsp, r4",
            "msr\tmsp, r0",
            "bic\tsp, sp, #0x7",
            "ldr\tsp, [r0]",
            "and\tsp, r1",
            "stm\tsp!, {r0}",
            "push\t{r4-r7}",
        ] {
            assert!(frame_of(&["movs\tr4, #0x8", line, "bx\tlr"]).is_err(), "{line}");
        }
        assert!(frame_of(&[".word\t0x0"]).is_err());
    }
}
