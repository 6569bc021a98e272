//! A gate that any number of threads share, over a signed trust bundle.

mod builder;
mod error;
mod newest;
mod text;
mod trust;
mod trust_file;

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use agentid_nostd::{Call, Clock, Error, Explanation, Ledger, OwnedClaims, PublicKey};

pub use builder::GateBuilder;
pub use error::{GateError, TrustError};
pub(crate) use text::token_of;
use trust::Trust;
pub use trust::{TrustFailure, TrustStatus};

/// A gate that threads and tasks share by reference, or as clones that are one gate. It decides by
/// the clock of the system and the trust bundle in force. A check takes no lock and no `await`; the
/// count takes a lock for a moment.
///
/// ```
/// use agentid_host::{AgentIdentity, Call, Error, PublicKey, SharedGate, TokenBuilder};
/// # use agentid_host::{Clock, Since, SigningKey, Signer, TrustedIssuer, system_clock};
/// # use agentid_nostd::TrustBundleBuilder;
/// # let authority_key = SigningKey::from_secret_bytes(&[9; 32])?;
/// # let authority = authority_key.public_key();
/// # let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(&[7; 32]))?;
/// # let Clock::Known(now) = system_clock() else { return Ok(()) };
/// # let mut issuers = [TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab").ceiling(&["read:*"])];
/// # let mut buf = [0; 512];
/// # let mut bundle = TrustBundleBuilder::new(&authority_key, 1, now, now + 60).issuers(&mut issuers);
/// # let bundle = bundle.write_into(&mut buf, Clock::Known(now))?.to_vec();
/// // A service gives `trust_file("trust.bundle")` in place of bytes.
/// let gate = SharedGate::builder(authority).trust_bytes(bundle).since(Since::Beginning).build()?;
///
/// let token = TokenBuilder::new(&agent).scopes(["read:arxiv"]).max_calls(1).build()?;
/// let admission = gate.admit(&token, &Call::new(&["read:arxiv"]))?;
/// assert_eq!(admission.claims().name(), "research-bot");
/// assert_eq!(gate.admit(&token, &Call::new(&["read:arxiv"])).unwrap_err(), Error::BudgetExhausted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedGate {
    inner: Arc<Inner>,
}

type ClockSource = Box<dyn Fn() -> Clock + Send + Sync>;

struct Inner {
    trust: Trust,
    ledger: Mutex<Box<dyn Ledger + Send>>,
    clock: ClockSource,
    trust_file: Option<PathBuf>,
    /// The thread that reads the trust file ends when this is dropped.
    _stop: SyncSender<()>,
}

impl SharedGate {
    /// Begins a gate that trusts the bundles of this authority.
    pub fn builder(authority: PublicKey) -> GateBuilder {
        GateBuilder::new(authority)
    }

    /// Decides whether a call may pass, and counts it if so. With no scopes in the call it only
    /// says who is calling, and counts the use.
    ///
    /// # Errors
    /// As [`Gate::admit`](agentid_nostd::Gate::admit); [`Error::CannotCount`] if a thread panicked
    /// while it counted.
    pub fn admit(&self, token: &[u8], call: &Call<'_>) -> Result<Admission, Error> {
        let in_force = self.inner.trust.in_force();
        let uncounted = in_force.borrow_dependent().check(token, call, self.now())?;
        let mut ledger = self.inner.ledger.lock().map_err(|_| Error::CannotCount)?;
        let admitted = uncounted.count(&mut **ledger);
        drop(ledger);
        let admitted = admitted?;
        Ok(Admission { claims: admitted.claims().to_vec(), calls_left: admitted.calls_left() })
    }

    /// The same for the value of an `Authorization` header. An empty value stands for no header.
    ///
    /// # Errors
    /// As [`admit`](Self::admit), and before it those of
    /// [`authorization_text`](agentid_nostd::authorization_text) and
    /// [`decode_text`](agentid_nostd::decode_text).
    pub fn admit_text(&self, authorization: &str, call: &Call<'_>) -> Result<Admission, Error> {
        self.admit(&token_of(authorization)?, call)
    }

    /// Returns who is calling. It counts nothing, so no call may pass because of it.
    ///
    /// # Errors
    /// As [`admit`](Self::admit), except for those of scopes and count.
    pub fn identify(&self, token: &[u8]) -> Result<OwnedClaims<Vec<u8>>, Error> {
        let in_force = self.inner.trust.in_force();
        let uncounted = in_force.borrow_dependent().check(token, &Call::new(&[]), self.now())?;
        Ok(uncounted.claims().to_vec())
    }

    /// Explains a refusal by numbers, for a line in the log: a stranger must not read it.
    #[must_use]
    pub fn explain(&self, token: &[u8], error: Error) -> Explanation {
        self.inner.trust.in_force().borrow_dependent().explain(token, self.now(), error)
    }

    /// The trust bundle in force, and why a newer one is not.
    #[must_use]
    pub fn trust_status(&self) -> TrustStatus {
        self.inner.trust.status()
    }

    /// Looks at the trust file now. Returns whether another bundle took effect.
    ///
    /// # Errors
    /// The reason why the file did not take effect: the old trust stays. [`TrustError::NoFile`].
    pub fn reload(&self) -> Result<bool, Arc<TrustError>> {
        let path = self.inner.trust_file.as_ref().ok_or(TrustError::NoFile)?;
        self.inner.trust.reload(path, &*self.inner.clock)
    }

    /// Puts another bundle in force, for a gate that was built with `trust_bytes`. Returns whether
    /// it is another one.
    ///
    /// # Errors
    /// The reason why it did not take effect: the old trust stays. [`TrustError::FromFile`].
    pub fn set_trust(&self, bytes: Vec<u8>) -> Result<bool, Arc<TrustError>> {
        if self.inner.trust_file.is_some() {
            return Err(TrustError::FromFile.into());
        }
        self.inner.trust.set(bytes, &*self.inner.clock)
    }

    fn now(&self) -> Clock {
        (self.inner.clock)()
    }
}

impl fmt::Debug for SharedGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedGate").field("trust", &self.trust_status()).finish_non_exhaustive()
    }
}

/// A call that may pass: the token holds, grants what is required, and this use has been counted.
/// It borrows from nothing.
#[derive(Clone, Debug)]
pub struct Admission {
    claims: OwnedClaims<Vec<u8>>,
    calls_left: Option<u32>,
}

impl Admission {
    /// The verified claims; `permits` also applies the issuer's ceiling.
    #[must_use]
    pub const fn claims(&self) -> &OwnedClaims<Vec<u8>> {
        &self.claims
    }

    /// The number of calls that the token has left; `None` is unlimited.
    #[must_use]
    pub const fn calls_left(&self) -> Option<u32> {
        self.calls_left
    }
}
