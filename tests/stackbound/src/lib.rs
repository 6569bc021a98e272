//! Reads a linked Cortex-M image: its functions, their instructions, the sizes of their stack
//! frames.
//!
//! It wants the symbol table, which a stripped image lacks. Code is what lies under function
//! symbols: it misses code that is copied to RAM by hand, and takes the mapping symbols (`$t`,
//! `$d`) at their word as to what is code and what is data.

mod call_graph;
mod disassembly;
mod frame;
pub mod panics;
pub mod stack;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use disassembly::Instruction;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind, SymbolKind};

/// One image, disassembled.
pub struct Image {
    /// By address.
    functions: Vec<Function>,
    code: Vec<Section>,
    /// What the compiler wrote to `.stack_sizes`, by the address of the function.
    frames: BTreeMap<u32, u32>,
}

/// One function, under all the names it has.
pub struct Function {
    /// Demangled, in alphabetical order: aliases share an address, and identical functions may have
    /// been merged.
    pub names: Vec<String>,
    /// The address of the first instruction.
    pub start: u32,
    /// The address behind the last one. Behind it may lie literals and padding.
    pub end: u32,
    /// Instructions and data in the order of their addresses.
    pub(crate) body: Vec<Instruction>,
}

/// A section that can be executed.
struct Section {
    start: u32,
    bytes: Vec<u8>,
}

/// A name for an address.
struct Symbol {
    name: String,
    address: u32,
    /// 0 where it was not said, as in much assembly.
    size: u32,
}

impl Image {
    /// Reads and disassembles a file. This needs rustup's component `llvm-tools`.
    ///
    /// # Errors
    /// Where the tool is missing, or the file is no image with symbols.
    pub fn load(path: &Path) -> Result<Self> {
        let listing = disassembly::listing(path)?;
        let bytes = fs::read(path)?;
        Self::parse(&bytes, &listing).with_context(|| format!("{} cannot be analysed", path.display()))
    }

    fn parse(bytes: &[u8], listing: &str) -> Result<Self> {
        let file = object::File::parse(bytes)?;
        let mut code = Vec::new();
        for section in file.sections().filter(|section| section.kind() == SectionKind::Text && section.size() > 0) {
            code.push(Section { start: u32::try_from(section.address())?, bytes: section.data()?.to_vec() });
        }
        let mut symbols = Vec::new();
        for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition()) {
            symbols.push(Symbol {
                name: format!("{:#}", rustc_demangle::demangle(symbol.name()?)),
                // The lowest bit of a function's address says that it is Thumb code.
                address: u32::try_from(symbol.address())? & !1,
                size: u32::try_from(symbol.size())?,
            });
        }
        ensure!(!symbols.is_empty(), "it has no function symbols: was it stripped?");
        let frames = match file.section_by_name(".stack_sizes") {
            Some(section) => stack_sizes(section.data()?)?,
            None => BTreeMap::new(),
        };
        Ok(Self { functions: functions(symbols, &code, disassembly::parse(listing)?), code, frames })
    }

    /// All functions, by address.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The place in [`Self::functions`] of the function that has this address in it.
    pub fn function_at(&self, address: u32) -> Option<usize> {
        let index = self.functions.partition_point(|function| function.start <= address).checked_sub(1)?;
        (address < self.functions[index].end).then_some(index)
    }

    /// The place in [`Self::functions`] of the function of that name: all of its path, or the end
    /// of it.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn function_named(&self, name: &str) -> Result<usize> {
        let suffix = format!("::{name}");
        let exact = |function: &Function| function.names.iter().any(|known| known == name);
        let ending = |function: &Function| function.names.iter().any(|known| known.ends_with(&suffix));
        if let Some(index) = self.functions.iter().position(exact) {
            return Ok(index);
        }
        let mut found = (0..self.functions.len()).filter(|index| ending(&self.functions[*index]));
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (Some(one), Some(other)) => {
                bail!("{name} is both {} and {}", self.functions[one].name(), self.functions[other].name())
            }
            (None, _) => bail!("there is no function {name}: was it inlined?"),
        }
    }

    /// The word at an address in the code, such as a literal.
    fn word(&self, address: u32) -> Option<u32> {
        self.code.iter().find_map(|section| {
            let offset = usize::try_from(address.checked_sub(section.start)?).ok()?;
            Some(u32::from_le_bytes(*section.bytes.get(offset..)?.first_chunk()?))
        })
    }
}

impl Function {
    /// The first of its names.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// Gathers symbols of one address into a function and gives it its instructions.
fn functions(symbols: Vec<Symbol>, code: &[Section], listing: BTreeMap<u32, Instruction>) -> Vec<Function> {
    let mut by_address: BTreeMap<u32, (u32, Vec<String>)> = BTreeMap::new();
    for symbol in symbols {
        let (size, names) = by_address.entry(symbol.address).or_default();
        *size = symbol.size.max(*size);
        names.push(symbol.name);
    }
    let starts: Vec<u32> = by_address.keys().copied().collect();
    // Where the size is not known, a function reaches up to the next one or to the end of its section.
    let end_of_unsized = |start: u32| {
        let length = |section: &Section| u32::try_from(section.bytes.len()).unwrap_or(u32::MAX);
        let ends = code.iter().map(|section| (section.start, section.start.saturating_add(length(section))));
        let section = ends.filter(|(from, to)| (*from..*to).contains(&start)).map(|(_, to)| to);
        starts.iter().copied().filter(|next| *next > start).chain(section).min().unwrap_or(start)
    };
    let function = |(start, (size, mut names)): (u32, (u32, Vec<String>))| {
        let end = if size > 0 { start.saturating_add(size) } else { end_of_unsized(start) };
        let mut body: Vec<Instruction> = listing.range(start..end).map(|(_, line)| line.clone()).collect();
        while size == 0 && body.pop_if(|last| last.is_filler()).is_some() {}
        names.sort_unstable();
        names.dedup();
        Function { names, start, end, body }
    };
    by_address.into_iter().map(function).collect()
}

/// The records of `.stack_sizes`: the address of a function as a word, its frame in bytes as
/// ULEB128.
fn stack_sizes(mut bytes: &[u8]) -> Result<BTreeMap<u32, u32>> {
    let mut frames = BTreeMap::new();
    while let Some((address, rest)) = bytes.split_first_chunk() {
        let (frame, rest) = uleb128(rest)?;
        let largest = frames.entry(u32::from_le_bytes(*address) & !1).or_insert(0);
        *largest = frame.max(*largest);
        bytes = rest;
    }
    ensure!(bytes.is_empty(), ".stack_sizes ends in the middle of a record");
    Ok(frames)
}

/// An unsigned LEB128 number, and what follows it: DWARF 5, section 7.6.
fn uleb128(bytes: &[u8]) -> Result<(u32, &[u8])> {
    let mut value: u64 = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((u32::try_from(value)?, &bytes[place + 1..]));
        }
    }
    bail!(".stack_sizes has a number that does not end")
}

#[cfg(test)]
impl Image {
    /// An image out of a listing: each label is a function of unknown size, each `.word` a literal.
    fn of_listing(listing: &str) -> Self {
        let listed = disassembly::parse(listing).expect("the listing is one of llvm-objdump");
        let label = |line: &str| {
            let (address, name) = line.strip_suffix(">:")?.split_once(" <")?;
            Some(Symbol { name: name.into(), address: u32::from_str_radix(address, 16).ok()?, size: 0 })
        };
        let end = listed.keys().next_back().map_or(0, |last| last + 4);
        let mut bytes = vec![0; usize::try_from(end).expect("it is small")];
        for line in listed.values().filter(|line| line.mnemonic == ".word") {
            let word = u32::from_str_radix(line.operands.trim_start_matches("0x"), 16).expect("it is hexadecimal");
            let at = usize::try_from(line.address).expect("it is small");
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        let code = vec![Section { start: 0, bytes }];
        Self {
            functions: functions(listing.lines().filter_map(label).collect(), &code, listed),
            code,
            frames: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_sizes_are_read_with_and_without_the_thumb_bit() {
        let section = [
            0x18, 0x01, 0, 0, 0x18, // 24 bytes at 0x118
            0x45, 0x23, 0x01, 0, 0xe8, 0x02, // 360 bytes at 0x12344, which is Thumb code
        ];
        assert_eq!(stack_sizes(&section).unwrap(), BTreeMap::from([(0x118, 24), (0x12344, 360)]));
        assert!(stack_sizes(&section[..10]).is_err(), "the number does not end");
        assert!(stack_sizes(&section[..8]).is_err(), "the address does not end");
    }

    #[test]
    fn aliases_are_one_function_that_ends_at_the_next() {
        let symbol = |name: &str, address, size| Symbol { name: name.into(), address, size };
        let symbols =
            vec![symbol("SysTick", 4, 0), symbol("PendSV", 4, 0), symbol("main", 0, 2), symbol("last", 8, 0)];
        let code = [Section { start: 0, bytes: vec![0; 12] }];
        let functions = functions(symbols, &code, BTreeMap::new());
        let spans: Vec<_> =
            functions.iter().map(|function| (function.name(), function.start..function.end)).collect();
        assert_eq!(spans, [("main", 0..2), ("PendSV", 4..8), ("last", 8..12)]);
        assert_eq!(functions[1].names, ["PendSV", "SysTick"]);
    }

    #[test]
    fn filler_behind_assembly_is_no_code() {
        let image =
            Image::of_listing("00000100 <asm>:\n 100:\tbx\tlr\n 102:\tbmi\t0xae <x+0x2>\n 104:\tbmi\t0xb0 <x>\n");
        assert_eq!(image.functions()[0].body.len(), 1);
    }

    #[test]
    fn a_function_is_found_by_the_end_of_its_path_if_only_one_has_it() {
        let image = Image::of_listing(
            "00000000 <a::run>:\n 0:\tnop\n00000002 <b::run>:\n 2:\tnop\n00000004 <b::go>:\n 4:\tnop\n",
        );
        assert_eq!(image.function_named("go").unwrap(), 2);
        assert_eq!(image.function_named("b::run").unwrap(), 1);
        assert!(image.function_named("run").is_err());
        assert!(image.function_named("un").is_err());
    }
}
