//! Folds for cross-validation inside the training split.

use super::{Samples, Target};
use crate::{Error, Result};
use ndarray::Array2;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The rows of one fold: those to fit to, and those to validate on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to fit to, ascending.
    pub train: Vec<usize>,
    /// Rows to validate on, ascending.
    pub valid: Vec<usize>,
    /// The unit of each row to validate on: its group, or the row itself. Rows of one unit do not count as independent.
    pub units: Vec<usize>,
}

/// Windows, and the folds by which their readouts are validated.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The windows.
    pub samples: Samples,
    /// Their folds.
    pub folds: Vec<Fold>,
    /// Out-of-fold predictions of a teacher, if readouts may learn from them, too.
    pub out_of_fold: Option<OutOfFold>,
}

/// Out-of-fold predictions: class probabilities (n, classes) by teachers that were not trained on the window.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// For each window, by a teacher that was trained on all folds but the window's own.
    pub all: Array2<f64>,
    /// For each fold, for each window outside of it, by a teacher that was trained on neither that fold nor the
    /// window's own. Rows of that fold are zero.
    pub of_folds: Vec<Array2<f64>>,
}

/// How rows are assigned to folds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dealt {
    /// At random. Groups stay whole; without groups every class is spread evenly.
    #[default]
    Stratified,
    /// In blocks of consecutive rows, of about the same size. For windows in the order of time, whose neighbours are
    /// alike.
    Blocked,
}

/// Splits `n` rows into `k` folds of consecutive rows.
#[must_use]
pub fn blocks(n: usize, k: usize) -> Vec<Fold> {
    let k = k.min(n);
    let block = |fold: usize| {
        let (start, end) = (fold * n / k, (fold + 1) * n / k);
        let valid: Vec<usize> = (start..end).collect();
        Fold { train: (0..start).chain(end..n).collect(), units: valid.clone(), valid }
    };
    (0..k).map(block).collect()
}

/// Checks that every fold leaves windows of each class to fit to.
///
/// # Errors
/// A fold does not. The error names the first such class and fold.
pub fn check_folds(file: &str, y: &Target, folds: &[Fold]) -> Result<()> {
    let Target::Classes { labels, classes } = y else { return Ok(()) };
    for (fold, Fold { train, .. }) in (1..).zip(folds) {
        let mut there = vec![false; *classes];
        train.iter().for_each(|&row| there[labels[row]] = true);
        if let Some(class) = there.iter().position(|there| !there) {
            let bound = format!(
                "windows of each class outside every fold; all windows of class {class} are in fold {fold} of {}: add windows of this \
                 class, leave the class out, or use other groups or folds",
                folds.len()
            );
            return Err(Error::input(file, "y_train", bound));
        }
    }
    Ok(())
}

/// Splits the rows into `k` folds. Rows of a group stay together; without groups every class is spread evenly. Fewer
/// groups than folds give as many folds as groups; at least two rows are needed.
#[must_use]
pub fn folds(samples: &Samples, groups: Option<&[usize]>, k: usize, seed: u64) -> Vec<Fold> {
    let n = samples.y.len();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut random);
    let mut fold_of = vec![0; n];
    let k = match groups.map(members) {
        // One group cannot be split, so its rows are assigned singly.
        Some(mut groups) if groups.len() > 1 => {
            let k = k.min(groups.len());
            groups.shuffle(&mut random);
            groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
            let mut sizes = vec![0; k];
            for rows in groups {
                let smallest = (0..k).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
                sizes[smallest] += rows.len();
                rows.iter().for_each(|&row| fold_of[row] = smallest);
            }
            k
        }
        _ => {
            if let Target::Classes { labels, .. } = &samples.y {
                order.sort_by_key(|&row| labels[row]);
            }
            let k = k.min(n);
            order.iter().enumerate().for_each(|(i, &row)| fold_of[row] = i % k);
            k
        }
    };
    (0..k)
        .map(|fold| {
            let (valid, train): (Vec<usize>, _) = (0..n).partition(|&row| fold_of[row] == fold);
            let units = valid.iter().map(|&row| groups.map_or(row, |groups| groups[row])).collect();
            Fold { train, valid, units }
        })
        .collect()
}

/// The rows of each group.
fn members(groups: &[usize]) -> Vec<Vec<usize>> {
    let count = groups.iter().max().map_or(0, |max| max + 1);
    let mut rows = vec![Vec::new(); count];
    groups.iter().enumerate().for_each(|(row, &group)| rows[group].push(row));
    rows.retain(|rows| !rows.is_empty());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples(labels: Vec<usize>) -> Samples {
        Samples { x: Array2::zeros((labels.len(), 4)), y: Target::Classes { classes: 3, labels } }
    }

    proptest! {
        #[test]
        fn every_row_is_validated_on_once_and_groups_stay_whole(
            rows in prop::collection::vec((0..3_usize, 0..7_usize), 2..80), seed in 0..9_u64, grouped: bool,
        ) {
            let (labels, groups): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let n = labels.len();
            let folds = folds(&samples(labels), grouped.then_some(&groups), 5, seed);
            prop_assert!(folds.len() >= 2);
            let mut seen = vec![0; n];
            for fold in &folds {
                fold.valid.iter().for_each(|&row| seen[row] += 1);
                prop_assert_eq!(fold.train.len() + fold.valid.len(), n);
                let unit = |&row: &usize| if grouped { groups[row] } else { row };
                prop_assert!(fold.valid.iter().map(unit).eq(fold.units.iter().copied()));
                let several = groups.iter().any(|group| group != &groups[0]);
                if grouped && several {
                    prop_assert!(fold.valid.iter().all(|&v| fold.train.iter().all(|&t| groups[t] != groups[v])));
                }
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }
    }

    #[test]
    fn blocks_follow_one_another_and_cover_all_rows() {
        for (n, k) in [(2, 5), (7, 5), (100, 5), (101, 3)] {
            let folds = blocks(n, k);
            assert_eq!(folds.len(), k.min(n));
            let valid: Vec<usize> = folds.iter().flat_map(|fold| fold.valid.clone()).collect();
            assert_eq!(valid, (0..n).collect::<Vec<_>>());
            for fold in &folds {
                assert!(fold.valid.windows(2).all(|pair| pair[1] == pair[0] + 1) && fold.valid.len() <= n.div_ceil(k));
                assert!(
                    fold.train.len() + fold.valid.len() == n && fold.train.iter().all(|row| !fold.valid.contains(row))
                );
            }
        }
    }

    #[test]
    fn a_class_that_a_fold_leaves_out_is_named() {
        let y = |labels: Vec<usize>| Target::Classes { labels, classes: 3 };
        let check = |labels: Vec<usize>, groups: Option<&[usize]>| {
            let samples = samples(labels);
            check_folds("d.npz", &samples.y, &folds(&samples, groups, 5, 1))
        };
        let labels: Vec<usize> = (0..30).map(|i| i % 3).collect();
        assert!(check(labels.clone(), None).is_ok());
        // All windows of class 2 are of one group.
        let groups: Vec<usize> =
            labels.iter().enumerate().map(|(i, &label)| if label == 2 { 9 } else { i % 4 }).collect();
        let refused = check(labels.clone(), Some(&groups)).unwrap_err().to_string();
        assert!(refused.contains("all windows of class 2 are in fold"), "{refused}");
        let with = |n: usize| (0..30).map(|i| if i < n { 2 } else { i % 2 }).collect();
        assert!(check(with(1), None).unwrap_err().to_string().contains("all windows of class 2 are in fold"));
        assert!(check(with(2), None).is_ok());
        let sorted = y((0..30).map(|i| i / 10).collect());
        assert!(
            check_folds("d.npz", &sorted, &blocks(30, 3))
                .unwrap_err()
                .to_string()
                .contains("all windows of class 0 are in fold 1 of 3")
        );
    }

    #[test]
    fn classes_are_spread() {
        let labels: Vec<usize> = (0..100).map(|i| usize::from(i % 10 == 0)).collect();
        for fold in folds(&samples(labels.clone()), None, 5, 1) {
            assert_eq!(fold.valid.iter().filter(|&&row| labels[row] == 1).count(), 2);
        }
    }
}
