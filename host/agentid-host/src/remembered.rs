//! Signatures that held, remembered for all threads.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use agentid_nostd::{Backend, CacheSlot, Dalek, Error, HashKey, VerifiedCache};

/// Tokens of up to so many bytes are remembered.
const SLOT_LEN: usize = 512;
/// The memory is divided, so that threads seldom wait for each other.
const SHARDS: usize = 32;

/// A backend for many threads: [`Dalek`], with the signatures that held last remembered. No lock is
/// held while the curve is at work.
///
/// It remembers that a key signed these bytes, which stays true. A gate asks for trust, times and
/// counts with every call.
pub struct Remembered {
    shards: Vec<Mutex<Shard>>,
    /// Chooses the shard, so that no issuer can aim at one.
    hasher: RandomState,
}

struct Shard {
    cache: VerifiedCache<Said, Vec<CacheSlot<SLOT_LEN>>, SLOT_LEN>,
    said: Said,
}

impl Remembered {
    /// Remembers about so many tokens, at 0.6 KB each.
    ///
    /// # Errors
    /// [`Error::EntropyUnavailable`]: where a token lies depends on a random key.
    pub fn new(tokens: usize) -> Result<Self, Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(|_| Error::EntropyUnavailable)?;
        let shard = || {
            let said = Said::default();
            let slots = vec![CacheSlot::EMPTY; tokens.div_ceil(SHARDS)];
            Mutex::new(Shard { cache: VerifiedCache::new(said.clone(), HashKey::new(key), slots), said })
        };
        Ok(Self { shards: std::iter::repeat_with(shard).take(SHARDS).collect(), hasher: RandomState::new() })
    }
}

impl Backend for Remembered {
    fn is_key(&self, bytes: &[u8; 32]) -> bool {
        Dalek.is_key(bytes)
    }

    fn verifies(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        let hash = usize::try_from(self.hasher.hash_one(signature) >> 33).unwrap_or(0);
        let shard = self.shards.get(hash % SHARDS);
        // A shard in which a thread panicked remembers nothing any more.
        let asked = |said| {
            let shard = shard?.lock().ok()?;
            shard.said.0.store(said, Ordering::Relaxed);
            Some(shard.cache.verifies(key, message, signature))
        };
        if asked(false) == Some(true) {
            return true;
        }
        let holds = Dalek.verifies(key, message, signature);
        if holds {
            asked(true);
        }
        holds
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembered")
    }
}

/// A [`Remembered`] that the gates of one trust bundle after another own together.
#[cfg(feature = "gate")]
#[derive(Clone, Debug)]
pub(crate) struct SharedRemembered(pub(crate) Arc<Remembered>);

#[cfg(feature = "gate")]
impl Backend for SharedRemembered {
    fn is_key(&self, bytes: &[u8; 32]) -> bool {
        self.0.is_key(bytes)
    }

    fn verifies(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verifies(key, message, signature)
    }
}

/// Stands behind the cache in place of a curve, so that the curve can run outside of the lock. It
/// says what the curve said, or `false` as long as the curve was not asked. The cache keeps what
/// was found good and nothing else.
#[derive(Clone, Debug, Default)]
struct Said(Arc<AtomicBool>);

impl Backend for Said {
    fn is_key(&self, _: &[u8; 32]) -> bool {
        false
    }

    fn verifies(&self, _: &[u8; 32], _: &[u8], _: &[u8; 64]) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::Remembered;
    use agentid_nostd::{AgentIdentity, Backend, Signer};

    #[test]
    fn only_what_held_is_remembered_and_every_thread_gets_the_same_answer() {
        let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(&[7; 32])).expect("valid");
        let key = *agent.public_key().as_bytes();
        let remembered = Remembered::new(64).expect("entropy");
        thread::scope(|scope| {
            for thread in 0..4_u8 {
                let (remembered, agent) = (&remembered, &agent);
                scope.spawn(move || {
                    for turn in 0..40_u8 {
                        let message = [turn % 10, thread % 2];
                        let mut signature = agent.signer().sign(&message).expect("signed");
                        assert!(remembered.verifies(&key, &message, &signature));
                        assert!(!remembered.verifies(&key, &[turn % 10, 9], &signature));
                        signature[usize::from(turn)] ^= 1;
                        assert!(!remembered.verifies(&key, &message, &signature));
                    }
                });
            }
        });
    }

    #[test]
    fn a_signature_that_held_is_found_without_the_curve() {
        let remembered = Remembered::new(64).expect("entropy");
        let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(&[7; 32])).expect("valid");
        let (key, signature) = (*agent.public_key().as_bytes(), agent.signer().sign(b"message").expect("signed"));
        let is_known = || {
            remembered.shards.iter().any(|shard| {
                let shard = shard.lock().expect("whole");
                shard.said.0.store(false, std::sync::atomic::Ordering::Relaxed);
                shard.cache.verifies(&key, b"message", &signature)
            })
        };
        assert!(!is_known());
        assert!(!remembered.verifies(&key, b"another", &signature));
        assert!(!is_known());
        assert!(remembered.verifies(&key, b"message", &signature));
        assert!(is_known());
    }
}
