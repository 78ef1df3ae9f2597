//! Counts instructions with the core's timer. The emulator's clock advances by a fixed time per instruction.

use core::hint::black_box;
use cortex_m::asm;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// Calls that are timed together. A tick is some tens of instructions, so this resolves a tenth of an instruction. The
/// timer suffices for calls of up to a million instructions.
pub const CALLS: u32 = 512;

/// The range of the timer, which counts down in 24 bits.
pub const MASK: u32 = 0xff_ffff;

/// The timer, and the instructions per tick.
pub struct Counter {
    timer: SYST,
    pub instructions_per_tick: f64,
}

impl Counter {
    /// Starts the timer and calibrates it with loops of known length, because clocks differ between boards.
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(MASK);
        timer.enable_counter();
        // An iteration of the delay loop is two instructions.
        let long = ticks(&mut timer, |()| asm::delay(20_000), &mut ());
        let short = ticks(&mut timer, |()| asm::delay(10_000), &mut ());
        Self { timer, instructions_per_tick: f64::from(2 * 10_000 * CALLS) / f64::from(long - short) }
    }

    /// Instructions that a call executes, minus those of calling an empty function.
    #[allow(dead_code, reason = "one program measures a long call instead")]
    pub fn instructions<T>(&mut self, call: fn(&mut T), data: &mut T) -> f64 {
        let all = ticks(&mut self.timer, call, data);
        let empty = ticks(&mut self.timer, |_| (), data);
        f64::from(all - empty) * self.instructions_per_tick / f64::from(CALLS)
    }

    /// The same for a call of many millions of instructions, which is made once.
    #[allow(dead_code, reason = "one program has such a call")]
    pub fn instructions_once<T>(&mut self, call: fn(&mut T), data: &mut T) -> f64 {
        self.timer.clear_current();
        black_box(call)(black_box(data));
        let left = SYST::get_current();
        assert!(!self.timer.has_wrapped(), "too long for the timer");
        f64::from(MASK - left) * self.instructions_per_tick
    }
}

/// Timer ticks of [`CALLS`] calls.
// Never inlined, so that the loop is the same for every call.
#[inline(never)]
fn ticks<T>(timer: &mut SYST, call: fn(&mut T), data: &mut T) -> u32 {
    timer.clear_current();
    for _ in 0..CALLS {
        black_box(call)(black_box(data));
    }
    let left = SYST::get_current();
    assert!(!timer.has_wrapped(), "too long for the timer");
    MASK - left
}
