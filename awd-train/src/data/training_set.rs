//! The training windows of all ranks, of which each rank holds a part.

use super::{Attributions, Dataset, Hashed, Samples, Target};
use crate::cluster::{Ranks, Span, allgather};
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// The training windows of all ranks.
#[derive(Clone, Copy)]
pub struct TrainingSet<'a> {
    pub ranks: &'a dyn Ranks,
    /// This rank's part.
    pub data: &'a Dataset,
    /// Attributions of this rank's windows.
    pub attributions: Option<&'a Attributions>,
    /// Which of all windows this rank holds.
    pub span: Span,
}

/// A subsample of the windows of all ranks, which every rank holds whole.
pub struct Subsample {
    pub samples: Samples,
    pub groups: Option<Vec<usize>>,
    pub attributions: Option<Attributions>,
}

/// The part of a subsample that one rank held.
#[derive(Serialize, Deserialize)]
struct RankPart {
    x: Vec<f32>,
    y: Target,
    groups: Option<Vec<usize>>,
    gradients: Option<Vec<f32>>,
    displacements: Option<Vec<f32>>,
}

impl<'a> TrainingSet<'a> {
    pub fn new(ranks: &'a dyn Ranks, data: &'a Dataset, attributions: Option<&'a Attributions>) -> Self {
        Self { ranks, data, attributions, span: Span::of(data.train.y.len(), ranks) }
    }

    /// Returns at most `most` windows, drawn with the seed, in the order of the set.
    pub fn subsample(&self, most: usize, seed: u64) -> Subsample {
        let rows = self.span.drawn(most, seed);
        let here = self.span.here(&rows);
        let own = self.data.train.select(&here);
        let attributions = self.attributions.map(|attributions| attributions.select(&here));
        let displacements = attributions.as_ref().and_then(|all| all.displacements.as_ref());
        let of_ranks = allgather(
            self.ranks,
            RankPart {
                x: own.x.into_iter().collect(),
                y: own.y,
                groups: self.data.groups.as_ref().map(|groups| here.iter().map(|&row| groups[row]).collect()),
                gradients: attributions.as_ref().map(|all| all.gradients.iter().copied().collect()),
                displacements: displacements.map(|all| all.iter().copied().collect()),
            },
        );
        let (n, window) = (rows.len(), self.data.window());
        let joined = |array: fn(&RankPart) -> Option<&Vec<f32>>| of_ranks.iter().map(array).collect::<Option<Vec<_>>>();
        let shaped = |samples: Vec<f32>| Array2::from_shape_vec((n, window), samples).expect("complete windows");
        let flat = |parts: Vec<&Vec<f32>>| parts.into_iter().flatten().copied().collect::<Vec<f32>>();
        let gradients = joined(|own| own.gradients.as_ref()).map(|parts| {
            let gradients = flat(parts);
            let outputs = gradients.len() / (n * window).max(1);
            Array3::from_shape_vec((n, outputs, window), gradients).expect("complete gradients")
        });
        let displacements = joined(|own| own.displacements.as_ref()).map(|parts| shaped(flat(parts)));
        let groups = of_ranks.iter().map(|own| own.groups.as_deref()).collect::<Option<Vec<_>>>();
        let x = shaped(of_ranks.iter().flat_map(|own| &own.x).copied().collect());
        Subsample {
            groups: groups.map(|parts| parts.concat()),
            attributions: gradients.map(|gradients| Attributions { gradients, displacements }),
            samples: Samples { x, y: of_ranks.into_iter().map(|own| own.y).reduce(Target::then).expect("a rank") },
        }
    }

    /// The hash of two arrays, one after the other. Each rank passes the hashes of its own rows of both.
    pub fn hash(&self, own: [Hashed; 2]) -> u64 {
        let (first, second): (Vec<Hashed>, Vec<Hashed>) =
            allgather(self.ranks, own).into_iter().map(|[first, second]| (first, second)).unzip();
        Hashed::all(first.into_iter().chain(second))
    }
}
