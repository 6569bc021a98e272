//! The JavaScript engines, with the npm package as it is built.

use std::io::{Error, Result, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// An engine, and the folder whose programs ask it.
pub struct Engine {
    /// As people call it.
    pub name: &'static str,
    folder: &'static str,
    /// What it imports where that is another build of the package.
    package: Option<&'static str>,
}

impl Engine {
    /// All that the package is tested in.
    pub const ALL: [Self; 3] = [
        Self { name: "Node", folder: "wasm", package: None },
        Self { name: "workerd", folder: "targets/worker", package: None },
        Self { name: "Chromium", folder: "targets/browser", package: None },
    ];

    /// With our own curve code. One engine is enough: what WebAssembly computes, all compute.
    pub const NODE_BUILTIN: Self =
        Self { name: "Node builtin", folder: "wasm", package: Some("agentid-wasm/builtin") };

    /// Runs `test/PROGRAM` with the Node that `xtask/node` locks: question in, answer out.
    ///
    /// # Errors
    /// Where it is not there, fails, or prints what is no UTF-8.
    pub fn ask(&self, program: &str, question: &str) -> Result<String> {
        let failed = |error| Error::other(format!("{}: {error}: try `cargo xtask test setup`", self.name));
        self.run(program, question).map_err(failed)
    }

    fn run(&self, program: &str, question: &str) -> Result<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut node = Command::new(root.join("xtask/node/node_modules/.bin/node"));
        if let Some(package) = self.package {
            node.env("AGENTID_PACKAGE", package);
        }
        let mut node = node
            .arg(format!("test/{program}"))
            .current_dir(root.join(self.folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // Dropped behind this, so that the program sees the end.
        node.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(question.as_bytes()))?;
        let output = node.wait_with_output()?;
        if !output.status.success() {
            return Err(Error::other(output.status.to_string()));
        }
        String::from_utf8(output.stdout).map_err(Error::other)
    }
}
