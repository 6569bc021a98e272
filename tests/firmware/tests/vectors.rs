//! Every board answers every vector as the host does.

use std::collections::BTreeMap;

use agentid_firmware_tests::{Board, workspace};
use agentid_tests::vectors::{on_disk, parse, run};

/// What needs more memory than a small device has; `tests/vectors/README.md` says so.
const LEFT_OUT: &str = "long.txt";

/// By file, then in the order of the file: the outputs, sorted, since a device prints the code last.
type Answers = BTreeMap<String, Vec<Vec<(String, String)>>>;

#[test]
fn m0_answers_as_the_host_does() {
    compare(Board::ALL[0]);
}

#[test]
fn m3_answers_as_the_host_does() {
    compare(Board::ALL[1]);
}

#[test]
fn m4f_answers_as_the_host_does() {
    compare(Board::ALL[2]);
}

#[test]
fn m33_answers_as_the_host_does() {
    compare(Board::ALL[3]);
}

fn compare(board: Board) {
    let log = board.run("vectors", &workspace(), false).expect("runs to its end");
    let device = answers_of_device(&log);
    let host = answers_of_host();
    assert_eq!(device.keys().collect::<Vec<_>>(), host.keys().collect::<Vec<_>>(), "files");
    for (file, host) in &host {
        let device = &device[file];
        assert_eq!(device.len(), host.len(), "vectors of {file}");
        for (number, (device, host)) in device.iter().zip(host).enumerate() {
            assert_eq!(device, host, "{file}.txt on {}, vector {number} counted from 0", board.core);
        }
    }
    let count: usize = host.values().map(Vec::len).sum();
    assert!(count > 500, "only {count} vectors");
}

fn answers_of_host() -> Answers {
    let mut answers = Answers::new();
    for (file, text) in on_disk().into_iter().filter(|(file, _)| file != LEFT_OUT) {
        let records = parse(&text).expect("parses");
        let name = file.trim_end_matches(".txt").to_owned();
        answers.insert(name, records.iter().map(|record| sorted(run(record))).collect());
    }
    answers
}

/// `file NAME`, then for each vector `vector` and its `key = value` lines, and `end` at last.
fn answers_of_device(log: &str) -> Answers {
    let mut answers = Answers::new();
    let mut file = String::new();
    let (lines, end) = log.trim_end().rsplit_once('\n').expect("more than one line");
    assert_eq!(end, "end", "the image ran to its end");
    for line in lines.lines() {
        if let Some(name) = line.strip_prefix("file ") {
            file = name.into();
            answers.insert(file.clone(), Vec::new());
            continue;
        }
        let vectors = answers.get_mut(&file).expect("a file comes first");
        if line == "vector" {
            vectors.push(Vec::new());
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("not understood: {line}"));
        vectors.last_mut().expect("a vector comes first").push((key.trim().into(), value.trim().into()));
    }
    answers.values_mut().flatten().for_each(|vector| vector.sort_by(|a, b| a.0.cmp(&b.0)));
    answers
}

/// Stable: calls stay in their order only if equal keys do.
fn sorted(mut outputs: Vec<(String, String)>) -> Vec<(String, String)> {
    outputs.sort_by(|a, b| a.0.cmp(&b.0));
    outputs
}
