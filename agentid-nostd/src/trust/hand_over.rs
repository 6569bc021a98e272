//! The step from one authority to the next, which a verifier stores before it takes effect.

use super::bundle::TrustBundle;
use super::state::TrustState;
use crate::error::Error;
use crate::layout::bundle::STATE_LEN;

/// A bundle of the next authority that may take over. Nothing of it is in force until its state was
/// stored: after a restart the old authority would be back otherwise, and with it whoever stole its
/// key.
///
/// ```
/// # use agentid_nostd::{Clock, Error, TrustAnchor, TrustBundle, TrustState};
/// # struct Flash([u8; TrustState::LEN]);
/// # impl Flash {
/// #     fn write(&mut self, state: &[u8; TrustState::LEN]) { self.0 = *state; }
/// #     fn read(&self) -> [u8; TrustState::LEN] { self.0 }
/// # }
/// fn take_over<'b>(
///     bytes: &'b [u8],
///     anchor: &TrustAnchor,
///     clock: Clock,
///     flash: &mut Flash,
/// ) -> Result<TrustBundle<'b>, Error> {
///     let hand_over = TrustBundle::prepare_hand_over(bytes, anchor, clock)?;
///     flash.write(&hand_over.state().to_bytes());
///     hand_over.adopt(&flash.read())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a hand-over takes effect when it is stored and adopted"]
pub struct HandOver<'k> {
    bundle: TrustBundle<'k>,
}

impl<'k> HandOver<'k> {
    pub(super) const fn new(bundle: TrustBundle<'k>) -> Self {
        Self { bundle }
    }

    /// The state to store.
    #[must_use]
    pub fn state(&self) -> TrustState {
        self.bundle.state()
    }

    /// Returns the bundle, to be put in force in place of the one before. `stored` is what the
    /// storage holds now, read back from it.
    ///
    /// The bundle may be past its not_after: then it trusts nobody, a gate answers
    /// [`Error::BundleExpired`] to every token, and the next bundle of the new authority heals that.
    /// Ask [`TrustBundle::check_current`].
    ///
    /// # Errors
    /// [`Error::WrongAuthority`] if the storage does not hold the [`state`](Self::state): the old
    /// authority stays.
    pub fn adopt(self, stored: &[u8; STATE_LEN]) -> Result<TrustBundle<'k>, Error> {
        if self.state().to_bytes() == *stored { Ok(self.bundle) } else { Err(Error::WrongAuthority) }
    }
}
