//! Start-up code only: what is in every image.
#![no_std]
#![no_main]

use agentid_images as _;

#[cortex_m_rt::entry]
fn main() -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
