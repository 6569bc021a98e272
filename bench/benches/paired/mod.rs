//! Ratios on a noisy machine: two things are run in turn, and what counts is the median of the
//! rounds' ratios. One process is one run; `cargo xtask bench` makes several.

use std::time::{Duration, Instant};

const ROUNDS: usize = 401;

/// Prints how long `a` takes as a share of `b`. Each round runs both `calls` times, in alternating
/// order, so that whatever slows the machine down slows both.
pub(crate) fn ratio(name: &str, calls: u32, mut a: impl FnMut(), mut b: impl FnMut()) {
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let (a, b) = if round % 2 == 0 {
                let a = time(calls, &mut a);
                (a, time(calls, &mut b))
            } else {
                let b = time(calls, &mut b);
                (time(calls, &mut a), b)
            };
            a.as_secs_f64() / b.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let [low, median, high] = [ROUNDS / 4, ROUNDS / 2, 3 * ROUNDS / 4].map(|at| ratios[at]);
    println!("paired: {name}: {median:.4} (quartiles {low:.4} to {high:.4}, {ROUNDS} rounds)");
}

fn time(calls: u32, run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        run();
    }
    start.elapsed()
}
