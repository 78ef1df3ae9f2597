//! Instructions, by the core's timer: the emulator's clock advances by the same time at each.

use core::hint::black_box;
use cortex_m::asm;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// Calls that are timed together. A tick is some tens of instructions, so this resolves a tenth of one; the timer holds
/// calls of up to a million.
const CALLS: u32 = 512;

/// The timer counts down, in 24 bits.
const MASK: u32 = 0xff_ffff;

/// The timer, and what a tick of it is worth.
pub struct Counter {
    timer: SYST,
    instructions_a_tick: f64,
}

impl Counter {
    /// Starts the timer and holds it against loops of known length: clocks differ from board to board.
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(MASK);
        timer.enable_counter();
        // A turn of the delay is two instructions.
        let long = ticks(&mut timer, |()| asm::delay(20_000), &mut ());
        let short = ticks(&mut timer, |()| asm::delay(10_000), &mut ());
        Self { timer, instructions_a_tick: f64::from(2 * 10_000 * CALLS) / f64::from(long - short) }
    }

    /// What a call executes, less what it takes to call a function that does nothing.
    pub fn instructions<T>(&mut self, call: fn(&mut T), data: &mut T) -> f64 {
        let all = ticks(&mut self.timer, call, data);
        let empty = ticks(&mut self.timer, |_| (), data);
        f64::from(all - empty) * self.instructions_a_tick / f64::from(CALLS)
    }
}

/// Ticks of [`CALLS`] calls.
// Never inlined, so that it is the same loop whatever it calls.
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
