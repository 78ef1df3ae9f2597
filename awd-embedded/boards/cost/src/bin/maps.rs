//! Scores maps of 64×64 samples in place. Prints instructions and bytes of stack of a score, separated by a tab, and
//! then the bits of the `f32` output of each of twenty maps, one per line, which the host compares with its own.
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

/// The model file that the build script wrote from models.rs.
const MAP: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/map.awd"));

const SAMPLES: usize = SIZE[0] * SIZE[1];

/// Samples of the largest band.
const WORK: usize = SAMPLES / 4;

/// The data of a score. Each call first copies the map into the buffer, as rows arrive from a camera.
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
    let mut data = Data { scorer: model.images().expect("the model is for images"), map: &map, buffer, work };
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

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
