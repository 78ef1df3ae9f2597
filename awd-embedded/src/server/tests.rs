extern crate std;

#[path = "../../tests/common/models.rs"]
mod models;

mod conversation;
mod delivery;
#[cfg(feature = "integers")]
mod integers;
mod signals;
mod sweeps;
mod updates;

use super::service::narrow;
use super::*;
use crate::frame::OVERHEAD;
use crate::golden::{Digest, Windows};
use crate::protocol::{
    Capacity, Fault, Health, Held, MAX_ANSWER_DECODED, MAX_GOLDEN, MAX_SCORED, MAX_SWEPT, ModelError, Refusal, UNREAD,
    decode, encode,
};
use crate::slots::tests::flash::{Cut, Mock};
use crate::trigger::Trigger;
use crate::update::Policy;
use awd_core::model::{Draft, MAX_OUTPUTS};
use awd_core::{Boundary, Dwt, Feature, Model, Term};
use core::convert::Infallible;
use models::{build, bytes, file, model, sample, trailer, with_crc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::vec::Vec;

/// The memory of the servers: work space and samples, signals, bytes of a request.
const WORK: usize = 128;
const SAMPLES: usize = 256;
const SIGNALS: usize = 6;
const FRAME: usize = 300;

type Flash = Mock<4, 256>;
type Small = Server<'static, Flash>;

/// A server with nothing in its slots.
fn server() -> Small {
    started(Flash::new(3072))
}

/// A server that has put the latest good model of its slots into service.
fn started(flash: Flash) -> Small {
    let arrays = std::boxed::Box::leak(std::boxed::Box::new(Arrays::<WORK, SAMPLES, SIGNALS, FRAME>::new()));
    let mut server = Small::new(flash, None, arrays.memory());
    server.start();
    server
}

fn health(server: &mut Small) -> Health {
    match server.handle(Request::Health) {
        Response::Health(health) => health,
        other => panic!("{other:?}"),
    }
}

/// Sends a file in parts of `size` bytes and commits it. Returns the last response.
fn send(server: &mut Small, file: &[u8], size: usize) -> Response<'static> {
    let begun = server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) });
    let Response::Received { next } = begun else { return begun };
    send_parts(server, file, next, size);
    server.handle(Request::Commit { signature: None })
}

/// Sends a file from `offset` to its end.
fn send_parts(server: &mut Small, file: &[u8], mut offset: u16, size: usize) {
    for bytes in file[usize::from(offset)..].chunks(size) {
        let taken = server.handle(Request::Part { offset, bytes });
        offset += narrow(bytes.len());
        assert_eq!(taken, Response::Received { next: offset });
    }
}

/// The response that reports a model in service, with this number of open signals.
fn loaded(model: &Model<'_>, number: u32, signals: u16) -> Response<'static> {
    let (crc, window) = (trailer(&file(model)), narrow(model.window()));
    Response::Loaded { model: Held { number, crc, window, outputs: 2, terms: 5 }, signals }
}

/// Revokes the model in service.
fn roll_back(server: &mut Server<'_, Flash>) -> Response<'static> {
    let number = server.info().model.map_or(0, |model| model.number);
    server.handle(Request::RollBack { number })
}

/// Sends a window in parts of `size` samples. Returns the last response.
fn score(server: &mut Server<'_, Flash>, x: &[f32], size: usize) -> Response<'static> {
    let mut last = Response::Refused(Refusal::NoModel);
    for (i, samples) in bytes(x).chunks(4 * size).enumerate() {
        last = server.handle(Request::Window { offset: narrow(i * size), samples });
    }
    last
}

/// The outputs that the host computes for a window.
fn scores(model: &Model<'_>, x: &[f32]) -> heapless::Vec<f32, MAX_OUTPUTS> {
    heapless::Vec::from_slice(model.score(x, &mut [0.0; WORK]).unwrap().outputs()).unwrap()
}

proptest! {
    #[test]
    fn scores_equal_the_hosts_bit_for_bit(x in vec(-1e6_f32..1e6, 30), part in 1..40_usize, chunk in 1..300_usize) {
        let model = model(30, 0.3);
        let mut server = server();
        prop_assert_eq!(send(&mut server, &file(&model), chunk), loaded(&model, 1, 0));
        for _ in 0..2 {
            prop_assert_eq!(score(&mut server, &x, part), Response::Scores(scores(&model, &x)));
        }
    }

    #[test]
    fn hostile_requests_are_answered(
        requests in vec((0..14_u8, 0..50_u16, 0..3_u16, vec(any::<u8>(), 0..200)), 0..60),
    ) {
        let mut server = server();
        send(&mut server, &file(&model(30, 0.3)), 64);
        for (kind, total, offset, bytes) in requests {
            let response = server.handle(match kind {
                0 => Request::Window { offset: offset * 8, samples: &bytes },
                1 => Request::Push { total, crc: 1 },
                2 => Request::Part { offset: offset * 8, bytes: &bytes },
                3 => Request::Commit { signature: None },
                4 => Request::RollBack { number: total.into() },
                5 => Request::Open { signal: total % 8, hop: offset, growing: total > 25 },
                6 => Request::Samples { signal: total % 8, offset: (offset * 8).into(), samples: &bytes },
                7 => Request::Close { signal: Some(total) },
                8 => Request::Golden { seed: total.into(), windows: 40 },
                9 => Request::Health,
                10 => Request::Info,
                12 => Request::Sweep { samples: &bytes },
                11 => Request::Watch { trigger: Some(Trigger { class: offset as u8, on: 0.5, off: 0.0, refractory: 3 }) },
                _ => Request::Reset,
            });
            // Random bytes fail the checksum of a model.
            prop_assert!(!matches!(response, Response::Loaded { .. }), "{:?}", response);
        }
        server.handle(Request::Close { signal: None });
        prop_assert!(matches!(score(&mut server, &[1.0; 30], 30), Response::Scores(_)));
    }

    #[test]
    fn a_good_request_is_answered_after_any_noise(noise in vec(any::<u8>(), 0..4000)) {
        let answers = conversation::conversation(&mut server(), &[&noise[..], &[0], &conversation::frame(5, &Request::Info)].concat());
        let (last, others) = answers.split_last().unwrap();
        prop_assert_eq!(last, &(5, true));
        prop_assert!(others.iter().all(|answer| answer == &(UNREAD, false)), "{:?}", others);
    }
}

#[test]
fn a_refused_model_leaves_the_previous_one_in_service() {
    let mut server = server();
    assert_eq!(score(&mut server, &[0.0; 30], 30), Response::Refused(Refusal::NoModel));
    let (first, second) = (model(30, 0.3), model(30, 0.4));
    let good = file(&first);
    assert_eq!(send(&mut server, &good, 100), loaded(&first, 1, 0));
    let before = score(&mut server, &[1.5; 30], 30);

    let refused = |error| Response::Refused(Refusal::Model(error));
    // Files that do not begin as a model that fits: nothing is erased, and the upload is dropped.
    let begin = |server: &mut Small, file: &[u8]| {
        server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) });
        let refused = server.handle(Request::Part { offset: 0, bytes: file });
        assert_eq!(server.handle(Request::Commit { signature: None }), Response::Refused(Refusal::NoPush));
        refused
    };
    assert_eq!(begin(&mut server, &with_crc(&good[..5])), refused(ModelError::Length));
    assert_eq!(begin(&mut server, &with_crc(&[7; 60])), refused(ModelError::NotAModel));
    let long = refused(ModelError::Capacity(Capacity::Window));
    assert_eq!(begin(&mut server, &file(&model(257, 0.3))), long);
    let mut flipped = file(&second);
    flipped[40] ^= 4;
    assert_eq!(send(&mut server, &flipped, 100), refused(ModelError::Checksum));
    // A valid checksum, but a window of 0 samples.
    let mut no_samples = good[..good.len() - 4].to_vec();
    no_samples[9..11].copy_from_slice(&[0, 0]);
    let code = awd_core::Invalid::Window.code();
    assert_eq!(send(&mut server, &with_crc(&no_samples), 100), refused(ModelError::Invalid { code }));
    assert_eq!(score(&mut server, &[1.5; 30], 30), before);

    // A file that is in service is not written again.
    let crc = trailer(&good);
    let total = narrow(good.len());
    assert_eq!(server.handle(Request::Push { total, crc }), Response::Received { next: total });
    assert_eq!(server.handle(Request::Commit { signature: None }), loaded(&first, 1, 0));

    // The file must have the CRC-32 that the push announced.
    server.handle(Request::Push { total: narrow(good.len()), crc: 1 });
    send_parts(&mut server, &good, 0, 50);
    assert_eq!(server.handle(Request::Commit { signature: None }), refused(ModelError::Checksum));
    assert_eq!(server.handle(Request::Commit { signature: None }), Response::Refused(Refusal::NoPush));
    assert_eq!(score(&mut server, &[1.5; 30], 30), before);

    // The numbers of refused models are used again.
    assert_eq!(send(&mut server, &file(&second), 100), loaded(&second, 2, 0));
    assert_ne!(score(&mut server, &[1.5; 30], 30), before);
}

#[test]
fn a_board_starts_with_the_latest_model_and_rolls_back_to_the_previous_one() {
    let models = [0.3, 0.4, 0.5].map(|tap| model(30, tap));
    let mut server = server();
    assert_eq!(roll_back(&mut server), Response::Refused(Refusal::NoModel));
    send(&mut server, &file(&models[0]), 100);
    assert_eq!(roll_back(&mut server), Response::Refused(Refusal::NoOther));
    send(&mut server, &file(&models[1]), 100);
    let restart = |server: Small| started(server.into_flash());
    let mut server = restart(server);
    assert_eq!(score(&mut server, &[1.5; 30], 30), Response::Scores(scores(&models[1], &[1.5; 30])));
    assert_eq!(roll_back(&mut server), loaded(&models[0], 1, 0));
    let mut server = restart(server);
    assert_eq!(score(&mut server, &[1.5; 30], 30), Response::Scores(scores(&models[0], &[1.5; 30])));
    // The same request again, across the restart.
    let repeated = server.handle(Request::RollBack { number: 2 });
    assert_eq!(repeated, Response::Refused(Refusal::NotInService { number: 1 }));
    assert_eq!(roll_back(&mut server), Response::Refused(Refusal::NoOther));
    assert_eq!(send(&mut server, &file(&models[2]), 100), loaded(&models[2], 3, 0));
    // An upload leaves the previous model in place.
    let other = file(&models[1]);
    server.handle(Request::Push { total: narrow(other.len()), crc: trailer(&other) });
    server.handle(Request::Part { offset: 0, bytes: &other[..100] });
    assert_eq!(roll_back(&mut server), loaded(&models[0], 1, 0));
    send_parts(&mut server, &other, 100, 50);
    assert_eq!(server.handle(Request::Commit { signature: None }), loaded(&models[1], 4, 0));
    let mut server = restart(server);
    assert_eq!(server.info().model.map(|model| model.number), Some(4));
    assert_eq!(score(&mut server, &[1.5; 30], 30), Response::Scores(scores(&models[1], &[1.5; 30])));
}

#[test]
fn a_power_failure_at_any_byte_of_an_upload_leaves_a_good_model() {
    let models = [0.3, 0.4].map(|tap| model(30, tap));
    let mut server = server();
    send(&mut server, &file(&models[0]), 100);
    let flash = server.into_flash();
    let mut uncut = started(flash.powered());
    send(&mut uncut, &file(&models[1]), 100);
    let bytes = uncut.into_flash().changed - flash.changed;
    for cut in 0..=bytes {
        let mut server = started(flash.powered().failing_after(cut, 0));
        let file = file(&models[1]);
        server.handle(Request::Push { total: narrow(file.len()), crc: trailer(&file) });
        for (i, bytes) in file.chunks(100).enumerate() {
            server.handle(Request::Part { offset: narrow(100 * i), bytes });
        }
        let done = matches!(server.handle(Request::Commit { signature: None }), Response::Loaded { .. });
        assert_eq!(done, cut == bytes, "{cut}");
        // A flash failure leaves the previous model in service,
        let expected = Response::Scores(scores(&models[usize::from(done)], &[1.5; 30]));
        assert_eq!(score(&mut server, &[1.5; 30], 30), expected, "{cut}");
        // and so does a restart, unless the record was already complete.
        let mut again = started(server.into_flash().powered());
        let after = score(&mut again, &[1.5; 30], 30);
        assert!(after == expected || after == Response::Scores(scores(&models[1], &[1.5; 30])), "{cut}");
    }
    assert!(bytes > 1000);
}

#[test]
fn an_interrupted_upload_resumes_where_it_stopped() {
    let mut server = server();
    let (first, other) = (file(&model(30, 0.3)), file(&model(30, 0.4)));
    let push = |server: &mut Small, file: &[u8]| {
        server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) })
    };
    assert_eq!(server.handle(Request::Part { offset: 0, bytes: &[1] }), Response::Refused(Refusal::NoPush));
    assert_eq!(push(&mut server, &first), Response::Received { next: 0 });
    send_parts(&mut server, &first[..77], 0, 50);
    let offset = |expected| Response::Refused(Refusal::Offset { expected });
    assert_eq!(server.handle(Request::Part { offset: 70, bytes: &first[70..] }), offset(77));
    assert_eq!(server.handle(Request::Commit { signature: None }), Response::Refused(Refusal::Incomplete { next: 77 }));
    assert_eq!(push(&mut server, &first), Response::Received { next: 77 });
    // A different file starts at offset 0.
    assert_eq!(push(&mut server, &other), Response::Received { next: 0 });
    assert_eq!(push(&mut server, &first), Response::Received { next: 0 });
    send_parts(&mut server, &first, 0, 50);
    let over = server.handle(Request::Part { offset: narrow(first.len()), bytes: &[0] });
    assert_eq!(over, Response::Refused(Refusal::TooLong { capacity: 0 }));
    assert!(matches!(server.handle(Request::Commit { signature: None }), Response::Loaded { .. }));
    // The largest file fills a slot.
    let capacity = 1024 - 64;
    assert_eq!(server.info().max_model, capacity);
    let over = server.handle(Request::Push { total: capacity + 1, crc: 1 });
    assert_eq!(over, Response::Refused(Refusal::TooLong { capacity }));
}
