//! `cargo xtask test docs`: every page is true. Links lead somewhere, pages keep to their length, and
//! the commands of `docs/` and of the packages' READMEs run as they are written.
//!
//! A reader has an empty folder `my-project`, and the clone beside it as `../agentid`. A block whose
//! first line is a comment with a path, such as `// first.mjs`, is a file of theirs. All command
//! blocks of a page are one session.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::process::{Log, command, output, root, target_dir};
use crate::{firmware, wasm};

/// The longest README of the repository, in lines.
const README_LINES: usize = 120;
/// The most commands of a page.
const MOST_COMMANDS: usize = 12;
/// The longest time that a page's commands take, in seconds.
const SECONDS: u32 = 300;

/// Words behind `sh` that say why a block is not run here.
const NOT_RUN: [(&str, &str); 3] = [
    ("account", "it needs an account"),
    ("board", "it needs a board"),
    ("step", "it is a command of the tests, or takes longer than they do"),
];

/// Checks every page, then runs the commands of each. Every fault is reported.
pub(crate) fn test(log: &Log) -> Result<()> {
    let pages = tracked_pages()?;
    let mut faults = Vec::new();
    for page in &pages {
        check(page, &mut faults);
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    wasm::build(log)?;
    wasm::build_builtin(log)?;
    firmware::set_up()?;
    let failed: Vec<&str> =
        pages.iter().filter(|page| run(page, log).is_err()).map(|page| page.path.as_str()).collect();
    if failed.is_empty() { Ok(()) } else { bail!("commands failed of {}", failed.join(", ")) }
}

/// One page, read.
struct Page {
    path: String,
    text: String,
    blocks: Vec<Block>,
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

/// A code block: the words behind its fence, and its lines.
struct Block {
    info: String,
    text: String,
}

fn tracked_pages() -> Result<Vec<Page>> {
    let list = output(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]));
    let paths = list.unwrap_or_default();
    let mut pages = Vec::new();
    for path in paths.split('\0').filter(|path| !path.is_empty()) {
        // A link stands for a page that is listed itself; one that was just deleted is still listed.
        let is_link = root().join(path).is_symlink();
        if let (false, Ok(text)) = (is_link, fs::read_to_string(root().join(path))) {
            pages.push(Page::read(path, text));
        }
    }
    if pages.is_empty() { bail!("this needs git and a checkout") } else { Ok(pages) }
}

impl Page {
    fn read(path: &str, text: String) -> Self {
        let (mut blocks, mut links, mut anchors) = (Vec::new(), Vec::new(), BTreeSet::new());
        let (mut block, mut heading) = (None::<Block>, None::<String>);
        for event in Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = if let CodeBlockKind::Fenced(info) = kind { info.to_string() } else { String::new() };
                    block = Some(Block { info, text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| anchor(&text))),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push(dest_url.to_string());
                }
                Event::Text(part) | Event::Code(part) => {
                    if let Some(block) = &mut block {
                        block.text += &part;
                    } else if let Some(heading) = &mut heading {
                        *heading += &part;
                    }
                }
                _ => {}
            }
        }
        Self { path: path.into(), text, blocks, links, anchors }
    }

    fn folder(&self) -> PathBuf {
        root().join(&self.path).parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The blocks of commands, without those that are marked.
    fn commands(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.info == "sh")
    }
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn check(page: &Page, faults: &mut Vec<String>) {
    let path = &page.path;
    for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
        let (file, wanted) = link.split_once('#').unwrap_or((link, ""));
        let target = page.folder().join(file);
        let anchors = || Page::read(path, fs::read_to_string(&target).unwrap_or_default()).anchors;
        if !target.exists() {
            faults.push(format!("{path}: {link} leads nowhere"));
        } else if (file.is_empty() && !wanted.is_empty() && !page.anchors.contains(wanted))
            || (file.ends_with(".md") && !wanted.is_empty() && !anchors().contains(wanted))
        {
            faults.push(format!("{path}: {link}: there is no such heading"));
        }
    }
    let lines = page.text.lines().count();
    if path == "README.md" && lines > README_LINES {
        faults.push(format!("{path} has {lines} lines, and may have {README_LINES}"));
    }
    for block in &page.blocks {
        let mut words = block.info.split_whitespace();
        if words.next() == Some("sh")
            && let Some(mark) = words.next()
            && !NOT_RUN.iter().any(|(known, _)| *known == mark)
        {
            faults.push(format!("{path}: sh {mark}: the marks are {:?}", NOT_RUN.map(|(known, why)| [known, why])));
        }
    }
    let commands: usize = page.commands().map(|block| count(&block.text)).sum();
    if commands > MOST_COMMANDS {
        faults.push(format!("{path} has {commands} commands, and may have {MOST_COMMANDS}"));
    }
}

/// The number of commands in a block: its lines, without comments and lines that go on.
fn count(text: &str) -> usize {
    let mut goes_on = false;
    let starts =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).filter(|line| {
            let is_start = !goes_on;
            goes_on = line.ends_with('\\');
            is_start
        });
    starts.count()
}

/// Runs the commands of a page in an empty folder.
fn run(page: &Page, log: &Log) -> Result<()> {
    if page.commands().next().is_none() {
        return Ok(());
    }
    // Not in the checkout, whose workspace would be found there.
    let folder = std::env::temp_dir().join(format!("agentid-docs-{}", std::process::id()));
    let project = folder.join("my-project");
    fs::create_dir_all(&project)?;
    std::os::unix::fs::symlink(root(), folder.join("agentid"))?;
    fs::write(folder.join("session.sh"), session(page))?;
    // A session of its own: what it leaves running ends with it.
    let mut bash = command("setsid");
    bash.args(["--wait", "bash", "../session.sh"]).current_dir(&project);
    // What a reader has installed; the folders of this run are not theirs.
    let path = std::env::join_paths(
        [root().join("node_modules/.bin"), target_dir().join("tools/bin")]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let result = log.run(bash.env("PATH", path).env_remove("CARGO_TARGET_DIR").env_remove("RUSTC_WORKSPACE_WRAPPER"));
    fs::remove_dir_all(folder)?;
    result
}

/// The files and the commands of a page, in their order, as one script.
fn session(page: &Page) -> String {
    let mut script = String::from("set -euo pipefail\n");
    // What is left of it does not always end when it is asked to.
    script +=
        "trap 'for left in $(pgrep -g $$); do [ $left = $$ ] || kill -KILL $left || true; done 2> /dev/null' EXIT\n";
    let _ = writeln!(script, "(sleep {SECONDS}; kill -TERM $$) > /dev/null 2>&1 &");
    for block in &page.blocks {
        if block.info == "sh" {
            // Each command is shown before it runs.
            let _ = writeln!(script, "set -x\n{}\n{{ set +x; }} 2>/dev/null", block.text);
        } else if let Some(name) = file_name(&block.text) {
            let _ = writeln!(script, "mkdir -p \"$(dirname {name})\"\ncat > {name} <<'END_OF_BLOCK'");
            let _ = writeln!(script, "{}END_OF_BLOCK", block.text);
        }
    }
    script
}

/// The path in the first line of a block, if that is a comment with nothing else in it.
fn file_name(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let name = line.strip_prefix("// ").or_else(|| line.strip_prefix("# "))?;
    let is_path = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    (name.contains('.') && !name.starts_with(['/', '.']) && name.chars().all(is_path)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Page, check, count, file_name, session};

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        check(&Page::read("docs/page.md", text.into()), &mut faults);
        faults
    }

    #[test]
    fn a_link_to_a_file_or_heading_that_is_not_there_is_a_fault() {
        assert_eq!(faults("# A `b` c\n[x](../README.md) [y](#a-b-c) [z](https://example.com/none)"), [""; 0]);
        assert_eq!(faults("[x](nothing.md)"), ["docs/page.md: nothing.md leads nowhere"]);
        assert_eq!(
            faults("[x](../README.md#nothing)"),
            ["docs/page.md: ../README.md#nothing: there is no such heading"]
        );
    }

    #[test]
    fn commands_are_counted_and_an_unknown_mark_is_a_fault() {
        assert_eq!(count("# a comment\none \\\n  goes on\n\ntwo\n"), 2);
        let many = format!("```sh\n{}```\n", "true\n".repeat(13));
        assert_eq!(faults(&many), ["docs/page.md has 13 commands, and may have 12"]);
        assert_eq!(faults(&many.replace("```sh", "```sh board")), [""; 0]);
        assert_eq!(faults("```sh later\ntrue\n```\n").len(), 1);
    }

    #[test]
    fn files_and_commands_become_one_session_and_marked_blocks_do_not() {
        assert_eq!(file_name("// src/main.rs\nfn main() {}\n"), Some("src/main.rs"));
        assert_eq!([file_name("// a remark\n"), file_name("// /etc/passwd.d\n"), file_name("x")], [None; 3]);
        let page =
            Page::read("p.md", "```js\n// a.mjs\n1;\n```\n```sh\nnode a.mjs\n```\n```sh account\nno\n```\n".into());
        let script = session(&page);
        assert!(script.contains("cat > a.mjs <<'END_OF_BLOCK'\n// a.mjs\n1;\nEND_OF_BLOCK\n"), "{script}");
        assert!(script.contains("\nnode a.mjs\n") && !script.contains("no\n{"), "{script}");
    }
}
