//! UART0, polled: the CMSDK one of the MPS2 boards and the nRF51 one of the micro:bit.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, Write};

/// One half of the line, or both: reading and writing use different registers.
#[derive(Debug)]
pub struct Uart(());

/// Switches UART0 on; once for reading, once for writing.
pub fn uart() -> (Uart, Uart) {
    start();
    (Uart(()), Uart(()))
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        *first = receive();
        Ok(1)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            send(byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A register of the UART.
fn read(offset: usize) -> u32 {
    // SAFETY: a device register of the machine that this image is linked for.
    unsafe { ((BASE + offset) as *const u32).read_volatile() }
}

fn write(offset: usize, value: u32) {
    // SAFETY: as above.
    unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
}

#[cfg(not(machine = "microbit"))]
use cmsdk::{BASE, receive, send, start};
#[cfg(machine = "microbit")]
use nrf51::{BASE, receive, send, start};

/// Arm Cortex-M System Design Kit Technical Reference Manual, "APB UART".
#[cfg(not(machine = "microbit"))]
mod cmsdk {
    use super::{read, write};

    pub(super) const BASE: usize = if cfg!(machine = "mps2-an505") { 0x5020_0000 } else { 0x4000_4000 };
    const DATA: usize = 0x00;
    const STATE: usize = 0x04;
    const CTRL: usize = 0x08;
    const BAUDDIV: usize = 0x10;
    const TX_FULL: u32 = 1;
    const RX_FULL: u32 = 2;
    const TX_AND_RX_ENABLE: u32 = 3;

    pub(super) fn start() {
        // The least that the manual allows; an emulated line has no baud rate.
        write(BAUDDIV, 16);
        write(CTRL, TX_AND_RX_ENABLE);
    }

    pub(super) fn receive() -> u8 {
        while read(STATE) & RX_FULL == 0 {}
        read(DATA) as u8
    }

    pub(super) fn send(byte: u8) {
        while read(STATE) & TX_FULL != 0 {}
        write(DATA, byte.into());
    }
}

/// nRF51 Series Reference Manual, chapter "UART".
#[cfg(machine = "microbit")]
mod nrf51 {
    use super::{read, write};

    pub(super) const BASE: usize = 0x4000_2000;
    const START_RX: usize = 0x000;
    const START_TX: usize = 0x008;
    const RX_READY: usize = 0x108;
    const TX_READY: usize = 0x11C;
    const ENABLE: usize = 0x500;
    const RXD: usize = 0x518;
    const TXD: usize = 0x51C;
    const ENABLED: u32 = 4;

    pub(super) fn start() {
        write(ENABLE, ENABLED);
        write(START_RX, 1);
        write(START_TX, 1);
    }

    pub(super) fn receive() -> u8 {
        while read(RX_READY) == 0 {}
        write(RX_READY, 0);
        read(RXD) as u8
    }

    pub(super) fn send(byte: u8) {
        write(TX_READY, 0);
        write(TXD, byte.into());
        while read(TX_READY) == 0 {}
    }
}
