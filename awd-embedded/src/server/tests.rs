extern crate std;

use super::*;
use crate::frame::encoded_len;
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Lifting, Readout, Spec, Step, Term};
use core::convert::Infallible;
use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

const WINDOW: usize = 40;
const WORK: usize = 64;

type Small = Server<WORK, WINDOW>;

/// A wavelet of four taps, two levels, each kind of feature, two outputs.
fn model(window: u16) -> Model {
    let steps = [Step::new(0, [-0.5, 0.0]), Step::new(-1, [0.3, 0.25]), Step::new(1, [0.125, 0.0])];
    let term = |band, feature| Term { band, feature };
    let terms = [
        term(0, Feature::Largest(0)),
        term(0, Feature::LogEnergy),
        term(1, Feature::Smallest(1)),
        term(1, Feature::RootEnergy),
        term(2, Feature::Centroid),
    ];
    Model::new(Spec {
        window,
        dwt: Dwt::new(Lifting::new(4, [1, 0], &steps).unwrap(), Boundary::Zero, 2),
        terms: terms.into_iter().collect(),
        readout: Readout {
            kind: Kind::Linear,
            bias: [0.25, -3.5].into_iter().collect(),
            weights: (0..10_u8).map(|i| f32::from(i) * 0.37 - 1.1).collect(),
            threshold: None,
        },
        health: None,
        provenance: None,
        image: None,
        scalar: Arithmetic::Float,
    })
    .unwrap()
}

fn file(model: &Model) -> Vec<u8> {
    model.to_bytes(&mut [0; MAX_BYTES]).unwrap().to_vec()
}

/// Sends a file in parts of `size` bytes; the last response.
fn send(server: &mut Small, file: &[u8], size: usize) -> Response<'static> {
    let total = narrow(file.len());
    let mut last = Response::Refused(Refusal::NoModel);
    for (i, bytes) in file.chunks(size).enumerate() {
        let offset = narrow(i * size);
        last = server.handle(Request::Model { total, offset, bytes });
        let next = offset + narrow(bytes.len());
        assert!(next == total || last == Response::Received { next }, "{last:?}");
    }
    last
}

/// Sends a window in parts of `size` samples; the last response.
fn score(server: &mut Small, x: &[f32], size: usize) -> Response<'static> {
    let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut last = Response::Refused(Refusal::NoModel);
    for (i, samples) in bytes.chunks(4 * size).enumerate() {
        last = server.handle(Request::Window { offset: narrow(i * size), samples });
    }
    last
}

const LOADED: Response<'static> = Response::Loaded { window: 30, outputs: 2, terms: 5 };

proptest! {
    #[test]
    fn scores_are_the_scorers_bit_for_bit(
        x in vec(-1e6_f32..1e6, 30),
        part in 1..40_usize,
        chunk in 1..300_usize,
    ) {
        let model = model(30);
        let mut server = Small::new();
        prop_assert_eq!(send(&mut server, &file(&model), chunk), LOADED);
        let expected = model.score(&x, &mut [0.0; WORK]).unwrap();
        for _ in 0..2 {
            let Response::Scores(scores) = score(&mut server, &x, part) else { panic!("no scores") };
            prop_assert!(scores.iter().map(|s| s.to_bits()).eq(expected.outputs().iter().map(|s| s.to_bits())));
        }
    }

    #[test]
    fn hostile_requests_are_answered(
        requests in vec((any::<bool>(), 0..50_u16, 0..3_u16, vec(any::<u8>(), 0..200)), 0..40),
    ) {
        let mut server = Small::new();
        send(&mut server, &file(&model(30)), 64);
        for (window, total, offset, bytes) in requests {
            let response = server.handle(match window {
                true => Request::Window { offset: offset * 8, samples: &bytes },
                false => Request::Model { total, offset: offset * 8, bytes: &bytes },
            });
            // A model of random bytes does not pass its checksum.
            prop_assert!(!matches!(response, Response::Loaded { .. } | Response::Info(_)), "{:?}", response);
        }
        prop_assert!(matches!(score(&mut server, &[1.0; 30], 30), Response::Scores(_)));
    }

    #[test]
    fn a_good_request_is_answered_after_any_noise(noise in vec(any::<u8>(), 0..4000)) {
        let mut request = [0; MAX_FRAME];
        let request = encode(5, &Request::Info, &mut request).unwrap();
        let answers = conversation(&mut Small::new(), &[&noise[..], &[0], request].concat());
        let (last, others) = answers.split_last().unwrap();
        prop_assert_eq!(last, &(5, true));
        prop_assert!(others.iter().all(|answer| answer == &(UNREAD, false)), "{:?}", others);
    }
}

#[test]
fn a_refused_model_leaves_the_one_before() {
    let mut server = Small::new();
    assert_eq!(score(&mut server, &[0.0; 30], 30), Response::Refused(Refusal::NoModel));
    let good = file(&model(30));
    assert_eq!(send(&mut server, &good, 100), LOADED);
    let before = score(&mut server, &[1.5; 30], 30);

    let refused = |error| Response::Refused(Refusal::Model(error));
    let mut flipped = good.clone();
    flipped[20] ^= 4;
    assert_eq!(send(&mut server, &flipped, 100), refused(ModelError::Checksum));
    assert_eq!(send(&mut server, &good[..9], 100), refused(ModelError::Truncated));
    assert_eq!(send(&mut server, &[7; 60], 9), refused(ModelError::NotAModel));
    let bound = "at most this board's capacity";
    let too_long = file(&model(41));
    assert_eq!(send(&mut server, &too_long, 100), refused(ModelError::Invalid { field: "window", bound }));
    let mut tight = Server::<20, WINDOW>::new();
    let response = tight.handle(Request::Model { total: narrow(good.len()), offset: 0, bytes: &good });
    assert_eq!(response, refused(ModelError::Invalid { field: "work", bound }));

    assert_eq!(score(&mut server, &[1.5; 30], 30), before);
}

#[test]
fn parts_out_of_place_are_refused_and_zero_starts_again() {
    let mut server = Small::new();
    let good = file(&model(30));
    let total = narrow(good.len());
    let part = |server: &mut Small, offset: u16, len| {
        let bytes = &good[usize::from(offset)..][..len];
        server.handle(Request::Model { total, offset, bytes })
    };
    assert_eq!(part(&mut server, 0, 10), Response::Received { next: 10 });
    assert_eq!(part(&mut server, 20, 10), Response::Refused(Refusal::Offset { expected: 10 }));
    assert_eq!(part(&mut server, 10, 5), Response::Received { next: 15 });
    assert_eq!(send(&mut server, &good, 7), LOADED);

    let too_long = |capacity| Response::Refused(Refusal::TooLong { capacity });
    assert_eq!(server.handle(Request::Model { total: 3, offset: 0, bytes: &[0; 4] }), too_long(3));
    assert_eq!(server.handle(Request::Model { total: 4097, offset: 0, bytes: &[0; 4] }), too_long(4096));

    let mut window = |offset, len| server.handle(Request::Window { offset, samples: &[0; 200][..len] });
    assert_eq!(window(0, 40), Response::Received { next: 10 });
    assert_eq!(window(4, 8), Response::Refused(Refusal::Offset { expected: 10 }));
    assert_eq!(window(10, 7), Response::Refused(Refusal::PartialSample));
    assert_eq!(window(10, 84), too_long(30));
    assert_eq!(window(0, 40), Response::Received { next: 10 });
    assert!(matches!(window(10, 80), Response::Scores(_)));
}

/// A line that gives these bytes, a few at a time, and keeps what is written.
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

/// The answers to these bytes: sequence number, and whether it is the board's information.
fn conversation(server: &mut Small, incoming: &[u8]) -> Vec<(u8, bool)> {
    let mut line = Script { incoming, outgoing: Vec::new() };
    server.serve(&mut line).unwrap();
    let mut decoder = Decoder::<MAX_DECODED>::new();
    let mut answers = Vec::new();
    for &byte in &line.outgoing {
        if let Some(frame) = decoder.push(byte) {
            let frame = frame.unwrap();
            let info = match decode(frame.payload).unwrap() {
                Response::Info(info) => info == Small::info(),
                Response::Refused(Refusal::Frame(_)) => false,
                other => panic!("{other:?}"),
            };
            answers.push((frame.sequence, info));
        }
    }
    answers
}

#[test]
fn what_is_no_request_is_answered_with_its_number() {
    let mut frame = [0; encoded_len(3)];
    let frame = Frame { sequence: 77, payload: &[9, 9, 9] }.encode(&mut frame).unwrap();
    assert_eq!(conversation(&mut Small::new(), frame), [(77, false)]);
}

#[test]
fn info_tells_the_capacities() {
    let info = Small::info();
    assert_eq!((info.max_window, info.max_work), (40, 64));
    assert_eq!(usize::from(info.max_model), MAX_BYTES);
    assert_eq!(usize::from(info.max_frame), MAX_FRAME);
}
