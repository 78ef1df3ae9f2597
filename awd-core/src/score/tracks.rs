//! Many signals at once, each by its number: the tracks of a microscope, the sensors of a machine.

use super::Sample;
use super::stream::{Position, Timing};
use crate::{Invalid, Model};

/// What is kept of one signal beside its samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct Track {
    /// The signal's number, while there is one.
    id: Option<u32>,
    position: Position,
    /// The greater, the later its latest sample came.
    latest: u32,
}

/// Many signals that one model scores as they come, each as a [`Stream`](super::Stream) would, to the bit.
///
/// There is room for as many as there are elements of `tracks`, and for `samples` of as many windows. Nothing is allocated: ten
/// signals of 64 samples take 2.7 KB.
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
/// // `model` scores windows of 4 samples: here, by their sum.
/// let (mut tracks, mut samples, mut work) = ([Track::default(); 2], [0.0_f32; 2 * 4], [0.0; 8]);
/// let mut tracks = Tracks::new(model, Timing::growing(), &mut tracks, &mut samples, &mut work)?;
/// assert_eq!(tracks.push(17, 1.0)?.unwrap().outputs(), [1.0]);
/// assert_eq!(tracks.push(23, 5.0)?.unwrap().outputs(), [5.0]);
/// assert_eq!(tracks.push(17, 2.0)?.unwrap().outputs(), [3.0]);
/// // No room for a third one, until one ends.
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
    /// No signals yet, with room for `tracks.len()` of them: `samples` are as many as [`Model::state_len`] for each, and `work` is
    /// [`Model::work_len`] in all.
    ///
    /// # Errors
    /// The model is one of images, the samples are integers and the model is not one of fixed point, the hop is 0, or one of the slices is
    /// too short.
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

    /// Takes the next sample of a signal, whose first one it is if there is no such signal; the scores of the window that ends with it,
    /// if one is due.
    ///
    /// # Errors
    /// There is no room for another signal: [`Tracks::end`] or [`Tracks::evict`] makes some.
    pub fn push(&mut self, id: u32, sample: S) -> Result<Option<S::Scores>, Invalid> {
        let len = self.model.state_len().max(1);
        let known = self.find(Some(id));
        let index = known.or_else(|| self.find(None)).ok_or(Invalid::Tracks)?;
        let track = self.tracks.get_mut(index).ok_or(Invalid::Tracks)?;
        let window = self.samples.chunks_exact_mut(len).nth(index).ok_or(Invalid::StateLen)?;
        if known.is_none() {
            *track = Track { id: Some(id), position: Position::start(self.timing, window), latest: 0 };
        }
        self.clock = self.clock.wrapping_add(1);
        track.latest = self.clock;
        let due = track.position.push(self.timing, window, sample);
        if due { S::score(&self.model, window, self.work).map(Some) } else { Ok(None) }
    }

    /// Ends a signal, whose room is free; whether there was one of this number. A later sample with its number starts another one.
    pub fn end(&mut self, id: u32) -> bool {
        let track = self.find(Some(id)).and_then(|index| self.tracks.get_mut(index));
        track.map(|track| *track = Track::default()).is_some()
    }

    /// Ends the signal whose latest sample came first of all, and gives its number; nothing where there is no signal.
    pub fn evict(&mut self) -> Option<u32> {
        let clock = self.clock;
        let held = self.tracks.iter_mut().filter(|track| track.id.is_some());
        // By age, so that the clock may come around.
        let oldest = held.max_by_key(|track| clock.wrapping_sub(track.latest))?;
        let id = oldest.id;
        *oldest = Track::default();
        id
    }

    /// The numbers of the signals that there are, in no order.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.tracks.iter().filter_map(|track| track.id)
    }

    /// The first track of this number, or the first that is free.
    fn find(&self, id: Option<u32>) -> Option<usize> {
        self.tracks.iter().position(|track| track.id == id)
    }
}
