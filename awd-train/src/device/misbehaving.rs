//! Boards that misbehave. Whatever a board answers, each operation of the host ends after a bounded number of
//! exchanges.

mod any;

use super::port::Port;
use super::tests::{Ram, file, model};
use super::*;
use awd_core::Scores;
use awd_embedded::frame::{self, Decoder, OVERHEAD, encoded_len};
use awd_embedded::protocol::{self, Refusal, decode};
use awd_embedded::{Arrays, Server};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bytes of the longest request that the board takes.
const REQUEST: usize = 100;

/// How a board reacts to a request.
#[derive(Debug, Clone)]
enum Act {
    /// Answers as the firmware does.
    Honest,
    /// Sends this answer in a valid frame.
    Answer(Vec<u8>),
    /// Sends this answer with the number of another request.
    Stale(Vec<u8>),
    /// Sends these bytes.
    Raw(Vec<u8>),
    /// Sends these bytes repeatedly, without end.
    Flood(Vec<u8>),
    Silent,
    /// Takes no bytes.
    Stuck,
}

/// The line to a board that repeats a script. If the board sends nothing, the host times out at once.
struct Scripted {
    server: Box<Server<'static, Ram>>,
    decoder: Decoder<[u8; REQUEST + OVERHEAD]>,
    script: Vec<Act>,
    asked: Arc<AtomicUsize>,
    answers: VecDeque<u8>,
    flood: Option<Vec<u8>>,
}

fn payload(answer: &Response<'_>) -> Vec<u8> {
    postcard::to_allocvec(answer).unwrap()
}

fn framed(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; encoded_len(payload.len())];
    frame::encode(sequence, payload, &mut buffer).unwrap().to_vec()
}

impl Port for Scripted {
    fn send(&mut self, bytes: &[u8], _: Duration) -> io::Result<()> {
        for &byte in bytes {
            let Some(Ok(frame)) = self.decoder.push(byte) else { continue };
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            assert!(number < 50_000, "the host does not stop asking");
            self.flood = None;
            match &self.script[number % self.script.len()] {
                Act::Honest => {
                    let answer = decode(frame.payload).map(|request| payload(&self.server.handle(request)));
                    self.answers.extend(answer.iter().flat_map(|answer| framed(frame.sequence, answer)));
                }
                Act::Answer(answer) => self.answers.extend(framed(frame.sequence, answer)),
                Act::Stale(answer) => self.answers.extend(framed(frame.sequence.wrapping_add(3).max(1), answer)),
                Act::Raw(bytes) => self.answers.extend(bytes),
                Act::Flood(bytes) => self.flood = Some(bytes.clone()),
                Act::Silent => (),
                Act::Stuck => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        if let Some(flood) = &self.flood {
            buffer.iter_mut().zip(flood.iter().cycle()).for_each(|(into, byte)| *into = *byte);
            return Ok(buffer.len().min(flood.len()));
        }
        match self.answers.len().min(buffer.len()) {
            0 => Err(io::ErrorKind::TimedOut.into()),
            len => Ok(buffer.iter_mut().zip(self.answers.drain(..len)).map(|(into, byte)| *into = byte).count()),
        }
    }
}

/// A host with a board that follows a script, and the number of requests that reached the board.
fn scripted(script: Vec<Act>) -> (Device, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let arrays = Box::leak(Box::new(Arrays::<2048, 1024, 4, REQUEST>::new()));
    let port = Scripted {
        server: Box::new(Server::new(Ram::blank(), None, arrays.memory())),
        decoder: Decoder::new([0; REQUEST + OVERHEAD]),
        script,
        asked: asked.clone(),
        answers: VecDeque::new(),
        flood: None,
    };
    let link = Link::new(Box::new(port), Duration::from_millis(2));
    (
        Device {
            link,
            name: "a script".into(),
            emulator: None,
            max_part: 84,
            held: None,
            updates: Policy::Any,
            integers: false,
            hops: HashMap::new(),
        },
        asked,
    )
}

/// Runs an operation. Returns its error, if any, and the number of requests that it took.
fn run<T>(
    device: &mut Device,
    asked: &AtomicUsize,
    operation: impl FnOnce(&mut Device) -> Result<T>,
) -> (Option<Error>, usize) {
    let before = asked.load(Ordering::Relaxed);
    let error = operation(device).err();
    (error, asked.load(Ordering::Relaxed) - before)
}

/// Streams a signal as `awd device monitor` does.
fn stream(device: &mut Device, samples: &[f32], hop: u16) -> Result<()> {
    device.open_signal(1, Timing::every(hop))?;
    let mut next = 0_usize;
    while let Some(rest) = samples.get(next..).filter(|rest| !rest.is_empty()) {
        let offset = u32::try_from(next).unwrap();
        let scored = device.push_samples(1, offset, rest)?;
        let taken = scored.next.wrapping_sub(offset) as usize;
        assert!((1..=rest.len()).contains(&taken), "{scored:?}");
        next += taken;
    }
    device.close_signal(1)
}

#[test]
fn an_honest_board_works() {
    let (mut device, _) = scripted(vec![Act::Honest]);
    let model = model(140);
    device.load(&model).unwrap();
    assert_eq!(device.score(&[0.5; 140]).unwrap().len(), 3);
    stream(&mut device, &[0.25; 500], 10).unwrap();
    device.reset().unwrap();
}

/// The case's name, the operation, the board's answers in order, and a part of the expected error.
type Case = (&'static str, fn(&mut Device) -> Result<()>, Vec<Vec<u8>>, &'static str);

#[test]
fn an_impossible_answer_ends_the_operation_and_is_reported() {
    let held = Held { number: 1, crc: 7, window: 140, outputs: 3, terms: 40 };
    let received = |next| payload(&Response::Received { next });
    let scored = |next, first, outputs: &[f32]| {
        payload(&Response::Scored { next, first, outputs: outputs.iter().copied().collect(), events: 0 })
    };
    let none = [f32::NAN; 0];
    let event = payload(&Response::Scored { next: 21, first: 0, outputs: none.iter().copied().collect(), events: 1 });
    let push: fn(&mut Device) -> Result<()> = |device| device.push(&file(&model(140)), None, &silent).map(drop);
    let score: fn(&mut Device) -> Result<()> = |device| device.score(&[0.5; 140]).map(drop);
    let signal: fn(&mut Device) -> Result<()> = |device| {
        device.held = Some(Held { number: 1, crc: 7, window: 140, outputs: 3, terms: 40 });
        stream(device, &[0.5; 500], 10)
    };
    let swept = |taken, scored, outputs: &[f32], events| {
        payload(&Response::Swept { taken, scored, outputs: outputs.iter().copied().collect(), events })
    };
    let sweep: fn(&mut Device) -> Result<()> = |device| {
        device.held = Some(Held { number: 1, crc: 7, window: 140, outputs: 3, terms: 40 });
        device.push_sweep(&[(0, 5, 1.0), (1, 5, 1.0)]).map(drop)
    };
    let info = |window, outputs| {
        let model = Some(Held { window, outputs, ..held });
        let info = protocol::Info {
            version: "1",
            format: 2,
            integers: false,
            images: false,
            schema: SCHEMA,
            max_model: 9,
            max_window: 9,
            max_work: 9,
            max_payload: 0,
            max_signals: 4,
            max_samples: 9,
            updates: Policy::Any,
            model,
        };
        payload(&Response::Info(info))
    };
    let len = u16::try_from(file(&model(140)).len()).unwrap();
    // The last answer is repeated.
    let cases: [Case; 22] = [
        (
            "it asks for the same part again",
            push,
            vec![received(0)],
            "it answered Received { next: 0 } to Part, 84 bytes at 0",
        ),
        (
            "it goes backwards",
            push,
            vec![received(84), received(40)],
            "it answered Received { next: 40 } to Part, 84 bytes at 84",
        ),
        ("it begins beyond the end", push, vec![received(u16::MAX)], "it answered Received { next: 65535 } to Push"),
        (
            "it jumps beyond the end",
            push,
            vec![received(0), received(u16::MAX)],
            "it answered Received { next: 65535 } to Part",
        ),
        ("it has done something else", push, vec![payload(&Response::Done)], "it answered Done to Push"),
        (
            "it has another model",
            push,
            vec![received(len), payload(&Response::Loaded { model: held, signals: 0 })],
            "to Commit",
        ),
        (
            "a window that never ends",
            score,
            vec![received(21)],
            "it answered Received { next: 21 } to Window, 21 samples at 21",
        ),
        ("an empty window", score, vec![received(0)], "it answered Received { next: 0 } to Window"),
        ("no sample is taken", signal, vec![received(0), scored(0, 0, &none)], "it answered Scored { next: 0, "),
        (
            "more samples than were sent",
            signal,
            vec![received(0), scored(4_000_000, 0, &none)],
            "it answered Scored { next: 4000000, ",
        ),
        (
            "a sample before the first",
            signal,
            vec![received(0), scored(u32::MAX, 0, &none)],
            "it answered Scored { next: 4294967295, ",
        ),
        ("a part of a score", signal, vec![received(0), scored(21, 20, &[1.0; 2])], "to Samples, 21 at 0 of signal 1"),
        (
            "a score of later samples",
            signal,
            vec![received(0), scored(21, 22, &[1.0; 3])],
            "to Samples, 21 at 0 of signal 1",
        ),
        (
            "more scores than hops",
            signal,
            vec![received(0), scored(21, 20, &[1.0; 6])],
            "to Samples, 21 at 0 of signal 1",
        ),
        ("an event without a score", signal, vec![received(0), event.clone()], "to Samples, 21 at 0"),
        ("a sweep that takes nothing", sweep, vec![swept(0, 0, &none, 0)], "to Sweep of 2 samples"),
        ("a sweep that takes more than was sent", sweep, vec![swept(3, 0, &none, 0)], "to Sweep of 2 samples"),
        ("a score of a sample that was not taken", sweep, vec![swept(1, 2, &[1.0; 3], 0)], "to Sweep of 2 samples"),
        ("a sweep without the outputs of a score", sweep, vec![swept(2, 3, &[1.0; 3], 0)], "to Sweep of 2 samples"),
        ("an event of a sample without a score", sweep, vec![swept(2, 1, &[1.0; 3], 2)], "to Sweep of 2 samples"),
        ("a model with an empty window", |device| device.info().map(drop), vec![info(0, 1)], "to Info"),
        ("a model without outputs", |device| device.info().map(drop), vec![info(1, 0)], "to Info"),
    ];
    for (case, operation, answers, expected) in cases {
        let last = answers.last().unwrap().clone();
        let script = answers.into_iter().chain(std::iter::repeat_n(last, 300)).map(Act::Answer).collect();
        let (mut device, asked) = scripted(script);
        let (error, exchanges) = run(&mut device, &asked, operation);
        let error = error.unwrap_or_else(|| panic!("{case}: it succeeded"));
        assert!(exchanges <= 3, "{case}: {exchanges} exchanges");
        let message = error.to_string();
        assert!(message.starts_with("a script: it answered ") && message.contains(expected), "{case}: {message}");
        assert!(message.ends_with("reset the board, or flash the firmware of this version"), "{message}");
        assert_eq!(error.exit_code(), 1, "{case}");
    }
}

#[test]
fn a_board_that_never_stops_sending_is_an_error_within_a_time_limit() {
    // No request has this number.
    let stale = framed(0, &payload(&Response::Done)).repeat(20);
    for (flood, expected) in
        [(vec![0], "no answer within"), (vec![0x55; 700], "no answer within"), (stale, " answers to other requests")]
    {
        let (mut device, asked) = scripted(vec![Act::Flood(flood)]);
        let started = Instant::now();
        let (error, exchanges) = run(&mut device, &asked, Device::info);
        let message = error.unwrap().to_string();
        assert!(message.contains(expected) && exchanges == link::ATTEMPTS, "{message}");
        assert!(started.elapsed() < Duration::from_secs(2), "{message}");
        device.link.drain(Duration::from_millis(1));
    }
}

#[test]
fn control_characters_are_escaped() {
    let info = protocol::Info {
        version: "\x1b[2J1\n2",
        format: 1,
        integers: false,
        images: false,
        schema: SCHEMA,
        max_model: 9,
        max_window: 9,
        max_work: 9,
        max_payload: 64,
        max_signals: 4,
        max_samples: 9,
        updates: Policy::Any,
        model: None,
    };
    let (mut device, _) = scripted(vec![Act::Answer(payload(&Response::Info(info)))]);
    assert_eq!(device.info().unwrap().version, "\\u{1b}[2J1\\n2");
}
