//! The thread that reads a trust file ends with its gate. One test: threads are those of the whole
//! process.
#![cfg(all(feature = "gate", target_os = "linux"))]

mod common;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "agentid-trust").count()
}

#[test]
fn the_thread_ends_with_the_last_clone_long_before_its_interval_is_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trust.bundle");
    fs::write(&path, common::bundle(1)).expect("written");
    let gate = common::builder().trust_file(path).poll_interval(Duration::from_secs(3_600)).build();
    let gate = gate.expect("built");
    let clone = gate.clone();
    drop(gate);
    thread::sleep(Duration::from_millis(50));
    assert_eq!(threads(), 1);
    drop(clone);
    let started = Instant::now();
    while threads() > 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "the thread is left");
        thread::sleep(Duration::from_millis(1));
    }
}
