//! Statistics of each test window: its target, and the error of a predictor.

use super::Predictor;
use crate::cluster::{self, CHUNK, Ranks, Span, allgather, chunks_of};
use crate::data::Target;
use crate::metric::{Outputs, class, rank, surprise};
use rayon::prelude::*;

/// Maximum number of thresholds that rank windows by their difference of logits. Up to this many windows have a
/// position each. If there are more, windows between two thresholds count as tied with the lower one.
pub const MAX_THRESHOLDS: usize = 1 << 16;

/// The targets of the predictors.
#[derive(Debug)]
pub enum Targets<'a> {
    /// Values minus their mean over all ranks.
    Values(Vec<f64>),
    /// The class of each window, and the number of classes.
    Classes(&'a [usize], usize),
}

/// The statistics of one predictor for each window.
#[derive(Debug)]
pub struct SampleStatistics {
    /// The summands of [`Sums::loss`](crate::metric::Sums::loss).
    pub losses: Vec<f64>,
    /// Whether the predictor decides for the window's class.
    right: Vec<bool>,
    /// The position of the window's difference of logits among those of all windows.
    positions: Vec<u32>,
    /// Number of positions.
    position_count: usize,
}

impl<'a> Targets<'a> {
    /// The targets of this rank's windows.
    pub fn new(ranks: &dyn Ranks, span: Span, y: &'a Target) -> Self {
        match y {
            Target::Values(values) => Self::Values(centred(ranks, span, values)),
            Target::Classes { labels, classes } => Self::Classes(labels, *classes),
        }
    }

    /// Number of classes; 0 for values.
    pub const fn classes(&self) -> usize {
        match self {
            Self::Values(_) => 0,
            Self::Classes(_, classes) => *classes,
        }
    }
}

impl SampleStatistics {
    /// The statistics of one predictor for this rank's windows.
    pub fn new(predictor: &Predictor, ranks: &dyn Ranks, span: Span, y: &Target, seed: u64) -> Self {
        let outputs = &predictor.outputs;
        match y {
            Target::Values(values) => {
                let squared = values.iter().zip(outputs.column(0)).map(|(value, output)| (value - output).powi(2));
                Self { losses: squared.collect(), right: Vec::new(), positions: Vec::new(), position_count: 0 }
            }
            Target::Classes { labels, classes } => {
                let decisions = predictor.decisions();
                let right = labels.iter().zip(decisions.rows()).map(|(label, logits)| class(logits) == Some(*label));
                let losses = labels.iter().zip(outputs.rows()).map(|(&label, logits)| surprise(logits, label));
                let (positions, position_count) =
                    if *classes == 2 { positions(ranks, span, labels, outputs, seed) } else { (Vec::new(), 0) };
                Self { losses: losses.collect(), right: right.collect(), positions, position_count }
            }
        }
    }

    /// Number of counts.
    pub const fn counts_len(&self, targets: &Targets<'_>) -> usize {
        targets.classes() + self.position_count
    }

    /// The counts for [`Sums::classes`](crate::metric::Sums::classes), followed by those for
    /// [`Sums::ranked`](crate::metric::Sums::ranked). Each window is counted `times` times.
    pub fn counts(&self, targets: &Targets<'_>, times: &[u32]) -> Vec<[u32; 2]> {
        let mut counts = vec![[0; 2]; self.counts_len(targets)];
        let Targets::Classes(labels, classes) = *targets else { return counts };
        let (of_classes, ranked) = counts.split_at_mut(classes);
        for ((&times, &label), &right) in times.iter().zip(labels).zip(&self.right) {
            let [windows, recognised] = &mut of_classes[label];
            *windows += times;
            *recognised += times * u32::from(right);
        }
        for ((&times, &label), &position) in times.iter().zip(labels).zip(&self.positions) {
            ranked[position as usize][label] += times;
        }
        counts
    }
}

/// The positions of the differences of two logits among those of all ranks, and the number of positions.
fn positions(ranks: &dyn Ranks, span: Span, labels: &[usize], outputs: &Outputs, seed: u64) -> (Vec<u32>, usize) {
    let scores: Vec<f64> = outputs.rows().into_iter().zip(labels).map(|(logits, &label)| rank(logits, label)).collect();
    let drawn: Vec<f64> = span.here(&span.drawn(MAX_THRESHOLDS, seed)).into_iter().map(|row| scores[row]).collect();
    let mut thresholds: Vec<f64> = allgather(ranks, drawn).concat();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let position = |score: &f64| thresholds.partition_point(|threshold| threshold.total_cmp(score).is_le()) as u32;
    (scores.par_iter().map(position).collect(), thresholds.len() + 1)
}

/// Values minus their mean over all ranks.
fn centred(ranks: &dyn Ranks, span: Span, values: &[f64]) -> Vec<f64> {
    let of_chunk = |chunk: usize| values[span.of_chunk(chunk)].iter().sum::<f64>();
    let sum = cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, |a, b| a + b).unwrap_or(0.0);
    let mean = sum / span.total.max(1) as f64;
    values.iter().map(|value| value - mean).collect()
}
