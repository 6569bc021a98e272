//! A project made of the code in the README for devices stays within its budgets of flash, and of
//! stack in a dev build.

use agentid_firmware_tests::budgets::Budgets;
use agentid_firmware_tests::figures::{Whole, flash};
use agentid_firmware_tests::{Board, Profile, Snippet};

#[test]
fn the_code_of_the_readme_keeps_to_its_budget() {
    let budgets = Budgets::read().expect("targets/firmware/budgets.toml");
    let mut faults = Vec::new();
    for board in Board::ALL.iter().filter(|board| ["M0", "M4F"].contains(&board.core)) {
        for snippet in Snippet::ALL {
            let budget = budgets.snippet[board.core][snippet.name()];
            let released = snippet.build(board.target, Profile::Release, false).expect("builds");
            let flash = flash(&released).expect("an image");
            let dev = snippet.build(board.target, Profile::Dev, true).expect("builds");
            let stack = Whole::of(&dev).expect("can be analysed").stack_bound;
            println!("{} {}: flash {flash}, stack in a dev build {stack}", board.core, snippet.name());
            if flash > budget.flash || stack > budget.dev_stack {
                faults.push(format!("{} {}: {flash} and {stack}, {budget:?}", board.core, snippet.name()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
