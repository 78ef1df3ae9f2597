//! Links the parts of inference that the cargo features select: reading a model, scoring a window in one of several
//! ways or an image, class and probabilities.
//!
//! The difference in flash and RAM between two builds is the cost of the additional parts, with all that they call. It
//! is never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

#[cfg(feature = "unrolled")]
#[allow(dead_code, reason = "one layout is enough here")]
#[path = "../layouts.rs"]
mod layouts;

/// The optimiser knows neither the contents of these nor, behind `black_box`, their lengths.
static FILE: &[u8] = &[0];
static WINDOW: &[f32] = &[0.0];

#[cortex_m_rt::entry]
fn main() -> ! {
    let work: &mut [f32] = &mut [0.0];
    let (file, window, work) = (black_box(FILE), black_box(WINDOW), black_box(work));
    #[cfg(feature = "reading")]
    if let Ok(model) = awd_core::Model::from_bytes(file) {
        black_box(&model);
        #[cfg(feature = "unrolled")]
        black_box(model.unrolled::<layouts::Zeros>().and_then(|scorer| scorer.score(window, work))).ok();
        #[cfg(feature = "general")]
        black_box(model.score(window, work)).ok();
        #[cfg(feature = "fixed")]
        if let Ok(scores) = model.score_fixed(black_box(&mut [0]), black_box(&mut [0])) {
            black_box((scores.outputs(), scores.class()));
        }
        #[cfg(feature = "images")]
        if let Ok(images) = model.images::<1>() {
            black_box(images.score_in_place(work, black_box(&mut [0.0]))).ok();
        }
        #[cfg(feature = "signature")]
        black_box(awd_embedded::update::PublicKey(black_box([0; 32])).verifies(black_box(1), file, file));
        #[cfg(feature = "answers")]
        {
            let scores = awd_core::Scores::of(&model, window);
            black_box((scores.class(), scores.probabilities()));
        }
    }
    black_box((file, window, work));
    loop {
        cortex_m::asm::nop();
    }
}

/// As small as possible, so that panic messages do not count.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
