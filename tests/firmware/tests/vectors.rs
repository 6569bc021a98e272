//! Every board answers every vector as the host does.

use std::collections::BTreeMap;

use agentid_firmware_tests::{Board, NO_ROOM, workspace};
use agentid_test_kit::vectors::{Answer, answers, on_disk, parse, run};

/// By file, then in the order of the file: the outputs, sorted, since a device prints the code
/// last.
type Answers = BTreeMap<String, Vec<Answer>>;

#[test]
fn m0_answers_as_the_host_does() {
    compare("M0");
}

#[test]
fn m3_answers_as_the_host_does() {
    compare("M3");
}

#[test]
fn m4f_answers_as_the_host_does() {
    compare("M4F");
}

#[test]
fn m33_answers_as_the_host_does() {
    compare("M33");
}

/// With each curve code.
fn compare(core: &str) {
    let host = answers_of_host();
    let boards: Vec<Board> = Board::with_each_curve().filter(|board| board.core == core).collect();
    assert!(boards.len() >= 2, "no such core");
    for board in boards {
        compare_on(board, &host);
    }
}

fn compare_on(board: Board, host: &Answers) {
    let log = board.run("vectors", &workspace(), false).expect("runs to its end");
    let device = answers_of_device(&log);
    assert_eq!(device.keys().collect::<Vec<_>>(), host.keys().collect::<Vec<_>>(), "files");
    for (file, host) in host {
        let device = &device[file];
        assert_eq!(device.len(), host.len(), "vectors of {file}");
        for (number, (device, host)) in device.iter().zip(host).enumerate() {
            assert_eq!(device, host, "{file}.txt on {board}, vector {number} counted from 0");
        }
    }
    let count: usize = host.values().map(Vec::len).sum();
    assert!(count > 500, "only {count} vectors");
}

fn answers_of_host() -> Answers {
    let mut answers = Answers::new();
    for (file, text) in on_disk().into_iter().filter(|(file, _)| file != NO_ROOM) {
        let records = parse(&text).expect("parses");
        let name = file.trim_end_matches(".txt").to_owned();
        answers.insert(name, records.iter().map(|record| sorted(run(record))).collect());
    }
    answers
}

/// `file NAME`, then its answers, and `end` at last.
fn answers_of_device(log: &str) -> Answers {
    let (lines, end) = log.trim_end().rsplit_once('\n').expect("more than one line");
    assert_eq!(end, "end", "the image ran to its end");
    let mut files = BTreeMap::<&str, String>::new();
    let mut printed = None;
    for line in lines.lines() {
        match line.strip_prefix("file ") {
            Some(name) => printed = Some(files.entry(name).or_default()),
            None => printed.as_mut().expect("a file comes first").extend([line, "\n"]),
        }
    }
    let of_file = |printed: &str| answers(printed).expect("understood").into_iter();
    let answered = |answer: Option<Answer>| sorted(answer.expect("nothing is left out"));
    files.iter().map(|(name, printed)| ((*name).into(), of_file(printed).map(answered).collect())).collect()
}

/// Stable: calls stay in their order only if equal keys do.
fn sorted(mut outputs: Answer) -> Answer {
    outputs.sort_by(|a, b| a.0.cmp(&b.0));
    outputs
}
