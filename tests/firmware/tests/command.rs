//! `agentid device` and a board in QEMU: the program itself, over each kind of line, with every
//! board.

use std::process::{Command, Stdio};

use agentid_firmware_tests::scene::{NOW, START, agent, bundle, issuer, next_agent, token};
use agentid_firmware_tests::{Board, Device, agentid};
use agentid_nostd::{Clock, Error};
use serde_json::{Value, json};

/// A board and the options that lead to it.
struct Scene {
    device: Device,
    place: [String; 2],
}

impl Scene {
    /// Switches a board on whose line is of this kind. It has read its clock once before [`NOW`].
    fn start(board: Board, line: &str) -> Self {
        let mut device = Device::start_with(board, "gate", START, line).expect("starts");
        let address = device.line().expect("a line");
        let address = address.trim_start_matches("disconnected:");
        let place = if let Some(port) = address.strip_prefix("pty:") {
            ["--port".to_owned(), port.to_owned()]
        } else if let Some(address) = address.strip_prefix("tcp:") {
            ["--socket".to_owned(), address.split(',').next().expect("an address").to_owned()]
        } else {
            ["--socket".to_owned(), device.folder().join("line").display().to_string()]
        };
        let scene = Self { device, place };
        // Refused: the board has no known issuer of this key, and has read its clock then.
        assert_eq!(scene.send(&token(&next_agent(), 1, 0), "read:arxiv"), refused(Error::UntrustedIssuer));
        scene.device.set_clock(Clock::Known(NOW)).expect("a clock");
        scene
    }

    fn send(&self, token: &[u8], scope: &str) -> (i32, Value) {
        self.ask("send", &["--scope", scope, &hex::encode(token)])
    }

    fn trust(&self, bundle: &[u8]) -> (i32, Value) {
        let path = self.device.folder().join("bundle");
        std::fs::write(&path, bundle).expect("written");
        self.ask("trust", &["--bundle", path.to_str().expect("a path")])
    }

    /// Exit code and answer.
    fn ask(&self, verb: &str, more: &[&str]) -> (i32, Value) {
        let mut command = Command::new(agentid());
        // QEMU looks once a second whether a pseudo-terminal has been opened.
        command.args(["device", verb, "--json", "--timeout", "30"]).args(&self.place).args(more);
        let output = command.stdin(Stdio::null()).output().expect("runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
        (output.status.code().expect("ends by itself"), answer)
    }
}

fn refused(error: Error) -> (i32, Value) {
    (1, json!({ "accepted": false, "code": error.code(), "name": error.name(), "reason": error.message() }))
}

fn admitted(calls_left: Option<u32>) -> (i32, Value) {
    (0, json!({ "accepted": true, "code": 0, "callsLeft": calls_left }))
}

fn in_force() -> (i32, Value) {
    (0, json!({ "accepted": true, "code": 0 }))
}

/// A device's life, told by the command alone.
fn live(scene: &Scene) {
    let once = token(&agent(), 7, 1);
    assert_eq!(scene.send(&once, "read:arxiv"), refused(Error::UntrustedIssuer), "nobody is trusted yet");

    let trusting = bundle(2, vec![issuer(&agent())]).sign_as_authority();
    let mut forged = trusting.clone();
    *forged.last_mut().expect("a byte") ^= 1;
    assert_eq!(scene.trust(&forged), refused(Error::BadBundleSignature));
    assert_eq!(scene.trust(&trusting), in_force());
    assert_eq!(scene.trust(&trusting), in_force(), "again");

    assert_eq!(scene.send(&once, "door:open"), refused(Error::ScopeNotGranted));
    assert_eq!(scene.send(&once, "read:arxiv"), admitted(Some(0)));
    assert_eq!(scene.send(&once, "read:arxiv"), refused(Error::BudgetExhausted), "a replay");
    assert_eq!(scene.send(&token(&agent(), 8, 0), "read:arxiv"), admitted(None));
    assert_eq!(scene.send(&token(&next_agent(), 9, 0), "read:arxiv"), refused(Error::UntrustedIssuer));

    let next = bundle(3, vec![issuer(&next_agent())]).sign_as_authority();
    assert_eq!(scene.trust(&next), in_force());
    assert_eq!(scene.trust(&trusting), refused(Error::BundleRollback), "an older epoch");
    assert_eq!(scene.send(&token(&agent(), 10, 0), "read:arxiv"), refused(Error::UntrustedIssuer));
    assert_eq!(scene.send(&token(&next_agent(), 9, 3), "read:arxiv"), admitted(Some(2)));
}

#[test]
fn over_a_unix_socket_with_every_board() {
    for board in Board::ALL {
        live(&Scene::start(board, "unix:line,server=on,wait=off"));
    }
}

#[test]
fn over_tcp() {
    live(&Scene::start(Board::ALL[2], "tcp:127.0.0.1:0,server=on,wait=off"));
}

#[test]
fn over_a_serial_port() {
    live(&Scene::start(Board::ALL[2], "pty"));
}

#[test]
fn a_request_that_is_longer_than_the_buffer_is_not_in_force() {
    let scene = Scene::start(Board::ALL[2], "unix:line,server=on,wait=off");
    let path = scene.device.folder().join("bundle");
    std::fs::write(&path, [1; 4_000]).expect("written");
    let mut command = Command::new(agentid());
    command.args(["device", "trust", "--json", "--timeout", "3"]).args(&scene.place).arg("--bundle").arg(&path);
    let output = command.output().expect("runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(4) && errors.contains("request-not-read"), "{errors}");
    assert!(errors.contains("240 frame-too-long") && output.stdout.is_empty(), "{errors}");
    // The next request is answered.
    assert_eq!(scene.send(&token(&agent(), 7, 1), "read:arxiv"), refused(Error::UntrustedIssuer));
}
