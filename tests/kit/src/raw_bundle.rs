//! Trust bundles written byte by byte, right or wrong, and signed with `ed25519-dalek`.

use ed25519_dalek::SigningKey;

use crate::raw::{push_prefixed, signed};

/// One issuer of a [`RawBundle`].
#[derive(Clone, Debug)]
pub struct RawIssuer {
    /// 32 bytes, perhaps no point at all.
    pub key: [u8; 32],
    /// At most 255 bytes.
    pub name: Vec<u8>,
    /// At most 255 bytes.
    pub project: Vec<u8>,
    /// Scopes, each at most 255 bytes.
    pub ceiling: Vec<Vec<u8>>,
    /// Seconds.
    pub max_lifetime: u32,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds, the last second of trust.
    pub not_after: i64,
    /// The byte of the rules, perhaps one that nobody reads.
    pub rules: u8,
    /// Calls and seconds, perhaps of no quota.
    pub quota: (u32, u32),
}

impl RawIssuer {
    /// Trusted with everything at any time.
    pub fn new(key: [u8; 32], name: &str, project: &str) -> Self {
        Self {
            key,
            name: name.into(),
            project: project.into(),
            ceiling: vec![b"*".to_vec()],
            max_lifetime: 86_400,
            not_before: i64::MIN,
            not_after: i64::MAX,
            rules: 0,
            quota: (0, 0),
        }
    }

    fn record(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.max_lifetime.to_be_bytes());
        bytes.extend(self.not_before.to_be_bytes());
        bytes.extend(self.not_after.to_be_bytes());
        bytes.push(self.rules);
        bytes.extend(self.quota.0.to_be_bytes());
        bytes.extend(self.quota.1.to_be_bytes());
        for string in [&self.name, &self.project] {
            push_prefixed(&mut bytes, string);
        }
        bytes.push(self.ceiling.len() as u8);
        for scope in &self.ceiling {
            push_prefixed(&mut bytes, scope);
        }
        bytes
    }
}

/// The parts of a bundle, free to hold what the format forbids. Nothing is sorted.
#[derive(Clone, Debug)]
pub struct RawBundle {
    /// First four bytes: magic, version, flags.
    pub start: [u8; 4],
    /// Any number.
    pub epoch: u64,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds, the last second of trust.
    pub not_after: i64,
    /// The authority's key as written.
    pub authority: [u8; 32],
    /// The next authority's key as written; zeros for none.
    pub next_authority: [u8; 32],
    /// In the order of the index.
    pub issuers: Vec<RawIssuer>,
    /// In the order written.
    pub revoked_issuers: Vec<[u8; 32]>,
    /// In the order written.
    pub revoked_tokens: Vec<([u8; 32], u64)>,
    /// Added to the offset of the last record.
    pub offset_error: u32,
    /// Written before the signature.
    pub trailing: Vec<u8>,
}

impl RawBundle {
    /// Epoch 1 of the test authority, good for a day.
    pub fn new(issued_at: i64) -> Self {
        Self {
            start: [0xA9, 0xB0, 1, 0],
            epoch: 1,
            issued_at,
            not_after: issued_at + 86_400,
            authority: authority_key().verifying_key().to_bytes(),
            next_authority: [0; 32],
            issuers: Vec::new(),
            revoked_issuers: Vec::new(),
            revoked_tokens: Vec::new(),
            offset_error: 0,
            trailing: Vec::new(),
        }
    }

    /// Brings every list into the order that the format demands.
    pub fn sorted(mut self) -> Self {
        self.issuers.sort_by_key(|issuer| issuer.key);
        self.revoked_issuers.sort_unstable();
        self.revoked_tokens.sort_unstable();
        self
    }

    /// Everything before the signature.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let records: Vec<Vec<u8>> = self.issuers.iter().map(RawIssuer::record).collect();
        let count = |len: usize| (len as u32).to_be_bytes();
        let mut bytes = Vec::new();
        bytes.extend(self.start);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.issued_at.to_be_bytes());
        bytes.extend(self.not_after.to_be_bytes());
        bytes.extend(self.authority);
        bytes.extend(self.next_authority);
        bytes.extend(count(self.issuers.len()));
        bytes.extend(count(records.iter().map(Vec::len).sum()));
        bytes.extend(count(self.revoked_issuers.len()));
        bytes.extend(count(self.revoked_tokens.len()));
        let mut offset = 0u32;
        for (number, (issuer, record)) in self.issuers.iter().zip(&records).enumerate() {
            bytes.extend(issuer.key);
            let last = number + 1 == records.len();
            bytes.extend((offset + if last { self.offset_error } else { 0 }).to_be_bytes());
            offset += record.len() as u32;
        }
        bytes.extend(records.concat());
        bytes.extend(self.revoked_issuers.concat());
        for (issuer, token_id) in &self.revoked_tokens {
            bytes.extend(issuer);
            bytes.extend(token_id.to_be_bytes());
        }
        bytes.extend(&self.trailing);
        bytes
    }

    /// The whole bundle, signed by `key`, whatever `authority` says.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        signed(self.signed_bytes(), key)
    }

    /// The whole bundle, signed by the one of the test authorities that it names; by the first one
    /// if it names neither.
    pub fn sign_as_itself(&self) -> Vec<u8> {
        let next = next_authority_key();
        let is_next = self.authority == next.verifying_key().to_bytes();
        self.sign(&if is_next { next } else { authority_key() })
    }

    /// The whole bundle, signed by the test authority.
    pub fn sign_as_authority(&self) -> Vec<u8> {
        self.sign(&authority_key())
    }
}

/// The key that every test pins.
pub fn authority_key() -> SigningKey {
    SigningKey::from_bytes(&[0xa7; 32])
}

/// The key that takes over from it.
pub fn next_authority_key() -> SigningKey {
    SigningKey::from_bytes(&[0xa8; 32])
}
