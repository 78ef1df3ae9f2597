//! Records and replays a conversation with a server.

use crate::common::flash::{Cut, Mock, Power};
use awd_embedded::frame::Decoder;
use awd_embedded::protocol::{MAX_ANSWER, MAX_ANSWER_DECODED, MAX_ANSWER_FRAME, Response, decode, encode};
use awd_embedded::{Arrays, Server, Updates};
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

/// The memory of the server: work space, samples, signals, bytes of a request.
type Memory = Arrays<128, 256, 6, 300>;

type Flash = Mock<4, 256>;

/// Bytes on a line of the text.
const WIDTH: usize = 48;

/// The board's seconds since the start. Only one test uses it.
static CLOCK: AtomicU32 = AtomicU32::new(0);

/// A board whose answers are compared.
pub struct Board {
    server: Server<'static, Flash>,
    power: Power,
}

impl Board {
    fn new(flash: Flash) -> (Self, Vec<u8>) {
        let power = flash.power.clone();
        let mut server = Server::new(flash, None, Box::leak(Box::new(Memory::new())).memory());
        let first = server.start().to_vec();
        (Self { server, power }, first)
    }

    /// The board's answers to these bytes.
    fn answers(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut answers = Vec::new();
        while let Some(answer) = self.server.feed(&mut bytes) {
            answers.extend(comparable(answer));
        }
        answers
    }

    /// What a line with `!` states. Returns what the board sends by itself.
    fn happen(&mut self, what: &str) -> Vec<u8> {
        match what.split_once(' ').unwrap_or((what, "")) {
            ("restart", _) => {
                let (board, first) =
                    Self::new(std::mem::replace(self, Self::new(Flash::new(3072)).0).server.into_flash());
                *self = board;
                return first;
            }
            ("flash-fails", _) => self.power.set(Cut { left: Some(0), ..Cut::default() }),
            ("flash-works", _) => self.power.set(Cut::default()),
            ("accepts-none", _) => self.server.accept(Updates::Never),
            ("accepts-all", _) => self.server.accept(Updates::Any),
            ("erases-every", seconds) => {
                self.server.limit_erases(seconds.parse().unwrap(), || CLOCK.load(Ordering::Relaxed));
            }
            ("clock", seconds) => CLOCK.store(seconds.parse().unwrap(), Ordering::Relaxed),
            other => panic!("{other:?}"),
        }
        Vec::new()
    }
}

/// An answer, in which the version of the crate is 0.0.0.
fn comparable(answer: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
    let frame = answer.iter().find_map(|&byte| decoder.push(byte).map(|frame| frame.unwrap().sequence));
    let mut decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
    for &byte in answer {
        if let Some(Ok(received)) = decoder.push(byte)
            && let Ok(Response::Info(info)) = decode(received.payload)
        {
            let info = awd_embedded::protocol::Info { version: "0.0.0", ..info };
            let (mut payload, mut buffer) = ([0; MAX_ANSWER], [0; MAX_ANSWER_FRAME]);
            return encode(frame.unwrap(), &Response::Info(info), &mut payload, &mut buffer).unwrap().to_vec();
        }
    }
    answer.to_vec()
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The bytes that hexadecimal digits state.
pub fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Writes a conversation as text.
pub struct Recorder {
    board: Board,
    text: String,
}

impl Recorder {
    /// A board with nothing in its slots.
    pub fn new(head: &str) -> Self {
        CLOCK.store(0, Ordering::Relaxed);
        let (board, first) = Board::new(Flash::new(3072));
        let mut recorder = Self { board, text: head.into() };
        recorder.lines('<', &first);
        recorder
    }

    fn lines(&mut self, mark: char, bytes: &[u8]) {
        for part in bytes.chunks(WIDTH) {
            writeln!(self.text, "{mark} {}", hex(part)).unwrap();
        }
    }

    /// A comment.
    pub fn note(&mut self, text: &str) {
        writeln!(self.text, "\n# {text}").unwrap();
    }

    /// The board receives these bytes. Returns its answers.
    pub fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.lines('>', bytes);
        let answers = self.board.answers(bytes);
        self.lines('<', &answers);
        answers
    }

    /// Something happens to the board.
    pub fn happen(&mut self, what: &str) {
        writeln!(self.text, "! {what}").unwrap();
        let sent = self.board.happen(what);
        self.lines('<', &sent);
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

/// Plays a recorded conversation and compares every byte that the board sends.
pub fn replay(text: &str) {
    CLOCK.store(0, Ordering::Relaxed);
    let (mut board, mut sent) = Board::new(Flash::new(3072));
    let mut recorded = Vec::new();
    // Compared before the next bytes or event.
    let compare = |number: usize, sent: &mut Vec<u8>, recorded: &mut Vec<u8>| {
        assert_eq!(hex(sent), hex(recorded), "what the board sends before line {number}");
        sent.clear();
        recorded.clear();
    };
    for (number, line) in (1..).zip(text.lines()) {
        match line.split_at_checked(2) {
            Some(("< ", bytes)) => recorded.extend(unhex(bytes)),
            Some(("> ", bytes)) => {
                // A long request has several lines, without an answer in between.
                if !recorded.is_empty() {
                    compare(number, &mut sent, &mut recorded);
                }
                sent.extend(board.answers(&unhex(bytes)));
            }
            Some(("! ", what)) => {
                compare(number, &mut sent, &mut recorded);
                sent = board.happen(what);
            }
            _ => (),
        }
    }
    compare(text.lines().count(), &mut sent, &mut recorded);
}
