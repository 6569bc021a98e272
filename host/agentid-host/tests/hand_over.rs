//! From one authority to the next at a shared gate: stored first, then in force.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use agentid_host::{Clock, Error, GateBuilder, GateError, PublicKey, SharedGate, Since, TrustError};
use agentid_nostd::Call;
use agentid_test_kit::raw_bundle::{RawBundle, next_authority_key};
use common::{NOW, SEED, authority, builder, raw_bundle, token};
use tempfile::TempDir;

fn next_authority() -> PublicKey {
    PublicKey::from_bytes(next_authority_key().verifying_key().as_bytes()).expect("a good key")
}

/// A bundle of the authority, which names the next one.
fn old(epoch: u64) -> Vec<u8> {
    RawBundle { next_authority: *next_authority().as_bytes(), ..raw_bundle(epoch) }.sign_as_itself()
}

/// A bundle of the next authority.
fn new(epoch: u64, not_after: i64) -> Vec<u8> {
    RawBundle { authority: *next_authority().as_bytes(), not_after, ..raw_bundle(epoch) }.sign_as_itself()
}

struct Place(TempDir);

impl Place {
    fn new(bytes: &[u8]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        place.write(bytes);
        place
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("trust.bundle")
    }

    fn newest(&self) -> PathBuf {
        self.0.path().join("trust.bundle.newest")
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(self.file(), bytes).expect("written");
    }

    fn builder(&self) -> GateBuilder {
        builder().trust_file(self.file()).poll_interval(Duration::from_secs(3_600))
    }

    fn gate(&self) -> SharedGate {
        self.builder().build().expect("built")
    }
}

fn verdict(gate: &SharedGate) -> Result<(), Error> {
    gate.admit(&token(SEED, &["read:arxiv"], 1, 0), &Call::new(&["read:arxiv"])).map(drop)
}

fn code(error: &TrustError) -> Option<Error> {
    error.code()
}

#[test]
fn the_next_authority_takes_over_and_stays_after_a_restart() {
    let place = Place::new(&old(u64::MAX));
    let gate = place.gate();
    place.write(&new(1, NOW));
    assert!(gate.reload().expect("a hand-over"));
    assert_eq!((gate.trust_status().epoch, verdict(&gate)), (1, Ok(())));
    place.write(&old(u64::MAX));
    assert_eq!(code(&gate.reload().expect_err("the old key")), Some(Error::WrongAuthority));
    assert_eq!(verdict(&gate), Ok(()));
    drop(gate);
    let Err(GateError::Trust(error)) = place.builder().build() else { panic!("the old key, after a restart") };
    assert_eq!(code(&error), Some(Error::WrongAuthority));
    place.write(&new(1, NOW));
    assert_eq!(place.gate().trust_status().epoch, 1);
    // The configuration may follow, and then the state stays.
    let followed = SharedGate::builder(next_authority()).clock(|| Clock::Known(NOW)).since(Since::Beginning);
    let gate = followed.trust_file(place.file()).build().expect("the same state");
    place.write(&new(0, NOW));
    assert_eq!(code(&gate.reload().expect_err("older")), Some(Error::BundleRollback));
}

#[test]
fn the_old_key_cannot_redirect_the_hand_over() {
    let place = Place::new(&old(1));
    let gate = place.gate();
    for next in [[0; 32], [7; 32], *authority().as_bytes()] {
        place.write(&RawBundle { next_authority: next, ..raw_bundle(2) }.sign_as_itself());
        assert_eq!(code(&gate.reload().expect_err("another next authority")), Some(Error::MalformedBundle));
        let Err(GateError::Trust(error)) = place.builder().build() else { panic!("the same after a restart") };
        assert_eq!(code(&error), Some(Error::MalformedBundle));
    }
    assert_eq!(verdict(&gate), Ok(()));
}

#[test]
fn trust_that_is_stored_nowhere_is_not_handed_over() {
    let gate = builder().trust_bytes(old(1)).build().expect("built");
    assert_eq!(code(&gate.set_trust(new(1, NOW)).expect_err("no storage")), Some(Error::WrongAuthority));
    assert_eq!(verdict(&gate), Ok(()));
    let folder = tempfile::tempdir().expect("a folder");
    let gate = builder().trust_bytes(old(1)).newest_file(folder.path().join("newest")).build().expect("built");
    assert!(gate.set_trust(new(1, NOW)).expect("stored"));
}

#[test]
fn a_hand_over_that_cannot_be_stored_does_not_take_effect() {
    let place = Place::new(&old(1));
    let state = place.0.path().join("state");
    fs::create_dir(&state).expect("made");
    let gate = place.builder().newest_file(state.join("newest")).build().expect("built");
    let kept = fs::read(state.join("newest")).expect("stored");
    // The folder is there and cannot be written: in the place of the file is a folder.
    fs::remove_file(state.join("newest")).expect("removed");
    fs::create_dir(state.join("newest")).expect("made");
    place.write(&new(1, NOW));
    assert!(gate.reload().is_err());
    assert_eq!((gate.trust_status().epoch, verdict(&gate)), (1, Ok(())));
    fs::remove_dir(state.join("newest")).expect("removed");
    fs::write(state.join("newest"), kept).expect("written");
    place.write(&old(2));
    assert!(gate.reload().expect("the old authority stays"));
}

#[test]
fn a_hand_over_that_is_over_is_in_force_and_trusts_nobody() {
    let place = Place::new(&old(1));
    let time = common::Time::new();
    let gate = place.builder().clock(time.clock()).build().expect("built");
    time.set(NOW + 1);
    place.write(&new(1, NOW));
    assert_eq!(code(&gate.reload().expect_err("over")), Some(Error::BundleExpired));
    assert_eq!(verdict(&gate), Err(Error::BundleExpired));
    place.write(&old(2));
    assert_eq!(code(&gate.reload().expect_err("the old key")), Some(Error::WrongAuthority));
    place.write(&new(2, NOW + 9));
    assert!(gate.reload().expect("heals"));
    assert_eq!(verdict(&gate), Ok(()));
}

#[test]
fn a_state_of_another_pinned_authority_is_no_first_start() {
    let place = Place::new(&old(1));
    drop(place.gate());
    let other = PublicKey::from_bytes(next_authority().as_bytes()).expect("a good key");
    let by_other = SharedGate::builder(other).clock(|| Clock::Known(NOW)).since(Since::Beginning);
    let error = by_other.trust_file(place.file()).build().expect_err("pinned by hand");
    assert!(matches!(error, GateError::Trust(TrustError::AnotherAuthority { .. })), "{error}");
    fs::remove_file(place.newest()).expect("removed");
    place.write(&new(1, NOW));
    let by_other = SharedGate::builder(other).clock(|| Clock::Known(NOW)).since(Since::Beginning);
    assert!(by_other.trust_file(place.file()).build().is_ok());
}

/// Set for the process that is to be killed.
const PLACE: &str = "AGENTID_TEST_HAND_OVER";

/// Not a test by itself: the process that the next test kills.
#[test]
fn hands_over_until_it_is_killed() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let file = PathBuf::from(place).join("trust.bundle");
    let gate = builder().trust_file(&file).poll_interval(Duration::from_secs(3_600)).build().expect("built");
    fs::write(&file, new(1, NOW + 86_400)).expect("written");
    let _ = gate.reload();
    std::thread::sleep(Duration::from_secs(60));
}

/// At whatever time it is killed, the next start goes on: with the old authority if the state says
/// so, and else with the new one, whose bundle opens.
#[test]
fn a_process_that_is_killed_in_a_hand_over_goes_on() {
    let mut taken_over = 0;
    for round in 0_u64..12 {
        let place = Place::new(&old(1));
        let mut process = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "hands_over_until_it_is_killed"])
            .env(PLACE, place.0.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("started");
        let start = Instant::now();
        // From the first state on, a little later each time.
        while !place.newest().exists() && start.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_micros(100));
        }
        std::thread::sleep(Duration::from_micros(round * round * 150));
        process.kill().expect("killed");
        process.wait().expect("ended");
        let stored = fs::read_to_string(place.newest()).expect("whole or not at all");
        let is_new = stored.contains(&format!("\"authority\":\"{}\"", hex::encode(next_authority().as_bytes())));
        taken_over += u32::from(is_new);
        place.write(&old(1));
        assert_eq!(place.builder().build().is_ok(), !is_new, "{round}: {stored}");
        // Also at the start: the state names the next authority.
        place.write(&new(1, NOW + 86_400));
        assert_eq!(verdict(&place.gate()), Ok(()));
        place.write(&old(1));
        let Err(GateError::Trust(error)) = place.builder().build() else { panic!("the old key") };
        assert_eq!(code(&error), Some(Error::WrongAuthority));
    }
    assert!(taken_over > 0, "never killed late enough");
}
