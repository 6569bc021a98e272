//! The gatekeeper: from a request to an answer.

use core::fmt;

use agentid_nostd::{
    Backend, Call, Clock, DefaultBackend, Error, Gate, Ledger, PublicKey, TrustAnchor, TrustBundle, TrustSource,
};

use crate::code::LineError;
use crate::device_token::TokenSource;
use crate::log;
use crate::message::{BadRequest, Request, Response, calls_left_body};
use crate::ports::{Action, TimeSource};

/// A gate with a clock, an action, and the key of the authority whose bundles may replace its trust
/// set.
///
/// Trust `T`, ledger `L` and backend `B` as in [`Gate`]; `C` is the clock, `A` does what a granted
/// call asks for, `P` mints the device's own token.
#[derive(Debug)]
pub struct Gatekeeper<T, L, C, A, P = (), B = DefaultBackend> {
    pub(crate) gate: Gate<T, L, B>,
    pub(crate) authority: PublicKey,
    pub(crate) clock: C,
    pub(crate) action: A,
    pub(crate) device_token: P,
}

/// The next step for a request. `Debug` prints lengths in place of bundles and bodies.
pub enum Answer<'a> {
    /// Send this.
    Respond(Response<'a>),
    /// A trust bundle came: give it to [`Gatekeeper::adopt`], then send [`Response::to_bundle`].
    Bundle {
        /// The id of the request.
        id: u32,
        /// The bundle, not checked yet.
        bundle: &'a [u8],
    },
    /// A response came in, of this device or another: send nothing.
    Ignore,
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Respond(response) => f.debug_tuple("Respond").field(response).finish(),
            Self::Bundle { id, bundle } => {
                f.debug_struct("Bundle").field("id", id).field("bundle_len", &bundle.len()).finish()
            }
            Self::Ignore => f.write_str("Ignore"),
        }
    }
}

impl<T, L: Ledger, C: TimeSource, A: Action, B: Backend> Gatekeeper<T, L, C, A, (), B> {
    /// A gatekeeper without a token of its own. `authority` is the pinned key that signs trust
    /// bundles; the backend of the gate checks them as well.
    ///
    /// A ledger in RAM is empty after a reset, so it is one of
    /// [`Since::Reset`](agentid_nostd::Since::Reset). The gate then refuses tokens that could have
    /// been used before the first time that it knows. For the clock skew and one second after a
    /// start that is every token. This does not help a device whose clock is never known, or is
    /// behind by less than the trust set can tell.
    pub const fn new(gate: Gate<T, L, B>, authority: PublicKey, clock: C, action: A) -> Self {
        Self { gate, authority, clock, action, device_token: () }
    }

    /// Gives the device an identity of its own.
    pub fn device_token<P: TokenSource>(self, device_token: P) -> Gatekeeper<T, L, C, A, P, B> {
        let Self { gate, authority, clock, action, device_token: () } = self;
        Gatekeeper { gate, authority, clock, action, device_token }
    }
}

impl<T, L: Ledger, C: TimeSource, A: Action, P: TokenSource, B: Backend> Gatekeeper<T, L, C, A, P, B> {
    /// Decides one request, the content of a frame. `room` holds the body of the response; a token
    /// needs the most.
    ///
    /// The bundle in force, if it comes again with the same bytes, is answered with 0 and changes
    /// nothing.
    pub fn answer<'a, 'k: 'a>(&mut self, content: &'a [u8], room: &'a mut [u8]) -> Answer<'a>
    where
        T: TrustSource<'k>,
    {
        let request = match Request::parse(content) {
            Err(BadRequest::Response) => return Answer::Ignore,
            Err(BadRequest::Refused { kind, id, error }) => {
                return Answer::Respond(Response { kind, id, code: log::bad_request(error), body: &[] });
            }
            Ok(request) => request,
        };
        let kind = request.kind();
        let (id, verdict) = match request {
            Request::Bundle { id, bundle } if self.gate.is_in_force(bundle) => {
                log::bundle_again();
                return Answer::Respond(Response::to_bundle(id, 0));
            }
            Request::Bundle { id, bundle } => return Answer::Bundle { id, bundle },
            Request::Call { id, token, scope } => (id, self.call(token, scope, room)),
            Request::Token { id } => (id, self.own_token(room)),
        };
        Answer::Respond(match verdict {
            Ok(body) => Response { kind, id, code: 0, body },
            Err(code) => Response { kind, id, code, body: &[] },
        })
    }

    /// Opens a bundle of a higher epoch, or one of the next authority, and puts it in force.
    /// [`answer`](Self::answer) handles the bundle in force, so it does not come here. Respond with
    /// [`bundle_code`](Self::bundle_code).
    ///
    /// # Errors
    /// Those of [`Gate::open_next`] and [`Gate::prepare_hand_over`]; [`Error::WrongAuthority`] also
    /// for a hand-over that [`Action::store`] does not store. The gatekeeper comes back as it was.
    #[expect(clippy::type_complexity, reason = "a gatekeeper that refuses an update comes back, whatever its type")]
    pub fn adopt<'k, 'n>(
        mut self,
        bundle: &'n [u8],
    ) -> Result<Gatekeeper<TrustBundle<'n>, L, C, A, P, B>, (Self, Error)>
    where
        T: TrustSource<'k>,
    {
        let opened = match self.open(bundle) {
            Ok(opened) => opened,
            Err(error) => {
                log::bundle(Err(error));
                return Err((self, error));
            }
        };
        let Self { gate, authority, clock, action, device_token } = self;
        match gate.with_trust(opened) {
            Ok(gate) => {
                log::bundle(Ok(opened.epoch()));
                Ok(Gatekeeper { gate, authority: opened.authority(), clock, action, device_token })
            }
            Err((gate, error)) => {
                log::bundle(Err(error));
                Err((Self { gate, authority, clock, action, device_token }, error))
            }
        }
    }

    /// Opens the bundle that is to follow, and has it stored. A hand-over that is not stored would be
    /// undone by a reset.
    #[inline(never)]
    fn open<'k, 'n>(&mut self, bundle: &'n [u8]) -> Result<TrustBundle<'n>, Error>
    where
        T: TrustSource<'k>,
    {
        let (clock, anchor) = (self.read_clock(), TrustAnchor::new(self.authority));
        match self.gate.open_next(bundle, &anchor, clock) {
            Ok(opened) => {
                let _ = self.action.store(bundle, &opened.state());
                Ok(opened)
            }
            Err(Error::WrongAuthority) => {
                let hand_over = self.gate.prepare_hand_over(bundle, &anchor, clock)?;
                let stored = self.action.store(bundle, &hand_over.state()).ok_or(Error::WrongAuthority)?;
                hand_over.adopt(&stored)
            }
            Err(error) => Err(error),
        }
    }

    // Not inlined: what minting needs of the stack must not lie below a signature check, nor the
    // other way round.
    #[inline(never)]
    fn call<'k, 'r>(&mut self, token: &[u8], scope: &str, room: &'r mut [u8]) -> Result<&'r [u8], u8>
    where
        T: TrustSource<'k>,
    {
        if !self.action.offers(scope) {
            return Err(log::refused(LineError::NotOffered, token, scope));
        }
        let body = room.first_chunk_mut::<4>().ok_or(LineError::ActionFailed.code())?;
        let calls_left = self.admit(token, scope)?;
        if self.action.perform(scope).is_err() {
            return Err(log::refused(LineError::ActionFailed, token, scope));
        }
        *body = calls_left_body(calls_left);
        Ok(body)
    }

    /// Reads the clock. A ledger that a reset emptied counts from the first time that is known
    /// here.
    pub(crate) fn read_clock<'k>(&mut self) -> Clock
    where
        T: TrustSource<'k>,
    {
        let clock = self.clock.clock();
        self.gate.start_counting(clock);
        clock
    }

    /// Asks the gate, for this one scope.
    fn admit<'k>(&mut self, token: &[u8], scope: &str) -> Result<Option<u32>, u8>
    where
        T: TrustSource<'k>,
    {
        let clock = self.read_clock();
        match self.gate.admit(token, &Call::new(&[scope]), clock) {
            Ok(admitted) => {
                log::admitted(&admitted, scope);
                Ok(admitted.calls_left())
            }
            Err(error) => {
                log::denied(error, token, scope);
                Err(error.code())
            }
        }
    }

    #[inline(never)]
    fn own_token<'k, 'r>(&mut self, room: &'r mut [u8]) -> Result<&'r [u8], u8>
    where
        T: TrustSource<'k>,
    {
        let clock = self.read_clock();
        let clock = self.gate.effective_clock(clock);
        let minted = self.device_token.mint(clock, room).ok_or_else(|| log::bad_request(LineError::NotOffered))?;
        log::device_token(minted);
        minted.map_err(Error::code)
    }
}

impl<L: Ledger, C: TimeSource, A: Action, P: TokenSource, B: Backend> Gatekeeper<TrustBundle<'_>, L, C, A, P, B> {
    /// The code of the response to a bundle that was [adopted](Self::adopt): 0, or that of
    /// [`Error::BundleExpired`] after a hand-over whose bundle is past its not_after. The new
    /// authority is in force then, and no agent is trusted until its next bundle comes.
    pub fn bundle_code(&mut self) -> u8 {
        let clock = self.read_clock();
        self.gate.trust().check_current(clock).err().map_or(0, Error::code)
    }
}
