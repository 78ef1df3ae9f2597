//! Measures a score in fixed point of a window of 40 samples. Prints instructions and bytes of stack, separated by a
//! tab. For the same model in `f32`, see `Model::score` in the output of the program `cost`.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_core::Model;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The model file that the build script wrote from models.rs.
const FIXED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fixed.awd"));

/// The data of a score.
struct Data<'a> {
    model: Model<'a>,
    x: &'a mut [i16],
    work: &'a mut [i16],
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let model = Model::from_bytes(black_box(FIXED));
    let Ok(model) = &model else { unreachable!("the build script wrote it") };
    // Neither sorted nor smooth, as in the other cases.
    let mut x: [i16; 40] = core::array::from_fn(|i| ((i * i * 7) % 31) as i16 * 8 - 120);
    let work = &mut [0; 64][..model.work_len()];
    let mut data = Data { model: *model, x: &mut x, work };
    assert!(data.model.score_fixed(data.x, data.work).is_ok(), "the model is in fixed point");
    let call = |data: &mut Data<'_>| {
        let _ = black_box(data.model.score_fixed(data.x, data.work).map(|scores| scores.class()));
    };
    let peak = stack::peak(call, &mut data);
    println!("{:.0}\t{peak}", counter.instructions(call, &mut data));
    exit(0)
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
