//! A program that links only if reading a model, scoring a window and serving a line cannot panic, whatever bytes and
//! samples arrive.
//!
//! `cargo xtask no-panic` links it; it is never run. If the linker reports `awd_can_panic` as undefined, find the
//! caller with:
//!
//! ```sh
//! CARGO_PROFILE_RELEASE_DEBUG=true cargo build --release --target thumbv7em-none-eabihf --features show
//! llvm-objdump --disassemble --line-numbers --demangle target/thumbv7em-none-eabihf/release/awd-no-panic
//! ```
//!
//! The source lines printed before each branch to `core::panicking` or `expect_failed` can panic.
#![no_std]
#![no_main]

use awd_core::model::Draft;
use awd_core::score::{Stream, Timing, Track, Tracks};
use awd_core::{Boundary, Dwt, Health, Layout, Lifting, Model, Q14};
use awd_embedded::protocol::Request;
use awd_embedded::receive::Ring;
use awd_embedded::slots::Mapped;
use awd_embedded::{Board, Memory, Server, Signal};
use core::convert::Infallible;
use core::hint::black_box;
use core::panic::PanicInfo;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};

/// The optimiser knows neither the contents of these nor, behind `black_box`, their lengths.
static FILE: &[u8] = &[0];
static WINDOW: &[f32] = &[0.0];

/// The entry point. The linker drops what cannot be reached from here.
#[expect(unsafe_code, reason = "the linker looks for this name")]
#[unsafe(no_mangle)]
extern "C" fn _start() {
    let Ok(model) = Model::from_bytes(black_box(FILE)) else { return };
    windows(&model, black_box(&mut [0.0]));
    signals(model, black_box(&mut [0.0]), black_box(&mut [0.0]));
    images(&model, black_box(&mut [0.0]), black_box(&mut [0.0]));
    transforms(&model.dwt(), black_box(&mut [0.0]), black_box(&mut [0.0]));
    if let Ok(scores) = model.score_fixed(black_box(&mut [0]), black_box(&mut [0])) {
        black_box((scores.class(), scores.scores(), scores.clamped()));
    }
    integers(&model.dwt().scheme(black_box(0)).rounded(), black_box(&mut [0]), black_box(&mut [0]));
    black_box(black_box(Draft::default()).write(black_box(&mut [0]))).ok();
    properties(&model);
    serve(Memory {
        work: black_box(&mut [0.0]),
        samples: black_box(&mut [0.0]),
        signals: black_box(&mut [Signal::CLOSED]),
        request: black_box(&mut [0]),
    });
    let mut ring = Ring::<64>::new();
    let (mut sender, mut receiver) = ring.split();
    sender.push(black_box(0));
    black_box((receiver.take(black_box(&mut [0])), receiver.lost()));
}

/// Serves a line, and requests without one.
fn serve(memory: Memory<'_>) {
    let mut server = Server::new(Opaque, None, memory);
    server.limit_erases(black_box(1), || black_box(0));
    server.on_event(|event| {
        black_box(event);
    });
    black_box(server.serve(&mut Opaque)).ok();
    black_box((server.handle(black_box(Request::Info)), server.info()));
}

/// A line and flash whose behaviour the optimiser cannot know.
struct Opaque;

impl embedded_io::ErrorType for Opaque {
    type Error = Infallible;
}

impl Read for Opaque {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        buffer.fill(black_box(0));
        Ok(black_box(0))
    }
}

impl Write for Opaque {
    fn write(&mut self, _: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(1))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Board for Opaque {}

impl nor_flash::ErrorType for Opaque {
    type Error = Infallible;
}

impl ReadNorFlash for Opaque {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(black_box(0));
        Ok(())
    }

    fn capacity(&self) -> usize {
        black_box(0)
    }
}

impl Mapped for Opaque {
    fn bytes(&self) -> &[u8] {
        black_box(FILE)
    }
}

impl NorFlash for Opaque {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, _: u32, _: u32) -> Result<(), Infallible> {
        black_box(Ok(()))
    }

    fn write(&mut self, _: u32, bytes: &[u8]) -> Result<(), Infallible> {
        black_box(bytes);
        black_box(Ok(()))
    }
}

/// The properties of a model.
fn properties(model: &Model<'_>) {
    let band = black_box(0);
    black_box((model.window(), model.image(), model.bands(), model.band_len(band), model.parameters()));
    black_box((model.range(), model.moments().last(), model.provenance(), model.terms().last()));
    black_box((model.bias().last(), model.weights().last(), model.work_len()));
    let read = black_box(model.header()).model(black_box(FILE));
    black_box(read.score(black_box(WINDOW), black_box(&mut [0.0]))).ok();
}

/// Scores windows, with the general scorer and with one of known layout.
fn windows(model: &Model<'_>, work: &mut [f32]) {
    let mut health = Health::new(black_box(None));
    let unrolled = model.unrolled::<Shape>().and_then(|scorer| scorer.score(black_box(WINDOW), work));
    let observed = model.score_observed(black_box(WINDOW), work, &mut health);
    for scores in [model.score(black_box(WINDOW), work), unrolled, observed].into_iter().flatten() {
        black_box((scores.outputs(), scores.class(), scores.probabilities()));
    }
    black_box((health.counts(), health.drift()));
}

/// Scores one signal, and several signals at once.
fn signals(model: Model<'_>, state: &mut [f32], work: &mut [f32]) {
    let timing = black_box(Timing { hop: 1, growing: false });
    if let Ok(mut stream) = Stream::new(model, timing, state, work) {
        stream.push_block(black_box(WINDOW), |count, scores| {
            black_box((count, scores.class()));
        });
        stream.reset();
    }
    let mut tracks_state = [Track::default(); 4];
    if let Ok(mut tracks) = Tracks::new(model, timing, black_box(&mut tracks_state[..]), state, work) {
        black_box(tracks.push(black_box(1), black_box(0.0))).ok();
        black_box((tracks.end(black_box(2)), tracks.evict(), tracks.ids().last()));
    }
}

/// Scores images, in a buffer and in place.
fn images(model: &Model<'_>, buffer: &mut [f32], work: &mut [f32]) {
    let Ok(scorer) = model.images::<1>() else { return };
    black_box((scorer.images().buffer_len(), scorer.images().work_len()));
    black_box(scorer.score(black_box(WINDOW), buffer, work)).ok();
    black_box(scorer.score_in_place(buffer, work)).ok();
}

/// The transforms, without a model.
fn transforms(dwt: &Dwt<f32>, coefficients: &mut [f32], work: &mut [f32]) {
    let visit = |band: usize, c: &[f32]| {
        black_box((band, c));
    };
    black_box(dwt.synthesize(coefficients, work, black_box(&mut [0.0]))).ok();
    black_box(dwt.packets(black_box(WINDOW), work, visit)).ok();
    let lifting = dwt.scheme(black_box(0)).rounded();
    black_box(dwt.clone().and(&lifting)).ok();
    let size = black_box([1, 1]);
    let mut buffer = [0.0; 64];
    let buffer = black_box(&mut buffer[..]);
    black_box(dwt.analyze_image::<_, 1>(buffer, size, work, visit)).ok();
    black_box(dwt.synthesize_image(coefficients, size, work, buffer)).ok();
}

/// The transforms in integers.
fn integers(lifting: &Lifting<Q14>, coefficients: &mut [i16], work: &mut [i16]) {
    let dwt = Dwt::new(lifting.clone(), black_box(Boundary::Zero), black_box(1));
    let visit = |band: usize, c: &[i16]| {
        black_box((band, c));
    };
    black_box(dwt.analyze(black_box(&[0]), work, visit)).ok();
    black_box(dwt.synthesize(coefficients, work, black_box(&mut [0]))).ok();
}

/// A layout for the unrolled scorer.
struct Shape;

impl Layout for Shape {
    const WINDOW: usize = 40;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Symmetric;
    const FILTER_LEN: usize = 4;
    const ORIGIN: [i8; 2] = [0, 1];
    const STEPS: &'static [(i8, [bool; 2])] = &[(1, [true, false]), (-1, [true, true]), (0, [true, false])];
}

/// Calls an undefined function, so that a program that can reach it does not link.
#[cfg(not(feature = "show"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    #[expect(unsafe_code, reason = "a symbol that does not exist")]
    unsafe extern "C" {
        safe fn awd_can_panic() -> !;
    }
    awd_can_panic()
}

/// Links even if something panics. Uses the location, so that each caller still passes its own.
#[cfg(feature = "show")]
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info.location());
    loop {}
}
