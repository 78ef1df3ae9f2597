//! Labels that tracks have of their own, as targets.

use crate::data::Target;
use std::collections::BTreeSet;

/// The targets of labels, and the names of the classes. Labels that are all whole numbers are classes in the order of
/// these numbers, other numbers are values, and text is a class in alphabetical order.
pub fn targets<'l>(labels: impl Iterator<Item = &'l str> + Clone) -> (Target, Vec<String>) {
    if let Some(numbers) = labels.clone().map(|label| label.parse().ok()).collect::<Option<Vec<i64>>>() {
        return classes(&numbers);
    }
    match labels.clone().map(|label| label.parse().ok()).collect::<Option<Vec<f64>>>() {
        Some(values) => (Target::Values(values), Vec::new()),
        None => classes(&labels.collect::<Vec<_>>()),
    }
}

fn classes<T: Ord + ToString>(labels: &[T]) -> (Target, Vec<String>) {
    let names: Vec<&T> = labels.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let class = |label: &T| names.binary_search(&label).expect("each label is among the names");
    let target = Target::Classes { labels: labels.iter().map(class).collect(), classes: names.len() };
    (target, names.into_iter().map(T::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &[&str]) -> (Target, Vec<String>) {
        targets(labels.iter().copied())
    }

    #[test]
    fn whole_numbers_and_text_are_classes_and_other_numbers_values() {
        let classes = |labels: &[usize], names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
            (Target::Classes { labels: labels.to_vec(), classes: names.len() }, names)
        };
        assert_eq!(of(&["10", "2", "10"]), classes(&[1, 0, 1], &["2", "10"]));
        assert_eq!(of(&["10", "2", "x"]), classes(&[0, 1, 2], &["10", "2", "x"]));
        assert_eq!(of(&["1", "2.5"]), (Target::Values(vec![1.0, 2.5]), vec![]));
    }
}
