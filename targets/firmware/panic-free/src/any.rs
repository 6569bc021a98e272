//! Values of which the optimiser knows nothing but their type, and a place that it must deliver
//! results to.

use core::hint::black_box;
use core::num::NonZeroU32;

use agentid_nostd::{
    AgentIdentity, BundleVersion, Call, Clock, Counting, Demand, DemandKind, Policy, PublicKey, SigningKey, Since,
    TimePolicy,
};

/// This value or any other of its type.
pub(crate) fn of<T>(value: T) -> T {
    black_box(value)
}

/// Takes a result as if something depended on it.
pub(crate) fn see<T>(value: T) {
    black_box(value);
}

/// Any items, of any number.
pub(crate) fn slice<T>(items: &[T]) -> &[T] {
    black_box(items)
}

/// Any items, of any number, to change.
pub(crate) fn slice_mut<T>(items: &mut [T]) -> &mut [T] {
    black_box(items)
}

/// Any bytes, of any length.
pub(crate) fn bytes() -> &'static [u8] {
    slice(&[0; 64])
}

/// Any text, of any length.
pub(crate) fn text() -> &'static str {
    of::<&str>("text")
}

/// Any texts, of any number.
pub(crate) fn texts() -> &'static [&'static str] {
    slice(&["text"])
}

/// Lends a buffer of any length.
pub(crate) fn with_buffer(call: impl FnOnce(&mut [u8])) {
    call(slice_mut(&mut [0; 64]));
}

/// Any key that is one.
pub(crate) fn public_key() -> Option<PublicKey> {
    PublicKey::from_bytes(&of([0; 32])).ok()
}

/// Any identity that is one.
pub(crate) fn identity() -> Option<AgentIdentity<'static>> {
    AgentIdentity::from_secret_bytes(text(), text(), &of([0; 32])).ok()
}

/// Any authority that is one.
pub(crate) fn authority() -> Option<SigningKey> {
    SigningKey::from_secret_bytes(&of([0; 32])).ok()
}

/// Any knowledge of the time.
pub(crate) fn clock() -> Clock {
    of(Clock::Known(0))
}

/// Any start of a count.
pub(crate) fn since() -> Since {
    of(Since::Reset)
}

/// Any bundle seen before.
pub(crate) fn version() -> BundleVersion {
    of(BundleVersion { epoch: 0, digest: [0; 32] })
}

/// Any policy.
pub(crate) fn policy() -> Policy {
    let policy = Policy::new().clock_skew_seconds(of(0)).max_lifetime_seconds(of(0)).max_token_len(of(0));
    let policy = policy.time_policy(of(TimePolicy::RequireKnown));
    if of(true) { Policy::default() } else { policy }
}

/// Any call.
pub(crate) fn call() -> Call<'static> {
    let call = Call::new(texts());
    see(call.scopes());
    call
}

/// Any demand.
pub(crate) fn demand() -> Demand {
    let limit = of(Some(NonZeroU32::MIN));
    Demand::new(of(DemandKind::Token), of([0; 32]), of(0), limit, counting(), of(0), of(0))
}

/// Any way to count.
pub(crate) fn counting() -> Counting {
    of(Counting::Budget)
}
