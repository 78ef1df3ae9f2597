//! Scores many signals at once, each identified by a number: the tracks of a microscope, the sensors of a machine.

use super::Sample;
use super::position::{Position, Timing};
use crate::{Invalid, Model};

/// The state of one signal besides its samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct Track {
    /// The number of the signal; `None` if the track is free.
    id: Option<u32>,
    position: Position,
    /// The clock at its latest sample.
    latest: u32,
}

/// Many signals that one model scores sample by sample, each bit-identical to a [`Stream`](super::Stream).
///
/// The capacity is the length of `tracks`; `samples` holds one window per track. Nothing is allocated: ten signals of
/// 64 samples take 2.8 KB.
///
/// ```
/// use awd_core::score::{Timing, Track, Tracks};
/// # use awd_core::model::Draft;
/// # use awd_core::{Boundary, Dwt, Feature, Invalid, Model, Term, named};
/// # let haar = [Dwt::new(named::HAAR.lifting()?, Boundary::Periodization, 1)];
/// # let terms = [Term { band: 2, feature: Feature::AbsSum }];
/// # let draft = Draft { columns: 4, wavelets: &haar, terms: &terms, bias: &[0.0], weights: &[1.0], ..Draft::default() };
/// # let mut file = [0; 256];
/// # let model = Model::from_bytes(draft.write(&mut file)?)?;
///
/// // `model` scores windows of 4 samples by their sum.
/// let (mut tracks, mut samples, mut work) = ([Track::default(); 2], [0.0_f32; 2 * 4], [0.0; 8]);
/// let mut tracks = Tracks::new(model, Timing::growing(), &mut tracks, &mut samples, &mut work)?;
/// assert_eq!(tracks.push(17, 1.0)?.unwrap().outputs(), [1.0]);
/// assert_eq!(tracks.push(23, 5.0)?.unwrap().outputs(), [5.0]);
/// assert_eq!(tracks.push(17, 2.0)?.unwrap().outputs(), [3.0]);
/// // A third signal is refused until one ends.
/// assert_eq!(tracks.push(31, 7.0).unwrap_err(), Invalid::Tracks);
/// assert!(tracks.end(23));
/// assert_eq!(tracks.push(31, 7.0)?.unwrap().outputs(), [7.0]);
/// # Ok::<(), awd_core::FormatError>(())
/// ```
#[derive(Debug)]
pub struct Tracks<'m, 's, S = f32> {
    model: Model<'m>,
    timing: Timing,
    tracks: &'s mut [Track],
    samples: &'s mut [S],
    work: &'s mut [S],
    clock: u32,
}

impl<'m, 's, S: Sample> Tracks<'m, 's, S> {
    /// No signals yet, with a capacity of `tracks.len()`: `samples` has [`Model::state_len`] samples per track, `work`
    /// has [`Model::work_len`] samples in all.
    ///
    /// # Errors
    /// The model is for images, the samples are integers and the model is not in fixed point, the hop is 0, or a slice
    /// is too short.
    pub fn new(
        model: Model<'m>,
        timing: Timing,
        tracks: &'s mut [Track],
        samples: &'s mut [S],
        work: &'s mut [S],
    ) -> Result<Self, Invalid> {
        S::check(&model)?;
        Invalid::Signal.unless(!model.is_image())?;
        Invalid::Hop.unless(timing.hop > 0)?;
        Invalid::WorkLen.unless(work.len() >= model.work_len())?;
        Invalid::StateLen.unless(samples.len() / model.state_len().max(1) >= tracks.len())?;
        tracks.fill(Track::default());
        Ok(Self { model, timing, tracks, samples, work, clock: 0 })
    }

    /// Takes the next sample of a signal; a new number starts a signal. Returns the scores of the window that ends with
    /// the sample, if one is due.
    ///
    /// # Errors
    /// All tracks are in use: [`Tracks::end`] or [`Tracks::evict`] frees one.
    pub fn push(&mut self, id: u32, sample: S) -> Result<Option<S::Scores>, Invalid> {
        let len = self.model.state_len().max(1);
        let known = self.find(Some(id));
        let index = known.or_else(|| self.find(None)).ok_or(Invalid::Tracks)?;
        let track = self.tracks.get_mut(index).ok_or(Invalid::Tracks)?;
        let window = self.samples.chunks_exact_mut(len).nth(index).ok_or(Invalid::StateLen)?;
        if known.is_none() {
            window.fill(S::ZERO);
            *track = Track { id: Some(id), position: Position::new(self.timing, len), latest: 0 };
        }
        self.clock = self.clock.wrapping_add(1);
        track.latest = self.clock;
        if !track.position.push(self.timing, window, sample) {
            return Ok(None);
        }
        let scores = S::score(&self.model, window, self.work)?;
        track.position.make_room(window);
        Ok(Some(scores))
    }

    /// Ends a signal and frees its track; returns whether there was such a signal. A later sample with this number
    /// starts a new signal.
    pub fn end(&mut self, id: u32) -> bool {
        let track = self.find(Some(id)).and_then(|index| self.tracks.get_mut(index));
        track.map(|track| *track = Track::default()).is_some()
    }

    /// Ends the signal that has waited longest for a sample and returns its number; `None` if there is no signal.
    pub fn evict(&mut self) -> Option<u32> {
        let clock = self.clock;
        let used = self.tracks.iter_mut().filter(|track| track.id.is_some());
        // Compared by age, so that the clock may wrap around.
        let oldest = used.max_by_key(|track| clock.wrapping_sub(track.latest))?;
        let id = oldest.id;
        *oldest = Track::default();
        id
    }

    /// The numbers of the current signals, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.tracks.iter().filter_map(|track| track.id)
    }

    /// The index of the track with this number, or of the first free track for `None`.
    fn find(&self, id: Option<u32>) -> Option<usize> {
        self.tracks.iter().position(|track| track.id == id)
    }
}
