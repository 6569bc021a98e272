//! Which functions can panic: those that call a function of `core` that ends in the panic handler.
//!
//! Followed backwards from the panic handler through functions of `core` alone; the first function
//! on the way that is not of `core` is the caller. So a check in `<[u8]>::copy_from_slice` is
//! reported for the function that copies.
//!
//! What it misses: a call through a pointer, as in `core::fmt`; and inlining moves a panic into the
//! function that it is inlined into, which may be of another crate than the line that panics. That
//! a caller is found does not mean that it ever panics: the compiler could not prove that it does
//! not.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::Image;
use super::call_graph::{CallGraph, thunk_target};

/// Every function outside `core` that can panic, and the function of `core` it calls for that,
/// sorted. A function with several names is there once under each.
pub fn panic_callers(image: &Image) -> Vec<(String, String)> {
    let graph = CallGraph::of(image);
    let functions = image.functions();
    let passes =
        |index: usize| functions[index].names.iter().any(|name| thunk_target(name).is_some() || is_core(name));
    let mut panicking: BTreeSet<usize> = BTreeSet::new();
    let mut next: Vec<usize> =
        (0..functions.len()).filter(|index| functions[*index].names.iter().any(|name| is_root(name))).collect();
    let mut found = BTreeSet::new();
    while let Some(callee) = next.pop() {
        if !panicking.insert(callee) {
            continue;
        }
        let callers: Vec<usize> = graph.callers(callee).collect();
        // Nobody calls it directly: only a pointer can reach it. Better named than lost.
        if callers.is_empty() {
            found.insert((callee, callee));
        }
        for caller in callers {
            if passes(caller) {
                next.push(caller);
            } else {
                found.insert((caller, callee));
            }
        }
    }
    let names = |(caller, callee): (usize, usize)| {
        let callee = functions[callee].name();
        functions[caller].names.iter().map(move |name| (name.clone(), callee.to_owned()))
    };
    let rows: BTreeSet<(String, String)> = found.into_iter().flat_map(names).collect();
    rows.into_iter().collect()
}

/// Fails with every function that can panic and whose path begins with none of `allowed`.
///
/// # Errors
/// The list of those functions.
pub fn check(image: &Image, allowed: &[&str]) -> Result<()> {
    let callers = panic_callers(image);
    let faults: Vec<String> = callers
        .iter()
        .filter(|(caller, _)| !allowed.iter().any(|start| path(caller).starts_with(start)))
        .map(|(caller, callee)| format!("{caller} can panic, in {callee}"))
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

/// Where the body of a function stands: `a::B::f` for `<a::B<c::D> as e::F>::f`. What stands in
/// angle brackets says with which types it was made, not whose code it is.
fn path(name: &str) -> String {
    let (of_type, rest) = match name.strip_prefix('<') {
        Some(inner) => split_at_closing(inner),
        None => ("", name),
    };
    let of_type = of_type.split(" as ").next().unwrap_or_default().trim_start_matches(['&', '*']);
    let mut path = String::new();
    let (mut depth, mut previous) = (0_usize, ' ');
    for c in of_type.chars().chain(rest.chars()) {
        match c {
            '<' => depth += 1,
            // The arrow of `fn() -> u8` closes nothing.
            '>' if previous != '-' => depth = depth.saturating_sub(1),
            c if depth == 0 => path.push(c),
            _ => {}
        }
        previous = c;
    }
    path
}

/// What stands before the bracket that closes the first one, and what stands behind it.
fn split_at_closing(inner: &str) -> (&str, &str) {
    let mut depth = 1_usize;
    for (at, c) in inner.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if !inner[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&inner[..at], &inner[at + 1..]);
        }
    }
    (inner, "")
}

/// Where panics end. The handler itself may have been inlined into `core::panicking::panic_fmt`, or
/// the other way round.
fn is_root(name: &str) -> bool {
    name.ends_with("rust_begin_unwind") || name.starts_with("core::panicking::")
}

/// Whether the body of a function stands in `core`: `core::...`, a method of a primitive type or of
/// one of `core`, or a trait of `core` for such a type. Demangled names do not say which crate an
/// `impl` stands in, so that `impl core::ops::Add<Mine> for u64` counts as `core`, and whoever
/// calls it as the caller.
fn is_core(name: &str) -> bool {
    if !name.starts_with('<') {
        return name.starts_with("core::");
    }
    let (mut depth, mut as_trait, mut end) = (0_usize, None, name.len());
    for (place, c) in name.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            // The arrow of `fn() -> u8` closes nothing.
            '>' if name[..place].ends_with('-') => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 1 && as_trait.is_none() && name[place..].starts_with(" as ") => as_trait = Some(place),
            _ => {}
        }
        if depth == 0 {
            end = place;
            break;
        }
    }
    let of_type = is_core_type(&name[1..as_trait.unwrap_or(end)]);
    of_type && as_trait.is_none_or(|place| name[place + " as ".len()..end].starts_with("core::"))
}

fn is_core_type(name: &str) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "str", "!", "f32", "f64", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128",
    ];
    let name = name.trim_start_matches(['&', '*']).trim_start_matches("mut ").trim_start_matches("const ");
    name.starts_with("core::") || name.starts_with(['[', '(']) || PRIMITIVES.contains(&name) || name == "isize"
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "
00000000 <app::index>:
  0:\tbl\t0x40 <core::panicking::panic_bounds_check>
00000010 <app::copy>:
 10:\tbl\t0x30 <<[u8]>::copy_from_slice>
 14:\tbx\tlr
00000020 <app::calls_both>:
 20:\tbl\t0x0 <app::index>
 24:\tbl\t0x10 <app::copy>
 28:\tbx\tlr
00000030 <<[u8]>::copy_from_slice>:
 30:\tbl\t0x50 <core::panicking::panic_fmt>
 34:\tbx\tlr
00000040 <core::panicking::panic_bounds_check>:
 40:\tbl\t0x50 <core::panicking::panic_fmt>
00000050 <core::panicking::panic_fmt>:
 50:\tb\t0x60 <__rustc::rust_begin_unwind>
00000060 <__rustc::rust_begin_unwind>:
 60:\tb\t0x60 <__rustc::rust_begin_unwind>
00000070 <core::unit::only_by_pointer>:
 70:\tbl\t0x50 <core::panicking::panic_fmt>
";

    #[test]
    fn only_the_code_of_a_function_is_allowed_and_not_what_it_was_made_with() {
        for (name, expected) in [
            ("keeper::serve::<board::host::clock>", "keeper::serve::"),
            ("<keeper::Keeper<board::host::clock, fn() -> u8>>::call", "keeper::Keeper::call"),
            ("<curve::Fe as core::ops::Mul<other::Fe>>::mul", "curve::Fe::mul"),
            ("<&a::B as c::D>::e", "a::B::e"),
            ("curve::verify", "curve::verify"),
        ] {
            assert_eq!(path(name), expected, "{name}");
        }
        let listing = LISTING.replace("app::copy", "<app::Keeper<allowed::thing>>::copy");
        let image = Image::of_listing(&listing);
        let error = check(&image, &["allowed::", "app::index", "core::"]).expect_err("Keeper is not allowed");
        assert!(error.to_string().contains("Keeper"), "{error}");
    }

    #[test]
    fn callers_outside_core_are_named_and_their_callers_are_not() {
        let callers = panic_callers(&Image::of_listing(LISTING));
        let expected = [
            ("app::copy", "<[u8]>::copy_from_slice"),
            ("app::index", "core::panicking::panic_bounds_check"),
            ("core::unit::only_by_pointer", "core::unit::only_by_pointer"),
        ];
        assert_eq!(callers, expected.map(|(caller, callee)| (caller.to_owned(), callee.to_owned())));
    }

    #[test]
    fn a_caller_that_is_not_allowed_is_named() {
        let image = Image::of_listing(LISTING);
        let error = check(&image, &["core::unit", "app::index"]).unwrap_err().to_string();
        assert_eq!(error, "app::copy can panic, in <[u8]>::copy_from_slice");
        assert!(check(&image, &["core::unit", "app::"]).is_ok());
    }

    #[test]
    fn an_image_without_panics_has_no_callers() {
        assert!(check(&Image::of_listing("00000000 <main>:\n 0:\tbx\tlr\n"), &[]).is_ok());
    }

    #[test]
    fn the_functions_of_core_are_recognised() {
        for name in [
            "core::slice::index::slice_index_fail",
            "<[app::Thing]>::copy_from_slice",
            "<core::option::Option<app::Thing>>::expect",
            "<core::option::Option<app::Thing> as core::cmp::PartialEq>::eq",
            "<str as core::fmt::Display>::fmt",
            "<fn() -> u8 as core::fmt::Debug>::fmt",
            "<u32>::pow",
        ] {
            assert_eq!(is_core(name), !name.starts_with("<fn"), "{name}");
        }
        for name in [
            "app::main",
            "<app::Thing>::new",
            "<app::Thing as core::fmt::Debug>::fmt",
            "<[u8] as app::Reader>::read",
            "<core::option::Option<u8> as app::Passport>::issue",
            "<&app::Thing as core::fmt::Debug>::fmt",
            "rust_core::x",
            "compiler_builtins::mem::memcpy",
        ] {
            assert!(!is_core(name), "{name}");
        }
    }
}
