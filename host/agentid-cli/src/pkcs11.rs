//! `pkcs11`: keys that hardware keeps.

use agentid_host::pkcs11::{KeyLocation, KeyName, Pkcs11Signer, TokenName};
use agentid_host::{KeyId, Signer};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{Pkcs11Key, Pkcs11Verb};
use crate::failure::{Failure, USAGE};
use crate::input;

pub(crate) fn run(verb: &Pkcs11Verb) -> Result<Answer, Failure> {
    let signer = match verb {
        Pkcs11Verb::Generate(key) => Pkcs11Signer::generate(location(key)?, &pin(key)?)?,
        Pkcs11Verb::Show(key) => open(key)?,
    };
    let key = signer.public_key();
    let (id, digits) = (KeyId::of(&key), hex::encode(key.as_bytes()));
    Ok(Answer::new(
        format!("fingerprint {id}\npublic key  {digits}"),
        json!({ "fingerprint": id, "public_key": digits }),
    ))
}

/// Opens a key in hardware.
pub(crate) fn open(key: &Pkcs11Key) -> Result<Pkcs11Signer, Failure> {
    Ok(Pkcs11Signer::open(location(key)?, &pin(key)?)?)
}

fn pin(key: &Pkcs11Key) -> Result<zeroize::Zeroizing<String>, Failure> {
    input::pin(key.pin_file.as_deref())
}

fn location(key: &Pkcs11Key) -> Result<KeyLocation, Failure> {
    let Pkcs11Key { pkcs11_module, token_label, token_serial, key_label, key_id, .. } = key;
    let token = match (token_label, token_serial) {
        (Some(label), _) => TokenName::Label(label.clone()),
        (None, serial) => TokenName::Serial(serial.clone().unwrap_or_default()),
    };
    let key = match (key_label, key_id) {
        (Some(label), _) => KeyName::Label(label.clone()),
        (None, id) => KeyName::Id(hex::decode(id.as_deref().unwrap_or_default()).map_err(|_| {
            Failure::new(USAGE, "invalid-key-id", "the id of a key is an even number of hexadecimal digits")
        })?),
    };
    // The command line requires it: an empty path is no module.
    Ok(KeyLocation { module: pkcs11_module.clone().unwrap_or_default(), token, key })
}
