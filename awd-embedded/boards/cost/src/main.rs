//! Measures what each call costs on the board. Prints a line for each case: name, instructions and bytes of stack,
//! separated by tabs.
//!
//! Run it with the emulator options in .cargo/config.toml. `cargo xtask performance` writes a page from its output.
#![no_std]
#![no_main]

mod count;
mod layouts;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
mod stack;

use awd_core::score::{Stream, Timing};
use awd_core::{Dwt, Layout, Model, Q14, Scorer, Unrolled};
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use layouts::{Circle, Zeros};
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// A call to measure. The optimiser knows neither the contents nor the lengths of the slices in the data.
type Call = fn(&mut Data<'_>);

/// The data of a call.
struct Data<'a> {
    file: &'a [u8],
    model: &'a Model<'a>,
    dwt: &'a Dwt<f32>,
    x: &'a [f32],
    work: &'a mut [f32],
    zeros: &'a Option<Scorer<'a, Zeros>>,
    circle: &'a Option<Scorer<'a, Circle>>,
    fixed: &'a Option<Unrolled<Circle, Q14>>,
    integers: &'a [i16],
    integer_work: &'a mut [i16],
    stream: &'a mut Stream<'a, 'a>,
}

/// The model files that the build script wrote from models.rs.
const ZERO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd"));
const SUMS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sums.awd"));
#[cfg(all(feature = "signs", feature = "increments", feature = "segments"))]
const INCREMENTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/increments.awd"));
#[cfg(all(feature = "signs", feature = "increments", feature = "segments", feature = "products"))]
const PRODUCTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/products.awd"));
const PERIODIZATION: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/periodization.awd"));

/// The name, model file and call of each case.
const CASES: &[(&str, &[u8], Call)] = &[
    ("`Unrolled::analyze`, 40 samples, zeros", ZERO, |d| {
        if let Some(s) = d.zeros {
            unrolled(s, d.x, d.work);
        }
    }),
    ("`Unrolled::analyze`, 64 samples, periodization", PERIODIZATION, |d| {
        if let Some(s) = d.circle {
            unrolled(s, d.x, d.work);
        }
    }),
    ("`Scorer::score`, 40 samples, zeros, the 6 largest coefficients of each of 5 bands", ZERO, |d| {
        sink(&d.zeros.as_ref().map(|s| s.score(d.x, d.work)));
    }),
    ("`Scorer::score`, 40 samples, zeros, 6 sums of each of 5 bands", SUMS, |d| {
        sink(&d.zeros.as_ref().map(|s| s.score(d.x, d.work)));
    }),
    #[cfg(all(feature = "signs", feature = "increments", feature = "segments"))]
    (
        "`Scorer::score`, 40 samples, zeros, 2 features of signs, 2 increments and 2 segment sums of each of 5 bands",
        INCREMENTS,
        |d| {
            sink(&d.zeros.as_ref().map(|s| s.score(d.x, d.work)));
        },
    ),
    #[cfg(all(feature = "signs", feature = "increments", feature = "segments", feature = "products"))]
    ("`Scorer::score`, the same and 9 products of features", PRODUCTS, |d| {
        sink(&d.zeros.as_ref().map(|s| s.score(d.x, d.work)));
    }),
    ("`Unrolled::analyze` of `i16`, 64 samples, periodization", PERIODIZATION, |d| {
        if let Some(transform) = d.fixed {
            sink(&transform.analyze(d.integers, d.integer_work, |_, band| sink(band)));
        }
    }),
    (
        "`Stream::push`, the sample that completes a window of 40, zeros, the 6 largest coefficients of each of 5 bands",
        ZERO,
        |d| {
            sink(&d.stream.push(d.x[0]));
        },
    ),
    ("`Dwt::analyze`, 40 samples, zeros", ZERO, |d| analyze(d)),
    ("`Dwt::analyze`, 64 samples, periodization", PERIODIZATION, |d| analyze(d)),
    ("`Model::score`, 40 samples, zeros, the 6 largest coefficients of each of 5 bands", ZERO, |d| {
        sink(&d.model.score(d.x, d.work))
    }),
    ("`Model::from_bytes`, 41 parameters", ZERO, |d| sink(&Model::from_bytes(d.file))),
];

/// Samples of the longest window, and of the longest work space.
const WINDOW: usize = 64;
const WORK: usize = 64;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else {
        unreachable!("the peripherals are taken once")
    };
    let mut counter = Counter::new(timer);
    // Neither sorted nor smooth, because the cost of finding the largest coefficients depends on their order.
    let samples: [f32; WINDOW] = core::array::from_fn(|i| ((i * i * 7) % 31) as f32 - 15.0);
    let integers = samples.map(|sample| (sample * 500.0) as i16);
    println!("bytes of a `Stream` without its window\t{}", size_of::<Stream<'_, '_>>());
    println!("bytes of a `Model`\t{}", size_of::<Model<'_>>());
    for &(name, file, call) in CASES {
        let model = Model::from_bytes(black_box(file));
        // Borrowed, because moving it out of the result would keep two copies on the stack.
        let Ok(model) = &model else { unreachable!("the build script wrote it") };
        let work = &mut [0.0; WORK][..model.work_len()];
        let (zeros, circle) = (model.unrolled().ok(), model.unrolled().ok());
        let dwt = &model.dwt();
        let fixed: Dwt<Q14> = dwt.rounded();
        let (state, stream_work) = (&mut [0.0; WINDOW], &mut [0.0; WORK]);
        let mut stream =
            Stream::new(*model, Timing::every(1), state, stream_work).expect("the buffers are long enough");
        stream.push_block(&samples[..model.window()], |_, _| ());
        // Built in place, because moving it would keep two copies on the stack, and the smallest board has 16 KiB of
        // RAM.
        let mut data = Data {
            file,
            model,
            dwt,
            x: &samples[..model.window()],
            work,
            zeros: &zeros,
            circle: &circle,
            fixed: &Unrolled::new(&fixed).ok(),
            integers: &integers[..model.window()],
            integer_work: &mut [0; WORK],
            stream: &mut stream,
        };
        let peak = stack::peak(call, &mut data);
        println!("{name}\t{:.0}\t{peak}", counter.instructions(call, &mut data));
    }
    exit(0)
}

/// Runs the unrolled transform with the model's coefficients.
fn unrolled<L: Layout>(scorer: &Scorer<'_, L>, x: &[f32], work: &mut [f32]) {
    sink(&scorer.transform().analyze(x, work, |_, band| sink(band)));
}

/// Runs the transform without computing features.
fn analyze(d: &mut Data<'_>) {
    sink(&d.dwt.analyze(d.x, d.work, |_, band| sink(band)));
}

/// Uses a result, so that the optimiser cannot remove its computation.
fn sink<T: ?Sized>(result: &T) {
    black_box(result);
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
