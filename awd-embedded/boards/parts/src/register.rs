//! Memory-mapped registers.

/// A register of 32 bits.
#[derive(Debug, Clone, Copy)]
pub struct Register(*mut u32);

impl Register {
    /// The register at an address.
    ///
    /// # Safety
    /// The chip always has this register, the address is a multiple of four, and no write to it changes a variable.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address as *mut u32)
    }

    /// Reads the register.
    pub fn read(self) -> u32 {
        // SAFETY: it exists and is aligned, as the caller of `at` promises.
        unsafe { self.0.read_volatile() }
    }

    /// Writes the register.
    pub fn write(self, value: u32) {
        // SAFETY: as for reading, and the write changes no variable.
        unsafe { self.0.write_volatile(value) }
    }

    /// Replaces the bits in the mask `bits` by those of `value`, and keeps the others.
    pub fn set(self, bits: u32, value: u32) {
        self.write(self.read() & !bits | value);
    }
}
