//! Completions and manual pages, as a shell and a reader use them; colours.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output};

/// The command under test.
const AGENTID: &str = env!("CARGO_BIN_EXE_agentid");

fn agentid(words: &[&str]) -> Output {
    Command::new(AGENTID).args(words).output().expect("the command starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn bash_completes_verbs_and_options() {
    // As bash calls the function: the command, the word, the word before.
    let complete = |words: &str, at: usize| {
        let script = format!(
            "source <({AGENTID} completions bash); COMP_WORDS=({words}); COMP_CWORD={at}; \
             _agentid agentid \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{}]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            at - 1
        );
        text(&Command::new("bash").args(["-c", &script]).output().expect("bash starts"))
    };
    assert_eq!(complete("agentid ke", 1), "keys\n");
    assert_eq!(complete("agentid keys ro", 2), "rotate\n");
    assert_eq!(complete("agentid mint --sc", 2), "--scopes\n");
    assert_eq!(complete("agentid mint --format he", 3), "hex\nheader\n");
}

#[test]
fn each_shell_gets_a_script_that_names_every_verb() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = text(&agentid(&["completions", shell]));
        for verb in ["init", "keys", "mint", "verify", "inspect", "trust", "rotate", "diff"] {
            assert!(script.contains(verb), "{shell} lacks {verb}");
        }
    }
    assert_eq!(agentid(&["completions", "cmd"]).status.code(), Some(2));
}

/// The words of a help text's list of verbs or options that begin a line.
fn listed<'h>(help: &'h str, heading: &str) -> Vec<&'h str> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|word| !["", "help"].contains(word))
        .collect()
}

#[test]
fn every_verb_has_a_page_with_every_option() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = agentid(&["man", folder.path().to_str().expect("UTF-8")]);
    assert_eq!(text(&output).lines().count(), fs::read_dir(folder.path()).expect("the folder").count());
    let mut verbs: Vec<Vec<String>> = vec![vec![]];
    let mut seen = 0;
    while let Some(verb) = verbs.pop() {
        let words: Vec<&str> = verb.iter().map(String::as_str).chain(["-h"]).collect();
        let help = text(&agentid(&words));
        let page = folder.path().join(format!("{}.1", [&["agentid".to_owned()], &verb[..]].concat().join("-")));
        let page = fs::read_to_string(&page).unwrap_or_else(|_| panic!("no {}", page.display()));
        for option in help.lines().filter_map(|line| line.trim_start().strip_prefix("--")) {
            let option = option.split([' ', ',']).next().expect("a word").replace('-', "\\-");
            assert!(page.contains(&format!("\\-\\-{option}")), "{verb:?}: no {option}");
        }
        verbs.extend(listed(&help, "Commands:").into_iter().map(|name| [&verb[..], &[name.to_owned()]].concat()));
        seen += 1;
    }
    assert_eq!(seen, text(&output).lines().count());
}

#[test]
fn colours_go_to_a_terminal_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let dev = folder.path().join("dev");
    let made = agentid(&["dev", dev.to_str().expect("UTF-8")]);
    assert!(made.status.success(), "{made:?}");
    let header = fs::read_to_string(dev.join("door-opener.header")).expect("a header");
    let token = header.strip_prefix("Authorization: AgentID ").expect("a token");
    assert!(!text(&agentid(&["inspect", token])).contains('\u{1b}'));
    // `script` gives the command a terminal.
    let on_terminal = |variable: &str| {
        let command = format!("{variable} {AGENTID} inspect {token}");
        let script = Command::new("script").env("TERM", "xterm").args(["-qec", &command, "/dev/null"]).output();
        text(&script.expect("script starts"))
    };
    assert!(on_terminal("COLUMNS=100").contains("\u{1b}[32m"));
    assert!(!on_terminal("NO_COLOR=1").contains('\u{1b}'));
}
