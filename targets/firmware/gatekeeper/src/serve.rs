//! The loop: frames in, responses out, bundles put in place while it runs.

use agentid_nostd::{Backend, Ledger, TrustBundle, TrustSource};
use embedded_io::{Read, Write};
use heapless::VecView;

use crate::device_token::TokenSource;
use crate::frame::{FrameReader, MAX_RESPONSE_LEN, write_frame};
use crate::keeper::{Answer, Gatekeeper};
use crate::log;
use crate::message::{HEAD_LEN, Request, Response};
use crate::ports::{Action, Lent, TimeSource};

/// After so many errors of the line in a row, without one byte between them, [`serve`] gives up.
///
/// A driver that fails at once reaches it in a fraction of a second. A break that a terminal sends,
/// half a second long, does not: at 115,200 baud it is at most 5,760 errors.
pub const MAX_READ_ERRORS: u32 = 65_536;

/// A byte stream with the frame that is being read.
struct Line<R, W> {
    input: R,
    output: W,
    reader: FrameReader,
    /// Errors of the line since its last byte.
    read_errors: u32,
    /// The last response was to bytes that could not be read: further ones of that kind are not
    /// sent.
    noise_answered: bool,
}

/// Answers requests until a bundle is adopted, which then lies in `$buffer` and is lent from there.
///
/// A macro, because the compiler follows such a loan within a function and not out of one.
macro_rules! until_adopted {
    ($keeper:expr, $line:expr, $buffer:expr) => {{
        let mut keeper = $keeper;
        loop {
            if !until_bundle(&mut keeper, &mut $line, $buffer)? {
                return Ok(());
            }
            let Ok(Request::Bundle { id, bundle }) = Request::parse($buffer) else { continue };
            match keeper.adopt(bundle) {
                Ok(mut adopted) => {
                    $line.respond(Response::to_bundle(id, adopted.bundle_code()));
                    break adopted;
                }
                Err((as_before, error)) => {
                    $line.respond(Response::to_bundle(id, error.code()));
                    keeper = as_before;
                }
            }
        }
    }};
}

/// Serves until the line is closed, which a serial line never is, or has failed.
///
/// Each buffer takes the longest request: a call with its token, or a trust bundle. A bundle is
/// used from the buffer that received it; the other buffer then takes the next frames. A fault of
/// the line loses frames, never the state. The caller waits for each response before it sends the
/// next request: a request that comes earlier may get lost.
///
/// Frames that could not be read are answered once, then not again until a request came through.
/// Responses are never answered. So neither noise nor an echo of the device's own output makes it
/// send without end.
///
/// `Read` must wait for a byte: no bytes mean that the line is closed.
///
/// # Errors
/// The last error of the line, after [`MAX_READ_ERRORS`] in a row. The board decides how to go on.
/// A reset empties a ledger in RAM.
pub fn serve<'k, R, W, L, C, A, P, B>(
    keeper: Gatekeeper<TrustBundle<'k>, L, C, A, P, B>,
    input: R,
    output: W,
    buffers: [&mut VecView<u8>; 2],
) -> Result<(), R::Error>
where
    R: Read,
    W: Write,
    L: Ledger,
    C: TimeSource,
    A: Action,
    P: TokenSource,
    B: Backend,
{
    let [first, second] = buffers;
    let reader = FrameReader::default();
    let mut line = Line { input, output, reader, read_errors: 0, noise_answered: false };
    let Gatekeeper { gate, authority, mut clock, mut action, mut device_token } = keeper;
    let (clock, action, device_token) = (Lent(&mut clock), Lent(&mut action), Lent(&mut device_token));
    let mut keeper = Gatekeeper { gate, authority, clock, action, device_token };
    keeper.read_clock();
    loop {
        // The trust set lies in flash at first, then in the first buffer, then in the second: the
        // other one is free.
        let in_first = until_adopted!(keeper, line, first);
        keeper = until_adopted!(in_first, line, second);
    }
}

/// Answers requests until a bundle comes, which then is in `buffer`. `false`: the line is closed.
fn until_bundle<'k, T, R, W, L, C, A, P, B>(
    keeper: &mut Gatekeeper<T, L, C, A, P, B>,
    line: &mut Line<R, W>,
    buffer: &mut VecView<u8>,
) -> Result<bool, R::Error>
where
    T: TrustSource<'k>,
    R: Read,
    W: Write,
    L: Ledger,
    C: TimeSource,
    A: Action,
    P: TokenSource,
    B: Backend,
{
    loop {
        if !line.next_frame(buffer)? {
            return Ok(false);
        }
        match keeper.answer(buffer, &mut [0; MAX_RESPONSE_LEN - HEAD_LEN]) {
            Answer::Respond(response) => line.respond(response),
            Answer::Bundle { .. } => return Ok(true),
            Answer::Ignore => {}
        }
    }
}

impl<R: Read, W: Write> Line<R, W> {
    /// Puts the content of the next good frame into `buffer`; bad ones are refused on the way.
    /// `false`: the line is closed.
    fn next_frame(&mut self, buffer: &mut VecView<u8>) -> Result<bool, R::Error> {
        loop {
            let mut byte = [0];
            let frame = match self.input.read(&mut byte) {
                Ok(0) => return Ok(false),
                Ok(_) => {
                    self.read_errors = 0;
                    let [byte] = byte;
                    self.reader.push(byte, buffer)
                }
                // An overrun, a break, a parity error: the frame that has begun is lost, and its end is refused.
                Err(error) => {
                    self.reader.spoil();
                    self.read_errors = self.read_errors.saturating_add(1);
                    if self.read_errors >= MAX_READ_ERRORS {
                        return Err(error);
                    }
                    None
                }
            };
            match frame {
                Some(Ok(())) => return Ok(true),
                Some(Err(error)) => {
                    log::bad_request(error);
                    self.respond(Response::to_unreadable(error));
                }
                None => {}
            }
        }
    }

    fn respond(&mut self, response: Response<'_>) {
        let to_noise = response.kind == Response::UNREADABLE;
        if to_noise && self.noise_answered {
            return;
        }
        self.noise_answered = to_noise;
        if let Some(head) = response.head() {
            // The caller notices that no response came. There is no other way to report the error.
            let _ = write_frame(&mut self.output, [&head, response.body]);
        }
    }
}
