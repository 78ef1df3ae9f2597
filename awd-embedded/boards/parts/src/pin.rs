//! A pin that is high for a moment at each event, for a camera, a laser or an oscilloscope.

use crate::register::Register;
#[cfg(target_arch = "riscv32")]
use crate::riscv::delay;
#[cfg(target_arch = "arm")]
use cortex_m::asm::delay;

/// The register and the value that raise a pin, those that lower it, and how long it stays high.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    /// What raises the pin.
    pub high: (Register, u32),
    /// What lowers the pin.
    pub low: (Register, u32),
    /// Least number of cycles in between.
    pub cycles: u32,
}

impl Pulse {
    /// Raises the pin, waits, and lowers it.
    pub fn send(&self) {
        let [(high, raise), (low, lower)] = [self.high, self.low];
        high.write(raise);
        delay(self.cycles);
        low.write(lower);
    }
}
