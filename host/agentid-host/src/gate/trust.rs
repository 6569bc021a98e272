//! The trust bundle in force, and how the next one takes its place.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use agentid_nostd::{
    Clock, CountedElsewhere, Counting, Error, Gate, Policy, Since, TrustAnchor, TrustBundle, TrustSource, TrustState,
    TrustTable,
};
use arc_swap::{ArcSwap, ArcSwapOption, Guard};

use super::error::TrustError;
use super::newest::NewestFile;
use super::trust_file;
use crate::remembered::SharedRemembered;

/// A gate of the core that decides everything but the count.
pub(super) type CheckingGate<T> = Gate<T, CountedElsewhere, SharedRemembered>;
type BundleGate<'k> = CheckingGate<TrustBundle<'k>>;

self_cell::self_cell!(
    /// The bytes of a bundle, with the gate that reads them. Both are freed when the last call
    /// that uses them has ended.
    pub(super) struct InForce {
        owner: Vec<u8>,
        #[covariant]
        dependent: BundleGate,
    }
);

/// The settings that every bundle is put in force with.
pub(super) struct Settings {
    pub(super) anchor: TrustAnchor,
    pub(super) policy: Policy,
    pub(super) counting: Counting,
    pub(super) since: Since,
    pub(super) backend: SharedRemembered,
    pub(super) newest: Option<NewestFile>,
}

impl Settings {
    fn gate<'k, T: TrustSource<'k>>(&self, trust: T) -> CheckingGate<T> {
        let gate = Gate::new(trust, CountedElsewhere(self.since)).policy(self.policy).counting(self.counting);
        gate.with_backend(self.backend.clone())
    }

    /// Opens a bundle that is to follow the trust of `earlier`, and stores its state before that: a
    /// gate that stops in between refuses the older one.
    fn open<'k, T: TrustSource<'k>>(
        &self,
        earlier: &CheckingGate<T>,
        bytes: Vec<u8>,
        clock: Clock,
    ) -> Result<InForce, TrustError> {
        let locked = self.newest.as_ref().map(NewestFile::lock).transpose()?;
        let stored = locked.as_ref().map_or(Ok(None), |locked| locked.read())?;
        let anchor = stored.map_or(self.anchor, |state| TrustAnchor::from_state(&state));
        InForce::try_new(bytes, |bytes| {
            let refused = |error| TrustError::Refused(earlier.explain_next(bytes, &anchor, clock, error));
            match (earlier.open_next(bytes, &anchor, clock), &locked) {
                (Ok(bundle), Some(locked)) => {
                    let state = bundle.state();
                    if stored != Some(state) {
                        locked.store(&state)?;
                    }
                    Ok(self.gate(bundle))
                }
                (Ok(bundle), None) => Ok(self.gate(bundle)),
                (Err(Error::WrongAuthority), Some(locked)) => {
                    let hand_over = earlier.prepare_hand_over(bytes, &anchor, clock).map_err(refused)?;
                    locked.store(&hand_over.state())?;
                    let stored = locked.read()?.map_or([0; TrustState::LEN], |state| state.to_bytes());
                    Ok(self.gate(hand_over.adopt(&stored).map_err(refused)?))
                }
                (Err(error), _) => Err(refused(error)),
            }
        })
    }
}

impl InForce {
    /// The failure of a bundle that is in force and trusts nobody: a hand-over past its not_after.
    fn over(&self, anchor: &TrustAnchor, clock: Clock) -> Option<TrustError> {
        let bundle = self.borrow_dependent().trust();
        let error = bundle.check_current(clock).err()?;
        Some(TrustError::Refused(TrustBundle::explain(bundle.bytes(), anchor, clock, error)))
    }
}

/// The trust of a gate at this moment, for monitoring.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrustStatus {
    /// The epoch of the bundle in force.
    pub epoch: u64,
    /// The last second at which it trusts any issuer, in Unix seconds.
    pub not_after: i64,
    /// How many issuers it names.
    pub issuers: usize,
    /// Why the newest bytes did not take effect. `None` once the file holds the bundle in force.
    pub last_failure: Option<TrustFailure>,
}

/// A bundle that did not take effect.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrustFailure {
    /// When this failure was first seen.
    pub since: SystemTime,
    /// The failure.
    pub error: Arc<TrustError>,
}

/// The bundle in force. Readers take no lock.
pub(super) struct Trust {
    in_force: ArcSwap<InForce>,
    settings: Settings,
    last_failure: ArcSwapOption<TrustFailure>,
    changing: Mutex<Refused>,
}

/// The bytes that were refused last, by a hash that no author of a bundle can aim at.
#[derive(Default)]
struct Refused {
    hasher: RandomState,
    hash: Option<u64>,
}

impl Trust {
    /// Puts the first bundle in force.
    pub(super) fn new(settings: Settings, bytes: Vec<u8>, clock: Clock) -> Result<Self, TrustError> {
        // The table trusts no issuer, and any bundle of the authority may follow it.
        let nothing = TrustTable::new(&[]).map_err(|_| TrustError::NoFile)?;
        let first = settings.open(&settings.gate(nothing), bytes, clock)?;
        if let Some(error) = first.over(&settings.anchor, clock) {
            return Err(error);
        }
        announce(&first);
        Ok(Self {
            in_force: ArcSwap::from_pointee(first),
            settings,
            last_failure: ArcSwapOption::empty(),
            changing: Mutex::default(),
        })
    }

    pub(super) fn in_force(&self) -> Guard<Arc<InForce>> {
        self.in_force.load()
    }

    pub(super) fn status(&self) -> TrustStatus {
        let in_force = self.in_force();
        let bundle = in_force.borrow_dependent().trust();
        TrustStatus {
            epoch: bundle.epoch(),
            not_after: bundle.not_after(),
            issuers: bundle.issuer_count(),
            last_failure: self.last_failure.load().as_deref().cloned(),
        }
    }

    /// Looks at the file, and puts its bundle in force if it is another one. Returns whether it
    /// was.
    pub(super) fn reload(&self, path: &Path, clock: impl Fn() -> Clock) -> Result<bool, Arc<TrustError>> {
        self.change(|| trust_file::read(path), clock)
    }

    /// Puts these bytes in force if they are another bundle. Returns whether they were.
    pub(super) fn set(&self, bytes: Vec<u8>, clock: impl Fn() -> Clock) -> Result<bool, Arc<TrustError>> {
        self.change(|| Ok(bytes), clock)
    }

    fn change(
        &self,
        bytes: impl FnOnce() -> Result<Vec<u8>, TrustError>,
        clock: impl Fn() -> Clock,
    ) -> Result<bool, Arc<TrustError>> {
        // One change at a time. A hash that a panic left behind is as good as any.
        let mut refused = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = bytes().map_err(|error| self.failed(&mut refused, None, error))?;
        let earlier = self.in_force();
        let earlier = earlier.borrow_dependent();
        if earlier.is_in_force(&bytes) {
            self.succeeded(&mut refused);
            return Ok(false);
        }
        let hash = Some(refused.hasher.hash_one(&bytes));
        if let Some(failure) = &*self.last_failure.load()
            && refused.hash == hash
            && failure.error.is_final()
        {
            // The signature of a large file is not checked again and again.
            return Err(failure.error.clone());
        }
        let now = clock();
        let next = self.settings.open(earlier, bytes, now);
        let next = next.map_err(|error| self.failed(&mut refused, hash, error))?;
        let over = next.over(&self.settings.anchor, now);
        announce(&next);
        self.in_force.store(Arc::new(next));
        if let Some(error) = over {
            return Err(self.failed(&mut refused, hash, error));
        }
        self.succeeded(&mut refused);
        Ok(true)
    }

    fn succeeded(&self, refused: &mut Refused) {
        refused.hash = None;
        self.last_failure.store(None);
    }

    /// Notes a failure, and logs it unless it is the last one again.
    fn failed(&self, refused: &mut Refused, hash: Option<u64>, error: TrustError) -> Arc<TrustError> {
        let last = self.last_failure.load();
        let repeated = last.as_ref().filter(|last| refused.hash == hash && last.error.key() == error.key());
        let since = repeated.map_or_else(SystemTime::now, |last| last.since);
        if repeated.is_none() {
            let code = error.code().map_or(0, |error| error.code());
            tracing::warn!(target: "agentid", code, error = %error, "the trust stays as it is");
        }
        refused.hash = hash;
        let error = Arc::new(error);
        self.last_failure.store(Some(Arc::new(TrustFailure { since, error: error.clone() })));
        error
    }
}

fn announce(in_force: &InForce) {
    let bundle = in_force.borrow_dependent().trust();
    tracing::info!(
        target: "agentid",
        epoch = bundle.epoch(),
        not_after = bundle.not_after(),
        issuers = bundle.issuer_count(),
        "a trust bundle is in force"
    );
}
