//! `device` against a device that says what a test tells it to: each answer and each fault, with its
//! exit code. `tests/firmware/tests/command.rs` asks real ones.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use agentid_host::device::{FrameReader, framed};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A token as text, and its bytes. A device that is a test does not look at them. A terminal would
/// change or swallow some.
const TOKEN: &str = "a91d0d0a0304111a";
const TOKEN_BYTES: &[u8] = b"\xa9\x1d\r\n\x03\x04\x11\x1a";

/// The content of the request, from the host's end of a line.
fn request(line: &mut impl Read) -> Vec<u8> {
    let (mut reader, mut byte) = (FrameReader::default(), [0]);
    loop {
        assert_eq!(line.read(&mut byte).expect("the line"), 1, "the host has gone");
        if let Some(frame) = reader.push(byte[0]) {
            return frame.expect("a host sends frames");
        }
    }
}

/// The response to this request, with this code and body.
fn response(request: &[u8], code: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).expect("short").to_be_bytes();
    framed(&[&[request[0] | 0x80], &request[1..5], &[code], &len, body].concat())
}

/// A device on a TCP port, which gives these bytes for a request. Returns its address, and the
/// request when it has ended.
fn device(answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let run = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().expect("the host");
        let request = request(&mut line);
        line.write_all(&answer(&request)).expect("the host reads");
        // The line stays open until the host has gone.
        let _ = line.read(&mut [0]);
        request
    });
    (address, run)
}

fn agentid(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentid"));
    command.args(arguments).stdin(Stdio::null()).output().expect("runs")
}

/// Exit code, standard output, standard error.
fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8").trim_end().to_owned();
    (output.status.code().expect("ended by itself"), text(&output.stdout), text(&output.stderr))
}

/// What the command says when a device answers a call so.
fn send(more: &[&str], answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> (i32, String, String) {
    let (address, run) = device(answer);
    let output = agentid(&[&["device", "send", "--socket", &address, "--scope", "door:open", TOKEN], more].concat());
    let request = run.join().expect("the device");
    let expected = [b"\0\x08", TOKEN_BYTES, b"\0\x09door:open"].concat();
    assert_eq!((request[0], &request[5..]), (1, &expected[..]), "the token and the scope, as they are");
    said(&output)
}

fn done(text: &str) -> (i32, String, String) {
    (0, text.to_owned(), String::new())
}

fn refused(text: &str) -> (i32, String, String) {
    (1, text.to_owned(), String::new())
}

#[test]
fn an_admitted_call_is_0_with_the_calls_left() {
    for (left, text, json) in [
        ([0, 0, 0, 2], "admitted: 2 calls left", r#"{"accepted":true,"callsLeft":2,"code":0}"#),
        ([0, 0, 0, 1], "admitted: 1 call left", r#"{"accepted":true,"callsLeft":1,"code":0}"#),
        ([0xFF; 4], "admitted: calls are not limited", r#"{"accepted":true,"callsLeft":null,"code":0}"#),
    ] {
        assert_eq!(send(&[], move |request| response(request, 0, &left)), done(text));
        assert_eq!(send(&["--json"], move |request| response(request, 0, &left)), done(json));
    }
}

#[test]
fn a_refused_call_is_1_with_code_name_and_reason() {
    let refuse = |code| move |request: &[u8]| response(request, code, &[]);
    let text = "refused: 32 scope-not-granted: the token does not grant a required scope";
    assert_eq!(send(&[], refuse(32)), refused(text));
    let json = r#"{"accepted":false,"code":32,"name":"scope-not-granted","reason":"the token does not grant a required scope"}"#;
    assert_eq!(send(&["--json"], refuse(32)), refused(json));
    let failed = "refused: 244 action-failed: the call was admitted and counted, but the action failed";
    assert_eq!(send(&[], refuse(244)), refused(failed));
    let unknown = "refused: 200 unknown-code: the device refused with a code that this program does not know";
    assert_eq!(send(&[], refuse(200)), refused(unknown));
}

#[test]
fn a_fault_of_the_line_is_4_with_its_name_and_ends_in_time() {
    type Fault = fn(&[u8]) -> Vec<u8>;
    let faults: [(&str, Fault); 8] = [
        ("no-answer", |_| Vec::new()),
        ("garbled-answer", |_| b"\xFFlogin: \0\0root\r\n".to_vec()),
        ("garbled-answer", |request| {
            let mut answer = response(request, 0, &[0; 4]);
            answer[9] ^= 1;
            answer
        }),
        ("garbled-answer", |request| {
            let mut answer = response(request, 0, &[0; 4]);
            answer.pop();
            answer
        }),
        ("foreign-answer", |request| {
            let mut older = request.to_vec();
            older[4] ^= 1;
            response(&older, 0, &[0; 4])
        }),
        ("foreign-answer", |request| framed(request)),
        ("request-not-read", |_| response(&[0; 5], 241, &[])),
        ("malformed-answer", |request| response(request, 0, &[])),
    ];
    for (name, answer) in faults {
        let started = Instant::now();
        let (code, out, err) = send(&["--timeout", "1"], answer);
        assert!(
            code == 4 && out.is_empty() && err.contains(&format!("[{name}]\nhint: ")),
            "{name}: {code} {out}{err}"
        );
        let (code, out, err) = send(&["--timeout", "1", "--json"], answer);
        assert!(code == 4 && out.is_empty() && err.contains(&format!(r#""name":"{name}""#)), "{code} {out}{err}");
        assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn a_device_that_goes_away_or_never_stops_is_4() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let run = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().expect("the host");
        request(&mut line);
        drop(line);
        let (mut line, _) = listener.accept().expect("the host");
        while line.write_all(&[0x55; 4_096]).is_ok() {}
    });
    let call = ["device", "send", "--socket", &address, "--timeout", "1", "--scope", "door:open", TOKEN];
    let (code, _, err) = said(&agentid(&call));
    assert!(code == 4 && err.contains("[line-closed]"), "{code} {err}");
    let (code, _, err) = said(&agentid(&call));
    assert!(code == 4 && err.contains("[garbled-answer]"), "{code} {err}");
    run.join().expect("the device");
}

#[test]
fn a_bundle_is_sent_as_it_is_and_is_in_force_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trust.bundle");
    std::fs::write(&path, b"a bundle").expect("written");
    let path = path.to_str().expect("a path");
    let trust = |code| {
        let (address, run) = device(move |request| response(request, code, &[]));
        let output = agentid(&["device", "trust", "--socket", &address, "--bundle", path]);
        let request = run.join().expect("the device");
        assert_eq!((request[0], &request[5..]), (2, &b"\0\x08a bundle"[..]));
        said(&output)
    };
    assert_eq!(trust(0), done("the trust bundle is in force"));
    let rollback = "refused: 43 bundle-rollback: the trust bundle is older than one seen before, or another one of the same epoch";
    assert_eq!(trust(43), refused(rollback));

    std::fs::write(path, vec![1; 0x1_0000]).expect("written");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (code, _, err) = said(&agentid(&["device", "trust", "--socket", &address, "--bundle", path]));
    assert!(code == 3 && err.contains("[request-too-long]"), "{code} {err}");
}

#[test]
fn a_unix_socket_and_a_serial_port_carry_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("line");
    let listener = UnixListener::bind(&path).expect("a socket");
    let run = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().expect("the host");
        let request = request(&mut line);
        line.write_all(&response(&request, 0, &[0, 0, 0, 5])).expect("the host reads");
        request
    });
    let path = path.to_str().expect("a path");
    let output = agentid(&["device", "send", "--socket", path, "--scope", "door:open", TOKEN]);
    assert_eq!(said(&output), done("admitted: 5 calls left"));
    let over_socket = run.join().expect("the device");

    let (mut line, port) = serial_port();
    // Every byte has to come through as it is: a terminal would change some, and echo all.
    let run = std::thread::spawn(move || {
        let request = request(&mut line);
        line.write_all(&response(&request, 0, b"\r\n\x03\x04")).expect("the host reads");
        request
    });
    let output = agentid(&["device", "send", "--port", &port, "--scope", "door:open", TOKEN]);
    assert_eq!(said(&output), done("admitted: 218759940 calls left"));
    let over_port = run.join().expect("the device");
    assert_eq!(over_socket[5..], over_port[5..]);
}

#[test]
fn a_serial_port_with_nobody_at_the_other_end_is_4_in_time() {
    let (_line, port) = serial_port();
    let started = Instant::now();
    let call = ["device", "send", "--port", &port, "--baud", "9600", "--timeout", "1", "--scope", "door:open", TOKEN];
    let (code, _, err) = said(&agentid(&call));
    assert!(code == 4 && err.contains("[no-answer]"), "{code} {err}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// A pseudo-terminal: the device's end, and the path of the host's.
fn serial_port() -> (File, String) {
    let line = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&line).expect("granted");
    unlockpt(&line).expect("unlocked");
    let port = ptsname(&line, Vec::new()).expect("a name").into_string().expect("UTF-8");
    (File::from(line), port)
}
