//! Copies of few training windows, for readouts: what moves a little, or has a little more noise, is of the same class.

use crate::data::{Fold, Samples};
use crate::simulate::normal;
use ndarray::{Array2, Axis, concatenate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Windows that are many: copies make up so many at most, and of more there are none.
const MANY: usize = 1000;

/// Windows that readouts are chosen by at most, where each choice is no longer one of chance; and their samples, all together.
const MOST: usize = 1 << 16;
const SAMPLES: usize = 1 << 26;

/// How far copies are moved at most, as a share of the window.
const SHIFT: f64 = 0.05;

/// Noise that they get, in units of the noise that is there.
const NOISE: f64 = 0.5;

/// Windows to fit readouts to.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The windows, and behind them their copies.
    pub samples: Samples,
    /// Copies are fitted to with the windows that they are of, and never validated on.
    pub folds: Vec<Fold>,
    /// The windows themselves.
    pub windows: usize,
}

impl Lesson {
    /// How many windows of so many samples are enough: a table of their candidates is held, several times.
    #[must_use]
    pub fn most(window: usize) -> usize {
        MOST.min(SAMPLES / window.max(1))
    }

    /// What readouts may be fitted to, one of which is to be chosen: the windows alone, and where they are few, with copies
    /// of them too. The same seed gives the same.
    #[must_use]
    pub fn all(samples: &Samples, folds: &[Fold], seed: u64) -> Vec<Self> {
        [Self::alone(samples, folds)].into_iter().chain(Self::copied(samples, folds, seed)).collect()
    }

    /// The windows alone: images are not moved along their rows.
    #[must_use]
    pub fn alone(samples: &Samples, folds: &[Fold]) -> Self {
        Self { samples: samples.clone(), folds: folds.to_vec(), windows: samples.y.len() }
    }

    /// [`Lesson::all`] of signals, [`Lesson::alone`] of images of so many rows.
    #[must_use]
    pub fn of(samples: &Samples, rows: usize, folds: &[Fold], seed: u64) -> Vec<Self> {
        if rows > 1 { vec![Self::alone(samples, folds)] } else { Self::all(samples, folds, seed) }
    }

    fn copied(samples: &Samples, folds: &[Fold], seed: u64) -> Option<Self> {
        let windows = samples.y.len();
        let copies = (MANY / windows).saturating_sub(1);
        if copies == 0 {
            return None;
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rows: Vec<usize> = (0..windows * copies).map(|i| i % windows).collect();
        let mut copied = samples.select(&rows);
        let noise = NOISE * noise(&samples.x);
        let reach = SHIFT * samples.x.ncols() as f64;
        for mut x in copied.x.rows_mut() {
            let original = x.to_vec();
            let shift = reach * random.random_range(-1.0..1.0);
            for (i, x) in x.iter_mut().enumerate() {
                *x = (at(&original, i as f64 + shift) + noise * normal(&mut random)) as f32;
            }
        }
        let x = concatenate(Axis(0), &[samples.x.view(), copied.x.view()]).expect("windows of one length");
        let rows: Vec<usize> = (0..windows).chain(rows).collect();
        let with_copies = |fold: &Fold| {
            let train = (0..=copies).flat_map(|copy| fold.train.iter().map(move |row| copy * windows + row));
            Fold { train: train.collect(), ..fold.clone() }
        };
        let folds = folds.iter().map(with_copies).collect();
        Some(Self { samples: Samples { x, y: samples.y.select(&rows) }, folds, windows })
    }
}

/// A window between its samples; it stays what it is beyond its ends.
fn at(x: &[f32], time: f64) -> f64 {
    let last = x.len() - 1;
    let time = time.clamp(0.0, last as f64);
    let (before, share) = (time.floor() as usize, time.fract());
    f64::from(x[before]) * (1.0 - share) + f64::from(x[(before + 1).min(last)]) * share
}

/// The deviation of white noise whose neighbours differ as those of these windows do, in the median: an upper bound of the
/// noise in a smooth signal (after Rice 1984).
fn noise(x: &Array2<f32>) -> f64 {
    let mut steps: Vec<f32> = Vec::with_capacity(x.len());
    for x in x.rows() {
        steps.extend(x.iter().zip(x.iter().skip(1)).map(|(a, b)| (b - a).abs()));
    }
    steps.sort_by(f32::total_cmp);
    // The median of a normal distribution's moduli is at .6745 of its deviation.
    f64::from(steps[steps.len() / 2]) / (0.6745 * f64::sqrt(2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Target, folds};

    /// So many edges, each at a place of its own, and that place.
    fn edges(n: usize) -> Samples {
        let place = |i: usize| 30 + i % 40;
        let x = Array2::from_shape_fn((n, 100), |(i, j)| f32::from(u8::from(j >= place(i))));
        Samples { x, y: Target::Values((0..n).map(|i| place(i) as f64).collect()) }
    }

    fn lessons(n: usize) -> Vec<Lesson> {
        let samples = edges(n);
        Lesson::all(&samples, &folds(&samples, None, 5, 1), 1)
    }

    #[test]
    fn few_windows_have_copies_and_many_have_none() {
        assert_eq!(lessons(501).len(), 1);
        let lessons = lessons(40);
        assert_eq!((lessons[0].samples.y.len(), lessons[1].samples.y.len()), (40, 1000));
        assert_eq!((lessons[0].windows, lessons[1].windows), (40, 40));
        assert_eq!(lessons[0].samples.x, lessons[1].samples.x.select(Axis(0), &(0..40).collect::<Vec<_>>()));
    }

    #[test]
    fn a_copy_is_never_fitted_to_where_its_window_is_validated_on() {
        for fold in &lessons(40)[1].folds {
            assert!(fold.train.len() == 25 * 32 && fold.valid.len() == 8 && fold.units == fold.valid, "{fold:?}");
            assert!(fold.train.iter().all(|row| !fold.valid.contains(&(row % 40))));
            assert!(fold.valid.iter().all(|&row| row < 40));
        }
    }

    #[test]
    fn copies_are_moved_a_little_and_keep_their_target() {
        let lesson = &lessons(40)[1];
        let Target::Values(places) = &lesson.samples.y else { panic!() };
        let moved: Vec<f64> = (lesson.samples.x.rows().into_iter().zip(places))
            .map(|(x, place)| place - x.iter().position(|&x| x > 0.5).unwrap() as f64)
            .collect();
        assert!(moved[..40].iter().all(|moved| *moved == 0.0));
        assert!(moved.iter().all(|moved| moved.abs() <= 5.0) && moved.iter().any(|moved| moved.abs() >= 4.0));
    }

    #[test]
    fn the_noise_is_that_of_the_windows() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let slow = |(_, j): (usize, usize)| (0.1 * j as f64).sin();
        let x = Array2::from_shape_fn((50, 200), |at| (slow(at) + 0.3 * normal(&mut random)) as f32);
        assert!((noise(&x) - 0.3).abs() < 0.02, "{}", noise(&x));
        assert_eq!(noise(&edges(9).x), 0.0);
    }
}
