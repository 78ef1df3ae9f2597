//! What is asked for of a band.

use super::feature::{OF_SEGMENT, OF_SIGNS, SIGNS, SMALLEST, SUMS};

/// Bits of all quarters.
const QUARTERS: u8 = 4 * OF_SEGMENT;

/// A bit for each code of a feature, so that neither their order nor how often one comes matters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked([u32; 5]);

impl Asked {
    /// Asks for one more. A code beyond the last feature asks for nothing.
    #[inline(always)]
    pub(crate) fn add(&mut self, code: u8) {
        if let Some(word) = self.0.get_mut(usize::from(code / 32)) {
            *word |= 1 << (code % 32);
        }
    }

    /// A bit for each rank of the largest.
    pub(super) const fn largest(&self) -> u8 {
        self.0[0] as u8
    }

    /// A bit for each rank of the smallest.
    pub(super) const fn smallest(&self) -> u8 {
        (self.0[0] >> SMALLEST) as u8
    }

    /// A bit for each sum.
    pub(super) const fn sums(&self) -> u8 {
        (self.0[0] >> SUMS) as u8 & ones(SIGNS - SUMS)
    }

    /// A bit for each feature of signs.
    pub(super) const fn signs(&self) -> u8 {
        (self.0[0] >> SIGNS) as u8 & ones(OF_SIGNS)
    }

    /// Bits for the increments of each lag, the shortest lag in the lowest ones.
    pub(super) const fn increments(&self) -> u32 {
        self.0[1]
    }

    /// Is a segment asked for?
    pub(super) const fn has_segments(&self) -> bool {
        self.0[2] | self.0[3] != 0
    }

    /// Bits for the sums of each quarter, the first in the lowest ones.
    pub(super) const fn quarters(&self) -> u32 {
        self.0[2] & ((1 << QUARTERS) - 1)
    }

    /// The same for each eighth.
    pub(super) const fn eighths(&self) -> u32 {
        self.0[2] >> QUARTERS | self.0[3] << (32 - QUARTERS)
    }

    /// A bit for each place.
    pub(super) const fn places(&self) -> u32 {
        self.0[4]
    }
}

/// So many bits.
const fn ones(count: u8) -> u8 {
    (1 << count) - 1
}
