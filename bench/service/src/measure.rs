//! Rounds in turn, so that a slow moment of the machine slows all; medians and quartiles.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use tower::ServiceExt;

pub(crate) const ROUNDS: usize = 41;
/// How many fresh tokens each thread presents in a round.
pub(crate) const FRESH_CALLS: usize = 300;
/// One thread, then two.
pub(crate) const FRESH_NEEDED: usize = ROUNDS * FRESH_CALLS * 3;

/// The tokens of one thread in one round.
#[derive(Clone, Copy)]
pub(crate) enum Tokens<'t> {
    /// Each of them once.
    Each(&'t [HeaderValue]),
    /// One of them, so many times.
    Again(&'t HeaderValue, usize),
}

impl Tokens<'_> {
    const fn len(&self) -> usize {
        match self {
            Self::Each(tokens) => tokens.len(),
            Self::Again(_, calls) => *calls,
        }
    }

    const fn at(&self, call: usize) -> &HeaderValue {
        match self {
            Self::Each(tokens) => &tokens[call],
            Self::Again(token, _) => token,
        }
    }
}

/// The times of one row, in microseconds per call, one for each round.
pub(crate) struct Row {
    name: String,
    pub(crate) one: Vec<f64>,
    pub(crate) two: Vec<f64>,
}

impl Row {
    pub(crate) const fn new(name: String) -> Self {
        Self { name, one: Vec::new(), two: Vec::new() }
    }
}

/// Calls a function so many frames deeper in the stack. The position of the stack changes the time
/// of some curve code by a third, so that each round takes another one.
#[inline(never)]
fn deeper(frames: usize, work: &mut dyn FnMut()) {
    let frame = black_box([0_u8; 48]);
    if frames == 0 {
        work()
    } else {
        deeper(frames - 1, work)
    }
    black_box(&frame);
}

/// Returns the microseconds per call of a service that is asked by as many threads as there are
/// tokens for.
pub(crate) fn service(service: &Router, tokens: &[Tokens<'_>], round: usize) -> f64 {
    let barrier = Barrier::new(tokens.len() + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = tokens
            .iter()
            .map(|tokens| scope.spawn(|| deeper(round, &mut || ask_all(service, *tokens, &barrier))))
            .collect();
        barrier.wait();
        let started = Instant::now();
        threads.into_iter().for_each(|thread| assert!(thread.join().is_ok(), "a call was refused"));
        let calls: usize = tokens.iter().map(Tokens::len).sum();
        started.elapsed().as_secs_f64() * 1e6 / calls as f64
    })
}

fn ask_all(service: &Router, tokens: Tokens<'_>, barrier: &Barrier) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    barrier.wait();
    let asked = async {
        for call in 0..tokens.len() {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = axum::http::Uri::from_static("/papers/9");
            request.headers_mut().insert("authorization", tokens.at(call).clone());
            let answer = service.clone().oneshot(request).await;
            assert!(answer.is_ok_and(|answer| answer.status() == 200), "a call was refused");
        }
    };
    assert!(runtime.map(|runtime| runtime.block_on(asked)).is_ok(), "no runtime");
}

/// Returns the microseconds that a function takes for each of the tokens, in a thread as well.
pub(crate) fn bare(tokens: &[Vec<u8>], round: usize, check: impl Fn(&Vec<u8>) + Sync) -> f64 {
    let mut elapsed = Duration::ZERO;
    let mut checks = || {
        let started = Instant::now();
        tokens.iter().for_each(|token| check(black_box(token)));
        elapsed = started.elapsed();
    };
    let joined = thread::scope(|scope| scope.spawn(|| deeper(round, &mut checks)).join());
    assert!(joined.is_ok(), "a token was refused");
    elapsed.as_secs_f64() * 1e6 / tokens.len() as f64
}

/// Prints a table, in which the first row is ours.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!(
        "\n| {title}; {ROUNDS} rounds | µs per call | share of ours, quartiles | calls per second, one thread | two | two over one, quartiles |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let Some(ours) = rows.first() else { return };
    for row in rows {
        let [_, time, _] = quartiles(row.one.iter().copied());
        let [low, middle, high] = quartiles(row.one.iter().zip(&ours.one).map(|(time, ours)| time / ours));
        print!("| {} | {time:.2} | {middle:.2} ({low:.2} to {high:.2}) | {:.0} |", row.name, 1e6 / time);
        if row.two.is_empty() {
            println!(" | |");
            continue;
        }
        let [_, time, _] = quartiles(row.two.iter().copied());
        let [low, middle, high] = quartiles(row.one.iter().zip(&row.two).map(|(one, two)| one / two));
        println!(" {:.0} | {middle:.2} ({low:.2} to {high:.2}) |", 1e6 / time);
    }
}

fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
