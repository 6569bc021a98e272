//! Outputs in the words of the vector files.

use core::num::NonZeroU32;

use agentid_nostd::{Claims, TrustBundle};
use defmt::{Format, Formatter, println, write};

/// Lower-case hexadecimal.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Format for Hex<'_> {
    fn format(&self, f: Formatter<'_>) {
        for byte in self.0 {
            write!(f, "{=u8:02x}", *byte);
        }
    }
}

/// Text in which everything but printable ASCII, and the space and the backslash, is `\xHH`.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Format for Escaped<'_> {
    fn format(&self, f: Formatter<'_>) {
        let mut plain_from = 0;
        for (at, byte) in self.0.bytes().enumerate() {
            if !byte.is_ascii_graphic() || byte == b'\\' {
                // Both ends lie next to ASCII or inside a run that is not: an empty piece is never wrong.
                write!(f, "{=str}\\x{=u8:02x}", self.0.get(plain_from..at).unwrap_or_default(), byte);
                plain_from = at + 1;
            }
        }
        write!(f, "{=str}", self.0.get(plain_from..).unwrap_or_default());
    }
}

struct Scopes<'a>(agentid_nostd::Scopes<'a>);

impl Format for Scopes<'_> {
    fn format(&self, f: Formatter<'_>) {
        for (number, scope) in self.0.enumerate() {
            if number > 0 {
                write!(f, " ");
            }
            write!(f, "{}", Escaped(scope));
        }
    }
}

pub(crate) fn print_claims(claims: &Claims<'_>, required: &str) {
    println!("permits = {=str}", yes_or_no(claims.permits(required)));
    println!("name = {}", Escaped(claims.name()));
    println!("project = {}", Escaped(claims.project()));
    println!("scopes = {}", Scopes(claims.requested_scopes()));
    println!("issued-at = {=i64}", claims.issued_at());
    println!("expires-at = {=i64}", claims.expires_at());
    println!("max-calls = {=u32}", claims.max_calls().map_or(0, NonZeroU32::get));
    println!("token-id = {=u64:016x}", claims.token_id());
    println!("issuer = {}", Hex(claims.issuer().as_bytes()));
    println!("fingerprint = {}", claims.fingerprint());
}

pub(crate) fn print_bundle(bundle: &TrustBundle<'_>) {
    println!("epoch = {=u64}", bundle.epoch());
    println!("digest = {}", Hex(&bundle.version().digest));
    println!("issued-at = {=i64}", bundle.issued_at());
    println!("not-after = {=i64}", bundle.not_after());
    println!("issuers = {=usize}", bundle.issuer_count());
    println!("revocations = {=usize}", bundle.revocation_count());
    match bundle.next_authority() {
        Some(key) => println!("next-authority = {}", Hex(key.as_bytes())),
        None => println!("next-authority = none"),
    }
    for issuer in bundle.issuers() {
        let (calls, seconds) = issuer.quota().map_or((0, 0), |quota| (quota.calls.get(), quota.seconds.get()));
        println!("rules = {=u8:02x} {=u32} {=u32}", issuer.rules().to_byte(), calls, seconds);
    }
}

pub(crate) fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
