//! A program that links only if reading a model and scoring a window cannot panic, whatever bytes and samples come.
//!
//! `cargo xtask no-panic` links it, and nothing runs it. Where the linker misses `awd_core_can_panic`, this names the
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

use awd_core::Model;
use core::hint::black_box;
use core::panic::PanicInfo;

/// The optimiser knows neither what is in these nor, behind `black_box`, how long they are.
static FILE: &[u8] = &[0];
static WINDOW: &[f32] = &[0.0];

/// Where the linker starts from: what cannot be reached from here is not linked.
#[expect(unsafe_code, reason = "the linker looks for this name")]
#[unsafe(no_mangle)]
extern "C" fn _start() {
    let work: &mut [f32] = &mut [0.0];
    if let Ok(model) = Model::from_bytes(black_box(FILE))
        && let Ok(scores) = model.score(black_box(WINDOW), black_box(work))
    {
        black_box((scores.outputs(), scores.class(), scores.probabilities()));
    }
}

/// Nothing defines what it calls, so that the linker refuses a program that reaches it.
#[cfg(not(feature = "show"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    #[expect(unsafe_code, reason = "a symbol that does not exist")]
    unsafe extern "C" {
        safe fn awd_core_can_panic() -> !;
    }
    awd_core_can_panic()
}

/// Links whatever panics; the place is used, so that each caller still says its own.
#[cfg(feature = "show")]
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    black_box(info.location());
    loop {}
}
