//! What a verifier knows of the call that a token is presented for.

/// The call that asks to be admitted: which scopes it needs.
///
/// Later versions of the token are bound to more of a call. Such parts are set by methods, and a
/// gate refuses a token that is bound to a part which was not set.
///
/// ```
/// use agentid_nostd::Call;
/// let call = Call::new(&["door:north:open"]);
/// assert_eq!(call.scopes(), ["door:north:open"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Call<'c> {
    scopes: &'c [&'c str],
}

impl<'c> Call<'c> {
    /// A call that needs all of these scopes. With none, [`Gate::check`](crate::Gate::check) only
    /// says who is calling; [`Gate::admit`](crate::Gate::admit) still counts the use.
    pub const fn new(scopes: &'c [&'c str]) -> Self {
        Self { scopes }
    }

    /// The scopes that the call needs.
    #[must_use]
    pub const fn scopes(&self) -> &'c [&'c str] {
        self.scopes
    }
}
