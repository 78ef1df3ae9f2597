//! What a distillation is asked for, and what is tried where it is not said.

use super::start::start;
use crate::data::{Dataset, Dealt, Target};
use crate::readout::Budget;
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use awd_core::Boundary;
use awd_core::features::image::MAX_COUNTS;
use awd_core::transform::MAX_LEVELS;
use awd_core::wavelet::MAX_FILTER;
use std::path::PathBuf;

/// Families that are tried, and lengths of each, ascending.
const FILTERS: [(Family, &[usize]); 2] = [(Family::Orthogonal, &[2, 4, 6, 10]), (Family::Symmetric, &[6, 10])];

/// The least and the greatest depth of signals: the coarsest band of one between has 8 to 15 coefficients.
const LEVELS: [u32; 2] = [3, 5];

/// Depths that are tried of images.
const IMAGE_LEVELS: [u8; 3] = [2, 3, 4];

/// Levels of the deepest transform of images.
const MAX_IMAGE_LEVELS: u32 = 4;

/// λ where none is given: the largest of the published grid.
const LAMBDA: f64 = 5e-3;

/// Which wavelets there are to choose from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// Those that are searched for; of windows that are enough to choose by, and where no kind of wavelet is asked for, fixed ones too.
    #[default]
    Any,
    /// Those that are searched for.
    Learned,
    /// Fixed ones.
    Fixed,
}

/// What is given; all else is chosen.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the wavelet comes from.
    pub wavelet: Origin,
    /// Kind of wavelet.
    pub family: Option<Family>,
    /// Taps of the filter, even.
    pub taps: Option<usize>,
    /// Number of levels.
    pub levels: Option<u8>,
    /// A wavelet for each level, not one for all.
    pub each_level: bool,
    /// What stands beyond the window's ends: zeros without it, and of images themselves, around a circle.
    pub boundary: Option<Boundary>,
    /// Weights of the coefficients to choose from. As only γ/λ matters, one will do.
    pub lambdas: Vec<f64>,
    /// Weights of the attributions to choose from, all of them with each λ; best in ascending order.
    pub gammas: Vec<f64>,
    /// Weight of the readout's own cross-validated loss beside the objective in units of its value: an extension of the
    /// method, in which the wavelet sees the targets. 0 leaves it out.
    pub supervised: f64,
    /// The one wavelet to start from: a name of the catalogue, or one with noise on its taps as `db5+0.3`.
    pub start: Option<String>,
    /// Deployed parameters for each output at most.
    pub max_parameters: usize,
    /// Instructions of a score on a Cortex-M4F at most, as they are estimated from the features; of signals.
    pub instructions: Option<u32>,
    /// Of two classes, the probability above which class 1 is decided; one half without it.
    pub threshold: Option<f64>,
    /// Boards compute in 16-bit fixed point.
    pub fixed_point: bool,
    /// Readouts also see windows of which only a start has been seen ([`crate::augment`]).
    pub early_events: bool,
    /// How windows are dealt to the folds of the cross-validation.
    pub folds: Dealt,
    /// The readout has fewer inputs as long as its held-out loss, 1 − R² or the mean of −ln p, rises by no more than this.
    pub within: f64,
    /// Of classes, the model decides as if all were as frequent.
    pub balanced: bool,
    /// The file holds what scoring needs and nothing else.
    pub bare: bool,
    /// Random moves at most, at each depth, where one wavelet to start from is given. Without it the whole catalogue of
    /// the length is started from.
    pub hops: usize,
    /// Decides folds and hops.
    pub seed: u64,
    /// Where the search keeps what it has come to, and goes on from if it is there.
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
            instructions: None,
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
    /// The wavelet to start from, if one is named.
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
            return bad("levels", format!("1..={deepest} for windows of {window} samples; asked for {levels}"));
        }
        let longest = side(data).min(usize::from(MAX_FILTER));
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
        let supervised = vec![self.supervised];
        for (field, weights) in [("lambda", &self.lambdas), ("gamma", &self.gammas), ("supervised", &supervised)] {
            if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
                return bad(field, "finite, not negative".into());
            }
        }
        if !(0.0..f64::INFINITY).contains(&self.within) {
            return bad("within", format!("a loss, finite and not negative; asked for {}", self.within));
        }
        if !attributed && (self.gammas.is_empty() || self.gammas.iter().any(|gamma| *gamma > 0.0)) {
            return bad("gamma", "0 without a teacher or gradients to attribute with".into());
        }
        if self.lambdas.contains(&0.0) && self.gammas.contains(&0.0) {
            return bad("lambda", "lambda or gamma above 0".into());
        }
        if self.wavelet == Origin::Fixed && !(self.is_free(data) && self.supervised == 0.0) {
            return bad(
                "wavelet",
                "any or learned for images, and with a family, taps, a start, a wavelet a level or supervision".into(),
            );
        }
        if self.balanced && data.train.y.outputs() == 1 && matches!(data.train.y, Target::Values(_)) {
            return bad("balanced", "of classes; values have none".into());
        }
        self.check_threshold(data)?;
        self.check_start(data)
    }

    /// What a model may have at most.
    pub(super) const fn budget(&self) -> Budget {
        Budget { parameters: self.max_parameters, instructions: self.instructions }
    }

    /// What stands beyond the ends of windows of this set.
    #[must_use]
    pub fn boundary(&self, data: &Dataset) -> Boundary {
        self.boundary.unwrap_or(if data.rows > 1 { Boundary::Periodization } else { Boundary::Zero })
    }

    /// Is the choice of wavelets free, so that several may stand side by side, and fixed ones be chosen?
    pub(super) const fn is_free(&self, data: &Dataset) -> bool {
        data.rows < 2 && self.family.is_none() && self.taps.is_none() && self.start.is_none() && !self.each_level
    }

    /// Histograms of peaks that readouts of this set may choose from: none of signals, nor where the budget is small, as each takes
    /// two parameters.
    pub(super) fn histograms(&self, data: &Dataset) -> usize {
        histograms(data, self.max_parameters)
    }

    fn check_image(&self, data: &Dataset) -> Result<()> {
        let bad = |field: &str, bound: &str| Err(Error::input(&data.file, field, bound));
        if deepest(data) == 0 {
            let [height, width] = [data.rows, data.window() / data.rows];
            return bad("x_train", &format!("images of even sides; these have {height} by {width}: crop them"));
        }
        if self.boundary.is_some_and(|boundary| boundary != Boundary::Periodization) {
            return bad("boundary", "periodization for images");
        }
        if self.fixed_point {
            return bad("fixed_point", "false: images are scored in floating point");
        }
        if self.instructions.is_some() {
            return bad("instructions", "nothing for images: they are estimated of signals");
        }
        if self.early_events {
            return bad("early_events", "nothing for images: they are there at once");
        }
        Ok(())
    }

    fn check_threshold(&self, data: &Dataset) -> Result<()> {
        let Some(threshold) = self.threshold else { return Ok(()) };
        let bad = |bound: String| Err(Error::input(&data.file, "threshold", bound));
        if data.train.y.outputs() != 1 || matches!(data.train.y, Target::Values(_)) {
            return bad("nothing but for two classes".into());
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
            return bad("an orthogonal family; the wavelets of the catalogue are".into());
        }
        let (taps, longest) = (start.taps().len(), side(data).min(usize::from(MAX_FILTER)));
        if taps > longest || self.taps.is_some_and(|asked| asked != taps) {
            return bad(format!("a wavelet of the given taps, at most {longest}; {name} has {taps}"));
        }
        Ok(Some(start))
    }

    /// The families to try and lengths of each: those of the table that are not ruled out, or what was asked for.
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
            // A band of few coefficients says little; at least one level there must be.
            let few = side.ilog2().saturating_sub(1).max(1);
            let deepest = u8::try_from(few.min(deepest(data))).unwrap_or(1);
            let mut depths: Vec<u8> = IMAGE_LEVELS.iter().map(|&levels| levels.min(deepest)).collect();
            depths.dedup();
            return depths;
        }
        // The bands of a shallower transform are among those of a deeper one, so that one depth will do.
        let [least, most] = LEVELS;
        let levels = side.ilog2().saturating_sub(3).clamp(least, most).min(deepest(data));
        vec![u8::try_from(levels).unwrap_or(1)]
    }

    pub(super) fn lambdas(&self) -> Vec<f64> {
        if self.lambdas.is_empty() { vec![LAMBDA] } else { self.lambdas.clone() }
    }
}

/// Samples of a signal, or of the shorter side of an image.
fn side(data: &Dataset) -> usize {
    let width = data.window() / data.rows.max(1);
    if data.rows > 1 { width.min(data.rows) } else { width }
}

/// Histograms of peaks within a budget.
pub(super) const fn histograms(data: &Dataset, parameters: usize) -> usize {
    if data.rows > 1 && parameters >= 8 * MAX_COUNTS { MAX_COUNTS } else { 0 }
}

/// How many levels there may be at most: of images, both sides are halved at each.
fn deepest(data: &Dataset) -> u32 {
    if data.rows > 1 {
        let halved = data.rows.trailing_zeros().min((data.window() / data.rows).trailing_zeros());
        halved.min(MAX_IMAGE_LEVELS)
    } else {
        side(data).ilog2().min(u32::from(MAX_LEVELS))
    }
}
