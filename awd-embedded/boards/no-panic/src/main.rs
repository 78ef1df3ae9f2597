//! A program that links only if reading a model, scoring a window and serving a line cannot panic, whatever bytes and samples
//! come.
//!
//! `cargo xtask no-panic` links it, and nothing runs it. Where the linker misses `awd_can_panic`, this names the
//! caller:
//!
//! ```sh
//! CARGO_PROFILE_RELEASE_DEBUG=true cargo build --release --target thumbv7em-none-eabihf --features show
//! llvm-objdump --disassemble --line-numbers --demangle target/thumbv7em-none-eabihf/release/awd-no-panic
//! ```
//!
//! The lines before each branch to `core::panicking` or `expect_failed` are those that can panic.
#![no_std]
#![no_main]

use awd_core::model::Draft;
use awd_core::score::{Stream, Timing, Track, Tracks};
use awd_core::{Boundary, Dwt, Health, Layout, Lifting, Model, Q14};
use awd_embedded::receive::Ring;
use awd_embedded::slots::Mapped;
use awd_embedded::{Board, Server};
use core::convert::Infallible;
use core::hint::black_box;
use core::panic::PanicInfo;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};

/// The optimiser knows neither what is in these nor, behind `black_box`, how long they are.
static FILE: &[u8] = &[0];
static WINDOW: &[f32] = &[0.0];

/// Where the linker starts from: what cannot be reached from here is not linked.
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
    facts(&model);
    black_box(Server::<_, 64, 64, 64>::new(Nothing, None).serve(&mut Nothing)).ok();
    let mut ring = Ring::<64>::new();
    let (mut sender, mut receiver) = ring.split();
    sender.push(black_box(0));
    black_box((receiver.take(black_box(&mut [0])), receiver.lost()));
}

/// A line and flash of which nothing is known.
struct Nothing;

impl embedded_io::ErrorType for Nothing {
    type Error = Infallible;
}

impl Read for Nothing {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        buffer.fill(black_box(0));
        Ok(black_box(0))
    }
}

impl Write for Nothing {
    fn write(&mut self, _: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(1))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Board for Nothing {}

impl nor_flash::ErrorType for Nothing {
    type Error = Infallible;
}

impl ReadNorFlash for Nothing {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(black_box(0));
        Ok(())
    }

    fn capacity(&self) -> usize {
        black_box(0)
    }
}

impl Mapped for Nothing {
    fn bytes(&self) -> &[u8] {
        black_box(FILE)
    }
}

impl NorFlash for Nothing {
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

/// All that a model says of itself.
fn facts(model: &Model<'_>) {
    let band = black_box(0);
    black_box((model.window(), model.image(), model.bands(), model.band_len(band), model.parameters()));
    black_box((model.range(), model.moments().last(), model.provenance(), model.terms().last()));
    black_box((model.bias().last(), model.weights().last(), model.work_len()));
    let read = black_box(model.header()).model(black_box(FILE));
    black_box(read.score(black_box(WINDOW), black_box(&mut [0.0]))).ok();
}

/// A model on windows, of any layout and of a fixed one.
fn windows(model: &Model<'_>, work: &mut [f32]) {
    let mut health = Health::new(black_box(None));
    let unrolled = model.unrolled::<Shape>().and_then(|scorer| scorer.score(black_box(WINDOW), work));
    let observed = model.score_observed(black_box(WINDOW), work, &mut health);
    for scores in [model.score(black_box(WINDOW), work), unrolled, observed].into_iter().flatten() {
        black_box((scores.outputs(), scores.class(), scores.probabilities()));
    }
    black_box((health.counts(), health.drift()));
}

/// A model on one signal and on many.
fn signals(model: Model<'_>, state: &mut [f32], work: &mut [f32]) {
    let timing = black_box(Timing { hop: 1, growing: false });
    if let Ok(mut stream) = Stream::new(model, timing, state, work) {
        stream.push_block(black_box(WINDOW), |count, scores| {
            black_box((count, scores.class()));
        });
        stream.reset();
    }
    let mut room = [Track::default(); 4];
    if let Ok(mut tracks) = Tracks::new(model, timing, black_box(&mut room[..]), state, work) {
        black_box(tracks.push(black_box(1), black_box(0.0))).ok();
        black_box((tracks.end(black_box(2)), tracks.evict(), tracks.ids().last()));
    }
}

/// A model on images, in a buffer and in place.
fn images(model: &Model<'_>, buffer: &mut [f32], work: &mut [f32]) {
    let Ok(scorer) = model.images::<1>() else { return };
    black_box((scorer.images().buffer_len(), scorer.images().work_len()));
    black_box(scorer.score(black_box(WINDOW), buffer, work)).ok();
    black_box(scorer.score_in_place(buffer, work)).ok();
}

/// All that there is without a model.
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

/// The same without a floating-point unit.
fn integers(lifting: &Lifting<Q14>, coefficients: &mut [i16], work: &mut [i16]) {
    let dwt = Dwt::new(lifting.clone(), black_box(Boundary::Zero), black_box(1));
    let visit = |band: usize, c: &[i16]| {
        black_box((band, c));
    };
    black_box(dwt.analyze(black_box(&[0]), work, visit)).ok();
    black_box(dwt.synthesize(coefficients, work, black_box(&mut [0]))).ok();
}

/// A layout to unroll.
struct Shape;

impl Layout for Shape {
    const WINDOW: usize = 40;
    const LEVELS: usize = 4;
    const BOUNDARY: Boundary = Boundary::Symmetric;
    const FILTER_LEN: usize = 4;
    const ORIGIN: [i8; 2] = [0, 1];
    const STEPS: &'static [(i8, [bool; 2])] = &[(1, [true, false]), (-1, [true, true]), (0, [true, false])];
}

/// Nothing defines what it calls, so that the linker refuses a program that reaches it.
#[cfg(not(feature = "show"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    #[expect(unsafe_code, reason = "a symbol that does not exist")]
    unsafe extern "C" {
        safe fn awd_can_panic() -> !;
    }
    awd_can_panic()
}

/// Links whatever panics; the place is used, so that each caller still says its own.
#[cfg(feature = "show")]
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info.location());
    loop {}
}
