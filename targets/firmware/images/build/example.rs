//! The demo's keys, an example token and the trust that admits it, minted by the core itself.
//!
//! **All keys here are public.** They are for emulated boards, measurements and tests. Every reader
//! of this file can mint tokens and trust bundles for every image that has them.

use std::fs;
use std::path::Path;

use agentid_nostd::{
    AgentIdentity, Clock, PublicKey, Signer, SigningKey, TokenBuilder, TrustBundleBuilder, TrustedIssuer,
};

const NOW: i64 = 1_790_000_000;

/// A day before the token: what is in flash is older than what comes over the line.
const BUNDLE_ISSUED: i64 = NOW - 86_400;

/// Less than the token asks for, so that a refusal by the ceiling can be measured: it comes last
/// before the curve. `led:*` is for the nRF52840-DK with the demo's keys.
const CEILING: [&str; 2] = ["read:*", "led:*"];

/// The authority that signs the vectors' bundles as well. It is no secret.
const AUTHORITY_SECRET: [u8; 32] = [0xa7; 32];

const SEED: Option<&[u8]> = Some(b"demo seed, replace by 32 random bytes");

/// Whose token it is.
pub(crate) fn agent() -> AgentIdentity<'static> {
    AgentIdentity::derive("research-bot", "phd-lab", SEED).expect("valid names")
}

/// The key that signs the bundle.
pub(crate) fn authority() -> SigningKey {
    SigningKey::from_secret_bytes(&AUTHORITY_SECRET).expect("a secret")
}

/// A bundle that trusts the agent of the token and fifteen others.
pub(crate) fn bundle() -> Vec<u8> {
    let (authority, agent) = (authority(), agent());
    let names: Vec<String> = (1..16).map(|number| format!("agent-{number}")).collect();
    let mut issuers = vec![TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab").ceiling(&CEILING)];
    for name in &names {
        let key: PublicKey = AgentIdentity::derive(name, "phd-lab", SEED).expect("valid names").public_key();
        issuers.push(TrustedIssuer::new(key, name, "phd-lab"));
    }
    let mut buf = [0; 4_096];
    // Ten years: the bundle in flash has to last until the first update.
    TrustBundleBuilder::new(&authority, 1, BUNDLE_ISSUED, BUNDLE_ISSUED + 3_652 * 86_400)
        .issuers(&mut issuers)
        .write_into(&mut buf, Clock::Known(BUNDLE_ISSUED))
        .expect("fits")
        .to_vec()
}

pub(crate) fn write(out: &Path) {
    let agent = agent();
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, NOW, 0x0123_4567_89ab_cdef)
        .scopes(&["read:arxiv", "write:notes"])
        .max_calls(u32::MAX)
        .mint_into(&mut buf)
        .expect("mints");

    let bundle = bundle();

    let source = format!(
        "/// Unix seconds at which the token was issued.\npub const NOW: i64 = {NOW};\n\
         /// 173 bytes.\npub static TOKEN: [u8; {}] = {token:?};\n\
         /// The key that signed it.\npub static KEY: [u8; 32] = {:?};\n\
         /// The bundle.\npub static BUNDLE: [u8; {}] = {bundle:?};\n\
         /// Who signed the bundle.\npub static AUTHORITY: [u8; 32] = {:?};\n",
        token.len(),
        agent.public_key().as_bytes(),
        bundle.len(),
        authority().public_key().as_bytes(),
    );
    fs::write(out.join("example.rs"), source).expect("OUT_DIR can be written");
}
