//! Answers every vector of `tests/vectors/` and prints what it answered, in the words of those
//! files. Where the host has put a file `cases` beside the emulator, it answers what is in there
//! instead.
//!
//! What it should answer is not in this image: the host compares.
#![no_std]
#![no_main]

mod admission;
mod cases;
mod print;

use agentid_images::{Curve, exit};
use agentid_nostd::{
    AgentIdentity, BundleVersion, Clock, Counting, Error, Policy, PublicKey, Since, TimePolicy, TokenBuilder,
    TrustAnchor, TrustBundle, Verifier, authorization_text, decode_text, encode_text, scope_covers,
};
use cortex_m_rt::entry;
use defmt::println;
use heapless::Vec;
use print::{Escaped, Hex, print_bundle, print_claims, yes_or_no};
use semihosting::fs::File;

include!(concat!(env!("OUT_DIR"), "/vectors.rs"));

type Bytes<'v> = &'v [u8];
type Text<'v> = &'v str;

/// The inputs of one vector; `tests/vectors/README.md` explains them.
enum Vector<'v> {
    Verify {
        token: Bytes<'v>,
        trusted: &'v [Bytes<'v>],
        now: i64,
        required: Text<'v>,
        clock_skew: Option<u32>,
        max_lifetime: Option<u64>,
        max_token_len: Option<usize>,
    },
    Key {
        key: Bytes<'v>,
    },
    Scope {
        granted: Text<'v>,
        required: Text<'v>,
    },
    Text {
        text: Text<'v>,
        buffer: Option<usize>,
    },
    Authorization {
        value: Text<'v>,
    },
    Derive {
        is_weak: bool,
        name: Text<'v>,
        project: Text<'v>,
        seed: Option<Bytes<'v>>,
    },
    Mint {
        secret: &'v [u8; 32],
        name: Text<'v>,
        project: Text<'v>,
        scopes: &'v [Text<'v>],
        ttl: Option<u64>,
        max_calls: Option<u32>,
        issued_at: i64,
        token_id: u64,
        buffer: Option<usize>,
    },
    Bundle {
        bundle: Bytes<'v>,
        authority: Bytes<'v>,
        clock: Clock,
        newest: Option<BundleVersion>,
        next: Option<Bytes<'v>>,
        clock_skew: Option<u32>,
    },
    Table {
        issuers: &'v [(Bytes<'v>, Text<'v>, Text<'v>, bool)],
    },
    Gate {
        authority: Bytes<'v>,
        clock: Clock,
        ledger: Keep,
        since: Since,
        bundles: &'v [Bytes<'v>],
        tokens: &'v [Bytes<'v>],
        calls: &'v [Call<'v>],
        clock_skew: Option<u32>,
        max_lifetime: Option<u64>,
        max_token_len: Option<usize>,
        not_issued_before: Option<i64>,
        time_policy: TimePolicy,
        counting: Counting,
    },
}

/// Which ledger a gate has.
enum Keep {
    Usage(usize),
    Filter(u32),
}

/// What happens at a gate; tokens and bundles by their index.
enum Call<'v> {
    Token(usize, Clock, &'v [Text<'v>]),
    Bundle(usize, Clock),
    /// Whether the state is stored.
    HandOver(usize, Clock, bool),
    Restart(usize, Clock),
}

/// The most that a vector needs: a token or text of `mint.txt`.
const BUFFER_LEN: usize = 2_048;

#[entry]
fn main() -> ! {
    if let Ok(file) = File::open(c"cases") {
        println!("file cases");
        cases::each(file, show);
    } else {
        for (file, vectors) in FILES {
            println!("file {=str}", file);
            vectors.iter().for_each(show);
        }
    }
    println!("end");
    exit(0)
}

/// Prints everything that is answered to one vector.
fn show(vector: &Vector<'_>) {
    println!("vector");
    let code = answer(vector).err().map_or(0, Error::code);
    println!("code = {=u8}", code);
}

/// Prints the outputs of a good answer; the code is printed behind them.
fn answer(vector: &Vector<'_>) -> Result<(), Error> {
    match *vector {
        Vector::Verify { .. } => verify(vector),
        Vector::Key { key: bytes } => key(bytes).map(drop),
        Vector::Scope { granted, required } => {
            println!("covers = {=str}", yes_or_no(scope_covers(granted, required)));
            Ok(())
        }
        Vector::Text { text: value, buffer } => text(value, buffer),
        Vector::Authorization { value } => {
            println!("text = {}", Escaped(authorization_text(value)?));
            Ok(())
        }
        Vector::Derive { is_weak, name, project, seed } => {
            let identity = if is_weak {
                AgentIdentity::derive_with_weak_seed(name, project, seed.unwrap_or_default())?
            } else {
                AgentIdentity::derive(name, project, seed)?
            };
            println!("public-key = {}", Hex(identity.public_key().as_bytes()));
            println!("fingerprint = {}", identity.fingerprint());
            Ok(())
        }
        Vector::Mint { .. } => mint(vector),
        Vector::Bundle { bundle, authority, clock, newest, next, clock_skew } => {
            let anchor = set(anchor(authority, clock_skew)?, newest, TrustAnchor::newest);
            let next = next.and_then(|bytes| bytes.try_into().ok()).map(|bytes| PublicKey::unvalidated(*bytes));
            let anchor = set(anchor, next, TrustAnchor::next_authority);
            print_bundle(&TrustBundle::open_with(Curve, bundle, &anchor, clock)?);
            Ok(())
        }
        Vector::Table { issuers } => admission::table(issuers),
        Vector::Gate { .. } => admission::play(vector),
    }
}

fn verify(vector: &Vector<'_>) -> Result<(), Error> {
    let &Vector::Verify { token, trusted, now, required, clock_skew, max_lifetime, max_token_len } = vector else {
        return Ok(());
    };
    let mut keys = Vec::<PublicKey, 4>::new();
    for bytes in trusted {
        fits(keys.push(PublicKey::unvalidated((*bytes).try_into().map_err(|_| Error::InvalidPublicKey)?)));
    }
    let verifier = Verifier::new(&keys).with_backend(Curve).policy(policy(clock_skew, max_lifetime, max_token_len));
    print_claims(&verifier.verify(token, Clock::Known(now))?, required);
    Ok(())
}

fn key(bytes: Bytes<'_>) -> Result<PublicKey, Error> {
    PublicKey::from_bytes_with(Curve, bytes.try_into().map_err(|_| Error::InvalidPublicKey)?)
}

fn anchor(authority: Bytes<'_>, clock_skew: Option<u32>) -> Result<TrustAnchor, Error> {
    Ok(set(TrustAnchor::new(key(authority)?), clock_skew, TrustAnchor::clock_skew_seconds))
}

fn text(text: &str, buffer: Option<usize>) -> Result<(), Error> {
    let mut room = [0; BUFFER_LEN];
    let decoded = decode_text(text, &mut room[..buffer.unwrap_or(BUFFER_LEN)])?;
    println!("bytes = {}", Hex(decoded));
    println!("base64url = {=str}", encode_text(decoded, &mut [0; BUFFER_LEN])?);
    Ok(())
}

fn mint(vector: &Vector<'_>) -> Result<(), Error> {
    let &Vector::Mint { secret, name, project, scopes, ttl, max_calls, issued_at, token_id, buffer } = vector else {
        return Ok(());
    };
    let identity = AgentIdentity::from_secret_bytes(name, project, secret)?;
    let mut builder = TokenBuilder::new(&identity, issued_at, token_id).scopes(scopes);
    builder = set(builder, ttl, TokenBuilder::ttl_seconds);
    builder = set(builder, max_calls, TokenBuilder::max_calls);
    let mut room = [0; BUFFER_LEN];
    println!("token = {}", Hex(builder.mint_into(&mut room[..buffer.unwrap_or(BUFFER_LEN)])?));
    Ok(())
}

/// The default policy with the limits that the vector has.
fn policy(clock_skew: Option<u32>, max_lifetime: Option<u64>, max_token_len: Option<usize>) -> Policy {
    let policy = set(Policy::new(), clock_skew, Policy::clock_skew_seconds);
    let policy = set(policy, max_lifetime, Policy::max_lifetime_seconds);
    set(policy, max_token_len, Policy::max_token_len)
}

/// Applies a setting that the vector has.
fn set<B, V>(builder: B, value: Option<V>, apply: fn(B, V) -> B) -> B {
    match value {
        Some(value) => apply(builder, value),
        None => builder,
    }
}

/// A vector too large for this image must stop it, not pass unnoticed.
fn fits<T>(pushed: Result<(), T>) {
    assert!(pushed.is_ok(), "the image has no room for this vector");
}
