//! Seconds since the start: timer 2 (STM32F411 reference manual RM0383, TIM2).

use awd_board_parts::register::Register;

const fn at(address: usize) -> Register {
    // SAFETY: the addresses below are those of clock and timer registers.
    unsafe { Register::at(address) }
}

const APB1_CLOCKS: Register = at(0x4002_3840);
const CONTROL: Register = at(0x4000_0000);
const EVENT: Register = at(0x4000_0014);
const COUNT: Register = at(0x4000_0024);
const PRESCALER: Register = at(0x4000_0028);

/// Counts in a second, of 16 MHz divided by 16000. The 32 bits of the timer start again after 49 days.
const FREQUENCY: u32 = 1_000;
const DIVISOR: u32 = 16_000;

/// Starts the clock and returns what reads it.
pub fn start() -> fn() -> u32 {
    APB1_CLOCKS.set(1, 1);
    PRESCALER.write(DIVISOR - 1);
    // The prescaler is taken over with this event.
    EVENT.write(1);
    CONTROL.write(1);
    || COUNT.read() / FREQUENCY
}
