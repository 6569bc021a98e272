//! No panic in the core, twice: by linking it against a handler that does not exist, and by reading
//! whole images.

use std::path::Path;
use std::process::Output;

use agentid_firmware_tests::{Board, Curve, cargo_in, nrf52840_dk, target_folder, workspace};
use agentid_stackbound::{Image, panics};

/// Callers of panics in a whole image that are known. Each is an index into a table of the curve
/// library that the optimiser cannot bound; the others are where the compiler inlines the library,
/// two lines each, and that those do not panic is what the links below prove.
const OF_THE_CURVE: [&str; 3] =
    ["ed25519_compact::", "agentid_nostd::signature::compact::", "agentid_images::measured::bare"];

/// Part of the name of the function that panic-never calls and nobody defines.
const OF_PANIC_NEVER: &str = "your program contains at least one panicking branch";

/// The emulated board's own: reading its clock and its random numbers from the host.
const OF_THE_EMULATION: [&str; 2] = ["semihosting::", "agentid_emulated_boards::host::"];

#[test]
fn only_the_curve_library_calls_panics_in_what_is_weighed() {
    for board in Board::ALL {
        for image in ["weigh-bare", "weigh-verify", "weigh-admit"] {
            check(board, image, &OF_THE_CURVE);
        }
    }
}

/// Not even that of the curve code, where it is ours.
#[test]
fn nothing_at_all_calls_panics_in_what_is_weighed_with_our_own_curve_code() {
    for board in Board::with_each_curve().filter(|board| board.curve != Curve::Compact) {
        for image in ["weigh-bare", "weigh-verify", "weigh-admit"] {
            let path = board.build_bare(image).expect("builds");
            let callers = panics::panic_callers(&Image::load(&path).expect("can be analysed"));
            assert!(callers.is_empty(), "{}: {callers:?}", path.display());
        }
    }
}

#[test]
fn nothing_of_ours_calls_panics_in_the_gatekeeper() {
    for board in Board::ALL {
        check(board, "gate", &[&OF_THE_CURVE[..], &OF_THE_EMULATION].concat());
    }
}

#[test]
fn nothing_of_ours_calls_panics_on_the_nrf52840_dk() {
    check_image(&nrf52840_dk().expect("builds"), &OF_THE_CURVE);
}

fn check(board: Board, image: &str, allowed: &[&str]) {
    check_image(&board.build_bare(image).expect("builds"), allowed);
}

fn check_image(path: &Path, allowed: &[&str]) {
    let image = Image::load(path).expect("can be analysed");
    assert!(!panics::panic_callers(&image).is_empty(), "the curve library has some: were they not found?");
    if let Err(error) = panics::check(&image, allowed) {
        panic!("{}: {error}", path.display());
    }
}

#[test]
fn the_core_links_where_there_is_no_panic_handler() {
    for board in [Board::ALL[0], Board::ALL[2]] {
        for profile in ["release", "fast"] {
            let built = link(board, profile, &[]);
            let errors = String::from_utf8_lossy(&built.stderr);
            assert!(built.status.success(), "{}, {profile}: {errors}", board.core);

            // The negative control: with one panic that can be reached, the same must not link.
            let control = link(board, profile, &["--features", "control"]);
            let errors = String::from_utf8_lossy(&control.stderr);
            assert!(
                !control.status.success() && errors.contains(OF_PANIC_NEVER),
                "{}, {profile}: {errors}",
                board.core
            );
        }
    }
}

fn link(board: Board, profile: &str, more: &[&str]) -> Output {
    let mut build = cargo_in(&workspace().join("panic-free"));
    build.args(["build", "--locked", "--profile", profile, "--target", board.target]).args(more);
    build.env("CARGO_TARGET_DIR", target_folder().join("panic-free")).output().expect("cargo")
}
