//! The properties of a transform that are known at compile time, and the schedule derived from them.
//!
//! Taps come from a model file at run time; lengths and offsets rarely change. If they are constants, the compiler
//! drops every bounds check and keeps intermediate values in registers ([`crate::transform::unrolled`]). A layout has
//! one scheme for all levels; a transform with a scheme per level uses the general code.

use crate::wavelet::lifting::MAX_STEPS;
use crate::{Boundary, Dwt, Invalid, Tap};

/// The shape of a transform: everything but its taps.
///
/// ```
/// use awd_core::{Boundary, Layout};
///
/// /// Four levels of db2 over windows of 64 samples.
/// struct Heartbeat;
///
/// impl Layout for Heartbeat {
///     const WINDOW: usize = 64;
///     const LEVELS: usize = 4;
///     const BOUNDARY: Boundary = Boundary::Zero;
///     const FILTER_LEN: usize = 4;
///     const ORIGIN: [i8; 2] = [0, 1];
///     const STEPS: &'static [(i8, [bool; 2])] = &[(1, [true, false]), (-1, [true, true]), (0, [true, false])];
/// }
/// ```
pub trait Layout {
    /// Samples of a window.
    const WINDOW: usize;
    /// Number of levels.
    const LEVELS: usize;
    /// The boundary extension.
    const BOUNDARY: Boundary;
    /// Taps of the filters that the scheme factors.
    const FILTER_LEN: usize;
    /// The first samples of approximation and detail.
    const ORIGIN: [i8; 2];
    /// Offset of each step, and which of its two taps are not zero; the last step changes the detail.
    const STEPS: &'static [(i8, [bool; 2])];
}

/// Checks that `L` is the layout of `dwt`.
///
/// # Errors
/// `dwt` has another layout.
pub(crate) fn check<L: Layout, C: Tap>(dwt: &Dwt<C>) -> Result<(), Invalid> {
    let scheme = dwt.scheme(0);
    dwt.one_phase()?;
    let transform = (usize::from(dwt.levels()), dwt.boundary(), dwt.schemes().len());
    let frame = (scheme.filter_len(), scheme.origin());
    let equal = transform == (L::LEVELS, L::BOUNDARY, 1) && frame == (L::FILTER_LEN, L::ORIGIN);
    let shape = scheme.steps().map(|step| (step.offset, step.taps.map(|tap| tap != C::ZERO)));
    Invalid::Layout.unless(equal && shape.eq(L::STEPS.iter().copied()))
}

/// The length of the approximation after `levels` levels; after none, that of the window.
pub(crate) const fn len<L: Layout>(levels: usize) -> usize {
    let (mut n, mut level) = (L::WINDOW, 0);
    while level < levels {
        n = L::BOUNDARY.half_len(n, L::FILTER_LEN);
        level += 1;
    }
    n
}

/// The schedule of one pass over a level. At every tick one sample of either half enters, and each step changes the
/// sample that entered a fixed number of ticks earlier.
///
/// Half 0 is the approximation, half 1 the detail. Sample k of half h enters at tick k − `skew[h]`.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    pub skew: [isize; 2],
    /// Step i changes sample t − `delay[i]` at tick t.
    pub delay: [isize; MAX_STEPS],
    /// Sample t − `out[h]` of half h is ready after tick t.
    pub out: [isize; 2],
    /// The number of samples beyond either end of its half that each step must change too.
    pub spread: [[isize; 2]; MAX_STEPS],
    /// The number of samples beyond either end of each half that must enter.
    pub entry: [[isize; 2]; 2],
    /// The number of samples of a half that are kept at a time.
    pub width: isize,
    /// The first tick, and the first tick at which every step has a sample to change.
    pub start: isize,
    pub full: isize,
    /// The number of ticks after the last sample has entered.
    pub drain: isize,
}

impl Schedule {
    /// The half that step `i` changes; the other is its source.
    pub const fn target(i: usize, steps: usize) -> usize {
        if i % 2 == steps % 2 { 0 } else { 1 }
    }

    /// The schedule with the fewest ticks over all skews.
    pub const fn of<L: Layout>() -> Self {
        let mut best = Self::with_skew(L::STEPS, L::BOUNDARY, [0, 0]);
        let mut skew = 1;
        while skew <= MAX_STEPS.cast_signed() {
            let other = Self::with_skew(L::STEPS, L::BOUNDARY, [skew, 0]);
            if other.drain - other.start < best.drain - best.start {
                best = other;
            }
            let other = Self::with_skew(L::STEPS, L::BOUNDARY, [0, skew]);
            if other.drain - other.start < best.drain - best.start {
                best = other;
            }
            skew += 1;
        }
        best
    }

    const fn with_skew(steps: &[(i8, [bool; 2])], boundary: Boundary, skew: [isize; 2]) -> Self {
        let mut delay = [0; MAX_STEPS];
        let mut ready = [-skew[0], -skew[1]];
        let mut width = 1;
        let mut previous_oldest = 0;
        let mut i = 0;
        // The second condition always holds; it removes the bounds checks.
        while i < steps.len() && i < MAX_STEPS {
            let target = Self::target(i, steps.len());
            let source = 1 - target;
            let [oldest, newest] = reach(steps[i]);
            // A step runs after the last change of its target and of its newest source. It also runs only after the
            // previous step, whose source is this step's target, has read the sample that is changed here.
            let mut after = max(ready[target], ready[source] + newest);
            if i > 0 {
                after = max(after, delay[i - 1] - previous_oldest);
            }
            delay[i] = after;
            ready[target] = after;
            width = max(width, skew[source] + after - oldest + 1);
            width = max(width, skew[target] + after + 1);
            previous_oldest = oldest;
            i += 1;
        }

        // Backwards: the samples beyond the ends of a half that each step must change for the steps after it.
        let (mut spread, mut entry) = ([[0; 2]; MAX_STEPS], [[0; 2]; 2]);
        while i > 0 && !matches!(boundary, Boundary::Zero) {
            i -= 1;
            let target = Self::target(i, steps.len());
            let [oldest, newest] = reach(steps[i]);
            let [before, behind] = entry[target];
            spread[i] = entry[target];
            let source = 1 - target;
            entry[source] = [max(entry[source][0], before - oldest), max(entry[source][1], behind + newest)];
        }

        let mut full = max(ready[0], ready[1]);
        let drain = full;
        let mut i = 0;
        while i < steps.len() && i < MAX_STEPS {
            full = max(full, delay[i] - spread[i][0]);
            i += 1;
        }
        let start = -max(entry[0][0] + skew[0], entry[1][0] + skew[1]);
        Self { skew, delay, out: ready, spread, entry, width, start, full, drain }
    }
}

/// The offsets of the oldest and the newest source of a step; arbitrary for a step without taps.
const fn reach((offset, taps): (i8, [bool; 2])) -> [isize; 2] {
    let offset = offset as isize;
    match taps {
        [true, true] => [offset, offset + 1],
        [true, false] => [offset, offset],
        [false, true] => [offset + 1, offset + 1],
        [false, false] => [0, 0],
    }
}

const fn max(a: isize, b: isize) -> isize {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// db2 with periodization.
    struct Db2;

    impl Layout for Db2 {
        const WINDOW: usize = 64;
        const LEVELS: usize = 4;
        const BOUNDARY: Boundary = Boundary::Periodization;
        const FILTER_LEN: usize = 4;
        const ORIGIN: [i8; 2] = [0, 1];
        const STEPS: &'static [(i8, [bool; 2])] = &[(1, [true, false]), (-1, [true, true]), (0, [true, false])];
    }

    #[test]
    fn the_schedule_has_the_fewest_ticks() {
        let ticks = |schedule: Schedule| schedule.drain - schedule.start;
        let ticks_of = |skew| ticks(Schedule::with_skew(Db2::STEPS, Db2::BOUNDARY, skew));
        let all = (0..=MAX_STEPS.cast_signed()).flat_map(|skew| [ticks_of([skew, 0]), ticks_of([0, skew])]);
        assert_eq!(all.min(), Some(ticks(Schedule::of::<Db2>())));
        // For db2 it is faster if one half enters before the other.
        assert!(ticks(Schedule::of::<Db2>()) < ticks_of([0, 0]));
    }
}
