//! A whole gatekeeper, switched on, asked and switched off. It answers every request once and in
//! turn, with the code of a gate beside it that is told the same. It answers noise once per request
//! that came through, and responses never.
//!
//! That gate is the same core, so verdicts on tokens are left to `gate`.

use std::cell::Cell;

use agentid_gatekeeper::{Action, ActionFailed, DeviceToken, Gatekeeper, serve};
use agentid_nostd::{
    AgentIdentity, Call, Clock, Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger,
    verify_token,
};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use arbitrary::{Result, Unstructured};
use embedded_io::{ErrorKind, ErrorType, Read};

use super::frame::Output;
use crate::input::{self, Agent, NOW, list, prefixed, scope_text};
use crate::model::frame::{Request as Asked, content, framed, request, request_content};

/// What the buffers of the gatekeeper take.
const ROOM: usize = 700;
type Buffer = heapless::Vec<u8, ROOM>;

/// The clock at the start, whether randomness fails, the first bundle, then up to 16 events.
pub fn run(data: &[u8]) {
    let _ = session(&mut Unstructured::new(data));
}

/// What happens on the line and around it.
enum Event {
    Bytes(Vec<u8>),
    Fault,
    Clock(Clock),
}

/// A device that is switched on, asked a few things, and switched off.
fn session(u: &mut Unstructured<'_>) -> Result<()> {
    let start = input::clock(u)?;
    let no_entropy: bool = u.arbitrary()?;
    let first = bundle(u, 0)?;
    let events = list(u, 16, event)?;

    let clock = Cell::new(start);
    let mut output = Vec::new();
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let anchor = TrustAnchor::new(authority);
    let opened = TrustBundle::open(&first, &anchor, Clock::Unknown).expect("well formed");
    let identity = AgentIdentity::derive("device", "lab", Some(b"a seed of enough bytes")).expect("valid");
    let device = identity.public_key();
    let random = |bytes: &mut [u8]| {
        bytes.fill(7);
        if no_entropy { Err(Error::EntropyUnavailable) } else { Ok(()) }
    };
    let ledger = |since| UsageLedger::new([LedgerSlot::EMPTY; 4], since);
    let keeper = Gatekeeper::new(Gate::new(opened, ledger(Since::Reset)), authority, || clock.get(), Doors)
        .device_token(DeviceToken::new(identity, &["device"], random));
    let input = Input { events: &events, clock: &clock, event: 0, byte: 0 };
    let ended = serve(keeper, input, Output(&mut output), [&mut Buffer::new(), &mut Buffer::new()]);
    assert_eq!(ended, Ok(()), "there are fewer faults than end it");

    let asked = answered(frames(&events, start));
    let mut mirror = Mirror { gate: Gate::new(opened, ledger(Since::Beginning)), anchor, started: false };
    mirror.clock(start);
    let mut responses = output.split(|byte| *byte == 0).filter(|frame| !frame.is_empty());
    for (clock, kind, id, asked) in &asked {
        let expected = match asked {
            Ok(asked) => mirror.answer(*clock, asked),
            Err(code) => Expected::Code(*code),
        };
        let response = content(responses.next().expect("an answer"), usize::MAX, false).expect("a good frame");
        let (head, body) = response.split_first_chunk::<8>().expect("a head");
        assert_eq!((head[0], &head[1..5]), (kind | 0x80, &id.to_be_bytes()[..]));
        assert_eq!(usize::from(u16::from_be_bytes([head[6], head[7]])), body.len());
        let code = head[5];
        match expected {
            Expected::Code(expected) => assert_eq!((code, body), (expected, &[][..])),
            Expected::CallsLeft(left) => assert_eq!((code, body), (0, &left.to_be_bytes()[..])),
            Expected::Token(Clock::Known(now)) if !no_entropy && now <= i64::MAX - 900 => {
                assert_eq!(code, 0);
                let claims = verify_token(body, &device, Clock::Known(now)).expect("accepted");
                assert_eq!((claims.name(), claims.token_id()), ("device", 0x0707_0707_0707_0707));
            }
            Expected::Token(Clock::Known(_)) => assert_eq!(code, if no_entropy { 25 } else { 23 }),
            Expected::Token(_) => assert_eq!(code, 31),
        }
    }
    assert_eq!(responses.next(), None, "nobody asked");
    Ok(())
}

fn event(u: &mut Unstructured<'_>) -> Result<Event> {
    let id = u.arbitrary::<u8>()?.into();
    let content = match u.arbitrary::<u8>()? % 16 {
        0..=7 => request_content(1, id, &[&input::token(u, NOW)?, scope_text(u)?.as_bytes()]),
        8..=9 => request_content(2, id, &[&bundle(u, 1)?]),
        10 => request_content(3, id, &[]),
        11 => prefixed(u)?,
        12 => request_content(1, id, &[&prefixed(u)?, &prefixed(u)?]),
        13 => return Ok(Event::Bytes(prefixed(u)?)),
        14 => return Ok(Event::Fault),
        _ => return Ok(Event::Clock(input::clock(u)?)),
    };
    Ok(Event::Bytes(framed(&content)))
}

/// Trusts all agents with doors; one more than `least` as its epoch, mostly.
fn bundle(u: &mut Unstructured<'_>, least: u64) -> Result<Vec<u8>> {
    let epoch = least + u64::from(u.arbitrary::<u8>()? % 4);
    let issued_at = input::time(u, NOW - 1_000)?;
    let not_after = input::time(u, NOW + 1_000)?.max(issued_at);
    let revoked = list(u, 1, Agent::choose)?;
    let issuers = Agent::ALL.map(|agent| RawIssuer::new(agent.bytes(), agent.name(), agent.project()));
    let raw = RawBundle {
        epoch,
        issued_at,
        not_after,
        issuers: issuers.into(),
        revoked_issuers: revoked.iter().map(|agent| agent.bytes()).collect(),
        ..RawBundle::new(0)
    };
    let signed = raw.sorted().signed_bytes();
    let signature = match least {
        0 => ed25519_dalek::Signer::sign(&authority_key(), &signed).to_bytes(),
        _ => input::signature(u, &authority_key(), &signed)?,
    };
    Ok([&signed[..], &signature].concat())
}

/// Doors can be moved, but for one that is broken.
struct Doors;

fn offers(scope: &str) -> bool {
    scope.starts_with("door:")
}

const BROKEN: &str = "door:broken";

impl Action for Doors {
    fn offers(&self, scope: &str) -> bool {
        offers(scope)
    }

    fn perform(&mut self, scope: &str) -> std::result::Result<(), ActionFailed> {
        if scope == BROKEN { Err(ActionFailed) } else { Ok(()) }
    }
}

/// What must be answered.
enum Expected {
    Code(u8),
    CallsLeft(u32),
    Token(Clock),
}

/// When a frame ended, and its content.
type Frame = (Clock, std::result::Result<Vec<u8>, u8>);

/// The frames that the events amount to.
fn frames(events: &[Event], start: Clock) -> Vec<Frame> {
    let (mut frames, mut stuffed, mut spoilt, mut clock) = (Vec::new(), Vec::new(), false, start);
    for event in events {
        match event {
            Event::Fault => spoilt |= !stuffed.is_empty(),
            Event::Clock(now) => clock = *now,
            Event::Bytes(bytes) => {
                for byte in bytes {
                    if *byte != 0 {
                        stuffed.push(*byte);
                    } else if !stuffed.is_empty() {
                        frames.push((clock, content(&stuffed, ROOM, spoilt)));
                        (stuffed, spoilt) = (Vec::new(), false);
                    }
                }
            }
        }
    }
    frames
}

/// When a request ended, the kind and id of its response, and the request or the code of its
/// refusal.
type Answered = (Clock, u8, u32, std::result::Result<Asked, u8>);

/// The frames that are answered: no responses, and of those that name no kind the first after any
/// other.
fn answered(frames: Vec<Frame>) -> Vec<Answered> {
    let mut noise_answered = false;
    let mut answered = Vec::new();
    for (clock, content) in frames {
        let (kind, id, asked) = match content {
            Err(code) => (0, 0, Err(code)),
            Ok(content) => match request(&content) {
                None => continue,
                Some(request) => request,
            },
        };
        if kind != 0 || !noise_answered {
            answered.push((clock, kind, id, asked));
        }
        noise_answered = kind == 0;
    }
    answered
}

/// A gate that gets the same events as the device. The test sets the start of its ledger.
struct Mirror<'k> {
    gate: Gate<TrustBundle<'k>, UsageLedger<[LedgerSlot; 4]>>,
    anchor: TrustAnchor,
    /// Whether a known time has told when the ledger began.
    started: bool,
}

impl<'k> Mirror<'k> {
    fn answer(&mut self, clock: Clock, asked: &'k Asked) -> Expected {
        match asked {
            Asked::Call { scope, .. } if !offers(scope) => Expected::Code(243),
            Asked::Call { token, scope } => {
                let clock = self.clock(clock);
                match self.gate.admit(token, &Call::new(&[scope]), clock) {
                    Ok(_) if scope == BROKEN => Expected::Code(244),
                    Ok(admitted) => Expected::CallsLeft(admitted.calls_left().unwrap_or(u32::MAX)),
                    Err(denied) => Expected::Code(denied.code()),
                }
            }
            Asked::Bundle(bundle) if self.gate.is_in_force(bundle) => Expected::Code(0),
            Asked::Bundle(bundle) => {
                self.clock(clock);
                let opened = self.gate.open_next(bundle, &self.anchor, clock);
                let adopted = opened.and_then(|opened| self.gate.set_trust(opened));
                Expected::Code(adopted.map_or_else(Error::code, |()| 0))
            }
            Asked::Token => Expected::Token(self.clock(clock)),
        }
    }

    /// The first known time is when the ledger began.
    fn clock(&mut self, clock: Clock) -> Clock {
        let clock = self.gate.effective_clock(clock);
        if let (Clock::Known(now), false) = (clock, self.started) {
            self.gate.ledger_reset_at(now);
            self.started = true;
        }
        clock
    }
}

/// The line towards the device.
struct Input<'e> {
    events: &'e [Event],
    clock: &'e Cell<Clock>,
    event: usize,
    byte: usize,
}

impl ErrorType for Input<'_> {
    type Error = ErrorKind;
}

impl Read for Input<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::result::Result<usize, ErrorKind> {
        loop {
            match self.events.get(self.event) {
                None => return Ok(0),
                Some(Event::Bytes(bytes)) => {
                    if let Some(byte) = bytes.get(self.byte) {
                        self.byte += 1;
                        buf[0] = *byte;
                        return Ok(1);
                    }
                    (self.event, self.byte) = (self.event + 1, 0);
                }
                Some(Event::Fault) => {
                    self.event += 1;
                    return Err(ErrorKind::Other);
                }
                Some(Event::Clock(clock)) => {
                    self.clock.set(*clock);
                    self.event += 1;
                }
            }
        }
    }
}
