//! Sign features of a band: counts, sums and runs of positive coefficients, and sign changes.

use super::feature::OF_SIGNS;
use super::number::Number;
use super::words::{Counts, SUM, counts};

/// Computes the features whose bits are set in `asked`, in the order of their codes: count and sum of the positive
/// coefficients, longest positive run, longest run of the others, sign changes.
#[inline(never)]
pub(super) fn signs<T: Number>(band: &[T], asked: u8) -> [T::Value; OF_SIGNS as usize] {
    let mut sum = T::Value::default();
    if asked & SUM != 0 {
        sum = band.iter().filter(|c| c.is_positive()).fold(sum, |sum, c| sum + c.value());
    }
    // Counting by words is faster but more code.
    let counts = if cfg!(feature = "small") { one_by_one(band) } else { counts(band, asked) };
    let Counts { positive, longest_positive, longest_negative, crossings } = counts;
    [T::count(positive), sum, T::count(longest_positive), T::count(longest_negative), T::count(crossings)]
}

/// Computes all counts in one pass.
#[inline(always)]
fn one_by_one<T: Number>(band: &[T]) -> Counts {
    // Integer counters, which are cheap without a floating-point unit.
    let (mut count, mut runs) = (0, 0);
    let (mut positive, mut negative) = (Run::default(), Run::default());
    for c in band {
        if c.is_positive() {
            count += 1;
            runs += positive.extend();
            negative.length = 0;
        } else {
            runs += negative.extend();
            positive.length = 0;
        }
    }
    Counts {
        positive: count,
        longest_positive: positive.longest,
        longest_negative: negative.longest,
        // The number of runs minus one.
        crossings: runs.saturating_sub(1),
    }
}

/// A run of consecutive coefficients of one sign.
#[derive(Default)]
struct Run {
    length: u32,
    longest: u32,
}

impl Run {
    /// Extends the run by one; returns 1 if this starts it, otherwise 0.
    #[inline(always)]
    fn extend(&mut self) -> u32 {
        self.length += 1;
        self.longest = self.longest.max(self.length);
        u32::from(self.length == 1)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::words::{COUNT, CROSSINGS, LONGEST_NEGATIVE, LONGEST_POSITIVE};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_by_words_equal_counts_one_by_one(
            runs in prop::collection::vec((1..70_usize, prop::sample::select(std::vec![1.0, -1.0, 0.0, -0.0, f32::NAN])), 0..20),
        ) {
            let band: std::vec::Vec<f32> = runs.iter().flat_map(|(len, c)| std::vec![*c; *len]).collect();
            let all = COUNT | LONGEST_POSITIVE | LONGEST_NEGATIVE | CROSSINGS;
            prop_assert_eq!(counts(&band, all), one_by_one(&band));
        }
    }

    #[test]
    fn only_values_above_zero_are_positive() {
        let least = f32::from_bits(1);
        assert!([least, 1.0, f32::MAX, f32::INFINITY].iter().all(|c| c.is_positive()));
        let others = [0.0, -0.0, -least, -1.0, f32::NEG_INFINITY, f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001)];
        assert!(!others.iter().any(|c| c.is_positive()));
    }
}
