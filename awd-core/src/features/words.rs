//! Sign counts, 32 coefficients at a time: one bit of a word per coefficient.

use super::number::Number;

/// The bits of the features, in the order of the codes.
pub(super) const COUNT: u8 = 0b1;
pub(super) const SUM: u8 = 0b10;
pub(super) const LONGEST_POSITIVE: u8 = 0b100;
pub(super) const LONGEST_NEGATIVE: u8 = 0b1000;
pub(super) const CROSSINGS: u8 = 0b1_0000;

/// The counts of a band.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub positive: u32,
    pub longest_positive: u32,
    pub longest_negative: u32,
    pub crossings: u32,
}

/// Computes the counts whose bits are set in `asked`.
#[inline(always)]
pub(super) fn counts<T: Number>(band: &[T], asked: u8) -> Counts {
    let mut counts = Counts::default();
    let (mut positive, mut negative) = (Run::default(), Run::default());
    let mut before = band.first().is_some_and(|c| c.is_positive());
    for coefficients in band.chunks(32) {
        // The first coefficient is the highest bit; the unused low bits have neither sign.
        let unused = 32 - coefficients.len() as u32;
        let used = u32::MAX << unused;
        let bits = coefficients.iter().fold(0, |bits, c| bits << 1 | u32::from(c.is_positive())) << unused;
        if asked & COUNT != 0 {
            counts.positive += bits.count_ones();
        }
        if asked & LONGEST_POSITIVE != 0 {
            positive.extend(bits, unused);
        }
        if asked & LONGEST_NEGATIVE != 0 {
            negative.extend(!bits & used, unused);
        }
        if asked & CROSSINGS != 0 {
            let shifted = bits >> 1 | u32::from(before) << 31;
            counts.crossings += ((bits ^ shifted) & used).count_ones();
            before = bits >> unused & 1 != 0;
        }
    }
    let [longest_positive, longest_negative] = [positive, negative].map(|run| run.longest.max(run.open));
    Counts { longest_positive, longest_negative, ..counts }
}

/// A run of consecutive coefficients of one sign.
#[derive(Default)]
struct Run {
    /// The length of the run that is still open at the end.
    open: u32,
    longest: u32,
}

impl Run {
    /// Extends the run by a word. A bit is set where the coefficient has the sign.
    #[inline(always)]
    fn extend(&mut self, bits: u32, unused: u32) {
        let first = bits.leading_ones();
        self.open += first;
        if first + unused < 32 {
            self.longest = self.longest.max(self.open).max(longest(bits));
            self.open = (bits >> unused).trailing_ones();
        }
    }
}

/// The longest run of set bits: each iteration shortens every run by one.
#[inline(always)]
fn longest(mut bits: u32) -> u32 {
    let mut longest = 0;
    while bits != 0 {
        bits &= bits << 1;
        longest += 1;
    }
    longest
}
