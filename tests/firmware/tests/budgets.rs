//! No core takes more flash, stack, instructions or RAM than `targets/cortex-m/budgets.toml` says.

use agentid_firmware_tests::budgets::Budgets;
use agentid_firmware_tests::figures::{Figures, flash, static_ram};
use agentid_firmware_tests::{Board, nrf52840_dk};

#[test]
fn every_core_keeps_to_its_budget() {
    let budgets = Budgets::read().expect("targets/cortex-m/budgets.toml");
    let faults: Vec<String> = Board::ALL
        .into_iter()
        .flat_map(|board| budgets.faults(&Figures::of(board).expect("builds and runs")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_image_for_the_nrf52840_dk_keeps_to_its_budget() {
    let budget = Budgets::read().expect("targets/cortex-m/budgets.toml").nrf52840_dk;
    let image = nrf52840_dk().expect("builds");
    let (flash, static_ram) = (flash(&image).expect("an image"), static_ram(&image).expect("an image"));
    println!("flash {flash}, static RAM {static_ram}");
    assert!(flash <= budget.flash && static_ram <= budget.static_ram, "{flash}, {static_ram}; budget {budget:?}");
    assert!(flash > 20_000 && static_ram > 4_000, "{flash}, {static_ram}: that is not the whole image");
}
