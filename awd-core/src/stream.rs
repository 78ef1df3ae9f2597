//! The transform of a signal that never ends, sample by sample.
//!
//! A [`Cascade`] is configuration and serves many signals; the state of each is a [`Stream`]. A sample costs a ladder's
//! steps at every second level it reaches, so less than two ladders in all. What comes out are the coefficients of
//! [`Dwt::analyze`], bit for bit, where those do not depend on a window's ends; the signal was silent before its start.

use crate::dwt::MAX_LEVELS;
use crate::ladders::MAX_ALL_STEPS;
use crate::layout::Schedule;
use crate::lifting::{Ladder, MAX_STEPS};
use crate::{Dwt, Invalid, Scalar, Step, Tap};

/// How a transform runs on a signal without an end.
///
/// ```
/// use awd_core::{Boundary, Cascade, Dwt, Lifting, Step, Stream};
///
/// let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
/// let cascade = Cascade::new(&Dwt::new(haar, Boundary::Periodization, 1));
/// let mut stream = Stream::<f64, 8>::new(&cascade).unwrap();
/// let mut details = [0.0; 2];
/// for (i, sample) in [4.0, 2.0, 5.0, 5.0].into_iter().enumerate() {
///     cascade.push(&mut stream, sample, |band, c| if band == 0 { details[i / 2] = c });
/// }
/// assert_eq!(details, [-1.0, 0.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Cascade<C> {
    /// The steps of all ladders.
    stages: [Stage<C>; MAX_ALL_STEPS],
    levels: [Level; MAX_LEVELS as usize],
    len: u8,
}

/// A step, and how long after the entry of a sample it changes that.
#[derive(Debug, Clone, Copy)]
struct Stage<C> {
    step: Step<C>,
    delay: i16,
}

/// How a level runs.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Where its stages start, and how many they are.
    start: u8,
    steps: u8,
    /// Length of a ring less one, all ones in binary: an index is wrapped by a mask.
    mask: u16,
    /// What of a pair of samples enters the approximation's half: the first or the second.
    parity: u8,
    /// Sample t + `entry[h]` of half h enters at tick t.
    entry: [i16; 2],
    /// Sample t − `out[h]` of half h is ready after tick t.
    out: [i16; 2],
}

impl Level {
    const fn ring_len(self) -> usize {
        self.mask as usize + 1
    }

    /// A ring for each half, and a sample that waits for its pair.
    const fn state_len(self) -> usize {
        2 * self.ring_len() + 1
    }

    /// How a ladder runs whose steps, up to `start`, are those of others; they are put into `stages`.
    fn of<C: Tap>(ladder: Ladder<'_, C>, start: usize, stages: &mut [Stage<C>]) -> Self {
        let mut shape = [(0, [false; 2]); MAX_STEPS];
        for ((shape, stage), &step) in shape.iter_mut().zip(&mut *stages).zip(ladder.steps()) {
            *shape = (step.offset, step.taps.map(|tap| tap != C::ZERO));
            stage.step = step;
        }
        let shape = shape.get(..ladder.steps().len()).unwrap_or_default();
        // Samples 2t and 2t + 1 enter together; a half that starts at sample o has them at t − ⌊o / 2⌋.
        let entry = ladder.origin().map(|origin| -i16::from(origin >> 1));
        let schedule = Schedule::causal(shape, entry.map(isize::from));
        for (stage, delay) in stages.iter_mut().zip(schedule.delay) {
            stage.delay = small(delay);
        }
        Self {
            start: start as u8,
            steps: ladder.steps().len() as u8,
            mask: small(schedule.width).unsigned_abs().next_power_of_two().wrapping_sub(1),
            parity: u8::from(ladder.origin()[0] & 1 != 0),
            entry,
            out: schedule.out.map(small),
        }
    }
}

impl<C: Tap> Cascade<C> {
    /// The same transform; its boundary does not matter here.
    #[must_use]
    pub fn new(dwt: &Dwt<C>) -> Self {
        let mut stages = [Stage { step: Step::new(0, [C::ZERO; 2]), delay: 0 }; MAX_ALL_STEPS];
        let mut levels = [Level::default(); MAX_LEVELS as usize];
        let (mut level, mut start) = (Level::default(), 0);
        let mut ladders = dwt.ladders();
        for place in &mut levels {
            // Where no ladder is left, the last one serves.
            if let Some(ladder) = ladders.next() {
                level = Level::of(ladder, start, stages.get_mut(start..).unwrap_or_default());
                start += ladder.steps().len();
            }
            *place = level;
        }
        Self { stages, levels, len: dwt.levels().min(MAX_LEVELS) }
    }

    fn levels(&self) -> impl Iterator<Item = Level> {
        self.levels.iter().copied().take(usize::from(self.len))
    }

    /// Samples of state that a [`Stream`] needs: a level holds a ring for each half, and a sample that waits for its
    /// pair.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.levels().map(Level::state_len).sum()
    }

    /// Takes the next sample of a signal; calls `emit(band, coefficient)` for each coefficient that it completes. Bands
    /// are those of [`Dwt`], the coefficients of each in their order, the first of each at the signal's start.
    pub fn push<T: Scalar<Tap = C>, const STATE: usize>(
        &self,
        stream: &mut Stream<T, STATE>,
        sample: T,
        mut emit: impl FnMut(usize, T),
    ) {
        let mut state = stream.state.as_mut_slice();
        let mut incoming = sample;
        for (band, (level, count)) in self.levels().zip(&mut stream.count).enumerate() {
            let Some((own, deeper)) = state.split_at_mut_checked(level.state_len()) else { return };
            let Some((waiting, rings)) = own.split_first_mut() else { return };
            state = deeper;
            let first = (*count).is_multiple_of(2);
            let tick = *count / 2;
            // Long before the count overflows it goes back, by whole turns of every ring.
            *count = if *count == u32::MAX { 1 << 31 } else { *count + 1 };
            if first {
                *waiting = incoming;
                return;
            }
            let Some(rings) = rings.split_at_mut_checked(level.ring_len()) else { return };
            let [approximation, detail] = self.tick(level, rings.into(), tick, [*waiting, incoming]);
            if let Some(detail) = detail {
                emit(band, detail);
            }
            let Some(approximation) = approximation else { return };
            incoming = approximation;
        }
        emit(usize::from(self.len), incoming);
    }

    /// A pair of samples enters a level; what leaves the halves, if it is not of before the signal's start.
    fn tick<T: Scalar<Tap = C>>(
        &self,
        level: Level,
        mut rings: [&mut [T]; 2],
        tick: u32,
        pair: [T; 2],
    ) -> [Option<T>; 2] {
        let at = |lag: i16| (tick.wrapping_add_signed(i32::from(lag)) & u32::from(level.mask)) as usize;
        let [first, second] = pair;
        let pair = if level.parity == 0 { [first, second] } else { [second, first] };
        for ((ring, entry), sample) in rings.iter_mut().zip(level.entry).zip(pair) {
            if let Some(slot) = ring.get_mut(at(entry)) {
                *slot = sample;
            }
        }
        let changes_detail = |i: usize| i % 2 != usize::from(level.steps) % 2;
        let stages = self.stages.iter().skip(level.start.into()).take(level.steps.into());
        for (i, stage) in stages.enumerate() {
            let [approximation, detail] = &mut rings;
            let (target, source) = if changes_detail(i) { (detail, approximation) } else { (approximation, detail) };
            let lag = -stage.delay;
            let offset = lag + i16::from(stage.step.offset);
            let get = |lag: i16| source.get(at(lag)).copied().unwrap_or(T::ZERO);
            if let Some(t) = target.get_mut(at(lag)) {
                *t = lift(stage.step.taps, *t, || get(offset), || get(offset + 1));
            }
        }
        let mut leaving = [None; 2];
        for ((leaving, ring), out) in leaving.iter_mut().zip(rings).zip(level.out) {
            if i64::from(tick) >= i64::from(out) {
                *leaving = ring.get(at(-out)).copied();
            }
        }
        leaving
    }
}

/// The state of one signal: `STATE` samples at least [`Cascade::state_len`].
#[derive(Debug, Clone)]
pub struct Stream<T, const STATE: usize> {
    state: [T; STATE],
    /// Samples that each level has taken.
    count: [u32; MAX_LEVELS as usize],
}

impl<T: Scalar, const STATE: usize> Stream<T, STATE> {
    /// A signal before its first sample.
    ///
    /// # Errors
    /// `STATE` is less than [`Cascade::state_len`].
    pub fn new(cascade: &Cascade<T::Tap>) -> Result<Self, Invalid> {
        Invalid::unless(STATE >= cascade.state_len(), "state", "at least Cascade::state_len samples")?;
        Ok(Self { state: [T::ZERO; STATE], count: [0; MAX_LEVELS as usize] })
    }

    /// Forgets the signal.
    pub fn reset(&mut self) {
        self.state = [T::ZERO; STATE];
        self.count = [0; MAX_LEVELS as usize];
    }
}

/// A sample with the taps applied that are not zero.
#[inline]
fn lift<T: Scalar>(taps: [T::Tap; 2], sample: T, first: impl Fn() -> T, second: impl Fn() -> T) -> T {
    match taps.map(|tap| tap != T::Tap::ZERO) {
        [true, true] => sample.lift(taps, [first(), second()]),
        [true, false] => sample.lift_by_one(taps[0], first()),
        [false, true] => sample.lift_by_one(taps[1], second()),
        [false, false] => sample,
    }
}

/// A delay of a ladder: at most a few times the sum of its offsets, each within a byte.
fn small(delay: isize) -> i16 {
    i16::try_from(delay).unwrap_or(i16::MAX)
}
