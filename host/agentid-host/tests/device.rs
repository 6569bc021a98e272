//! A device's line and every fault of it: no answer is made up, none is taken for another, and each
//! request ends in time.
#![cfg(all(unix, feature = "device"))]

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use agentid_host::device::{Device, DeviceError, FrameReader, Heard, Line, connect, framed};

/// For requests that are not answered.
const SHORT: Duration = Duration::from_millis(100);
/// For requests that are answered, so that a slow machine does not fail.
const LONG: Duration = Duration::from_secs(60);
/// A request takes its patience, and no more than a slow machine adds.
const IN_TIME: Duration = Duration::from_secs(10);

/// The device's end of a line.
struct FakeDevice {
    line: UnixStream,
    reader: FrameReader,
}

impl FakeDevice {
    /// The next request: its kind and id. `None` if the host has gone.
    fn request(&mut self) -> Option<(u8, [u8; 4])> {
        let mut byte = [0];
        loop {
            if self.line.read(&mut byte).ok()? == 0 {
                return None;
            }
            if let Some(frame) = self.reader.push(byte[0]) {
                let frame = frame.expect("a host sends frames");
                return Some((frame[0], frame[1..5].try_into().expect("an id")));
            }
        }
    }

    /// Sends bytes, unless the host has gone.
    fn say(&mut self, bytes: &[u8]) {
        let _ = self.line.write_all(bytes);
    }
}

/// A response with this kind, id, code and body.
fn response(kind: u8, id: [u8; 4], code: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).expect("short").to_be_bytes();
    framed(&[&[kind | 0x80], &id[..], &[code], &len, body].concat())
}

/// Runs a device that does this with its end of the line, beside a host with this patience.
fn beside(
    patience: Duration,
    device: impl FnOnce(&mut FakeDevice) + Send + 'static,
) -> (Device<UnixStream>, JoinHandle<()>) {
    let (host, line) = UnixStream::pair().expect("a pair");
    let run = std::thread::spawn(move || device(&mut FakeDevice { line, reader: FrameReader::default() }));
    (Device::new(host, patience).expect("entropy"), run)
}

/// The host's result of one call to a device that answers its request so; the line stays open until
/// the host has gone.
fn call_within(
    patience: Duration,
    answer: impl FnOnce(&mut FakeDevice, u8, [u8; 4]) + Send + 'static,
) -> Result<Option<u32>, DeviceError> {
    let (mut host, run) = beside(patience, |device| {
        let (kind, id) = device.request().expect("a request");
        answer(device, kind, id);
        while device.request().is_some() {}
    });
    let started = Instant::now();
    let result = host.send(b"token", "door:open");
    assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
    drop(host);
    run.join().expect("the device did as it was told");
    result
}

/// The same, for a device that answers the request.
fn call(answer: impl FnOnce(&mut FakeDevice, u8, [u8; 4]) + Send + 'static) -> Result<Option<u32>, DeviceError> {
    call_within(LONG, answer)
}

/// What the host heard in place of an answer, and the name of the error.
fn heard(answer: impl FnOnce(&mut FakeDevice, u8, [u8; 4]) + Send + 'static) -> (Heard, &'static str) {
    match call_within(SHORT, answer) {
        Err(error @ DeviceError::NoAnswer { heard, .. }) => {
            assert!(error.may_have_acted());
            (heard, error.name())
        }
        other => panic!("{other:?}"),
    }
}

const NOTHING: (Heard, &str) = (Heard::Nothing, "no-answer");
const NOISE: (Heard, &str) = (Heard::Noise, "garbled-answer");
const OTHERS: (Heard, &str) = (Heard::Others, "foreign-answer");

fn name(result: Result<Option<u32>, DeviceError>) -> &'static str {
    result.expect_err("no good answer").name()
}

#[test]
fn an_answer_is_what_the_device_said() {
    let left = |body: [u8; 4]| call(move |device, kind, id| device.say(&response(kind, id, 0, &body)));
    assert_eq!(left([0, 0, 0, 2]).expect("admitted"), Some(2));
    assert_eq!(left([0; 4]).expect("admitted"), Some(0));
    assert_eq!(left([0xFF; 4]).expect("admitted"), None);
    for code in 1..=255 {
        match call(move |device, kind, id| device.say(&response(kind, id, code, &[]))) {
            Err(error @ DeviceError::Refused(refusal)) => {
                assert_eq!(refusal.code(), code);
                assert!(!error.may_have_acted());
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[test]
fn a_silent_device_is_no_answer() {
    assert_eq!(heard(|_, _, _| {}), NOTHING);
}

#[test]
fn noise_before_the_answer_is_passed_over_and_noise_alone_is_no_answer() {
    let noise = b"\xFFboot: 3 tasks\r\n\0\0\x07\0";
    let answered = call(move |device, kind, id| device.say(&[noise, &response(kind, id, 0, &[0; 4])[..]].concat()));
    assert_eq!(answered.expect("admitted"), Some(0));
    assert_eq!(heard(move |device, _, _| device.say(noise)), NOISE);
}

#[test]
fn an_answer_that_is_cut_or_flipped_is_none() {
    for at in 1..response(1, [0; 4], 0, &[0; 4]).len() - 1 {
        let cut = heard(move |device, kind, id| {
            let mut answer = response(kind, id, 0, &[0; 4]);
            answer.truncate(at);
            device.say(&answer);
        });
        assert_eq!(cut, NOISE, "cut at {at}");
    }
    for at in [1, 2, 7, 12, 16] {
        let flipped = heard(move |device, kind, id| {
            let mut answer = response(kind, id, 0, &[1, 2, 3, 4]);
            answer[at] ^= 0x40;
            device.say(&answer);
        });
        assert_eq!(flipped, NOISE, "flipped at {at}");
    }
}

#[test]
fn a_frame_that_answers_something_else_is_no_answer() {
    // The answer to an older request, to each other kind, and an echo of the request itself.
    let older = |device: &mut FakeDevice, kind, id: [u8; 4]| {
        let older = u32::from_be_bytes(id).wrapping_sub(1).to_be_bytes();
        device.say(&response(kind, older, 0, &[0; 4]));
    };
    assert_eq!(heard(older), OTHERS);
    for kind in [2, 3, 9, 0x7F] {
        assert_eq!(heard(move |device, _, id| device.say(&response(kind, id, 0, &[0; 4]))), OTHERS);
    }
    let echo = heard(|device, kind, id| device.say(&framed(&[&[kind], &id[..], &[0, 0, 4, 0, 0, 0, 0]].concat())));
    assert_eq!(echo, OTHERS);
    // The right answer behind them counts.
    let both = call(move |device, kind, id| {
        older(device, kind, id);
        device.say(&response(kind, id, 32, &[]));
    });
    assert_eq!(name(both), "scope-not-granted");
}

#[test]
fn an_answer_that_breaks_the_protocol_is_an_error_at_once() {
    for (what, code, body) in [
        ("no calls left", 0, &b""[..]),
        ("three bytes", 0, b"\0\0\0"),
        ("five bytes", 0, b"\0\0\0\0\0"),
        ("a refusal with a body", 32, b"\0\0\0\0"),
    ] {
        let result = call(move |device, kind, id| device.say(&response(kind, id, code, body)));
        assert_eq!(name(result), "malformed-answer", "{what}");
    }
    let wrong_length = |device: &mut FakeDevice, kind: u8, id: [u8; 4]| {
        device.say(&framed(&[&[kind | 0x80], &id[..], &[0, 0, 9, 0, 0, 0, 0]].concat()));
    };
    assert_eq!(name(call(wrong_length)), "malformed-answer");
    let without_code = |device: &mut FakeDevice, kind: u8, id: [u8; 4]| {
        device.say(&framed(&[&[kind | 0x80], &id[..]].concat()));
    };
    assert_eq!(name(call(without_code)), "malformed-answer");

    let (mut host, run) = beside(LONG, |device| {
        let (kind, id) = device.request().expect("a request");
        device.say(&response(kind, id, 0, b"\0"));
        while device.request().is_some() {}
    });
    assert_eq!(host.trust(b"bundle").expect_err("a body").name(), "malformed-answer");
    drop(host);
    run.join().expect("the device");
}

#[test]
fn a_device_that_could_not_read_the_request_says_so() {
    let unreadable = |device: &mut FakeDevice, _, _| device.say(&response(0, [0; 4], 240, &[]));
    match heard(unreadable) {
        (Heard::Unreadable(refusal), "request-not-read") => {
            assert_eq!((refusal.code(), refusal.name()), (240, "frame-too-long"));
        }
        other => panic!("{other:?}"),
    }
    // That may have been noise before the request: an answer that comes after it counts.
    let after = call(move |device, kind, id| {
        unreadable(device, kind, id);
        device.say(&response(kind, id, 0, &[0, 0, 0, 7]));
    });
    assert_eq!(after.expect("admitted"), Some(7));
    // Code 0 to bytes that were not read says nothing.
    assert_eq!(heard(|device, _, _| device.say(&response(0, [0; 4], 0, &[]))), OTHERS);
}

#[test]
fn a_flood_ends_in_time() {
    for flood in [vec![0x55; 4_096], vec![0; 4_096], response(1, [0; 4], 0, &[0; 4]).repeat(200)] {
        let (mut host, run) = beside(SHORT, move |device| {
            let mut line = device.line.try_clone().expect("a line");
            while line.write_all(&flood).is_ok() {}
        });
        let started = Instant::now();
        let result = host.send(b"token", "door:open");
        assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
        assert!(matches!(result, Err(DeviceError::NoAnswer { .. })), "{result:?}");
        drop(host);
        run.join().expect("the device");
    }
}

#[test]
fn one_byte_at_a_time_does_not_make_the_time_longer() {
    let (mut host, run) = beside(SHORT, |device| {
        // Each byte comes within the patience, and the answer never.
        for _ in 0..1_000 {
            if device.line.write_all(b"\x02").is_err() {
                return;
            }
            std::thread::sleep(SHORT / 4);
        }
    });
    let started = Instant::now();
    assert_eq!(name(host.send(b"token", "door:open")), "garbled-answer");
    assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
    drop(host);
    run.join().expect("the device");
}

#[test]
fn an_answer_that_comes_late_is_not_taken_for_one_to_the_next_request() {
    let (mut host, run) = beside(Duration::from_secs(2), |device| {
        let (kind, first) = device.request().expect("a request");
        let (_, second) = device.request().expect("another request");
        assert_ne!(first, second);
        device.say(&response(kind, first, 0, &[0; 4]));
        device.say(&response(kind, second, 34, &[]));
        while device.request().is_some() {}
    });
    assert_eq!(name(host.send(b"token", "door:open")), "no-answer");
    assert_eq!(name(host.send(b"token", "door:open")), "budget-exhausted");
    drop(host);
    run.join().expect("the device");
}

#[test]
fn two_programs_do_not_draw_the_same_first_id() {
    let first_id = || {
        let (mut host, run) = beside(LONG, |device| {
            let (kind, id) = device.request().expect("a request");
            device.say(&response(kind, id, 1, &id[..0]));
            while device.request().is_some() {}
        });
        let response = host.ask(&agentid_host::device::Request::Token).expect("answered");
        drop(host);
        run.join().expect("the device");
        response.id
    };
    let ids = [(); 4].map(|()| first_id());
    assert!(ids.iter().any(|&id| id != ids[0]), "{ids:?}");
}

#[test]
fn a_line_that_is_closed_is_an_error_at_once() {
    let (mut host, run) = beside(LONG, |device| {
        device.request().expect("a request");
    });
    let started = Instant::now();
    let error = host.send(b"token", "door:open").expect_err("closed");
    assert!(error.name() == "line-closed" && error.may_have_acted(), "{error:?}");
    assert!(started.elapsed() < IN_TIME);
    run.join().expect("the device");
    // Nobody takes the next one.
    assert_eq!(name(host.send(b"token", "door:open")), "line-failed");
}

#[test]
fn a_line_that_takes_nothing_is_an_error_in_time() {
    let (host, line) = UnixStream::pair().expect("a pair");
    let mut full = host.try_clone().expect("a line");
    full.set_nonblocking(true).expect("a mode");
    while full.write(&[1; 4_096]).is_ok() {}
    full.set_nonblocking(false).expect("a mode");
    let mut host = Device::new(host, SHORT).expect("entropy");
    let started = Instant::now();
    let error = host.send(b"token", "door:open").expect_err("not sent");
    assert!(error.name() == "request-not-sent" && !error.may_have_acted(), "{error:?}");
    assert!(started.elapsed() < IN_TIME);
    drop(line);
}

#[test]
fn what_no_request_can_carry_is_not_sent() {
    let (mut host, run) = beside(LONG, |device| assert_eq!(device.request(), None));
    assert_eq!(host.trust(&vec![1; 0x1_0000]).expect_err("too long").name(), "request-too-long");
    drop(host);
    run.join().expect("nothing came");
}

/// A line that gives and takes one byte at a time, with a signal before each.
struct Slow {
    line: UnixStream,
    has_signal: bool,
}

impl Slow {
    fn signal(&mut self) -> io::Result<()> {
        self.has_signal = !self.has_signal;
        if self.has_signal { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.signal()?;
        self.line.read(&mut buffer[..1])
    }
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.signal()?;
        self.line.write(&bytes[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Line for Slow {
    fn set_limit(&mut self, limit: Duration) -> io::Result<()> {
        self.line.set_limit(limit)
    }
}

#[test]
fn a_slow_line_carries_requests_and_answers() {
    let (line, device) = UnixStream::pair().expect("a pair");
    let run = std::thread::spawn(move || {
        let mut device = FakeDevice { line: device, reader: FrameReader::default() };
        let (kind, id) = device.request().expect("a request");
        device.say(&response(kind, id, 0, b"the device's token"));
    });
    let mut host = Device::new(Slow { line, has_signal: false }, LONG).expect("entropy");
    assert_eq!(host.token().expect("answered"), b"the device's token");
    run.join().expect("the device");
}

#[test]
fn an_address_is_a_path_or_a_host_with_a_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a:b");
    let listener = UnixListener::bind(&path).expect("a socket");
    connect(path.to_str().expect("a path"), LONG).expect("connects");
    drop(listener);
    let failed = |address: &str| connect(address, LONG).map(drop).expect_err("nobody listens").kind();
    assert_eq!(failed(path.to_str().expect("a path")), io::ErrorKind::ConnectionRefused);
    assert_eq!(failed("no-such-socket"), io::ErrorKind::NotFound);
    assert_eq!(failed("localhost:no-port"), io::ErrorKind::InvalidInput);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    connect(&address, LONG).expect("connects");
    drop(listener);
    assert_eq!(failed(&address), io::ErrorKind::ConnectionRefused);
}
