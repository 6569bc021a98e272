//! `emulate AUTHORITY BUNDLE [ADDRESS]`: a device without a board, until this program is stopped. Its
//! clock is the system's.

use std::fs;
use std::time::Duration;

use agentid_firmware_tests::Emulated;
use agentid_nostd::Clock;
use agentid_test_kit::clock::unix_now;
use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (authority, bundle, address) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [authority, bundle] => (authority, bundle, "127.0.0.1:7777"),
        [authority, bundle, address] => (authority, bundle, address),
        _ => bail!("emulate AUTHORITY BUNDLE [ADDRESS]"),
    };
    let mut key = [0; 32];
    hex::decode_to_slice(authority, &mut key).context("AUTHORITY is 64 hexadecimal digits")?;
    println!("building the image; the first time takes a minute");
    let bytes = fs::read(bundle).with_context(|| bundle.to_owned())?;
    let mut device = Emulated::start(&key, &bytes, &format!("tcp:{address},server=on,wait=off"))?;
    // QEMU has the address by then, or has ended.
    std::thread::sleep(Duration::from_millis(500));
    device.check()?;
    println!("a Cortex-M4F with the gatekeeper: its serial line is {address}");
    loop {
        std::thread::sleep(Duration::from_millis(200));
        device.set_clock(Clock::Known(unix_now()))?;
        device.check()?;
    }
}
