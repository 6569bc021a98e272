//! Random numbers for the tests of this folder, full of edges.

/// How often a random test repeats itself; `AGENTID_ROUNDS` says otherwise when the tests are
/// compiled.
pub(super) const ROUNDS: usize = match option_env!("AGENTID_ROUNDS") {
    Some(rounds) => number(rounds.as_bytes()),
    None if cfg!(miri) => 8,
    None => 20_000,
};

const fn number(mut digits: &[u8]) -> usize {
    let mut number = 0;
    while let [digit, rest @ ..] = digits {
        number = 10 * number + (*digit - b'0') as usize;
        digits = rest;
    }
    number
}

/// Words at which something carries, borrows or is all there is.
const EDGES: [u32; 12] = [0, 1, 2, 18, 19, 37, 38, 0x7fff_ffff, 0x8000_0000, 0xffff_ffda, 0xffff_ffed, 0xffff_ffff];

/// xorshift64 (Marsaglia, 2003).
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    /// Every second word is an edge.
    pub(super) fn word(&mut self) -> u32 {
        let edge = self.below(2) == 0;
        let at = self.below(EDGES.len());
        if edge { EDGES[at] } else { self.0 as u32 }
    }

    /// Every second number has edges in it.
    pub(super) fn words<const N: usize>(&mut self) -> [u32; N] {
        let plain = self.below(2) == 0;
        core::array::from_fn(|_| {
            let word = self.word();
            if plain { word ^ self.0 as u32 } else { word }
        })
    }

    pub(super) fn bytes(&mut self) -> [u8; 32] {
        to_bytes(&self.words())
    }
}

/// Little-endian.
pub(super) fn to_bytes(words: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

#[test]
fn edges_and_other_words_are_drawn() {
    let mut random = Random::new(1);
    let drawn: [u32; 64] = core::array::from_fn(|_| random.word());
    assert!(drawn.iter().filter(|word| EDGES.contains(word)).count() > 16);
    assert!(drawn.iter().filter(|word| !EDGES.contains(word)).count() > 16);
    assert_eq!(number(b"10000"), 10_000);
}
