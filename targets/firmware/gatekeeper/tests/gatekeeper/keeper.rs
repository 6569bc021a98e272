//! Requests in, answers out, a mocked pin between.

use agentid_gatekeeper::{Action, ActionFailed, Answer, DeviceToken, Gatekeeper, LineError, Switch};
use agentid_nostd::{Clock, Error, Gate, Since, TrustTable, TrustedIssuer, verify_token};
use embedded_hal_mock::eh1::digital::{Mock as Pin, State, Transaction};

use crate::kit::{NOW, OFF, ON, agent, bundle, call, ledger, opened, pinned, request, token};

/// The code and the body that come back for this request.
macro_rules! ask {
    ($keeper:expr, $request:expr) => {
        match $keeper.answer($request, &mut [0; 256]) {
            Answer::Respond(response) => (response.code, response.body.to_vec()),
            other => panic!("no response: {other:?}"),
        }
    };
}

#[test]
fn granted_calls_switch_the_pin_and_others_do_not() {
    let issuers = [TrustedIssuer::new(agent().public_key(), "lamplighter", "hall").ceiling(&["lamp:*"])];
    let mut pin = Pin::new(&[Transaction::set(State::High), Transaction::set(State::Low)]);
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger(Since::Beginning));
    let mut keeper = Gatekeeper::new(gate, pinned(), || Clock::Known(NOW), Switch::new(pin.clone(), ON, OFF));
    let both = token(&[ON, OFF], 2);
    assert_eq!(ask!(keeper, &call(1, &both, ON)), (0, vec![0, 0, 0, 1]));
    assert_eq!(ask!(keeper, &call(2, &token(&[OFF], 5), ON)), (Error::ScopeNotGranted.code(), vec![]));
    let not_offered = (LineError::NotOffered.code(), vec![]);
    assert_eq!(ask!(keeper, &call(3, &both, "lamp:*")), not_offered, "a scope names one action");
    assert_eq!(ask!(keeper, &call(4, &both, "door:open")), not_offered, "and costs no call of the budget");
    assert_eq!(ask!(keeper, &call(5, &both, OFF)), (0, vec![0, 0, 0, 0]));
    assert_eq!(ask!(keeper, &call(6, &both, ON)), (Error::BudgetExhausted.code(), vec![]));
    assert_eq!(ask!(keeper, &request(3, 7, &[])), not_offered, "this device has no token");
    pin.done();
}

#[test]
fn tokens_that_could_have_been_used_before_the_time_was_known_are_refused() {
    let flash = bundle(1, true);
    let trust = opened(&flash);
    let mut pin = Pin::new(&[Transaction::set(State::High)]);
    let once = token(&[ON], 1);
    // One clock for each call; the token is issued at NOW.
    let codes = |clocks: &[Clock]| {
        let mut next = clocks.iter().copied();
        let clock = || next.next().expect("one for each call");
        let gate = Gate::new(trust, ledger(Since::Reset));
        let mut keeper = Gatekeeper::new(gate, pinned(), clock, Switch::new(pin.clone(), ON, OFF));
        clocks.iter().map(|_| ask!(keeper, &call(1, &once, ON)).0).collect::<Vec<_>>()
    };
    let (uncertain, too_early) = (Error::TimeUncertain.code(), Error::IssuedBeforeStart.code());
    assert_eq!(codes(&[Clock::Known(NOW - 30)]), [too_early], "it could have been used a second ago");
    let known_late = [Clock::Unknown, Clock::AtLeast(NOW), Clock::Known(NOW)];
    assert_eq!(codes(&known_late), [uncertain, uncertain, too_early]);
    let flat_battery = [Clock::Known(0), Clock::Known(NOW)];
    assert_eq!(codes(&flat_battery), [uncertain, too_early], "a clock that the bundle disproves is not known");

    let issuers = [TrustedIssuer::new(agent().public_key(), "lamplighter", "hall")];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger(Since::Reset));
    let mut clocks = [Clock::Known(NOW - 31), Clock::Known(NOW)].into_iter();
    let clock = || clocks.next().expect("one for each call");
    let mut keeper = Gatekeeper::new(gate, pinned(), clock, Switch::new(pin.clone(), ON, OFF));
    let codes = [1, 2].map(|id| ask!(keeper, &call(id, &once, ON)).0);
    assert_eq!(codes, [Error::NotYetValid.code(), 0], "issued after the first moment that was known");
    pin.done();
}

#[test]
fn the_first_known_clock_counts_for_every_kind_of_request() {
    let asked: [&[u8]; 2] = [&request(3, 1, &[]), &request(2, 1, &[b"no bundle"])];
    for first in asked {
        let issuers = [TrustedIssuer::new(agent().public_key(), "lamplighter", "hall")];
        let mut pin = Pin::new(&[Transaction::set(State::High)]);
        let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger(Since::Reset));
        let mut clocks = [Clock::Known(NOW - 31), Clock::Known(NOW)].into_iter();
        let clock = || clocks.next().expect("one for each request");
        let device_token = DeviceToken::new(agent(), &[], |_: &mut [u8]| Ok(()));
        let lamp = Switch::new(pin.clone(), ON, OFF);
        let mut keeper = Gatekeeper::new(gate, pinned(), clock, lamp).device_token(device_token);
        keeper = match keeper.answer(first, &mut [0; 256]) {
            Answer::Bundle { bundle, .. } => match keeper.adopt(bundle) {
                Ok(_) => panic!("that is no bundle"),
                Err((keeper, _)) => keeper,
            },
            _ => keeper,
        };
        assert_eq!(ask!(keeper, &call(2, &token(&[ON], 1), ON)).0, 0);
        pin.done();
    }
}

#[test]
fn an_action_that_fails_is_reported_as_such() {
    struct Jammed;
    impl Action for Jammed {
        fn offers(&self, _: &str) -> bool {
            true
        }
        fn perform(&mut self, _: &str) -> Result<(), ActionFailed> {
            Err(ActionFailed)
        }
    }
    let issuers = [TrustedIssuer::new(agent().public_key(), "lamplighter", "hall")];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger(Since::Beginning));
    let mut keeper = Gatekeeper::new(gate, pinned(), || Clock::Known(NOW), Jammed);
    assert_eq!(ask!(keeper, &call(1, &token(&[ON], 1), ON)).0, LineError::ActionFailed.code());
    assert_eq!(ask!(keeper, &call(2, &token(&[ON], 1), ON)).0, Error::BudgetExhausted.code(), "it was counted");
}

#[test]
fn a_device_token_is_minted_with_fresh_entropy_or_not_at_all() {
    let mut pin = Pin::new(&[]);
    let answers = |clock, entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>| {
        let gate = Gate::new(TrustTable::new(&[]).expect("valid"), ledger(Since::Beginning));
        let device_token = DeviceToken::new(agent(), &["device:lamp"], entropy);
        let lamp = Switch::new(pin.clone(), ON, OFF);
        let mut keeper = Gatekeeper::new(gate, pinned(), || clock, lamp).device_token(device_token);
        [1, 2].map(|id| ask!(keeper, &request(3, id, &[])))
    };
    let mut number = 0;
    let tokens = answers(Clock::Known(NOW), &mut |bytes| {
        number += 1;
        bytes.fill(number);
        Ok(())
    });
    let ids = tokens.map(|(code, token)| {
        assert_eq!(code, 0);
        verify_token(&token, &agent().public_key(), Clock::Known(NOW)).expect("verifies").token_id()
    });
    assert_eq!(ids, [0x0101_0101_0101_0101, 0x0202_0202_0202_0202]);

    let broken = answers(Clock::Known(NOW), &mut |_| Err(Error::EntropyUnavailable));
    assert_eq!(broken, [(); 2].map(|()| (Error::EntropyUnavailable.code(), vec![])));
    let undated = answers(Clock::AtLeast(NOW), &mut |_| Ok(()));
    assert_eq!(undated, [(); 2].map(|()| (Error::TimeUncertain.code(), vec![])), "no token with a guessed date");
    pin.done();
}
