//! Measures a score of one model from its file. Prints instructions and bytes of stack, separated by a tab. For a model
//! in fixed point a second line has the cost in integers. At build time, AWD_MODEL names the model file.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[path = "../distilled.rs"]
mod distilled;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_core::Model;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use distilled::{FILE, WINDOW, WORK};
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The data of a score.
struct Data<'a> {
    model: Model<'a>,
    x: &'a [f32],
    work: &'a mut [f32],
    counts: &'a mut [i16],
    counts_work: &'a mut [i16],
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let model = Model::from_bytes(black_box(FILE)).expect("the build script read it");
    // Neither sorted nor smooth, as in the other cases.
    let x: [f32; WINDOW] = core::array::from_fn(|i| ((i * i * 7) % 31) as f32 - 15.0);
    let work = &mut [0.0; WORK];
    // As large as the samples of heartbeats in units of a fixed-point model.
    let counts: &mut [i16] = &mut x.map(|x| 100 * x as i16);
    let counts_work = &mut [0; WORK];
    let mut data = Data { model, x: &x, work, counts, counts_work };
    let from_file: fn(&mut Data<'_>) = |data| {
        let _ = black_box(data.model.score(data.x, data.work));
    };
    assert!(data.model.score(data.x, data.work).is_ok(), "the work space suffices");
    let in_integers: fn(&mut Data<'_>) = |data| {
        let _ = black_box(data.model.score_fixed(data.counts, data.counts_work).map(|scores| scores.class()));
    };
    let is_fixed = data.model.score_fixed(data.counts, data.counts_work).is_ok();
    for call in [from_file].into_iter().chain(is_fixed.then_some(in_integers)) {
        let peak = stack::peak(call, &mut data);
        println!("{:.0}\t{peak}", counter.instructions(call, &mut data));
    }
    exit(0)
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
