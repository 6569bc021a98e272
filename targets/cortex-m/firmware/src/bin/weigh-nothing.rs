//! Start-up code only: what is in every image.
#![no_std]
#![no_main]

use agentid_firmware as _;

#[cortex_m_rt::entry]
fn main() -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
