//! From one authority to the next: what is stored, and that nothing happens without it. The codes
//! are those of the vectors in `hand-over.txt`.

use agentid_nostd::{
    Clock, CountedElsewhere, Error, Gate, PublicKey, Since, TrustAnchor, TrustBundle, TrustState, TrustTable,
};
use agentid_test_kit::raw_bundle::{RawBundle, authority_key, next_authority_key};

const NOW: i64 = 1_790_000_000;
const KNOWN: Clock = Clock::Known(NOW);

fn key(of: &ed25519_dalek::SigningKey) -> PublicKey {
    PublicKey::from_bytes(of.verifying_key().as_bytes()).expect("a good key")
}

fn next_key() -> PublicKey {
    key(&next_authority_key())
}

/// A bundle that names the next authority, and one of that.
fn pair() -> [Vec<u8>; 2] {
    let old = RawBundle { epoch: 7, next_authority: *next_key().as_bytes(), ..RawBundle::new(NOW) };
    let new = RawBundle { epoch: 1, authority: *next_key().as_bytes(), ..RawBundle::new(NOW) };
    [old, new].map(|bundle| bundle.sign_as_itself())
}

fn pinned() -> TrustAnchor {
    TrustAnchor::new(key(&authority_key()))
}

#[test]
fn a_state_is_read_as_written_and_lies_as_documented() {
    let [old, _] = pair();
    let state = TrustBundle::open(&old, &pinned(), KNOWN).expect("opens").state();
    let bytes = state.to_bytes();
    assert_eq!(TrustState::from_bytes(&bytes), Ok(state));
    let mut by_hand = Vec::new();
    by_hand.extend(key(&authority_key()).as_bytes());
    by_hand.extend(next_key().as_bytes());
    by_hand.extend(7_u64.to_be_bytes());
    by_hand.extend(<sha2::Sha256 as sha2::Digest>::digest(&old));
    assert_eq!(hex::encode(bytes), hex::encode(by_hand));
    let unnamed = TrustState { next_authority: None, ..state };
    assert_eq!(unnamed.to_bytes()[32..64], [0; 32]);
    assert_eq!(TrustState::from_bytes(&unnamed.to_bytes()), Ok(unnamed));
    for erased in [[0; TrustState::LEN], [0xff; TrustState::LEN]] {
        assert_eq!(TrustState::from_bytes(&erased), Err(Error::InvalidPublicKey));
    }
}

#[test]
fn a_hand_over_is_adopted_only_from_what_was_stored() {
    let [old, new] = pair();
    let anchor = TrustAnchor::from_state(&TrustBundle::open(&old, &pinned(), KNOWN).expect("opens").state());
    let hand_over = TrustBundle::prepare_hand_over(&new, &anchor, KNOWN).expect("named before");
    let state = hand_over.state().to_bytes();
    for at in 0..TrustState::LEN {
        let mut stored = state;
        stored[at] ^= 1;
        assert_eq!(hand_over.adopt(&stored).err(), Some(Error::WrongAuthority), "{at}");
    }
    let before = TrustBundle::open(&old, &pinned(), KNOWN).expect("opens").state();
    assert_eq!(hand_over.adopt(&before.to_bytes()).err(), Some(Error::WrongAuthority), "the old state");
    assert_eq!(hand_over.adopt(&state).expect("stored").bytes(), new);
}

/// The process ends after the state was stored, and before the bundle was put in force.
#[test]
fn a_restart_between_storing_and_adopting_goes_on_with_the_new_authority() {
    let [old, new] = pair();
    let anchor = TrustAnchor::from_state(&TrustBundle::open(&old, &pinned(), KNOWN).expect("opens").state());
    let stored = TrustBundle::prepare_hand_over(&new, &anchor, KNOWN).expect("named before").state().to_bytes();
    let anchor = TrustAnchor::from_state(&TrustState::from_bytes(&stored).expect("a state"));
    assert_eq!(TrustBundle::open(&old, &anchor, KNOWN).err(), Some(Error::WrongAuthority));
    assert_eq!(TrustBundle::open(&new, &anchor, KNOWN).expect("opens").authority(), next_key());
}

/// A gate knows the next authority from the bundle in force, and only from that of the anchor's own.
#[test]
fn a_gate_takes_the_next_authority_from_the_bundle_in_force() {
    let [old, new] = pair();
    let opened = TrustBundle::open(&old, &pinned(), KNOWN).expect("opens");
    let gate = Gate::new(opened, CountedElsewhere(Since::Beginning));
    assert!(gate.prepare_hand_over(&new, &pinned(), KNOWN).is_ok());
    let other = TrustAnchor::new(PublicKey::unvalidated([7; 32]));
    assert_eq!(gate.prepare_hand_over(&new, &other, KNOWN).err(), Some(Error::WrongAuthority));
    let of_a_table = Gate::new(TrustTable::new(&[]).expect("nobody"), CountedElsewhere(Since::Beginning));
    assert_eq!(of_a_table.prepare_hand_over(&new, &pinned(), KNOWN).err(), Some(Error::WrongAuthority));
    assert!(of_a_table.prepare_hand_over(&new, &pinned().next_authority(next_key()), KNOWN).is_ok());
    let elsewhere = pinned().next_authority(PublicKey::unvalidated([7; 32]));
    assert_eq!(gate.prepare_hand_over(&new, &elsewhere, KNOWN).err(), Some(Error::WrongAuthority));
}

/// Even if the caller opened it with an anchor that knows of no next authority.
#[test]
fn a_gate_keeps_the_next_authority_that_its_bundle_names() {
    let [old, _] = pair();
    let naming = |next_authority| RawBundle { epoch: 8, next_authority, ..RawBundle::new(NOW) }.sign_as_authority();
    let mut gate =
        Gate::new(TrustBundle::open(&old, &pinned(), KNOWN).expect("opens"), CountedElsewhere(Since::Beginning));
    for bytes in [naming([0; 32]), naming([7; 32])] {
        let bytes: &[u8] = bytes.leak();
        let opened = TrustBundle::open(bytes, &pinned(), KNOWN).expect("opens by itself");
        assert_eq!(gate.set_trust(opened), Err(Error::MalformedBundle));
        assert_eq!(gate.open_next(bytes, &pinned(), KNOWN).err(), Some(Error::MalformedBundle));
        let (same, error) = gate.with_trust(opened).expect_err("another next authority");
        assert_eq!(error, Error::MalformedBundle);
        gate = same;
    }
    let same = naming(*next_key().as_bytes());
    assert_eq!(gate.set_trust(TrustBundle::open(&same, &pinned(), KNOWN).expect("opens")), Ok(()));
}
