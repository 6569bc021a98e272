//! Rotates a key and revokes another by publishing the next trust bundle, while a gate runs.
#![expect(clippy::panic_in_result_fn, reason = "an example asserts what it shows")]

use agentid_nostd::{
    AgentIdentity, Call, Clock, CountedElsewhere, Error, Gate, PublicKey, Signer, SigningKey, Since, TokenBuilder,
    TrustAnchor, TrustBundle, TrustBundleBuilder, TrustedIssuer,
};

const NOW: i64 = 1_790_000_000;

fn main() -> Result<(), Error> {
    let clock = Clock::Known(NOW);
    let authority = SigningKey::from_secret_bytes(&[0x5e; 32])?; // 32 random bytes, kept offline
    let old = AgentIdentity::derive("research-bot", "phd-lab", Some(b"the secret seed of this year"))?;
    let new = AgentIdentity::derive("research-bot", "phd-lab", Some(b"the secret seed of next year"))?;

    // The service pins the authority's key, and is given epoch 1.
    let (mut first, mut second) = ([0; 512], [0; 512]);
    let anchor = TrustAnchor::new(authority.public_key());
    let first = publish(&authority, 1, old.public_key(), &mut [], &mut first)?;
    let mut gate = Gate::new(TrustBundle::open(first, &anchor, clock)?, CountedElsewhere(Since::Beginning));
    let call = Call::new(&["read:arxiv"]);
    let (mut by_old, mut by_new) = ([0; 256], [0; 256]);
    let by_old = TokenBuilder::new(&old, NOW, 1).scopes(&["read:*"]).mint_into(&mut by_old)?;
    let by_new = TokenBuilder::new(&new, NOW, 2).scopes(&["read:*"]).mint_into(&mut by_new)?;
    assert!(gate.check(by_old, &call, clock).is_ok());

    // Epoch 2 trusts the new key, and revokes every token of the old one.
    let second = publish(&authority, 2, new.public_key(), &mut [old.public_key()], &mut second)?;
    gate.set_trust(gate.open_next(second, &anchor, clock)?)?;
    assert!(gate.check(by_new, &call, clock).is_ok());
    let refusal = gate.check(by_old, &call, clock).err();
    println!("the old key: {:?}", refusal.map(Error::name));
    assert_eq!(refusal, Some(Error::IssuerRevoked));

    // Nobody brings epoch 1 back. Store the version: then that holds after a restart as well.
    let rollback = gate.open_next(first, &anchor, clock).err();
    println!("the old bundle: {:?}; keep {:?}", rollback.map(Error::name), gate.trust().version());
    assert_eq!(rollback, Some(Error::BundleRollback));
    Ok(())
}

fn publish<'b>(
    authority: &SigningKey,
    epoch: u64,
    key: PublicKey,
    revoked: &mut [PublicKey],
    buf: &'b mut [u8],
) -> Result<&'b [u8], Error> {
    let mut issuers = [TrustedIssuer::new(key, "research-bot", "phd-lab").ceiling(&["read:*"])];
    TrustBundleBuilder::new(authority, epoch, NOW, NOW + 30 * 86_400)
        .issuers(&mut issuers)
        .revoked_issuers(revoked)
        .write_into(buf, Clock::Known(NOW))
}

#[test]
fn it_runs() {
    main().expect("runs to its end");
}
