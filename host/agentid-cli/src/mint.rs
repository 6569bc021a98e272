//! `mint`.

use std::io::IsTerminal;

use agentid_host::{AgentIdentity, KeyId, TokenBuilder};
use agentid_nostd::{Token, encode_text, text_len};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::answer::{Answer, Text};
use crate::arguments::{Form, MintOptions, VaultOptions};
use crate::failure::{Failure, USAGE};
use crate::signing_key::KeySource;

pub(crate) fn run(options: MintOptions, vault: &VaultOptions) -> Result<Answer, Failure> {
    if matches!(options.format, Form::Raw) && std::io::stdout().is_terminal() {
        return Err(Failure::new(USAGE, "raw-to-terminal", "raw bytes would spoil the terminal")
            .hint("send them to a file or a pipe, or choose another --format"));
    }
    #[cfg(feature = "pkcs11")]
    let source = options.pkcs11.as_ref().map_or(KeySource::Vault(vault), KeySource::Pkcs11);
    #[cfg(not(feature = "pkcs11"))]
    let source = KeySource::Vault(vault);
    let agent = source.agent(&options.which)?;
    let identity = AgentIdentity::new(&agent.name, &agent.project, &*agent.signer)?;
    let token = TokenBuilder::new(&identity)
        .scopes(options.scopes)
        .ttl_seconds(options.ttl)
        .max_calls(options.max_calls)
        .build()?;
    let mut buffer = vec![0; text_len(token.len())];
    let base64url = encode_text(&token, &mut buffer)?;
    let text = match options.format {
        Form::Base64url => Text::Lines(base64url.to_owned()),
        Form::Base64 => Text::Lines(STANDARD.encode(&token)),
        Form::Hex => Text::Lines(hex::encode(&token)),
        Form::Header => Text::Lines(format!("Authorization: AgentID {base64url}")),
        Form::Raw => Text::Raw(token.clone()),
    };
    let parsed = Token::parse(&token)?;
    let json = json!({
        "token": base64url,
        "tokenId": format!("{:016x}", parsed.token_id()),
        "expiresAt": parsed.expires_at(),
        "fingerprint": KeyId::of(&identity.public_key()),
    });
    Ok(Answer { text, json, exit_code: 0 })
}
