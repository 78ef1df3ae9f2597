//! Maps of 64×64 samples, in place: instructions and bytes of stack of a score, with a tab between them, and then the outputs
//! of twenty maps, a line each, as the bits of an f32, for the host to compare with its own.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[path = "../maps.rs"]
mod maps;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_core::Model;
use awd_core::score::ImageScorer;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use maps::{SIZE, sample};
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The file that the build script wrote of models.rs.
const MAP: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/map.awd"));

const SAMPLES: usize = SIZE[0] * SIZE[1];

/// The largest band of the model.
const WORK: usize = SAMPLES / 4;

/// What a score works on: the map is copied into the buffer, as rows come from a camera.
struct Data<'a> {
    scorer: ImageScorer<'a, 1>,
    map: &'a [f32; SAMPLES],
    buffer: &'a mut [f32; SAMPLES],
    work: &'a mut [f32; WORK],
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let model = Model::from_bytes(black_box(MAP)).expect("the build script wrote it");
    let map = core::array::from_fn(|i| sample(0, i as u32));
    let (buffer, work) = (&mut [0.0; SAMPLES], &mut [0.0; WORK]);
    let mut data = Data { scorer: model.images().expect("it is of images"), map: &map, buffer, work };
    let call = |data: &mut Data<'_>| {
        data.buffer.copy_from_slice(data.map);
        let _ = black_box(data.scorer.score_in_place(data.buffer, data.work));
    };
    let peak = stack::peak(call, &mut data);
    println!("{:.0}\t{peak}", counter.instructions(call, &mut data));
    for map in 0..20 {
        *data.buffer = core::array::from_fn(|i| sample(map, i as u32));
        let scores = data.scorer.score_in_place(data.buffer, data.work).expect("the buffers are long enough");
        println!("{:08x}", scores.outputs()[0].to_bits());
    }
    exit(0)
}

/// A case that does not run is no measurement.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
