//! Every verb and every refusal of the command, as text: `cmd/*.trycmd`. `TRYCMD=overwrite` writes
//! them anew.
#![cfg(unix)]

#[test]
fn the_command_answers_as_written() {
    trycmd::TestCases::new().env("AGENTID_VAULT_PASSWORD", "correct horse battery staple").case("tests/cmd/*.trycmd");
}
