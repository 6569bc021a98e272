//! What the gatekeeper needs from the board, as traits.

use agentid_nostd::{Clock, Error, TrustState};
use embedded_hal::digital::{OutputPin, PinState};

/// The source of the time: an RTC, a counter kept in flash, a network. Any `FnMut() -> Clock` is
/// one.
///
/// **[`Clock::Known`] is a promise that the time is right**, and the gate believes it. With a clock
/// that fell back it admits expired tokens, and refuses good trust bundles as dated ahead. An RTC
/// that may have lost its power gives [`Clock::AtLeast`] with the latest time that the device is
/// sure of, or [`Clock::Unknown`], until it was set again. Most chips have a flag for that; read it
/// before the time.
pub trait TimeSource {
    /// The clock of the device now.
    fn clock(&mut self) -> Clock;
}

impl<F: FnMut() -> Clock> TimeSource for F {
    fn clock(&mut self) -> Clock {
        self()
    }
}

/// Where random numbers come from: a hardware generator. Any `FnMut(&mut [u8]) -> Result<(),
/// Error>` will do.
pub trait Entropy {
    /// Fills the buffer with random bytes that nobody can guess.
    ///
    /// # Errors
    /// [`Error::EntropyUnavailable`].
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), Error>> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self(bytes)
    }
}

/// A part of a gatekeeper that lies elsewhere. A gatekeeper moves with each bundle, and its moves
/// take stack.
// A `&mut` cannot do this: the blanket implementations for closures cover it.
#[derive(Debug)]
pub(crate) struct Lent<'a, T>(pub(crate) &'a mut T);

impl<T: TimeSource> TimeSource for Lent<'_, T> {
    fn clock(&mut self) -> Clock {
        self.0.clock()
    }
}

impl<T: Action> Action for Lent<'_, T> {
    fn offers(&self, scope: &str) -> bool {
        self.0.offers(scope)
    }

    fn perform(&mut self, scope: &str) -> Result<(), ActionFailed> {
        self.0.perform(scope)
    }

    fn store(&mut self, bundle: &[u8], state: &TrustState) -> Option<[u8; TrustState::LEN]> {
        self.0.store(bundle, state)
    }
}

/// The action could not be done; why is the board's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionFailed;

/// What an admitted call does. The scope names the action: a caller cannot ask for one thing and
/// get another.
pub trait Action {
    /// Whether there is an action for this scope. What is not offered is refused before the token
    /// is looked at.
    fn offers(&self, scope: &str) -> bool;

    /// Does it. Only called for scopes that are offered, and only after the call was admitted and
    /// counted.
    ///
    /// # Errors
    /// [`ActionFailed`]: the caller is told so.
    fn perform(&mut self, scope: &str) -> Result<(), ActionFailed>;

    /// A newer trust bundle came over the line and is about to be put in force. A device that must
    /// not fall back to an older one at its next reset stores the bytes here and
    /// then the state, and returns the [bytes of the state](TrustState::to_bytes) as it reads them
    /// back. After a reset in between, the bundle opens with the older state, or is still a hand-over
    /// of it. At its next start it gives them to
    /// [`TrustAnchor::from_state`](agentid_nostd::TrustAnchor::from_state), opens the bytes of the
    /// bundle, and gives the authority of the state to [`Gatekeeper::new`](crate::Gatekeeper::new).
    ///
    /// `None`, as without this method: nothing was stored. A bundle of the authority in force takes
    /// effect all the same, until the next reset. One of the next authority is refused with
    /// [`Error::WrongAuthority`].
    ///
    /// Not called for the bundle in force when it comes again, so that replays do not wear flash.
    fn store(&mut self, bundle: &[u8], state: &TrustState) -> Option<[u8; TrustState::LEN]> {
        let _ = (bundle, state);
        None
    }
}

/// One pin and the two scopes that switch it.
#[derive(Debug)]
pub struct Switch<'a, P> {
    pin: P,
    on: &'a str,
    off: &'a str,
}

impl<'a, P: OutputPin> Switch<'a, P> {
    /// A granted call with scope `on` sets the pin high, one with `off` sets it low.
    pub const fn new(pin: P, on: &'a str, off: &'a str) -> Self {
        Self { pin, on, off }
    }
}

impl<P: OutputPin> Action for Switch<'_, P> {
    fn offers(&self, scope: &str) -> bool {
        scope == self.on || scope == self.off
    }

    fn perform(&mut self, scope: &str) -> Result<(), ActionFailed> {
        self.pin.set_state(PinState::from(scope == self.on)).map_err(|_| ActionFailed)
    }
}
