//! A model on a signal without an end: a score at every hop.
//!
//! [`Live`] is configuration and serves many signals with one model; the state of each is a [`Signal`]. The features of a
//! score are those of the newest coefficients of each band, as many as a window has. They are the coefficients of
//! [`Model::score`] except near the window's ends: here the signal goes on, where a window is continued by its boundary.
//! So a signal is scored by models that were trained on windows of signals, not of events that were cut out.

use crate::dwt::Transform;
use crate::health::MAX_BANDS;
use crate::scorer::{Plan, score};
use crate::{Cascade, Invalid, Model, Scores, Stream};

/// How a model runs on signals.
#[derive(Debug, Clone)]
pub struct Live<'m> {
    model: &'m Model,
    cascade: Cascade<f32>,
    plan: Plan,
    hop: u16,
    /// Where the coefficients of each band stand in a signal's history, and how many of them are scored.
    bands: [Kept; MAX_BANDS],
}

/// The newest coefficients of a band, and those that come until the next score.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    start: u16,
    end: u16,
    scored: u16,
}

impl<'m> Live<'m> {
    /// Scores with `model` every `hop` samples.
    ///
    /// # Errors
    /// `hop` is no multiple of 2^levels, so that bands would have no whole number of new coefficients, or more than the
    /// window. Or the model is one of images, or has a term of the window itself, of which nothing is kept here.
    pub fn new(model: &'m Model, hop: u16) -> Result<Self, Invalid> {
        model.spec().signal()?;
        let levels = model.spec().dwt.levels();
        let whole = hop > 0 && hop.trailing_zeros() >= u32::from(levels) && usize::from(hop) <= model.window();
        Invalid::unless(whole, "hop", "a multiple of 2^levels, at most the window")?;
        let bands_alone = model.spec().terms.iter().all(|term| term.band <= levels);
        Invalid::unless(bands_alone, "terms.band", "at most levels")?;
        let mut bands = [Kept::default(); MAX_BANDS];
        let mut start = 0;
        for (band, kept) in (0..=levels).zip(&mut bands) {
            let halvings = (band + 1).min(levels);
            let scored = model.spec().window.div_ceil(1 << halvings);
            let end = start + scored + (hop >> halvings);
            *kept = Kept { start, end, scored };
            start = end;
        }
        let cascade = Cascade::new(&model.spec().dwt);
        Ok(Self { model, cascade, plan: Plan::of(model.spec()), hop, bands })
    }

    /// Samples that [`Signal`] needs for the transform.
    #[must_use]
    pub fn state_len(&self) -> usize {
        self.cascade.state_len()
    }

    /// Coefficients that [`Signal`] needs to keep: about as many as a window and a hop have samples.
    #[must_use]
    pub fn history_len(&self) -> usize {
        self.bands.iter().map(|kept| usize::from(kept.end)).max().unwrap_or(0)
    }

    /// Takes the next sample; a score if a hop is over and a whole window has been seen.
    pub fn push<const STATE: usize, const HISTORY: usize>(
        &self,
        signal: &mut Signal<STATE, HISTORY>,
        sample: f32,
    ) -> Option<Scores> {
        let Signal { stream, history, filled, seen, left } = signal;
        self.cascade.push(stream, sample, |band, coefficient| {
            if let (Some(kept), Some(filled)) = (self.bands.get(band), filled.get_mut(band))
                && let Some(slot) = history.get_mut(usize::from(kept.start + *filled)).filter(|_| *filled < kept.len())
            {
                *slot = coefficient;
                *filled += 1;
            }
        });
        *seen = seen.saturating_add(1);
        *left = left.saturating_sub(1);
        if *left > 0 {
            return None;
        }
        *left = self.hop;
        let scores = (usize::from(*seen) >= self.model.window()).then(|| {
            let newest = Newest { live: self, history: &*history, filled };
            // It takes no window, and so refuses none.
            score(&newest, &self.plan, &self.model.spec().readout, &[], &mut []).ok()
        });
        // What was not the newest any more makes room.
        for (kept, filled) in self.bands.iter().zip(filled) {
            let band = history.get_mut(usize::from(kept.start)..usize::from(kept.end)).unwrap_or_default();
            let gone = filled.saturating_sub(kept.scored);
            let newest = usize::from(kept.scored);
            for k in 0..newest {
                let from = band.get(k + usize::from(gone)).copied();
                if let (Some(from), Some(into)) = (from, band.get_mut(k)) {
                    *into = from;
                }
            }
            *filled = (*filled).min(kept.scored);
        }
        scores.flatten()
    }

    /// Takes samples one after the other; `each` gets the scores.
    pub fn push_block<const STATE: usize, const HISTORY: usize>(
        &self,
        signal: &mut Signal<STATE, HISTORY>,
        samples: &[f32],
        mut each: impl FnMut(Scores),
    ) {
        for &sample in samples {
            if let Some(scores) = self.push(signal, sample) {
                each(scores);
            }
        }
    }
}

impl Kept {
    const fn len(self) -> u16 {
        self.end - self.start
    }
}

/// The state of one signal: `STATE` samples at least [`Live::state_len`], `HISTORY` at least [`Live::history_len`].
#[derive(Debug, Clone)]
pub struct Signal<const STATE: usize, const HISTORY: usize> {
    stream: Stream<f32, STATE>,
    history: [f32; HISTORY],
    /// Coefficients that are kept of each band.
    filled: [u16; MAX_BANDS],
    /// Samples so far, as far as it matters, and those before the next score.
    seen: u16,
    left: u16,
}

impl<const STATE: usize, const HISTORY: usize> Signal<STATE, HISTORY> {
    /// A signal before its first sample.
    ///
    /// # Errors
    /// `STATE` or `HISTORY` is less than `live` needs.
    pub fn new(live: &Live<'_>) -> Result<Self, Invalid> {
        Invalid::unless(HISTORY >= live.history_len(), "history", "at least Live::history_len samples")?;
        let stream = Stream::new(&live.cascade)?;
        let mut signal = Self { stream, history: [0.0; HISTORY], filled: [0; MAX_BANDS], seen: 0, left: 0 };
        signal.reset(live);
        Ok(signal)
    }

    /// Forgets the signal; before its next sample there was silence.
    pub fn reset(&mut self, live: &Live<'_>) {
        self.stream.reset();
        self.history = [0.0; HISTORY];
        self.filled = live.bands.map(|kept| kept.scored);
        (self.seen, self.left) = (0, live.hop);
    }
}

/// The newest coefficients of a signal, as if a window had just been transformed.
struct Newest<'a> {
    live: &'a Live<'a>,
    history: &'a [f32],
    filled: &'a [u16; MAX_BANDS],
}

impl Transform<f32> for Newest<'_> {
    fn analyze(&self, _: &[f32], _: &mut [f32], mut visit: impl FnMut(usize, &[f32])) -> Result<(), Invalid> {
        let bands = self.live.bands.iter().zip(self.filled).take(self.live.model.spec().dwt.bands());
        for (band, (kept, filled)) in bands.enumerate() {
            let end = usize::from(kept.start + filled);
            visit(band, self.history.get(end - usize::from(kept.scored)..end).unwrap_or_default());
        }
        Ok(())
    }
}
