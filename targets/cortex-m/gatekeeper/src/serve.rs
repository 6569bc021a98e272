//! The loop: frames in, responses out, bundles put in place while it runs.

use agentid_nostd::{Backend, Ledger, TrustBundle, TrustSource};
use embedded_io::{Read, Write};

use crate::frame::{FrameReader, MAX_RESPONSE_LEN, write_frame};
use crate::keeper::{Answer, Gatekeeper};
use crate::log;
use crate::message::{HEAD_LEN, Request, Response};
use crate::passport::PassportSource;
use crate::ports::{Action, TimeSource};

/// A byte stream with the frame that is being read.
struct Line<R, W> {
    input: R,
    output: W,
    reader: FrameReader,
}

/// Answers requests until a bundle is adopted, which then lies in `$buffer` and is lent from there.
///
/// A macro, because the compiler follows such a loan within a function and not out of one.
macro_rules! until_adopted {
    ($keeper:expr, $line:expr, $buffer:expr) => {{
        let mut keeper = $keeper;
        loop {
            let Some(len) = until_bundle(&mut keeper, &mut $line, $buffer) else { return };
            let content = $buffer.get(..len).unwrap_or_default();
            let Ok(Request::Bundle { id, bundle }) = Request::parse(content) else { continue };
            match keeper.adopt(bundle) {
                Ok(adopted) => {
                    $line.respond(Response { id, code: 0, body: &[] });
                    break adopted;
                }
                Err((as_before, error)) => {
                    $line.respond(Response { id, code: error.code(), body: &[] });
                    keeper = as_before;
                }
            }
        }
    }};
}

/// Serves until the line is closed, which a serial line never is.
///
/// Each buffer takes the longest request: a call with its token, or a trust bundle. A bundle is used where it was
/// received; the other buffer then takes the next frames. A fault of the line loses frames, never the state. The caller
/// of the device waits for each response before it sends the next request: what comes in between may get lost.
///
/// `Read` must wait for a byte: no bytes mean that the line is closed.
pub fn serve<'k, R, W, L, C, A, P, B>(
    keeper: Gatekeeper<TrustBundle<'k>, L, C, A, P, B>,
    input: R,
    output: W,
    buffers: [&mut [u8]; 2],
) where
    R: Read,
    W: Write,
    L: Ledger,
    C: TimeSource,
    A: Action,
    P: PassportSource,
    B: Backend,
{
    let [first, second] = buffers;
    let mut line = Line { input, output, reader: FrameReader::default() };
    let mut keeper = keeper;
    keeper.read_clock();
    loop {
        // The trust set lies in flash at first, then in the second buffer: the first is free, then the other way round.
        let in_first = until_adopted!(keeper, line, first);
        keeper = until_adopted!(in_first, line, second);
    }
}

/// Answers requests until a bundle comes: the length of its frame's content in `buffer`. `None`: the line is closed.
fn until_bundle<'k, T, R, W, L, C, A, P, B>(
    keeper: &mut Gatekeeper<T, L, C, A, P, B>,
    line: &mut Line<R, W>,
    buffer: &mut [u8],
) -> Option<usize>
where
    T: TrustSource<'k>,
    R: Read,
    W: Write,
    L: Ledger,
    C: TimeSource,
    A: Action,
    P: PassportSource,
    B: Backend,
{
    loop {
        let len = line.next_frame(buffer)?;
        let content = buffer.get(..len).unwrap_or_default();
        match keeper.answer(content, &mut [0; MAX_RESPONSE_LEN - HEAD_LEN]) {
            Answer::Respond(response) => line.respond(response),
            Answer::Bundle { .. } => return Some(len),
        }
    }
}

impl<R: Read, W: Write> Line<R, W> {
    /// The length of the next good frame's content; bad ones are refused on the way. `None`: the line is closed.
    fn next_frame(&mut self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            let mut byte = [0];
            let frame = match self.input.read(&mut byte) {
                Ok(0) => return None,
                Ok(_) => {
                    let [byte] = byte;
                    self.reader.push(byte, buffer)
                }
                // An overrun, a break, a parity error: the frame that has begun is lost, and its end is refused.
                Err(_) => {
                    self.reader.spoil();
                    None
                }
            };
            match frame {
                Some(Ok(len)) => return Some(len),
                Some(Err(error)) => self.respond(Response { id: 0, code: log::bad_request(error), body: &[] }),
                None => {}
            }
        }
    }

    fn respond(&mut self, response: Response<'_>) {
        if let Some(head) = response.head() {
            // Whoever asked will notice that nothing came; there is nobody else to tell.
            let _ = write_frame(&mut self.output, [&head, response.body]);
        }
    }
}
