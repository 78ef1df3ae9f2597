//! The host's side against the board's: in a thread over a bad line, and in the emulator.

use super::*;
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Lifting, Model, Readout, Spec, Step, Term};
use awd_embedded::Server;
use awd_embedded::frame::Frame;
use awd_embedded::protocol::{MAX_FRAME, encode};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;
use std::io::Write;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// A wavelet of ten taps, four levels, every kind of feature, three outputs.
fn model(window: u16) -> Model {
    let steps = [(0, [-0.31, 0.0]), (-1, [0.87, 0.11]), (1, [-0.42, 0.29]), (-2, [0.05, -0.77]), (2, [0.6, 0.013])];
    let steps = steps.map(|(offset, taps)| Step::new(offset, taps));
    let features = [
        Feature::Largest(2),
        Feature::Smallest(0),
        Feature::AbsSum,
        Feature::RootEnergy,
        Feature::LogAbsSum,
        Feature::LogEnergy,
        Feature::FirstMoment,
        Feature::Centroid,
    ];
    let terms = (0..5).flat_map(|band| features.map(|feature| Term { band, feature })).collect();
    Model::new(Spec {
        window,
        dwt: Dwt::new(Lifting::new(10, [3, -2], &steps).unwrap(), Boundary::Zero, 4),
        terms,
        readout: Readout {
            kind: Kind::Softmax,
            bias: [0.25, -3.5, 1e-3].into_iter().collect(),
            weights: (0..120_u8).map(|i| (f32::from(i) * 1.7).sin()).collect(),
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
    model.to_bytes(&mut [0; awd_core::format::MAX_BYTES]).unwrap().to_vec()
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

/// Scores `count` random windows of many magnitudes on the board and here; they are equal to the bit.
fn scores_agree(device: &mut Device, model: &Model, count: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut work = vec![0.0; model.work_len()];
    for _ in 0..count {
        let scale = 10_f32.powi(random.random_range(-12..6));
        let window: Vec<f32> = (0..model.window()).map(|_| scale * random.random_range(-1.0..1.0_f32)).collect();
        let here = model.score(&window, &mut work).unwrap();
        assert_eq!(bits(&device.score(&window).unwrap()), bits(here.outputs()));
    }
}

/// A board's end of the line: what happens to each datagram is up to `damage`, which is told its number.
struct Line {
    socket: UdpSocket,
    incoming: std::vec::IntoIter<u8>,
    count: usize,
    damage: fn(usize, &mut Vec<u8>),
}

impl embedded_io::ErrorType for Line {
    type Error = Infallible;
}

impl embedded_io::Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> std::result::Result<usize, Infallible> {
        while self.incoming.len() == 0 {
            let mut datagram = vec![0; MAX_FRAME];
            let len = self.socket.recv(&mut datagram).unwrap();
            datagram.truncate(len);
            self.count += 1;
            (self.damage)(self.count, &mut datagram);
            self.incoming = datagram.into_iter();
        }
        Ok(buffer.iter_mut().zip(&mut self.incoming).map(|(slot, byte)| *slot = byte).count())
    }
}

impl embedded_io::Write for Line {
    fn write(&mut self, buffer: &[u8]) -> std::result::Result<usize, Infallible> {
        self.socket.send(buffer).unwrap();
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::result::Result<(), Infallible> {
        Ok(())
    }
}

/// A device whose board is a thread, at the other end of a line that does `damage` to what the host sends.
fn threaded(damage: fn(usize, &mut Vec<u8>)) -> Device {
    let [host, board] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    host.connect(board.local_addr().unwrap()).unwrap();
    board.connect(host.local_addr().unwrap()).unwrap();
    let mut line = Line { socket: board, incoming: Vec::new().into_iter(), count: 0, damage };
    std::thread::spawn(move || Server::<2048, 1024>::new().serve(&mut line));
    Device { link: Link::new(host, Duration::from_millis(500)), emulator: None, window: None }
}

#[test]
fn a_board_scores_as_the_host_does() {
    let mut device = threaded(|_, _| ());
    let info = device.info().unwrap();
    assert_eq!((info.max_window, info.max_work), (1024, 2048));
    for window in [32, 140, 1000] {
        let model = model(window);
        device.load(&file(&model)).unwrap();
        scores_agree(&mut device, &model, 20);
    }
}

#[test]
fn lost_and_damaged_frames_are_sent_again() {
    let mut device = threaded(|count, bytes| match (count % 11, bytes.get_mut(2)) {
        (1, _) => bytes.clear(),
        (6, Some(byte)) => *byte ^= 0x10,
        _ => (),
    });
    let model = model(600);
    device.load(&file(&model)).unwrap();
    scores_agree(&mut device, &model, 10);
}

#[test]
fn a_silent_board_is_an_error_and_not_for_ever() {
    let mut device = threaded(|_, bytes| bytes.clear());
    let start = Instant::now();
    let error = device.info().unwrap_err();
    assert_eq!(error.to_string(), "emulated board: no answer within 0.5 s (asked 3 times)");
    assert_eq!(error.exit_code(), 1);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn refusals_are_named() {
    let mut device = threaded(|_, _| ());
    let refused = |result: Result<()>| {
        let error = result.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    assert_eq!(refused(device.score(&[1.0; 140]).map(drop)), "emulated board: refused: window: no model is loaded");
    let model = model(140);
    let good = file(&model);
    device.load(&good).unwrap();
    assert_eq!(refused(device.score(&[1.0; 139]).map(drop)), "emulated board: window: 140 samples; these are 139");
    let mut damaged = good.clone();
    damaged[30] ^= 1;
    assert_eq!(refused(device.load(&damaged)), "emulated board: refused: model: the CRC-32 does not match");
    assert!(refused(device.load(&[])).ends_with("model: shorter than header and checksum"));
    assert!(refused(device.load(&vec![0; 5000])).ends_with("length: there is room for 4096"));
    assert!(refused(device.load(&vec![0; 70_000])).contains("at most 65535"));
    assert!(refused(device.load(&file(&super::tests::model(1025)))).contains("model: window: at most this board's"));
    // The last good one still serves.
    scores_agree(&mut device, &model, 3);
}

#[test]
fn a_missing_firmware_is_bad_input() {
    let error = Device::qemu(Path::new("no/such/firmware")).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().starts_with("no/such/firmware: firmware: "), "{error}");
}

/// The emulated board, or nothing and a loud line where there is none.
fn emulated() -> Option<Device> {
    // Not by a macro: what those print is hidden when a test passes.
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
        device.load(&file(&model)).unwrap();
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
    assert!(logs[1].contains("model loaded: window 32, terms 40, outputs 3"), "{logs:?}");
    assert_eq!(logs.len(), 5, "one for each model, none for a window: {logs:?}");
}

#[test]
fn the_emulated_board_names_what_is_wrong_with_a_frame() {
    let Some(mut device) = emulated() else { return };
    let mut buffer = [0; MAX_FRAME];
    let request = Request::Window { offset: 0, samples: &[0x5a; 100] };
    let good = encode(1, &request, &mut buffer).unwrap().to_vec();
    let mut lost = |bytes: &[u8]| {
        device.link.send(bytes).unwrap();
        device.link.answer(|_| Some(())).unwrap_err()
    };
    assert_eq!(lost(&[&good[..50], &[0]].concat()), Fault::Lost("frame: ends inside a run of bytes".into()));
    let mut flipped = good.clone();
    flipped[40] ^= 0x08;
    assert_eq!(lost(&flipped), Fault::Lost("frame: the CRC-32 does not match".into()));
    assert_eq!(lost(&[5, 1, 1, 1, 1, 0]), Fault::Lost("frame: shorter than header and checksum".into()));
    assert_eq!(
        lost(&[vec![7; 2 * MAX_FRAME], vec![0]].concat()),
        Fault::Lost("frame: longer than the receiver's buffer".into())
    );
    let mut unknown = [0; 32];
    let unknown = Frame { sequence: 0, payload: &[99] }.encode(&mut unknown).unwrap();
    assert_eq!(lost(unknown), Fault::Lost("frame: the checksum is right but the payload is no message".into()));

    // It is none the worse for it.
    let model = model(140);
    device.load(&file(&model)).unwrap();
    scores_agree(&mut device, &model, 3);
    assert!(device.load(&[1; 99]).is_err());
    scores_agree(&mut device, &model, 3);
    let logs = device.logs();
    assert_eq!(logs.iter().filter(|line| line.starts_with("WARN bad frame: ")).count(), 5, "{logs:?}");
    assert!(logs.iter().any(|line| line == "WARN model refused: NotAModel"), "{logs:?}");
}

#[test]
fn an_emulator_that_ended_is_named() {
    let Some(mut device) = emulated() else { return };
    device.emulator.as_mut().unwrap().kill();
    // The link alone would say that there is no answer.
    let error = device.info().unwrap_err().to_string();
    assert!(error.starts_with("emulated board: it ended ("), "{error}");
}
