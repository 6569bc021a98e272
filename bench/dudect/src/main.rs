//! Whether what is done with a secret takes a time that depends on it: one fixed secret against
//! random ones.
//!
//! A large |t| shows a leak; a small one shows that none was seen with so many samples on this
//! machine.

use agentid_nostd::{AgentIdentity, TokenBuilder};
use dudect_bencher::rand::RngExt;
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};

/// For each function below.
const SAMPLES: usize = 100_000;

/// The secret of the class that never changes.
const FIXED: [u8; 32] = [0x5e; 32];

ctbench_main!(minting, making_an_identity, comparing_early_out);

/// Signing, with the identity made beforehand.
fn minting(runner: &mut CtRunner, rng: &mut BenchRng) {
    for (class, secret) in inputs(rng) {
        let Ok(agent) = AgentIdentity::from_secret_bytes("research-bot", "phd-lab", &secret) else { continue };
        let builder = TokenBuilder::new(&agent, 1_790_000_000, 7).scopes(&["read:arxiv"]);
        runner.run_one(class, || builder.mint_into(&mut [0; 256]).is_ok());
    }
}

/// From a secret to its key pair.
fn making_an_identity(runner: &mut CtRunner, rng: &mut BenchRng) {
    for (class, secret) in inputs(rng) {
        runner.run_one(class, || AgentIdentity::from_secret_bytes("research-bot", "phd-lab", &secret).is_ok());
    }
}

/// What leaks on purpose, to see that a leak is seen: a comparison that ends at the first byte that
/// differs.
fn comparing_early_out(runner: &mut CtRunner, rng: &mut BenchRng) {
    for (class, secret) in inputs(rng) {
        let (one, other) = ([secret; 64], [FIXED; 64]);
        runner.run_one(class, || {
            let mut pairs = one.as_flattened().iter().zip(other.as_flattened());
            pairs.all(|(one, other)| std::hint::black_box(one) == other)
        });
    }
}

/// Both classes in random order, all secrets made before any is timed.
fn inputs(rng: &mut BenchRng) -> Vec<(Class, [u8; 32])> {
    let mut draw = |_| if rng.random::<bool>() { (Class::Left, FIXED) } else { (Class::Right, rng.random()) };
    (0..SAMPLES).map(&mut draw).collect()
}
