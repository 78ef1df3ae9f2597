//! A set that a file has in one piece: its windows are split into training and test windows here.

use super::bounds::check_not_empty;
use super::classes::{LabelSummary, RawTargets, numbered};
use super::label::Label;
use super::options::ReadOptions;
use super::{Dataset, Samples, folds};
use crate::{Error, Result};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};

/// One of this many folds is the test split, unless the file says which windows are.
const FOLDS: usize = 5;

/// The split of windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// A fifth of the windows, or of the groups, is for testing.
    Draw,
    /// Whether each window is for testing.
    Given(Vec<bool>),
}

/// Windows and targets, before the split.
#[derive(Debug, Clone)]
pub struct Unsplit {
    pub file: String,
    /// The names of the arrays or columns of windows and of targets, for errors.
    pub names: [&'static str; 2],
    /// The windows (n, N).
    pub x: Array2<f32>,
    /// The rows of an image; 1 for a signal.
    pub rows: usize,
    pub targets: RawTargets,
    pub split: Split,
    pub groups: Option<Vec<Label>>,
    /// What a reader of the data should know.
    pub notes: Vec<String>,
}

impl Unsplit {
    /// Splits the windows. Without a given split, a fifth is drawn with a fixed seed; it shares no group with the
    /// training windows, unless there is only one group.
    ///
    /// # Errors
    /// There is no window of one split, or targets are not what the task asks for.
    pub fn dataset(self, options: &ReadOptions) -> Result<Dataset> {
        let Self { file, names: [_, y_name], x, rows, targets, split, groups, mut notes } = self;
        let [training, testing] = match &split {
            Split::Draw => [LabelSummary::of(&targets), LabelSummary::of(&targets)],
            Split::Given(test) => [false, true].map(|of| LabelSummary::of(&part(&targets, test, of))),
        };
        let classes = training.decide(&testing, &file, y_name, options)?;
        notes.extend(classes.as_ref().and_then(|classes| classes.note(training.floats())));
        let class_names = classes.as_ref().map(super::classes::Classes::names).unwrap_or_default();
        let all = Samples { x, y: numbered(&file, y_name, targets, classes.as_ref())? };
        // Groups are numbered in the order of their first appearance.
        let (known, own) = first_appearance(groups.as_deref());
        let [train, test] = match split {
            Split::Given(test) => [false, true].map(|of| (0..test.len()).filter(|&row| test[row] == of).collect()),
            Split::Draw => {
                let dealt =
                    (all.y.len() > 1).then(|| folds(&all, own.as_deref(), FOLDS, 0).into_iter().next()).flatten();
                let fold = dealt.ok_or_else(|| Error::input(&file, y_name, "at least two windows"))?;
                [fold.train, fold.valid]
            }
        };
        check_not_empty(&file, [train.len(), test.len()])?;
        let [groups, test_groups] =
            [&train, &test].map(|rows| own.as_ref().map(|groups| rows.iter().map(|&i| groups[i]).collect::<Vec<_>>()));
        let distinct = |groups: &Option<Vec<usize>>| groups.iter().flatten().copied().collect::<BTreeSet<usize>>();
        let both: BTreeSet<usize> = distinct(&groups).intersection(&distinct(&test_groups)).copied().collect();
        let groups_in_both =
            known.into_iter().filter(|(_, number)| both.contains(number)).map(|(name, _)| name.to_string());
        let groups_in_both = groups_in_both.collect::<BTreeSet<String>>().into_iter().collect();
        let (train, test) = (all.select(&train), all.select(&test));
        let data = Dataset::of(file, train, test);
        Ok(Dataset { rows, groups, test_groups, groups_in_both, class_names, notes, ..data })
    }
}

/// The targets of one split.
fn part(targets: &RawTargets, test: &[bool], of: bool) -> RawTargets {
    let kept = |row: usize| test.get(row) == Some(&of);
    match targets {
        RawTargets::Floats(values) => {
            RawTargets::Floats((0..values.len()).filter(|&row| kept(row)).map(|row| values[row]).collect())
        }
        RawTargets::Labels(labels) => {
            RawTargets::Labels((0..labels.len()).filter(|&row| kept(row)).map(|row| labels[row].clone()).collect())
        }
    }
}

/// The number of each group, and the groups of the windows by number.
fn first_appearance(groups: Option<&[Label]>) -> (BTreeMap<Label, usize>, Option<Vec<usize>>) {
    let mut known = BTreeMap::new();
    let own = groups.map(|groups| {
        let number = |label: &Label| {
            let next = known.len();
            *known.entry(label.clone()).or_insert(next)
        };
        groups.iter().map(number).collect()
    });
    (known, own)
}
