//! What needs no key: scopes, text, errors, clocks.

use agentid_nostd::{
    Error, ErrorClass, authorization_text, decode_text, encode_text, is_valid_scope, scope_covers, scopes_permit,
    text_len, token_len,
};

use crate::any::{self, bytes, see, text, texts, with_buffer};

pub(crate) fn call_all() {
    see(is_valid_scope(text()));
    see(scope_covers(text(), text()));
    see(scopes_permit(texts().iter().copied(), Some(texts().iter().copied()), text()));
    see(token_len(text(), text(), texts()));
    see(text_len(any::of(0)));
    see(authorization_text(text()));
    with_buffer(|buf| see(encode_text(bytes(), buf)));
    with_buffer(|buf| see(decode_text(text(), buf)));
    errors();
    clocks();
}

fn errors() {
    see(Error::ALL);
    let error: Error = any::of(Error::TooShort);
    see(error.code());
    see(error.name());
    see(error.message());
    see((error.is_disclosable(), error.implies_good_signature()));
    let class: ErrorClass = error.class();
    see(class.http_status());
}

fn clocks() {
    see(any::clock().lower_bound());
    see(any::clock().raised_to(any::of(0), any::of(0)));
}
