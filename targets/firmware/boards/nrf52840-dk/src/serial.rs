//! UARTE0: an interrupt receives, so that the board listens while it checks a signature; what sends
//! waits until it is done.
//!
//! Both use the same block of registers, but different ones: the HAL sends, the interrupt receives.
//! The receiving half of the HAL knows no interrupt, and the writing half of its `split`, in
//! version 0.19, panics unless a write fills its buffer.

use core::cell::Cell;
use core::sync::atomic::{AtomicU8, Ordering, compiler_fence};

use agentid_gatekeeper::{ByteQueue, QueuedInput, Receiver};
use cortex_m::interrupt::{self as interrupts, Mutex};
use cortex_m::peripheral::NVIC;
use embedded_io::{ErrorType, Read, Write};
use nrf52840_hal::Uarte;
use nrf52840_hal::pac::{Interrupt, UARTE0, interrupt, uarte0};
use nrf52840_hal::uarte::Error;

/// Bytes that may wait while the board does something else: 44 ms at 115,200 baud, where a
/// signature takes 26.
pub(crate) const QUEUE_LEN: usize = 512;

/// Where the hardware puts each byte.
static BYTE: AtomicU8 = AtomicU8::new(0);

/// Handed to the interrupt, which takes it the first time it runs.
static RECEIVER: Mutex<Cell<Option<Receiver<'static>>>> = Mutex::new(Cell::new(None));

/// Starts to receive, and returns both directions.
pub(crate) fn start(
    uarte: Uarte<UARTE0>,
    queue: &'static mut ByteQueue<QUEUE_LEN>,
) -> (impl Read<Error = embedded_io::ErrorKind>, Output) {
    let (producer, consumer) = queue.split();
    interrupts::free(|cs| RECEIVER.borrow(cs).set(Some(Receiver::new(producer))));
    let registers = registers();
    // SAFETY: the hardware writes one byte into a static that is nothing but atomic.
    registers.rxd.ptr.write(|w| unsafe { w.ptr().bits(BYTE.as_ptr() as u32) });
    // SAFETY: any number is one that this register takes.
    registers.rxd.maxcnt.write(|w| unsafe { w.maxcnt().bits(1) });
    registers.intenset.write(|w| w.endrx().set().error().set());
    receive_next(registers);
    // SAFETY: nothing here relies on this interrupt not coming.
    unsafe { NVIC::unmask(Interrupt::UARTE0_UART0) };
    // With interrupts off, or a byte could come between the question and the sleep. One that waits
    // ends the sleep.
    let wait = |queue: &_| interrupts::free(|_| sleep_while_empty(queue));
    (QueuedInput::new(consumer, wait), Output(uarte))
}

fn sleep_while_empty(queue: &heapless::spsc::Consumer<'static, Option<u8>>) {
    if !queue.ready() {
        cortex_m::asm::wfi();
    }
}

fn registers() -> &'static uarte0::RegisterBlock {
    // SAFETY: the registers are there for ever. Whoever sends uses none of those that are used
    // here.
    unsafe { &*UARTE0::ptr() }
}

fn receive_next(registers: &uarte0::RegisterBlock) {
    compiler_fence(Ordering::SeqCst);
    // SAFETY: 1 is what starts a task.
    registers.tasks_startrx.write(|w| unsafe { w.bits(1) });
}

/// A byte came, or something was lost or garbled. Until it runs, the hardware itself holds a few
/// bytes.
#[interrupt]
fn UARTE0_UART0() {
    static mut TAKEN: Option<Receiver<'static>> = None;
    if TAKEN.is_none() {
        *TAKEN = interrupts::free(|cs| RECEIVER.borrow(cs).take());
    }
    let Some(receiver) = TAKEN else { return };
    let registers = registers();
    if registers.events_error.read().bits() != 0 {
        registers.events_error.reset();
        // An overrun, a parity or framing error, or a break: what is written back is cleared.
        let errors = registers.errorsrc.read().bits();
        // SAFETY: these bits were just read from there.
        registers.errorsrc.write(|w| unsafe { w.bits(errors) });
        receiver.fault();
    }
    if registers.events_endrx.read().bits() != 0 {
        registers.events_endrx.reset();
        compiler_fence(Ordering::SeqCst);
        let byte = BYTE.load(Ordering::Relaxed);
        receive_next(registers);
        receiver.byte(byte);
    }
}

/// The sending direction.
pub(crate) struct Output(Uarte<UARTE0>);

impl ErrorType for Output {
    type Error = Error;
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        // The chip sends out of RAM only, and what it is given may stand in flash.
        let mut in_ram = [0; 64];
        let len = bytes.len().min(in_ram.len());
        let (Some(from), Some(to)) = (bytes.get(..len), in_ram.get_mut(..len)) else { return Ok(0) };
        if from.is_empty() {
            return Ok(0);
        }
        to.copy_from_slice(from);
        self.0.write(to)?;
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
