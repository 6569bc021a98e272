//! The verifying side: keys, tokens, claims.

use agentid_nostd::{
    Builtin, CacheSlot, Claims, Error, Explanation, Fingerprint, HashKey, OwnedClaims, Precomputed, PrecomputedBase,
    PrecomputedKey, PrecomputedTable, PublicKey, Scopes, Token, VerifiedCache, Verifier, may_be_accepted,
    verify_token,
};

use crate::any::{self, bytes, see, text, with_buffer};

pub(crate) fn call_all() {
    see(PublicKey::try_from(bytes()));
    see(may_be_accepted(&any::of([0; 32]), &any::of([0; 64])));
    if let Ok(token) = Token::parse(bytes()) {
        accessors(&token);
    }
    let Some(key) = any::public_key() else { return };
    see(*key.as_bytes());
    see(key == any::of(key));
    see(key.verify_signature(bytes(), &any::of([0; 64])));
    // Our own curve code, for which nothing stands in.
    see(PublicKey::from_bytes_with(Builtin, &any::of([0; 32])));
    see(key.verify_signature_with(Builtin, bytes(), &any::of([0; 64])));
    see(PrecomputedTable::<16>::new(&key).map(|table| table.words()));
    let table = any::of(PrecomputedTable::<16>::from_words(&[[[0; 8]; 3]; 16]));
    let base = any::of(PrecomputedBase::<16>::new());
    see(PrecomputedKey::with_base(&key, &table, &base).map(|precomputed| *precomputed.key()));
    if let Ok(precomputed) = PrecomputedKey::new(&key, &table) {
        see(key.verify_signature_with(Precomputed::new(&[precomputed]), bytes(), &any::of([0; 64])));
    }
    see(Fingerprint::of(&key).as_str());
    if let Ok(verified) = verify_token(bytes(), &key, any::clock()) {
        claims(&verified);
    }
    let trusted = [key, PublicKey::unvalidated(any::of([0; 32]))];
    let verifier = Verifier::new(any::slice(&trusted)).policy(any::policy());
    see(verifier.backend());
    explanation(&any::of(verifier.explain(bytes(), any::clock(), any::of(Error::Expired))));
    if let Ok(verified) = verifier.verify(bytes(), any::clock()) {
        claims(&verified);
    }
    if let Ok(verified) = verifier.with_backend(Builtin).verify(bytes(), any::clock()) {
        claims(&verified);
    }
    remembered::<0, 0>(verifier);
    remembered::<1, 256>(verifier);
    remembered::<16, 256>(verifier);
}

fn remembered<const N: usize, const LEN: usize>(verifier: Verifier<'_>) {
    let cache = any::of(VerifiedCache::new(Builtin, any::of(HashKey::new([0; 16])), [CacheSlot::<LEN>::EMPTY; N]));
    see(PublicKey::from_bytes_with(&cache, &any::of([0; 32])));
    if let Ok(verified) = verifier.with_backend(&cache).verify(bytes(), any::clock()) {
        claims(&verified);
    }
    see(cache);
}

fn accessors(token: &Token<'_>) {
    see((token.name(), token.project()));
    scopes(token.requested_scopes());
    see((token.issued_at(), token.expires_at(), token.lifetime_seconds()));
    see((token.max_calls(), token.token_id()));
    see((token.issuer_bytes(), token.signed_bytes(), token.signature()));
    see(Fingerprint::claimed_by(token).as_str());
}

/// The numbers behind an error.
pub(crate) fn explanation(explanation: &Explanation) {
    see((explanation.error(), explanation.detail()));
}

pub(crate) fn claims(claims: &Claims<'_>) {
    read(claims);
    with_buffer(|buf| {
        if let Ok(copied) = claims.to_buffer(buf) {
            owned(&any::of(copied));
        }
    });
}

/// Claims that own what they say, in any memory, with any content.
fn owned<B: AsRef<[u8]>>(claims: &OwnedClaims<B>) {
    if let Some(borrowed) = claims.claims() {
        read(&borrowed);
    }
    see((claims.name(), claims.project()));
    for scope in claims.requested_scopes().chain(claims.ceiling().iter().flat_map(|ceiling| ceiling.iter())) {
        see(scope);
    }
    see(claims.permits(text()));
    see((claims.issued_at(), claims.expires_at()));
    see((claims.max_calls(), claims.token_id()));
    see(claims.issuer());
    see(claims.fingerprint().as_str());
}

fn read(claims: &Claims<'_>) {
    see((claims.name(), claims.project()));
    scopes(claims.requested_scopes());
    for scope in claims.ceiling().iter().flat_map(|ceiling| ceiling.iter()) {
        see(scope);
    }
    see(claims.permits(text()));
    see((claims.issued_at(), claims.expires_at()));
    see((claims.max_calls(), claims.token_id()));
    see(claims.issuer());
    see(claims.fingerprint().as_str());
}

fn scopes(mut scopes: Scopes<'_>) {
    see((scopes.len(), scopes.size_hint()));
    for scope in scopes {
        see(scope);
    }
    see(scopes.nth(any::of(0)));
    see(scopes.last());
}
