//! Sequences of requests and answers, frame by frame.

use super::*;
use embedded_io::{Read, Write};

/// A line that delivers `incoming` a few bytes at a time and records what is written.
struct Script<'a> {
    incoming: &'a [u8],
    outgoing: Vec<u8>,
}

impl embedded_io::ErrorType for Script<'_> {
    type Error = Infallible;
}

impl Read for Script<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let len = buffer.len().min(self.incoming.len()).min(13);
        let (now, later) = self.incoming.split_at(len);
        buffer[..len].copy_from_slice(now);
        self.incoming = later;
        Ok(len)
    }
}

impl Write for Script<'_> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        self.outgoing.extend(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Board for Script<'_> {
    fn lost(&self) -> u32 {
        7
    }
}

pub fn frame(sequence: u8, request: &Request<'_>) -> Vec<u8> {
    encode(sequence, request, &mut [0; FRAME], &mut [0; FRAME]).unwrap().to_vec()
}

/// The answers to these bytes: the sequence number of each, and whether it is [`Response::Info`].
pub fn conversation(server: &mut Small, incoming: &[u8]) -> Vec<(u8, bool)> {
    let mut line = Script { incoming, outgoing: Vec::new() };
    server.serve(&mut line).unwrap();
    let mut answers = Vec::new();
    answers_in(&line.outgoing, |sequence, response| answers.push((sequence, matches!(response, Response::Info(_)))));
    answers
}

/// Calls `visit` with each answer in these bytes.
pub fn answers_in(bytes: &[u8], mut visit: impl FnMut(u8, Response<'_>)) {
    let mut decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
    for &byte in bytes {
        if let Some(frame) = decoder.push(byte) {
            let frame = frame.unwrap();
            visit(frame.sequence, decode(frame.payload).unwrap());
        }
    }
}

#[test]
fn a_payload_that_is_not_a_request_is_answered_with_its_number() {
    let mut buffer = [0; 32];
    let frame = crate::frame::encode(77, &[99, 9, 9], &mut buffer).unwrap();
    assert_eq!(conversation(&mut server(), frame), [(77, false)]);
}

#[test]
fn a_repeated_request_is_answered_again_and_not_executed_again() {
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 100);
    server.handle(Request::Open { signal: 2, hop: 5, growing: false });
    let samples = bytes(&(0..40).map(sample).collect::<Vec<_>>());
    let push = frame(3, &Request::Samples { signal: 2, offset: 0, samples: &samples });
    // The answer is repeated even if the line was disturbed between the two requests.
    let bytes = [&push[..], &push, &[5, 1, 1, 1, 1, 0], &push, &frame(4, &Request::Health), &frame(5, &Request::Reset)];
    let mut line = Script { incoming: &[&bytes.concat()[..], &push].concat(), outgoing: Vec::new() };
    assert_eq!(server.serve(&mut line), Ok(Stop::Reset));
    let mut answers = Vec::new();
    answers_in(&line.outgoing, |sequence, response| answers.push((sequence, std::format!("{response:?}"))));
    assert_eq!(answers.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), [3, 3, UNREAD, 3, 4, 5]);
    assert!(answers[0].1.starts_with("Scored { next: 40, first: 30"), "{answers:?}");
    assert!(answers[1] == answers[0] && answers[3] == answers[0]);
    let health = &answers[4].1;
    assert!(health.contains("windows: 3,") && health.contains("lost: 7, bad_frames: 1"), "{health}");
}

#[test]
fn info_reports_the_capacities() {
    let info = server().info();
    assert_eq!((info.max_window, info.max_work), (256, 128));
    assert_eq!((info.max_signals, info.max_samples), (6, 256));
    assert_eq!(usize::from(info.max_payload), FRAME - OVERHEAD);
    assert_eq!(info.model, None);
}

#[test]
fn an_hour_of_hostile_frames_is_answered() {
    // A hostile host: valid checksums, requests of every kind, and bytes that are not a frame. At 115200 baud they take
    // more than an hour.
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 64);
    let mut state = 7_u64;
    let mut random = move || {
        // Splitmix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    let (frames, batch) = (2_500_000, 500);
    let (mut answers, mut bytes) = (0, 0);
    for _ in 0..frames / batch {
        let mut incoming = Vec::new();
        for _ in 0..batch {
            let len = (random() % 24) as usize;
            let mut payload: Vec<u8> = (0..len).map(|_| (random() >> 16) as u8).collect();
            match random() % 4 {
                // Noise that a zero ends.
                0 => {
                    incoming.extend(&payload);
                    incoming.push(0);
                    continue;
                }
                // A payload that starts with the number of a request. Most requests are short.
                1 | 2 => payload.iter_mut().take(1).for_each(|kind| *kind %= 11),
                _ => (),
            }
            incoming.extend(crate::frame::encode(random() as u8, &payload, &mut [0; 64]).unwrap());
        }
        bytes += incoming.len();
        let mut line = Script { incoming: &incoming, outgoing: Vec::new() };
        // A random request may ask for a restart.
        while server.serve(&mut line) == Ok(Stop::Reset) {}
        answers_in(&line.outgoing, |_, response| {
            assert!(!matches!(response, Response::Loaded { .. }), "{response:?}");
            answers += 1;
        });
    }
    std::println!("{answers} answers to {bytes} bytes");
    assert!(answers > frames * 3 / 4 && bytes > 3600 * 11_520);
    server.handle(Request::Close { signal: None });
    assert!(matches!(score(&mut server, &[1.0; 30], 30), Response::Scores(_)));
}

proptest! {
    #[test]
    fn bytes_may_arrive_in_any_parts(
        requests in vec((1..4_u8, 0..6_u16, any::<bool>()), 1..40),
        parts in vec(1..50_usize, 1..20),
    ) {
        // Some requests are sent twice, as if the answer had been lost, and some after noise.
        let mut bytes = Vec::new();
        for (i, (kind, signal, twice)) in requests.iter().enumerate() {
            let request = match kind {
                1 => Request::Open { signal: *signal, hop: 3, growing: *twice },
                2 => Request::Samples { signal: *signal, offset: 0, samples: &[1; 80] },
                _ => Request::Health,
            };
            let frame = frame(u8::try_from(1 + i % 250).unwrap(), &request);
            bytes.extend(&frame);
            if *twice {
                bytes.extend([9, 9, 0]);
                bytes.extend(&frame);
            }
        }
        let answers = |parts: &[usize]| {
            let mut server = server();
            send(&mut server, &file(&model(30, 0.3)), 64);
            let (mut rest, mut sent) = (&bytes[..], Vec::new());
            for part in parts.iter().cycle() {
                let mut now;
                (now, rest) = rest.split_at(rest.len().min(*part));
                while let Some(answer) = server.feed(&mut now) {
                    sent.extend(answer);
                }
                assert!(now.is_empty());
                if rest.is_empty() {
                    break;
                }
            }
            sent
        };
        let whole = answers(&[bytes.len()]);
        prop_assert_eq!(&answers(&parts), &whole);
        // A repeated request has the same answer.
        let mut found = Vec::new();
        answers_in(&whole, |sequence, response| found.push((sequence, std::format!("{response:?}"))));
        let mut found = found.into_iter();
        for (i, (_, _, twice)) in requests.iter().enumerate() {
            let first = found.next().unwrap();
            prop_assert_eq!(usize::from(first.0), 1 + i);
            if *twice {
                prop_assert_eq!(found.next().unwrap().0, UNREAD);
                prop_assert_eq!(found.next().unwrap(), first);
            }
        }
    }
}

#[test]
fn an_executor_serves_as_a_loop_does() {
    use core::future::poll_fn;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    /// A line on which every other operation has to wait.
    struct Slow<'a>(Script<'a>, bool);

    impl Slow<'_> {
        async fn wait(&mut self) {
            poll_fn(|_| {
                self.1 = !self.1;
                if self.1 { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
        }
    }

    impl embedded_io_async::ErrorType for Slow<'_> {
        type Error = Infallible;
    }

    impl embedded_io_async::Read for Slow<'_> {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
            self.wait().await;
            self.0.read(buffer)
        }
    }

    impl embedded_io_async::Write for Slow<'_> {
        async fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
            self.wait().await;
            self.0.write(&buffer[..buffer.len().min(7)])
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    let window = bytes(&(0..30).map(sample).collect::<Vec<_>>());
    let requests = [Request::Info, Request::Window { offset: 0, samples: &window }, Request::Health, Request::Reset];
    let incoming = (1..).zip(&requests).flat_map(|(sequence, request)| frame(sequence, request)).collect::<Vec<_>>();
    let script = || Script { incoming: &incoming, outgoing: Vec::new() };
    let (mut blocking, mut slow) = (script(), Slow(script(), false));
    let [mut one, mut other] = [server(), server()];
    for server in [&mut one, &mut other] {
        send(server, &file(&model(30, 0.3)), 64);
    }
    // The number of lost bytes comes from the blocking line alone.
    one.set_lost(0);
    let stopped = one.serve(&mut blocking);
    let mut polls = 0;
    let also = {
        let mut serving = pin!(other.serve_async(&mut slow));
        loop {
            polls += 1;
            if let Poll::Ready(stopped) = serving.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break stopped;
            }
        }
    };
    assert_eq!((stopped, also), (Ok(Stop::Reset), Ok(Stop::Reset)));
    assert!(polls > 20, "{polls}");
    let mut lines = [Vec::new(), Vec::new()];
    for (line, bytes) in lines.iter_mut().zip([&blocking.outgoing, &slow.0.outgoing]) {
        answers_in(bytes, |sequence, response| {
            line.push((sequence, std::format!("{response:?}").replace("lost: 7", "lost: 0")));
        });
    }
    assert!(lines[0] == lines[1] && lines[0].len() == 4, "{lines:?}");
}
