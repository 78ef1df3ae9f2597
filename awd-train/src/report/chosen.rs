//! Selects the events of the test split that the report explains.

use crate::data::Target;
use crate::metric::{self, Outputs};
use crate::model::name_of;

/// An event of the test split, and why it is shown.
pub struct Event {
    /// Its row.
    pub row: usize,
    /// The output that is explained: the class, or 0 for a value.
    pub output: usize,
    /// Why it is shown.
    pub why: String,
}

/// Selects events. For classes: of each of the first five with a correct prediction, the most certain one; and the most
/// certain wrong prediction. For values: the highest, the lowest, and the one with the greatest error.
pub fn chosen(y: &Target, names: &[String], outputs: &Outputs) -> Vec<Event> {
    let rows = 0..y.len();
    match y {
        Target::Values(values) => {
            let finite = rows.clone().filter(|&row| outputs[[row, 0]].is_finite());
            let max = |key: &dyn Fn(usize) -> f64| finite.clone().max_by(|&a, &b| key(a).total_cmp(&key(b)));
            let high = max(&|row| outputs[[row, 0]]).map(|row| (row, "The highest prediction"));
            let low = max(&|row| -outputs[[row, 0]]).map(|row| (row, "The lowest prediction"));
            let off = max(&|row| (outputs[[row, 0]] - values[row]).abs()).map(|row| (row, "The largest error"));
            let event = |(row, why): (usize, &str)| {
                let why = format!("{why}: predicted {:.3}, true value {:.3}", outputs[[row, 0]], values[row]);
                Event { row, output: 0, why }
            };
            [high, low, off].into_iter().flatten().map(event).collect()
        }
        Target::Classes { labels, classes } => {
            let sure = |row: usize, class: usize| probability(outputs, row, class);
            // Windows without a predicted class cannot be explained.
            let predicted = |row: usize| metric::class(outputs.row(row)).map(|class| (row, class));
            let surest = |keep: &dyn Fn(usize, usize) -> bool| {
                let candidates = rows.clone().filter_map(predicted).filter(|&(row, class)| keep(row, class));
                candidates.max_by(|a, b| sure(a.0, a.1).total_cmp(&sure(b.0, b.1)))
            };
            let right = (0..*classes).filter_map(|c| surest(&|row, class| labels[row] == c && class == c));
            let wrong = surest(&|row, class| labels[row] != class);
            let event = |(row, class): (usize, usize)| {
                let label = labels[row];
                let sure = format!("class {} with a probability of {:.3}", name_of(names, class), sure(row, class));
                let why = if class == label {
                    format!("Correct: {sure}")
                } else {
                    format!("Wrong: {sure}; the true class is {}", name_of(names, label))
                };
                Event { row, output: class, why }
            };
            right.take(5).chain(wrong).map(event).collect()
        }
    }
}

/// The softmax of a row's logits.
pub fn probability(outputs: &Outputs, row: usize, class: usize) -> f64 {
    let highest = outputs.row(row).fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let odds = |logit: f64| (logit - highest).exp();
    odds(outputs[[row, class]]) / outputs.row(row).iter().map(|&logit| odds(logit)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_most_certain_predictions_are_selected() {
        let outputs = array![[0.0, 2.0], [0.0, 3.0], [1.0, 0.0], [0.0, 4.0], [0.0, 1.0]];
        let y = Target::Classes { labels: vec![1, 1, 0, 0, 0], classes: 2 };
        let rows: Vec<usize> = chosen(&y, &[], &outputs).iter().map(|event| event.row).collect();
        assert_eq!(rows, [2, 1, 3]);
        let rows: Vec<usize> = chosen(&Target::Values(vec![0.0, 1.0, 5.0]), &[], &array![[1.0], [3.0], [2.0]])
            .iter()
            .map(|event| event.row)
            .collect();
        assert_eq!(rows, [1, 0, 2]);
        // An output that is not finite is not shown, neither as class 0 nor as the most certain one.
        for bad in [f64::NAN, f64::INFINITY] {
            let outputs = array![[0.0, bad], [0.0, bad], [1.0, 0.0]];
            let y = Target::Classes { labels: vec![0, 1, 0], classes: 2 };
            assert_eq!(chosen(&y, &[], &outputs).iter().map(|event| event.row).collect::<Vec<_>>(), [2]);
            let shown = chosen(&Target::Values(vec![0.0, 1.0]), &[], &array![[bad], [3.0]]);
            assert!(shown.len() == 3 && shown.iter().all(|event| event.row == 1));
        }
    }
}
