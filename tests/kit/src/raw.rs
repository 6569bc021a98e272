//! Tokens written byte by byte, right or wrong, and signed with `ed25519-dalek`.

use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;

/// The fields of a token, free to hold what the format forbids.
#[derive(Clone, Debug)]
pub struct RawToken {
    /// First two bytes.
    pub magic: [u8; 2],
    /// Third byte.
    pub version: u8,
    /// Fourth byte.
    pub flags: u8,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
    /// 0 is unlimited.
    pub max_calls: u32,
    /// Any number.
    pub token_id: u64,
    /// 32 bytes, perhaps no point at all.
    pub issuer: [u8; 32],
    /// At most 255 bytes, perhaps not UTF-8.
    pub name: Vec<u8>,
    /// As `name`.
    pub project: Vec<u8>,
    /// Each as `name`.
    pub scopes: Vec<Vec<u8>>,
    /// What the count byte says, where that is not the number of scopes.
    pub scope_count: Option<u8>,
    /// Written between the last scope and the signature.
    pub trailing: Vec<u8>,
}

impl RawToken {
    /// The README's token: `research-bot` of `phd-lab`, 15 minutes, 100 calls.
    pub fn example(issued_at: i64) -> Self {
        Self {
            magic: [0xA9, 0x1D],
            version: 1,
            flags: 0,
            issued_at,
            expires_at: issued_at + 900,
            max_calls: 100,
            token_id: 0x0123_4567_89ab_cdef,
            issuer: example_key().verifying_key().to_bytes(),
            name: b"research-bot".to_vec(),
            project: b"phd-lab".to_vec(),
            scopes: vec![b"read:arxiv".to_vec(), b"write:notes".to_vec()],
            scope_count: None,
            trailing: Vec::new(),
        }
    }

    /// Everything before the signature.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.magic);
        bytes.extend([self.version, self.flags]);
        bytes.extend(self.issued_at.to_be_bytes());
        bytes.extend(self.expires_at.to_be_bytes());
        bytes.extend(self.max_calls.to_be_bytes());
        bytes.extend(self.token_id.to_be_bytes());
        bytes.extend(self.issuer);
        push_prefixed(&mut bytes, &self.name);
        push_prefixed(&mut bytes, &self.project);
        bytes.push(self.scope_count.unwrap_or(self.scopes.len() as u8));
        for scope in &self.scopes {
            push_prefixed(&mut bytes, scope);
        }
        bytes.extend(&self.trailing);
        bytes
    }

    /// The whole token, signed by `key`, whatever `issuer` says.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        signed(self.signed_bytes(), key)
    }

    /// The whole token, signed by the key of the README's agent.
    pub fn sign_as_example(&self) -> Vec<u8> {
        self.sign(&example_key())
    }
}

/// The bytes, and behind them their signature by `key`.
pub(crate) fn signed(mut bytes: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&bytes).to_bytes();
    bytes.extend(signature);
    bytes
}

/// One byte of length, then the string.
pub(crate) fn push_prefixed(bytes: &mut Vec<u8>, string: &[u8]) {
    bytes.push(u8::try_from(string.len()).expect("at most 255 bytes fit a length prefix"));
    bytes.extend(string);
}

/// The signing key of `derive("research-bot", "phd-lab", None)`.
pub fn example_key() -> SigningKey {
    derived_key("research-bot", "phd-lab", None)
}

/// The signing key of any agent (`SPEC.md`, section 5). `differential/` compares it with the
/// published implementation's.
pub fn derived_key(name: &str, project: &str, seed: Option<&[u8]>) -> SigningKey {
    let ikm = [name.as_bytes(), &[0], project.as_bytes(), &[0], seed.unwrap_or_default()].concat();
    let mut secret = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(b"agentid-v1"), &ikm);
    hkdf.expand(b"ed25519-signing-key", &mut secret).expect("a hash can be as long");
    SigningKey::from_bytes(&secret)
}
