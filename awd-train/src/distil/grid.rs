//! The choice of wavelet: length, depth, and the weight of the teacher's attributions, by cross-validation inside the
//! training split.
//!
//! As a valid wavelet has no other terms to trade against, only the ratio γ/λ matters. It is stepped in units that
//! make both terms equal for a db wavelet, so that the same few ratios suit any teacher.

use super::start::start;
use super::{Found, Objective, Value, catalogue, search, shortened};
use crate::data::{Attributions, Dataset, Fold, Target};
use crate::progress::{Event, Progress};
use crate::readout::Transform;
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use awd_core::Boundary;
use awd_core::dwt::MAX_LEVELS;
use awd_core::lifting::MAX_FILTER;
use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Filters that are tried.
const FILTERS: [(Family, usize); 6] = [
    (Family::Orthogonal, 2),
    (Family::Orthogonal, 4),
    (Family::Orthogonal, 6),
    (Family::Orthogonal, 10),
    (Family::Symmetric, 6),
    (Family::Symmetric, 10),
];

/// Depths that are tried, as far as the window carries them.
const LEVELS: [u8; 3] = [3, 4, 5];

/// γ·L1(attributions) over λ·L1(coefficients) at the db wavelet of the length.
const RATIOS: [f64; 3] = [1.0, 4.0, 16.0];

/// λ where none is given: the largest of the published grid.
const LAMBDA: f64 = 5e-3;

/// Windows that the grid searches over; the objective is a mean, and its least point moves little beyond these.
const WINDOWS: usize = 2048;

/// Windows that hops search over: where the valleys are, few windows tell.
const FEW: usize = 128;

/// Samples of so few windows, each searched on its own: one alone may prefer a valley that all windows do not.
const SAMPLES: usize = 3;

/// Penalty of the readouts that compare wavelets.
const PENALTY: f64 = 1e-2;

/// What is given; all else is chosen.
#[derive(Debug, Clone)]
pub struct Options {
    /// Kind of wavelet.
    pub family: Option<Family>,
    /// Taps of the filter, even.
    pub taps: Option<usize>,
    /// Number of levels.
    pub levels: Option<u8>,
    /// What stands beyond the window's ends.
    pub boundary: Boundary,
    /// Weight of the coefficients.
    pub lambda: Option<f64>,
    /// Weight of the attributions.
    pub gamma: Option<f64>,
    /// The one wavelet to start from: a name of the catalogue, or one with noise on its taps as `db5+0.3`.
    pub start: Option<String>,
    /// Deployed numbers for each output at most.
    pub numbers: usize,
    /// Of two classes, the probability above which class 1 is decided; one half without it.
    pub threshold: Option<f64>,
    /// Boards compute in 16-bit fixed point.
    pub fixed_point: bool,
    /// Random moves at most, at each depth, where one wavelet to start from is given. Without it the whole catalogue of
    /// the length is started from.
    pub hops: usize,
    /// Decides folds and hops.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            family: None,
            taps: None,
            levels: None,
            boundary: Boundary::Zero,
            lambda: None,
            gamma: None,
            start: None,
            numbers: 41,
            threshold: None,
            fixed_point: false,
            hops: 4000,
            seed: 1,
        }
    }
}

/// A wavelet of the grid and the weights it was found with.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The wavelet with boundary and depth.
    pub transform: Transform,
    /// Weight of the coefficients.
    pub lambda: f64,
    /// Weight of the attributions.
    pub gamma: f64,
}

/// The choice of best cross-validated score, the first of equals, and the evaluations of the objective that it took.
///
/// # Errors
/// An option is outside its bounds for these windows, or γ > 0 without gradients.
pub fn choose(
    data: &Dataset,
    attributions: Option<&Attributions>,
    options: &Options,
    folds: &[Fold],
    progress: Progress<'_>,
) -> Result<(Choice, usize)> {
    let start = options.check(data, attributions.is_some())?;
    let levels = options.depths(data.window());
    let filters = options.filters(data.window(), start.as_ref());
    let pairs: Vec<(u8, (Family, usize))> =
        levels.iter().flat_map(|&levels| filters.iter().map(move |&filter| (levels, filter))).collect();
    let part = Part::of(data, attributions, options.seed);

    let done = AtomicUsize::new(0);
    let tell = |stage, total, note: String| {
        progress(Event { stage, done: done.fetch_add(1, Ordering::Relaxed) + 1, total, note });
    };
    let hopped = start.as_ref().map(|start| {
        tell("starts", 2, "hops".into());
        let hopped = part.hopped(options, start, &levels);
        tell("starts", 2, format!("{} evaluations", hopped.1));
        hopped
    });
    done.store(0, Ordering::Relaxed);
    let found: Vec<(Vec<Choice>, usize)> = (pairs.par_iter())
        .map(|&(levels, (family, taps))| {
            let starts = hopped.as_ref().map_or_else(|| catalogue(family, taps), |(starts, _)| starts.clone());
            let found = part.wavelets(options, starts, levels);
            tell("wavelets", pairs.len(), format!("{taps} taps, {levels} levels"));
            found
        })
        .collect();
    let evaluations = found.iter().map(|(_, evaluations)| evaluations).chain(hopped.iter().map(|(_, n)| n)).sum();
    let mut choices: Vec<Choice> = found.into_iter().flat_map(|(choices, _)| choices).collect();
    if choices.is_empty() {
        return Err(Error::input("options", "taps", "no wavelet of this length has a bounded ladder to start from"));
    }
    choices.retain(|choice| choice.transform.budget(options.numbers, data.train.y.outputs()) > 0);
    if choices.is_empty() {
        let bound = format_args!("enough for a wavelet, a bias and a weight; asked for {}", options.numbers);
        return Err(Error::input("options", "numbers", bound));
    }
    done.store(0, Ordering::Relaxed);
    let scores: Vec<f64> = (choices.par_iter())
        .map(|choice| {
            let (readout, _) = choice.transform.cross_validate(&data.train, folds, options.numbers, &[PENALTY]);
            tell("readouts", choices.len(), format!("validated {:.4}", readout.score));
            readout.criterion
        })
        .collect();
    let mut best = 0;
    for (i, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = i;
        }
    }
    Ok((choices[best].clone(), evaluations))
}

impl Options {
    /// The wavelet to start from, if one is named.
    fn check(&self, data: &Dataset, attributed: bool) -> Result<Option<Wavelet>> {
        let window = data.window();
        let bad = |field: &str, bound: String| Err(Error::input(&data.file, field, bound));
        let deepest = window.ilog2().min(u32::from(MAX_LEVELS));
        if let Some(levels) = self.levels
            && !(1..=deepest).contains(&u32::from(levels))
        {
            return bad("levels", format!("1..={deepest} for windows of {window} samples; asked for {levels}"));
        }
        let longest = window.min(usize::from(MAX_FILTER));
        if let Some(taps) = self.taps
            && (!(2..=longest).contains(&taps) || taps % 2 != 0)
        {
            return bad("taps", format!("even, 2..={longest} for windows of {window} samples; asked for {taps}"));
        }
        if let (Some(family), Some(taps)) = (self.family, self.taps)
            && !family.has(taps)
        {
            return bad("taps", format!("6, 10, 14, … for a symmetric wavelet; asked for {taps}"));
        }
        for (field, weight) in [("lambda", self.lambda), ("gamma", self.gamma)] {
            if weight.is_some_and(|weight| !weight.is_finite() || weight < 0.0) {
                return bad(field, "finite, not negative".into());
            }
        }
        if !attributed && self.gamma.is_none_or(|gamma| gamma > 0.0) {
            return bad("gamma", "0 without a teacher or gradients to attribute with".into());
        }
        if self.lambda == Some(0.0) && self.gamma == Some(0.0) {
            return bad("lambda", "lambda or gamma above 0".into());
        }
        if let Some(threshold) = self.threshold {
            if data.train.y.outputs() != 1 || matches!(data.train.y, Target::Values(_)) {
                return bad("threshold", "nothing but for two classes".into());
            }
            if !(threshold > 0.0 && threshold < 1.0) {
                return bad("threshold", format!("a probability between 0 and 1; asked for {threshold}"));
            }
        }
        let Some(name) = &self.start else { return Ok(None) };
        let start = match start(name, self.seed) {
            Ok(start) => start,
            Err(bound) => return bad("start", bound),
        };
        if self.family == Some(Family::Symmetric) {
            return bad("start", "an orthogonal family; the wavelets of the catalogue are".into());
        }
        if start.taps().len() > longest || self.taps.is_some_and(|taps| taps != start.taps().len()) {
            return bad(
                "start",
                format!("a wavelet of the given taps, at most {longest}; {name} has {}", start.taps().len()),
            );
        }
        Ok(Some(start))
    }

    /// The filters to try: those of the table that are not ruled out, or the one that was asked for.
    fn filters(&self, window: usize, start: Option<&Wavelet>) -> Vec<(Family, usize)> {
        if let Some(start) = start {
            return vec![(start.family(), start.taps().len())];
        }
        let families = self.family.map_or(vec![Family::Orthogonal, Family::Symmetric], |family| vec![family]);
        match self.taps {
            Some(taps) => families.into_iter().map(|family| (family, taps)).filter(|f| f.0.has(taps)).collect(),
            None => FILTERS.into_iter().filter(|f| families.contains(&f.0) && f.1 <= window).collect(),
        }
    }

    /// λ, and the γ that makes both terms equal.
    fn equal(&self, at: &Value) -> (f64, f64) {
        let lambda = self.lambda.unwrap_or(LAMBDA);
        let equal = lambda * at.l1_coefficients / at.l1_attributions;
        (lambda, if equal.is_finite() && equal > 0.0 { equal } else { 1.0 })
    }

    fn depths(&self, window: usize) -> Vec<u8> {
        if let Some(levels) = self.levels {
            return vec![levels];
        }
        // A band of few coefficients says little; at least one level there must be.
        let deepest = u8::try_from(window.ilog2().saturating_sub(1).max(1)).unwrap_or(1);
        let mut depths: Vec<u8> = LEVELS.iter().map(|&levels| levels.min(deepest)).collect();
        depths.dedup();
        depths
    }
}

/// The windows that the grid searches over.
struct Part {
    x: Array2<f32>,
    attributions: Option<Attributions>,
}

impl Part {
    fn of(data: &Dataset, attributions: Option<&Attributions>, seed: u64) -> Self {
        let n = data.train.x.nrows();
        // Drawn, and not every so many: a file may be in a periodic order.
        let mut rows = sample(&mut ChaCha8Rng::seed_from_u64(seed), n, n.min(WINDOWS)).into_vec();
        rows.sort_unstable();
        Self {
            x: data.train.x.select(Axis(0), &rows),
            attributions: attributions.map(|attributions| attributions.select(&rows)),
        }
    }

    /// A few windows of them, evenly spread; each sample has others.
    fn few(&self, sample: usize) -> Self {
        let n = self.x.nrows();
        let step = n.div_ceil(FEW).max(1);
        let rows: Vec<usize> = (sample % step..n).step_by(step).collect();
        Self {
            x: self.x.select(Axis(0), &rows),
            attributions: self.attributions.as_ref().map(|attributions| attributions.select(&rows)),
        }
    }

    fn objective(&self, boundary: Boundary, levels: u8) -> Objective {
        Objective::new(&self.x, self.attributions.as_ref(), boundary, levels)
    }

    /// The start, and the wavelets that hops from it end at: one a depth and sample, for all depths and weights to start from.
    fn hopped(&self, options: &Options, start: &Wavelet, levels: &[u8]) -> (Vec<Wavelet>, usize) {
        let samples: Vec<(u8, usize)> =
            levels.iter().flat_map(|&levels| (0..SAMPLES).map(move |sample| (levels, sample))).collect();
        let found = samples.par_iter().filter_map(|&(levels, sample)| {
            let objective = self.few(sample).objective(options.boundary, levels);
            let (lambda, equal) = options.equal(&objective.value(start));
            let objective = objective.weighted(lambda, options.gamma.unwrap_or(RATIOS[1] * equal));
            search(&objective, std::slice::from_ref(start), options.hops, options.seed)
        });
        let found: Vec<Found> = found.collect();
        let evaluations = found.iter().map(|found| found.evaluations).sum();
        ([start.clone()].into_iter().chain(found.into_iter().map(|found| found.wavelet)).collect(), evaluations)
    }

    /// The wavelets for so many levels, one a ratio, each started from the last one too.
    fn wavelets(&self, options: &Options, mut starts: Vec<Wavelet>, levels: u8) -> (Vec<Choice>, usize) {
        let Some(first) = starts.first() else { return (Vec::new(), 0) };
        let objective = self.objective(options.boundary, levels);
        let (lambda, equal) = options.equal(&objective.value(first));
        let gammas: Vec<f64> = match options.gamma {
            Some(gamma) => vec![gamma],
            None if lambda == 0.0 => vec![equal],
            // There is one wavelet, whatever the weights.
            None if first.free().is_empty() => vec![0.0],
            None => RATIOS.iter().map(|ratio| ratio * equal).collect(),
        };
        let (mut choices, mut evaluations) = (Vec::new(), 0);
        for gamma in gammas {
            let weighted = objective.clone().weighted(lambda, gamma);
            let Some(found) = search(&weighted, &starts, 0, options.seed) else { continue };
            starts.push(found.wavelet.clone());
            // The length of a start is no choice of length.
            let open = options.start.is_some() && options.taps.is_none();
            let found = if open { shortened(&weighted, found) } else { found };
            evaluations += found.evaluations;
            let transform = Transform { wavelet: found.wavelet, boundary: options.boundary, levels };
            choices.push(Choice { transform, lambda, gamma });
        }
        (choices, evaluations)
    }
}
