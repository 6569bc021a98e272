//! Bundles that come over the line: which are adopted, with which clock, and which are kept.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use agentid_gatekeeper::{Action, ActionFailed, Answer, Gatekeeper, Request, Response};
use agentid_nostd::{Clock, Error, Gate, LedgerSlot, Since, TrustAnchor, TrustBundle, TrustState, UsageLedger};

use crate::kit::{
    NOW, ON, anchor, bundle, bundle_of, bundle_to, call, hand_over, ledger, next_authority, opened, pinned, request,
    token,
};

const TEN_YEARS: i64 = 3_652 * 86_400;

type Kept = Rc<RefCell<Vec<(Vec<u8>, TrustState)>>>;
type Time = Rc<Cell<Clock>>;

/// Can do anything, and keeps adopted bundles as a device with flash does.
#[derive(Default)]
struct Flash(Kept);

impl Action for Flash {
    fn offers(&self, _: &str) -> bool {
        true
    }

    fn perform(&mut self, _: &str) -> Result<(), ActionFailed> {
        Ok(())
    }

    fn store(&mut self, bundle: &[u8], state: &TrustState) -> Option<[u8; TrustState::LEN]> {
        self.0.borrow_mut().push((bundle.to_vec(), *state));
        Some(state.to_bytes())
    }
}

/// Can do anything, and stores nothing, or something else.
struct NoFlash(Option<[u8; TrustState::LEN]>);

impl Action for NoFlash {
    fn offers(&self, _: &str) -> bool {
        true
    }

    fn perform(&mut self, _: &str) -> Result<(), ActionFailed> {
        Ok(())
    }

    fn store(&mut self, _: &[u8], _: &TrustState) -> Option<[u8; TrustState::LEN]> {
        self.0
    }
}

/// A device with a bundle in flash, its clock, and the bundles that it kept.
macro_rules! device {
    ($flash:expr, $clock:expr) => {{
        let (time, flash) = (Time::new(Cell::new($clock)), Flash::default());
        let kept = flash.0.clone();
        let clock = {
            let time = time.clone();
            move || time.get()
        };
        let gate = Gate::new(opened($flash), ledger(Since::Beginning));
        (Gatekeeper::new(gate, pinned(), clock, flash), time, kept)
    }};
}

/// The code of the answer to a call.
macro_rules! call {
    ($keeper:expr, $token:expr) => {
        match $keeper.answer(&call(1, $token, ON), &mut [0; 16]) {
            Answer::Respond(response) => response.code,
            other => panic!("no response: {other:?}"),
        }
    };
}

/// Offers this bundle, and returns the gatekeeper and the code.
macro_rules! offer {
    ($keeper:expr, $bundle:expr) => {
        match $keeper.adopt($bundle) {
            Ok(mut adopted) => adopted.bundle_code(),
            Err((_, error)) => error.code(),
        }
    };
}

#[test]
fn a_bundle_is_handed_to_the_caller_who_keeps_the_buffers() {
    let flash = bundle(1, true);
    let (mut keeper, _, _) = device!(&flash, Clock::Known(NOW));
    let next = bundle(2, true);
    let content = request(2, 8, &[&next]);
    assert_eq!(Request::parse(&content), Ok(Request::Bundle { id: 8, bundle: &next }));
    let mut room = [0; 16];
    let Answer::Bundle { id: 8, bundle } = keeper.answer(&content, &mut room) else { panic!("a bundle") };
    let Err((keeper, Error::MalformedBundle)) = keeper.adopt(b"no bundle") else { panic!("refused") };
    let Ok(keeper) = keeper.adopt(bundle) else { panic!("a higher epoch") };
    let Err((_, Error::BundleRollback)) = keeper.adopt(&flash) else { panic!("a lower epoch") };
}

#[test]
fn the_bundle_in_force_is_answered_with_0_when_it_comes_again_and_is_not_kept_again() {
    let flash = bundle(1, true);
    let (mut keeper, _, kept) = device!(&flash, Clock::Known(NOW));
    let again = |bundle: &[u8]| request(2, 8, &[bundle]);
    let in_force = Response::to_bundle(8, 0);
    let answer = |answer: Answer<'_>| matches!(answer, Answer::Respond(response) if response == in_force);
    assert!(answer(keeper.answer(&again(&flash), &mut [])), "the one in flash");

    let next = bundle(5, true);
    let Ok(mut keeper) = keeper.adopt(&next) else { panic!("a higher epoch") };
    for _ in 0..3 {
        assert!(answer(keeper.answer(&again(&next), &mut [])), "the one that came over the line");
    }
    for refused in [&flash, &bundle(5, false), &bundle(4, true)] {
        let (refused, epoch) = (refused.clone(), opened(refused).epoch());
        let mut keeper = device!(&next, Clock::Known(NOW)).0;
        assert!(matches!(keeper.answer(&again(&refused), &mut []), Answer::Bundle { .. }), "{epoch}");
        assert_eq!(offer!(keeper, &refused), Error::BundleRollback.code(), "{epoch}");
    }
    let Err((_, Error::BundleRollback)) = keeper.adopt(&flash) else { panic!("a lower epoch") };
    assert_eq!(*kept.borrow(), [(next.clone(), opened(&next).state())], "once, with epoch and digest");
}

#[test]
fn a_device_that_keeps_bundle_and_version_never_goes_back() {
    let flash = bundle(1, true);
    let (keeper, _, kept) = device!(&flash, Clock::Known(NOW));
    assert!(keeper.adopt(&bundle(5, false)).is_ok());
    let (stored, state) = kept.borrow()[0].clone();
    // The next start.
    let anchor = TrustAnchor::from_state(&state);
    assert_eq!(TrustBundle::open(&flash, &anchor, Clock::Unknown).err(), Some(Error::BundleRollback));
    assert_eq!(TrustBundle::open(&bundle(5, true), &anchor, Clock::Unknown).err(), Some(Error::BundleRollback));
    assert!(TrustBundle::open(&stored, &anchor, Clock::Unknown).is_ok());
}

#[test]
fn a_lower_epoch_is_a_rollback_even_if_the_bundle_has_expired_as_well() {
    let expired = |epoch| bundle_of(epoch, true, NOW - 100_000);
    let flash = bundle(2, true);
    let device = || device!(&flash, Clock::Known(NOW)).0;
    assert_eq!(offer!(device(), &expired(1)), Error::BundleRollback.code());
    assert_eq!(offer!(device(), &expired(3)), Error::BundleExpired.code());
    let newer = bundle(5, true);
    let Ok(keeper) = device().adopt(&newer) else { panic!("adopted") };
    assert_eq!(offer!(keeper, &expired(4)), Error::BundleRollback.code());
}

#[test]
fn a_bundle_dated_ahead_is_refused_by_a_known_clock_and_adopted_under_a_lower_bound() {
    let flash = bundle_of(1, true, NOW - 1_000);
    for (ahead, refused) in [(0, false), (30, false), (31, true), (TEN_YEARS, true), (NOW * 999, true)] {
        let ahead = bundle_of(2, true, NOW + ahead);
        for (clock, code) in [
            (Clock::Known(NOW), if refused { Error::BundleDatedAhead.code() } else { 0 }),
            (Clock::AtLeast(NOW), 0),
            (Clock::Unknown, 0),
        ] {
            let (keeper, _, kept) = device!(&flash, clock);
            assert_eq!(offer!(keeper, &ahead), code, "{clock:?}");
            assert_eq!(kept.borrow().len(), usize::from(code == 0), "what is refused is not kept");
        }
    }
}

#[test]
fn a_device_whose_clock_fell_back_adopts_a_good_bundle_if_it_says_so() {
    let flash = bundle_of(1, true, NOW - TEN_YEARS);
    let good = bundle(2, true);
    // Years behind, and still later than the bundle in flash: only the device can know that it lost
    // its power.
    let fallen = NOW - TEN_YEARS + 10_000;
    assert_eq!(offer!(device!(&flash, Clock::Known(fallen)).0, &good), Error::BundleDatedAhead.code());
    let (keeper, time, _) = device!(&flash, Clock::AtLeast(fallen));
    let Ok(mut keeper) = keeper.adopt(&good) else { panic!("adopted") };
    assert_eq!(call!(keeper, &token(&[ON], 0)), Error::TimeUncertain.code(), "the bundle is no clock");
    time.set(Clock::Known(NOW));
    assert_eq!(call!(keeper, &token(&[ON], 0)), 0, "it was set again");
}

#[test]
fn a_clock_that_the_bundle_in_force_disproves_cannot_keep_the_next_one_out() {
    let flash = bundle(1, true);
    let (keeper, _, _) = device!(&flash, Clock::Known(0));
    let revoking = bundle_of(2, false, NOW + 1_000);
    let Ok(mut keeper) = keeper.adopt(&revoking) else { panic!("adopted") };
    let refused = Error::UntrustedIssuer.code();
    assert_eq!(call!(keeper, &token(&[ON], 0)), refused, "the revocation is in force");
}

#[test]
fn a_correct_bundle_replaces_one_that_was_dated_ahead() {
    let ahead = bundle_of(1, true, NOW + TEN_YEARS);
    let (mut keeper, _, _) = device!(&ahead, Clock::Known(NOW));
    assert_eq!(call!(keeper, &token(&[ON], 0)), Error::Expired.code(), "by what the bundle says of the time");
    let correct = bundle(2, true);
    let Ok(mut keeper) = keeper.adopt(&correct) else { panic!("adopted") };
    assert_eq!(call!(keeper, &token(&[ON], 0)), 0);
}

#[test]
fn counts_survive_adoption() {
    let flash = bundle(1, true);
    let mut slots = [LedgerSlot::EMPTY; 4];
    let gate = Gate::new(opened(&flash), UsageLedger::new(&mut slots[..], Since::Beginning));
    let mut keeper = Gatekeeper::new(gate, pinned(), || Clock::Known(NOW), Flash::default());
    let once = token(&[ON], 1);
    assert_eq!(call!(keeper, &once), 0);
    let next = bundle(2, true);
    let Ok(mut keeper) = keeper.adopt(&next) else { panic!("adopted") };
    assert_eq!(call!(keeper, &once), Error::BudgetExhausted.code());
}

#[test]
fn the_next_authority_takes_over_and_the_old_one_has_no_say_any_more() {
    let flash = bundle_to(u64::MAX, NOW);
    let (mut keeper, _, kept) = device!(&flash, Clock::Known(NOW));
    let taken_over = hand_over(1, NOW);
    assert!(matches!(keeper.answer(&request(2, 8, &[&taken_over]), &mut []), Answer::Bundle { .. }));
    let Ok(mut keeper) = keeper.adopt(&taken_over) else { panic!("a hand-over") };
    assert_eq!((keeper.bundle_code(), call!(keeper, &token(&[ON], 0))), (0, 0));
    let Err((keeper, Error::WrongAuthority)) = keeper.adopt(&flash) else { panic!("the old authority") };
    let next = hand_over(2, NOW);
    let Ok(keeper) = keeper.adopt(&next) else { panic!("the next bundle of the new authority") };
    let Err((_, Error::BundleRollback)) = keeper.adopt(&taken_over) else { panic!("a lower epoch") };

    // The next start.
    let (stored, state) = kept.borrow()[1].clone();
    let state = TrustState::from_bytes(&state.to_bytes()).expect("as stored");
    assert_eq!(state.authority, next_authority());
    let anchor = TrustAnchor::from_state(&state);
    assert!(TrustBundle::open(&stored, &anchor, Clock::Unknown).is_ok());
    assert_eq!(TrustBundle::open(&flash, &anchor, Clock::Unknown).err(), Some(Error::WrongAuthority));
}

#[test]
fn a_device_that_stores_nothing_refuses_a_hand_over() {
    let flash = bundle_to(1, NOW);
    for stored in [None, Some([0; TrustState::LEN]), Some([0xff; TrustState::LEN])] {
        let gate = Gate::new(opened(&flash), ledger(Since::Beginning));
        let keeper = Gatekeeper::new(gate, pinned(), || Clock::Known(NOW), NoFlash(stored));
        let taken_over = hand_over(1, NOW);
        let Err((mut keeper, Error::WrongAuthority)) = keeper.adopt(&taken_over) else { panic!("{stored:?}") };
        assert_eq!(call!(keeper, &token(&[ON], 0)), 0, "the old authority stays");
        let next = bundle_to(2, NOW);
        assert_eq!(offer!(keeper, &next), 0, "a bundle of the authority in force takes effect all the same");
    }
}

#[test]
fn a_hand_over_that_is_over_is_stored_and_trusts_nobody() {
    let flash = bundle_to(1, NOW);
    let (keeper, _, kept) = device!(&flash, Clock::Known(NOW));
    let over = hand_over(1, NOW - 86_401);
    let Ok(mut keeper) = keeper.adopt(&over) else { panic!("a hand-over") };
    assert_eq!(keeper.bundle_code(), Error::BundleExpired.code());
    assert_eq!(kept.borrow().len(), 1);
    assert_eq!(call!(keeper, &token(&[ON], 0)), Error::BundleExpired.code());
    let Err((keeper, Error::WrongAuthority)) = keeper.adopt(&flash) else { panic!("the old authority") };
    let healing = hand_over(2, NOW);
    let Ok(mut keeper) = keeper.adopt(&healing) else { panic!("of the new authority") };
    assert_eq!((keeper.bundle_code(), call!(keeper, &token(&[ON], 0))), (0, 0));
}

/// A reset after the bundle was stored, and before its state was.
#[test]
fn a_bundle_without_its_state_is_still_a_hand_over() {
    let flash = bundle_to(1, NOW);
    let anchor = TrustAnchor::from_state(&opened(&flash).state());
    let stored = hand_over(1, NOW);
    assert_eq!(TrustBundle::open(&stored, &anchor, Clock::Unknown).err(), Some(Error::WrongAuthority));
    let hand_over = TrustBundle::prepare_hand_over(&stored, &anchor, Clock::Unknown).expect("named before");
    assert!(hand_over.adopt(&hand_over.state().to_bytes()).is_ok());
}
