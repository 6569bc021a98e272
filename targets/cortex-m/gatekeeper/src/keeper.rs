//! The gatekeeper: from a request to an answer.

use core::fmt;

use agentid_nostd::{Backend, Clock, Compact, Error, Gate, Ledger, PublicKey, TrustBundle, TrustSource};

use crate::code::LineError;
use crate::log;
use crate::message::{BadRequest, Request, Response, calls_left_body};
use crate::passport::PassportSource;
use crate::ports::{Action, TimeSource};

/// A gate with a clock, something to do, and the key of the authority that may change whom it trusts.
///
/// Trust `T`, ledger `L` and backend `B` as in [`Gate`]; `C` the clock; `A` what a granted call does; `P` the device's own
/// passport.
#[derive(Debug)]
pub struct Gatekeeper<T, L, C, A, P = (), B = Compact> {
    gate: Gate<T, L, B>,
    authority: PublicKey,
    clock: C,
    action: A,
    passport: P,
    /// The ledger may have been lost, and the time since when was not known yet.
    ledger_lost: bool,
}

/// What to do with a request. `Debug` prints lengths in place of bundles and bodies.
pub enum Answer<'a> {
    /// Send this.
    Respond(Response<'a>),
    /// A trust bundle came: give it to [`Gatekeeper::adopt`], then send [`Response::to_bundle`].
    Bundle {
        /// The id of the request.
        id: u32,
        /// The bundle, not looked at yet.
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
    /// A gatekeeper without a passport of its own. `authority` is the pinned key that signs trust bundles; the backend of the gate
    /// checks them as well.
    ///
    /// It takes the ledger for one in RAM, which a reset empties: as soon as the time is known, and the trust set does not
    /// prove it wrong, whatever could have been used before that moment is refused, so that no token is used again
    /// across a reset. So for the clock skew and one second every token is. It does not help a device whose clock is
    /// never known, or is behind by less than the trust set can tell.
    pub const fn new(gate: Gate<T, L, B>, authority: PublicKey, clock: C, action: A) -> Self {
        Self { gate, authority, clock, action, passport: (), ledger_lost: true }
    }

    /// For a ledger that is kept across resets: nothing is refused for having been issued before the start.
    #[must_use]
    pub fn ledger_survives_resets(mut self) -> Self {
        self.ledger_lost = false;
        self
    }

    /// Gives the device an identity of its own.
    pub fn passport<P: PassportSource>(self, passport: P) -> Gatekeeper<T, L, C, A, P, B> {
        let Self { gate, authority, clock, action, passport: (), ledger_lost } = self;
        Gatekeeper { gate, authority, clock, action, passport, ledger_lost }
    }
}

impl<T, L: Ledger, C: TimeSource, A: Action, P: PassportSource, B: Backend> Gatekeeper<T, L, C, A, P, B> {
    /// Decides one request, the content of a frame. `room` holds the body of the response; a passport needs the most.
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
            Request::Bundle { id, bundle } => return Answer::Bundle { id, bundle },
            Request::Call { id, token, scope } => (id, self.call(token, scope, room)),
            Request::Passport { id } => (id, self.own_passport(room)),
        };
        Answer::Respond(match verdict {
            Ok(body) => Response { kind, id, code: 0, body },
            Err(code) => Response { kind, id, code, body: &[] },
        })
    }

    /// Opens a bundle and puts it in place if it is newer: an epoch that was seen before is not adopted again.
    ///
    /// # Errors
    /// Those of [`TrustBundle::open`]; the gatekeeper comes back as it was.
    #[expect(clippy::type_complexity, reason = "a gatekeeper that refuses an update comes back, whatever its type")]
    pub fn adopt<'k, 'n>(
        mut self,
        bundle: &'n [u8],
    ) -> Result<Gatekeeper<TrustBundle<'n>, L, C, A, P, B>, (Self, Error)>
    where
        T: TrustSource<'k>,
    {
        let lowest = self.gate.trust().published_epoch().map_or(0, |epoch| epoch.saturating_add(1));
        let opened = match TrustBundle::open_with(
            self.gate.backend_used(),
            bundle,
            &self.authority,
            self.clock.clock(),
            lowest,
        ) {
            Ok(opened) => opened,
            Err(error) => {
                log::bundle(Err(error));
                return Err((self, error));
            }
        };
        let Self { gate, authority, clock, mut action, passport, ledger_lost } = self;
        match gate.with_trust(opened) {
            Ok(gate) => {
                log::bundle(Ok(opened.epoch()));
                action.adopted(bundle, opened.epoch());
                Ok(Gatekeeper { gate, authority, clock, action, passport, ledger_lost })
            }
            Err((gate, error)) => {
                log::bundle(Err(error));
                Err((Self { gate, authority, clock, action, passport, ledger_lost }, error))
            }
        }
    }

    // Not inlined: what a passport needs of the stack must not lie below a signature check, nor the other way round.
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

    /// Reads the clock. The first time that it is known, and not before, is when the ledger began.
    pub(crate) fn read_clock<'k>(&mut self) -> Clock
    where
        T: TrustSource<'k>,
    {
        let clock = self.gate.clock(self.clock.clock());
        if let Clock::Known(now) = clock
            && self.ledger_lost
        {
            self.gate.ledger_lost_at(now);
            self.ledger_lost = false;
        }
        clock
    }

    /// Asks the gate, for this one scope.
    fn admit<'k>(&mut self, token: &[u8], scope: &str) -> Result<Option<u32>, u8>
    where
        T: TrustSource<'k>,
    {
        let clock = self.read_clock();
        match self.gate.admit(token, &[scope], clock) {
            Ok(admitted) => {
                log::admitted(&admitted, scope);
                Ok(admitted.calls_left())
            }
            Err(denied) => {
                log::denied(denied.error(), token, scope);
                Err(denied.code())
            }
        }
    }

    #[inline(never)]
    fn own_passport<'k, 'r>(&mut self, room: &'r mut [u8]) -> Result<&'r [u8], u8>
    where
        T: TrustSource<'k>,
    {
        let clock = self.read_clock();
        let minted = self.passport.mint(clock, room).ok_or_else(|| log::bad_request(LineError::NotOffered))?;
        log::passport(minted);
        minted.map_err(Error::code)
    }
}
