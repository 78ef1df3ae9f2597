//! Registers of devices.

/// A register of 32 bits.
#[derive(Debug, Clone, Copy)]
pub struct Register(*mut u32);

impl Register {
    /// The one at an address.
    ///
    /// # Safety
    /// The chip always has it, the address is a multiple of four, and whatever it is told, it changes no variable.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address as *mut u32)
    }

    /// What it says.
    pub fn read(self) -> u32 {
        // SAFETY: it is there and aligned, as whoever made it has promised.
        unsafe { self.0.read_volatile() }
    }

    /// Tells it something.
    pub fn write(self, value: u32) {
        // SAFETY: as for reading, and no variable is changed.
        unsafe { self.0.write_volatile(value) }
    }

    /// Sets some of its bits, and leaves the others.
    pub fn set(self, bits: u32, value: u32) {
        self.write(self.read() & !bits | value);
    }
}
