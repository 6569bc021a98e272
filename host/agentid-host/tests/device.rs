//! A device that is silent, late, confused or hostile gets no yes, and never makes the host wait for
//! ever. `tests/firmware` has the device that works.
#![cfg(all(unix, feature = "device"))]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use agentid_host::Error;
use agentid_host::device::{Device, DeviceError, framed};

const TIMEOUT: Duration = Duration::from_millis(300);
const SCOPE: &str = "door:north:open";

/// The content of a response.
fn response(kind: u8, id: u32, code: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).expect("short");
    framed(&[&[kind], &id.to_be_bytes()[..], &[code], &len.to_be_bytes(), body].concat())
}

/// Calls a device that reads one request and then does `answers`, with the id of the request.
fn call(answers: impl FnOnce(u32, &mut UnixStream) + Send + 'static) -> Result<Option<u32>, DeviceError> {
    let (host, mut line) = UnixStream::pair().expect("a socket");
    let device = thread::spawn(move || {
        let mut request = Vec::new();
        let mut byte = [0];
        while request.len() < 2 || byte[0] != 0 {
            if !matches!(line.read(&mut byte), Ok(1)) {
                return;
            }
            request.extend(byte);
        }
        let content = cobs::decode_vec(&request[1..request.len() - 1]).expect("COBS");
        let id = u32::from_be_bytes(content[1..5].try_into().expect("an id"));
        answers(id, &mut line);
    });
    let started = Instant::now();
    let answer = Device::new(host).expect("randomness").timeout(TIMEOUT).call(&[1; 173], SCOPE);
    assert!(started.elapsed() < TIMEOUT * 10, "the host waited");
    device.join().expect("the device does not panic");
    answer
}

fn sent(bytes: impl FnOnce(u32) -> Vec<u8> + Send + 'static) -> Result<Option<u32>, DeviceError> {
    call(move |id, line| {
        // The host may be gone.
        let _ = line.write_all(&bytes(id));
        let _ = line.read(&mut [0]);
    })
}

#[test]
fn the_response_to_the_request_counts() {
    assert!(matches!(sent(|id| response(0x81, id, 0, &[0, 0, 0, 4])), Ok(Some(4))));
    assert!(matches!(sent(|id| response(0x81, id, 0, &[0xff; 4])), Ok(None)));
    let refused = sent(|id| response(0x81, id, 35, &[])).expect_err("refused");
    assert_eq!(refused.to_string(), format!("{}: {}", Error::Replayed.name(), Error::Replayed.message()));
}

#[test]
fn no_other_response_is_taken_for_it() {
    let good = [0, 0, 0, 4];
    for (kind, offset) in [(0x81, 1), (0x81, u32::MAX), (0x82, 0), (0x83, 0), (0x01, 0), (0x80, 0)] {
        let answer = sent(move |id| response(kind, id.wrapping_add(offset), 0, &good));
        assert!(matches!(answer, Err(DeviceError::NoResponse(1))), "{kind:02x} {offset}: {answer:?}");
    }
    // Those before it are passed over.
    let answer = sent(move |id| {
        let earlier = response(0x81, id.wrapping_sub(1), 0, &good);
        [earlier, response(0x80, 0, 241, &[]), response(0x81, id, 0, &[0, 0, 0, 9])].concat()
    });
    assert!(matches!(answer, Ok(Some(9))), "{answer:?}");
}

#[test]
fn a_damaged_response_is_no_response() {
    for at in 0..17 {
        let answer = sent(move |id| {
            let mut bytes = response(0x81, id, 0, &[0, 0, 0, 4]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 0x10;
            }
            bytes
        });
        // Only damage to the zero in front leaves a whole frame behind it, which the next one finds.
        assert!(answer.is_err(), "byte {at}: {answer:?}");
    }
    for body in [&[][..], &[0; 3], &[0; 5]] {
        let answer = sent(move |id| response(0x81, id, 0, body));
        assert!(matches!(answer, Err(DeviceError::MalformedResponse)), "{answer:?}");
    }
}

#[test]
fn a_device_that_could_not_read_the_request_says_why() {
    let answer = sent(|_| response(0x80, 0, 240, &[])).expect_err("refused");
    assert_eq!(answer.name(), "frame-too-long");
}

#[test]
fn silence_and_noise_end_in_time() {
    assert!(matches!(sent(|_| Vec::new()), Err(DeviceError::NoAnswer(TIMEOUT))));
    assert!(matches!(sent(|_| vec![7; 200_000]), Err(DeviceError::NoAnswer(TIMEOUT))));
    assert!(matches!(call(|_, _| ()), Err(DeviceError::Line(_))), "the line is closed");
    let flood = call(|id, line| {
        let frame = response(0x81, id.wrapping_add(1), 0, &[0; 4]);
        while line.write_all(&frame).is_ok() {}
    });
    assert!(matches!(flood, Err(DeviceError::NoResponse(2..))), "{flood:?}");
    let trickle = call(|_, line| {
        while line.write_all(&[7]).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert!(matches!(trickle, Err(DeviceError::NoAnswer(TIMEOUT))), "{trickle:?}");
}

#[test]
fn a_part_that_a_frame_cannot_say_is_not_sent() {
    let (host, _line) = UnixStream::pair().expect("a socket");
    let mut device = Device::new(host).expect("randomness").timeout(TIMEOUT);
    assert!(matches!(device.set_trust(&[0; 65_536]), Err(DeviceError::TooLong)));
    // Nobody reads: the line is full before the bundle is out.
    let started = Instant::now();
    for _ in 0..10 {
        let answer = device.set_trust(&[0; 65_535]);
        assert!(matches!(answer, Err(DeviceError::NoAnswer(TIMEOUT))), "{answer:?}");
    }
    assert!(started.elapsed() < TIMEOUT * 100);
}
