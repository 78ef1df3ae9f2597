//! Tests with the emulated board.

use super::*;
use awd_core::score::{Track, Tracks};
use ndarray::Array2;

/// The emulated board. If there is none, prints that the test is skipped and returns `None`.
pub(super) fn emulated() -> Option<Device> {
    // Not printed by a macro: that output is hidden when a test passes.
    let skipped = |why: String| {
        let _ = std::io::stderr().write_all(format!("SKIPPED, NOT PASSED: the emulated board: {why}\n").as_bytes());
    };
    let Some(firmware) = std::env::var_os(firmware::VARIABLE) else {
        skipped(format!("{} is not set", firmware::VARIABLE));
        return None;
    };
    match Device::qemu(Path::new(&firmware)) {
        Ok(device) => Some(device),
        Err(error) if error.to_string().contains("not installed") => {
            skipped(error.to_string());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_emulated_board_scores_as_the_host_does() {
    let Some(mut device) = emulated() else { return };
    let info = device.info().unwrap();
    assert_eq!(info.max_window, usize::from(awd_core::model::MAX_WINDOW));
    for window in [32, 1024, 4096, 140] {
        let model = model(window);
        device.load(&model).unwrap();
        scores_agree(&mut device, &model, 30);
    }
    let window = vec![0.5; 140];
    let start = Instant::now();
    let count = 500;
    for _ in 0..count {
        device.score(&window).unwrap();
    }
    println!("{:.0} windows of 140 samples a second", f64::from(count) / start.elapsed().as_secs_f64());

    let logs = device.logs();
    assert!(logs[0].starts_with("INFO ready: "), "{logs:?}");
    assert!(logs[1].contains("model 1 in service: window 32, features 40, outputs 3"), "{logs:?}");
    assert_eq!(logs.len(), 5, "one line for each model, none for windows: {logs:?}");

    // The models in the slots survive a reset.
    assert_eq!(device.reset().unwrap().model.unwrap().number, 4);
    scores_agree(&mut device, &model(140), 3);
}

/// Sends the samples of many growing tracks in turn, one at a time, and compares each score with the host's.
fn tracks_agree(device: &mut Device, count: u16, model: &Model, samples: u32) {
    device.load(model).unwrap();
    assert!(device.info().unwrap().signals() >= count.into());
    let (mut states, mut kept) = (vec![Track::default(); count.into()], vec![0.0; usize::from(count) * model.window()]);
    let mut work = vec![0.0; model.work_len()];
    let mut here = Tracks::new(model.view(), Timing::growing(), &mut states, &mut kept, &mut work).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for signal in 0..count {
        device.open_signal(signal, Timing::growing()).unwrap();
    }
    for offset in 0..samples {
        for signal in 0..count {
            let sample = random.random_range(-2.0..2.0_f32);
            let scored = device.push_samples(signal, offset, &[sample]).unwrap();
            let expected = here.push(signal.into(), sample).unwrap().unwrap();
            assert_eq!((scored.next, scored.first), (offset + 1, offset + 1));
            assert_eq!(bits(&scored.outputs), bits(expected.outputs()), "signal {signal}, sample {offset}");
        }
    }
    device.close_signals().unwrap();
}

#[test]
fn two_hundred_tracks_on_the_emulated_board_score_as_on_the_host() {
    let Some(mut device) = emulated() else { return };
    // More samples than a window, so that it slides at the end.
    tracks_agree(&mut device, 200, &model(40), 44);
}

#[test]
fn ten_tracks_on_the_emulated_smallest_board_score_as_on_the_host() {
    if emulated().is_none() {
        return;
    }
    let mut device = Device::qemu(&firmware::locate("microbit").unwrap()).unwrap();
    tracks_agree(&mut device, 10, &model(140), 150);
}

#[test]
fn boards_without_a_floating_point_unit_serve_models_in_fixed_point_in_integers() {
    if emulated().is_none() {
        return;
    }
    let model = model_in_integers(140);
    let mut random = ChaCha8Rng::seed_from_u64(3);
    // Some samples are out of range, and one is not finite.
    let mut windows = Array2::from_shape_simple_fn((20, 140), || random.random_range(-1100.0..1100.0_f32));
    windows[[7, 30]] = f32::NAN;
    for (board, integers) in [("mps2-an386", false), ("microbit", true)] {
        let mut device = Device::qemu(&firmware::locate(board).unwrap()).unwrap();
        device.load(&model).unwrap();
        assert_eq!(device.integers(), integers, "{board}");
        verify_golden(&mut device, &model, 48, &silent).unwrap();
        verify_windows(&mut device, &model, windows.view(), &silent).unwrap();
        let health = device.health().unwrap();
        assert_eq!((health.windows, health.not_finite, health.clamped > 0), (20, 1, integers), "{health:?}");
        // The two computations differ, so a comparison with the wrong one fails.
        device.integers = !integers;
        assert!(verify_windows(&mut device, &model, windows.view(), &silent).is_err());
    }
}

#[test]
fn the_emulated_board_names_what_is_wrong_with_a_frame() {
    let Some(mut device) = emulated() else { return };
    let mut buffer = [0; 1024];
    let request = Request::Window { offset: 0, samples: &[0x5a; 100] };
    let good = encode(1, &request, &mut [0; 1024], &mut buffer).unwrap().to_vec();
    let mut fault = |bytes: &[u8]| {
        device.link.send(bytes).unwrap();
        device.link.answer(&mut |_| Some(())).unwrap_err()
    };
    assert_eq!(fault(&[&good[..50], &[0]].concat()), Fault::Lost("frame: ends inside a COBS block".into()));
    let mut flipped = good.clone();
    flipped[40] ^= 0x08;
    assert_eq!(fault(&flipped), Fault::Lost("frame: the CRC-32 does not match".into()));
    assert_eq!(fault(&[5, 1, 1, 1, 1, 0]), Fault::Lost("frame: shorter than header and checksum".into()));
    let long = [vec![7; 560], vec![0]].concat();
    assert_eq!(fault(&long), Fault::Lost("frame: longer than the receiver's buffer".into()));
    let mut unknown = [0; 32];
    let unknown = frame::encode(0, &[99], &mut unknown).unwrap();
    assert_eq!(fault(unknown), Fault::Lost("frame: the checksum matches but the payload is not a message".into()));

    // The bad frames have no effect.
    let model = model(140);
    device.load(&model).unwrap();
    scores_agree(&mut device, &model, 3);
    assert!(device.push(&[1; 99], None, &silent).is_err());
    scores_agree(&mut device, &model, 3);
    let health = device.health().unwrap();
    assert_eq!((health.bad_frames, health.lost), (4, 0));
    let logs = device.logs();
    assert_eq!(logs.iter().filter(|line| line.starts_with("WARN bad frame: ")).count(), 5, "{logs:?}");
    assert!(logs.iter().any(|line| line == "WARN model refused: NotAModel"), "{logs:?}");
}

#[test]
fn the_emulated_board_outlives_noise() {
    let Some(mut device) = emulated() else { return };
    let model = model(140);
    device.load(&model).unwrap();
    // Noise; frames with valid checksums and invalid messages; more bytes at once than the board reads; and lost frame
    // delimiters.
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for i in 0..1500 {
        let len = random.random_range(1..700);
        let mut bytes: Vec<u8> = (0..len).map(|_| random.random()).collect();
        if i % 2 == 0 {
            let mut buffer = [0; 1024];
            // No push, as the free slot holds no model that it could replace, and no reset, which would make the test
            // short.
            bytes[0] = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 77][i % 11];
            bytes = frame::encode(bytes[1 % len], &bytes[..len.min(500)], &mut buffer).unwrap().to_vec();
        }
        device.link.send(&bytes).unwrap();
        if i % 100 == 99 {
            // Read the answers, as a host would.
            device.link.send(&[0]).unwrap();
            device.link.drain(Duration::from_millis(300));
            let health = device.health().unwrap();
            assert!(health.bad_frames > 0, "{health:?}");
        }
    }
    // Signals may be open now.
    device.close_signals().unwrap();
    scores_agree(&mut device, &model, 10);
    assert!(!device.logs().iter().any(|line| line.contains("panicked")));
}

#[test]
fn an_emulator_that_ended_is_named() {
    let Some(mut device) = emulated() else { return };
    device.emulator.as_mut().unwrap().kill();
    // The link alone would report a missing answer.
    let error = device.info().unwrap_err().to_string();
    assert!(error.starts_with("emulated board: it ended ("), "{error}");
}
