//! The verbs that make and use a key of a device, with SoftHSM as the device.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PIN: &str = "a user's PIN";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// A folder with a PKCS#11 token of the label `offline`, and its PIN in the file `pin`.
struct Device(TempDir);

impl Device {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = folder.path().join("tokens");
        fs::create_dir(&tokens).expect("a folder");
        let configuration = format!("directories.tokendir = {}\n", tokens.display());
        fs::write(folder.path().join("softhsm2.conf"), configuration).expect("written");
        fs::write(folder.path().join("pin"), format!("{PIN}\n")).expect("written");
        fs::write(folder.path().join("wrong-pin"), "another PIN\n").expect("written");
        let device = Self(folder);
        let made = device
            .command("softhsm2-util")
            .args(["--init-token", "--free", "--label", "offline", "--so-pin", "12345678", "--pin", PIN])
            .output()
            .expect("softhsm2-util is installed: `cargo xtask test setup`");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        device
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env("SOFTHSM2_CONF", self.0.path().join("softhsm2.conf"))
            .env_remove("AGENTID_PKCS11_PIN")
            .stdin(Stdio::null());
        command
    }

    /// Runs a verb that names a key of the token, with more arguments, in words.
    fn run(&self, verb: &str, key: &str, more: &str) -> Output {
        let module = MODULES.into_iter().find(|module| fs::exists(module).expect("a folder"));
        let module = module.expect("SoftHSM is installed: `cargo xtask test setup`");
        self.command(env!("CARGO_BIN_EXE_agentid"))
            .arg("--json")
            .args(verb.split_whitespace())
            .args(["--pkcs11-module", module, "--token-label", "offline", "--key-label", key])
            .args(more.split_whitespace())
            .output()
            .expect("started")
    }

    /// Runs a verb that names no key of the token.
    fn agentid(&self, words: &str) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_agentid"));
        command.arg("--json").args(words.split_whitespace()).output().expect("started")
    }
}

/// The answer of a verb that did what it should.
fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Exit code and name of a refusal.
fn refusal(output: &Output) -> (i32, String) {
    assert!(output.stdout.is_empty());
    let json: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    let name = json["error"]["name"].as_str().expect("a name");
    (output.status.code().expect("an exit code"), name.to_owned())
}

fn text<'j>(json: &'j Value, field: &str) -> &'j str {
    json[field].as_str().expect(field)
}

#[test]
fn an_authority_and_an_agent_in_a_device_sign_what_a_gate_admits() {
    let device = Device::new();
    let authority = answer(&device.run("pkcs11 generate", "authority", "--pin-file pin"));
    let agent = answer(&device.run("pkcs11 generate", "research-bot", "--pin-file pin"));
    assert_eq!(answer(&device.run("pkcs11 show", "authority", "--pin-file pin")), authority);
    assert_ne!(authority["public_key"], agent["public_key"]);

    let (authority, agent) = (text(&authority, "public_key"), text(&agent, "public_key"));
    answer(&device.agentid(&format!("trust init --authority {authority}")));
    let who = "--name research-bot --project phd-lab";
    answer(&device.agentid(&format!("trust add {who} --key {agent} --ceiling read:*")));
    let built = answer(&device.run("trust build", "authority", "--pin-file pin"));
    assert_eq!(built["epoch"], 1);

    let minted = answer(&device.run("mint", "research-bot", &format!("{who} --scopes read:arxiv --pin-file pin")));
    let token = text(&minted, "token");
    let verdict = answer(
        &device.agentid(&format!("verify {token} --bundle trust.bundle --authority {authority} --scope read:arxiv")),
    );
    assert_eq!((verdict["valid"].as_bool(), text(&verdict["claims"], "name")), (Some(true), "research-bot"));
}

#[test]
fn a_list_is_signed_by_its_authority_alone() {
    let device = Device::new();
    let authority = answer(&device.run("pkcs11 generate", "authority", "--pin-file pin"));
    answer(&device.run("pkcs11 generate", "other", "--pin-file pin"));
    answer(&device.agentid(&format!("trust init --authority {}", text(&authority, "public_key"))));
    let list = fs::read(device.0.path().join("trust.toml")).expect("the list");
    assert_eq!(refusal(&device.run("trust build", "other", "--pin-file pin")), (3, "wrong-signer".into()));
    assert_eq!(fs::read(device.0.path().join("trust.toml")).expect("the list"), list);
    assert!(!device.0.path().join("trust.bundle").exists());
}

#[test]
fn a_pin_comes_from_a_file_or_the_environment() {
    let device = Device::new();
    answer(&device.run("pkcs11 generate", "bot", "--pin-file pin"));
    assert_eq!(refusal(&device.run("pkcs11 show", "bot", "--pin-file wrong-pin")), (3, "wrong-pin".into()));
    assert_eq!(refusal(&device.run("pkcs11 show", "bot", "--pin-file nowhere")), (4, "system".into()));
    let with_variable = |pin: &str| {
        let mut command = device.command(env!("CARGO_BIN_EXE_agentid"));
        let words = ["--json", "pkcs11", "show", "--token-label", "offline", "--key-label", "bot", "--pkcs11-module"];
        let module = MODULES.into_iter().find(|module| fs::exists(module).expect("a folder")).expect("SoftHSM");
        command.args(words).arg(module).env("AGENTID_PKCS11_PIN", pin).output().expect("started")
    };
    answer(&with_variable(PIN));
    assert_eq!(refusal(&with_variable("another PIN")), (3, "wrong-pin".into()));
    for output in [with_variable(PIN), with_variable("another PIN")] {
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(!shown.contains(PIN) && !shown.contains("another PIN"), "{shown}");
    }
}

#[test]
fn a_key_that_cannot_be_meant_is_refused() {
    let device = Device::new();
    answer(&device.run("pkcs11 generate", "bot", "--pin-file pin"));
    assert_eq!(refusal(&device.run("pkcs11 generate", "bot", "--pin-file pin")), (3, "already-there".into()));
    assert_eq!(refusal(&device.run("pkcs11 show", "other", "--pin-file pin")), (3, "unknown-key".into()));
    let by_fingerprint =
        device.run("mint", "bot", "--fingerprint ag:sha256:0000000000000000 --no-scopes --pin-file pin");
    assert_eq!(refusal(&by_fingerprint), (2, "no-name".into()));
    // Neither a vault nor a device is guessed from half of a name.
    for words in [
        "mint --no-scopes --name a --project b --token-label offline --key-label bot",
        "mint --no-scopes --name a --project b --token-label offline",
        "mint --no-scopes --name a --project b --token-serial 1",
        "mint --no-scopes --name a --project b --key-label bot",
        "mint --no-scopes --name a --project b --key-id 01",
        "mint --no-scopes --name a --project b --pin-file pin",
        "mint --no-scopes --name a --project b --pkcs11-module pin",
        "mint --no-scopes --name a --project b --pkcs11-module pin --token-label offline",
        "pkcs11 show --pkcs11-module pin --token-label offline --token-serial 1 --key-label bot",
        "pkcs11 show --pkcs11-module pin --token-label offline --key-id 01 --key-label bot",
        "pkcs11 show --pkcs11-module pin --token-label offline",
        "pkcs11 generate",
        "pkcs11 show",
        "pkcs11 generate --token-label offline --key-label bot",
        "trust build --token-label offline --key-label bot",
        "trust init",
    ] {
        assert_eq!(device.agentid(words).status.code(), Some(2), "{words}");
    }
    let id = device.agentid("pkcs11 show --pkcs11-module pin --token-label offline --key-id 0g --pin-file pin");
    assert_eq!(refusal(&id), (2, "invalid-key-id".into()));
    let module = device.agentid("pkcs11 show --pkcs11-module pin --token-label offline --key-id 01 --pin-file pin");
    assert_eq!(refusal(&module), (4, "module-not-loaded".into()));
}
