//! Tests of the host with the board's code: in a thread over a faulty line, and in the emulator.

mod emulated;
#[cfg(unix)]
mod faults;
mod updates;

use super::*;
use crate::model::{Integers, Model, Readout, Spec};
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Lifting, Step, Term};
use awd_embedded::frame;
use awd_embedded::protocol::encode;
use awd_embedded::slots::Mapped;
use awd_embedded::{Arrays, Board, Server, Stop};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;
use std::io::Write;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// A model with a wavelet of ten taps, four levels, eight kinds of features and three outputs.
pub(super) fn model(window: u16) -> Model {
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
        wavelets: vec![Dwt::new(Lifting::new(10, [3, -2], &steps).unwrap(), Boundary::Zero, 4)],
        terms,
        products: vec![],
        readout: Readout {
            kind: Kind::Softmax,
            bias: [0.25, -3.5, 1e-3].into_iter().collect(),
            weights: (0..120_u8).map(|i| (f32::from(i) * 1.7).sin()).collect(),
            threshold: 0.0,
        },
        health: None,
        provenance: None,
        class_names: Vec::new(),
        image: None,
        deviation: 1.0,
        scalar: Arithmetic::Float,
        integers: Integers::default(),
    })
    .unwrap()
}

/// The same with five kinds of features, in fixed point: samples in units of 1/8, at most 1000.
fn model_in_integers(window: u16) -> Model {
    let float = model(window);
    let spec = float.spec();
    let features = [Feature::Largest(2), Feature::Smallest(0), Feature::AbsSum, Feature::LogAbsSum, Feature::LogEnergy];
    let terms: Vec<_> = (0..5).flat_map(|band| features.map(|feature| Term { band, feature })).collect();
    let n = terms.len();
    let integers = Integers {
        shifts: (0..n).map(|i| [2, 2, 6, -1, -1][i % 5]).collect(),
        point: 8,
        bias: vec![64, -896, 1],
        weights: (0..3 * n as i16).map(|i| i * 37 % 101 - 50).collect(),
    };
    let mut readout = spec.readout.clone();
    readout.weights.truncate(3 * n);
    let scalar = Arithmetic::Fixed { unit: 0.125, limit: 8000 };
    Model::new(Spec { terms, readout, integers, scalar, ..spec.clone() }).unwrap()
}

pub(super) fn file(model: &Model) -> Vec<u8> {
    model.file().to_vec()
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

/// Scores `count` random windows of many magnitudes on the board and here, and compares them bit for bit.
fn scores_agree(device: &mut Device, model: &Model, count: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut work = vec![0.0; model.work_len()];
    for _ in 0..count {
        let scale = 10_f32.powi(random.random_range(-12..6));
        let window: Vec<f32> = (0..model.window()).map(|_| scale * random.random_range(-1.0..1.0_f32)).collect();
        let here = model.view().score(&window, &mut work).unwrap();
        assert_eq!(bits(&device.score(&window).unwrap()), bits(here.outputs()));
    }
}

/// The board's end of the line. `damage` may change each datagram; its first argument is the datagram's number.
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
            let mut datagram = vec![0; 2048];
            let len = self.socket.recv(&mut datagram).unwrap();
            datagram.truncate(len);
            self.count += 1;
            (self.damage)(self.count, &mut datagram);
            self.incoming = datagram.into_iter();
        }
        Ok(buffer.iter_mut().zip(&mut self.incoming).map(|(slot, byte)| *slot = byte).count())
    }
}

impl Board for Line {}

/// Flash in memory.
pub(super) struct Ram([u8; 24576]);

impl Ram {
    /// Flash before anything is written.
    pub fn blank() -> Self {
        Self([0; 24576])
    }
}

impl ErrorType for Ram {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Ram {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> std::result::Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl Mapped for Ram {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl NorFlash for Ram {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> std::result::Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> std::result::Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        self.0[offset as usize..].iter_mut().zip(bytes).for_each(|(cell, byte)| *cell &= byte);
        Ok(())
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

/// A device whose board is a thread. `damage` changes what the host sends.
fn threaded(damage: fn(usize, &mut Vec<u8>)) -> Result<Device> {
    served(damage, |_| ())
}

/// The same with a server that is configured.
fn served(
    damage: fn(usize, &mut Vec<u8>),
    configure: impl Fn(&mut Server<'_, Ram>) + Send + 'static,
) -> Result<Device> {
    let [host, board] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    host.connect(board.local_addr().unwrap()).unwrap();
    board.connect(host.local_addr().unwrap()).unwrap();
    let mut line = Line { socket: board, incoming: Vec::new().into_iter(), count: 0, damage };
    std::thread::spawn(move || {
        let mut flash = Ram::blank();
        let mut arrays = Box::new(Arrays::<2048, 2400, 8, 600>::new());
        loop {
            let mut server = Server::new(flash, None, arrays.memory());
            configure(&mut server);
            match server.serve(&mut line) {
                Ok(Stop::Reset) => flash = server.into_flash(),
                Ok(Stop::End) => return,
            }
        }
    });
    Device::connect(Link::new(Box::new(host), Duration::from_millis(500)), "a thread".into(), None)
}

#[test]
fn a_board_scores_as_the_host_does() {
    let mut device = threaded(|_, _| ()).unwrap();
    let info = device.info().unwrap();
    assert_eq!((info.max_window, info.max_work, info.model), (2400, 2048, None));
    for window in [32, 140, 1000] {
        let model = model(window);
        device.load(&model).unwrap();
        scores_agree(&mut device, &model, 20);
    }
}

#[test]
fn lost_and_damaged_frames_are_sent_again() {
    let damage = |count: usize, bytes: &mut Vec<u8>| match (count % 11, bytes.get_mut(2)) {
        (1, _) => bytes.clear(),
        (6, Some(byte)) => *byte ^= 0x10,
        _ => (),
    };
    let mut device = threaded(damage).unwrap();
    let model = model(600);
    device.load(&model).unwrap();
    scores_agree(&mut device, &model, 10);
    // No sample of a signal is lost or taken twice either.
    let signal: Vec<f32> = (0..3000_u16).map(|i| (f32::from(i) * 0.37).sin()).collect();
    device.open_signal(3, Timing::every(75)).unwrap();
    let (mut next, mut ends) = (0_u32, 0);
    while let Some(rest) = signal.get(next as usize..).filter(|rest| !rest.is_empty()) {
        let scored = device.push_samples(3, next, rest).unwrap();
        for (i, outputs) in (0..).zip(scored.outputs.chunks(3)) {
            let end = scored.first as usize + 75 * i;
            let here = model.view().score(&signal[end - 600..end], &mut vec![0.0; model.work_len()]).unwrap();
            assert_eq!(bits(outputs), bits(here.outputs()));
            ends += 1;
        }
        next = scored.next;
    }
    assert_eq!(ends, 1 + (3000 - 600) / 75);
    device.close_signal(3).unwrap();
}

#[test]
fn events_are_reported_with_their_windows() {
    let mut device = threaded(|_, _| ()).unwrap();
    let model = model(140);
    device.load(&model).unwrap();
    let trigger = Trigger { class: 0, on: f32::MIN, off: f32::MIN, refractory: 25 };
    device.watch(Some(trigger)).unwrap();
    device.open_signal(0, Timing::every(10)).unwrap();
    // Every margin is above the thresholds, so that the first score alone is an event.
    let scored = device.push_samples(0, 0, &[0.5; 140]).unwrap();
    assert_eq!((scored.first, scored.events, scored.is_event(0), scored.is_event(1)), (140, 1, true, false));
    assert_eq!(device.push_samples(0, 140, &[0.5; 60]).unwrap().events, 0);
    let error = device.watch(Some(Trigger { class: 4, ..trigger })).unwrap_err();
    assert!(error.to_string().contains("trigger: a class of the model"), "{error}");
    device.watch(None).unwrap();
}

#[test]
fn a_silent_board_is_an_error_within_a_time_limit() {
    let start = Instant::now();
    let error = threaded(|_, bytes| bytes.clear()).err().unwrap();
    assert!(
        error.to_string().starts_with("a thread: no answer within 0.5 s (asked 3 times): check that it"),
        "{error}"
    );
    assert_eq!(error.exit_code(), 1);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_board_of_another_version_is_distinguished_from_a_bad_line() {
    let [host, board] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    host.connect(board.local_addr().unwrap()).unwrap();
    board.connect(host.local_addr().unwrap()).unwrap();
    std::thread::spawn(move || {
        // The answer of firmware with protocol 1 to a frame that it does not know: version, number 0, refused.
        while board.recv(&mut [0; 64]).is_ok() {
            board.send(&[2, 1, 2, 4, 8, 3, 2, 1, 9, 9, 9, 9, 0]).unwrap();
        }
    });
    let link = Link::new(Box::new(host), Duration::from_millis(500));
    let error = Device::connect(link, "a thread".into(), None).err().unwrap();
    let expected = "a thread: it uses protocol 1, this program 3: flash the firmware of this version";
    assert_eq!((error.to_string().as_str(), error.exit_code()), (expected, 1));
}

#[test]
fn refusals_are_named() {
    let mut device = threaded(|_, _| ()).unwrap();
    fn refused<T>(result: Result<T>) -> String {
        let error = result.err().unwrap();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }
    assert_eq!(refused(device.score(&[1.0; 140])), "a thread: refused: no model is loaded: push one");
    let model = model(140);
    device.load(&model).unwrap();
    assert_eq!(refused(device.score(&[1.0; 139])), "a thread: window: 140 samples; these are 139");
    let mut damaged = file(&super::tests::model(100));
    damaged[40] ^= 1;
    let mut push = |file: &[u8]| refused(device.push(file, None, &silent));
    assert_eq!(push(&damaged), "a thread: refused: model: the CRC-32 does not match: push it again");
    assert!(push(&[]).ends_with("model: 10 to 4096 bytes"));
    assert!(push(&vec![0; 5000]).ends_with("length: at most 4096"));
    assert!(push(&vec![0; 70_000]).contains("at most 65535"));
    assert!(push(&file(&super::tests::model(2401))).contains("model: window: at most this board's"));
    // The last valid model is still in service.
    scores_agree(&mut device, &model, 3);
}

#[test]
fn a_board_keeps_its_model_after_a_reset_and_rolls_back_to_the_previous_one() {
    let mut device = threaded(|_, _| ()).unwrap();
    let models = [model(140), model(100)];
    device.load(&models[0]).unwrap();
    device.load(&models[1]).unwrap();
    // A model that is in service already is not written again.
    assert_eq!(device.load(&models[1]).unwrap().number, 2);
    assert_eq!(device.reset().unwrap().model.unwrap().number, 2);
    scores_agree(&mut device, &models[1], 3);
    assert_eq!(device.roll_back().unwrap().model.number, 1);
    scores_agree(&mut device, &models[0], 3);
    assert_eq!(device.health().unwrap().windows, 3);
}

#[test]
fn the_error_of_a_missing_port_lists_the_ports() {
    let error = Device::open("no/such/port").err().unwrap();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().starts_with("no/such/port: port: a serial port, or qemu (No such file"), "{error}");
}

#[test]
fn a_missing_firmware_is_bad_input() {
    let error = Device::qemu(Path::new("no/such/firmware")).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().starts_with("no/such/firmware: file: "), "{error}");
}

/// A serial line that takes bytes more slowly than they are sent.
#[cfg(unix)]
#[test]
fn sending_over_a_slow_line_has_a_deadline() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).and_then(|()| unlockpt(&master)).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let kept_open = std::fs::File::options().read(true).write(true).open(&name).unwrap();
    let mut settings = tcgetattr(&kept_open).unwrap();
    settings.make_raw();
    tcsetattr(&kept_open, OptionalActions::Now, &settings).unwrap();
    let mut port = port::serial(&name).unwrap();
    let mut master = std::fs::File::from(master);
    std::thread::spawn(move || {
        while std::io::Read::read(&mut master, &mut [0; 256]).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let started = Instant::now();
    let error = port.send(&vec![0x55; 1 << 20], Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}
