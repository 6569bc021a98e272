//! The example for Embassy: tasks share a gate, and its ledger counts for all of them.

use agentid_firmware_tests::{Board, workspace};
use agentid_nostd::Error;

#[test]
fn tasks_share_a_gate_and_pass_on_who_was_admitted() {
    let log = Board::ALL[2].run("examples/embassy", &workspace(), false).expect("runs to its end");
    let mut lines: Vec<&str> = log.lines().collect();
    // Two tasks answer three calls, in any order.
    lines.sort_unstable();
    let refused = format!("refused: code {}", Error::ScopeAboveCeiling.code());
    let admitted = [2, 1].map(|uses| format!("research-bot may read: true, calls left: Some({})", u32::MAX - uses));
    assert_eq!(lines, [&refused, &admitted[0], &admitted[1]], "the second asked for more than its issuer may grant");
}
