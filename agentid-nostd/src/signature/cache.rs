//! Signatures that were found good, so that a token that comes again costs a look-up and not the curve.

use core::cell::RefCell;
use core::fmt;
use core::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::backend::Backend;
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// In how many slots one signature can lie.
const WAYS: usize = 4;

/// A backend that remembers the last signatures that held, `N` of them, and asks another backend about all others.
///
/// What it remembers is that a key signed these bytes, which nothing that happens later makes untrue: the whole token and the key are
/// compared, and a single other bit goes to the curve. Trust, revocation, times, scopes and counts are no matter of a backend: the
/// gate asks for them every time, so that a trust set can be replaced and the cache stays. What does not hold is not remembered.
///
/// A token longer than `LEN` bytes is checked each time. One slot takes `LEN` and about 48 bytes, and keeps the token until another takes
/// its place. Whoever has no trusted key can
/// put nothing into it. Whoever has one can push out what others put there, but not choose whose: where a signature lies depends on a
/// hash key, 16 random bytes from your entropy source, for SipHash-1-3 (Aumasson and Bernstein, 2012).
///
/// It lies in the gate, or a gate borrows it. It cannot be used by two threads at a time, so give each its own.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Call, Clock, Compact, Gate, LedgerSlot, Since, TokenBuilder, TrustTable, TrustedIssuer};
/// use agentid_nostd::{UsageLedger, VerifiedCache};
///
/// let now = 1_790_000_000;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:*"]).max_calls(2).mint_into(&mut buf)?;
///
/// let issuers = [TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab")];
/// let hash_key = [0; 16]; // random
/// let ledger = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning);
/// let mut gate = Gate::new(TrustTable::new(&issuers)?, ledger)
///     .with_backend(VerifiedCache::<_, 16>::new(Compact, hash_key));
/// let call = Call::new(&["read:arxiv"]);
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_ok());
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_ok(), "without the curve");
/// assert!(gate.admit(token, &call, Clock::Known(now)).is_err(), "the budget is spent");
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
pub struct VerifiedCache<B, const N: usize, const LEN: usize = 256> {
    backend: B,
    hash_key: [u8; 16],
    slots: RefCell<Slots<N, LEN>>,
}

impl<B: Backend, const N: usize, const LEN: usize> VerifiedCache<B, N, LEN> {
    /// An empty one, over a backend that checks what it does not remember.
    #[must_use]
    pub const fn new(backend: B, hash_key: [u8; 16]) -> Self {
        Self { backend, hash_key, slots: RefCell::new(Slots { slots: [Slot::EMPTY; N], uses: 0 }) }
    }

    /// The first slot of those that a signature can lie in. Its first half, R, is enough: another signature with the same R can only
    /// be made by who made R.
    fn home(&self, signature: &[u8; SIGNATURE_LEN]) -> usize {
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write(signature.split_at(SIGNATURE_LEN / 2).0);
        let slots = u64::try_from(N).unwrap_or(u64::MAX);
        usize::try_from((hasher.finish() >> 32).saturating_mul(slots) >> 32).unwrap_or(0)
    }
}

impl<B, const N: usize, const LEN: usize> fmt::Debug for VerifiedCache<B, N, LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedCache<{N}, {LEN}>")
    }
}

impl<B: Backend, const N: usize, const LEN: usize> Backend for VerifiedCache<B, N, LEN> {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        self.backend.is_key(bytes)
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signed = Signed { key, message, signature };
        if signed.len() > LEN {
            return self.backend.verifies(key, message, signature);
        }
        let home = self.home(signature);
        // Nothing else borrows the slots while this runs; if it did, the curve would be asked.
        if self.slots.try_borrow_mut().is_ok_and(|mut slots| slots.has(home, &signed)) {
            return true;
        }
        let holds = self.backend.verifies(key, message, signature);
        if holds && let Ok(mut slots) = self.slots.try_borrow_mut() {
            slots.keep(home, &signed);
        }
        holds
    }
}

/// What was signed, by whom, and the signature.
struct Signed<'s> {
    key: &'s [u8; PUBLIC_KEY_LEN],
    message: &'s [u8],
    signature: &'s [u8; SIGNATURE_LEN],
}

impl Signed<'_> {
    /// How many bytes of a slot it takes.
    const fn len(&self) -> usize {
        self.message.len().saturating_add(SIGNATURE_LEN)
    }
}

struct Slots<const N: usize, const LEN: usize> {
    slots: [Slot<LEN>; N],
    /// Counts what slots were used for, so that it is known which was used last.
    uses: u32,
}

impl<const N: usize, const LEN: usize> Slots<N, LEN> {
    /// The slots that something can lie in, beginning with its first.
    fn ways(&mut self, home: usize) -> impl Iterator<Item = &mut Slot<LEN>> {
        let (before, from) = self.slots.split_at_mut_checked(home).unwrap_or_default();
        from.iter_mut().chain(before).take(WAYS)
    }

    fn has(&mut self, home: usize, signed: &Signed<'_>) -> bool {
        let now = self.uses.wrapping_add(1);
        let Some(slot) = self.ways(home).find(|slot| slot.holds(signed)) else { return false };
        slot.used = now;
        self.uses = now;
        true
    }

    /// Puts it in the slot of the four that has not been used for longest.
    fn keep(&mut self, home: usize, signed: &Signed<'_>) {
        let now = self.uses.wrapping_add(1);
        if let Some(slot) = self.ways(home).max_by_key(|slot| slot.age(now)) {
            slot.fill(signed);
            slot.used = now;
            self.uses = now;
        }
    }
}

/// One token: what was signed, then the signature.
#[derive(Clone, Copy)]
struct Slot<const LEN: usize> {
    key: [u8; PUBLIC_KEY_LEN],
    token: [u8; LEN],
    /// 0 where there is none.
    len: usize,
    used: u32,
}

impl<const LEN: usize> Slot<LEN> {
    const EMPTY: Self = Self { key: [0; PUBLIC_KEY_LEN], token: [0; LEN], len: 0, used: 0 };

    /// How many uses of others ago it was used, as far as that can be counted; an empty one is older than any.
    const fn age(&self, now: u32) -> u32 {
        if self.len == 0 { u32::MAX } else { now.wrapping_sub(self.used) }
    }

    fn holds(&self, signed: &Signed<'_>) -> bool {
        let token = self.token.get(..self.len).unwrap_or_default();
        token.split_last_chunk().is_some_and(|(message, signature)| {
            message == signed.message && self.key == *signed.key && are_same(signature, signed.signature)
        })
    }

    /// It fits; if it did not, the slot would be empty.
    fn fill(&mut self, signed: &Signed<'_>) {
        self.len = 0;
        let Some(token) = self.token.get_mut(..signed.len()) else { return };
        let Some((message, signature)) = token.split_last_chunk_mut() else { return };
        message.iter_mut().zip(signed.message).for_each(|(to, from)| *to = *from);
        *signature = *signed.signature;
        self.key = *signed.key;
        self.len = signed.len();
    }
}

/// The signature is what makes a token good for whoever holds it: how long it takes to compare must not tell how much of one was right.
fn are_same(a: &[u8; SIGNATURE_LEN], b: &[u8; SIGNATURE_LEN]) -> bool {
    core::hint::black_box(a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::{VerifiedCache, WAYS};
    use crate::signature::Backend;

    /// Finds good whatever has a message that begins with an even byte, and counts how often it is asked.
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

    fn cache<const N: usize, const LEN: usize>(backend: &Counting) -> VerifiedCache<&Counting, N, LEN> {
        VerifiedCache::new(backend, [9; 16])
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
        let backend = Counting::default();
        let homes = |hash_key: [u8; 16]| {
            let cache = VerifiedCache::<_, 1_024, 104>::new(&backend, hash_key);
            [1, 2, 3, 4, 5, 6, 7, 8].map(|number| cache.home(&[number; 64]))
        };
        assert_ne!(homes([0; 16]), homes([1; 16]));
        assert!(homes([0; 16]).iter().all(|home| *home < 1_024));
    }
}
