//! `tests/vectors/*.txt` as a table of constants: one typed vector each, the same bytes stored
//! once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../../tests/kit/src/vectors/format.rs"]
#[allow(dead_code, unreachable_pub, reason = "the host uses more of it, from other crates")]
mod format;

use format::{Record, unescape};

/// The one file that needs more memory than a small device has.
const LEFT_OUT: &str = "long.txt";

pub(crate) fn write(out: &Path) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=../../../tests/kit/src/vectors/format.rs");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder).expect("tests/vectors").map(|entry| entry.expect("entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "txt") && !path.ends_with(LEFT_OUT));
    paths.sort();

    let mut source = Source::default();
    let mut files = String::new();
    for path in &paths {
        let text = fs::read_to_string(path).expect("ASCII");
        let records = format::parse(&text).unwrap_or_else(|error| panic!("{}:{}", path.display(), error.line));
        let name = path.file_stem().expect("a name").to_string_lossy();
        let vectors: Vec<String> = records.iter().map(|record| source.vector(record)).collect();
        write!(files, "    ({name:?}, &[\n        {},\n    ]),\n", vectors.join(",\n        ")).expect("memory");
    }
    let table = format!("{}static FILES: &[(&str, &[Vector<'static>])] = &[\n{files}];\n", source.blobs);
    fs::write(out.join("vectors.rs"), table).expect("OUT_DIR can be written");
}

/// The generated file: constants by content, so that a bundle that stands in fifty vectors takes
/// flash once.
#[derive(Default)]
struct Source {
    blobs: String,
    names: BTreeMap<Vec<u8>, String>,
}

impl Source {
    /// An expression for these bytes.
    fn bytes(&mut self, bytes: Vec<u8>) -> String {
        let next = format!("B{}", self.names.len());
        if let Some(name) = self.names.get(&bytes) {
            return format!("&{name}");
        }
        writeln!(self.blobs, "static {next}: [u8; {}] = {bytes:?};", bytes.len()).expect("memory");
        self.names.insert(bytes, next.clone());
        format!("&{next}")
    }

    fn hex(&mut self, text: &str) -> String {
        self.bytes(hex::decode(text).expect("hex"))
    }

    fn hexes<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> String {
        let items: Vec<String> = texts.map(|text| self.hex(text)).collect();
        format!("&[{}]", items.join(", "))
    }

    /// A constructor of `Vector`, in `src/bin/vectors.rs`.
    fn vector(&mut self, record: &Record) -> String {
        let required = |key: &str| record.input(key).unwrap_or_else(|| panic!("{}: no {key}", record.name));
        let string = |key: &str| quoted(required(key));
        let option = |key: &str| record.input(key).map_or("None".into(), |value| format!("Some({value})"));
        let list = |key: &str| required(key).split(' ').filter(|item| !item.is_empty()).collect::<Vec<_>>();
        match required("op") {
            "verify" => format!(
                "Vector::Verify {{ token: {}, trusted: {}, now: {}, required: {}, clock_skew: {}, max_lifetime: {}, \
                 max_token_len: {} }}",
                self.hex(required("token")),
                self.hexes(list("trusted").into_iter()),
                required("now"),
                string("required"),
                option("clock-skew"),
                option("max-lifetime"),
                option("max-token-len"),
            ),
            "key" => format!("Vector::Key {{ key: {} }}", self.hex(required("key"))),
            "scope" => {
                format!("Vector::Scope {{ granted: {}, required: {} }}", string("granted"), string("required"))
            }
            "text" => format!("Vector::Text {{ text: {}, buffer: {} }}", string("text"), option("buffer")),
            "authorization" => format!("Vector::Authorization {{ value: {} }}", string("value")),
            op @ ("derive" | "derive-with-weak-seed") => format!(
                "Vector::Derive {{ is_weak: {}, name: {}, project: {}, seed: {} }}",
                op != "derive",
                string("name"),
                string("project"),
                record.input("seed").map_or("None".into(), |seed| format!("Some({})", self.hex(seed))),
            ),
            "mint" => format!(
                "Vector::Mint {{ secret: {}, name: {}, project: {}, scopes: &[{}], ttl: {}, max_calls: {}, \
                 issued_at: {}, token_id: 0x{}, buffer: {} }}",
                self.hex(required("secret")),
                string("name"),
                string("project"),
                list("scopes").into_iter().map(quoted).collect::<Vec<_>>().join(", "),
                option("ttl"),
                option("max-calls"),
                required("issued-at"),
                required("token-id"),
                option("buffer"),
            ),
            "bundle" => format!(
                "Vector::Bundle {{ bundle: {}, authority: {}, clock: {}, newest: {}, next: {}, clock_skew: {} }}",
                self.hex(required("bundle")),
                self.hex(required("authority")),
                clock(required("clock")),
                record.input("newest").map_or("None".into(), newest),
                record.input("next-authority").map_or("None".into(), |key| format!("Some({})", self.hex(key))),
                option("clock-skew"),
            ),
            "table" => {
                let issuers: Vec<String> = record.all("issuer").map(|line| self.issuer(line)).collect();
                format!("Vector::Table {{ issuers: &[{}] }}", issuers.join(", "))
            }
            "gate" => {
                let calls: Vec<String> = record.all("call").map(call).collect();
                format!(
                    "Vector::Gate {{ authority: {}, clock: {}, ledger: Keep::{}, since: {}, bundles: {}, tokens: {}, calls: &[{}], \
                     clock_skew: {}, max_lifetime: {}, max_token_len: {}, not_issued_before: {}, time_policy: {}, \
                     counting: {} }}",
                    self.hex(required("authority")),
                    clock(required("clock")),
                    ledger(required("ledger")),
                    since(record.input("since").unwrap_or("beginning")),
                    self.hexes(record.all("bundle")),
                    self.hexes(record.all("token")),
                    calls.join(", "),
                    option("clock-skew"),
                    option("max-lifetime"),
                    option("max-token-len"),
                    option("not-issued-before"),
                    variant("TimePolicy", record.input("time-policy").unwrap_or("require-known")),
                    variant("Counting", record.input("counting").unwrap_or("budget")),
                )
            }
            other => panic!("{}: no device runs op {other} yet", record.name),
        }
    }

    /// `KEY NAME PROJECT [guessable]`
    fn issuer(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        format!("({}, {}, {}, {})", self.hex(words[0]), quoted(words[1]), quoted(words[2]), words.get(3).is_some())
    }
}

/// An escaped text as a Rust string.
fn quoted(text: &str) -> String {
    format!("{:?}", String::from_utf8(unescape(text)).expect("UTF-8"))
}

/// `known:T`, `at-least:T`, `unknown`.
fn clock(text: &str) -> String {
    match text.split_once(':') {
        Some((kind, time)) => format!("Clock::{}({time})", camel(kind)),
        None => format!("Clock::{}", camel(text)),
    }
}

/// `beginning`, `reset`, or a time.
fn since(text: &str) -> String {
    match text {
        "beginning" | "reset" => variant("Since", text),
        time => format!("Since::Time({time})"),
    }
}

/// `EPOCH DIGEST`.
fn newest(text: &str) -> String {
    let (epoch, digest) = text.split_once(' ').expect("two words");
    format!("Some(BundleVersion {{ epoch: {epoch}, digest: {:?} }})", hex::decode(digest).expect("hex"))
}

/// `usage N`, `filter WINDOW`.
fn ledger(text: &str) -> String {
    let (kind, number) = text.split_once(' ').expect("two words");
    format!("{}({number})", camel(kind))
}

/// `TOKEN CLOCK SCOPES...`, `bundle N CLOCK`, `hand-over N CLOCK [not-stored]` or `restart N CLOCK`,
/// all numbers counted from 1.
fn call(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["bundle", number, time] => format!("Call::Bundle({}, {})", index(number), clock(time)),
        ["hand-over", number, time, ref rest @ ..] => {
            format!("Call::HandOver({}, {}, {})", index(number), clock(time), rest.is_empty())
        }
        ["restart", number, time] => format!("Call::Restart({}, {})", index(number), clock(time)),
        [number, time, ref scopes @ ..] => {
            let scopes: Vec<String> = scopes.iter().copied().map(quoted).collect();
            format!("Call::Token({}, {}, &[{}])", index(number), clock(time), scopes.join(", "))
        }
        _ => panic!("no call: {line}"),
    }
}

/// From counting from 1 to counting from 0.
fn index(number: &str) -> usize {
    number.parse::<usize>().expect("a number").checked_sub(1).expect("counted from 1")
}

fn variant(of: &str, name: &str) -> String {
    format!("{of}::{}", camel(name))
}

/// `require-known` as `RequireKnown`.
fn camel(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
