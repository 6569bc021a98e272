//! The loop on lines that garble, echo and fail.

use std::cell::RefCell;
use std::collections::VecDeque;

use agentid_gatekeeper::{FrameReader, Gatekeeper, LineError, MAX_READ_ERRORS, Response, Switch, serve, write_frame};
use agentid_nostd::{Clock, Error, Gate, Since};
use embedded_hal_mock::eh1::digital::{Mock as Pin, State, Transaction};
use embedded_io::{ErrorKind, ErrorType, Read, Write};

use crate::kit::{NOW, OFF, ON, bundle, call, ledger, opened, pinned, request, token};

const TOO_LONG: u8 = LineError::FrameTooLong.code();
const CORRUPT: u8 = LineError::FrameCorrupt.code();
const MALFORMED: u8 = LineError::MalformedRequest.code();
const NOT_OFFERED: u8 = LineError::NotOffered.code();

/// The buffers of the device.
type Buffer = heapless::Vec<u8, 512>;

/// Serves at [`NOW`] with a bundle of epoch 1. The lamp must be switched on so many times.
fn serve_lamp<R: Read>(input: R, output: impl Write, switched_on: usize) -> Result<(), R::Error> {
    let flash = bundle(1, true);
    let mut pin = Pin::new(&vec![Transaction::set(State::High); switched_on]);
    let gate = Gate::new(opened(&flash), ledger(Since::Beginning));
    let keeper = Gatekeeper::new(gate, pinned(), || Clock::Known(NOW), Switch::new(pin.clone(), ON, OFF));
    let ended = serve(keeper, input, output, [&mut Buffer::new(), &mut Buffer::new()]);
    pin.done();
    ended
}

/// Bytes, and a fault of the line for each `None`, as a UART reports an overrun.
struct Faulty<I>(I);

impl<I> ErrorType for Faulty<I> {
    type Error = ErrorKind;
}

impl<I: Iterator<Item = Option<u8>>> Read for Faulty<I> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let Some(next) = self.0.next() else { return Ok(0) };
        buffer[0] = next.ok_or(ErrorKind::Other)?;
        Ok(1)
    }
}

fn framed(content: &[u8]) -> Vec<u8> {
    let mut line = Vec::new();
    write_frame(&mut line, [content, &[]]).expect("memory is endless");
    line
}

/// Kind, id, code and body of each response.
fn responses(sent: &[u8]) -> Vec<(u8, u8, u8, Vec<u8>)> {
    let (mut reader, mut buffer) = (FrameReader::default(), heapless::Vec::<u8, 64>::new());
    let frames = sent.iter().filter_map(|&byte| {
        reader.push(byte, &mut buffer)?.expect("a good frame");
        Some((buffer[0], buffer[4], buffer[5], buffer[8..].to_vec()))
    });
    frames.collect()
}

/// Kind, id and code of each response to these bytes. Every call among them must be good.
fn answers(line: &[u8], calls: usize) -> Vec<(u8, u8, u8)> {
    let mut sent = Vec::new();
    serve_lamp(line, &mut sent, calls).expect("bytes in memory do not fail");
    responses(&sent).into_iter().map(|(kind, id, code, _)| (kind, id, code)).collect()
}

#[test]
fn the_loop_survives_faults_of_the_line_and_puts_bundles_in_place() {
    let good = token(&[ON], 0);
    let bytes = |content: &[u8]| framed(content).into_iter().map(Some).collect::<Vec<_>>();
    let mut faulty = bytes(&call(2, &good, ON));
    faulty[50] = None;
    let line = [
        bytes(&call(1, &good, ON)),
        faulty,
        bytes(&request(2, 3, &[&bundle(1, false)])),
        bytes(&request(2, 4, &[&bundle(1, true)])),
        bytes(&request(2, 5, &[&bundle(2, true)])),
        bytes(&call(6, &good, ON)),
        bytes(&request(2, 7, &[&bundle(2, true)])),
        bytes(&request(2, 8, &[&bundle(3, false)])),
        bytes(&request(2, 9, &[&bundle(3, false)])),
        bytes(&request(2, 10, &[&bundle(2, true)])),
        bytes(&call(11, &good, ON)),
    ]
    .concat();
    let mut sent = Vec::new();
    assert_eq!(serve_lamp(Faulty(line.into_iter()), &mut sent, 2), Ok(()));
    let admitted = vec![0xFF; 4];
    assert_eq!(
        responses(&sent),
        [
            (0x81, 1, 0, admitted.clone()),
            (0x80, 0, CORRUPT, vec![]),
            (0x82, 3, Error::BundleRollback.code(), vec![]),
            (0x82, 4, 0, vec![]),
            (0x82, 5, 0, vec![]),
            (0x81, 6, 0, admitted),
            (0x82, 7, 0, vec![]),
            (0x82, 8, 0, vec![]),
            (0x82, 9, 0, vec![]),
            (0x82, 10, Error::BundleRollback.code(), vec![]),
            (0x81, 11, Error::UntrustedIssuer.code(), vec![]),
        ]
    );
}

/// A line that sends the device's own output back to it, behind the bytes that were there first.
#[derive(Default)]
struct Echo {
    pending: RefCell<VecDeque<u8>>,
    sent: RefCell<Vec<u8>>,
    /// Flips this bit in one byte of each write.
    garbles: u8,
}

impl Echo {
    /// More than any test here needs: a storm has no end of its own.
    const MOST: usize = 10_000;

    fn new(garbles: u8, first: &[u8]) -> Self {
        Self { pending: RefCell::new(first.iter().copied().collect()), sent: RefCell::default(), garbles }
    }

    /// The responses, once there is nothing left to read.
    fn until_silent(self, calls: usize) -> Vec<(u8, u8, u8)> {
        serve_lamp(&self, &self, calls).expect("an echo does not fail");
        let sent = self.sent.into_inner();
        assert!(sent.len() < Self::MOST, "a storm");
        responses(&sent).into_iter().map(|(kind, id, code, _)| (kind, id, code)).collect()
    }
}

impl ErrorType for &Echo {
    type Error = ErrorKind;
}

impl Read for &Echo {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let next = self.pending.borrow_mut().pop_front().filter(|_| self.sent.borrow().len() < Echo::MOST);
        let Some(byte) = next else { return Ok(0) };
        buffer[0] = byte;
        Ok(1)
    }
}

impl Write for &Echo {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.sent.borrow_mut().extend(bytes);
        let mut back = bytes.to_vec();
        back[bytes.len() / 2] ^= self.garbles;
        self.pending.borrow_mut().extend(back);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn an_echoing_line_with_a_garbled_byte_goes_silent() {
    let mut garbled = framed(&call(1, &token(&[ON], 0), ON));
    garbled[50] ^= 1;
    assert_eq!(Echo::new(0, &garbled).until_silent(0), [(0x80, 0, CORRUPT)]);
}

#[test]
fn an_echoing_line_that_garbles_every_frame_goes_silent() {
    let mut garbled = framed(&call(1, &token(&[ON], 0), ON));
    garbled[50] ^= 1;
    assert_eq!(Echo::new(1, &garbled).until_silent(0), [(0x80, 0, CORRUPT)]);
}

#[test]
fn on_an_echoing_line_each_request_is_answered_once() {
    let good = token(&[ON], 0);
    let line = [
        framed(&call(1, &good, ON)),
        framed(&call(2, &good, "door:open")),
        framed(&request(2, 3, &[&bundle(2, true)])),
        framed(&request(3, 4, &[])),
        framed(&request(9, 5, &[])),
        framed(&call(6, &good, ON)),
    ];
    let expected = [
        (0x81, 1, 0),
        (0x81, 2, NOT_OFFERED),
        (0x82, 3, 0),
        (0x83, 4, NOT_OFFERED),
        (0x89, 5, NOT_OFFERED),
        (0x81, 6, 0),
    ];
    assert_eq!(Echo::new(0, &line.concat()).until_silent(2), expected);
}

#[test]
fn responses_are_never_answered_for_any_content() {
    let good = token(&[ON], 0);
    for kind in 0x80..=0xFF {
        let mut content = call(1, &good, ON);
        content[0] = kind;
        let bare = Response { kind, id: 1, code: 0, body: &[] }.head().expect("short");
        let line = [framed(&content), framed(&[kind]), framed(&bare)].concat();
        assert_eq!(answers(&line, 0), [], "{kind:x}");
    }
}

#[test]
fn a_response_on_the_line_does_not_make_the_device_answer_noise_again() {
    let noise = [0, 7, 7, 7, 0];
    let echo = framed(&Response::to_unreadable(LineError::FrameCorrupt).head().expect("short"));
    let line = [&noise[..], &echo, &noise, &echo, &noise].concat();
    assert_eq!(answers(&line, 0), [(0x80, 0, CORRUPT)]);
}

#[test]
fn unreadable_frames_are_answered_once_per_request_that_came_through() {
    let good = framed(&call(1, &token(&[ON], 0), ON));
    let unreadable = [
        (vec![0, 7, 7, 7, 0], CORRUPT),
        ([&[0][..], &[7; 600], &[0]].concat(), TOO_LONG),
        (framed(&[]), MALFORMED),
        (framed(&[1, 0, 0, 0]), MALFORMED),
        (framed(&[0; 5]), NOT_OFFERED),
    ];
    for (first, code) in &unreadable {
        let line = unreadable.iter().fold(first.clone(), |line, (next, _)| [line, next.clone()].concat());
        assert_eq!(answers(&line, 0), [(0x80, 0, *code)], "each kind of them silences all kinds");
        let twice = [&line[..], &good, &line].concat();
        assert_eq!(answers(&twice, 1), [(0x80, 0, *code), (0x81, 1, 0), (0x80, 0, *code)]);
    }
}

#[test]
fn refusals_that_name_their_request_are_always_sent() {
    let named = [
        (framed(&request(1, 5, &[])), (0x81, 5, MALFORMED)),
        (framed(&request(3, 6, &[b"x"])), (0x83, 6, MALFORMED)),
        (framed(&request(0x7F, 7, &[])), (0xFF, 7, NOT_OFFERED)),
    ];
    for (frame, answer) in named {
        let noise = [0, 7, 7, 7, 0];
        let line = [&frame[..], &frame, &noise, &noise, &frame, &noise].concat();
        let to_noise = (0x80, 0, CORRUPT);
        assert_eq!(answers(&line, 0), [answer, answer, to_noise, answer, to_noise]);
    }
}

#[test]
fn a_line_that_only_fails_is_given_up() {
    let mut reads = 0;
    let failing = std::iter::repeat_with(|| {
        reads += 1;
        assert!(reads <= 2 * MAX_READ_ERRORS, "it goes on for ever");
        None
    });
    let mut sent = Vec::new();
    assert_eq!(serve_lamp(Faulty(failing), &mut sent, 0), Err(ErrorKind::Other));
    assert_eq!((reads, sent.len()), (MAX_READ_ERRORS, 0));
}

#[test]
fn one_byte_between_errors_is_enough_to_go_on() {
    let almost = || std::iter::repeat_n(None, usize::try_from(MAX_READ_ERRORS - 1).expect("memory"));
    let good = framed(&call(1, &token(&[ON], 0), ON)).into_iter().map(Some);
    let line = almost().chain([Some(0)]).chain(almost()).chain(good).chain(almost());
    let mut sent = Vec::new();
    assert_eq!(serve_lamp(Faulty(line), &mut sent, 1), Ok(()), "the line is closed");
    assert_eq!(responses(&sent), [(0x81, 1, 0, vec![0xFF; 4])]);
}
