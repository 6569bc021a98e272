//! libFuzzer's entry to [`agentid_fuzz::targets::signature`].
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| agentid_fuzz::targets::signature::run(data));
