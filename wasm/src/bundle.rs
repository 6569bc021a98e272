//! Writing trust bundles: what an authority does, offline or on a server.

use agentid_nostd::Error;
use agentid_nostd::{AuthorityKey, Clock, PublicKey, TrustBundle, TrustBundleBuilder, TrustTable, TrustedIssuer};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};

/// One issuer as it came from JavaScript.
struct Issuer {
    key: PublicKey,
    name: String,
    project: String,
    ceiling: Option<Vec<String>>,
    max_lifetime_seconds: Option<u32>,
    not_before: i64,
    not_after: i64,
    allow_guessable: bool,
}

/// What goes into a bundle.
#[wasm_bindgen]
#[derive(Default)]
pub struct BundleBuilder {
    issuers: Vec<Issuer>,
    revoked_issuers: Vec<PublicKey>,
    revoked_tokens: Vec<(PublicKey, u64)>,
}

#[wasm_bindgen]
impl BundleBuilder {
    /// Nobody trusted, nothing revoked.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts an issuer.
    ///
    /// # Errors
    /// The code.
    #[expect(clippy::too_many_arguments, reason = "what JavaScript passes is flat")]
    pub fn trust(
        &mut self,
        key: &[u8],
        name: String,
        project: String,
        ceiling: Option<Vec<String>>,
        max_lifetime_seconds: Option<u32>,
        not_before: i64,
        not_after: i64,
        allow_guessable: bool,
    ) -> Result<(), Code> {
        let key = PublicKey::try_from(key).map_err(code)?;
        let issuer =
            Issuer { key, name, project, ceiling, max_lifetime_seconds, not_before, not_after, allow_guessable };
        self.issuers.push(issuer);
        Ok(())
    }

    /// Revokes an issuer.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(js_name = revokeIssuer)]
    pub fn revoke_issuer(&mut self, key: &[u8]) -> Result<(), Code> {
        self.revoked_issuers.push(PublicKey::try_from(key).map_err(code)?);
        Ok(())
    }

    /// Revokes one token.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(js_name = revokeToken)]
    pub fn revoke_token(&mut self, key: &[u8], token_id: u64) -> Result<(), Code> {
        self.revoked_tokens.push((PublicKey::try_from(key).map_err(code)?, token_id));
        Ok(())
    }

    /// Checks the issuers as a trust set of their own, without signing anything.
    ///
    /// # Errors
    /// The code.
    pub fn check(&self) -> Result<(), Code> {
        let ceilings = ceilings(&self.issuers);
        TrustTable::new(&trusted(&self.issuers, &ceilings)).map(drop).map_err(code)
    }

    /// Signs.
    ///
    /// # Errors
    /// The code.
    pub fn sign(self, secret: &[u8], epoch: u64, issued_at: i64, not_after: i64) -> Result<Vec<u8>, Code> {
        let authority = authority(secret)?;
        let mut room = vec![0; self.longest()];
        let Self { issuers, mut revoked_issuers, mut revoked_tokens } = self;
        let ceilings = ceilings(&issuers);
        let len = TrustBundleBuilder::new(&authority, epoch, issued_at, not_after)
            .issuers(&mut trusted(&issuers, &ceilings))
            .revoked_issuers(&mut revoked_issuers)
            .revoked_tokens(&mut revoked_tokens)
            .write_into(&mut room)
            .map_err(code)?
            .len();
        room.truncate(len);
        Ok(room)
    }

    /// More than any bundle with this content takes: header and signature, then each entry with all of its parts.
    fn longest(&self) -> usize {
        let scopes = |issuer: &Issuer| issuer.ceiling.iter().flatten().map(|scope| scope.len() + 1).sum::<usize>();
        let issuers =
            self.issuers.iter().map(|issuer| 96 + issuer.name.len() + issuer.project.len() + scopes(issuer));
        256 + issuers.sum::<usize>() + 32 * self.revoked_issuers.len() + 40 * self.revoked_tokens.len()
    }
}

/// The ceilings as the core wants to borrow them.
fn ceilings(issuers: &[Issuer]) -> Vec<Option<Vec<&str>>> {
    issuers
        .iter()
        .map(|issuer| issuer.ceiling.as_ref().map(|scopes| scopes.iter().map(String::as_str).collect()))
        .collect()
}

/// The issuers as the core knows them.
fn trusted<'a>(issuers: &'a [Issuer], ceilings: &'a [Option<Vec<&'a str>>]) -> Vec<TrustedIssuer<'a>> {
    issuers.iter().zip(ceilings).map(|(issuer, ceiling)| issuer.trusted(ceiling.as_deref())).collect()
}

impl Issuer {
    fn trusted<'a>(&'a self, ceiling: Option<&'a [&'a str]>) -> TrustedIssuer<'a> {
        let mut issuer =
            TrustedIssuer::new(self.key, &self.name, &self.project).valid_between(self.not_before, self.not_after);
        if let Some(scopes) = ceiling {
            issuer = issuer.ceiling(scopes);
        }
        if let Some(seconds) = self.max_lifetime_seconds {
            issuer = issuer.max_lifetime_seconds(seconds);
        }
        if self.allow_guessable { issuer.allow_guessable() } else { issuer }
    }
}

fn authority(secret: &[u8]) -> Result<AuthorityKey, Code> {
    let secret = secret.try_into().map_err(|_| code(Error::InvalidSecretKey))?;
    AuthorityKey::from_secret_bytes(secret).map_err(code)
}

/// The key that devices and services pin.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = authorityPublicKey)]
pub fn authority_public_key(secret: &[u8]) -> Result<Vec<u8>, Code> {
    Ok(authority(secret)?.public_key().as_bytes().into())
}

/// What an opened bundle says of itself.
#[wasm_bindgen]
pub struct BundleInfo {
    /// The number of the issue.
    pub epoch: u64,
    /// Unix seconds.
    #[wasm_bindgen(js_name = issuedAt)]
    pub issued_at: i64,
    /// Unix seconds, the last second of trust.
    #[wasm_bindgen(js_name = notAfter)]
    pub not_after: i64,
    /// How many are trusted.
    pub issuers: u32,
    /// How many issuers and tokens are revoked.
    pub revocations: u32,
}

/// Opens a bundle, as a gate does, and says what is in it.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = readBundle)]
pub fn read_bundle(
    bundle: &[u8],
    authority: &[u8],
    clock_kind: u8,
    time: i64,
    lowest_epoch: u64,
) -> Result<BundleInfo, Code> {
    let authority = PublicKey::try_from(authority).map_err(code)?;
    let clock: Clock = crate::gate::clock(clock_kind, time);
    let bundle = TrustBundle::open(bundle, &authority, clock, lowest_epoch).map_err(code)?;
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(BundleInfo {
        epoch: bundle.epoch(),
        issued_at: bundle.issued_at(),
        not_after: bundle.not_after(),
        issuers: count(bundle.issuer_count()),
        revocations: count(bundle.revocation_count()),
    })
}
