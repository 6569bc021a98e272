//! `SPEC.md`, sections 1 and 3: a token, and the verdict on it.

use agentid_nostd::{Clock, TimePolicy};

use super::clock::{ahead, allowed, reached};
use super::scope::{is_agent_string, is_scope};
use super::signature;

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) max_calls: u32,
    pub(crate) token_id: u64,
    pub(crate) issuer: [u8; 32],
    pub(crate) name: String,
    pub(crate) project: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: [u8; 64],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) max_len: usize,
    pub(crate) max_lifetime: u64,
    pub(crate) skew: u32,
}

impl Policy {
    pub(crate) const DEFAULT: Self = Self { max_len: 4_096, max_lifetime: 86_400, skew: 30 };

    /// The same for the code under test.
    pub(crate) fn ours(self) -> agentid_nostd::Policy {
        agentid_nostd::Policy::new()
            .clock_skew_seconds(self.skew)
            .max_lifetime_seconds(self.max_lifetime)
            .max_token_len(self.max_len)
    }
}

/// A token whose strings were not checked.
pub(crate) struct Structure {
    token: Token,
    name: Vec<u8>,
    project: Vec<u8>,
    scopes: Vec<Vec<u8>>,
}

/// Codes 1 to 7 and 11.
pub(crate) fn structure(bytes: &[u8], max_len: usize) -> Result<Structure, u8> {
    if bytes.len() < 133 {
        return Err(1);
    }
    if bytes.len() > max_len.min(65_921) {
        return Err(2);
    }
    let (signed, signature) = bytes.split_at(bytes.len() - 64);
    for (at, wanted, code) in [(0, 0xA9, 3), (1, 0x1D, 3), (2, 1, 4), (3, 0, 5)] {
        if signed[at] != wanted {
            return Err(code);
        }
    }
    let mut at = 64;
    let name = string(signed, &mut at)?;
    let project = string(signed, &mut at)?;
    let count = *signed.get(at).ok_or(6)?;
    at += 1;
    let scopes = (0..count).map(|_| string(signed, &mut at)).collect::<Result<Vec<_>, u8>>()?;
    if at != signed.len() {
        return Err(7);
    }
    let token = Token {
        issued_at: i64::from_be_bytes(signed[4..12].try_into().expect("8 bytes")),
        expires_at: i64::from_be_bytes(signed[12..20].try_into().expect("8 bytes")),
        max_calls: u32::from_be_bytes(signed[20..24].try_into().expect("4 bytes")),
        token_id: u64::from_be_bytes(signed[24..32].try_into().expect("8 bytes")),
        issuer: signed[32..64].try_into().expect("32 bytes"),
        name: String::new(),
        project: String::new(),
        scopes: Vec::new(),
        signed: signed.to_vec(),
        signature: signature.try_into().expect("64 bytes"),
    };
    if token.lifetime() <= 0 { Err(11) } else { Ok(Structure { token, name, project, scopes }) }
}

impl Structure {
    /// The claimed issuer, and the token id.
    pub(crate) fn claimed(&self) -> ([u8; 32], u64) {
        (self.token.issuer, self.token.token_id)
    }

    /// Codes 8 to 10.
    pub(crate) fn read(self) -> Result<Token, u8> {
        if !is_agent_string(&self.name) {
            return Err(8);
        }
        if !is_agent_string(&self.project) {
            return Err(9);
        }
        if !self.scopes.iter().all(|scope| is_scope(scope)) {
            return Err(10);
        }
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8, as was just checked");
        let (name, project) = (text(self.name), text(self.project));
        Ok(Token { name, project, scopes: self.scopes.into_iter().map(text).collect(), ..self.token })
    }
}

/// Codes 1 to 11, in the order of parsing alone.
pub(crate) fn parse(bytes: &[u8]) -> Result<Token, u8> {
    structure(bytes, 65_921)?.read()
}

fn string(signed: &[u8], at: &mut usize) -> Result<Vec<u8>, u8> {
    let len = usize::from(*signed.get(*at).ok_or(6)?);
    let string = signed.get(*at + 1..*at + 1 + len).ok_or(6)?;
    *at += 1 + len;
    Ok(string.to_vec())
}

/// Codes 1 to 16, and 31.
pub(crate) fn verify(
    bytes: &[u8],
    trusted: &[[u8; 32]],
    clock: Clock,
    time_policy: TimePolicy,
    policy: Policy,
) -> Result<Token, u8> {
    let structure = structure(bytes, policy.max_len)?;
    if !trusted.contains(&structure.claimed().0) {
        return Err(13);
    }
    let token = structure.read()?;
    if token.lifetime() > i128::from(policy.max_lifetime) {
        return Err(12);
    }
    if reached(clock, token.expires_at.into()) {
        return Err(14);
    }
    if ahead(clock, i128::from(token.issued_at) - i128::from(policy.skew)) {
        return Err(15);
    }
    if !allowed(clock, time_policy) {
        return Err(31);
    }
    if token.signature_holds() { Ok(token) } else { Err(16) }
}

impl Token {
    pub(crate) fn lifetime(&self) -> i128 {
        i128::from(self.expires_at) - i128::from(self.issued_at)
    }

    pub(crate) fn signature_holds(&self) -> bool {
        signature::holds(&self.issuer, &self.signed, &self.signature)
    }
}
