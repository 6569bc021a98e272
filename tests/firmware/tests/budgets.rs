//! No core takes more flash, stack, instructions or RAM than `targets/firmware/budgets.toml` says.

use agentid_firmware_tests::budgets::Budgets;
use agentid_firmware_tests::figures::{Figures, Whole};
use agentid_firmware_tests::{Board, nrf52840_dk};

#[test]
fn every_core_keeps_to_its_budget_with_each_curve_code() {
    let budgets = Budgets::read().expect("targets/firmware/budgets.toml");
    let faults: Vec<String> = Board::with_each_curve()
        .flat_map(|board| budgets.faults(&Figures::of(board).expect("builds and runs")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn whole_gatekeepers_keep_to_their_budgets() {
    let budgets = Budgets::read().expect("targets/firmware/budgets.toml");
    let m0 = Whole::of(&Board::ALL[0].build_bare("gate").expect("builds")).expect("an image");
    let nrf52840 = Whole::of(&nrf52840_dk().expect("builds")).expect("an image");
    println!("{m0:?}\n{nrf52840:?}");
    let mut faults = budgets.gate_on_m0.faults("gate on M0", &m0);
    faults.extend(budgets.nrf52840_dk.faults("nRF52840-DK", &nrf52840));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(m0.static_ram + m0.stack_bound <= 16 * 1_024, "the micro:bit has 16 KB: {m0:?}");
    assert!(m0.flash > 20_000 && m0.static_ram > 5_000, "that is not the whole image: {m0:?}");
}

#[test]
fn a_figure_that_is_over_or_missing_or_has_no_budget_is_a_fault() {
    let budgets = Budgets::read().expect("targets/firmware/budgets.toml");
    let good = Figures::of(Board::ALL[0]).expect("builds and runs");
    assert_eq!(budgets.faults(&good), [""; 0]);
    let mut missing = good.clone();
    missing.instructions.remove("bare");
    missing.gate_ram = None;
    assert_eq!(budgets.faults(&missing).len(), 3, "over the bare check, the bare check, and the gate's RAM");
    let mut without_budget = good.clone();
    without_budget.flash.insert("precomputed".into(), 1);
    assert_eq!(budgets.faults(&without_budget).len(), 4, "nothing is allowed for multiples with that curve code");
    let mut over = good;
    over.flash.entry("verify".into()).and_modify(|bytes| *bytes += 4_000);
    assert_eq!(budgets.faults(&over).len(), 2, "over the bare check, and for itself");
}
