//! Ten thousand bad frames: the board stays in step, and every good request between them is
//! answered correctly. With our own curve code, which is the quickest.

use agentid_firmware_tests::scene::{NOW, agent, issuer, next_agent, seed, start, token};
use std::ops::Range;

use agentid_firmware_tests::{Board, Curve, call_request, framed};
use agentid_nostd::Clock;

const BAD_FRAMES: u32 = 10_000;
const BAD_FRAMES_PER_REQUEST: u32 = 20;

#[test]
fn m0_answers_every_request_amid_noise() {
    survive(Board::ALL[0].with(Curve::Builtin));
}

#[test]
fn m4f_answers_every_request_amid_noise() {
    survive(Board::ALL[2].with(Curve::Builtin));
}

fn survive(board: Board) {
    let seed = seed();
    let (mut device, mut line, mut mirror) = start(board, vec![issuer(&agent())]);
    for number in 0..BAD_FRAMES / BAD_FRAMES_PER_REQUEST {
        for _ in 0..BAD_FRAMES_PER_REQUEST {
            line.send(&bad_frame()).expect("sends");
        }
        // Every fourth request is from a stranger; budgets of three are used up on the way.
        let key = if number % 4 == 3 { next_agent() } else { agent() };
        let token = token(&key, u64::from(number / 8), 3);
        let response = line.ask(&call_request(1_000 + number, &token, "read:arxiv")).expect("answers");
        let expected = mirror.call(&token, "read:arxiv", Clock::Known(NOW));
        assert_eq!((response.code, response.body), expected, "{board}, seed {seed}, request {number}");
    }
    assert!(device.is_running().expect("QEMU"));
    let (_, log) = device.log().expect("decodes");
    let refused = log.iter().filter(|line| line.starts_with("refused")).count();
    assert!(refused > 5_000, "only {refused} frames were refused: this was not noise");
}

/// Something that is no request of an agent, without an end of its own as often as not. Mostly
/// short, because an emulated line takes its time for each byte. Its id is never that of a good
/// request.
fn bad_frame() -> Vec<u8> {
    let request = call_request(0xBAD, &random(0..20), "read:x");
    let mut frame = framed(&request);
    match fastrand::u16(..1_000) {
        0..2 => frame = random_without_end(1_600..2_000),
        2..200 => frame = random(0..30),
        200..400 => frame = random_without_end(0..30),
        400..600 => {
            let at = fastrand::usize(1..frame.len() - 1);
            // Never to zero: that would end the frame, and a cut frame is the next case.
            let other = frame[at] ^ fastrand::u8(1..);
            frame[at] = if other == 0 { frame[at] ^ 0x80 | 1 } else { other };
        }
        600..750 => frame.truncate(fastrand::usize(1..frame.len() - 1)),
        // Well framed, and nonsense. The first byte of the id keeps it away from those of good requests.
        750..900 => frame = framed(&[&[fastrand::u8(..)], &[0xBA][..], &random(3..30)].concat()),
        _ => frame = framed(&request[..fastrand::usize(5..request.len())]),
    }
    frame
}

fn random(len: Range<usize>) -> Vec<u8> {
    std::iter::repeat_with(|| fastrand::u8(..)).take(fastrand::usize(len)).collect()
}

fn random_without_end(len: Range<usize>) -> Vec<u8> {
    std::iter::repeat_with(|| fastrand::u8(1..)).take(fastrand::usize(len)).collect()
}
