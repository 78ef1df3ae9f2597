//! Targets as files have them, the decision whether they are classes, and the numbers of classes.

use super::label::Label;
use super::options::{ReadOptions, Task};
use super::target::Target;
use crate::{Error, Result};
use awd_core::model::MAX_OUTPUTS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most classes of a model.
pub const MAX_CLASSES: usize = MAX_OUTPUTS + 1;

/// Floats are classes only if there are at least this many windows for each different value.
const WINDOWS_PER_CLASS: usize = 5;

/// The most labels that are counted. More are "many".
const COUNTED: usize = 64;

/// The most labels that an error or a note lists.
const LISTED: usize = 12;

/// Targets as a file has them.
#[derive(Debug, Clone, PartialEq)]
pub enum RawTargets {
    /// Floats.
    Floats(Vec<f64>),
    /// Integers or texts.
    Labels(Vec<Label>),
}

impl RawTargets {
    /// Targets that are written as texts. Numbers of which one is not whole are floats; all others are labels.
    pub fn of_texts<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Self {
        let labels: Vec<Label> = texts.clone().map(Label::of_text).collect();
        let whole = labels.iter().all(|label| label.number().is_some());
        let numbers = if whole { None } else { texts.map(|text| text.trim().parse().ok()).collect() };
        numbers.map_or(Self::Labels(labels), Self::Floats)
    }

    /// The number of windows.
    pub const fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Labels(labels) => labels.len(),
        }
    }
}

/// What is known of targets before they are numbered. It adds up over files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSummary {
    /// Whether they are floats.
    floats: bool,
    /// The number of windows.
    windows: usize,
    /// The labels that differ, unless there are more than are counted or a float is not whole.
    distinct: Option<BTreeSet<Label>>,
}

impl LabelSummary {
    pub fn of(targets: &RawTargets) -> Self {
        let counted = |labels: &mut dyn Iterator<Item = Option<Label>>| {
            let mut distinct = BTreeSet::new();
            for label in labels {
                distinct.insert(label?);
                if distinct.len() > COUNTED {
                    return None;
                }
            }
            Some(distinct)
        };
        match targets {
            RawTargets::Floats(values) => Self {
                floats: true,
                windows: values.len(),
                distinct: counted(&mut values.iter().map(|value| Label::of_float(*value))),
            },
            RawTargets::Labels(labels) => {
                Self { floats: false, windows: labels.len(), distinct: counted(&mut labels.iter().cloned().map(Some)) }
            }
        }
    }

    /// Whether the targets are floats.
    pub const fn floats(&self) -> bool {
        self.floats
    }

    /// The summary of these targets and of others.
    pub fn plus(self, other: Self) -> Self {
        let distinct = match (self.distinct, other.distinct) {
            (Some(mut own), Some(others)) => {
                own.extend(others);
                (own.len() <= COUNTED).then_some(own)
            }
            _ => None,
        };
        Self { floats: self.floats && other.floats, windows: self.windows + other.windows, distinct }
    }

    /// Decides whether the targets of the training windows are classes; `None` means values.
    ///
    /// # Errors
    /// They cannot be what the task asks for, or no window has one of the labels that become class 1. Floats are classes
    /// only if those of the test windows, `test`, have no other values.
    pub fn decide(&self, test: &Self, file: &str, name: &str, options: &ReadOptions) -> Result<Option<Classes>> {
        let bad = |bound: std::fmt::Arguments<'_>| Err(Error::input(file, name, bound));
        if !options.positive.is_empty() {
            let labels: Vec<Label> = options.positive.iter().map(|text| Label::of_text(text)).collect();
            let distinct = self.distinct.as_ref();
            return match labels.iter().find(|label| distinct.is_some_and(|distinct| !distinct.contains(label))) {
                Some(absent) => bad(format_args!(
                    "labels of training windows: {}; asked for {absent}",
                    listed(distinct.into_iter().flatten())
                )),
                None => Ok(Some(Classes::Two(labels))),
            };
        }
        let few = |distinct: &BTreeSet<Label>| {
            (2..=MAX_CLASSES).contains(&distinct.len())
                && self.windows >= WINDOWS_PER_CLASS * distinct.len()
                && test.distinct.as_ref().is_some_and(|of_test| of_test.is_subset(distinct))
        };
        let next = "merge some, or use the task values for numbers";
        match (options.task, &self.distinct) {
            (Some(Task::Values), distinct) => match distinct.iter().flatten().find(|label| label.number().is_none()) {
                Some(text) => bad(format_args!("numbers, for the task values; one is {text}: use the task classes")),
                None => Ok(None),
            },
            (None, distinct) if self.floats && !distinct.as_ref().is_some_and(few) => Ok(None),
            (_, Some(distinct)) if (2..=MAX_CLASSES).contains(&distinct.len()) || distinct.is_empty() => {
                Ok(Some(Classes::Labels(distinct.iter().cloned().collect())))
            }
            (_, Some(distinct)) => {
                let (count, labels) = (distinct.len(), listed(distinct.iter()));
                bad(format_args!("2 to {MAX_CLASSES} classes; it has {count}: {labels}: {next}"))
            }
            (_, None) => bad(format_args!("2 to {MAX_CLASSES} classes; it has many different entries: {next}")),
        }
    }
}

/// The classes of targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Classes {
    /// Class i has the label i. They ascend.
    Labels(Vec<Label>),
    /// Class 1 has these labels, class 0 all others.
    Two(Vec<Label>),
}

impl Classes {
    /// The number of classes.
    const fn count(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Two(_) => 2,
        }
    }

    /// The class of a label.
    fn class(&self, label: &Label) -> Option<usize> {
        match self {
            Self::Labels(labels) => labels.binary_search(label).ok(),
            Self::Two(positive) => Some(positive.contains(label).into()),
        }
    }

    /// The labels of the classes, unless several labels share a class.
    fn labels(&self) -> &[Label] {
        match self {
            Self::Labels(labels) => labels,
            Self::Two(_) => &[],
        }
    }

    /// The names of the classes: none if they are 0, 1, 2, …
    pub fn names(&self) -> Vec<String> {
        let plain = (0..).zip(self.labels()).all(|(class, label)| label.number() == Some(class));
        if plain { Vec::new() } else { self.labels().iter().map(Label::to_string).collect() }
    }

    /// A note if floats were taken as classes.
    pub fn note(&self, floats: bool) -> Option<String> {
        (floats && !self.labels().is_empty()).then(|| {
            format!(
                "The targets are whole numbers and few of them differ ({}), so they are classes; the task values predicts them as values.",
                listed(self.labels().iter())
            )
        })
    }

    /// An empty list of targets of these classes.
    pub const fn empty(&self) -> Target {
        Target::Classes { labels: Vec::new(), classes: self.count() }
    }
}

/// The targets of windows, numbered as the classes are.
///
/// # Errors
/// A label is of no class.
pub fn numbered(file: &str, name: &str, targets: RawTargets, classes: Option<&Classes>) -> Result<Target> {
    let unknown = |entry: usize, label: &dyn std::fmt::Display, classes: &Classes| {
        let known = listed(classes.labels().iter());
        Error::input(file, name, format_args!("classes of training windows: {known}; entry {entry} is {label}"))
    };
    let class_of = |entry: usize, label: &Label, classes: &Classes| {
        classes.class(label).ok_or_else(|| unknown(entry, label, classes))
    };
    match (targets, classes) {
        (RawTargets::Floats(values), None) => Ok(Target::Values(values)),
        (RawTargets::Labels(labels), None) => {
            let value = |(entry, label): (usize, Label)| {
                let text = || Error::input(file, name, format_args!("numbers, like y_train; entry {entry} is {label}"));
                label.number().map(|number| number as f64).ok_or_else(text)
            };
            labels.into_iter().enumerate().map(value).collect::<Result<_>>().map(Target::Values)
        }
        (RawTargets::Floats(values), Some(classes)) => {
            let class = |(entry, value): (usize, f64)| {
                let label = Label::of_float(value).ok_or_else(|| unknown(entry, &value, classes))?;
                class_of(entry, &label, classes)
            };
            let labels = values.into_iter().enumerate().map(class).collect::<Result<_>>()?;
            Ok(Target::Classes { labels, classes: classes.count() })
        }
        (RawTargets::Labels(labels), Some(classes)) => {
            let class = |(entry, label): (usize, Label)| class_of(entry, &label, classes);
            let labels = labels.into_iter().enumerate().map(class).collect::<Result<_>>()?;
            Ok(Target::Classes { labels, classes: classes.count() })
        }
    }
}

/// The first labels, for an error.
fn listed<'l>(labels: impl Iterator<Item = &'l Label> + Clone) -> String {
    let more = labels.clone().count().saturating_sub(LISTED);
    let first: Vec<String> = labels.take(LISTED).map(Label::to_string).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// Rows of numbers that are one-hot: the place of the one in each row.
///
/// # Errors
/// The first row that is not.
pub fn from_one_hot(values: &[f64], columns: usize) -> std::result::Result<Vec<Label>, usize> {
    let place = |(row, values): (usize, &[f64])| {
        let ones = values.iter().filter(|value| **value == 1.0).count();
        let zeros = values.iter().filter(|value| **value == 0.0).count();
        let place = values.iter().position(|value| *value == 1.0).unwrap_or(0);
        if ones == 1 && ones + zeros == columns { Ok(Label::Number(place as i64)) } else { Err(row) }
    };
    values.chunks_exact(columns.max(1)).enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decided(targets: &RawTargets, task: Option<Task>) -> Result<Option<Classes>> {
        let summary = LabelSummary::of(targets);
        summary.decide(&summary, "f", "y", &ReadOptions { task, ..ReadOptions::default() })
    }

    #[test]
    fn some_labels_become_class_1() {
        let all = texts(&["a", "b", "7", "b"]);
        let two = |positive: &[&str]| {
            let positive = positive.iter().map(|text| (*text).to_owned()).collect();
            let summary = LabelSummary::of(&all);
            summary.decide(&summary, "f", "y", &ReadOptions { positive, ..ReadOptions::default() })
        };
        let classes = two(&["b", "7.0"]).unwrap();
        let expected = Target::Classes { labels: vec![0, 1, 1, 1], classes: 2 };
        assert_eq!(numbered("f", "y", all.clone(), classes.as_ref()).unwrap(), expected);
        assert!(classes.unwrap().names().is_empty());
        assert!(two(&["c"]).unwrap_err().to_string().contains("7, a, b; asked for c"));
    }

    fn texts(texts: &[&str]) -> RawTargets {
        RawTargets::Labels(texts.iter().map(|text| Label::of_text(text)).collect())
    }

    #[test]
    fn the_task_follows_from_the_targets() {
        let whole = RawTargets::Floats((0..30).map(|i| f64::from(i % 3)).collect());
        assert!(decided(&whole, None).unwrap().is_some());
        assert!(decided(&whole, Some(Task::Values)).unwrap().is_none());
        // Too few windows for each value, a fraction, too many values.
        for values in [vec![0.0, 1.0, 2.0, 3.0], vec![0.5; 30], (0..300).map(f64::from).collect()] {
            let values = RawTargets::Floats(values);
            assert!(decided(&values, None).unwrap().is_none());
        }
        // A test window with another value.
        let other = LabelSummary::of(&RawTargets::Floats(vec![7.0]));
        assert_eq!(LabelSummary::of(&whole).decide(&other, "f", "y", &ReadOptions::default()), Ok(None));
        let refused = |targets: &RawTargets, task| decided(targets, task).unwrap_err().to_string();
        assert!(refused(&texts(&["a", "a"]), None).contains("2 to 9 classes; it has 1: a"));
        assert!(refused(&texts(&["a", "b"]), Some(Task::Values)).contains("one is a"));
        let many = RawTargets::Labels((0..40).map(Label::Number).collect());
        assert!(refused(&many, None).contains("it has 40: 0, 1, 2"));
        assert!(decided(&many, Some(Task::Values)).unwrap().is_none());
        assert!(refused(&RawTargets::Floats(vec![0.5; 30]), Some(Task::Classes)).contains("many different"));
    }

    #[test]
    fn texts_are_labels_unless_a_number_has_a_fraction() {
        let of = |texts: &[&'static str]| RawTargets::of_texts(texts.iter().copied());
        assert_eq!(of(&["10", "2.0", "x"]), texts(&["10", "2", "x"]));
        assert_eq!(of(&["10", "2.0"]), texts(&["10", "2"]));
        assert_eq!(of(&["1", "2.5"]), RawTargets::Floats(vec![1.0, 2.5]));
    }

    #[test]
    fn one_hot_rows_are_recognised() {
        assert_eq!(from_one_hot(&[0.0, 1.0, 1.0, 0.0], 2), Ok(vec![Label::Number(1), Label::Number(0)]));
        assert_eq!(from_one_hot(&[0.0, 1.0, 1.0, 1.0], 2), Err(1));
        assert_eq!(from_one_hot(&[0.2, 0.8], 2), Err(0));
    }

    proptest! {
        /// However labels are written, and in however many files: the same classes, and names that lead back.
        #[test]
        fn numbers_lead_back_to_labels(
            distinct in prop::collection::btree_set("[a-z]{1,4}|-?[0-9]{1,3}", 2..9),
            picked in prop::collection::vec(0..100_usize, 20..60),
            cut in 1..19_usize,
        ) {
            let distinct: Vec<Label> =
                distinct.iter().map(|text| Label::of_text(text)).collect::<BTreeSet<_>>().into_iter().collect();
            let labels: Vec<Label> = picked.iter().map(|&at| distinct[at % distinct.len()].clone()).collect();
            let used: BTreeSet<Label> = labels.iter().cloned().collect();
            let all = RawTargets::Labels(labels.clone());
            let parts = [&labels[..cut], &labels[cut..]].map(|part| LabelSummary::of(&RawTargets::Labels(part.to_vec())));
            let [first, second] = parts;
            prop_assert_eq!(&first.plus(second), &LabelSummary::of(&all));
            let classes = decided(&all, None).unwrap().unwrap();
            let Target::Classes { labels: numbers, classes: count } = numbered("f", "y", all, Some(&classes)).unwrap() else {
                panic!("values")
            };
            prop_assert_eq!(count, used.len());
            let names = classes.names();
            for (number, label) in numbers.iter().zip(&labels) {
                let name = names.get(*number).cloned().unwrap_or_else(|| number.to_string());
                prop_assert_eq!(name, label.to_string());
            }
            // Whole floats, integers and their texts are one and the same.
            if let Some(integers) = labels.iter().map(Label::number).collect::<Option<Vec<i64>>>() {
                let floats = RawTargets::Floats(integers.iter().map(|&number| number as f64).collect());
                let same = numbered("f", "y", floats, Some(&classes)).unwrap();
                prop_assert_eq!(same, Target::Classes { labels: numbers, classes: count });
            }
        }
    }
}
