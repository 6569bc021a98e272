//! A gate and a verifier that answer about one input at a time. Only [`judge`] is measured: keys
//! are decoded and the bundle is opened before.

use std::cell::RefCell;

#[cfg(not(target_family = "wasm"))]
use agentid_nostd::Dalek;
use agentid_nostd::{
    Backend, Builtin, Call, Clock, Compact, Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle,
    UsageLedger, Verifier, decode_text,
};

/// The longest token by default, and so the longest buffer for one that comes as text.
const MAX_TOKEN_LEN: usize = 4_096;

/// The function that answers, and its set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Door {
    /// [`Gate::admit`] with a ledger of 64 slots.
    Gate = 0,
    /// The same, with a ledger that began to count at the time of the question.
    GateNow = 1,
    /// The same, at a time that is not known.
    GateWithoutTime = 2,
    /// [`Verifier::verify`].
    Verifier = 3,
    /// [`decode_text`], then the gate.
    Text = 4,
}

#[cfg(target_family = "wasm")]
impl Door {
    const ALL: [Self; 5] = [Self::Gate, Self::GateNow, Self::GateWithoutTime, Self::Verifier, Self::Text];
}

/// The backend that checks signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Curve {
    /// [`Compact`].
    Compact = 0,
    /// [`Builtin`].
    Builtin = 1,
    /// `Dalek`.
    Dalek = 2,
}

/// Answers about an input.
type Answer = Box<dyn FnMut(&[u8]) -> u8>;

/// A question, ready to be asked.
struct Prepared(Answer);

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

/// Decodes the keys and opens the bundle of the operator.
///
/// # Panics
/// If a key or the bundle is not good: this program wrote them.
pub fn prepare(door: Door, curve: Curve, authority: &[u8; 32], bundle: Vec<u8>, keys: &[[u8; 32]], now: i64) {
    let prepared = match curve {
        Curve::Compact => asking(door, Compact, authority, bundle, keys, now),
        Curve::Builtin => asking(door, Builtin, authority, bundle, keys, now),
        #[cfg(not(target_family = "wasm"))]
        Curve::Dalek => asking(door, Dalek, authority, bundle, keys, now),
        #[cfg(target_family = "wasm")]
        Curve::Dalek => panic!("not there"),
    };
    PREPARED.set(Some(prepared));
}

fn asking(
    door: Door,
    backend: impl Backend + Copy + 'static,
    authority: &[u8; 32],
    bundle: Vec<u8>,
    keys: &[[u8; 32]],
    now: i64,
) -> Prepared {
    if door == Door::Verifier {
        let keys: Vec<PublicKey> = keys.iter().map(|key| PublicKey::unvalidated(*key)).collect();
        // Leaked on purpose: it is used until the program ends.
        let verifier = Verifier::new(keys.leak()).with_backend(backend);
        return Prepared(Box::new(move |token| code(verifier.verify(token, Clock::Known(now)).err())));
    }
    let authority = PublicKey::from_bytes_with(backend, authority).expect("a key");
    let opened = TrustBundle::open_with(backend, bundle.leak(), &TrustAnchor::new(authority), Clock::Unknown);
    let trust = opened.expect("a good bundle");
    let since = if door == Door::GateNow { Since::Time(now) } else { Since::Beginning };
    let mut gate = Gate::new(trust, UsageLedger::new([LedgerSlot::EMPTY; 64], since)).with_backend(backend);
    let clock = if door == Door::GateWithoutTime { Clock::Unknown } else { Clock::Known(now) };
    let mut admit = move |token: &[u8]| code(gate.admit(token, &Call::new(&["read:arxiv"]), clock).err());
    if door != Door::Text {
        return Prepared(Box::new(admit));
    }
    let mut room = vec![0; MAX_TOKEN_LEN];
    Prepared(Box::new(move |text| {
        let Ok(text) = str::from_utf8(text) else { return u8::MAX };
        match decode_text(text, &mut room) {
            Ok(token) => admit(token),
            Err(error) => code(Some(error)),
        }
    }))
}

fn code(error: Option<Error>) -> u8 {
    error.map_or(0, Error::code)
}

/// The code of the refusal, or 0.
///
/// # Panics
/// If [`prepare`] was not called.
pub fn judge(input: &[u8]) -> u8 {
    PREPARED.with_borrow_mut(|prepared| agentid_refused_judge(&mut prepared.as_mut().expect("prepared").0, input))
}

/// The same, without being counted.
///
/// # Panics
/// As [`judge`].
pub fn warm(input: &[u8]) {
    PREPARED.with_borrow_mut(|prepared| (prepared.as_mut().expect("prepared").0)(input));
}

/// Callgrind counts the instructions of this function, by its name.
// SAFETY: no other function has this name.
#[expect(unsafe_code, reason = "a name that another program knows")]
#[unsafe(no_mangle)]
#[inline(never)]
fn agentid_refused_judge(question: &mut Answer, input: &[u8]) -> u8 {
    question(input)
}

/// The module's side of the interpreter.
#[cfg(target_family = "wasm")]
mod guest {
    use std::cell::RefCell;

    use super::{Curve, Door, judge, prepare};

    thread_local! {
        static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// Returns a buffer of that many bytes for the host to write to.
    #[unsafe(no_mangle)]
    extern "C" fn input(len: usize) -> *mut u8 {
        INPUT.with_borrow_mut(|input| {
            input.clear();
            input.resize(len, 0);
            input.as_mut_ptr()
        })
    }

    /// The input is the authority's key, then the trusted keys, then the bundle.
    #[unsafe(no_mangle)]
    extern "C" fn set_up(door: u32, curve: u32, keys: usize, now: i64) {
        let door = Door::ALL[door as usize];
        let curve = [Curve::Compact, Curve::Builtin][curve as usize];
        INPUT.with_borrow(|input| {
            let (all_keys, bundle) = input.split_at(32 * (keys + 1));
            let all_keys = all_keys.as_chunks::<32>().0;
            prepare(door, curve, &all_keys[0], bundle.to_vec(), &all_keys[1..], now);
        });
    }

    /// Answers about the input.
    #[unsafe(no_mangle)]
    extern "C" fn ask() -> u32 {
        INPUT.with_borrow(|input| judge(input).into())
    }
}
