//! `init` and `keys`: the vault.

use std::path::Path;

use agentid_host::trust_list::{Agent as ListedAgent, TrustListText};
use agentid_host::{KeyId, PublicKey, Signer, UnlockedKey, Vault, VaultEntry, VaultError, create_atomically};
use agentid_nostd::is_valid_scope;
use serde_json::json;

use crate::agent_file::{self, NamedAgent};
use crate::answer::{Answer, Text, shown};
use crate::arguments::{Agent, KeysVerb, Source, VaultOptions, Which};
use crate::failure::{Failure, INPUT, USAGE};
use crate::input;

pub(crate) fn init(options: &VaultOptions) -> Result<Answer, Failure> {
    let root = input::root(options)?;
    let is_new = Vault::open(&root).is_err();
    let vault = Vault::init(&root)?;
    if let Some(gap) = Vault::unprotected() {
        eprintln!("warning: {gap}");
    }
    let root = vault.root().display().to_string();
    let state = if is_new { "it is new" } else { "it was there already" };
    Ok(Answer::new(format!("the vault is in {root}; {state}"), json!({ "root": root, "isNew": is_new })))
}

pub(crate) fn run(verb: KeysVerb, options: &VaultOptions) -> Result<Answer, Failure> {
    let vault = input::vault(options)?;
    match verb {
        KeysVerb::Add { agent, source } => add(&vault, &agent, &source, options),
        KeysVerb::List => list(&vault),
        KeysVerb::Show(which) => show(&vault, &which, options),
        KeysVerb::Remove { which, yes, authority } => remove(&vault, &which, yes, authority),
        KeysVerb::Rotate { agent, ceiling, overlap_days } => rotate(&vault, &agent, &ceiling, overlap_days, options),
        KeysVerb::Passwd { new_password_file } => passwd(&vault, options, new_password_file.as_deref()),
        KeysVerb::Export { which, secret_to } => export(&vault, &which, &secret_to, options),
        KeysVerb::Import { agent, secret_file } => {
            let secret = input::secret(&secret_file)?;
            let password = input::password(options, "Password of the vault: ")?;
            let NamedAgent { name, project, .. } = agent_file::named(&agent)?;
            is_unknown(&vault, &name, &project)?;
            Ok(added(&vault.add_secret(&name, &project, &secret, &password)?))
        }
    }
}

/// Finds the key that the options name. A key that the index does not name is looked for after the
/// index was made anew.
pub(crate) fn find(vault: &Vault, which: &Which, password: Option<&str>) -> Result<KeyId, Failure> {
    if let Some(id) = which.fingerprint {
        return Ok(id);
    }
    let NamedAgent { name, project, .. } = agent_file::named(&which.agent)?;
    match (vault.find(&name, &project), password) {
        (Err(VaultError::UnknownAgent { .. }), Some(password)) if !vault.list()?.unlisted.is_empty() => {
            vault.reindex(password)?;
            Ok(vault.find(&name, &project)?)
        }
        (found, _) => Ok(found?),
    }
}

/// Unlocks the key that the options name. One that is named by its agent is that agent's.
pub(crate) fn unlock(vault: &Vault, which: &Which, password: &str) -> Result<UnlockedKey, Failure> {
    let key = vault.unlock(find(vault, which, Some(password))?, password)?;
    if which.fingerprint.is_none() {
        let NamedAgent { name, project, .. } = agent_file::named(&which.agent)?;
        if (key.name(), key.project()) != (name.as_str(), project.as_str()) {
            return Err(VaultError::OtherAgent(key.id()).into());
        }
    }
    Ok(key)
}

/// Refuses to take the key from `agent.toml`, for what cannot be undone.
fn named_here(which: &Which) -> Result<(), Failure> {
    if which.fingerprint.is_some() || which.agent.name.is_some() {
        return Ok(());
    }
    Err(Failure::new(USAGE, "no-key-named", "no key is named").hint("give --fingerprint, or --name and --project"))
}

/// Refuses a second key of an agent: `mint` would not know which one is meant.
fn is_unknown(vault: &Vault, name: &str, project: &str) -> Result<(), Failure> {
    match vault.find(name, project) {
        Err(VaultError::UnknownAgent { .. }) => Ok(()),
        Err(error @ (VaultError::System { .. } | VaultError::Symlink(_))) => Err(error.into()),
        _ => Err(Failure::new(
            INPUT,
            "agent-exists",
            format!("the vault has a key of {} of {} already", shown(name), shown(project)),
        )
        .hint("`agentid keys rotate` makes the next key of an agent")),
    }
}

fn add(vault: &Vault, agent: &Agent, source: &Source, options: &VaultOptions) -> Result<Answer, Failure> {
    let NamedAgent { name, project, source: in_file } = agent_file::named(agent)?;
    is_unknown(vault, &name, &project)?;
    let mut said = None;
    let seed = match source {
        Source { seed_file: Some(path), .. } => Some(zeroize::Zeroizing::new(input::read(path)?)),
        Source { random: true, .. } | Source { no_seed: true, .. } => None,
        _ => {
            let in_file = in_file.ok_or_else(|| {
                Failure::new(INPUT, "no-key-source", "no source of the key is given")
                    .hint("--random makes a key that nobody can derive; --seed-file FILE derives it from a secret")
            })?;
            // Whoever wrote the file has chosen it, so a person must see it.
            said = Some(format!("{in_file}, as agent.toml says"));
            in_file.seed()?
        }
    };
    let is_guessable = source.no_seed;
    if is_guessable
        && !input::confirmed(&format!("Everybody who knows {} and {} has this key.", shown(&name), shown(&project)))
    {
        return Err(Failure::new(
            INPUT,
            "guessable-key",
            "without a secret seed everybody who knows name and project has the key; this was not confirmed",
        )
        .hint("use --random or --seed-file FILE; --no-seed asks on a terminal"));
    }
    let password = if vault.list()?.is_empty() && options.password_file.is_none() && !input::has_variable() {
        input::new_password(None, "New password of the vault: ")?
    } else {
        input::password(options, "Password of the vault: ")?
    };
    let entry = match seed {
        None if !is_guessable => vault.add_random(&name, &project, &password)?,
        seed => vault.add_derived(&name, &project, seed.as_ref().map(|seed| seed.as_slice()), &password)?,
    };
    let mut answer = added(&entry);
    if let (Some(said), Text::Lines(text)) = (said, &mut answer.text) {
        *text = format!("{text}\n{}", shown(&said));
        answer.json["source"] = said.into();
    }
    Ok(answer)
}

fn added(entry: &VaultEntry) -> Answer {
    let key = hex::encode(entry.public_key.as_bytes());
    Answer::new(
        format!(
            "{} of {}\nfingerprint {}\npublic key  {key}",
            shown(&entry.name),
            shown(&entry.project),
            entry.fingerprint
        ),
        json!(entry),
    )
}

fn list(vault: &Vault) -> Result<Answer, Failure> {
    let listing = vault.list()?;
    let mut lines: Vec<String> = listing
        .entries
        .iter()
        .map(|entry| {
            let key = hex::encode(entry.public_key.as_bytes());
            format!("{}  {key}  {} of {}", entry.fingerprint, shown(&entry.name), shown(&entry.project))
        })
        .collect();
    lines.extend(listing.unlisted.iter().map(|id| format!("{id}  not in the index; `agentid keys show` finds out")));
    let text = if lines.is_empty() { "the vault has no keys".to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, json!({ "keys": listing.entries, "unlisted": listing.unlisted })))
}

fn show(vault: &Vault, which: &Which, options: &VaultOptions) -> Result<Answer, Failure> {
    let password = input::password(options, "Password of the vault: ")?;
    let key = unlock(vault, which, &password)?;
    vault.reindex(&password)?;
    let public = key.public_key();
    let entry = VaultEntry {
        name: key.name().to_owned(),
        project: key.project().to_owned(),
        fingerprint: key.id(),
        public_key: public,
        created_at: key.created_at(),
    };
    Ok(added(&entry))
}

fn remove(vault: &Vault, which: &Which, yes: bool, authority: bool) -> Result<Answer, Failure> {
    named_here(which)?;
    let id = find(vault, which, None)?;
    let is_authority =
        vault.list()?.entries.iter().any(|entry| entry.fingerprint == id && entry.name == crate::trust::AUTHORITY);
    if is_authority && !authority {
        return Err(Failure::new(
            INPUT,
            "is-authority",
            format!("{id} is the key of an authority: without it no service and no device takes another bundle"),
        )
        .hint("--authority removes it all the same"));
    }
    if !yes && !input::confirmed(&format!("{id} will be gone for ever.")) {
        return Err(Failure::new(INPUT, "not-confirmed", format!("{id} was not removed: this was not confirmed"))
            .hint("--yes removes it without a question"));
    }
    vault.remove(id)?;
    Ok(Answer::new(format!("{id} is removed"), json!({ "removed": id })))
}

/// Adds a random key of the same agent. The old one stays until the new one is trusted everywhere.
fn rotate(
    vault: &Vault,
    agent: &Agent,
    ceiling: &[String],
    overlap_days: u32,
    options: &VaultOptions,
) -> Result<Answer, Failure> {
    let now = input::now()?;
    // Looked at before there is a key.
    if let Some(scope) = ceiling.iter().find(|scope| !is_valid_scope(scope)) {
        return Err(Failure::new(INPUT, "invalid-scope", format!("`{}` is no scope", shown(scope))));
    }
    let password = input::password(options, "Password of the vault: ")?;
    let NamedAgent { name, project, .. } = agent_file::named(agent)?;
    let old = vault.unlock_named(&name, &project, &password)?.public_key();
    let end = now.saturating_add(i64::from(overlap_days).saturating_mul(86_400));
    let listed = |key, not_before, not_after| ListedAgent {
        not_before,
        not_after,
        ..ListedAgent::new(name.as_str(), project.as_str(), key, ceiling.iter().map(String::as_str))
    };
    let entries = |new: PublicKey| -> Result<String, Failure> {
        let mut text = TrustListText::new(&old, 86_400)?;
        let before = text.as_str().len();
        text.add_agent(&listed(old, None, Some(end)))?;
        text.add_agent(&listed(new, Some(now), None))?;
        Ok(text.as_str().get(before..).unwrap_or_default().trim().to_owned())
    };
    let new = vault.add_random(&name, &project, &password)?;
    let text = format!(
        "# In place of the entry in trust.toml. Until every service has the bundle with both keys, mint with\n\
         # --fingerprint {}, then with --fingerprint {}.\n\n{}",
        KeyId::of(&old),
        new.fingerprint,
        entries(new.public_key)?
    );
    let json = json!({
        "old": { "key": hex::encode(old.as_bytes()), "notAfter": end },
        "new": { "key": hex::encode(new.public_key.as_bytes()), "notBefore": now, "fingerprint": new.fingerprint },
    });
    Ok(Answer::new(text, json))
}

fn passwd(vault: &Vault, options: &VaultOptions, new_file: Option<&Path>) -> Result<Answer, Failure> {
    let old = input::password(options, "Old password: ")?;
    let new = input::new_password(new_file, "New password: ")?;
    let keys = vault.change_password(&old, &new)?;
    Ok(Answer::new(format!("the password of {keys} keys is changed"), json!({ "keys": keys })))
}

fn export(vault: &Vault, which: &Which, path: &Path, options: &VaultOptions) -> Result<Answer, Failure> {
    named_here(which)?;
    let password = input::password(options, "Password of the vault: ")?;
    let id = unlock(vault, which, &password)?.id();
    let secret = vault.export(id, &password)?;
    let digits = zeroize::Zeroizing::new(hex::encode(secret.as_slice()) + "\n");
    create_atomically(path, digits.as_bytes(), Some(0o600)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(INPUT, "file-exists", format!("{} is there already", path.display()))
                .hint("name a new file with --secret-to")
        }
        _ => Failure::file(path, "written", &error),
    })?;
    let file = path.display().to_string();
    Ok(Answer::new(
        format!("the secret of {id} is in {file}: keep it secret"),
        json!({ "fingerprint": id, "file": file }),
    ))
}
