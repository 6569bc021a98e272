//! `trust`: the authority's side. The list is text under version control; its secret is in the
//! vault, or in hardware.

use std::path::Path;

use agentid_host::trust_list::{Agent as ListedAgent, ListLock, Severity, TrustList, TrustListText, TrustSet};
use agentid_host::{Clock, KeyId, Signer, read_at_most, write_atomically};
use agentid_nostd::{PublicKey, Token, TrustAnchor, TrustBundle};
use serde_json::json;

use crate::agent_file::{self, NamedAgent};
use crate::answer::{Answer, shown};
use crate::arguments::{ListFile, TrustVerb, VaultOptions};
use crate::failure::{Failure, INPUT, USAGE};
use crate::input;
use crate::signing_key::KeySource;

/// The name of an authority in the vault.
pub(crate) const AUTHORITY: &str = "trust-authority";
const SECONDS_OF_A_DAY: u64 = 86_400;

pub(crate) fn run(verb: TrustVerb, options: &VaultOptions) -> Result<Answer, Failure> {
    match verb {
        TrustVerb::Init { project, authority, valid_for_days, list } => {
            let authority = authority.as_deref().map(input::public_key).transpose()?;
            init(&project.unwrap_or_default(), authority, valid_for_days, &list, options)
        }
        TrustVerb::Add { agent, key, ceiling, list } => {
            let agent = agent_file::named(&agent)?;
            let key = match key {
                Some(digits) => input::public_key(&digits)?,
                None => key_in_vault(&agent, options)?,
            };
            let agent = ListedAgent::new(agent.name, agent.project, key, ceiling);
            let done =
                format!("{} of {} is added, with {}", shown(&agent.name), shown(&agent.project), KeyId::of(&key));
            edit(&list, &done, |text| Ok(text.add_agent(&agent)?))
        }
        TrustVerb::Remove { key, list } => {
            let key = input::public_key(&key)?;
            edit(&list, &format!("{} is removed", KeyId::of(&key)), |text| Ok(text.remove_agent(&key)?))
        }
        TrustVerb::Revoke { key: Some(key), reason, list, .. } => {
            let key = input::public_key(&key)?;
            let done = format!("{} is revoked", KeyId::of(&key));
            edit(&list, &done, |text| Ok(text.revoke_key(&key, reason.as_deref())?))
        }
        TrustVerb::Revoke { token, reason, list, .. } => {
            let bytes = input::token(token.as_deref().unwrap_or("-"))?;
            let token = Token::parse(&bytes)?;
            let issuer = PublicKey::from_bytes(&token.issuer_bytes())?;
            let done = format!("the token {:016x} of {} is revoked", token.token_id(), KeyId::of(&issuer));
            edit(&list, &done, |text| Ok(text.revoke_token(&issuer, token.token_id(), reason.as_deref())?))
        }
        #[cfg(feature = "pkcs11")]
        TrustVerb::Build { out, list, pkcs11: Some(key) } => build(&list, &out, KeySource::Pkcs11(&key)),
        TrustVerb::Build { out, list, .. } => build(&list, &out, KeySource::Vault(options)),
        TrustVerb::Show { list } => show(&list),
        TrustVerb::Diff { bundle, list } => diff(&list, &bundle),
        TrustVerb::Check { list } => check(&list),
    }
}

fn init(
    project: &str,
    authority: Option<PublicKey>,
    days: u64,
    list: &ListFile,
    options: &VaultOptions,
) -> Result<Answer, Failure> {
    if list.path.exists() {
        return Err(Failure::new(INPUT, "list-exists", format!("{} is there already", list.path.display()))
            .hint("name another file with --list"));
    }
    let (key, place) = match authority {
        Some(key) => (key, "not in the vault; its fingerprint is"),
        None => {
            let vault = input::vault(options)?;
            let password = input::password(options, "Password of the vault: ")?;
            (vault.add_random(AUTHORITY, project, &password)?.public_key, "in the vault, as")
        }
    };
    write(&list.path, TrustListText::new(&key, days.saturating_mul(SECONDS_OF_A_DAY))?.as_str())?;
    let (digits, id) = (hex::encode(key.as_bytes()), KeyId::of(&key));
    let text = format!("{}\nauthority {digits}\nits secret is {place} {id}", list.path.display());
    Ok(Answer::new(text, json!({ "authority": digits, "fingerprint": id, "list": list.path })))
}

/// The public key of an agent of the vault. The key is unlocked, because the index is not
/// authenticated.
fn key_in_vault(agent: &NamedAgent, options: &VaultOptions) -> Result<PublicKey, Failure> {
    let vault = input::vault(options)?;
    let password = input::password(options, "Password of the vault: ")?;
    Ok(vault.unlock_named(&agent.name, &agent.project, &password)?.public_key())
}

/// Changes the list, and says what `check` finds in it then.
fn edit(
    list: &ListFile,
    done: &str,
    change: impl FnOnce(&mut TrustListText) -> Result<(), Failure>,
) -> Result<Answer, Failure> {
    let _lock = ListLock::of(&list.path)?;
    let mut text = TrustListText::read(&list.path)?;
    change(&mut text)?;
    write(&list.path, text.as_str())?;
    findings(text.list(), Some(format!("{}: {done}", list.path.display())))
}

fn check(list: &ListFile) -> Result<Answer, Failure> {
    findings(&TrustList::read(&list.path)?, None)
}

/// What was done, and what is to be said about the list as it is now.
fn findings(list: &TrustList, done: Option<String>) -> Result<Answer, Failure> {
    let findings = list.check(input::now()?);
    let json = json!({ "done": done, "findings": findings });
    let lines: Vec<String> = done.into_iter().chain(findings.iter().map(ToString::to_string)).collect();
    let text = if lines.is_empty() { "nothing found".to_owned() } else { lines.join("\n") };
    Ok(match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Answer::refused(text, json),
        _ => Answer::new(text, json),
    })
}

fn build(list: &ListFile, out: &Path, source: KeySource<'_>) -> Result<Answer, Failure> {
    if out.canonicalize().is_ok_and(|out| list.path.canonicalize().is_ok_and(|list| list == out)) {
        return Err(Failure::new(USAGE, "same-file", "the bundle would take the place of the list")
            .hint("name another file with --out"));
    }
    // The password is asked for before the lock is taken, and the list is read again behind it.
    let signer = source.authority(&TrustList::read(&list.path)?.authority)?;
    let authority = &*signer;
    let _lock = ListLock::of(&list.path)?;
    let mut text = TrustListText::read(&list.path)?;
    let now = input::now()?;
    let epoch = text.list().epoch.saturating_add(1);
    is_ahead(out, &text.list().authority, epoch)?;
    let bundle = text.list().build(&authority, epoch, now)?;
    // The list first: an epoch that was written into it and not built is left out, and none is ever
    // built twice.
    text.set_epoch(epoch)?;
    write(&list.path, text.as_str())?;
    write_atomically(out, &bundle, None).map_err(|error| Failure::file(out, "written", &error))?;
    for finding in text.list().check(now) {
        eprintln!("{finding}");
    }
    let agents = text.list().agents.iter().filter(|agent| !text.list().is_revoked(&agent.key)).count();
    let noun = if agents == 1 { "agent" } else { "agents" };
    Ok(Answer::new(
        format!("{}: epoch {epoch}, {agents} {noun}, {} bytes", out.display(), bundle.len()),
        json!({ "bundle": out, "epoch": epoch, "agents": agents, "bytes": bundle.len() }),
    ))
}

/// Refuses to put a bundle in the place of one with the same or a higher epoch: every service would
/// refuse it. So it is if an older list was taken from version control.
fn is_ahead(out: &Path, authority: &PublicKey, epoch: u64) -> Result<(), Failure> {
    // A file that is no bundle of this authority says nothing.
    let Ok(bytes) = read_at_most(out, input::MAX_LEN) else { return Ok(()) };
    let Ok(there) = TrustBundle::open(&bytes, &TrustAnchor::new(*authority), Clock::Unknown) else { return Ok(()) };
    if there.epoch() < epoch {
        return Ok(());
    }
    Err(Failure::new(
        INPUT,
        "epoch-behind",
        format!("{} has epoch {}, and the list would make {epoch}", out.display(), there.epoch()),
    )
    .hint(format!("write epoch = {} into the list, after a look at `agentid trust diff`", there.epoch())))
}

fn show(list: &ListFile) -> Result<Answer, Failure> {
    let list = TrustList::read(&list.path)?;
    let mut lines = vec![format!("authority {}, epoch {}", hex::encode(list.authority.as_bytes()), list.epoch)];
    for agent in &list.agents {
        let id = KeyId::of(&agent.key);
        let revoked = if list.is_revoked(&agent.key) { "; revoked" } else { "" };
        let (name, project) = (shown(&agent.name), shown(&agent.project));
        lines.push(format!("{id}  {name} of {project}: {}{revoked}", shown(&agent.ceiling.join(" "))));
    }
    let agents: Vec<_> = list
        .agents
        .iter()
        .map(|agent| {
            json!({
                "name": agent.name,
                "project": agent.project,
                "key": hex::encode(agent.key.as_bytes()),
                "ceiling": agent.ceiling,
                "revoked": list.is_revoked(&agent.key),
            })
        })
        .collect();
    let json = json!({ "authority": hex::encode(list.authority.as_bytes()), "epoch": list.epoch, "agents": agents });
    Ok(Answer::new(lines.join("\n"), json))
}

fn diff(list: &ListFile, bundle: &Path) -> Result<Answer, Failure> {
    let next = TrustList::read(&list.path)?;
    let bytes = input::read(bundle)?;
    // The time is not asked: a bundle that is over can be compared as well.
    let opened = TrustBundle::open(&bytes, &TrustAnchor::new(next.authority), Clock::Unknown)?;
    let changes = TrustSet::of_bundle(&opened).changes_to(&TrustSet::of_list(&next, input::now()?));
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    Ok(Answer::new(lines.join("\n"), json!({ "changes": changes })))
}

/// Replaces the list. The file behind a link is replaced, and not the link; its mode stays.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    write_atomically(path, text.as_bytes(), mode(path)).map_err(|error| Failure::file(path, "written", &error))
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| found.mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}
