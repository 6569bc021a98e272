//! A trust file that changes while its gate serves, and the newest version beside it.
#![cfg(feature = "gate")]

mod common;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use agentid_host::{Call, Error, GateBuilder, GateError, SharedGate, TrustError};
use agentid_test_kit::raw_bundle::RawBundle;
use common::{NOW, SEED, Time, builder, bundle, raw_bundle, revoking, token};
use tempfile::TempDir;

const READ: Call<'static> = Call::new(&["read:arxiv"]);

/// A folder with a trust file in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(bytes: &[u8]) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::write(place.file(), bytes).expect("written");
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("trust.bundle")
    }

    fn newest(&self) -> PathBuf {
        self.folder.path().join("trust.bundle.newest")
    }

    /// A gate that looks at the file only if it is told to.
    fn builder(&self) -> GateBuilder {
        builder().trust_file(self.file()).poll_interval(Duration::from_secs(3_600))
    }

    fn gate(&self) -> SharedGate {
        self.builder().build().expect("built")
    }

    fn rename_over(&self, bytes: &[u8]) {
        let other = self.folder.path().join("other");
        fs::write(&other, bytes).expect("written");
        fs::rename(other, self.file()).expect("renamed");
    }
}

fn verdict(gate: &SharedGate) -> Result<(), Error> {
    gate.admit(&token(SEED, &["read:*"], 7, 0), &READ).map(drop)
}

/// Waits until the thread has put the epoch in force.
fn wait_for(gate: &SharedGate, epoch: u64) {
    let started = Instant::now();
    while gate.trust_status().epoch != epoch {
        assert!(started.elapsed() < Duration::from_secs(10), "epoch {epoch} never took effect");
        thread::sleep(Duration::from_millis(2));
    }
}

fn code_at_start(builder: GateBuilder) -> Option<Error> {
    match builder.build() {
        Err(GateError::Trust(error)) => error.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_written_in_place_or_renamed_over_takes_effect_by_itself() {
    let place = Place::new(&bundle(1));
    let gate = place.builder().poll_interval(Duration::from_millis(5)).build().expect("built");
    assert_eq!(verdict(&gate), Ok(()));
    fs::write(place.file(), revoking(2)).expect("written");
    wait_for(&gate, 2);
    assert_eq!(verdict(&gate), Err(Error::IssuerRevoked));
    place.rename_over(&bundle(3));
    wait_for(&gate, 3);
    assert_eq!(verdict(&gate), Ok(()));
    assert!(gate.trust_status().last_failure.is_none());
}

/// As Kubernetes mounts a `ConfigMap`: the file is a link into `..data`, which is a link that is
/// replaced.
#[cfg(unix)]
#[test]
fn a_link_that_is_swapped_takes_effect_by_itself() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for (version, bytes) in [("v1", bundle(1)), ("v2", revoking(2))] {
        fs::create_dir(path(version)).expect("made");
        fs::write(path(version).join("trust.bundle"), bytes).expect("written");
    }
    symlink("v1", path("..data")).expect("linked");
    symlink("..data/trust.bundle", path("trust.bundle")).expect("linked");
    let builder = builder().trust_file(path("trust.bundle")).poll_interval(Duration::from_millis(5));
    let gate = builder.build().expect("built");
    symlink("v2", path("..next")).expect("linked");
    fs::rename(path("..next"), path("..data")).expect("swapped");
    wait_for(&gate, 2);
    assert_eq!(verdict(&gate), Err(Error::IssuerRevoked));
}

#[test]
fn a_bad_file_of_every_kind_keeps_the_old_trust() {
    let place = Place::new(&bundle(5));
    let time = Time::new();
    let gate = place.builder().clock(time.clock()).build().expect("built");
    let mut forged = bundle(6);
    *forged.last_mut().expect("not empty") ^= 1;
    let other = agentid_test_kit::raw::derived_key("another", "authority", Some(SEED));
    let of_other = RawBundle { authority: other.verifying_key().to_bytes(), ..raw_bundle(6) }.sign(&other);
    let half = bundle(6)[..100].to_vec();
    for (bytes, error) in [
        (Vec::new(), Error::MalformedBundle),
        (half, Error::MalformedBundle),
        (of_other, Error::WrongAuthority),
        (forged, Error::BadBundleSignature),
        (bundle(4), Error::BundleRollback),
        (revoking(5), Error::BundleRollback),
        (RawBundle { issued_at: NOW + 31, ..raw_bundle(6) }.sign_as_authority(), Error::BundleDatedAhead),
        (
            RawBundle { not_after: NOW - 1, issued_at: NOW - 2, ..raw_bundle(6) }.sign_as_authority(),
            Error::BundleExpired,
        ),
    ] {
        // In place, and as another file.
        fs::write(place.file(), &bytes).expect("written");
        for _ in 0..2 {
            assert_eq!(gate.reload().expect_err("refused").code(), Some(error));
            let status = gate.trust_status();
            assert_eq!((status.epoch, verdict(&gate)), (5, Ok(())), "{error:?}");
            assert_eq!(status.last_failure.expect("said").error.code(), Some(error));
            place.rename_over(&bytes);
        }
    }
    // A bundle that was dated ahead is good later, without a change of the file.
    place.rename_over(&RawBundle { issued_at: NOW + 31, ..raw_bundle(6) }.sign_as_authority());
    assert_eq!(gate.reload().expect_err("early").code(), Some(Error::BundleDatedAhead));
    time.set(NOW + 1);
    assert!(gate.reload().expect("in time"));
    assert_eq!((gate.trust_status().epoch, gate.trust_status().last_failure.is_none()), (6, true));
}

#[test]
fn a_file_that_cannot_be_read_keeps_the_old_trust() {
    let place = Place::new(&bundle(1));
    let gate = place.gate();
    let is_unreadable = |error: &TrustError| matches!(error, TrustError::Unreadable { .. });
    fs::remove_file(place.file()).expect("removed");
    let error = gate.reload().expect_err("vanished");
    assert!(is_unreadable(&error) && error.to_string().contains("trust.bundle"), "{error}");
    fs::create_dir(place.file()).expect("made");
    assert!(is_unreadable(&gate.reload().expect_err("a folder")));
    fs::remove_dir(place.file()).expect("removed");
    let too_large = fs::File::create(place.file()).expect("made");
    too_large.set_len((64 << 20) + 1).expect("set");
    let error = gate.reload().expect_err("too large");
    assert!(is_unreadable(&error) && error.to_string().contains("67108864"), "{error}");
    assert_eq!(verdict(&gate), Ok(()));
    let first = gate.trust_status().last_failure.expect("said").since;
    assert!(gate.reload().is_err());
    assert_eq!(gate.trust_status().last_failure.expect("said").since, first, "the same failure");
    fs::write(place.file(), bundle(1)).expect("written");
    assert!(!gate.reload().expect("as before"));
    assert!(gate.trust_status().last_failure.is_none());
}

#[test]
fn a_restart_refuses_an_older_bundle_and_another_one_of_the_epoch() {
    let place = Place::new(&bundle(3));
    drop(place.gate());
    let stored = fs::read_to_string(place.newest()).expect("stored");
    assert!(stored.starts_with("{\"epoch\":3,\"sha256\":\""), "{stored}");
    for older in [bundle(2), revoking(3)] {
        fs::write(place.file(), older).expect("written");
        assert_eq!(code_at_start(place.builder()), Some(Error::BundleRollback));
    }
    fs::write(place.file(), bundle(3)).expect("written");
    assert_eq!(place.gate().trust_status().epoch, 3);
    assert_eq!(fs::read_to_string(place.newest()).expect("stored"), stored);
}

#[test]
fn a_newest_file_that_says_nothing_is_no_first_start() {
    let place = Place::new(&bundle(3));
    for text in ["", "{}", "{\"epoch\":0}"] {
        fs::write(place.newest(), text).expect("written");
        let error = place.builder().build().expect_err("malformed");
        assert!(matches!(error, GateError::Trust(TrustError::NewestMalformed { .. })), "{error}");
    }
    fs::remove_file(place.newest()).expect("removed");
    fs::create_dir(place.newest()).expect("made");
    let error = place.builder().build().expect_err("unreadable");
    assert!(matches!(error, GateError::Trust(TrustError::NewestUnreadable { .. })), "{error}");
}

#[test]
fn trust_whose_version_cannot_be_stored_does_not_take_effect() {
    let place = Place::new(&bundle(1));
    let state = place.folder.path().join("state");
    fs::create_dir(&state).expect("made");
    let gate = place.builder().newest_file(state.join("newest")).build().expect("built");
    fs::write(place.file(), revoking(2)).expect("written");
    fs::remove_dir_all(&state).expect("removed");
    let error = gate.reload().expect_err("nowhere to store");
    assert!(matches!(&*error, TrustError::NewestUnreadable { .. } | TrustError::NotStored { .. }), "{error}");
    assert_eq!((gate.trust_status().epoch, verdict(&gate)), (1, Ok(())));
    fs::create_dir(&state).expect("made");
    assert!(gate.reload().expect("stored"));
    assert_eq!(verdict(&gate), Err(Error::IssuerRevoked));
    let nowhere = place.builder().newest_file(place.folder.path().join("none/newest")).build();
    assert!(matches!(nowhere, Err(GateError::Trust(_))));
}

#[test]
fn two_gates_that_share_the_newest_file_never_lower_it() {
    let (ahead, behind) = (Place::new(&bundle(7)), Place::new(&bundle(5)));
    let shared = ahead.folder.path().join("newest");
    let second = behind.builder().newest_file(&shared).build().expect("built");
    let first = ahead.builder().newest_file(&shared).build().expect("built");
    fs::write(behind.file(), bundle(6)).expect("written");
    assert_eq!(second.reload().expect_err("older than seen").code(), Some(Error::BundleRollback));
    assert!(fs::read_to_string(&shared).expect("stored").starts_with("{\"epoch\":7,"));
    thread::scope(|scope| {
        for place in [&ahead, &behind] {
            let gate = if place.file() == ahead.file() { &first } else { &second };
            scope.spawn(move || {
                for epoch in 8..40 {
                    fs::write(place.file(), bundle(epoch)).expect("written");
                    let _ = gate.reload();
                }
            });
        }
    });
    assert!(fs::read_to_string(&shared).expect("stored").starts_with("{\"epoch\":39,"));
}

#[test]
fn a_thousand_reloads_do_not_grow_memory() {
    let place = Place::new(&bundle(1));
    let gate = place.gate();
    let bundles: Vec<_> = (2..=1_101).map(bundle).collect();
    let reload = |bytes: &[u8]| {
        fs::write(place.file(), bytes).expect("written");
        assert!(gate.reload().expect("newer"));
        assert_eq!(verdict(&gate), Ok(()));
    };
    // What is made once, such as a thread's own memory, is not growth.
    let (first, rest) = bundles.split_at(100);
    first.iter().for_each(|bytes| reload(bytes));
    let used = allocation_counter::measure(|| rest.iter().for_each(|bytes| reload(bytes)));
    assert!(used.count_total > 5_000, "nothing was measured: {used:?}");
    assert_eq!(used.bytes_current, 0, "{used:?}");
}

#[test]
fn calls_during_reloads_are_decided_by_the_old_or_the_new_trust() {
    let place = Place::new(&bundle(1));
    let gate = place.gate();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let calls = || {
            let mut seen = [0_u32; 2];
            while !is_over.load(Ordering::Relaxed) {
                match verdict(&gate) {
                    Ok(()) => seen[0] += 1,
                    Err(Error::IssuerRevoked) => seen[1] += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }
            seen
        };
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(calls)).collect();
        for epoch in 2..150 {
            let bytes = if epoch % 2 == 0 { revoking(epoch) } else { bundle(epoch) };
            fs::write(place.file(), bytes).expect("written");
            assert!(gate.reload().expect("newer"));
            let expected = if epoch % 2 == 0 { Err(Error::IssuerRevoked) } else { Ok(()) };
            assert_eq!(verdict(&gate), expected, "after the reload only the new trust decides");
        }
        is_over.store(true, Ordering::Relaxed);
        let seen = threads.into_iter().map(|thread| thread.join().expect("ended"));
        let [passed, refused] = seen.fold([0; 2], |sum, seen| [sum[0] + seen[0], sum[1] + seen[1]]);
        assert!(passed > 0 && refused > 0, "{passed} passed, {refused} refused");
    });
}
