extern crate std;

use super::*;
use crate::frame::Decoder;
use crate::update::SIGNATURE_LEN;
use awd_core::model::format::CRC;
use awd_core::{FormatError, Invalid};
use core::fmt;
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes of the longest part in these tests.
const PART: usize = 1024;
const PAYLOAD: usize = PART + AROUND_PART;
const FRAME: usize = encoded_len(PAYLOAD);

fn assert_round_trip<'a, T: Serialize + Deserialize<'a> + PartialEq + fmt::Debug>(message: &T, scratch: &'a mut [u8]) {
    let mut other = std::vec![0; scratch.len()];
    let payload = to_slice(message, scratch).unwrap();
    assert_eq!(payload, postcard::to_slice(message, &mut other).unwrap());
    // A buffer that is one byte too short is an error.
    assert!(to_slice(message, &mut other[..payload.len() - 1]).is_err());
    assert_eq!(decode::<T>(payload).as_ref(), Ok(message));
}

/// Every request, with its longest fields.
fn requests(part: &[u8]) -> std::vec::Vec<Request<'_>> {
    std::vec![
        Request::Info,
        Request::Push { total: u16::MAX, crc: u32::MAX },
        Request::Part { offset: u16::MAX, bytes: part },
        Request::Commit { signature: None },
        Request::Commit { signature: Some(Signature { number: u32::MAX, bytes: &[0xff; SIGNATURE_LEN] }) },
        Request::RollBack { number: u32::MAX },
        Request::Window { offset: u16::MAX, samples: part },
        Request::Open { signal: u16::MAX, hop: u16::MAX, growing: true },
        Request::Samples { signal: u16::MAX, offset: u32::MAX, samples: part },
        Request::Close { signal: Some(u16::MAX) },
        Request::Close { signal: None },
        Request::Health,
        Request::Golden { seed: u32::MAX, windows: MAX_GOLDEN },
        Request::Reset,
        Request::Sweep { samples: part },
        Request::Watch { trigger: None },
        Request::Watch { trigger: Some(Trigger { class: 255, on: f32::MAX, off: f32::MIN, refractory: u32::MAX }) },
    ]
}

/// Every response, with its longest fields.
fn responses() -> std::vec::Vec<Response<'static>> {
    let held = Held { number: u32::MAX, crc: u32::MAX, window: u16::MAX, outputs: 8, terms: 128 };
    let (outputs, scored) = (Vec::from_array([f32::MIN_POSITIVE; MAX_OUTPUTS]), [f32::MAX; MAX_SCORED]);
    let max = u16::MAX;
    let info = Info {
        version: "1000.1000.1000-alpha.1000",
        format: 255,
        integers: true,
        images: true,
        schema: u32::MAX,
        max_model: max,
        max_window: max,
        max_work: max,
        max_payload: max,
        max_signals: max,
        max_samples: u32::MAX,
        updates: Policy::Signed { key: u32::MAX },
        model: Some(held),
    };
    let health = Health {
        windows: u64::MAX,
        not_finite: u64::MAX,
        saturated: u64::MAX,
        out_of_range: u64::MAX,
        clamped: u64::MAX,
        drift: Some(f32::MAX),
        lost: u32::MAX,
        bad_frames: u32::MAX,
        latest: outputs.clone(),
    };
    let mut responses = std::vec![
        Response::Info(info),
        Response::Received { next: max },
        Response::Loaded { model: held, signals: u16::MAX },
        Response::Scores(outputs),
        Response::Scored { next: u32::MAX, first: u32::MAX, outputs: Vec::from_array(scored), events: u32::MAX },
        Response::Health(health),
        Response::Golden { crc: u32::MAX },
        Response::Done,
        Response::Swept { taken: 255, scored: u32::MAX, outputs: Vec::from_array(scored), events: u32::MAX },
    ];
    responses.extend(refusals().into_iter().map(Response::Refused));
    responses
}

/// Every kind of refusal.
fn refusals() -> std::vec::Vec<Refusal> {
    let max = u16::MAX;
    std::vec![
        Refusal::Frame(FrameError::Version { found: 2, speaks: 3 }),
        Refusal::NoModel,
        Refusal::Model(FormatError::Invalid(Invalid::Weights).into()),
        Refusal::Offset { expected: u32::MAX },
        Refusal::TooLong { capacity: max },
        Refusal::PartialSample,
        Refusal::NoPush,
        Refusal::Incomplete { next: max },
        Refusal::NoSignal,
        Refusal::Signals { capacity: max },
        Refusal::Signal,
        Refusal::NoOther,
        Refusal::Memory,
        Refusal::Fixed,
        Refusal::NotInService { number: u32::MAX },
        Refusal::Unsigned,
        Refusal::Outdated { highest: u32::MAX },
        Refusal::Wait { seconds: u32::MAX },
        Refusal::Model(ModelError::Version { found: [255; 2] }),
        Refusal::Model(ModelError::Capacity(Capacity::InPlace)),
        Refusal::Request(Fault::Windows),
        Refusal::Request(Fault::Trigger),
    ]
}

#[test]
fn every_message_round_trips_and_fits() {
    for request in requests(&[0xff; PART]) {
        assert_round_trip(&request, &mut [0; PAYLOAD]);
        assert!(encode(255, &request, &mut [0; PAYLOAD], &mut [0; FRAME]).is_ok());
    }
    let over = Request::Window { offset: 0, samples: &[0; PART + AROUND_PART] };
    assert_eq!(encode(1, &over, &mut [0; PAYLOAD], &mut [0; FRAME]), Err(NoSpace));
    for response in responses() {
        assert_round_trip(&response, &mut [0; MAX_ANSWER]);
        assert!(encode(255, &response, &mut [0; MAX_ANSWER], &mut [0; MAX_ANSWER_FRAME]).is_ok());
    }
}

#[test]
fn a_change_of_the_messages_changes_the_hash() {
    let (mut digest, mut buffer) = (CRC.digest(), [0; 256]);
    for request in requests(&[1, 2, 3, 4]) {
        digest.update(to_slice(&request, &mut buffer).unwrap());
    }
    for response in responses() {
        digest.update(to_slice(&response, &mut buffer).unwrap());
    }
    // If this fails, a message has changed: set SCHEMA, raise VERSION if the protocol is released, and edit
    // docs/protocol.md.
    let hash = digest.finalize();
    assert_eq!(hash, SCHEMA, "the hash of the messages is {hash:#010x}");
}

#[test]
fn the_bytes_match_the_specification() {
    let window = Request::Window { offset: 256, samples: &1.0_f32.to_le_bytes() };
    assert_eq!(postcard::to_slice(&window, &mut [0; 16]), Ok(&mut [5, 0x80, 2, 4, 0, 0, 0x80, 0x3f][..]));
    let push = Request::Push { total: 300, crc: 1 };
    assert_eq!(postcard::to_slice(&push, &mut [0; 16]), Ok(&mut [1, 0xac, 2, 1][..]));
    let held = Held { number: 3, crc: 127, window: 140, outputs: 4, terms: 12 };
    let loaded = Response::Loaded { model: held, signals: 0 };
    assert_eq!(postcard::to_slice(&loaded, &mut [0; 16]), Ok(&mut [2, 3, 127, 0x8c, 1, 4, 12, 0][..]));
    // The example frame of docs/protocol.md, computed with Python's zlib.
    let frame = [0x03, 0x03, 0x01, 0x05, 0x0a, 0x56, 0x1c, 0xe4, 0x00];
    assert_eq!(encode(1, &Request::Info, &mut [0; 16], &mut [0; 16]), Ok(&frame[..]));
}

proptest! {
    #[test]
    fn hostile_bytes_decode_to_a_message_or_an_error(bytes in vec(any::<u8>(), 0..64)) {
        // Whatever decodes must encode and decode to the same message.
        if let Ok(request) = decode::<Request<'_>>(&bytes) {
            assert_round_trip(&request, &mut [0; PAYLOAD]);
        }
        if let Ok(Response::Refused(refusal)) = decode::<Response<'_>>(&bytes) {
            assert_round_trip(&Response::Refused(refusal), &mut [0; PAYLOAD]);
        }
    }

    #[test]
    fn a_damaged_stream_never_decodes_to_another_message(
        damage in vec((any::<usize>(), any::<u8>()), 1..6),
        samples in vec(any::<u8>(), 1..200),
    ) {
        let sent = Request::Window { offset: 5, samples: &samples };
        let mut buffer = [0; FRAME];
        let len = encode(9, &sent, &mut [0; PAYLOAD], &mut buffer).unwrap().len();
        for (position, byte) in damage {
            buffer[position % len] = byte;
        }
        let mut decoder = Decoder::new([0; PAYLOAD + OVERHEAD]);
        for &byte in &buffer[..len] {
            if let Some(Ok(frame)) = decoder.push(byte) {
                prop_assert_eq!((frame.sequence, decode(frame.payload)), (9, Ok(sent)));
            }
        }
    }
}
