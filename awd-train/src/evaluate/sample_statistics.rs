//! What is known of each test window: what is aimed at, and how far from it a predictor is.

use super::Predictor;
use crate::cluster::{self, CHUNK, Ranks, Span, allgather, chunks_of};
use crate::data::Target;
use crate::metric::{Outputs, class, rank, surprise};
use rayon::prelude::*;

/// Windows whose differences of logits are told apart, so that up to so many have a place of their own; of more, those that
/// stand between two of them count as tied with the lower one.
pub const PLACES: usize = 1 << 16;

/// What predictors aim at.
#[derive(Debug)]
pub enum Aimed<'a> {
    /// Values, less the mean of those of all ranks.
    Values(Vec<f64>),
    /// The class of each window, and how many classes there are.
    Classes(&'a [usize], usize),
}

/// What one predictor says of each window.
#[derive(Debug)]
pub struct SampleStatistics {
    /// What [`Sums::loss`](crate::metric::Sums::loss) adds up.
    pub losses: Vec<f64>,
    /// Whether it decides for the window's class.
    right: Vec<bool>,
    /// The place of its difference of logits among those of all.
    places: Vec<u32>,
    /// How many places there are.
    of: usize,
}

impl<'a> Aimed<'a> {
    /// At the targets of this rank's windows.
    pub fn at(ranks: &dyn Ranks, span: Span, y: &'a Target) -> Self {
        match y {
            Target::Values(values) => Self::Values(centred(ranks, span, values)),
            Target::Classes { labels, classes } => Self::Classes(labels, *classes),
        }
    }

    /// How many classes there are; none of values.
    pub const fn classes(&self) -> usize {
        match self {
            Self::Values(_) => 0,
            Self::Classes(_, classes) => *classes,
        }
    }
}

impl SampleStatistics {
    /// By one predictor, of this rank's windows.
    pub fn by(predictor: &Predictor, ranks: &dyn Ranks, span: Span, y: &Target, seed: u64) -> Self {
        let outputs = &predictor.outputs;
        match y {
            Target::Values(values) => {
                let squared = values.iter().zip(outputs.column(0)).map(|(value, output)| (value - output).powi(2));
                Self { losses: squared.collect(), right: Vec::new(), places: Vec::new(), of: 0 }
            }
            Target::Classes { labels, classes } => {
                let decisions = predictor.decisions();
                let right = labels.iter().zip(decisions.rows()).map(|(label, logits)| class(logits) == Some(*label));
                let losses = labels.iter().zip(outputs.rows()).map(|(&label, logits)| surprise(logits, label));
                let (places, of) =
                    if *classes == 2 { places(ranks, span, labels, outputs, seed) } else { (Vec::new(), 0) };
                Self { losses: losses.collect(), right: right.collect(), places, of }
            }
        }
    }

    /// How many counts there are.
    pub const fn counted(&self, aim: &Aimed<'_>) -> usize {
        aim.classes() + self.of
    }

    /// What [`Sums::classes`](crate::metric::Sums::classes) adds up, and behind that what
    /// [`Sums::ranked`](crate::metric::Sums::ranked) does, each window being there so many times.
    pub fn counts(&self, aim: &Aimed<'_>, times: &[u32]) -> Vec<[u32; 2]> {
        let mut counts = vec![[0; 2]; self.counted(aim)];
        let Aimed::Classes(labels, classes) = *aim else { return counts };
        let (of_classes, ranked) = counts.split_at_mut(classes);
        for ((&times, &label), &right) in times.iter().zip(labels).zip(&self.right) {
            let [windows, recognised] = &mut of_classes[label];
            *windows += times;
            *recognised += times * u32::from(right);
        }
        for ((&times, &label), &place) in times.iter().zip(labels).zip(&self.places) {
            ranked[place as usize][label] += times;
        }
        counts
    }
}

/// The places of differences of two logits among those of all ranks, and how many places there are.
fn places(ranks: &dyn Ranks, span: Span, labels: &[usize], outputs: &Outputs, seed: u64) -> (Vec<u32>, usize) {
    let scores: Vec<f64> = outputs.rows().into_iter().zip(labels).map(|(logits, &label)| rank(logits, label)).collect();
    let drawn: Vec<f64> = span.here(&span.drawn(PLACES, seed)).into_iter().map(|row| scores[row]).collect();
    let mut steps: Vec<f64> = allgather(ranks, drawn).concat();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let place = |score: &f64| steps.partition_point(|step| step.total_cmp(score).is_le()) as u32;
    (scores.par_iter().map(place).collect(), steps.len() + 1)
}

/// Values less the mean of those of all ranks.
fn centred(ranks: &dyn Ranks, span: Span, values: &[f64]) -> Vec<f64> {
    let of_chunk = |chunk: usize| values[span.of_chunk(chunk)].iter().sum::<f64>();
    let sum = cluster::sum(ranks, chunks_of(span.range(), CHUNK), of_chunk, |a, b| a + b).unwrap_or(0.0);
    let mean = sum / span.total.max(1) as f64;
    values.iter().map(|value| value - mean).collect()
}
