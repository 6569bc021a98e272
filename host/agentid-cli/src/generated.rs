//! `completions` and `man`: made from the command line that `clap` describes.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::json;

use crate::answer::{Answer, Text};
use crate::arguments::Arguments;
use crate::failure::Failure;

/// The script that a shell reads to complete the verbs and options.
pub(crate) fn completions(shell: Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "agentid", &mut script);
    let json = json!({ "shell": shell.to_string(), "script": String::from_utf8_lossy(&script) });
    Answer { text: Text::Raw(script), json, exit_code: 0 }
}

/// One page for the command and one for each verb, such as `agentid-keys-add.1`.
pub(crate) fn man(folder: &Path) -> Result<Answer, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "made", &error))?;
    let mut pages = Vec::new();
    // Subcommands get their options and full names when the command is built.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    write(command, folder, &mut pages)?;
    let pages: Vec<String> = pages.iter().map(|page| page.display().to_string()).collect();
    Ok(Answer::new(pages.join("\n"), json!({ "pages": pages })))
}

fn write(command: clap::Command, folder: &Path, pages: &mut Vec<std::path::PathBuf>) -> Result<(), Failure> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write(verb.clone(), folder, pages)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let page = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    Man::new(command)
        .title(name.to_uppercase())
        .render(&mut text)
        .and_then(|()| fs::write(&page, &text))
        .map_err(|error| Failure::file(&page, "written", &error))?;
    pages.push(page);
    Ok(())
}
