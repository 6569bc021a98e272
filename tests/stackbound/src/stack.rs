//! The most stack that a function and all that it calls can take.
//!
//! An upper bound for code that was compiled: the frames of the deepest chain of calls, whether or
//! not a run ever takes it, with the caller's frame counted under a tail call too. Recursion and
//! calls through pointers have no bound and are errors.
//!
//! What it misses: exceptions, which take 32 bytes (104 with floating point, 8 more where alignment
//! wants it) and their handler's own bound, on top of whatever runs; what [`super::frame`] and
//! [`super::call_graph`] miss; and everything behind a function that the caller names to stop at.

use std::fmt;

use anyhow::{Result, bail};

use super::Image;
use super::call_graph::CallGraph;
use super::frame::frame;

/// The most stack in bytes, and the calls that take it.
#[derive(Debug)]
pub struct Bound {
    /// The frames of the chain together.
    pub bytes: u32,
    /// The functions from the entry down, each with the bytes of its own frame.
    pub chain: Vec<(String, u32)>,
}

/// The most stack that `entry` takes, its own frame included. `entry` is a demangled path or the
/// end of one.
///
/// A function is a leaf if its demangled name contains one of `stop_at`: its own frame counts, what
/// it calls does not. That is for what never returns and may take what stack it likes, such as a
/// panic handler.
///
/// # Errors
/// Recursion, a call through a pointer, a frame that cannot be read, or no function of that name.
pub fn bound(image: &Image, entry: &str, stop_at: &[&str]) -> Result<Bound> {
    let graph = CallGraph::of(image);
    let mut search =
        Search { image, graph, stop_at, states: vec![State::New; image.functions().len()], path: Vec::new() };
    let entry = image.function_named(entry)?;
    let bytes = search.depth(entry)?;
    Ok(Bound { bytes, chain: search.chain(entry)? })
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>6} bytes of stack, of which", self.bytes)?;
        self.chain.iter().try_for_each(|(name, frame)| writeln!(f, "{frame:>6} {name}"))
    }
}

struct Search<'a> {
    image: &'a Image,
    graph: CallGraph,
    stop_at: &'a [&'a str],
    states: Vec<State>,
    /// The functions whose depth is being sought, the outermost first.
    path: Vec<usize>,
}

#[derive(Clone, Copy)]
enum State {
    New,
    OnPath,
    Known { depth: u32, deepest: Option<usize> },
}

impl Search<'_> {
    /// The bytes from this function down.
    fn depth(&mut self, index: usize) -> Result<u32> {
        match self.states[index] {
            State::Known { depth, .. } => return Ok(depth),
            State::OnPath => {
                let from = self.path.iter().position(|caller| *caller == index).unwrap_or(0);
                bail!("recursion has no bound: {} -> {}", self.names(&self.path[from..]), self.name(index));
            }
            State::New => {}
        }
        self.states[index] = State::OnPath;
        self.path.push(index);
        let mut below = (0, None);
        if !self.stops(index) {
            let calls = self.graph.calls(index);
            if let Some(instruction) = calls.indirect.first() {
                bail!("a call through a pointer has no bound: {}, at {instruction}", self.names(&self.path));
            }
            for callee in calls.direct.iter().copied().collect::<Vec<_>>() {
                let depth = self.depth(callee)?;
                if depth >= below.0 {
                    below = (depth, Some(callee));
                }
            }
        }
        let depth = frame(self.image, &self.image.functions()[index])?.saturating_add(below.0);
        self.path.pop();
        self.states[index] = State::Known { depth, deepest: below.1 };
        Ok(depth)
    }

    fn chain(&self, entry: usize) -> Result<Vec<(String, u32)>> {
        let mut chain = Vec::new();
        let mut next = Some(entry);
        while let Some(index) = next {
            chain.push((self.name(index).to_owned(), frame(self.image, &self.image.functions()[index])?));
            next = match self.states[index] {
                State::Known { deepest, .. } => deepest,
                State::New | State::OnPath => None,
            };
        }
        Ok(chain)
    }

    fn stops(&self, index: usize) -> bool {
        let names = &self.image.functions()[index].names;
        names.iter().any(|name| self.stop_at.iter().any(|part| name.contains(part)))
    }

    fn name(&self, index: usize) -> &str {
        self.image.functions()[index].name()
    }

    fn names(&self, path: &[usize]) -> String {
        path.iter().map(|index| self.name(*index)).collect::<Vec<_>>().join(" -> ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "
00000000 <app::main>:
  0:\tpush\t{r7, lr}
  2:\tbl\t0x20 <app::shallow>
  6:\tbl\t0x30 <app::deep>
  a:\tpop\t{r7, pc}
00000020 <app::shallow>:
 20:\tsub\tsp, #0x8
 22:\tb\t0x40 <app::leaf>
00000030 <app::deep>:
 30:\tpush\t{r4, r5, r6, lr}
 32:\tbl\t0x40 <app::leaf>
 36:\tpop\t{r4, r5, r6, pc}
00000040 <app::leaf>:
 40:\tsub\tsp, #0x4
 42:\tadd\tsp, #0x4
 44:\tbx\tlr
00000050 <app::pointer>:
 50:\tpush\t{lr}
 52:\tblx\tr0
 54:\tpop\t{pc}
00000060 <app::ping>:
 60:\tpush\t{lr}
 62:\tbl\t0x70 <app::pong>
 66:\tpop\t{pc}
00000070 <app::pong>:
 70:\tb\t0x60 <app::ping>
00000080 <app::fails>:
 80:\tbl\t0x90 <app::panic>
 84:\tbx\tlr
00000090 <app::panic>:
 90:\tpush\t{r7, lr}
 92:\tbl\t0x50 <app::pointer>
";

    fn bound_of(entry: &str, stop_at: &[&str]) -> Result<Bound> {
        bound(&Image::of_listing(LISTING), entry, stop_at)
    }

    #[test]
    fn the_deepest_chain_counts() {
        let bound = bound_of("main", &[]).unwrap();
        assert_eq!(bound.bytes, 8 + 16 + 4);
        let chain: Vec<_> = bound.chain.iter().map(|(name, frame)| (name.as_str(), *frame)).collect();
        assert_eq!(chain, [("app::main", 8), ("app::deep", 16), ("app::leaf", 4)]);
    }

    #[test]
    fn a_tail_call_keeps_the_frame() {
        assert_eq!(bound_of("shallow", &[]).unwrap().bytes, 12);
    }

    #[test]
    fn recursion_is_named() {
        let error = bound_of("ping", &[]).unwrap_err().to_string();
        assert_eq!(error, "recursion has no bound: app::ping -> app::pong -> app::ping");
    }

    #[test]
    fn a_call_through_a_pointer_is_named() {
        let error = bound_of("fails", &[]).unwrap_err().to_string();
        assert!(error.contains("app::fails -> app::panic -> app::pointer, at 0x52: blx r0"), "{error}");
    }

    #[test]
    fn nothing_counts_behind_a_function_to_stop_at() {
        assert_eq!(bound_of("fails", &["panic"]).unwrap().bytes, 8);
    }
}
