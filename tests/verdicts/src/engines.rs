//! The JavaScript engines, with the npm package as it is built.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use agentid_tests::vectors::write;
use anyhow::{Context, Result, ensure};

use crate::cases::{Answer, Case, answers};

/// An engine, and the folder whose `test/verdicts.mjs` asks it.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    folder: &'static str,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [
        Self { name: "Node", folder: "wasm" },
        Self { name: "workerd", folder: "targets/worker" },
        Self { name: "Chromium", folder: "targets/browser" },
    ];

    /// The answers to both, one after the other. The expected ones are not given.
    pub(crate) fn ask(&self, vectors: &[Case], random: &[Case]) -> Result<Vec<Option<Answer>>> {
        let mut questions: Vec<_> = vectors.iter().chain(random).map(|case| case.record.clone()).collect();
        questions.iter_mut().for_each(|record| record.outputs.clear());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut node = Command::new(root.join("wasm/node_modules/.bin/node"));
        let mut node = node
            .arg("test/verdicts.mjs")
            .current_dir(root.join(self.folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{}: try `cargo xtask test setup`", self.name))?;
        node.stdin.take().context("a pipe")?.write_all(write("questions", &questions).as_bytes())?;
        let output = node.wait_with_output()?;
        ensure!(output.status.success(), "{}: {}", self.name, output.status);
        answers(&String::from_utf8(output.stdout)?)
    }
}
