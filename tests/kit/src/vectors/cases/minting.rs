use super::super::format::{Record, escape};
use super::code::*;
use super::{NOW, example};
use crate::raw::{RawToken, example_key};

/// What to mint; [`Request::record`] turns it into a vector.
struct Request {
    name: String,
    project: String,
    scopes: Vec<String>,
    secret: [u8; 32],
    ttl: Option<u64>,
    max_calls: Option<u32>,
    issued_at: i64,
    token_id: u64,
    buffer: Option<usize>,
}

impl Request {
    fn example() -> Self {
        Self {
            name: "research-bot".into(),
            project: "phd-lab".into(),
            scopes: vec!["read:arxiv".into(), "write:notes".into()],
            secret: example_key().to_bytes(),
            ttl: Some(900),
            max_calls: Some(100),
            issued_at: NOW,
            token_id: 0x0123_4567_89ab_cdef,
            buffer: None,
        }
    }

    fn record(&self, name: &str) -> Record {
        let scopes: Vec<String> = self.scopes.iter().map(escape).collect();
        let mut record = Record::new(name, "mint")
            .with("secret", hex::encode(self.secret))
            .with("name", escape(&self.name))
            .with("project", escape(&self.project))
            .with("scopes", scopes.join(" "));
        let optional = [
            ("ttl", self.ttl.map(|v| v.to_string())),
            ("max-calls", self.max_calls.map(|v| v.to_string())),
            ("issued-at", Some(self.issued_at.to_string())),
            ("token-id", Some(format!("{:016x}", self.token_id))),
            ("buffer", self.buffer.map(|v| v.to_string())),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                record = record.with(key, value);
            }
        }
        record
    }
}

pub(super) fn records() -> Vec<Record> {
    let mut records = minted();
    records.extend(refused());
    records
}

fn mints(name: &str, request: &Request, raw: &RawToken) -> Record {
    request.record(name).expect("code", OK).expect("token", hex::encode(raw.sign_as_example()))
}

fn minted() -> Vec<Record> {
    let request = Request::example;
    let long = "x".repeat(255);
    let defaults = Request { ttl: None, max_calls: None, scopes: vec![], ..request() };
    let longest_strings =
        Request { name: long.clone(), project: long.clone(), scopes: vec![long.clone()], ..request() };
    let last = Request { issued_at: i64::MAX - 900, ..request() };
    let first = Request { issued_at: i64::MIN, ..request() };
    vec![
        mints("readme-example", &request(), &example()),
        mints("defaults", &defaults, &RawToken { max_calls: 0, scopes: vec![], ..example() }),
        mints("buffer-of-the-exact-size", &Request { buffer: Some(173), ..request() }, &example()),
        mints(
            "longest-lifetime",
            &Request { ttl: Some(86_400), ..request() },
            &RawToken { expires_at: NOW + 86_400, ..example() },
        ),
        mints(
            "longest-strings",
            &longest_strings,
            &RawToken {
                name: long.clone().into(),
                project: long.clone().into(),
                scopes: vec![long.into()],
                ..example()
            },
        ),
        mints("largest-expiry", &last, &RawToken::example(i64::MAX - 900)),
        mints("smallest-time", &first, &RawToken::example(i64::MIN)),
        mints(
            "255-scopes",
            &Request { scopes: vec!["s".into(); 255], ..request() },
            &RawToken { scopes: vec![b"s".to_vec(); 255], ..example() },
        ),
    ]
}

fn refused() -> Vec<Record> {
    let request = Request::example;
    let refuse = |name, request: Request, code: u8| request.record(name).expect("code", code);
    let scope = |scope: &str| Request { scopes: vec!["read:arxiv".into(), scope.into()], ..request() };
    vec![
        refuse("secret-all-zero", Request { secret: [0; 32], ..request() }, INVALID_SECRET_KEY),
        refuse(
            "project-before-secret",
            Request { project: "".into(), secret: [0; 32], ..request() },
            INVALID_PROJECT,
        ),
        refuse(
            "secret-before-scopes",
            Request { secret: [0; 32], scopes: vec!["".into()], ..request() },
            INVALID_SECRET_KEY,
        ),
        refuse("name-empty", Request { name: "".into(), ..request() }, INVALID_NAME),
        refuse("project-with-nul", Request { project: "a\0".into(), ..request() }, INVALID_PROJECT),
        refuse("256-scopes", Request { scopes: vec!["s".into(); 256], ..request() }, TOO_MANY_SCOPES),
        refuse("scope-with-empty-segment", scope("read::arxiv"), INVALID_SCOPE),
        refuse("scope-of-256-bytes", scope(&"s".repeat(256)), INVALID_SCOPE),
        refuse("lifetime-zero", Request { ttl: Some(0), ..request() }, EMPTY_LIFETIME),
        refuse("lifetime-too-long", Request { ttl: Some(86_401), ..request() }, LIFETIME_TOO_LONG),
        refuse("lifetime-largest", Request { ttl: Some(u64::MAX), ..request() }, LIFETIME_TOO_LONG),
        refuse("expiry-overflows", Request { issued_at: i64::MAX - 899, ..request() }, TIME_OVERFLOW),
        refuse("buffer-one-byte-too-small", Request { buffer: Some(172), ..request() }, BUFFER_TOO_SMALL),
        refuse("no-buffer", Request { buffer: Some(0), ..request() }, BUFFER_TOO_SMALL),
    ]
}
