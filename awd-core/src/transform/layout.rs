//! What of a transform is fixed when firmware is compiled, and the schedule that follows from it.
//!
//! Taps come from a model file at run time; lengths and offsets rarely change. Where they are constants the compiler
//! drops every bounds check and keeps what is under way in registers ([`crate::transform::unrolled`]). A layout has one scheme for all
//! levels; a transform with one a level takes the general path.

use crate::wavelet::lifting::MAX_STEPS;
use crate::{Boundary, Dwt, Invalid, Tap};

/// The shape of a transform: everything but its taps.
///
/// ```
/// use awd_core::{Boundary, Layout};
///
/// /// Four levels of a db2 over windows of 64.
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
    /// What stands beyond the window's ends.
    const BOUNDARY: Boundary;
    /// Taps of the filters that the scheme is a factorisation of.
    const FILTER_LEN: usize;
    /// The samples that approximation and detail start at.
    const ORIGIN: [i8; 2];
    /// Offset of each step, and which of its two taps are not zero; the last step changes the detail.
    const STEPS: &'static [(i8, [bool; 2])];
}

/// Is this the layout of `dwt`?
///
/// # Errors
/// It is another one.
pub(crate) fn check<L: Layout, C: Tap>(dwt: &Dwt<C>) -> Result<(), Invalid> {
    let scheme = dwt.scheme(0);
    dwt.one_phase()?;
    let transform = (usize::from(dwt.levels()), dwt.boundary(), dwt.schemes().len());
    let frame = (scheme.filter_len(), scheme.origin());
    let equal = transform == (L::LEVELS, L::BOUNDARY, 1) && frame == (L::FILTER_LEN, L::ORIGIN);
    let shape = scheme.steps().map(|step| (step.offset, step.taps.map(|tap| tap != C::ZERO)));
    Invalid::Layout.unless(equal && shape.eq(L::STEPS.iter().copied()))
}

/// Samples of a window's approximation after so many levels; after none, of the window.
pub(crate) const fn len<L: Layout>(levels: usize) -> usize {
    let (mut n, mut level) = (L::WINDOW, 0);
    while level < levels {
        n = L::BOUNDARY.half_len(n, L::FILTER_LEN);
        level += 1;
    }
    n
}

/// When each step runs as one pass goes over a level: a sample of either half enters at every tick, and a step changes
/// the sample that entered so many ticks before.
///
/// Halves are numbered 0, the approximation, and 1, the detail. Sample k of half h enters at tick k − `skew[h]`.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    pub skew: [isize; 2],
    /// Step i changes sample t − `delay[i]` at tick t.
    pub delay: [isize; MAX_STEPS],
    /// Sample t − `out[h]` of half h is ready after tick t.
    pub out: [isize; 2],
    /// Samples beyond either end of its half that each step must change as well.
    pub spread: [[isize; 2]; MAX_STEPS],
    /// Samples beyond either end of each half that must enter.
    pub entry: [[isize; 2]; 2],
    /// Samples of a half that are under way at a time.
    pub width: isize,
    /// The first tick, and the first at which every step has something to change.
    pub start: isize,
    pub full: isize,
    /// Ticks after the last sample has entered.
    pub drain: isize,
}

impl Schedule {
    /// The half that step `i` changes; the other is its source.
    pub const fn target(i: usize, steps: usize) -> usize {
        if i % 2 == steps % 2 { 0 } else { 1 }
    }

    /// The schedule that is done soonest, over all skews.
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
        // There are no more; said so that no index can be out of bounds.
        while i < steps.len() && i < MAX_STEPS {
            let target = Self::target(i, steps.len());
            let source = 1 - target;
            let [oldest, newest] = reach(steps[i]);
            // After its target's last change and its newest source's, and not before the previous step, which changes the
            // source's other half, has read the sample that is changed here.
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

        // Backwards: what each step must change so that the next ones find it, beyond the ends of a half.
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

/// Offsets of the oldest and the newest source of a step; of a step that is not applied, none that matters.
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

    /// A db2 around a circle.
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
    fn the_schedule_is_the_one_that_is_done_soonest() {
        let ticks = |schedule: Schedule| schedule.drain - schedule.start;
        let of = |skew| ticks(Schedule::with_skew(Db2::STEPS, Db2::BOUNDARY, skew));
        let all = (0..=MAX_STEPS.cast_signed()).flat_map(|skew| [of([skew, 0]), of([0, skew])]);
        assert_eq!(all.min(), Some(ticks(Schedule::of::<Db2>())));
        // One half had better enter before the other.
        assert!(ticks(Schedule::of::<Db2>()) < of([0, 0]));
    }
}
