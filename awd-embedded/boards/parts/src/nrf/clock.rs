//! Seconds since the start, counted by a timer (nRF51 series reference manual and nRF52840 product specification, TIMER).

use crate::register::Register;

/// Counts in a second, of 16 MHz divided by 512. The 32 bits of the timer start again after 38 hours.
const FREQUENCY: u32 = 31_250;
const PRESCALER: u32 = 9;
const BITS_32: u32 = 3;

/// A timer with 32 bits that nothing else uses.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Register,
    capture: Register,
    captured: Register,
    bits: Register,
    prescaler: Register,
}

impl Clock {
    /// The timer with its registers at this address.
    ///
    /// # Safety
    /// The chip has a timer with 32 bits there.
    pub const unsafe fn at(address: usize) -> Self {
        const unsafe fn register(address: usize) -> Register {
            // SAFETY: the caller promises it.
            unsafe { Register::at(address) }
        }
        // SAFETY: the offsets are those of the timer's registers.
        unsafe {
            Self {
                start: register(address),
                capture: register(address + 0x040),
                captured: register(address + 0x540),
                bits: register(address + 0x508),
                prescaler: register(address + 0x510),
            }
        }
    }

    /// Starts the timer.
    pub fn start(&self) {
        self.bits.write(BITS_32);
        self.prescaler.write(PRESCALER);
        self.start.write(1);
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> u32 {
        self.capture.write(1);
        self.captured.read() / FREQUENCY
    }
}
