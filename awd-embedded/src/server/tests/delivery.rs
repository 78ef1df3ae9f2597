//! Frames that arrive late, twice, damaged or in part: the board answers as if each intact one had been handled in turn.

use super::conversation::{answers_in, frame};
use super::*;

/// How a frame arrives.
#[derive(Debug, Clone)]
enum Arrival {
    Whole,
    /// Without its last bytes.
    Cut(Index),
    /// With a changed byte.
    Damaged(Index, u8),
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![
        4 => Just(Arrival::Whole),
        1 => any::<Index>().prop_map(Arrival::Cut),
        1 => (any::<Index>(), 1..=255_u8).prop_map(|(at, flip)| Arrival::Damaged(at, flip)),
    ]
}

/// The requests of a host that follows signals and changes the model; `i` counts them.
fn request<'r>(i: usize, kind: u8, samples: &'r [u8], file: &'r [u8]) -> Request<'r> {
    let signal = (i % 3) as u16;
    match kind {
        0 => Request::Open { signal, hop: 2, growing: i.is_multiple_of(2) },
        1 => Request::Samples { signal, offset: 0, samples },
        2 => Request::Sweep { samples },
        3 => Request::Push { total: narrow(file.len()), crc: trailer(file) },
        4 => Request::Part { offset: 0, bytes: file },
        5 => Request::Commit { signature: None },
        6 => Request::RollBack { number: 1 + (i % 3) as u32 },
        7 => Request::Health,
        8 => Request::Close { signal: Some(signal) },
        _ => Request::Info,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn an_intact_frame_is_executed_once_wherever_it_arrives(
        kinds in vec(0..10_u8, 1..40),
        order in vec((any::<Index>(), arrival()), 1..120),
        samples in vec(any::<u8>(), 0..20).prop_map(|records| records.repeat(8)),
        chunk in 1..70_usize,
    ) {
        let other = file(&model(25, 0.4));
        let [mut board, mut host] = [server(), server()];
        for server in [&mut board, &mut host] {
            send(server, &file(&model(20, 0.3)), 64);
        }
        let requests: Vec<_> = (0..).zip(&kinds).map(|(i, kind)| request(i, *kind, &samples, &other)).collect();
        let frames: Vec<_> = (1..).zip(&requests).map(|(sequence, request)| frame(sequence, request)).collect();
        // The bytes that arrive, and the answers of a board that is told each request without a line.
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        let mut latest = None;
        let mut bad_frames = 0;
        for (index, arrival) in &order {
            let i = index.index(frames.len());
            // A zero before each frame, as a host sends it before a retransmission.
            bytes.push(0);
            let frame = &frames[i];
            match arrival {
                Arrival::Whole => {
                    bytes.extend(frame);
                    if latest.as_ref().is_none_or(|(before, _)| *before != i) {
                        host.service.bad_frames = bad_frames;
                        latest = Some((i, host.handle(requests[i])));
                    }
                    expected.push((i as u8 + 1, latest.clone().unwrap().1));
                }
                Arrival::Cut(at) => {
                    bytes.extend(&frame[..at.index(frame.len() - 1)]);
                    bytes.push(0);
                }
                Arrival::Damaged(at, flip) => {
                    let at = at.index(frame.len() - 1);
                    bytes.extend(&frame[..at]);
                    bytes.push(frame[at] ^ flip);
                    bytes.extend(&frame[at + 1..]);
                }
            }
            // Counted as the board does: the bytes up to each zero are a frame.
            let parts = std::mem::take(&mut bytes);
            for mut part in parts.chunks(chunk) {
                while let Some(answer) = board.feed(&mut part) {
                    let (mut sequence, mut response) = (UNREAD, std::string::String::new());
                    answers_in(answer, |number, answer| (sequence, response) = (number, std::format!("{answer:?}")));
                    if sequence == UNREAD {
                        prop_assert!(response.starts_with("Refused(Frame("), "{response}");
                        bad_frames += 1;
                    } else {
                        prop_assert!(!expected.is_empty(), "{response} to a frame that is not intact");
                        let (number, answer) = expected.remove(0);
                        prop_assert_eq!((sequence, response), (number, std::format!("{answer:?}")));
                    }
                }
            }
            prop_assert!(expected.is_empty(), "{expected:?} was not answered");
        }
        prop_assert_eq!(board.into_flash().bytes, host.into_flash().bytes);
    }
}
