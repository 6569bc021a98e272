//! Bytes of a line from an interrupt to [`serve`](crate::serve), so that the device listens while
//! it checks a signature.

use embedded_io::{ErrorKind, ErrorType, Read};
use heapless::spsc::{Consumer, Producer, Queue};

/// What came over a line: a byte, or `None` where something was lost or garbled. It holds `N - 1`
/// of them, two bytes each.
///
/// At 115,200 baud 11.5 bytes come in a millisecond.
pub type ByteQueue<const N: usize> = Queue<Option<u8>, N>;

/// The interrupt's end of a queue. What does not fit is reported as a fault at the place where it
/// is missing, so that the frame is refused.
pub struct Receiver<'q> {
    queue: Producer<'q, Option<u8>>,
    /// Something was lost since the last entry, and the queue had no room to say so.
    has_lost: bool,
}

impl<'q> Receiver<'q> {
    /// Takes the producing half of a [`ByteQueue`].
    pub const fn new(queue: Producer<'q, Option<u8>>) -> Self {
        Self { queue, has_lost: false }
    }

    /// A byte came. If the queue is full, it is lost.
    pub fn byte(&mut self, byte: u8) {
        if self.has_lost {
            self.fault();
        }
        self.has_lost = self.has_lost || !self.put(Some(byte));
    }

    /// The hardware lost or garbled something before the next byte: an overrun, a break, a parity
    /// error.
    pub fn fault(&mut self) {
        self.has_lost = !self.put(None);
    }

    /// Whether there was room.
    fn put(&mut self, received: Option<u8>) -> bool {
        has_length(self.queue.capacity()) && self.queue.enqueue(received).is_ok()
    }
}

/// Every queue has. It divides by its length, and the compiler leaves a panic in the image unless
/// it sees this checked.
const fn has_length(capacity: usize) -> bool {
    capacity.wrapping_add(1) != 0
}

/// The other end, as the input of [`serve`](crate::serve). A fault is an error of the line.
pub struct QueuedInput<'q, W> {
    queue: Consumer<'q, Option<u8>>,
    wait: W,
}

impl<'q, W: FnMut(&Consumer<'q, Option<u8>>)> QueuedInput<'q, W> {
    /// Takes the consuming half of a [`ByteQueue`], and what to do while it is empty: nothing, or
    /// sleep until an interrupt. What sleeps must ask `ready()` with interrupts off, or it sleeps
    /// through a byte that comes in between.
    pub const fn new(queue: Consumer<'q, Option<u8>>, wait: W) -> Self {
        Self { queue, wait }
    }
}

impl<W> ErrorType for QueuedInput<'_, W> {
    type Error = ErrorKind;
}

impl<'q, W: FnMut(&Consumer<'q, Option<u8>>)> Read for QueuedInput<'q, W> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        loop {
            if !has_length(self.queue.capacity()) {
                return Ok(0);
            }
            if let Some(received) = self.queue.dequeue() {
                *first = received.ok_or(ErrorKind::Other)?;
                return Ok(1);
            }
            (self.wait)(&self.queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use embedded_io::{ErrorKind, Read};
    use heapless::spsc::Consumer;

    use super::{ByteQueue, QueuedInput, Receiver};

    fn read(input: &mut impl Read<Error = ErrorKind>) -> Result<u8, ErrorKind> {
        let mut byte = [0];
        assert_eq!(input.read(&mut byte)?, 1);
        Ok(byte[0])
    }

    fn empty(_: &Consumer<'_, Option<u8>>) {
        panic!("the queue is empty");
    }

    #[test]
    fn a_full_queue_is_a_fault_where_bytes_are_missing() {
        let mut queue = ByteQueue::<4>::new();
        let (producer, consumer) = queue.split();
        let (mut line, mut input) = (Receiver::new(producer), QueuedInput::new(consumer, empty));
        let lost = Err(ErrorKind::Other);
        // Room for three; 4 and 5 are lost.
        (1..=5).for_each(|byte| line.byte(byte));
        assert_eq!([(); 2].map(|()| read(&mut input)), [Ok(1), Ok(2)]);
        // Room for the fault and one byte.
        (6..=7).for_each(|byte| line.byte(byte));
        assert_eq!([(); 3].map(|()| read(&mut input)), [Ok(3), lost, Ok(6)]);
        // 7 was lost as well, and 11 will be.
        (8..=9).for_each(|byte| line.byte(byte));
        assert_eq!(read(&mut input), lost);
        (10..=11).for_each(|byte| line.byte(byte));
        assert_eq!([(); 3].map(|()| read(&mut input)), [Ok(8), Ok(9), Ok(10)]);
        // What the hardware reports comes at once, and what was lost before with it.
        line.fault();
        assert_eq!(read(&mut input), lost);
        line.byte(12);
        assert_eq!(read(&mut input), Ok(12));
    }

    #[test]
    fn every_byte_arrives_in_its_order_or_a_fault_stands_in_its_place() {
        let mut queue = ByteQueue::<8>::new();
        let (producer, mut consumer) = queue.split();
        let mut line = Receiver::new(producer);
        let (mut next, mut last, mut is_behind_fault, mut faults) = (0_u8, 0xFF_u8, false, 0);
        for round in 0..1_000 {
            for _ in 0..round * 7 % 11 {
                line.byte(next);
                next = next.wrapping_add(1);
            }
            for _ in 0..round * 5 % 9 {
                match consumer.dequeue() {
                    Some(Some(byte)) => {
                        let follows = byte == last.wrapping_add(1);
                        assert_ne!(follows, is_behind_fault, "round {round}: {last}, then {byte}");
                        (last, is_behind_fault) = (byte, false);
                    }
                    Some(None) => (is_behind_fault, faults) = (true, faults + 1),
                    None => break,
                }
            }
        }
        assert!(faults > 10, "the queue was never full");
    }

    #[test]
    fn an_empty_queue_waits_for_the_interrupt() {
        let mut queue = ByteQueue::<8>::new();
        let (producer, consumer) = queue.split();
        let (mut line, mut waits) = (Receiver::new(producer), 0);
        let mut input = QueuedInput::new(consumer, |queue: &Consumer<'_, _>| {
            assert!(!queue.ready());
            waits += 1;
            line.byte(waits);
        });
        assert_eq!([(); 3].map(|()| read(&mut input)), [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(input.read(&mut []), Ok(0));
    }
}
