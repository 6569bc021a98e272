//! The settings of a gate, checked when it is built.

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentid_nostd::{
    Clock, Counting, Error, HashKey, IssuerShare, Ledger, LedgerSlot, Policy, PublicKey, Since, TrustAnchor,
    UsageLedger,
};

use super::error::GateError;
use super::newest::NewestFile;
use super::trust::{Settings, Trust};
use super::{ClockSource, Inner, SharedGate, trust_file};
use crate::clock::system_clock;
use crate::remembered::{Remembered, SharedRemembered};

/// How many tokens are counted at a time unless told otherwise, at 56 bytes each.
const DEFAULT_SLOTS: usize = 65_536;
const MAX_SLOTS: usize = 1 << 26;
/// How many tokens are remembered unless told otherwise, at 0.6 KB each.
const DEFAULT_REMEMBERED: usize = 4_096;
const MAX_REMEMBERED: usize = 1 << 22;
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

/// Builds a [`SharedGate`].
#[must_use = "a builder builds nothing until `build` is called"]
pub struct GateBuilder {
    authority: PublicKey,
    policy: Policy,
    counting: Counting,
    slots: Option<usize>,
    slots_per_issuer: Option<usize>,
    since: Option<Since>,
    ledger: Option<Box<dyn Ledger + Send>>,
    remembered: usize,
    trust_file: Option<PathBuf>,
    trust_bytes: Option<Vec<u8>>,
    newest_file: Option<PathBuf>,
    poll_interval: Duration,
    clock: ClockSource,
}

impl GateBuilder {
    pub(super) fn new(authority: PublicKey) -> Self {
        Self {
            authority,
            policy: Policy::new(),
            counting: Counting::Budget,
            slots: None,
            slots_per_issuer: None,
            since: None,
            ledger: None,
            remembered: DEFAULT_REMEMBERED,
            trust_file: None,
            trust_bytes: None,
            newest_file: None,
            poll_interval: DEFAULT_INTERVAL,
            clock: Box::new(system_clock),
        }
    }

    /// Reads the trust bundle from a file, and reads it again when it changes. A new file that is
    /// refused changes nothing; [`SharedGate::trust_status`] and one warning in the log say why.
    pub fn trust_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.trust_file = Some(path.into());
        self
    }

    /// Takes the trust bundle as bytes, for programs that fetch it themselves and call
    /// [`SharedGate::set_trust`].
    pub fn trust_bytes(mut self, bytes: Vec<u8>) -> Self {
        self.trust_bytes = Some(bytes);
        self
    }

    /// Where the state of the newest bundle is kept, so that after a restart no older bundle opens
    /// and no hand-over to the next authority is undone: the trust file's path with `.newest` behind it, unless told otherwise. The folder must be writable; a
    /// trust file in a read-only folder needs another place. Trust that is given as bytes is kept
    /// nowhere unless this is called, and then a hand-over is refused with [`Error::WrongAuthority`].
    /// Several processes may share the file. To pin another authority by hand, remove the file.
    pub fn newest_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.newest_file = Some(path.into());
        self
    }

    /// How often the trust file is read: once a second unless told otherwise.
    pub const fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// The limits that are put on every token.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What uses are counted against: the token's budget unless told otherwise.
    pub const fn counting(mut self, counting: Counting) -> Self {
        self.counting = counting;
        self
    }

    /// How many tokens are counted at a time: 65,536 unless told otherwise. A new token is refused
    /// with [`Error::LedgerFull`] while all slots hold tokens that have not expired.
    pub const fn slots(mut self, slots: usize) -> Self {
        self.slots = Some(slots);
        self
    }

    /// How many slots one issuer may hold at a time, so that it cannot fill the ledger for all
    /// others: a quarter of them unless told otherwise.
    pub const fn slots_per_issuer(mut self, slots: usize) -> Self {
        self.slots_per_issuer = Some(slots);
        self
    }

    /// Since when the uses are counted. Counts in memory begin when the gate is built, at
    /// [`Since::Time`] of that second, unless told otherwise.
    ///
    /// Tokens that could have been used before are then refused with [`Error::IssuedBeforeStart`]:
    /// those issued before the start, and up to the clock skew plus a second after it. So **a
    /// service that has just started refuses all tokens for 31 seconds by default**, and agents
    /// mint new ones. Say [`Since::Beginning`] at the first start ever, or if no token has a
    /// budget.
    pub const fn since(mut self, since: Since) -> Self {
        self.since = Some(since);
        self
    }

    /// Another ledger, such as one whose counts outlive a restart. It is asked behind a lock, in
    /// the thread of the call. Its [`Ledger::since`] must stay the same: otherwise every call is
    /// refused with [`Error::CannotCount`].
    pub fn ledger(mut self, ledger: impl Ledger + Send + 'static) -> Self {
        self.ledger = Some(Box::new(ledger));
        self
    }

    /// How many tokens are remembered, so that their signatures need not be checked again: 4,096
    /// unless told otherwise, at 0.6 KB each. Trust, times and counts are asked for every call.
    pub const fn remember(mut self, tokens: usize) -> Self {
        self.remembered = tokens;
        self
    }

    /// Another clock, for tests and for systems with a better one than the operating system's.
    /// [`Clock::Known`] is a promise that the time is right.
    pub fn clock(mut self, clock: impl Fn() -> Clock + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Opens the trust bundle, and starts the thread that reads the trust file.
    ///
    /// # Errors
    /// Those of [`GateError`]. Without a source of trust there is no gate.
    pub fn build(mut self) -> Result<SharedGate, GateError> {
        let now = (self.clock)();
        let bytes = match (&self.trust_file, self.trust_bytes.take()) {
            (Some(path), None) => trust_file::read(path)?,
            (None, Some(bytes)) => bytes,
            _ => return Err(GateError::TrustSource),
        };
        if self.poll_interval.is_zero() {
            return Err(GateError::Setting("`poll_interval` must be longer than nothing"));
        }
        let ledger = self.make_ledger(now)?;
        let since = ledger.since();
        if since == Since::Reset {
            return Err(GateError::Setting("a shared gate needs a ledger that knows since when it counts"));
        }
        if self.remembered > MAX_REMEMBERED {
            return Err(GateError::Setting("`remember` takes at most 4,194,304 tokens"));
        }
        let backend = SharedRemembered(Arc::new(Remembered::new(self.remembered)?));
        let newest = self.newest_file.or_else(|| self.trust_file.clone().map(beside));
        let newest = newest.map(|path| NewestFile::new(path, self.authority));
        let anchor = TrustAnchor::new(self.authority);
        let settings = Settings { anchor, policy: self.policy, counting: self.counting, since, backend, newest };
        let trust = Trust::new(settings, bytes, now)?;

        let (stop, stopped) = sync_channel(0);
        let trust_file = self.trust_file;
        let ledger = Mutex::new(ledger);
        let inner = Arc::new(Inner { trust, ledger, clock: self.clock, trust_file, _stop: stop });
        if let Some(path) = inner.trust_file.clone() {
            trust_file::watch(Arc::downgrade(&inner), path, self.poll_interval, stopped)
                .map_err(GateError::Thread)?;
        }
        Ok(SharedGate { inner })
    }

    fn make_ledger(&mut self, now: Clock) -> Result<Box<dyn Ledger + Send>, GateError> {
        if let Some(ledger) = self.ledger.take() {
            if self.slots.is_some() || self.slots_per_issuer.is_some() || self.since.is_some() {
                return Err(GateError::Setting("`slots`, `slots_per_issuer` and `since` are for the default ledger"));
            }
            return Ok(ledger);
        }
        let since = match (self.since, now) {
            (Some(since), _) => since,
            (None, Clock::Known(now)) => Since::Time(now),
            (None, _) => return Err(Error::TimeUncertain.into()),
        };
        let slots = self.slots.unwrap_or(DEFAULT_SLOTS);
        let of_one_issuer = self.slots_per_issuer.unwrap_or_else(|| slots.div_ceil(4));
        if !(1..=MAX_SLOTS).contains(&slots) {
            return Err(GateError::Setting("`slots` takes from 1 to 67,108,864"));
        }
        let max_slots = u32::try_from(of_one_issuer).ok().filter(|_| (1..=slots).contains(&of_one_issuer));
        let max_slots =
            max_slots.ok_or(GateError::Setting("`slots_per_issuer` takes from 1 to the number of slots"))?;
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(|_| Error::EntropyUnavailable)?;
        let ledger = UsageLedger::new(vec![LedgerSlot::EMPTY; slots], since)
            .with_hash_key(HashKey::new(key))
            .with_issuer_limit(vec![IssuerShare::EMPTY; slots], max_slots);
        Ok(Box::new(ledger))
    }
}

/// The trust file's path with `.newest` behind it.
fn beside(trust_file: PathBuf) -> PathBuf {
    let mut path = trust_file.into_os_string();
    path.push(".newest");
    path.into()
}

impl fmt::Debug for GateBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateBuilder")
            .field("authority", &self.authority)
            .field("policy", &self.policy)
            .field("trust_file", &self.trust_file)
            .field("newest_file", &self.newest_file)
            .finish_non_exhaustive()
    }
}
