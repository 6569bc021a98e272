//! Signatures that were found good, so that a token that comes again costs a look-up and not the
//! curve.

use core::cell::RefCell;
use core::fmt;

use super::backend::{Backend, OfThisCrate};
use super::cache_slot::{CacheSlot, Signed};
use crate::hash_key::{HashKey, place};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// In how many slots one signature can lie.
const WAYS: usize = 4;

/// A backend that remembers the last signatures that held, as many as it has slots, and asks another
/// backend about all others.
///
/// What it remembers is that a key signed these bytes, which nothing that happens later makes
/// untrue: the whole token and the key are compared, and a single other bit goes to the curve.
/// Trust, revocation, times, scopes and counts are no matter of a backend: the gate asks for them
/// every time, so that a trust set can be replaced and the cache stays. What does not hold is not
/// remembered.
///
/// `S` is the memory: an array of [`CacheSlot`], `&mut [CacheSlot]`, or with a heap a `Vec`. A token
/// longer than the `LEN` bytes of a slot is checked each time. Whoever has no trusted key can
/// put nothing into it. Whoever has one can push out what others put there, but not choose whose:
/// where a signature lies depends on a [`HashKey`].
///
/// It lies in the gate, or a gate borrows it. It cannot be used by two threads at a time, so give
/// each its own.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Call, Clock, Compact, Gate, LedgerSlot, Since, TokenBuilder, TrustTable, TrustedIssuer};
/// use agentid_nostd::{CacheSlot, HashKey, UsageLedger, VerifiedCache};
///
/// let now = 1_790_000_000;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:*"]).max_calls(2).mint_into(&mut buf)?;
///
/// let issuers = [TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab")];
/// let hash_key = HashKey::new([0; 16]); // random
/// let ledger = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning);
/// let mut gate = Gate::new(TrustTable::new(&issuers)?, ledger)
///     .with_backend(VerifiedCache::new(Compact, hash_key, [CacheSlot::<256>::EMPTY; 16]));
/// let call = Call::new(&["read:arxiv"]);
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_ok());
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_ok(), "without the curve");
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_err(), "the budget is spent");
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
pub struct VerifiedCache<B, S, const LEN: usize = 256> {
    backend: B,
    hash_key: HashKey,
    slots: RefCell<Slots<S>>,
}

impl<B: Backend, S, const LEN: usize> VerifiedCache<B, S, LEN> {
    /// An empty one, over a backend that checks what it does not remember. The slots are
    /// [`CacheSlot::EMPTY`].
    #[must_use]
    pub const fn new(backend: B, hash_key: HashKey, slots: S) -> Self
    where
        S: AsMut<[CacheSlot<LEN>]>,
    {
        Self { backend, hash_key, slots: RefCell::new(Slots { slots, uses: 0 }) }
    }
}

/// Without the hash key and the tokens.
impl<B, S, const LEN: usize> fmt::Debug for VerifiedCache<B, S, LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedCache<{LEN}>")
    }
}

impl<B: Backend, S: AsMut<[CacheSlot<LEN>]>, const LEN: usize> Backend for VerifiedCache<B, S, LEN> {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        self.backend.is_key(bytes)
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signed = Signed { key, message, signature };
        if signed.len() > LEN {
            return self.backend.verifies(key, message, signature);
        }
        // Its first half, R, is enough: another signature with the same R can only be made by who
        // made R.
        let hash = self.hash_key.hash(signature.split_at(SIGNATURE_LEN / 2).0);
        // Nothing else borrows the slots while this runs; if it did, the curve would be asked.
        if self.slots.try_borrow_mut().is_ok_and(|mut slots| slots.has(hash, &signed)) {
            return true;
        }
        let holds = self.backend.verifies(key, message, signature);
        if holds && let Ok(mut slots) = self.slots.try_borrow_mut() {
            slots.keep(hash, &signed);
        }
        holds
    }

    fn may_be_key(&self, bytes: &[u8; PUBLIC_KEY_LEN], of_this_crate: OfThisCrate) -> bool {
        self.backend.may_be_key(bytes, of_this_crate)
    }

    fn may_be_signature(
        &self,
        key: &[u8; PUBLIC_KEY_LEN],
        signature: &[u8; SIGNATURE_LEN],
        of_this_crate: OfThisCrate,
    ) -> bool {
        self.backend.may_be_signature(key, signature, of_this_crate)
    }
}

struct Slots<S> {
    slots: S,
    /// Counts what slots were used for, so that it is known which was used last.
    uses: u32,
}

impl<S> Slots<S> {
    /// The slots that something can lie in, beginning with its first.
    fn ways<const LEN: usize>(&mut self, hash: u64) -> impl Iterator<Item = &mut CacheSlot<LEN>>
    where
        S: AsMut<[CacheSlot<LEN>]>,
    {
        let slots = self.slots.as_mut();
        let home = place(hash, slots.len());
        let (before, from) = slots.split_at_mut_checked(home).unwrap_or_default();
        from.iter_mut().chain(before).take(WAYS)
    }

    fn has<const LEN: usize>(&mut self, hash: u64, signed: &Signed<'_>) -> bool
    where
        S: AsMut<[CacheSlot<LEN>]>,
    {
        let now = self.uses.wrapping_add(1);
        let Some(slot) = self.ways(hash).find(|slot| slot.holds(signed)) else { return false };
        slot.used = now;
        self.uses = now;
        true
    }

    /// Puts it in the slot of the four that has not been used for longest.
    fn keep<const LEN: usize>(&mut self, hash: u64, signed: &Signed<'_>)
    where
        S: AsMut<[CacheSlot<LEN>]>,
    {
        let now = self.uses.wrapping_add(1);
        if let Some(slot) = self.ways(hash).max_by_key(|slot| slot.age(now)) {
            slot.fill(signed);
            slot.used = now;
            self.uses = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::{CacheSlot, HashKey, VerifiedCache, WAYS, place};
    use crate::signature::Backend;

    /// Finds good whatever has a message that begins with an even byte, and counts how often it is
    /// asked.
    #[derive(Debug, Default)]
    struct Counting(Cell<u32>);

    impl Backend for Counting {
        fn is_key(&self, bytes: &[u8; 32]) -> bool {
            bytes[0] == 1
        }

        fn verifies(&self, _: &[u8; 32], message: &[u8], _: &[u8; 64]) -> bool {
            self.0.set(self.0.get().saturating_add(1));
            message.first().is_none_or(|first| first % 2 == 0)
        }
    }

    impl Counting {
        fn times_asked(&self, during: impl FnOnce()) -> u32 {
            let before = self.0.get();
            during();
            self.0.get().saturating_sub(before)
        }
    }

    type Array<const N: usize, const LEN: usize> = [CacheSlot<LEN>; N];

    fn cache<const N: usize, const LEN: usize>(backend: &Counting) -> VerifiedCache<&Counting, Array<N, LEN>, LEN> {
        VerifiedCache::new(backend, HashKey::new([9; 16]), [CacheSlot::EMPTY; N])
    }

    /// Message and signature number `number`.
    fn signed(number: u32) -> ([u8; 40], [u8; 64]) {
        let mut message = [0; 40];
        message[1..5].copy_from_slice(&number.to_be_bytes());
        let mut signature = [7; 64];
        signature[..4].copy_from_slice(&number.to_be_bytes());
        (message, signature)
    }

    #[test]
    fn what_held_is_remembered_and_what_did_not_is_asked_again() {
        let backend = Counting::default();
        let cache = cache::<4, 256>(&backend);
        let (good, signature) = signed(1);
        let mut bad = good;
        bad[0] = 1;
        for (message, holds, asked) in [(good, true, [1, 0, 0]), (bad, false, [1, 1, 1]), (good, true, [0, 0, 0])] {
            for asked in asked {
                let times = backend.times_asked(|| assert_eq!(cache.verifies(&[1; 32], &message, &signature), holds));
                assert_eq!(times, asked);
            }
        }
        assert!(cache.is_key(&[1; 32]) && !cache.is_key(&[2; 32]), "keys are for the backend to say");
    }

    #[test]
    fn any_other_bit_and_any_other_length_is_asked() {
        let backend = Counting::default();
        // One slot: whatever is found in it was compared.
        let cache = cache::<1, 104>(&backend);
        let (message, signature) = signed(1);
        let (key, asked) = ([1; 32], |key: &[u8; 32], message: &[u8], signature: &[u8; 64]| {
            cache.verifies(&[1; 32], &signed(1).0, &signed(1).1);
            backend.times_asked(|| _ = cache.verifies(key, message, signature))
        });
        assert_eq!(asked(&key, &message, &signature), 0);
        for bit in 0..8 {
            for at in 0..32 {
                let mut key = key;
                key[at] ^= 1 << bit;
                assert_eq!(asked(&key, &message, &signature), 1, "key, byte {at}");
            }
            for at in 0..message.len() {
                let mut message = message;
                message[at] ^= 1 << bit;
                assert_eq!(asked(&key, &message, &signature), 1, "message, byte {at}");
            }
            for at in 0..64 {
                let mut signature = signature;
                signature[at] ^= 1 << bit;
                assert_eq!(asked(&key, &message, &signature), 1, "signature, byte {at}");
            }
        }
        // Two differences that are the same do not cancel.
        let mut changed = signature;
        changed[40] ^= 1;
        changed[41] ^= 1;
        assert_eq!(asked(&key, &message, &changed), 1);
        for len in 0..message.len() {
            assert_eq!(asked(&key, &message[..len], &signature), 1, "{len} bytes");
        }
    }

    #[test]
    fn what_is_too_long_is_asked_each_time_and_pushes_nothing_out() {
        let backend = Counting::default();
        let cache = cache::<1, 104>(&backend);
        let (message, signature) = signed(1);
        assert!(cache.verifies(&[1; 32], &message, &signature));
        for _ in 0..2 {
            assert_eq!(backend.times_asked(|| assert!(cache.verifies(&[1; 32], &[0; 41], &signature))), 1);
        }
        assert_eq!(backend.times_asked(|| assert!(cache.verifies(&[1; 32], &message, &signature))), 0);
    }

    #[test]
    fn what_was_used_last_stays() {
        let backend = Counting::default();
        let cache = cache::<WAYS, 104>(&backend);
        let ask = |number: u32| {
            let (message, signature) = signed(number);
            backend.times_asked(|| assert!(cache.verifies(&[1; 32], &message, &signature)))
        };
        let ways = u32::try_from(WAYS).expect("a few");
        assert_eq!((0..ways).map(ask).sum::<u32>(), ways);
        // The first is used again, so that the second is the oldest.
        assert_eq!(ask(0), 0);
        assert_eq!(ask(100), 1);
        assert_eq!((2..ways).chain([0, 100]).map(ask).sum::<u32>(), 0);
        assert_eq!(ask(1), 1, "pushed out");
    }

    #[test]
    fn what_was_used_last_stays_when_the_count_of_uses_begins_anew() {
        let backend = Counting::default();
        let cache = cache::<WAYS, 104>(&backend);
        // The first two are used before, all others after.
        cache.slots.borrow_mut().uses = u32::MAX - 2;
        let ask = |number: u32| {
            let (message, signature) = signed(number);
            backend.times_asked(|| assert!(cache.verifies(&[1; 32], &message, &signature)))
        };
        assert_eq!((0..5).map(ask).sum::<u32>(), 5);
        assert_eq!((1..5).map(ask).sum::<u32>(), 0);
        assert_eq!(ask(0), 1, "pushed out");
    }

    #[test]
    fn more_signatures_than_slots_are_answered_as_without_a_cache() {
        fn answers<const N: usize>(most_asked: u32) {
            let backend = Counting::default();
            let cache = cache::<N, 104>(&backend);
            let times = backend.times_asked(|| {
                for number in (0..2).flat_map(|_| 0..100) {
                    let (mut message, signature) = signed(number);
                    message[0] = u8::from(number % 3 == 0);
                    assert_eq!(cache.verifies(&[1; 32], &message, &signature), number % 3 != 0);
                }
            });
            assert!(times <= most_asked, "{N} slots: asked {times} times");
        }
        answers::<0>(200);
        answers::<1>(200);
        answers::<3>(200);
        // Nearly all of 66 have room among 512, and only the other 34 are asked again.
        answers::<512>(138);
    }

    #[test]
    fn where_a_signature_lies_depends_on_the_hash_key() {
        let homes = |random: [u8; 16]| {
            [1, 2, 3, 4, 5, 6, 7, 8].map(|number| place(HashKey::new(random).hash(&[number; 32]), 1_024))
        };
        assert_ne!(homes([0; 16]), homes([1; 16]));
        assert!(homes([0; 16]).iter().all(|home| *home < 1_024));
    }
}
