//! Any text in any buffer: read as the model reads it; any bytes: written as the model writes them,
//! and read back.
//!
//! Texts near the longest are left to the vectors.

use agentid_nostd::{Error, authorization_text, decode_text, encode_text, text_len};

use crate::model::class::assert_refused;
use crate::model::text;

/// The room for the result, then a text; all of it is also bytes to be written.
pub fn run(data: &[u8]) {
    let Some((&room, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    for room in [usize::from(room), text.len()] {
        read(&text, room);
    }
    written(rest, usize::from(room));
    match (authorization_text(&text), text::authorization(&text)) {
        (Err(error), Err(code)) => assert_refused(error, code),
        (ours, model) => assert_eq!(ours.ok(), model.ok()),
    }
}

fn read(text: &str, room: usize) {
    let mut buf = vec![0; room];
    match (decode_text(text, &mut buf), text::decode(text, room)) {
        (Ok(ours), Ok(model)) => assert_eq!(ours, model),
        (Err(error), Err(code)) => assert_refused(error, code),
        (ours, model) => panic!("{text:?} in {room}: {ours:?}, but {model:?}"),
    }
}

fn written(bytes: &[u8], room: usize) {
    let model = text::encode(bytes);
    assert_eq!(text_len(bytes.len()), model.len());
    let mut buf = vec![0; model.len()];
    assert_eq!(encode_text(bytes, &mut buf), Ok(model.as_str()));
    if room < model.len() {
        assert_eq!(encode_text(bytes, &mut buf[..room]), Err(Error::BufferTooSmall));
    }
    read(&model, bytes.len());
    read(&hex::encode(bytes), bytes.len());
    read(&hex::encode_upper(bytes), bytes.len());
}
