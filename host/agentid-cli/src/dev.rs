//! `dev`: what local development needs, made by the other verbs. It prints each of them.

use std::fs;
use std::path::Path;

use agentid_host::write_atomically;
use clap::Parser;
use serde_json::json;

use crate::answer::{Answer, Text};
use crate::arguments::Arguments;
use crate::failure::{Failure, INPUT};

/// The file that says what a folder is. A folder without it is never used.
const MARK: &str = "NOT-FOR-PRODUCTION";
/// Anybody knows it.
const PASSWORD: &str = "not for production";
const PROJECT: &str = "dev";

/// An agent, the most that its tokens may do, and what its token asks for: the scopes of the example
/// service, Worker, tool server and device.
const AGENTS: [(&str, &str, &str); 2] = [
    ("research-bot", "read:*,reports:read,tools:*:*", "read:arxiv,reports:read,tools:arxiv:search"),
    ("door-opener", "door:*:open", "door:north:open"),
];

pub(crate) fn run(folder: &Path) -> Result<Answer, Failure> {
    let is_new = make(folder)?;
    // The settings are good in every folder.
    let folder = folder.canonicalize().map_err(|error| Failure::file(folder, "read", &error))?;
    let path = |name: &str| folder.join(name).display().to_string();
    let (vault, password, list, bundle) = (path("vault"), path("password"), path("trust.toml"), path("trust.bundle"));
    let mut done = Vec::new();
    let mut verb = |words: &[&str]| -> Result<Answer, Failure> {
        done.push(format!("agentid {}", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")));
        let options = ["agentid", "--root", &vault, "--password-file", &password];
        let arguments = Arguments::try_parse_from(options.iter().chain(words))
            .map_err(|error| Failure::new(INPUT, "dev", error.to_string()))?;
        crate::run(arguments)
    };
    if is_new {
        verb(&["init"])?;
        verb(&["trust", "init", "--project", PROJECT, "--list", &list])?;
        for (name, ceiling, _) in AGENTS {
            verb(&["keys", "add", "--name", name, "--project", PROJECT, "--random"])?;
            verb(&["trust", "add", "--name", name, "--project", PROJECT, "--ceiling", ceiling, "--list", &list])?;
        }
    }
    verb(&["trust", "build", "--list", &list, "--out", &bundle])?;
    let shown = verb(&["trust", "show", "--list", &list])?;
    let authority = shown.json["authority"].as_str().unwrap_or_default().to_owned();
    let mut tokens = Vec::new();
    for (name, _, scopes) in AGENTS {
        let mint =
            ["mint", "--name", name, "--project", PROJECT, "--scopes", scopes, "--ttl", "3600", "--format", "header"];
        let answer = verb(&mint)?;
        let file = folder.join(format!("{name}.header"));
        let Text::Lines(header) = &answer.text else { continue };
        write(&file, header)?;
        tokens.push(json!({ "agent": name, "scopes": scopes, "file": file, "token": answer.json["token"] }));
    }
    let settings = folder.join("settings");
    let variables = [
        ("AGENTID_AUTHORITY", authority.as_str()),
        ("AGENTID_TRUST", &bundle),
        ("AGENTID_VAULT", &vault),
        ("AGENTID_VAULT_PASSWORD", PASSWORD),
    ];
    let lines = variables.map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    write(&settings, &lines.concat())?;
    let text = format!(
        "NOT FOR PRODUCTION: everybody knows the password of this vault.\n\n{}\n\n{}",
        done.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"),
        next_steps(&folder, &settings)
    );
    let json = json!({
        "warning": "not for production",
        "folder": folder,
        "authority": authority,
        "bundle": bundle,
        "settings": settings,
        "tokens": tokens,
    });
    Ok(Answer::new(text, json))
}

/// Makes the folder, with all that is in it before there is a key. Returns whether it is new.
fn make(folder: &Path) -> Result<bool, Failure> {
    let mark = folder.join(MARK);
    if is_marked(folder) {
        is_private(folder)?;
        // Left behind by a run that was stopped before it had the bundle.
        let is_complete = folder.join("trust.bundle").is_file();
        return if is_complete { Ok(false) } else { Err(foreign(folder, "is not complete")) };
    }
    if folder.exists() {
        return Err(foreign(folder, "is there already, and was not made by `agentid dev`"));
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    // The last folder is new, or somebody else has made it meanwhile.
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(above)
        .and_then(|()| builder.create(folder))
        .map_err(|error| Failure::file(folder, "made", &error))?;
    write(&mark, "Made by `agentid dev`. Everybody knows the password of this vault.\n")?;
    write(&folder.join(".gitignore"), "*\n")?;
    write(&folder.join("password"), PASSWORD)?;
    Ok(true)
}

/// Returns whether `agentid dev` has made this folder.
pub(crate) fn is_marked(folder: &Path) -> bool {
    folder.join(MARK).symlink_metadata().is_ok_and(|found| found.is_file())
}

/// Refuses a folder that others can change, such as one out of an archive.
#[cfg(unix)]
fn is_private(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    let found = folder.symlink_metadata().map_err(|error| Failure::file(folder, "read", &error))?;
    let is_own = found.uid() == rustix::process::geteuid().as_raw();
    if found.is_dir() && is_own && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(foreign(folder, "is not a folder of yours alone"))
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> Result<(), Failure> {
    Ok(())
}

fn foreign(folder: &Path, why: &str) -> Failure {
    Failure::new(INPUT, "folder-in-use", format!("{} {why}", folder.display()))
        .hint("remove it, or name another folder: `agentid dev FOLDER`")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_atomically(path, text.as_bytes(), Some(0o600)).map_err(|error| Failure::file(path, "written", &error))
}

/// A word as a shell of POSIX reads it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// How to call the examples of the repository.
fn next_steps(folder: &Path, settings: &Path) -> String {
    let settings = quoted(&settings.display().to_string());
    let header = quoted(&format!("@{}", folder.join("research-bot.header").display()));
    format!(
        "\
The tokens are good for an hour. The same command makes new ones.

In a clone of the repository, the example tool server:

  . {settings}
  cargo xtask worker $AGENTID_AUTHORITY $AGENTID_TRUST
  curl --header {header} --json '{CALL}' \\
    --header 'Accept: application/json, text/event-stream' http://127.0.0.1:8787/mcp

And the example service. It refuses tokens that were issued before it had run for 31 s:

  cargo run --package agentid-host --features axum --example service
  curl --header {header} http://127.0.0.1:8080/papers/9"
    )
}

/// A call of a tool, as the Model Context Protocol writes it.
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search-arxiv","arguments":{"query":"cats"}}}"#;

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_reaches_the_shell_as_it_is() {
        for word in ["plain", "", "with space", "it's", "$HOME", "a\nb", "`id`", "*"] {
            let printed =
                std::process::Command::new("sh").args(["-c", &format!("printf %s {}", quoted(word))]).output();
            assert_eq!(printed.expect("sh runs").stdout, word.as_bytes());
        }
    }
}
