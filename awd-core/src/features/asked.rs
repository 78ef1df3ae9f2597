//! The set of features to compute for a band.

use super::feature::{OF_SEGMENT, OF_SIGNS, SIGNS, SMALLEST, SUMS};

/// The number of bits of all quarters.
const QUARTERS: u8 = 4 * OF_SEGMENT;

/// A set with one bit per feature code; order and duplicates do not matter.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked([u32; 5]);

impl Asked {
    /// Adds a feature. A code beyond the last feature adds nothing.
    #[inline(always)]
    pub(crate) fn add(&mut self, code: u8) {
        if let Some(word) = self.0.get_mut(usize::from(code / 32)) {
            *word |= 1 << (code % 32);
        }
    }

    /// One bit per rank of the largest coefficients.
    pub(super) const fn largest(&self) -> u8 {
        self.0[0] as u8
    }

    /// One bit per rank of the smallest coefficients.
    pub(super) const fn smallest(&self) -> u8 {
        (self.0[0] >> SMALLEST) as u8
    }

    /// One bit per sum.
    pub(super) const fn sums(&self) -> u8 {
        (self.0[0] >> SUMS) as u8 & ones(SIGNS - SUMS)
    }

    /// One bit per sign feature.
    pub(super) const fn signs(&self) -> u8 {
        (self.0[0] >> SIGNS) as u8 & ones(OF_SIGNS)
    }

    /// The bits of the increments of each lag, the shortest lag in the lowest bits.
    pub(super) const fn increments(&self) -> u32 {
        self.0[1]
    }

    /// Whether a feature of a segment is in the set.
    pub(super) const fn has_segments(&self) -> bool {
        self.0[2] | self.0[3] != 0
    }

    /// The bits of the sums of each quarter, the first quarter in the lowest bits.
    pub(super) const fn quarters(&self) -> u32 {
        self.0[2] & ((1 << QUARTERS) - 1)
    }

    /// The bits of the sums of each eighth, the first eighth in the lowest bits.
    pub(super) const fn eighths(&self) -> u32 {
        self.0[2] >> QUARTERS | self.0[3] << (32 - QUARTERS)
    }

    /// One bit per index of a coefficient.
    pub(super) const fn places(&self) -> u32 {
        self.0[4]
    }
}

/// A mask of `count` bits.
const fn ones(count: u8) -> u8 {
    (1 << count) - 1
}
