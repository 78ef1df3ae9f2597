//! Drift detection: does the instrument still see data like the training data?
//!
//! A model may store statistics of its training windows: the range of the samples, and mean and standard deviation of
//! the log energy of each band of its first wavelet. A [`Health`] compares scored windows with these statistics.
//! [`Model::score_observed`] updates it from the bands that scoring computes anyway. It never changes a score, and
//! firmware that does not use it pays nothing for it.

use crate::Model;
use crate::model::Moments;
use crate::transform::dwt::MAX_LEVELS;
use heapless::Vec;

/// The number of bands of the deepest transform.
pub const MAX_BANDS: usize = MAX_LEVELS as usize + 1;

/// Length of the drift's moving average in windows: the latest window has a weight of 1/64.
pub const MEMORY: u8 = 64;

/// Counts of observed windows and of abnormal samples. A sample that is not finite is counted only as not finite; any
/// other sample is counted in every category that applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counts {
    /// Observed windows.
    pub windows: u64,
    /// Samples that are infinite or NaN.
    pub not_finite: u64,
    /// Samples at the converter's limits or beyond.
    pub saturated: u64,
    /// Samples below the minimum or above the maximum of the training set.
    pub out_of_range: u64,
}

/// Monitors the windows that one model scores. Call [`reset`](Health::reset) after loading another model.
#[derive(Debug, Clone)]
pub struct Health {
    limits: Option<[f32; 2]>,
    counts: Counts,
    /// For each band, the moving average of (log energy − mean) / deviation.
    shifts: Vec<f32, MAX_BANDS>,
    /// The number of windows in the averages, at most [`MEMORY`].
    averaged: u8,
}

impl Health {
    /// A monitor that has observed no window. `limits` are the lowest and the highest value of the analog-to-digital
    /// converter, in the unit of the samples. Without them no sample counts as saturated.
    #[must_use]
    pub const fn new(limits: Option<[f32; 2]>) -> Self {
        let counts = Counts { windows: 0, not_finite: 0, saturated: 0, out_of_range: 0 };
        Self { limits, counts, shifts: Vec::new(), averaged: 0 }
    }

    /// Clears counts and averages; keeps the limits.
    pub fn reset(&mut self) {
        *self = Self::new(self.limits);
    }

    /// Observes a window `x` and the [`LogEnergy`](crate::Feature::LogEnergy) of each band of the first wavelet, finest
    /// first. [`Model::score_observed`] calls this.
    pub fn observe(&mut self, model: &Model<'_>, x: &[f32], energies: &[f32]) {
        let range = model.range();
        self.count(x, range);
        // A NaN would never leave the moving average, so such a window is only counted.
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
        // Resizes at the first window only. It cannot fail: no model has more than MAX_BANDS bands per wavelet.
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

    /// The distance of recent log energies from the training set's, in standard deviations of the training set: √(Σm² /
    /// bands). Here m is a band's moving average of z = (ln(Σc² + 10⁻⁶σ²) − mean) / deviation, with m ← m + (z − m) /
    /// min(t, 64) at the t-th window. Returns `None` if the model stores no training statistics, or if no observed
    /// window was finite.
    ///
    /// If every z is shifted by d, the drift converges to |d|. For independent windows distributed as in the training
    /// set it stays near 1/√t, and in the long run near 1/√127 = 0.09; for overlapping windows it is somewhat higher.
    #[must_use]
    pub fn drift(&self) -> Option<f32> {
        let squares: f32 = self.shifts.iter().map(|shift| shift * shift).sum();
        // A model has far fewer than 256 bands.
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

    /// A window of uniform noise in ±1, a different one for each seed.
    fn noise(seed: u32) -> [f32; 8] {
        let mut state = seed.wrapping_mul(2_654_435_769) | 1;
        core::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
    }

    /// A model whose training statistics are those of the first 1000 windows of noise.
    fn trained() -> Model<'static> {
        let model = model();
        let terms = [0, 1, 2].map(|band| Term { band, feature: Feature::LogEnergy });
        let mut sums = [[0.0_f64; 2]; 3];
        for seed in 0..1000 {
            let mut sums = sums.iter_mut();
            let accumulate = |e: f32| {
                let [sum, squares] = sums.next().unwrap();
                *sum += f64::from(e);
                *squares += f64::from(e).powi(2);
            };
            features::of_window(&[model.dwt()], &noise(seed), &terms, 1.0, &mut [0.0; 16], accumulate).unwrap();
        }
        let moments = sums.map(|[sum, squares]| {
            let mean = sum / 1000.0;
            Moments { mean: mean as f32, deviation: (squares / 1000.0 - mean * mean).sqrt() as f32 }
        });
        Parts { reference: Some(([-1.0, 1.0], moments.to_vec())), ..parts() }.model()
    }

    fn observe_noise(health: &mut Health, model: &Model<'_>, windows: core::ops::Range<u32>, gain: f32) {
        for seed in windows {
            model.score_observed(&noise(seed).map(|x| gain * x), &mut [0.0; 16], health).unwrap();
        }
    }

    #[test]
    fn abnormal_samples_are_counted_in_their_categories() {
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
    fn drift_matches_a_hand_calculation() {
        let (model, mut health) = (model(), Health::new(None));
        let at = |z: [f32; 3]| [0, 1, 2].map(|i| reference().1[i].mean + z[i] * reference().1[i].deviation);
        let is_close = |drift: Option<f32>, expected: f32| (drift.unwrap() - expected).abs() < 1e-5;
        health.observe(&model, &[], &at([2.0, 0.0, -1.0]));
        assert!(is_close(health.drift(), (5.0_f32 / 3.0).sqrt()), "{:?}", health.drift());
        health.observe(&model, &[], &at([0.0, 0.0, 0.0]));
        assert!(is_close(health.drift(), (1.25_f32 / 3.0).sqrt()), "{:?}", health.drift());
        // A window that is not finite does not change the drift.
        health.observe(&model, &[], &[f32::NAN, 0.0, 0.0]);
        assert!(is_close(health.drift(), (1.25_f32 / 3.0).sqrt()), "{:?}", health.drift());
        // After 64 windows the latest window has a weight of 1/64.
        for _ in 0..1000 {
            health.observe(&model, &[], &at([0.0; 3]));
        }
        health.observe(&model, &[], &at([1.0; 3]));
        assert!(is_close(health.drift(), 1.0 / 64.0), "{:?}", health.drift());
    }

    #[test]
    fn drift_is_low_for_training_like_windows_and_rises_for_others() {
        let (model, mut health) = (trained(), Health::new(None));
        let mut highest = 0.0_f32;
        for seed in 1000..3000 {
            observe_noise(&mut health, &model, seed..seed + 1, 1.0);
            if seed >= 1064 {
                highest = highest.max(health.drift().unwrap());
            }
        }
        assert!(highest < 0.4, "{highest}");
        assert_eq!(health.counts(), Counts { windows: 2000, ..Counts::default() });
        // A gain of √e adds 1 to every log energy.
        observe_noise(&mut health, &model, 3000..3400, 0.5_f32.exp());
        let expected = {
            let squares = model.moments().map(|m| m.deviation.powi(-2));
            (squares.sum::<f32>() / 3.0).sqrt()
        };
        let drift = health.drift().unwrap();
        assert!(drift > 2.0 * highest && (drift - expected).abs() < 0.4, "{drift} {expected} {highest}");
        assert!(health.counts().out_of_range > 0);
        observe_noise(&mut health, &model, 3400..3800, 1.0);
        assert!(health.drift().unwrap() < 0.4, "{:?}", health.drift());
    }

    #[test]
    fn health_takes_at_most_128_bytes() {
        assert!(size_of::<Health>() <= 128, "{}", size_of::<Health>());
    }
}
