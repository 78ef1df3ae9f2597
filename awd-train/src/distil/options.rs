//! The options of a distillation, and the candidates that are tried where an option is left open.

use super::start::start;
use crate::data::{Dataset, Dealt, Target};
use crate::readout::{Budget, Platform};
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use awd_core::Boundary;
use awd_core::features::image::MAX_COUNTS;
use awd_core::transform::MAX_LEVELS;
use awd_core::wavelet::MAX_FILTER;
use std::path::PathBuf;

/// The wavelet families that are tried, and the filter lengths of each in ascending order.
const FILTERS: [(Family, &[usize]); 2] = [(Family::Orthogonal, &[2, 4, 6, 10]), (Family::Symmetric, &[6, 10])];

/// Minimum and maximum number of levels for signals. Between these bounds the coarsest band has 8 to 15 coefficients.
const LEVELS: [u32; 2] = [3, 5];

/// Numbers of levels that are tried for images.
const IMAGE_LEVELS: [u8; 3] = [2, 3, 4];

/// Maximum number of levels for images.
const MAX_IMAGE_LEVELS: u32 = 4;

/// Default λ: the largest of the published grid.
const LAMBDA: f64 = 5e-3;

/// Which wavelets are candidates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// Learned wavelets. For signals with enough windows to choose by, fixed ones too, unless another option restricts
    /// or supervises the wavelet.
    #[default]
    Any,
    /// Learned wavelets.
    Learned,
    /// Fixed wavelets.
    Fixed,
}

/// The options of a distillation. What they leave open is chosen automatically.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which wavelets are candidates.
    pub wavelet: Origin,
    /// Wavelet family.
    pub family: Option<Family>,
    /// Number of filter taps, even.
    pub taps: Option<usize>,
    /// Number of levels.
    pub levels: Option<u8>,
    /// Use a wavelet for each level instead of one for all levels.
    pub each_level: bool,
    /// Boundary handling at the window's ends. Default: zeros for signals, periodic for images.
    pub boundary: Option<Boundary>,
    /// Candidate weights λ of the coefficients. Only γ/λ matters, so one is enough.
    pub lambdas: Vec<f64>,
    /// Candidate weights γ of the attributions. Each is combined with each λ. Ascending order works best.
    pub gammas: Vec<f64>,
    /// Weight of the readout's cross-validated loss, relative to the objective's value. An extension of the method, in
    /// which the wavelet also depends on the targets. 0 turns it off.
    pub supervised: f64,
    /// The only wavelet to start from: a name of the catalogue, or a name with noise on the taps, such as `db5+0.3`.
    pub start: Option<String>,
    /// Maximum number of deployed parameters for each output.
    pub max_parameters: usize,
    /// What scores on the device: the next two limits are for it.
    pub target: Platform,
    /// Maximum number of instructions per score, estimated from the features. Signals only.
    pub instructions: Option<u32>,
    /// Maximum number of bytes of flash of generated code, estimated from the features. Signals only.
    pub flash: Option<u32>,
    /// For two classes: the probability above which the model decides for class 1. Default: one half.
    pub threshold: Option<f64>,
    /// The board computes in 16-bit fixed point.
    pub fixed_point: bool,
    /// Readouts are also trained on early events: windows of which only the start has been seen ([`crate::augment`]).
    pub early_events: bool,
    /// How windows are assigned to the folds of the cross-validation.
    pub folds: Dealt,
    /// The readout drops inputs as long as its held-out loss, 1 − R² or the mean of −ln p, rises by no more than this.
    pub within: f64,
    /// For classes: the model decides as if all classes were equally frequent.
    pub balanced: bool,
    /// The model file holds only what scoring needs.
    pub bare: bool,
    /// If `start` is given: the maximum number of random moves for each depth and each subset of the windows. Otherwise
    /// all catalogue wavelets of the length are starts.
    pub hops: usize,
    /// Seed of all random choices, such as folds, subsamples and hops.
    pub seed: u64,
    /// Checkpoint file of the search. If it exists, the search resumes from it.
    pub checkpoint: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wavelet: Origin::Any,
            family: None,
            taps: None,
            levels: None,
            each_level: false,
            boundary: None,
            lambdas: Vec::new(),
            gammas: Vec::new(),
            supervised: 0.0,
            start: None,
            max_parameters: 41,
            target: Platform::File,
            instructions: None,
            flash: None,
            threshold: None,
            fixed_point: false,
            early_events: false,
            folds: Dealt::default(),
            within: 0.0,
            balanced: false,
            bare: false,
            hops: 4000,
            seed: 1,
            checkpoint: None,
        }
    }
}

impl Options {
    /// Checks the options against the data. Returns the wavelet to start from, if one is named.
    pub(super) fn check(&self, data: &Dataset, attributed: bool) -> Result<Option<Wavelet>> {
        let window = data.window();
        let bad = |field: &str, bound: String| Err(Error::input(&data.file, field, bound));
        if data.rows > 1 {
            self.check_image(data)?;
        }
        let deepest = deepest(data);
        if let Some(levels) = self.levels
            && !(1..=deepest).contains(&u32::from(levels))
        {
            return bad("levels", format!("1 to {deepest} for windows of {window} samples; asked for {levels}"));
        }
        let longest = side(data).min(usize::from(MAX_FILTER));
        if let Some(taps) = self.taps
            && (!(2..=longest).contains(&taps) || taps % 2 != 0)
        {
            return bad(
                "taps",
                format!("an even number from 2 to {longest} for windows of {window} samples; asked for {taps}"),
            );
        }
        if let (Some(family), Some(taps)) = (self.family, self.taps)
            && !family.has(taps)
        {
            return bad("taps", format!("6, 10, 14, … for a symmetric wavelet; asked for {taps}"));
        }
        let supervised = vec![self.supervised];
        for (field, weights) in [("lambda", &self.lambdas), ("gamma", &self.gammas), ("supervised", &supervised)] {
            if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
                return bad(field, "finite and not negative".into());
            }
        }
        if !(0.0..f64::INFINITY).contains(&self.within) {
            return bad("within", format!("a loss, finite and not negative; asked for {}", self.within));
        }
        if !attributed && (self.gammas.is_empty() || self.gammas.iter().any(|gamma| *gamma > 0.0)) {
            return bad("gamma", "0 without a teacher and without gradients".into());
        }
        if self.lambdas.contains(&0.0) && self.gammas.contains(&0.0) {
            return bad("lambda", "lambda or gamma above 0".into());
        }
        if self.wavelet == Origin::Fixed && !(self.is_free(data) && self.supervised == 0.0) {
            return bad(
                "wavelet",
                "any or learned for images, and with a family, taps, a start, one wavelet per level or supervision"
                    .into(),
            );
        }
        if self.balanced && data.train.y.outputs() == 1 && matches!(data.train.y, Target::Values(_)) {
            return bad("balanced", "only for classes, not for values".into());
        }
        if self.flash.is_some() && self.target == Platform::File {
            let bound = "only for generated code: choose a processor as target; the flash of the reader of files does not depend on the model";
            return bad("flash", bound.into());
        }
        if self.instructions.or(self.flash).is_some()
            && self.target != Platform::File
            && self.target.is_fixed() != self.fixed_point
        {
            let arithmetic = if self.target.is_fixed() { "integers" } else { "floating point" };
            return bad(
                "target",
                format!("one that scores as the model does; the code for this processor scores in {arithmetic}"),
            );
        }
        self.check_threshold(data)?;
        self.check_start(data)
    }

    /// The limits on a model's size.
    pub(super) const fn budget(&self) -> Budget {
        Budget {
            parameters: self.max_parameters,
            target: self.target,
            instructions: self.instructions,
            flash: self.flash,
        }
    }

    /// The boundary handling for the windows of this set.
    #[must_use]
    pub fn boundary(&self, data: &Dataset) -> Boundary {
        self.boundary.unwrap_or(if data.rows > 1 { Boundary::Periodization } else { Boundary::Zero })
    }

    /// Whether no option restricts the wavelet, so that several may be combined and fixed ones may be chosen.
    pub(super) const fn is_free(&self, data: &Dataset) -> bool {
        data.rows < 2 && self.family.is_none() && self.taps.is_none() && self.start.is_none() && !self.each_level
    }

    /// Number of peak histograms that readouts of this set may choose from. 0 for signals, and for small budgets
    /// because each histogram takes two parameters.
    pub(super) fn histograms(&self, data: &Dataset) -> usize {
        histograms(data, self.max_parameters)
    }

    fn check_image(&self, data: &Dataset) -> Result<()> {
        let bad = |field: &str, bound: &str| Err(Error::input(&data.file, field, bound));
        if deepest(data) == 0 {
            let [height, width] = [data.rows, data.window() / data.rows];
            return bad("x_train", &format!("images with even sides; these have {height} by {width}: crop them"));
        }
        if self.boundary.is_some_and(|boundary| boundary != Boundary::Periodization) {
            return bad("boundary", "periodization for images");
        }
        if self.fixed_point {
            return bad("fixed_point", "only for signals; images are scored in floating point");
        }
        for (field, bound) in [("instructions", self.instructions), ("flash", self.flash)] {
            if bound.is_some() {
                return bad(field, "only for signals; there is no estimate for images");
            }
        }
        if self.early_events {
            return bad("early_events", "only for signals; an image has no early part");
        }
        Ok(())
    }

    fn check_threshold(&self, data: &Dataset) -> Result<()> {
        let Some(threshold) = self.threshold else { return Ok(()) };
        let bad = |bound: String| Err(Error::input(&data.file, "threshold", bound));
        if data.train.y.outputs() != 1 || matches!(data.train.y, Target::Values(_)) {
            return bad("only for two classes".into());
        }
        if !(threshold > 0.0 && threshold < 1.0) {
            return bad(format!("a probability between 0 and 1; asked for {threshold}"));
        }
        Ok(())
    }

    fn check_start(&self, data: &Dataset) -> Result<Option<Wavelet>> {
        let bad = |bound: String| Err(Error::input(&data.file, "start", bound));
        let Some(name) = &self.start else { return Ok(None) };
        let start = match start(name, self.seed) {
            Ok(start) => start,
            Err(bound) => return bad(bound),
        };
        if self.family == Some(Family::Symmetric) {
            return bad("only for the orthogonal family; the wavelets of the catalogue are orthogonal".into());
        }
        let (taps, longest) = (start.taps().len(), side(data).min(usize::from(MAX_FILTER)));
        if taps > longest || self.taps.is_some_and(|asked| asked != taps) {
            return bad(format!("a wavelet with the given number of taps, at most {longest}; {name} has {taps}"));
        }
        Ok(Some(start))
    }

    /// The families to try and the lengths of each: those of `FILTERS` that are not ruled out, or the requested ones.
    pub(super) fn filters(&self, data: &Dataset, start: Option<&Wavelet>) -> Vec<(Family, Vec<usize>)> {
        if let Some(start) = start {
            return vec![(start.family(), vec![start.taps().len()])];
        }
        let families = FILTERS.into_iter().filter(|(family, _)| self.family.is_none_or(|asked| asked == *family));
        let lengths = |family: Family, table: &[usize]| match self.taps {
            Some(taps) => vec![taps].into_iter().filter(|&taps| family.has(taps)).collect(),
            None => table.iter().copied().filter(|&taps| taps <= side(data)).collect(),
        };
        families.map(|(family, table)| (family, lengths(family, table))).collect()
    }

    pub(super) fn depths(&self, data: &Dataset) -> Vec<u8> {
        if let Some(levels) = self.levels {
            return vec![levels];
        }
        let side = side(data);
        if data.rows > 1 {
            // A band of few coefficients carries little information. At least one level is needed.
            let useful = side.ilog2().saturating_sub(1).max(1);
            let deepest = u8::try_from(useful.min(deepest(data))).unwrap_or(1);
            let mut depths: Vec<u8> = IMAGE_LEVELS.iter().map(|&levels| levels.min(deepest)).collect();
            depths.dedup();
            return depths;
        }
        // A deeper transform contains the detail bands of a shallower one, so one depth is enough.
        let [least, most] = LEVELS;
        let levels = side.ilog2().saturating_sub(3).clamp(least, most).min(deepest(data));
        vec![u8::try_from(levels).unwrap_or(1)]
    }

    pub(super) fn lambdas(&self) -> Vec<f64> {
        if self.lambdas.is_empty() { vec![LAMBDA] } else { self.lambdas.clone() }
    }
}

/// Number of samples of a signal, or of the shorter side of an image.
fn side(data: &Dataset) -> usize {
    let width = data.window() / data.rows.max(1);
    if data.rows > 1 { width.min(data.rows) } else { width }
}

/// Number of peak histograms within a budget of parameters for each output.
pub(super) const fn histograms(data: &Dataset, parameters: usize) -> usize {
    if data.rows > 1 && parameters >= 8 * MAX_COUNTS { MAX_COUNTS } else { 0 }
}

/// Maximum number of levels. For images, each level must halve both sides.
fn deepest(data: &Dataset) -> u32 {
    if data.rows > 1 {
        let halved = data.rows.trailing_zeros().min((data.window() / data.rows).trailing_zeros());
        halved.min(MAX_IMAGE_LEVELS)
    } else {
        side(data).ilog2().min(u32::from(MAX_LEVELS))
    }
}
