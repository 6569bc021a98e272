//! Tokens across the boundary: bytes or text on the way in, all fields on the way out. Nothing of a
//! token stays in the module.

#[cfg(feature = "mint")]
use agentid_nostd::Fingerprint;
use agentid_nostd::{Claims, PublicKey, Scopes, Token, scopes_permit};
use alloc::borrow::Cow;
use core::num::NonZeroU32;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::Code;
use crate::record::{Reader, Writer};

/// Reads a token: whether it is text, and then the bytes or the text.
pub(crate) fn token<'r>(record: &mut Reader<'r>) -> Result<Cow<'r, [u8]>, Code> {
    #[cfg(feature = "text")]
    if record.is_present() {
        return crate::text::decode(record.text()).map(Cow::Owned);
    }
    #[cfg(not(feature = "text"))]
    if record.is_present() {
        crate::trap()
    }
    Ok(Cow::Borrowed(record.bytes()))
}

/// The fields of a token, in the order in which `js/tokens.js` reads them.
struct Fields<'t> {
    name: &'t str,
    project: &'t str,
    issued_at: i64,
    expires_at: i64,
    max_calls: Option<NonZeroU32>,
    token_id: u64,
    issuer: [u8; 32],
    #[cfg(feature = "mint")]
    fingerprint: Fingerprint,
    requested_scopes: Scopes<'t>,
}

impl Fields<'_> {
    fn write(self) -> Writer {
        let mut record = Writer::default();
        record.text(self.name).text(self.project).time(self.issued_at).time(self.expires_at);
        record.optional(self.max_calls).number(self.token_id);
        record.bytes(&self.issuer);
        #[cfg(feature = "mint")]
        record.text(self.fingerprint.as_str());
        record.texts(self.requested_scopes);
        record
    }
}

/// The fields of a token that was not verified.
pub(crate) fn unverified(token: &Token<'_>) -> Writer {
    let fields = Fields {
        name: token.name(),
        project: token.project(),
        issued_at: token.issued_at(),
        expires_at: token.expires_at(),
        max_calls: token.max_calls(),
        token_id: token.token_id(),
        issuer: token.issuer_bytes(),
        #[cfg(feature = "mint")]
        fingerprint: Fingerprint::claimed_by(token),
        requested_scopes: token.requested_scopes(),
    };
    fields.write()
}

/// Verified claims, and the issuer's ceiling if there is one.
pub(crate) fn verified(claims: &Claims<'_>) -> Writer {
    let fields = Fields {
        name: claims.name(),
        project: claims.project(),
        issued_at: claims.issued_at(),
        expires_at: claims.expires_at(),
        max_calls: claims.max_calls(),
        token_id: claims.token_id(),
        issuer: *PublicKey::as_bytes(claims.issuer()),
        #[cfg(feature = "mint")]
        fingerprint: claims.fingerprint(),
        requested_scopes: claims.requested_scopes(),
    };
    let mut record = fields.write();
    match claims.ceiling() {
        Some(ceiling) => record.number(1).texts(ceiling.iter()),
        None => record.number(0),
    };
    record
}

/// Asks the core whether requested scopes and the ceiling, if there is one, permit this one. Both
/// are read from `scopes`, the last part of the output of [`verified`].
#[wasm_bindgen]
pub fn permits(scopes: &[u8], required: &str) -> bool {
    let mut record = Reader::new(scopes);
    let requested = record.list();
    let ceiling = record.is_present().then(|| record.list());
    scopes_permit(requested, ceiling, required)
}
