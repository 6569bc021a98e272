//! The fields of a trust bundle, for `inspect`.

use agentid_nostd::{Clock, Error, Fingerprint, PublicKey, TrustAnchor, TrustBundle};

use super::Field;
use crate::answer::time;

/// The first bytes of a bundle.
pub(super) const MAGIC: [u8; 2] = [0xa9, 0xb0];
/// Where the authority's key lies.
const AUTHORITY: std::ops::Range<usize> = 28..60;

/// The fields in the order of their bytes: `SPEC.md`, "Trust bundle". The structure must be right; the
/// signature is not looked at.
pub(super) fn fields(bytes: &[u8]) -> Result<Vec<Field>, Error> {
    let authority = bytes.get(AUTHORITY).and_then(|key| key.try_into().ok()).ok_or(Error::MalformedBundle)?;
    // Its own authority: the question is only if it is a bundle at all.
    let anchor = TrustAnchor::new(PublicKey::from_bytes(authority)?);
    match TrustBundle::open(bytes, &anchor, Clock::Unknown) {
        Ok(_) | Err(Error::BadBundleSignature) => {}
        Err(error) => return Err(error),
    }
    let mut walk = Walk { bytes, at: 0, fields: Vec::new() };
    walk.take("magic", 2, |_| "an AgentID trust bundle".to_owned());
    walk.take("version", 1, |_| "1".to_owned());
    walk.take("flags", 1, |_| "none".to_owned());
    walk.number("epoch", 8, "");
    walk.time("issued at");
    walk.time("not after");
    walk.key("authority");
    let issuers = walk.number("issuers", 4, "");
    walk.number("records", 4, " bytes");
    let revoked_issuers = walk.number("revoked keys", 4, "");
    let revoked_tokens = walk.number("revoked tokens", 4, "");
    for _ in 0..issuers {
        walk.key("trusted key");
        walk.number("record at", 4, "");
    }
    for _ in 0..issuers {
        walk.number("max lifetime", 4, " s");
        walk.time("not before");
        walk.time("not after");
        walk.string("name");
        walk.string("project");
        for _ in 0..walk.number("scope count", 1, "") {
            walk.string("ceiling");
        }
    }
    for _ in 0..revoked_issuers {
        walk.key("revoked key");
    }
    for _ in 0..revoked_tokens {
        walk.key("token of");
        walk.take("revoked token", 8, hex::encode);
    }
    walk.take("signature", 64, |_| "Ed25519, not checked".to_owned());
    Ok(walk.fields)
}

/// A place in the bytes. Bytes that are not there are read as none.
struct Walk<'b> {
    bytes: &'b [u8],
    at: usize,
    fields: Vec<Field>,
}

impl<'b> Walk<'b> {
    fn take(&mut self, name: &str, len: usize, meaning: impl FnOnce(&'b [u8]) -> String) {
        let end = self.at.saturating_add(len);
        self.fields.push(Field::new(name, len, meaning(self.bytes.get(self.at..end).unwrap_or_default())));
        self.at = end;
    }

    fn number(&mut self, name: &str, len: usize, unit: &str) -> u64 {
        let mut value = 0;
        self.take(name, len, |bytes| {
            value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
            format!("{value}{unit}")
        });
        value
    }

    fn time(&mut self, name: &str) {
        self.take(name, 8, |bytes| match bytes.try_into().map(i64::from_be_bytes) {
            Ok(i64::MIN | i64::MAX) => "no limit".to_owned(),
            Ok(seconds) => time(seconds),
            Err(_) => String::new(),
        });
    }

    fn key(&mut self, name: &str) {
        self.take(name, 32, |bytes| {
            let key = bytes.try_into().ok().and_then(|key| PublicKey::from_bytes(key).ok());
            key.map_or_else(|| "no key".to_owned(), |key| Fingerprint::of(&key).to_string())
        });
    }

    fn string(&mut self, name: &str) {
        let len = self.bytes.get(self.at).copied().unwrap_or_default();
        self.take(name, usize::from(len).saturating_add(1), |bytes| {
            String::from_utf8_lossy(bytes.get(1..).unwrap_or_default()).into_owned()
        });
    }
}
