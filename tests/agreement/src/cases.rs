//! A case: one vector, where it stands, and what must be answered.

use std::fs;
use std::path::{Path, PathBuf};

use agentid_nostd::Backend;
use agentid_test_kit::vectors::{Answer, Record, parse, run_with};
use anyhow::{Result, anyhow, bail, ensure};

/// A vector and the file it is from.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) file: String,
    pub(crate) record: Record,
}

impl Case {
    /// What the core answers on the host, by the code of this backend.
    pub(crate) fn on_host(&self, backend: impl Backend + Copy) -> Option<Answer> {
        Some(run_with(backend, &self.record))
    }

    /// The expected codes: one for each call of a gate that opens, one for anything else.
    pub(crate) fn codes(&self) -> Vec<u8> {
        codes(&self.record.outputs)
    }
}

/// The vectors of a text.
pub(crate) fn parsed(file: &str, text: &str) -> Result<Vec<Case>> {
    let records = parse(text).map_err(|error| anyhow!("{file}: line {}", error.line))?;
    Ok(records.into_iter().map(|record| Case { file: file.into(), record }).collect())
}

/// Keeps the random cases in a file, to look at and to repeat, and reads them from there.
pub(crate) fn written(text: &str) -> Result<Vec<Case>> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let folder = target.join("agreement");
    fs::create_dir_all(&folder)?;
    let path = folder.join("random.txt");
    fs::write(&path, text)?;
    parsed("target/agreement/random.txt", &fs::read_to_string(path)?)
}

/// How many codes were the same. `None` is a vector that the platform has no question for.
///
/// The first answer that differs is an error that names platform, case and both answers.
pub(crate) fn compare(platform: &str, cases: &[Case], answers: &[Option<Answer>]) -> Result<usize> {
    ensure!(cases.len() == answers.len(), "{platform} answered {} of {} vectors", answers.len(), cases.len());
    let mut same = 0;
    for (case, answer) in cases.iter().zip(answers) {
        let Some(answer) = answer else { continue };
        let (expected, answered) = (sorted(&case.record.outputs), sorted(answer));
        if expected.len() != answered.len() || !expected.iter().zip(&answered).all(|(one, other)| equal(one, other)) {
            let differs = expected.iter().zip(&answered).find(|(one, other)| !equal(one, other));
            let differs = differs.map_or_else(String::new, |(one, other)| {
                format!("\n  {} is {:?} on the host and {:?} on {platform}", one.0, one.1, other.1)
            });
            let Case { file, record } = case;
            bail!(
                "{platform}, {file}, [{}]: host {:?}, {platform} {:?}{differs}\n  expected {expected:?}\n  answered \
                 {answered:?}",
                record.name,
                case.codes(),
                codes(answer),
            );
        }
        same += case.codes().len();
    }
    Ok(same)
}

/// By key, the code first, since a device prints it last; equal keys stay in order.
fn sorted(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    answer.sort_by(|one, other| (one.0 != "code", &one.0).cmp(&(other.0 != "code", &other.0)));
    answer
}

/// JavaScript rounds times beyond 2^53: those are compared as it has them.
fn equal(one: &(String, String), other: &(String, String)) -> bool {
    let time = ["issued-at", "expires-at", "not-after"].contains(&one.0.as_str());
    let rounded = |text: &str| text.parse::<f64>().ok();
    let beyond = |text: &str| rounded(text).is_some_and(|time| time.abs() > 9_007_199_254_740_992.0);
    one == other || (time && one.0 == other.0 && beyond(&one.1) && rounded(&one.1) == rounded(&other.1))
}

/// The codes of the calls, or else the only one. What is no code is 255, which is none either.
fn codes(answer: &Answer) -> Vec<u8> {
    let of = |wanted: &str| -> Vec<u8> {
        let values = answer.iter().filter(|(key, _)| key == wanted).map(|(_, value)| value.split(' ').next());
        values.map(|code| code.and_then(|code| code.parse().ok()).unwrap_or(u8::MAX)).collect()
    };
    let calls = of("call");
    if calls.is_empty() { of("code") } else { calls }
}
