//! What a person gives in: secrets, tokens and keys. No secret stands on the command line, where
//! other users and the shell's history see it.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use agentid_host::{Clock, PublicKey, Vault, system_clock};
use agentid_nostd::{MAX_TEXT_LEN, decode_text};
use zeroize::Zeroizing;

use crate::answer::shown;
use crate::arguments::VaultOptions;
use crate::failure::{Failure, INPUT};

/// The longest input, in bytes.
pub(crate) const MAX_LEN: u64 = 67_108_864;
const VARIABLE: &str = "AGENTID_VAULT_PASSWORD";

/// Opens the vault that the options name.
pub(crate) fn vault(options: &VaultOptions) -> Result<Vault, Failure> {
    Ok(Vault::open(&root(options)?)?)
}

pub(crate) fn root(options: &VaultOptions) -> Result<std::path::PathBuf, Failure> {
    options.root.clone().map_or_else(|| Ok(Vault::default_root()?), Ok)
}

/// The password of the vault: from a file, from the environment, or asked for on the terminal.
pub(crate) fn password(options: &VaultOptions, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    from_anywhere(options.password_file.as_deref(), VARIABLE, prompt, "--password-file")
}

/// The PIN of hardware, from the same places.
#[cfg(feature = "pkcs11")]
pub(crate) fn pin(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    from_anywhere(file, "AGENTID_PKCS11_PIN", "PIN of the PKCS#11 token: ", "--pin-file")
}

fn from_anywhere(
    file: Option<&Path>,
    variable: &str,
    prompt: &str,
    option: &str,
) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = file {
        return first_line(path);
    }
    if let Ok(password) = std::env::var(variable) {
        return Ok(Zeroizing::new(password));
    }
    ask(prompt).map_err(|failure| failure.hint(format!("give it by {option} FILE, or in the variable {variable}")))
}

/// Returns whether the environment gives a password.
pub(crate) fn has_variable() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// The same for a password that is set: it is asked for twice.
pub(crate) fn new_password(file: Option<&Path>, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = file {
        return first_line(path);
    }
    let (first, again) = (ask(prompt)?, ask("The same again: ")?);
    if first == again { Ok(first) } else { Err(Failure::new(INPUT, "passwords-differ", "the two passwords differ")) }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    // The prompt goes to the terminal itself, never to standard output.
    let password = rpassword::prompt_password(prompt).map_err(|_| {
        Failure::new(INPUT, "no-password", "a password is needed, and there is no terminal to ask on")
    })?;
    Ok(Zeroizing::new(password))
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = Zeroizing::new(read(path)?);
    let text = std::str::from_utf8(&text)
        .map_err(|_| Failure::new(INPUT, "not-utf-8", format!("{} is not UTF-8 text", path.display())))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == "-" {
        return bounded(io::stdin().lock()).map_err(|error| Failure::file(path, "read", &error));
    }
    File::open(path).and_then(bounded).map_err(|error| Failure::file(path, "read", &error))
}

/// Reads to the end, which must come. A person can name a pipe.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= MAX_LEN) {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {MAX_LEN} bytes")))
}

/// Reads 32 secret bytes as 64 hexadecimal digits.
pub(crate) fn secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let line = first_line(path)?;
    let mut secret = Zeroizing::new([0; 32]);
    hex::decode_to_slice(line.trim(), secret.as_mut_slice()).map_err(|_| {
        Failure::new(INPUT, "invalid-secret", format!("{} does not begin with 64 hexadecimal digits", path.display()))
    })?;
    Ok(secret)
}

/// Reads a public key from 64 hexadecimal digits.
pub(crate) fn public_key(digits: &str) -> Result<PublicKey, Failure> {
    let digits = digits.trim();
    let mut key = [0; 32];
    hex::decode_to_slice(digits, &mut key).map_err(|error| {
        let found = match error {
            hex::FromHexError::InvalidHexCharacter { c, index } => {
                format!("character {} is {}", index.saturating_add(1), shown(&c.to_string()))
            }
            _ => format!("found {}", digits.chars().count()),
        };
        Failure::new(INPUT, "invalid-public-key", format!("a public key is 64 hexadecimal digits; {found}"))
            .hint("`agentid keys list` shows those of the vault")
    })?;
    Ok(PublicKey::from_bytes(&key)?)
}

/// The bytes of a token: the text itself, or `-` for standard input, which may also carry raw
/// bytes.
pub(crate) fn token(text: &str) -> Result<Vec<u8>, Failure> {
    let given = if text == "-" { read(Path::new("-"))? } else { text.as_bytes().to_vec() };
    if given.first() == Some(&0xa9) {
        return Ok(given);
    }
    let given = std::str::from_utf8(&given).map_err(|_| agentid_nostd::Error::InvalidText)?.trim();
    if given.is_empty() {
        return Err(Failure::new(INPUT, "empty-input", "there is no token in the input"));
    }
    // A whole header is taken as well, and its value.
    let value = match given.split_once(':') {
        Some((name, value)) if name.eq_ignore_ascii_case("authorization") => value.trim(),
        _ => given,
    };
    let text = agentid_nostd::authorization_text(value).unwrap_or(value);
    let mut bytes = vec![0; text.len().min(MAX_TEXT_LEN)];
    match decode_text(text, &mut bytes) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) if Path::new(given).is_file() => {
            Err(Failure::from(error).hint(format!("{given} is a file: give - and `< {given}`")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The time in Unix seconds.
pub(crate) fn now() -> Result<i64, Failure> {
    match system_clock() {
        Clock::Known(now) => Ok(now),
        _ => Err(agentid_nostd::Error::TimeUncertain.into()),
    }
}

/// Asks a question that a person must answer with `yes`. Without a terminal the answer is no.
pub(crate) fn confirmed(question: &str) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} Type yes to go on: ");
    let mut line = String::new();
    io::stdin().read_line(&mut line).is_ok() && line.trim() == "yes"
}
