//! Instructions of the processor, by callgrind.

use std::fs;
use std::path::Path;
use std::process::Command;

use agentid_refused::{Curve, judge, warm};
use anyhow::{Context, Result, bail, ensure};

use crate::cases::{Case, cases};

/// Asks each question once. Callgrind writes down the cost of each after it.
pub(crate) fn ask_all(curve: &str) -> Result<()> {
    let known = [Curve::Compact, Curve::Builtin, Curve::Dalek];
    let curve = known.into_iter().find(|known| format!("{known:?}") == curve).context("no such curve code")?;
    let cases = cases();
    for case in &cases {
        case.prepare(curve);
        // Work that a process does once, such as detecting the instructions of the processor.
        warm(&cases[0].input);
        let code = judge(&case.input);
        ensure!(code == case.code, "{}: {code} and not {}", case.what, case.code);
    }
    Ok(())
}

/// The instructions of all cases, in their order.
pub(crate) fn counts(cases: &[Case], curve: Curve, folder: &Path) -> Result<Vec<u64>> {
    let folder = folder.join(format!("{curve:?}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--toggle-collect=agentid_refused_judge"]);
    valgrind.arg("--dump-after=agentid_refused_judge");
    valgrind.arg(format!("--callgrind-out-file={}", folder.join("counts").display()));
    valgrind.arg(std::env::current_exe()?).args(["ask", &format!("{curve:?}")]);
    let output = valgrind.output().context("valgrind: install the package of that name")?;
    if !output.status.success() {
        bail!("{valgrind:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    (1..=cases.len())
        .map(|part| {
            let part = folder.join(format!("counts.{part}"));
            let text = fs::read_to_string(&part).with_context(|| part.display().to_string())?;
            let count = text.lines().find_map(|line| line.strip_prefix("summary: ")).context("callgrind's count")?;
            Ok(count.trim().parse()?)
        })
        .collect()
}
