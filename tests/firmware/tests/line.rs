//! The gatekeeper on a serial line: every scene of its life, on every board.

use std::collections::BTreeSet;
use std::time::Duration;

use agentid_firmware_tests::scene::{NOW, agent, bundle, issuer, next_agent, start, token};
use agentid_firmware_tests::{Board, Device, bundle_request, call_request, framed, scene, token_request};
use agentid_nostd::{Clock, Error};
use agentid_test_kit::raw::RawToken;
use ed25519_dalek::SigningKey;

#[test]
fn a_budget_is_used_up() {
    for board in Board::ALL {
        let (_device, mut line, _) = start(board, vec![issuer(&agent())]);
        let token = token(&agent(), 7, 3);
        for (id, (code, body)) in (10..).zip([
            (0, vec![0, 0, 0, 2]),
            (0, vec![0, 0, 0, 1]),
            (0, vec![0, 0, 0, 0]),
            (Error::BudgetExhausted.code(), vec![]),
        ]) {
            let response = line.ask(&call_request(id, &token, "read:arxiv")).expect("answers");
            assert_eq!((response.code, response.body), (code, body), "{}", board.core);
        }
        let unlimited = scene::token(&agent(), 8, 0);
        let response = line.ask(&call_request(20, &unlimited, "read:arxiv")).expect("answers");
        assert_eq!((response.code, response.body), (0, vec![0xFF; 4]), "{}", board.core);
    }
}

#[test]
fn rotation_and_revocation_while_running() {
    for board in Board::ALL {
        let (_device, mut line, _) = start(board, vec![issuer(&agent())]);
        let (old, new) = (token(&agent(), 1, 0), token(&next_agent(), 2, 2));
        let mut id = 10;
        let mut ask = |request: fn(u32, &[u8]) -> Vec<u8>, bytes: &[u8]| {
            id += 1;
            line.ask(&request(id, bytes)).expect("answers").code
        };
        let call = |id, token: &[u8]| call_request(id, token, "read:arxiv");
        assert_eq!((ask(call, &old), ask(call, &new)), (0, Error::UntrustedIssuer.code()), "before");

        let both = bundle(3, vec![issuer(&agent()), issuer(&next_agent())]).sign_as_authority();
        assert_eq!(ask(bundle_request, &both), 0);
        assert_eq!((ask(call, &old), ask(call, &new)), (0, 0), "while both keys are trusted");

        let mut revoking = bundle(4, vec![issuer(&next_agent())]);
        revoking.revoked_issuers = vec![agent().verifying_key().to_bytes()];
        let revoking = revoking.sign_as_authority();
        let mut forged = revoking.clone();
        *forged.last_mut().expect("a byte") ^= 1;
        assert_eq!(ask(bundle_request, &forged), Error::BadBundleSignature.code());
        assert_eq!(ask(call, &old), 0, "a forged bundle changes nothing");

        assert_eq!(ask(bundle_request, &revoking), 0);
        assert_eq!(ask(call, &old), Error::IssuerRevoked.code());
        assert_eq!((ask(call, &new), ask(call, &new)), (0, Error::BudgetExhausted.code()), "counts are kept");
        assert_eq!(ask(bundle_request, &both), Error::BundleRollback.code());
        assert_eq!(ask(bundle_request, &revoking), 0, "the one in force");
        let other = bundle(4, vec![issuer(&agent()), issuer(&next_agent())]).sign_as_authority();
        assert_eq!(ask(bundle_request, &other), Error::BundleRollback.code(), "another one of the same epoch");
        assert_eq!(ask(call, &old), Error::IssuerRevoked.code());

        // Many updates in two buffers: each bundle lies where the one before the last lay.
        for epoch in 5..25 {
            assert_eq!(ask(bundle_request, &bundle(epoch, vec![issuer(&next_agent())]).sign_as_authority()), 0);
            assert_eq!(ask(call, &new), Error::BudgetExhausted.code());
        }
    }
}

#[test]
fn a_bundle_dated_ahead_is_refused_by_a_board_that_knows_the_time() {
    for board in Board::ALL {
        let (device, mut line, _) = start(board, vec![issuer(&agent())]);
        let mut ahead = bundle(3, vec![issuer(&next_agent())]);
        (ahead.issued_at, ahead.not_after) = (NOW + 31, NOW + 86_400);
        let ahead = ahead.sign_as_authority();
        let refused = line.ask(&bundle_request(2, &ahead)).expect("answers").code;
        assert_eq!(refused, Error::BundleDatedAhead.code(), "{}", board.core);
        assert_eq!(line.ask(&call_request(3, &token(&agent(), 1, 0), "read:arxiv")).expect("answers").code, 0);

        // A clock that fell back, and says so.
        device.set_clock(Clock::AtLeast(NOW - 1_000_000)).expect("a clock");
        assert_eq!(line.ask(&bundle_request(4, &ahead)).expect("answers").code, 0, "{}", board.core);
        device.set_clock(Clock::Known(NOW + 31)).expect("a clock");
        let gone = line.ask(&call_request(5, &token(&agent(), 1, 0), "read:arxiv")).expect("answers").code;
        assert_eq!(gone, Error::UntrustedIssuer.code(), "{}", board.core);
    }
}

#[test]
fn a_replay_across_a_power_cycle_is_refused() {
    for board in Board::ALL {
        let trusting = bundle(2, vec![issuer(&agent())]).sign_as_authority();
        let (mut device, mut line, _) = start(board, vec![issuer(&agent())]);
        let once = token(&agent(), 7, 1);
        assert_eq!(line.ask(&call_request(2, &once, "read:arxiv")).expect("answers").code, 0);

        device.set_clock(Clock::Known(NOW + 60)).expect("a clock");
        device.reset().expect("resets");
        assert_eq!(line.ask(&bundle_request(3, &trusting)).expect("answers").code, 0);
        let replay = line.ask(&call_request(4, &once, "read:arxiv")).expect("answers");
        assert_eq!(
            replay.code,
            Error::IssuedBeforeStart.code(),
            "{}: the count is lost, the refusal is not",
            board.core
        );
        assert!(device.is_running().expect("QEMU"));

        // What is minted after the start, the skew and one second is served again.
        let raw = RawToken::example(NOW + 60 + 31);
        let fresh = RawToken { issuer: agent().verifying_key().to_bytes(), ..raw }.sign(&agent());
        device.set_clock(Clock::Known(NOW + 60 + 31)).expect("a clock");
        assert_eq!(line.ask(&call_request(5, &fresh, "read:arxiv")).expect("answers").code, 0);
    }
}

#[test]
fn a_board_that_does_not_know_the_time_admits_nobody() {
    for board in Board::ALL {
        let (device, mut line, _) = start(board, vec![issuer(&agent())]);
        for clock in [Clock::Unknown, Clock::AtLeast(NOW)] {
            device.set_clock(clock).expect("a clock");
            let response = line.ask(&call_request(2, &token(&agent(), 1, 0), "read:arxiv")).expect("answers");
            assert_eq!(response.code, Error::TimeUncertain.code(), "{}: {clock:?}", board.core);
            assert_eq!(line.ask(&token_request(3)).expect("answers").code, Error::TimeUncertain.code());
        }
    }
}

#[test]
fn bad_frames_are_refused_and_the_next_request_is_answered() {
    const TOO_LONG: u8 = 240;
    const CORRUPT: u8 = 241;
    const MALFORMED: u8 = 242;
    const NOT_OFFERED: u8 = 243;
    for board in Board::ALL {
        let (mut device, mut line, _) = start(board, vec![issuer(&agent())]);
        let token = token(&agent(), 1, 0);
        let good = framed(&call_request(2, &token, "read:arxiv"));
        let mut flipped = good.clone();
        flipped[100] ^= 0x10;
        for (what, bytes, kind, code) in [
            ("too long", framed(&[1; 5_000]), 0x80, TOO_LONG),
            ("one byte longer than the buffer", framed(&[1; 1_533]), 0x80, TOO_LONG),
            ("truncated", good[..good.len() / 2].to_vec(), 0x80, CORRUPT),
            ("corrupt", flipped, 0x80, CORRUPT),
            ("empty", framed(&[]), 0x80, MALFORMED),
            ("unknown kind", framed(&[9, 0, 0, 0, 0]), 0x89, NOT_OFFERED),
            ("a scope that is not UTF-8", framed(&[1, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF]), 0x81, MALFORMED),
        ] {
            line.send(&bytes).expect("sends");
            line.send(&[0]).expect("sends");
            let refusal = line.receive().expect("answers");
            assert_eq!((refusal.kind, refusal.id, refusal.code), (kind, 0, code), "{}: {what}", board.core);
            let response = line.ask(&call_request(3, &token, "read:arxiv")).expect("answers");
            assert_eq!(response.code, 0, "{}: after {what}", board.core);
        }
        let longest = line.ask(&[&[1, 0, 0, 0, 4][..], &[7; 1_527]].concat()).expect("answers");
        assert_eq!(
            (longest.id, longest.code),
            (4, MALFORMED),
            "{}: the buffer takes 1,532 bytes and the checksum",
            board.core
        );
        assert!(device.is_running().expect("QEMU"));
    }
}

#[test]
fn an_echo_of_its_own_output_silences_a_board_and_the_next_request_is_answered() {
    const SILENCE: Duration = Duration::from_millis(500);
    for board in Board::ALL {
        let (mut device, mut line, _) = start(board, vec![issuer(&agent())]);
        let call = call_request(2, &token(&agent(), 1, 0), "read:arxiv");
        let mut garbled = framed(&call);
        garbled[100] ^= 0x10;
        line.send(&garbled).expect("sends");
        assert_eq!(line.echo(SILENCE, 20).expect("echoes"), 1, "{}: the refusal of one frame", board.core);
        line.send(&garbled).expect("sends");
        assert_eq!(line.echo(SILENCE, 20).expect("echoes"), 0, "{}: noise is answered once", board.core);
        line.send(&framed(&call)).expect("sends");
        assert_eq!(line.echo(SILENCE, 20).expect("echoes"), 1, "{}: a call", board.core);
        line.send(&garbled).expect("sends");
        assert_eq!(line.echo(SILENCE, 20).expect("echoes"), 1, "{}: noise behind a call", board.core);
        assert_eq!(line.ask(&call).expect("answers").code, 0, "{}", board.core);
        assert!(device.is_running().expect("QEMU"));
    }
}

#[test]
fn the_board_shows_its_own_token() {
    for board in Board::ALL {
        let (_device, mut line, _) = start(board, vec![]);
        let mut ids = BTreeSet::new();
        for id in 2..6 {
            let response = line.ask(&token_request(id)).expect("answers");
            assert_eq!(response.code, 0);
            let key =
                agentid_nostd::AgentIdentity::derive("emulated-board", "desk", Some(b"the device's own secret"));
            let key = key.expect("valid names").public_key();
            let claims = agentid_nostd::verify_token(&response.body, &key, Clock::Known(NOW)).expect("verifies");
            assert!(claims.permits("device:desk"));
            ids.insert(claims.token_id());
        }
        assert_eq!(ids.len(), 4, "{}: token ids come from the entropy source", board.core);
    }
}

#[test]
fn each_decision_is_one_line_of_the_log_and_no_token_is_in_it() {
    for board in Board::ALL {
        let (device, mut line, _) = start(board, vec![issuer(&agent())]);
        let good = token(&agent(), 1, 5);
        let stranger = token(&next_agent(), 1, 5);
        let mut pretender = good.clone();
        *pretender.last_mut().expect("a byte") ^= 1;
        let forged = "read:x\nadmitted: code 0";
        for (token, scope) in [
            (&good, "read:arxiv"),
            (&stranger, "read:arxiv"),
            (&b"no token".to_vec(), "read:arxiv"),
            (&good, forged),
            (&pretender, "read:arxiv"),
        ] {
            line.ask(&call_request(2, token, scope)).expect("answers");
        }
        line.ask(&token_request(3)).expect("answers");
        let (raw, lines) = device.log().expect("decodes");
        let [of_agent, of_stranger] = [agent(), next_agent()].map(|key| fingerprint(&key));
        let code = |error: Error| error.code();
        let expected = [
            "refused: code 243, NotOffered".to_owned(),
            "trust bundle of epoch 2 in force".to_owned(),
            format!("admitted: code 0, research-bot of phd-lab, {of_agent}, scope read:arxiv, calls left Some(4)"),
            "performed read:arxiv".to_owned(),
            format!("denied: code {}, claims to be {of_stranger}, scope read:arxiv", code(Error::UntrustedIssuer)),
            format!("denied: code {}, no token, scope read:arxiv", code(Error::TooShort)),
            format!(
                "denied: code {}, research-bot of phd-lab, {of_agent}, scope (not shown)",
                code(Error::ScopeNotGranted)
            ),
            format!("denied: code {}, claims to be {of_agent}, scope read:arxiv", code(Error::BadSignature)),
            "device token shown".to_owned(),
        ];
        assert_eq!(lines, expected, "{}", board.core);
        let signature = &good[good.len() - 64..];
        assert!(!signature.windows(8).any(|part| raw.windows(8).any(|logged| logged == part)), "part of a signature");
    }
}

/// As the published implementation writes it.
fn fingerprint(key: &SigningKey) -> String {
    agentid_core::identity::fingerprint_from_pubkey(key.verifying_key().as_bytes())
}

#[test]
fn a_board_that_learns_the_time_late_refuses_what_it_may_have_seen_before() {
    for board in Board::ALL {
        let (device, mut line) = Device::start(board, "gate", Clock::Unknown).expect("starts");
        let trusting = bundle(2, vec![issuer(&agent())]).sign_as_authority();
        assert_eq!(line.ask(&bundle_request(1, &trusting)).expect("answers").code, 0);
        let mut admit = |now, issued_at| {
            device.set_clock(Clock::Known(now)).expect("a clock");
            let raw = RawToken { issuer: agent().verifying_key().to_bytes(), ..RawToken::example(issued_at) };
            line.ask(&call_request(2, &raw.sign(&agent()), "read:arxiv")).expect("answers").code
        };
        assert_eq!(admit(NOW, NOW), Error::IssuedBeforeStart.code(), "{}", board.core);
        assert_eq!(admit(NOW + 31, NOW + 30), Error::IssuedBeforeStart.code(), "{}", board.core);
        assert_eq!(admit(NOW + 31, NOW + 31), 0, "{}", board.core);
    }
}
