//! What the signs of a band say: how much of it is positive, for how long, and how often that changes.

use super::feature::OF_SIGNS;
use super::number::Number;

/// All of them in one pass, in the order of their codes: count and sum of what is positive, the longest runs of it and of what is not,
/// crossings.
#[inline(never)]
pub(super) fn signs<T: Number>(band: &[T]) -> [T::Value; OF_SIGNS as usize] {
    // Integers, which cost little where there is no floating-point unit.
    let (mut count, mut sum, mut runs) = (0_u32, T::Value::default(), 0_u32);
    let (mut positive, mut negative) = (Run::default(), Run::default());
    for c in band.iter().map(|c| c.value()) {
        // NaN is not.
        if c > T::Value::default() {
            count += 1;
            sum = sum + c;
            runs += positive.goes_on();
            negative.length = 0;
        } else {
            runs += negative.goes_on();
            positive.length = 0;
        }
    }
    // One less than there are runs.
    let crossings = runs.saturating_sub(1);
    [T::count(count), sum, T::count(positive.longest), T::count(negative.longest), T::count(crossings)]
}

/// Coefficients of one sign, one after the other.
#[derive(Default)]
struct Run {
    length: u32,
    longest: u32,
}

impl Run {
    /// One more; 1 if it is the first.
    #[inline(always)]
    fn goes_on(&mut self) -> u32 {
        self.length += 1;
        self.longest = self.longest.max(self.length);
        u32::from(self.length == 1)
    }
}
