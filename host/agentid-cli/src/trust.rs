//! `trust`: the authority's side. The list is text under version control; its secret is in the
//! vault.

use std::path::Path;

use agentid_host::trust_list::{
    Agent as ListedAgent, Severity, TrustList, TrustListText, TrustSet, leaf_binding_name, quota_text,
};
use agentid_host::{Clock, KeyId, Signer, write_atomically};
use agentid_nostd::{LeafBinding, PublicKey, Quota, Rules, Token, TrustAnchor, TrustBundle};
use serde_json::{Value, json};

use crate::answer::{Answer, shown};
use crate::arguments::{Agent, Limits, ListFile, TrustVerb, VaultOptions};
use crate::failure::{Failure, INPUT};
use crate::input;

/// The name of an authority in the vault.
const AUTHORITY: &str = "trust-authority";
/// The name of the key that may take over from it.
const NEXT_AUTHORITY: &str = "next-trust-authority";
const SECONDS_OF_A_DAY: u64 = 86_400;

pub(crate) fn run(verb: TrustVerb, options: &VaultOptions) -> Result<Answer, Failure> {
    match verb {
        TrustVerb::Init { project, valid_for_days, list } => init(&project, valid_for_days, &list, options),
        TrustVerb::Add { agent, key, ceiling, limits, list } => {
            let key = match key {
                Some(digits) => input::public_key(&digits)?,
                None => key_in_vault(&agent, options)?,
            };
            let Limits { depth, audience_required, leaf_binding, quota } = limits;
            let rules = Rules { audience_required, leaf_binding, depth };
            let agent = ListedAgent { rules, quota, ..ListedAgent::new(agent.name, agent.project, key, ceiling) };
            edit(&list, |text| Ok(text.add_agent(&agent)?))
        }
        TrustVerb::NextAuthority { project, list } => next_authority(&project, &list, options),
        TrustVerb::Remove { key, list } => {
            let key = input::public_key(&key)?;
            edit(&list, |text| Ok(text.remove_agent(&key)?))
        }
        TrustVerb::Revoke { key: Some(key), reason, list, .. } => {
            let key = input::public_key(&key)?;
            edit(&list, |text| Ok(text.revoke_key(&key, reason.as_deref())?))
        }
        TrustVerb::Revoke { token, reason, list, .. } => {
            let bytes = input::token(token.as_deref().unwrap_or("-"))?;
            let token = Token::parse(&bytes)?;
            let issuer = PublicKey::from_bytes(&token.issuer_bytes())?;
            edit(&list, |text| Ok(text.revoke_token(&issuer, token.token_id(), reason.as_deref())?))
        }
        TrustVerb::Build { out, list } => build(&list, &out, options),
        TrustVerb::Show { list } => show(&list),
        TrustVerb::Diff { bundle, list } => diff(&list, &bundle),
        TrustVerb::Check { list } => check(&list),
    }
}

fn init(project: &str, days: u64, list: &ListFile, options: &VaultOptions) -> Result<Answer, Failure> {
    if list.path.exists() {
        return Err(Failure::new(INPUT, "list-exists", format!("{} is there already", list.path.display()))
            .hint("name another file with --list"));
    }
    let vault = input::vault(options)?;
    let password = input::password(options, "Password of the vault: ")?;
    let entry = vault.add_random(AUTHORITY, project, &password)?;
    write(&list.path, TrustListText::new(&entry.public_key, days.saturating_mul(SECONDS_OF_A_DAY))?.as_str())?;
    let key = hex::encode(entry.public_key.as_bytes());
    let text =
        format!("{}\nauthority {key}\nits secret is in the vault, as {}", list.path.display(), entry.fingerprint);
    Ok(Answer::new(text, json!({ "authority": key, "fingerprint": entry.fingerprint, "list": list.path })))
}

/// The vault first: a key that no list names is of no use to anybody.
fn next_authority(project: &str, list: &ListFile, options: &VaultOptions) -> Result<Answer, Failure> {
    let mut text = TrustListText::read(&list.path)?;
    if let Some(named) = text.list().next_authority {
        // The same refusal, before a key is made.
        text.set_next_authority(&named)?;
    }
    let vault = input::vault(options)?;
    let password = input::password(options, "Password of the vault: ")?;
    let entry = vault.add_random(NEXT_AUTHORITY, project, &password)?;
    text.set_next_authority(&entry.public_key)?;
    write(&list.path, text.as_str())?;
    let key = hex::encode(entry.public_key.as_bytes());
    let text = format!("next authority {key}\nits secret is in the vault, as {}", entry.fingerprint);
    Ok(Answer::new(text, json!({ "nextAuthority": key, "fingerprint": entry.fingerprint, "list": list.path })))
}

/// The public key of an agent of the vault. The key is unlocked, because the index is not
/// authenticated.
fn key_in_vault(agent: &Agent, options: &VaultOptions) -> Result<PublicKey, Failure> {
    let vault = input::vault(options)?;
    let password = input::password(options, "Password of the vault: ")?;
    Ok(vault.unlock(vault.find(&agent.name, &agent.project)?, &password)?.public_key())
}

/// Changes the list, and says what `check` finds in it then.
fn edit(list: &ListFile, change: impl FnOnce(&mut TrustListText) -> Result<(), Failure>) -> Result<Answer, Failure> {
    let mut text = TrustListText::read(&list.path)?;
    change(&mut text)?;
    write(&list.path, text.as_str())?;
    check(list)
}

fn check(list: &ListFile) -> Result<Answer, Failure> {
    let findings = TrustList::read(&list.path)?.check(input::now()?);
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let json = json!({ "findings": findings });
    Ok(match findings.iter().map(|finding| finding.severity).max() {
        None => Answer::new("nothing found", json),
        Some(Severity::Error) => Answer::refused(lines.join("\n"), json),
        Some(_) => Answer::new(lines.join("\n"), json),
    })
}

fn build(list: &ListFile, out: &Path, options: &VaultOptions) -> Result<Answer, Failure> {
    let now = input::now()?;
    let mut text = TrustListText::read(&list.path)?;
    let vault = input::vault(options)?;
    let authority = KeyId::of(&text.list().authority);
    let password = input::password(options, "Password of the vault: ")?;
    let signer = vault.unlock(authority, &password)?;
    let epoch = text.list().epoch.saturating_add(1);
    let bundle = text.list().build(&signer, epoch, now)?;
    // The list first: an epoch that was written into it and not built is left out, and none is ever
    // built twice.
    text.set_epoch(epoch)?;
    write(&list.path, text.as_str())?;
    write_atomically(out, &bundle, None).map_err(|error| Failure::file(out, "written", &error))?;
    for finding in text.list().check(now) {
        eprintln!("{finding}");
    }
    let agents = text.list().agents.len();
    Ok(Answer::new(
        format!("{}: epoch {epoch}, {agents} agents, {} bytes", out.display(), bundle.len()),
        json!({ "bundle": out, "epoch": epoch, "agents": agents, "bytes": bundle.len() }),
    ))
}

fn show(list: &ListFile) -> Result<Answer, Failure> {
    let list = TrustList::read(&list.path)?;
    let mut lines = vec![format!("authority {}, epoch {}", hex::encode(list.authority.as_bytes()), list.epoch)];
    let next = list.next_authority.map(|key| hex::encode(key.as_bytes()));
    lines.extend(next.iter().map(|key| format!("next authority {key}")));
    for agent in &list.agents {
        let id = KeyId::of(&agent.key);
        let revoked = if list.is_revoked(&agent.key) { "; revoked" } else { "" };
        let (name, project) = (shown(&agent.name), shown(&agent.project));
        let limits = limits_text(agent.rules, agent.quota);
        lines.push(format!("{id}  {name} of {project}: {}{limits}{revoked}", shown(&agent.ceiling.join(" "))));
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
                "rules": limits_json(agent.rules),
                "quota": agent.quota.map(quota_text),
                "revoked": list.is_revoked(&agent.key),
            })
        })
        .collect();
    let authority = hex::encode(list.authority.as_bytes());
    let json = json!({ "authority": authority, "nextAuthority": next, "epoch": list.epoch, "agents": agents });
    Ok(Answer::new(lines.join("\n"), json))
}

/// What is required of tokens, behind what they may do. Nothing is said of what is not required.
pub(crate) fn limits_text(rules: Rules, quota: Option<Quota>) -> String {
    let mut text = String::new();
    if rules.audience_required {
        text.push_str("; audience required");
    }
    if rules.leaf_binding != LeafBinding::None {
        text.push_str(&format!("; binding {}", leaf_binding_name(rules.leaf_binding)));
    }
    if rules.depth != 0 {
        text.push_str(&format!("; depth {}", rules.depth));
    }
    if let Some(quota) = quota {
        text.push_str(&format!("; quota {}", quota_text(quota)));
    }
    text
}

pub(crate) fn limits_json(rules: Rules) -> Value {
    json!({
        "audienceRequired": rules.audience_required,
        "leafBinding": leaf_binding_name(rules.leaf_binding),
        "depth": rules.depth,
    })
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

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_atomically(path, text.as_bytes(), None).map_err(|error| Failure::file(path, "written", &error))
}
