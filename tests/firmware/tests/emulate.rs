//! The emulated device with trust of one's own: a bundle of `agentid trust build`, tokens of
//! `agentid mint`.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use agentid_firmware_tests::{Emulated, agentid};
use agentid_nostd::Clock;
use agentid_test_kit::clock::unix_now;
use serde_json::Value;
use tempfile::TempDir;

const DOOR: &str = "door:north:open";
const AGENT: [&str; 4] = ["--name", "door-opener", "--project", "building-7"];

/// A folder with a vault, a list and a bundle.
struct World {
    folder: TempDir,
    authority: [u8; 32],
}

impl World {
    fn new() -> Self {
        let mut world = Self { folder: TempDir::new().expect("a folder"), authority: [0; 32] };
        world.done(&["init"]);
        let made = world.done(&["trust", "init", "--project", "building-7"]);
        hex::decode_to_slice(made["authority"].as_str().expect("a key"), &mut world.authority).expect("hexadecimal");
        world.done(&[&["keys", "add", "--random"][..], &AGENT].concat());
        world.done(&[&["trust", "add", "--ceiling", "door:*:open"][..], &AGENT].concat());
        world.done(&["trust", "build"]);
        world
    }

    fn run(&self, words: &[&str]) -> (i32, Value) {
        let mut command = Command::new(agentid());
        command.current_dir(self.folder.path()).env("AGENTID_VAULT", "vault").env("AGENTID_VAULT_PASSWORD", "a test");
        let output = command.arg("--json").args(words).output().expect("the command starts");
        let printed = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let answer = serde_json::from_slice(printed).unwrap_or_else(|_| String::from_utf8_lossy(printed).into());
        (output.status.code().expect("not killed"), answer)
    }

    fn done(&self, words: &[&str]) -> Value {
        let (exit_code, answer) = self.run(words);
        assert_eq!(exit_code, 0, "{words:?}: {answer}");
        answer
    }

    fn bundle(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("trust.bundle")).expect("a bundle")
    }

    fn mint(&self, max_calls: &str) -> String {
        let mint = [&["mint", "--scopes", DOOR, "--max-calls", max_calls][..], &AGENT].concat();
        self.done(&mint)["token"].as_str().expect("a token").to_owned()
    }

    /// The exit code and the code of the device.
    fn device(&self, verb: &[&str], line: &[&str]) -> (i32, Value) {
        let (exit_code, answer) = self.run(&[&["device"], verb, line, &["--timeout", "60"]].concat());
        (exit_code, answer.get("code").cloned().unwrap_or(answer))
    }

    /// Waits until the device has counted for as long as a clock may be wrong: it refuses what was
    /// issued before. That takes half a minute, because the command mints at the system's time.
    fn begin(&self, device: &Emulated, line: &[&str]) {
        let (started, token) = (Instant::now(), self.mint("0"));
        loop {
            let answer = self.device(&["send", "--scope", DOOR, &token], line);
            if answer == (1, 30.into()) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{answer:?}");
        }
        std::thread::sleep(Duration::from_secs(32));
        device.set_clock(Clock::Known(unix_now())).expect("a clock");
    }
}

fn a_device_obeys_and_refuses(world: &World, line: &[&str]) {
    let send = |token: &str, scope: &str| world.device(&["send", "--scope", scope, token], line);
    let once = world.mint("1");
    assert_eq!(send(&once, "door:north:close"), (1, 32.into()));
    assert_eq!(send(&once, DOOR), (0, 0.into()));
    assert_eq!(send(&once, DOOR), (1, 34.into()));
    assert_eq!(send("qR0B", DOOR), (1, 1.into()));
    // The next epoch takes the agent back; the one before does not bring it back.
    let old = world.bundle();
    let listed = world.done(&["keys", "list"]);
    let keys = listed["keys"].as_array().expect("a list");
    let key = keys.iter().find(|key| key["name"] == "door-opener").expect("the agent")["public_key"].as_str();
    world.done(&["trust", "revoke", "--key", key.expect("a key")]);
    world.done(&["trust", "build"]);
    fs::write(world.folder.path().join("old.bundle"), old).expect("a file");
    let fresh = world.mint("1");
    assert_eq!(send(&fresh, DOOR), (0, 0.into()));
    assert_eq!(world.device(&["trust", "--bundle", "trust.bundle"], line), (0, 0.into()));
    assert_eq!(world.device(&["trust", "--bundle", "old.bundle"], line), (1, 43.into()));
    assert_eq!(send(&world.mint("1"), DOOR), (1, 26.into()));
    assert_eq!(world.device(&["token"], line), (1, 243.into()));
}

#[test]
fn a_device_obeys_the_agents_of_its_bundle() {
    let world = World::new();
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").to_string();
    let serial = format!("tcp:{address},server=on,wait=off");
    let mut device = Emulated::start(&world.authority, &world.bundle(), &serial).expect("a device");
    let line = ["--socket", &address];
    world.begin(&device, &line);
    a_device_obeys_and_refuses(&world, &line);
    device.check().expect("it still runs");
    drop(device);
    assert_eq!(world.device(&["trust", "--bundle", "trust.bundle"], &line).0, 4, "the device is gone");
}

#[test]
fn a_device_without_trust_of_its_own_ends() {
    let world = World::new();
    let stranger = [[9; 32], world.authority];
    assert!(Emulated::start(&stranger[0], &world.bundle(), "null").is_err());
    assert!(Emulated::start(&stranger[1], &[0; 1_536], "null").is_err());
}
