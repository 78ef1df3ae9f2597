//! The training windows of all ranks, and what is asked of them.

use super::{FOLDS, Objective};
use crate::data::{Attributions, Dataset, Dealt, Folded, Hashed, Samples, Target, blocks, check_folds, folds};
use crate::growing::with_starts;
use crate::ranks::{Ranks, Span, gathered};
use crate::readout::{All, learns_from_teachers, most};
use crate::rocket::out_of_fold;
use crate::{Error, Result};
use awd_core::Boundary;
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// This rank's windows among those of all.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    pub ranks: &'a dyn Ranks,
    /// This rank's.
    pub data: &'a Dataset,
    /// What a teacher says about them.
    pub attributions: Option<&'a Attributions>,
    /// Which of all windows they are.
    pub span: Span,
}

/// A few of the windows, wherever they were; every rank has them.
pub struct Few {
    pub samples: Samples,
    pub groups: Option<Vec<usize>>,
    pub attributions: Option<Attributions>,
}

/// Those of them that one rank has.
#[derive(Serialize, Deserialize)]
struct Own {
    x: Vec<f32>,
    y: Target,
    groups: Option<Vec<usize>>,
    gradients: Option<Vec<f32>>,
    displacements: Option<Vec<f32>>,
}

impl<'a> Whole<'a> {
    pub fn new(ranks: &'a dyn Ranks, data: &'a Dataset, attributions: Option<&'a Attributions>) -> Self {
        Self { ranks, data, attributions, span: Span::of(data.train.y.len(), ranks) }
    }

    /// So many windows at most, drawn with the seed, in their order.
    pub fn drawn(&self, most: usize, seed: u64) -> Few {
        let rows = self.span.drawn(most, seed);
        let here = self.span.here(&rows);
        let own = self.data.train.select(&here);
        let attributions = self.attributions.map(|attributions| attributions.select(&here));
        let displacements = attributions.as_ref().and_then(|all| all.displacements.as_ref());
        let of_ranks = gathered(
            self.ranks,
            Own {
                x: own.x.into_iter().collect(),
                y: own.y,
                groups: self.data.groups.as_ref().map(|groups| here.iter().map(|&row| groups[row]).collect()),
                gradients: attributions.as_ref().map(|all| all.gradients.iter().copied().collect()),
                displacements: displacements.map(|all| all.iter().copied().collect()),
            },
        );
        let (n, window) = (rows.len(), self.data.window());
        let joined = |of: fn(&Own) -> Option<&Vec<f32>>| of_ranks.iter().map(of).collect::<Option<Vec<_>>>();
        let shaped = |samples: Vec<f32>| Array2::from_shape_vec((n, window), samples).expect("whole windows");
        let flat = |parts: Vec<&Vec<f32>>| parts.into_iter().flatten().copied().collect::<Vec<f32>>();
        let gradients = joined(|own| own.gradients.as_ref()).map(|parts| {
            let gradients = flat(parts);
            let outputs = gradients.len() / (n * window).max(1);
            Array3::from_shape_vec((n, outputs, window), gradients).expect("whole gradients")
        });
        let displacements = joined(|own| own.displacements.as_ref()).map(|parts| shaped(flat(parts)));
        let groups = of_ranks.iter().map(|own| own.groups.as_deref()).collect::<Option<Vec<_>>>();
        let x = shaped(of_ranks.iter().flat_map(|own| &own.x).copied().collect());
        Few {
            groups: groups.map(|parts| parts.concat()),
            attributions: gradients.map(|gradients| Attributions { gradients, displacements }),
            samples: Samples { x, y: of_ranks.into_iter().map(|own| own.y).reduce(Target::then).expect("a rank") },
        }
    }

    /// What readouts are chosen by: all windows, or so many of them as are enough; with starts of events, if they are to grow.
    ///
    /// # Errors
    /// A fold leaves a class out.
    pub fn folded(&self, growing: bool, dealt: Dealt, seed: u64) -> Result<Folded> {
        let Few { mut samples, mut groups, .. } = self.drawn(most(self.data.window()), seed);
        if growing {
            let (both, of_both) = with_starts(&samples, groups.as_deref(), seed);
            (samples, groups) = (both, Some(of_both));
        }
        let folds = match dealt {
            Dealt::Stratified => folds(&samples, groups.as_deref(), FOLDS, seed),
            // A window and its start stand far apart in the list, and would be in different blocks.
            Dealt::Blocked if growing => return Err(self.in_blocks("no starts of events")),
            Dealt::Blocked if groups.is_some() => return Err(self.in_blocks("no groups")),
            Dealt::Blocked => blocks(samples.y.len(), FOLDS),
        };
        check_folds(&self.data.file, &samples.y, &folds)?;
        let out_of_fold =
            (self.data.rows < 2 && learns_from_teachers(&samples.y)).then(|| out_of_fold(&samples, &folds, seed));
        Ok(Folded { samples, folds, out_of_fold })
    }

    fn in_blocks(&self, bound: &str) -> Error {
        Error::input(
            &self.data.file,
            "folds",
            format_args!("{bound} where folds are blocks; stratified folds keep both whole"),
        )
    }

    /// All windows, if they are more than so many that something was chosen by: what was chosen is then fitted to all.
    pub fn beyond(&self, windows: usize) -> Option<All<'a>> {
        let all = All { ranks: self.ranks, span: self.span, samples: &self.data.train };
        (self.span.total > windows).then_some(all)
    }

    /// The objective over all windows.
    pub fn objective(&self, boundary: Boundary, levels: u8) -> Objective<'a> {
        Objective::across(self.ranks, self.span, &self.data.train.x, self.attributions, boundary, levels)
    }

    /// The hash of two arrays, one behind the other, of whose rows each rank has hashed its own.
    pub fn hash(&self, own: [Hashed; 2]) -> u64 {
        let (first, second): (Vec<Hashed>, Vec<Hashed>) =
            gathered(self.ranks, own).into_iter().map(|[first, second]| (first, second)).unzip();
        Hashed::all(first.into_iter().chain(second))
    }
}
