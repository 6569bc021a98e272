//! `tests/agreement` asks every board.

use std::collections::BTreeSet;

use agentid_firmware_tests::Board;
use agentid_test_kit::runners::Runner;

#[test]
fn every_board_with_each_curve_code_is_a_runner() {
    let runners: BTreeSet<String> = Runner::all().expect("readable").into_iter().map(|runner| runner.name).collect();
    let boards = Board::with_each_curve().map(|board| board.to_string());
    assert_eq!(boards.filter(|board| !runners.contains(board)).collect::<Vec<_>>(), [""; 0]);
}
