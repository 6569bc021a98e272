//! Both directions of UARTE0, polled.
//!
//! The HAL can split it into halves with these traits, but the writing half of version 0.19 copies into its buffer in
//! a way that panics unless a write fills it exactly. So each direction borrows the whole for the time of one call,
//! and uses what blocks until it is done. That is enough where a caller waits for each response.
//!
//! The HAL does not report a byte that got lost or garbled; the checksum of the frame tells.

use core::cell::RefCell;

use embedded_io::{ErrorType, Read, Write};
use nrf52840_hal::Uarte;
use nrf52840_hal::pac::UARTE0;
use nrf52840_hal::uarte::Error;

/// One direction of the line, or both.
pub(crate) struct Serial<'a>(pub(crate) &'a RefCell<Uarte<UARTE0>>);

impl ErrorType for Serial<'_> {
    type Error = Error;
}

impl Read for Serial<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        // One byte: more would wait until all of them have come. The receiver itself holds a few while nobody asks.
        let Some(first) = buffer.first_chunk_mut::<1>() else { return Ok(0) };
        // Never lent twice: both directions are used in turn. If it were, the line failed, and nothing panicked.
        self.0.try_borrow_mut().map_err(|_| Error::Receive)?.read(first)?;
        Ok(1)
    }
}

impl Write for Serial<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        // The chip sends out of RAM only, and what it is given may stand in flash.
        let mut in_ram = [0; 64];
        let len = bytes.len().min(in_ram.len());
        let (Some(from), Some(to)) = (bytes.get(..len), in_ram.get_mut(..len)) else { return Ok(0) };
        if from.is_empty() {
            return Ok(0);
        }
        to.copy_from_slice(from);
        self.0.try_borrow_mut().map_err(|_| Error::Transmit)?.write(to)?;
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
