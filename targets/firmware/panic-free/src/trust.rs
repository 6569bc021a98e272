//! Whom to trust: tables, bundles and what writes them.

use core::num::NonZeroU32;

use agentid_nostd::{
    Builtin, Error, HandOver, LeafBinding, PublicKey, Quota, Rules, Signer, SigningKey, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustState, TrustTable, TrustedIssuer,
};

use crate::any::{self, bytes, see, text, texts, with_buffer};
use crate::verify::explanation;

pub(crate) fn call_all() {
    let Some(key) = any::public_key() else { return };
    see(TrustTable::new(any::slice(&[issuer(key)])));
    if let Some(bundle) = bundle() {
        see((bundle.epoch(), bundle.issued_at(), bundle.not_after()));
        see((bundle.issuer_count(), bundle.revocation_count()));
        see((bundle.version(), bundle.bytes()));
        see((bundle.authority(), bundle.next_authority(), bundle.check_current(any::clock())));
        state(&bundle.state());
        see(bundle.check_revocation(&any::of([0; 32]), any::of(0)));
        bundle.issuers().for_each(see);
        bundle.revoked_issuers().for_each(see);
        bundle.revoked_tokens().for_each(see);
        if let (Some(authority), Some(read)) = (any::authority(), bundle.issuer(&any::of([0; 32]))) {
            // A ceiling that was read from a bundle takes another path than one from a list.
            write(&authority, any::slice_mut(&mut [issuer(key), read]), key);
        }
    }
    if let Some(authority) = any::authority() {
        see((authority.public_key(), authority.sign(bytes())));
        let mut empty = TrustBundleBuilder::new(&authority, any::of(0), any::of(0), any::of(0));
        with_buffer(|buf| see(empty.write_into(buf, any::clock())));
    }
}

/// Any bundle that opens.
pub(crate) fn bundle() -> Option<TrustBundle<'static>> {
    let anchor = anchor()?;
    see(*anchor.authority());
    explanation(&TrustBundle::explain(bytes(), &anchor, any::clock(), any::of(Error::BundleExpired)));
    see(TrustBundle::open_with(Builtin, bytes(), &anchor, any::clock()));
    hand_over(TrustBundle::prepare_hand_over(bytes(), &anchor, any::clock()));
    hand_over(TrustBundle::prepare_hand_over_with(Builtin, bytes(), &anchor, any::clock()));
    TrustBundle::open(bytes(), &anchor, any::clock()).ok()
}

/// Looks at a hand-over, and adopts it with any storage.
pub(crate) fn hand_over(prepared: Result<HandOver<'static>, Error>) {
    match prepared {
        Ok(prepared) => {
            state(&prepared.state());
            see(prepared.adopt(&any::of([0; TrustState::LEN])));
        }
        Err(error) => see(error),
    }
}

fn state(state: &TrustState) {
    see((state.to_bytes(), TrustState::from_bytes(&any::of([0; TrustState::LEN]))));
    see(TrustAnchor::from_state(state));
}

/// Any anchor, with a bundle seen before or without.
pub(crate) fn anchor() -> Option<TrustAnchor> {
    let anchor = TrustAnchor::new(any::public_key()?).clock_skew_seconds(any::of(0));
    let anchor = if any::of(true) { anchor.next_authority(any::public_key()?) } else { anchor };
    Some(if any::of(true) { anchor.newest(any::version()) } else { anchor })
}

/// Any issuer.
pub(crate) fn issuer(key: PublicKey) -> TrustedIssuer<'static> {
    let mut issuer = TrustedIssuer::new(key, text(), text())
        .ceiling(texts())
        .max_lifetime_seconds(any::of(0))
        .valid_between(any::of(0), any::of(0));
    if any::of(true) {
        issuer = issuer.allow_guessable();
    }
    see((issuer.key(), issuer.name(), issuer.project()));
    let rules =
        Rules { audience_required: any::of(true), leaf_binding: any::of(LeafBinding::None), depth: any::of(0) };
    see((rules.to_byte(), Rules::from_byte(any::of(0))));
    issuer = issuer.with_rules(rules);
    if any::of(true) {
        issuer = issuer.with_quota(Quota { calls: any::of(NonZeroU32::MIN), seconds: any::of(NonZeroU32::MIN) });
    }
    see((issuer.longest_lifetime_seconds(), issuer.window()));
    see((issuer.rules(), issuer.quota()));
    issuer.allowed_scopes().iter().for_each(see);
    issuer
}

fn write(authority: &SigningKey, issuers: &mut [TrustedIssuer<'_>], key: PublicKey) {
    let (mut revoked_issuers, mut revoked_tokens) = ([key], [(key, 0)]);
    let mut builder = TrustBundleBuilder::new(authority, any::of(0), any::of(0), any::of(0))
        .issuers(issuers)
        .revoked_issuers(any::slice_mut(&mut revoked_issuers))
        .revoked_tokens(any::slice_mut(&mut revoked_tokens));
    with_buffer(|buf| see(builder.write_into(buf, any::clock())));
    let mut builder = builder.allow_dated_ahead().next_authority(key);
    with_buffer(|buf| see(builder.write_into(buf, any::clock())));
}
