//! `emulate AUTHORITY BUNDLE [ADDRESS]`: a device without a board.

use std::path::Path;

use agentid_firmware_tests::emulate;
use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (authority, bundle, address) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [authority, bundle] => (authority, bundle, "127.0.0.1:7777"),
        [authority, bundle, address] => (authority, bundle, address),
        _ => bail!("emulate AUTHORITY BUNDLE [ADDRESS]"),
    };
    let mut key = [0; 32];
    hex::decode_to_slice(authority, &mut key)?;
    emulate(&key, Path::new(bundle), address)
}
