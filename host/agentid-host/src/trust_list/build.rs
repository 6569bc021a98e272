//! The next signed bundle of a list.

use agentid_nostd::{
    Clock, Error, Fingerprint, PublicKey, Signer, TrustAnchor, TrustBundle, TrustBundleBuilder, TrustedIssuer,
};

use super::check::is_error;
use super::error::TrustListError;
use super::file::{Agent, TrustList};

/// The bytes of a bundle beside its entries: header and signature, rounded up.
const FIXED_LEN: usize = 256;
/// The bytes of an issuer beside its strings: index entry, record and the lengths of name and
/// project, rounded up.
const ISSUER_LEN: usize = 80;
/// The bytes of a revoked key.
const REVOKED_KEY_LEN: usize = 32;
/// The bytes of a revoked token.
const REVOKED_TOKEN_LEN: usize = 40;

/// What a build may do beside the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct BuildOptions {
    may_jump: bool,
}

impl BuildOptions {
    /// Builds the epoch that follows the one in the list, and no other.
    pub const fn new() -> Self {
        Self { may_jump: false }
    }

    /// Allows an epoch that leaves numbers out, as after the loss of the newest list. No gate
    /// accepts a number that was left out afterwards.
    pub const fn allow_epoch_jump(mut self) -> Self {
        self.may_jump = true;
        self
    }
}

impl TrustList {
    /// Builds and signs the bundle of the next epoch, and opens it as a gate would before it
    /// returns it. `issued_at` is the time of signing in Unix seconds.
    ///
    /// It reads no clock: a wrong `issued_at` is found only if it is in milliseconds.
    ///
    /// # Errors
    /// [`TrustListError::WrongSigner`]; [`TrustListError::EpochNotAbove`] that of the list;
    /// [`TrustListError::EpochJumps`]; [`TrustListError::EpochTooHigh`];
    /// [`TrustListError::Refused`] with the errors of [`check`](Self::check);
    /// [`TrustListError::Bundle`] with the code of the core or of the signer;
    /// [`TrustListError::TooLong`].
    pub fn build(&self, authority: &impl Signer, epoch: u64, issued_at: i64) -> Result<Vec<u8>, TrustListError> {
        self.build_with(authority, epoch, issued_at, BuildOptions::new())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_with(
        &self,
        authority: &impl Signer,
        epoch: u64,
        issued_at: i64,
        options: BuildOptions,
    ) -> Result<Vec<u8>, TrustListError> {
        self.check_signer(authority)?;
        self.check_epoch(epoch, options)?;
        let errors: Vec<_> = self.check(issued_at).into_iter().filter(is_error).collect();
        if !errors.is_empty() {
            return Err(TrustListError::Refused(errors));
        }
        let bundle = self.write(authority, epoch, issued_at)?;
        // A signer may be a device with faults. No gate would open a bundle without a good
        // signature.
        TrustBundle::open(&bundle, &TrustAnchor::new(self.authority), Clock::Known(issued_at))?;
        Ok(bundle)
    }

    fn check_signer(&self, authority: &impl Signer) -> Result<(), TrustListError> {
        let signer = authority.public_key();
        if signer == self.authority {
            return Ok(());
        }
        let (expected, found) = (Fingerprint::of(&self.authority), Fingerprint::of(&signer));
        Err(TrustListError::WrongSigner { expected, found })
    }

    fn check_epoch(&self, epoch: u64, options: BuildOptions) -> Result<(), TrustListError> {
        let last = self.epoch;
        if epoch <= last {
            return Err(TrustListError::EpochNotAbove { epoch, last });
        }
        if i64::try_from(epoch).is_err() {
            return Err(TrustListError::EpochTooHigh(epoch));
        }
        if epoch > last.saturating_add(1) && !options.may_jump {
            return Err(TrustListError::EpochJumps { epoch, last });
        }
        Ok(())
    }

    fn write(&self, authority: &impl Signer, epoch: u64, issued_at: i64) -> Result<Vec<u8>, TrustListError> {
        let ceilings: Vec<Vec<&str>> =
            self.agents.iter().map(|agent| agent.ceiling.iter().map(String::as_str).collect()).collect();
        let mut issuers: Vec<_> =
            self.agents.iter().zip(&ceilings).map(|(agent, ceiling)| issuer(agent, ceiling)).collect();
        let mut revoked_keys: Vec<PublicKey> = self.revoked_keys.iter().map(|revoked| revoked.key).collect();
        let mut revoked_tokens: Vec<_> =
            self.revoked_tokens.iter().map(|token| (token.issuer, token.token_id)).collect();
        let mut bundle = vec![0; self.room().ok_or(TrustListError::TooLong)?];
        let mut builder = TrustBundleBuilder::new(authority, epoch, issued_at, self.trusted_until(issued_at))
            .issuers(&mut issuers)
            .revoked_issuers(&mut revoked_keys)
            .revoked_tokens(&mut revoked_tokens);
        if let Some(next) = self.next_authority {
            builder = builder.next_authority(next);
        }
        let written = builder.write_into(&mut bundle, Clock::Known(issued_at));
        let len = match written {
            Ok(written) => written.len(),
            // There is room, so that a count or a length is above the limit of the format.
            Err(Error::BufferTooSmall) => return Err(TrustListError::TooLong),
            Err(error) => return Err(error.into()),
        };
        bundle.truncate(len);
        Ok(bundle)
    }

    /// Returns a number of bytes that holds the bundle.
    fn room(&self) -> Option<usize> {
        let of_agents = self.agents.iter().try_fold(FIXED_LEN, |sum, agent| {
            let scopes =
                agent.ceiling.iter().try_fold(0_usize, |sum, scope| sum.checked_add(scope.len())?.checked_add(1));
            let strings = agent.name.len().checked_add(agent.project.len())?.checked_add(scopes?)?;
            sum.checked_add(ISSUER_LEN)?.checked_add(strings)
        })?;
        let of_keys = self.revoked_keys.len().checked_mul(REVOKED_KEY_LEN)?;
        let of_tokens = self.revoked_tokens.len().checked_mul(REVOKED_TOKEN_LEN)?;
        of_agents.checked_add(of_keys)?.checked_add(of_tokens)
    }
}

fn issuer<'l>(agent: &'l Agent, ceiling: &'l [&'l str]) -> TrustedIssuer<'l> {
    let (not_before, not_after) = agent.window();
    let issuer = TrustedIssuer::new(agent.key, &agent.name, &agent.project)
        .ceiling(ceiling)
        .max_lifetime_seconds(agent.max_lifetime_seconds)
        .valid_between(not_before, not_after)
        .with_rules(agent.rules);
    let issuer = match agent.quota {
        Some(quota) => issuer.with_quota(quota),
        None => issuer,
    };
    if agent.guessable { issuer.allow_guessable() } else { issuer }
}

#[cfg(test)]
mod tests {
    use agentid_nostd::{Clock, Error, PublicKey, Signer, TrustAnchor, TrustBundle};

    use super::BuildOptions;
    use crate::trust_list::testing::{NOW, agent, authority, guessable_key, key, list};
    use crate::trust_list::{Agent, RevokedKey, RevokedToken, TrustList, TrustListError, TrustSet};

    #[test]
    fn a_bundle_says_what_the_list_says() {
        let list = TrustList {
            revoked_keys: vec![RevokedKey { key: key(3), reason: Some("stolen".into()) }],
            revoked_tokens: vec![RevokedToken { issuer: key(1), token_id: 7, reason: None }],
            ..list([
                agent(2),
                Agent { max_lifetime_seconds: 60, not_before: Some(1), not_after: Some(NOW * 2), ..agent(1) },
                Agent { key: guessable_key("agent-4", "lab"), guessable: true, ..agent(4) },
            ])
        };
        let bytes = list.build(&authority(), 4, NOW).expect("built");
        let bundle = TrustBundle::open(&bytes, &TrustAnchor::new(list.authority), Clock::Known(NOW)).expect("opened");
        assert_eq!(TrustSet::of_bundle(&bundle), TrustSet::of_list(&list, NOW));
        assert_eq!((bundle.epoch(), bundle.issued_at(), bundle.not_after()), (4, NOW, NOW + 30 * 86_400));
        assert_eq!((bundle.issuer_count(), bundle.revocation_count()), (3, 2));
        let issuer = bundle.issuer(key(1).as_bytes()).expect("listed");
        assert_eq!((issuer.name(), issuer.project(), issuer.longest_lifetime_seconds()), ("agent-1", "lab", 60));
        assert_eq!(issuer.window(), (1, NOW * 2));
        assert!(issuer.allowed_scopes().iter().eq(["read:*"]));
        assert_eq!(bundle.check_revocation(key(3).as_bytes(), 1), Err(Error::IssuerRevoked));
        assert_eq!(bundle.check_revocation(key(1).as_bytes(), 7), Err(Error::TokenRevoked));
        let issuer = bundle.issuer(key(2).as_bytes()).expect("listed");
        assert_eq!(issuer.window(), (i64::MIN, i64::MAX));
    }

    #[test]
    fn only_the_authority_signs() {
        let other = agentid_nostd::SigningKey::from_secret_bytes(&[1; 32]).expect("a secret");
        let refusal = list([agent(1)]).build(&other, 4, NOW).expect_err("another signer");
        assert!(matches!(refusal, TrustListError::WrongSigner { .. }), "{refusal}");
    }

    #[test]
    fn epochs_follow_each_other() {
        let list = list([agent(1)]);
        for epoch in [0, 2, 3] {
            for options in [BuildOptions::new(), BuildOptions::new().allow_epoch_jump()] {
                let refusal = list.build_with(&authority(), epoch, NOW, options).expect_err("not above");
                assert!(matches!(refusal, TrustListError::EpochNotAbove { last: 3, .. }), "{refusal}");
            }
        }
        let refusal = list.build(&authority(), 5, NOW).expect_err("a jump");
        assert!(matches!(refusal, TrustListError::EpochJumps { epoch: 5, last: 3 }), "{refusal}");
        assert!(refusal.to_string().ends_with("write 4, or allow the jump on purpose"));
        let jump = BuildOptions::new().allow_epoch_jump();
        assert!(list.build_with(&authority(), 5, NOW, jump).is_ok());
        let highest = i64::MAX.unsigned_abs();
        assert!(list.build_with(&authority(), highest, NOW, jump).is_ok());
        let refusal = list.build_with(&authority(), highest + 1, NOW, jump).expect_err("too high");
        assert!(matches!(refusal, TrustListError::EpochTooHigh(_)), "{refusal}");
    }

    #[test]
    fn an_error_of_the_check_refuses_and_a_warning_does_not() {
        let refusal = list([agent(1), agent(1)]).build(&authority(), 4, NOW).expect_err("twice");
        let TrustListError::Refused(findings) = &refusal else { panic!("{refusal}") };
        assert_eq!(findings.iter().map(|finding| finding.name).collect::<Vec<_>>(), ["repeated-key"]);
        assert!(refusal.to_string().contains("agent-1 of lab: the key"), "{refusal}");
        assert!(list([]).build(&authority(), 4, NOW).is_ok());
    }

    #[test]
    fn what_the_core_refuses_is_refused() {
        let unnamed = list([Agent { name: String::new(), ..agent(1) }]).build(&authority(), 4, NOW);
        assert!(matches!(unnamed, Err(TrustListError::Bundle(Error::InvalidName))));
        let many = vec!["s".to_owned(); 256];
        let many = list([Agent { ceiling: many, ..agent(1) }]).build(&authority(), 4, NOW);
        assert!(matches!(many, Err(TrustListError::Bundle(Error::TooManyScopes))));
        let most = list([Agent { ceiling: vec!["s".repeat(255); 255], name: "n".repeat(255), ..agent(1) }]);
        assert!(most.build(&authority(), 4, NOW).is_ok());
        let short =
            |number| Agent { name: "n".into(), project: format!("{number}"), ceiling: vec![], ..agent(number) };
        assert!(list((1..=u8::MAX).map(short)).build(&authority(), 4, NOW).is_ok(), "there is room for many");
    }

    /// A device that signs other bytes than it is given.
    struct Faulty;

    impl Signer for Faulty {
        fn public_key(&self) -> PublicKey {
            authority().public_key()
        }

        fn sign(&self, _: &[u8]) -> Result<[u8; 64], Error> {
            authority().sign(b"other bytes")
        }
    }

    #[test]
    fn a_bundle_that_no_gate_would_open_is_not_returned() {
        let refusal = list([agent(1)]).build(&Faulty, 4, NOW);
        assert!(matches!(refusal, Err(TrustListError::Bundle(Error::BadBundleSignature))));
    }
}
