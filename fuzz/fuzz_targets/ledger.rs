//! libFuzzer's entry to [`agentid_fuzz::targets::ledger`].
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| agentid_fuzz::targets::ledger::run(data));
