//! What is asked for of a band.

use super::feature::{OF_LAG, OF_SEGMENT, OF_SIGNS, SIGNS, SMALLEST, SUMS};

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

    /// Bits for the sums of each segment, the first in the lowest ones.
    pub(super) const fn segments(&self) -> u64 {
        self.0[2] as u64 | (self.0[3] as u64) << 32
    }

    /// A bit for each place.
    pub(super) const fn places(&self) -> u32 {
        self.0[4]
    }
}

/// The bits of the increments of the shortest lag.
pub(super) const fn of_lag(increments: u32) -> u8 {
    increments as u8 & ones(OF_LAG)
}

/// The bits of the sums of the first segment.
pub(super) const fn of_segment(segments: u64) -> u8 {
    segments as u8 & ones(OF_SEGMENT)
}

/// So many bits.
const fn ones(count: u8) -> u8 {
    (1 << count) - 1
}
