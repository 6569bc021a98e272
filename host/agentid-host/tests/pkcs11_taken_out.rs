//! A token that is taken out while its key is open. In a program of its own: SoftHSM answers for no
//! other token afterwards.
#![cfg(all(unix, feature = "pkcs11"))]

#[allow(dead_code, reason = "it serves several programs")]
mod softhsm;

use std::fs;

use agentid_host::{Error, Signer};
use softhsm::{TOKENS, open, token_with_key};

#[test]
fn a_token_that_was_taken_out_signs_no_more() {
    let key = token_with_key("taken-out");
    key.sign(b"message").expect("signed");
    let tokens = TOKENS.path().join("tokens");
    fs::rename(&tokens, TOKENS.path().join("elsewhere")).expect("taken out");
    assert_eq!(key.sign(b"message"), Err(Error::SigningFailed));
    assert_eq!(open("taken-out").expect_err("no token").name(), "pkcs11-module");
    fs::rename(TOKENS.path().join("elsewhere"), tokens).expect("put in again");
    // The session has ended: the key must be opened anew.
    assert_eq!(key.sign(b"message"), Err(Error::SigningFailed));
}
