//! Reads a model and scores a window, with the feature `inference`; does neither without it.
//!
//! What the first takes of flash and RAM beyond the second, inference takes, with all that it calls. It is never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

/// The optimiser knows neither what is in these nor, behind `black_box`, how long they are.
static FILE: &[u8] = &[0];
static WINDOW: &[f32] = &[0.0];

#[cortex_m_rt::entry]
fn main() -> ! {
    let work: &mut [f32] = &mut [0.0];
    let (file, window, work) = (black_box(FILE), black_box(WINDOW), black_box(work));
    #[cfg(feature = "inference")]
    if let Ok(model) = awd_core::Model::from_bytes(file)
        && let Ok(scores) = model.score(window, work)
    {
        black_box((scores.outputs(), scores.class(), scores.probabilities()));
    }
    black_box((file, window, work));
    loop {
        cortex_m::asm::nop();
    }
}

/// As small as it can be, so that nothing of a panic's words is counted.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
