//! Does the instrument still see what the model was trained on?
//!
//! A model may state what its training windows looked like: the range of their samples and the energies of the bands of its first
//! wavelet. A [`Health`] compares the windows that are scored with it: [`Model::score_observed`] feeds it with the bands that scoring has anyway. It is read when
//! somebody asks, changes no score, and what does not use it does not pay for it.

use crate::Model;
use crate::model::Moments;
use crate::transform::dwt::MAX_LEVELS;
use heapless::Vec;

/// Bands of the deepest transform.
pub const MAX_BANDS: usize = MAX_LEVELS as usize + 1;

/// Windows over which the drift is averaged: the latest one has a weight of one in so many.
pub const MEMORY: u8 = 64;

/// How many windows there were, and how many of their samples were wrong. A sample that is not finite is counted as
/// that alone; any other in each count that it belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counts {
    /// Windows.
    pub windows: u64,
    /// Samples that are infinite or not a number.
    pub not_finite: u64,
    /// Samples at the converter's limits or beyond.
    pub saturated: u64,
    /// Samples less than the least or greater than the greatest of the training set.
    pub out_of_range: u64,
}

/// Watches the windows that one model scores. After another model was loaded it must be [`reset`](Health::reset).
#[derive(Debug, Clone)]
pub struct Health {
    limits: Option<[f32; 2]>,
    counts: Counts,
    /// For each band, the mean of (log energy − mean) / deviation over the latest windows.
    shifts: Vec<f32, MAX_BANDS>,
    /// Windows that are in the shifts, at most [`MEMORY`].
    averaged: u8,
}

impl Health {
    /// Nothing was seen yet. `limits` are the least and the greatest value that the converter gives, in units of the
    /// samples; without them no sample counts as saturated.
    #[must_use]
    pub const fn new(limits: Option<[f32; 2]>) -> Self {
        let counts = Counts { windows: 0, not_finite: 0, saturated: 0, out_of_range: 0 };
        Self { limits, counts, shifts: Vec::new(), averaged: 0 }
    }

    /// Forgets what was seen; the limits stay.
    pub fn reset(&mut self) {
        *self = Self::new(self.limits);
    }

    /// Takes in a window `x` and the [`LogEnergy`](crate::Feature::LogEnergy) of each of its bands, finest first.
    /// [`Model::score_observed`] does it.
    pub fn observe(&mut self, model: &Model<'_>, x: &[f32], energies: &[f32]) {
        let range = model.range();
        self.count(x, range);
        // A window with a bad sample has been counted; in an average it would stay for good.
        if range.is_some() && energies.iter().all(|energy| energy.is_finite()) {
            self.average(model.moments(), energies);
        }
    }

    fn count(&mut self, x: &[f32], range: Option<[f32; 2]>) {
        let counts = &mut self.counts;
        counts.windows = counts.windows.saturating_add(1);
        for &sample in x {
            let saturated = self.limits.is_some_and(|[low, high]| sample <= low || sample >= high);
            let out_of_range = range.is_some_and(|[least, greatest]| sample < least || sample > greatest);
            let finite = sample.is_finite();
            for (count, wrong) in [
                (&mut counts.not_finite, !finite),
                (&mut counts.saturated, finite && saturated),
                (&mut counts.out_of_range, finite && out_of_range),
            ] {
                *count = count.saturating_add(u64::from(wrong));
            }
        }
    }

    fn average(&mut self, bands: impl ExactSizeIterator<Item = Moments>, energies: &[f32]) {
        if self.averaged < MEMORY {
            self.averaged += 1;
        }
        // At the first window; no reference has more bands than there is room for.
        let _ = self.shifts.resize(bands.len(), 0.0);
        for ((shift, band), energy) in self.shifts.iter_mut().zip(bands).zip(energies) {
            *shift += ((energy - band.mean) / band.deviation - *shift) / f32::from(self.averaged);
        }
    }

    /// The counts since the last reset.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// How far the log energies of the bands are from the training set's of late, in its standard deviations: √(Σm² /
    /// bands), where m is a band's mean of z = (ln(Σc² + 10⁻⁶σ²) − mean) / deviation, m ← m + (z − m) / min(t, 64) at
    /// the t-th window. `None` where the model has no reference, or no window was finite yet.
    ///
    /// Where every z is moved by d it goes to d. Windows drawn like the training set's, one independent of the other,
    /// leave it near 1/√t and in the long run near 1/√127 = 0.09; windows that overlap leave it somewhat higher.
    #[must_use]
    pub fn drift(&self) -> Option<f32> {
        let squares: f32 = self.shifts.iter().map(|shift| shift * shift).sum();
        // The format bounds the bands far below 256.
        let bands = f32::from(u8::try_from(self.shifts.len()).unwrap_or(u8::MAX));
        (self.averaged > 0).then(|| libm::sqrtf(squares / bands))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{Parts, parts, reference};
    use crate::{Feature, Term, features};

    fn model() -> Model<'static> {
        Parts { reference: Some(reference()), ..parts() }.model()
    }

    /// A window of uniform noise in ±1, another one for each seed.
    fn noise(seed: u32) -> [f32; 8] {
        let mut state = seed.wrapping_mul(2_654_435_769) | 1;
        core::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
    }

    /// A model whose reference is that of the first thousand windows of noise.
    fn trained() -> Model<'static> {
        let model = model();
        let terms = [0, 1, 2].map(|band| Term { band, feature: Feature::LogEnergy });
        let mut sums = [[0.0_f64; 2]; 3];
        for seed in 0..1000 {
            let mut sums = sums.iter_mut();
            let each = |e: f32| {
                let [sum, squares] = sums.next().unwrap();
                *sum += f64::from(e);
                *squares += f64::from(e).powi(2);
            };
            features::of_window(&[model.dwt()], &noise(seed), &terms, 1.0, &mut [0.0; 16], each).unwrap();
        }
        let moments = sums.map(|[sum, squares]| {
            let mean = sum / 1000.0;
            Moments { mean: mean as f32, deviation: (squares / 1000.0 - mean * mean).sqrt() as f32 }
        });
        Parts { reference: Some(([-1.0, 1.0], moments.to_vec())), ..parts() }.model()
    }

    fn watch(health: &mut Health, model: &Model<'_>, windows: core::ops::Range<u32>, gain: f32) {
        for seed in windows {
            model.score_observed(&noise(seed).map(|x| gain * x), &mut [0.0; 16], health).unwrap();
        }
    }

    #[test]
    fn every_wrong_sample_is_counted_as_what_it_is() {
        let mut health = Health::new(Some([-4.0, 3.0]));
        let x = [f32::NAN, f32::NEG_INFINITY, -4.0, 3.5, 2.0, 2.1, -1.0, 0.0];
        health.observe(&model(), &x, &[f32::NAN; 3]);
        assert_eq!(health.counts(), Counts { windows: 1, not_finite: 2, saturated: 2, out_of_range: 3 });
        assert_eq!(health.drift(), None);
        health.reset();
        assert_eq!(health.counts(), Counts::default());
        health.observe(&model(), &[-4.0], &[0.0; 3]);
        assert_eq!(health.counts().saturated, 1);

        let mut health = Health::new(None);
        health.observe(&parts().model(), &x, &[0.0; 3]);
        assert_eq!(health.counts(), Counts { windows: 1, not_finite: 2, saturated: 0, out_of_range: 0 });
        assert_eq!(health.drift(), None);
    }

    #[test]
    fn drift_is_as_by_hand() {
        let (model, mut health) = (model(), Health::new(None));
        let at = |z: [f32; 3]| [0, 1, 2].map(|i| reference().1[i].mean + z[i] * reference().1[i].deviation);
        let near = |drift: Option<f32>, expected: f32| (drift.unwrap() - expected).abs() < 1e-5;
        health.observe(&model, &[], &at([2.0, 0.0, -1.0]));
        assert!(near(health.drift(), (5.0_f32 / 3.0).sqrt()), "{:?}", health.drift());
        health.observe(&model, &[], &at([0.0, 0.0, 0.0]));
        assert!(near(health.drift(), (1.25_f32 / 3.0).sqrt()), "{:?}", health.drift());
        // One that is not finite changes nothing.
        health.observe(&model, &[], &[f32::NAN, 0.0, 0.0]);
        assert!(near(health.drift(), (1.25_f32 / 3.0).sqrt()), "{:?}", health.drift());
        // Beyond the memory the latest window has a weight of 1/64.
        for _ in 0..1000 {
            health.observe(&model, &[], &at([0.0; 3]));
        }
        health.observe(&model, &[], &at([1.0; 3]));
        assert!(near(health.drift(), 1.0 / 64.0), "{:?}", health.drift());
    }

    #[test]
    fn drift_stays_low_for_windows_as_in_training_and_goes_up_for_others_and_back() {
        let (model, mut health) = (trained(), Health::new(None));
        let mut highest = 0.0_f32;
        for seed in 1000..3000 {
            watch(&mut health, &model, seed..seed + 1, 1.0);
            if seed >= 1064 {
                highest = highest.max(health.drift().unwrap());
            }
        }
        assert!(highest < 0.4, "{highest}");
        assert_eq!(health.counts(), Counts { windows: 2000, ..Counts::default() });
        // Half a neper of amplitude is one of energy.
        watch(&mut health, &model, 3000..3400, 0.5_f32.exp());
        let expected = {
            let squares = model.moments().map(|m| m.deviation.powi(-2));
            (squares.sum::<f32>() / 3.0).sqrt()
        };
        let drift = health.drift().unwrap();
        assert!(drift > 2.0 * highest && (drift - expected).abs() < 0.4, "{drift} {expected} {highest}");
        assert!(health.counts().out_of_range > 0);
        watch(&mut health, &model, 3400..3800, 1.0);
        assert!(health.drift().unwrap() < 0.4, "{:?}", health.drift());
    }

    #[test]
    fn a_monitor_is_small() {
        assert!(size_of::<Health>() <= 128, "{}", size_of::<Health>());
    }
}
