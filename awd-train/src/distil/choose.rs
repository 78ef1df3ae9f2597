//! The choice of wavelet: family, length, depth and weights, by cross-validation inside the training split.

use super::beside::MIN_FEATURES;
use super::checkpoint::Checkpoint;
use super::path::{Point, hopped, walk};
use super::search_set::SearchSet;
use super::{Options, Origin, fixed};
use crate::cluster::agreed;
use crate::data::Folded;
use crate::data::TrainingSet;
use crate::progress::{Event, Progress, tell};
use crate::readout::{Chosen, Estimate, Losses, Transform, are_few};
use crate::wavelet::{Family, Wavelet};
use crate::{Error, Result};
use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A point of the grid and its best readout.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The wavelet and its weights.
    pub point: Point,
    /// Its best readout in cross-validation.
    pub readout: Chosen,
    /// That readout's losses.
    pub losses: Losses,
    /// Number of deployed parameters with this readout.
    pub parameters: usize,
}

impl Scored {
    /// Whether both points differ in γ alone: same family, length, depth, λ, fixed wavelet and number of combined
    /// wavelets.
    fn same_path(&self, other: &Self) -> bool {
        let shape = |scored: &Self| {
            let Point { transform, lambda, fixed, .. } = &scored.point;
            let wavelet = transform.wavelets.finest();
            let taps = wavelet.taps().len();
            (fixed.clone(), transform.beside.len(), wavelet.family(), taps, transform.levels, lambda.to_bits())
        };
        shape(self) == shape(other)
    }
}

/// All points of the grid, the chosen one, and the number of evaluations of the objective.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The points, in the order of the search.
    pub points: Vec<Scored>,
    /// Index of the chosen point: the largest γ among the points that differ from the best one in γ alone and are as
    /// good ([`Losses::as_good_as`]).
    pub chosen: usize,
    /// Number of evaluations of the objective.
    pub evaluations: usize,
}

/// Searches the grid.
///
/// # Errors
/// An option is outside its bounds for these windows, or γ > 0 without gradients.
pub fn choose(set: &TrainingSet<'_>, options: &Options, folded: &Folded, progress: Progress<'_>) -> Result<Grid> {
    let data = set.data;
    let start = options.check(data, set.attributions.is_some())?;
    let part = SearchSet::of(set, options);
    let done = AtomicUsize::new(0);
    let tell = |stage, total, note: String| {
        tell(progress, Event { stage, done: done.fetch_add(1, Ordering::Relaxed) + 1, total, note })
    };

    let levels = options.depths(data);
    let hopped = start.as_ref().map(|start| {
        tell("starts", 2, "hops".into())?;
        let hopped = hopped(&part, options, start, &levels);
        tell("starts", 2, format!("{} evaluations", hopped.1)).map(|()| hopped)
    });
    let hopped = agreed(set.ranks, hopped.transpose())?;
    done.store(0, Ordering::Relaxed);
    let given = hopped.as_ref().map(|(starts, _)| starts.as_slice());
    let filters = options.filters(data, start.as_ref());
    let walks: Vec<_> = levels.iter().flat_map(|&levels| filters.iter().map(move |filter| (levels, filter))).collect();
    let shapes: usize = walks.iter().map(|(_, (_, lengths))| lengths.len()).sum();
    let shapes = shapes.div_ceil(set.ranks.size());
    let checkpoint = Checkpoint::new(set, options)?;
    let mut saved = checkpoint.read()?;
    // The walks with the most lengths first, which balances the load of the ranks.
    let mut order: Vec<usize> = (0..walks.len()).collect();
    order.sort_by_key(|&i| Reverse(walks[i].1.1.len()));
    let walked = checkpoint.compute_all(
        &mut saved,
        |saved| &mut saved.walks,
        &order,
        |i| {
            let (levels, filter) = walks[i];
            let report = |taps| tell("wavelets", shapes, format!("{taps} taps, {levels} levels"));
            walk(&part, options, given, levels, filter, report)
        },
    )?;
    let evaluations = walked.iter().map(|(_, evaluations)| evaluations).chain(hopped.iter().map(|(_, n)| n)).sum();

    let mut points: Vec<Point> = walked.into_iter().flat_map(|(points, _)| points).collect();
    if points.is_empty() {
        return Err(Error::input(
            "options",
            "taps",
            "a length that has bounded lifting schemes; with one wavelet per level, at most 42 steps in all",
        ));
    }
    let outputs = data.train.y.outputs();
    if options.is_free(data) {
        points = combined_with_haar(points, options.max_parameters, outputs);
        let too_few = are_few(folded);
        if too_few {
            points = single_candidate(points);
        }
        let fixed = || fixed::points(&part, data, levels[0], options.max_parameters);
        match options.wavelet {
            // With few windows, a preference for a fixed wavelet is mostly chance.
            Origin::Any if !too_few && options.supervised == 0.0 => points.extend(fixed()),
            Origin::Any | Origin::Learned => {}
            Origin::Fixed => points = fixed(),
        }
    }
    points.retain(|point| point.transform.budget(options.max_parameters, outputs) > 0);
    if points.is_empty() {
        let bound = format_args!("enough for a wavelet, a bias and a weight; asked for {}", options.max_parameters);
        return Err(Error::input("options", "max_parameters", bound));
    }

    if options.instructions.or(options.flash).is_some() {
        let least = |point: &Point| point.transform.least_cost(&folded.samples, options.budget());
        let least: Option<Vec<Estimate>> = points.iter().map(least).collect();
        if let Some(least) = least.and_then(|all| all.into_iter().min_by_key(|cost| (cost.instructions, cost.flash))) {
            return Err(too_little(options, least));
        }
    }

    done.store(0, Ordering::Relaxed);
    let total = points.len().div_ceil(set.ranks.size());
    let order: Vec<usize> = (0..points.len()).collect();
    let readouts = checkpoint.compute_all(
        &mut saved,
        |saved| &mut saved.readouts,
        &order,
        |i| {
            let compared = points[i].transform.compared(folded, options.budget());
            tell("readouts", total, format!("cross-validated score {:.4}", compared.0.score)).map(|()| compared)
        },
    )?;
    let points: Vec<Scored> = (points.into_iter().zip(readouts))
        .map(|(point, (readout, losses))| {
            let parameters = point.transform.parameters(readout.inputs, outputs);
            Scored { point, readout, losses, parameters }
        })
        .collect();
    let loss = |i: &usize| points[*i].losses.mean();
    let best = (0..points.len()).min_by(|a, b| loss(a).total_cmp(&loss(b))).expect("there are points");
    // Among weights that are equally good, the largest γ gives the network the most influence.
    let equal = |i: &usize| points[*i].same_path(&points[best]) && points[*i].losses.as_good_as(&points[best].losses);
    let gamma = |i: &usize| points[*i].point.gamma;
    let chosen = (0..points.len()).filter(equal).max_by(|a, b| gamma(a).total_cmp(&gamma(b))).unwrap_or(best);
    Ok(Grid { points, chosen, evaluations })
}

/// Lengths of the learned filters that are combined with the Haar wavelet.
const TAPS: [usize; 2] = [4, 6];

/// Keeps the points with a short orthogonal wavelet and combines them with the Haar wavelet, whose details are plain
/// differences. Returns all points unchanged if no combination fits the budget.
fn combined_with_haar(points: Vec<Point>, parameters: usize, outputs: usize) -> Vec<Point> {
    let combine = |point: &Point| {
        let wavelet = point.transform.wavelets.finest();
        let short = wavelet.family() == Family::Orthogonal && TAPS.contains(&wavelet.taps().len());
        let transform = Transform { beside: vec![Wavelet::named("haar")?], ..point.transform.clone() };
        (short && transform.budget(parameters, outputs) >= MIN_FEATURES).then(|| Point { transform, ..point.clone() })
    };
    let combined: Vec<Point> = points.iter().filter_map(combine).collect();
    if combined.is_empty() { points } else { combined }
}

/// The single candidate if there are too few windows for a choice: the shortest wavelet that can adapt, with the middle
/// weight. Windows of two or three samples have only the Haar wavelet, which cannot.
fn single_candidate(points: Vec<Point>) -> Vec<Point> {
    let taps = |point: &Point| point.transform.wavelets.finest().taps().len();
    let adapting = points.iter().map(taps).filter(|&taps| taps >= TAPS[0]).min();
    let shortest = adapting.or_else(|| points.iter().map(taps).min());
    let candidates: Vec<Point> = points.into_iter().filter(|point| Some(taps(point)) == shortest).collect();
    let middle = candidates.len() / 2;
    candidates.into_iter().skip(middle).take(1).collect()
}

/// No readout meets the limits on cost; `least` is the cost of a score with one feature.
fn too_little(options: &Options, least: Estimate) -> Error {
    let Estimate { instructions, flash } = least;
    let (field, least) = match options.instructions {
        Some(most) if most < instructions => ("instructions", instructions),
        _ => ("flash", flash),
    };
    Error::input(
        "options",
        field,
        format_args!("at least {least}, the cost of a score with one feature for these windows"),
    )
}

#[cfg(test)]
mod tests {
    use super::Options;
    use crate::data::Dataset;
    use crate::distil::distil;
    use crate::fixtures::windows;
    use crate::progress::Context;

    #[test]
    fn the_shortest_windows_have_a_wavelet() {
        let options = Options { gammas: vec![0.0], ..Options::default() };
        for samples in 2..6 {
            let data = Dataset::builder(windows(30, samples), (0..30).map(|i| i % 3).collect::<Vec<usize>>());
            let found = distil(&data.build().unwrap(), None, &options, Context::default()).unwrap();
            assert!(found.transform.wavelets.finest().taps().len() <= samples, "{samples}");
        }
    }
}
