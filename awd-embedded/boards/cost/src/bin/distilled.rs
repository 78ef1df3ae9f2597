//! What a score of one model costs, with code for its layout, in the second line from its file and, of a model in fixed point, in the
//! third line in integers: instructions and bytes of stack, with a tab between them.
//! AWD_MODEL names the model's file when this is built.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[path = "../distilled.rs"]
mod distilled;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_core::{Layout, Model, Scorer, Unrolled};
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use distilled::{Distilled, FILE};
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// What a score works on.
struct Data<'a> {
    model: Model<'a>,
    scorer: Scorer<'a, Distilled>,
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
    // As in the other cases: neither sorted nor smooth.
    let x: [f32; Distilled::WINDOW] = core::array::from_fn(|i| ((i * i * 7) % 31) as f32 - 15.0);
    let work = &mut [0.0; 2 * Unrolled::<Distilled, f32>::WORK];
    let scorer = model.unrolled().expect("the build script wrote its layout");
    // Of the same size as windows of the heart are in units of a model.
    let counts: &mut [i16] = &mut x.map(|x| 100 * x as i16);
    let counts_work = &mut [0; 2 * Unrolled::<Distilled, f32>::WORK];
    let mut data = Data { model, scorer, x: &x, work, counts, counts_work };
    let with_layout: fn(&mut Data<'_>) = |data| {
        let _ = black_box(data.scorer.score(data.x, data.work));
    };
    let from_file: fn(&mut Data<'_>) = |data| {
        let _ = black_box(data.model.score(data.x, data.work));
    };
    assert!(data.model.score(data.x, data.work).is_ok(), "there is work space enough");
    let in_integers: fn(&mut Data<'_>) = |data| {
        let _ = black_box(data.model.score_fixed(data.counts, data.counts_work).map(|scores| scores.class()));
    };
    let is_fixed = data.model.score_fixed(data.counts, data.counts_work).is_ok();
    for call in [with_layout, from_file].into_iter().chain(is_fixed.then_some(in_integers)) {
        let peak = stack::peak(call, &mut data);
        println!("{:.0}\t{peak}", counter.instructions(call, &mut data));
    }
    exit(0)
}

/// A case that does not run is no measurement.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
