//! Distillation: the wavelet in which signals and attributions are sparse, and a sparse readout of its bands.

mod checkpoint;
mod choose;
mod descent;
mod fixed;
mod images;
mod line;
pub mod objective;
mod options;
mod part;
mod pass;
mod path;
mod provenance;
mod rows;
pub mod search;
mod signals;
pub mod start;
mod supervised;
mod tried;
mod whole;

use crate::data::{Attributions, Dataset, Folded};
use crate::model::Model;
use crate::progress::{Event, Progress};
use crate::ranks::{Alone, Ranks, greatest};
use crate::readout::{Budget, Chosen, LINES, Transform, are_few, in_fixed_point};
use crate::wavelet::{Family, Wavelet, Wavelets};
use crate::{Error, Result};
use awd_core::Provenance;
use ndarray::{ArrayView1, Axis};
use rayon::prelude::*;
use std::time::Instant;

pub use choose::{Grid, Scored};
pub use descent::{Found, Visited, adapting, valleys};
pub(crate) use fixed::{best_fixed, fixed};
pub use objective::{Objective, Value};
pub use options::{Options, Origin};
pub use path::Point;
pub use search::{catalogue, search, shortened};
pub use tried::Tried;
pub(crate) use whole::{Few, Whole};

/// Folds of the cross-validation that makes every choice.
pub const FOLDS: usize = 5;

/// A model, and how it was come by.
#[derive(Debug, Clone)]
pub struct Distilled {
    /// The model for the instrument.
    pub model: Model,
    /// Its wavelets, boundary and depth in f64.
    pub transform: Transform,
    /// The objective over the whole training split.
    pub value: Value,
    /// Weight of the coefficients.
    pub lambda: f64,
    /// Weight of the attributions.
    pub gamma: f64,
    /// The name of the fixed wavelet that is its first; nothing where that was searched for.
    pub fixed: Option<String>,
    /// Weight of the readout's own loss, an extension of the method; 0 without it.
    pub supervised: f64,
    /// How the readout was selected.
    pub readout: Chosen,
    /// Cross-validated score inside the training split: R² or accuracy.
    pub validated: f64,
    /// Largest |synthesis(analysis(x)) − x| over the training split, as a fraction of the largest |x|.
    pub reconstruction_error: f64,
    /// All that was tried.
    pub grid: Grid,
    /// Evaluations of the objective and its gradient.
    pub evaluations: usize,
    /// Seconds of wall time.
    pub seconds: f64,
}

/// Distils a wavelet from the training windows and a teacher's cached attributions, and fits its readout. Whatever
/// the options leave open is chosen by cross-validation inside the training split.
///
/// # Errors
/// An option is outside its bounds for these windows, or γ > 0 without attributions.
pub fn distil(
    data: &Dataset,
    attributions: Option<&Attributions>,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Distilled> {
    distil_across(&Alone, data, attributions, options, progress)
}

/// The same from the windows of all ranks, of which `data` and `attributions` are this one's, as [`Span::share`](crate::ranks::Span::share) deals them
/// out. All ranks end with the same model, whose bits depend on neither their number nor that of their threads.
///
/// # Errors
/// As [`distil`], on all ranks.
pub fn distil_across(
    ranks: &dyn Ranks,
    data: &Dataset,
    attributions: Option<&Attributions>,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Distilled> {
    let started = Instant::now();
    if let Some(attributions) = attributions {
        attributions.check(&data.file, &data.train.x)?;
    }
    let whole = Whole::new(ranks, data, attributions);
    let folded = whole.folded(options.growing, options.folds, options.seed)?;
    let grid = choose::choose(&whole, options, &folded, progress)?;
    let chosen = grid.points[grid.chosen].point.clone();

    // The grid searched a part of the windows; the chosen wavelet goes downhill once more over all of them.
    progress(Event { stage: "model", done: 0, total: 3, note: "all windows".into() });
    let objective = whole
        .objective(chosen.transform.boundary, chosen.transform.levels)
        .images(data.rows)
        .weighted(chosen.lambda, chosen.gamma);
    let wavelets = &chosen.transform.wavelets;
    let found = if chosen.fixed.is_some() {
        Found { value: objective.value(wavelets), wavelets: wavelets.clone(), evaluations: 1 }
    } else {
        let found = search(&objective, std::slice::from_ref(wavelets), 0, options.seed);
        found.ok_or_else(|| Error::failed("search", "no wavelet to start from"))?
    };
    let found = if options.supervised > 0.0 {
        supervised::refined(&objective, found, &chosen.transform, options, &folded)
    } else {
        found
    };
    let transform = Transform { wavelets: found.wavelets, ..chosen.transform.clone() };

    progress(Event { stage: "model", done: 1, total: 3, note: "readout".into() });
    let (transform, readout) = read(ranks, &folded, transform, options.budget(), options.within);
    let provenance = provenance::provenance(&whole, &chosen, options);
    // Starts of events there are of these windows alone.
    let all = whole.beyond(folded.samples.y.len()).filter(|_| !options.growing);
    let model = transform.model(&folded, &readout, options.budget(), options.balanced, all.as_ref())?;
    let model = options.deployed(&model, provenance, &whole)?;
    progress(Event { stage: "model", done: 3, total: 3, note: format!("validated {:.4}", readout.score) });
    Ok(Distilled {
        reconstruction_error: reconstruction_error(&whole, &transform),
        model,
        transform,
        value: found.value,
        lambda: chosen.lambda,
        gamma: chosen.gamma,
        fixed: chosen.fixed.clone(),
        supervised: options.supervised,
        readout,
        validated: readout.score,
        evaluations: grid.evaluations + found.evaluations,
        grid,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// A transform and its best readout; the one with the symmetric wavelet of JPEG 2000 beside two others, where folds prefer it.
fn read(ranks: &dyn Ranks, folded: &Folded, transform: Transform, budget: Budget, within: f64) -> (Transform, Chosen) {
    let three = three(&transform, folded, budget.numbers);
    let read = [Some(transform), three].into_iter().flatten().map(|transform| {
        let readout = transform.cross_validate(ranks, folded, budget, within);
        (transform, readout)
    });
    read.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss)).expect("one is offered")
}

/// Two wavelets and the symmetric one of JPEG 2000, where there are two others, windows enough to choose by, and numbers for it.
fn three(two: &Transform, folded: &Folded, numbers: usize) -> Option<Transform> {
    let symmetric = catalogue(Family::Symmetric, 10).pop()?;
    let other = two.wavelets.finest().family() == Family::Orthogonal && two.beside.len() == 1;
    let three = Transform { beside: two.beside.iter().cloned().chain([symmetric]).collect(), ..two.clone() };
    let room = three.budget(numbers, folded.samples.y.outputs()) >= choose::ROOM;
    (other && !are_few(folded) && room).then_some(three)
}

impl Distilled {
    /// How the wavelet adapts to these data: the way down to it from where it is farthest from, among the catalogue's wavelets of
    /// its length whose valley it is, or from the one that was started from.
    ///
    /// # Errors
    /// There is no such start.
    pub fn adapting(
        &self,
        data: &Dataset,
        attributions: Option<&Attributions>,
        start: Option<&str>,
        seed: u64,
    ) -> Result<Vec<Visited>> {
        let Transform { wavelets, boundary, levels, .. } = &self.transform;
        let finest = wavelets.finest();
        let starts = match start {
            Some(name) => vec![start::start(name, seed).map_err(|bound| Error::input("--start", "name", bound))?],
            None => catalogue(finest.family(), finest.taps().len()),
        };
        let objective = Objective::new(&data.train.x, attributions, *boundary, *levels)
            .images(data.rows)
            .weighted(self.lambda, self.gamma);
        let each = |start: &Wavelet| {
            let one = Wavelets::from(start.clone());
            if wavelets.all().len() > 1 { one.each(*levels).ok() } else { Some(one) }
        };
        let ways: Vec<Vec<Visited>> =
            starts.iter().filter_map(each).map(|start| adapting(&objective, &start)).collect();
        let end = |way: &[Visited]| way.last().map_or(f64::INFINITY, |last| last.objective);
        let least = ways.iter().map(|way| end(way)).fold(f64::INFINITY, f64::min);
        // Of those that end there, the one that begins highest shows most.
        let best = ways.into_iter().filter(|way| end(way) <= 1.001 * least);
        let best = best.max_by(|a, b| a[0].objective.total_cmp(&b[0].objective));
        best.ok_or_else(|| Error::failed("adapting", "no wavelet of this length to start from"))
    }
}

impl Options {
    /// The model with the threshold and the arithmetic that were asked for, and where it came from.
    fn deployed(&self, model: &Model, provenance: Provenance, whole: &Whole<'_>) -> Result<Model> {
        let mut spec = model.spec().clone();
        #[expect(clippy::cast_possible_truncation, reason = "the board computes in f32")]
        let logit = |p: f64| (p / (1.0 - p)).ln() as f32;
        if self.bare {
            spec.health = None;
        } else {
            spec.provenance = Some(provenance);
        }
        spec.readout.threshold = self.threshold.map_or(0.0, logit);
        if self.fixed_point {
            in_fixed_point(whole.ranks, &whole.span, &mut spec, &whole.data.train.x)?;
        }
        Model::new(spec).map_err(|why| Error::failed("model", why))
    }
}

fn reconstruction_error(whole: &Whole<'_>, transform: &Transform) -> f64 {
    let Whole { ranks, data, .. } = *whole;
    let dwt = transform.wavelets.dwt(transform.boundary, transform.levels).expect("wavelets that have room");
    let window = data.window();
    let size = [data.rows, window / data.rows.max(1)];
    let work = if data.rows > 1 { dwt.image_work_len::<LINES>(size) } else { dwt.work_len(window) };
    let of_window = |work: &mut Vec<f64>, x: ArrayView1<'_, f32>| {
        let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let mut back = vec![0.0; window];
        let mut coefficients = Vec::with_capacity(dwt.coefficients_len(window));
        let there = |_: usize, band: &[f64]| coefficients.extend_from_slice(band);
        if data.rows > 1 {
            dwt.analyze_image::<_, LINES>(&mut x.clone(), size, work, there).expect("the stated lengths");
            dwt.synthesize_image(&coefficients, size, work, &mut back).expect("the stated lengths");
        } else {
            dwt.analyze(&x, work, there).expect("the stated lengths");
            dwt.synthesize(&mut coefficients, work, &mut back).expect("the stated lengths");
        }
        let off = x.iter().zip(&back).map(|(x, back)| (x - back).abs());
        [off.fold(0.0, f64::max), x.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()))]
    };
    let windows = data.train.x.axis_iter(Axis(0)).into_par_iter();
    let [farthest, largest] = windows
        .map_init(|| vec![0.0; work], of_window)
        .reduce(|| [0.0, f64::MIN_POSITIVE], |[a, b], [c, d]| [a.max(c), b.max(d)])
        .map(|own| greatest(ranks, own));
    farthest / largest
}
