//! Scores of predictions against targets.

use crate::data::Target;
use ndarray::{Array2, ArrayView1, Axis};

/// What a predictor says of each window: a value, or a logit for every class (n, 1 or classes).
pub type Outputs = Array2<f64>;

/// Something that is measured of some rows (a row may occur again).
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in JSON.
    pub name: &'static str,
    /// How it is measured.
    pub of: fn(&Target, &Outputs, &[usize]) -> f64,
    /// Whether it is of the classes that are decided for, which a threshold moves.
    pub of_decisions: bool,
}

/// What is measured for targets of this kind, the score first: of values of images that is the error, as is the custom of maps.
#[must_use]
pub fn measures(y: &Target, images: bool) -> Vec<Measure> {
    let of = |name, of, of_decisions| Measure { name, of, of_decisions };
    match y {
        Target::Values(_) if images => vec![of("rmse", rmse, false), of("r2", score, false)],
        Target::Values(_) => vec![of("r2", score, false), of("rmse", rmse, false)],
        Target::Classes { classes, .. } => {
            let mut measures = vec![
                of("accuracy", score, true),
                of("balanced_accuracy", balanced_accuracy, true),
                of("log_loss", log_loss, false),
            ];
            if *classes == 2 {
                measures.extend([of("auroc", auroc, false), of("average_precision", average_precision, false)]);
            }
            measures
        }
    }
}

/// The name of the main score: `r2` for values, `accuracy` for classes.
#[must_use]
pub const fn name(y: &Target) -> &'static str {
    match y {
        Target::Values(_) => "r2",
        Target::Classes { .. } => "accuracy",
    }
}

/// R² or accuracy of these rows (a row may occur again).
#[must_use]
pub fn score(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let n = rows.len() as f64;
    match y {
        Target::Values(values) => {
            let mean = rows.iter().map(|&i| values[i]).sum::<f64>() / n;
            let total: f64 = rows.iter().map(|&i| (values[i] - mean).powi(2)).sum();
            let left: f64 = rows.iter().map(|&i| (values[i] - outputs[[i, 0]]).powi(2)).sum();
            1.0 - left / total
        }
        Target::Classes { labels, .. } => {
            rows.iter().filter(|&&i| class(outputs.row(i)) == labels[i]).count() as f64 / n
        }
    }
}

/// What choices inside the training split are made by, of each row: for values the squared error in units of their variance,
/// so that the mean is 1 − R²; for classes the negative log-likelihood, which moves with every window where the accuracy of
/// a few hundred is mostly chance (Gneiting & Raftery 2007, proper scores).
#[must_use]
pub fn losses(y: &Target, outputs: &Outputs) -> Vec<f64> {
    match y {
        Target::Values(values) => {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            // Values that do not vary have no unit.
            let unit = if variance > 0.0 { variance } else { 1.0 };
            values.iter().zip(outputs.column(0)).map(|(value, output)| (value - output).powi(2) / unit).collect()
        }
        Target::Classes { labels, .. } => {
            let rows = labels.iter().zip(outputs.rows());
            rows.map(|(&label, logits)| {
                let highest = logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                highest + logits.iter().map(|logit| (logit - highest).exp()).sum::<f64>().ln() - logits[label]
            })
            .collect()
        }
    }
}

/// The mean of the losses.
#[must_use]
pub fn loss(y: &Target, outputs: &Outputs) -> f64 {
    losses(y, outputs).iter().sum::<f64>() / y.len() as f64
}

/// The class of the highest logit, the first of equals.
#[must_use]
pub fn class(logits: ArrayView1<'_, f64>) -> usize {
    let mut highest = 0;
    for (i, logit) in logits.iter().enumerate() {
        if *logit > logits[highest] {
            highest = i;
        }
    }
    highest
}

/// Root of the mean square error, in the target's units; not a number for classes.
fn rmse(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let Target::Values(values) = y else { return f64::NAN };
    let sum: f64 = rows.iter().map(|&i| (values[i] - outputs[[i, 0]]).powi(2)).sum();
    (sum / rows.len() as f64).sqrt()
}

/// The mean of −ln p, p the probability that was given to a window's class.
fn log_loss(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    loss(&y.select(rows), &outputs.select(Axis(0), rows))
}

/// The mean over classes of the share of their windows that are recognised; not a number for values.
fn balanced_accuracy(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let Target::Classes { labels, classes } = y else { return f64::NAN };
    let mut of_classes = vec![[0_u32; 2]; *classes];
    for &i in rows {
        let [windows, right] = &mut of_classes[labels[i]];
        *windows += 1;
        *right += u32::from(class(outputs.row(i)) == labels[i]);
    }
    let there = of_classes.iter().filter(|[windows, _]| *windows > 0);
    let recalls = there.map(|&[windows, right]| f64::from(right) / f64::from(windows));
    recalls.clone().sum::<f64>() / recalls.count() as f64
}

/// Windows of two classes by the difference of their logits, from the lowest on: how many of class 0 and of class 1 have
/// each.
fn ranked(y: &Target, outputs: &Outputs, rows: &[usize]) -> Vec<[f64; 2]> {
    let Target::Classes { labels, classes: 2 } = y else { return Vec::new() };
    let mut scored: Vec<(f64, usize)> = rows.iter().map(|&i| (outputs[[i, 1]] - outputs[[i, 0]], labels[i])).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let counts = |tied: &[(f64, usize)]| {
        let ones = tied.iter().filter(|(_, label)| *label == 1).count();
        [(tied.len() - ones) as f64, ones as f64]
    };
    scored.chunk_by(|a, b| a.0 == b.0).map(counts).collect()
}

/// Area under the receiver's operating curve, by ranks (ties count half); not a number unless there are windows of two
/// classes.
fn auroc(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let (mut negatives, mut positives, mut area) = (0.0, 0.0, 0.0);
    for [negative, positive] in ranked(y, outputs, rows) {
        area += positive * (negatives + negative / 2.0);
        negatives += negative;
        positives += positive;
    }
    area / (positives * negatives)
}

/// The mean over windows of class 1 of the precision where they are just found (Manning, Raghavan & Schütze 2008, ch. 8.4);
/// not a number without them.
fn average_precision(y: &Target, outputs: &Outputs, rows: &[usize]) -> f64 {
    let (mut negatives, mut positives, mut sum) = (0.0, 0.0, 0.0);
    for [negative, positive] in ranked(y, outputs, rows).into_iter().rev() {
        negatives += negative;
        positives += positive;
        sum += positive * positives / (positives + negatives);
    }
    sum / positives
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn two(labels: &[usize]) -> Target {
        Target::Classes { labels: labels.to_vec(), classes: 2 }
    }

    #[test]
    fn scores_follow_their_definitions() {
        let y = Target::Values(vec![1.0, 2.0, 3.0]);
        assert_eq!(score(&y, &array![[1.0], [2.0], [2.0]], &[0, 1, 2]), 0.5);
        let (y, outputs) = (two(&[0, 0, 0, 1]), array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]);
        assert_eq!(score(&y, &outputs, &[0, 1, 2, 3]), 0.75);
        let likelihood = -loss(&two(&[1]), &array![[0.0, 3.0_f64.ln()]]);
        assert!((likelihood - 0.75_f64.ln()).abs() < 1e-12, "{likelihood}");
        let all = [0, 1, 2, 3];
        assert_eq!(balanced_accuracy(&y, &outputs, &all), (2.0 / 3.0 + 1.0) / 2.0);
        assert_eq!(balanced_accuracy(&y, &outputs, &[0, 0, 2]), 2.0 / 3.0);
        assert_eq!((auroc(&y, &outputs, &all), average_precision(&y, &outputs, &all)), (1.0, 1.0));
        // A window of class 0 comes first, then one of class 1 and one of class 0 that are tied, then one of class 1.
        let (y, outputs) = (two(&[0, 1, 0, 1]), array![[0.0, 4.0], [0.0, 2.0], [0.0, 2.0], [0.0, 1.0]]);
        assert_eq!(auroc(&y, &outputs, &all), 0.125);
        assert_eq!(average_precision(&y, &outputs, &all), f64::midpoint(1.0 / 3.0, 0.5));
        assert_eq!(auroc(&two(&[0, 1, 0, 1]), &Array2::zeros((4, 2)), &all), 0.5);
        assert!(auroc(&y, &outputs, &[0, 2]).is_nan() && average_precision(&y, &outputs, &[0, 2]).is_nan());
        let y = Target::Values(vec![1.0, 2.0, 3.0]);
        assert_eq!(rmse(&y, &array![[1.0], [2.0], [0.0]], &[0, 2]), 4.5_f64.sqrt());
        let names = |y| measures(y, false).iter().map(|measure| measure.name).collect::<Vec<_>>();
        assert_eq!(names(&y), ["r2", "rmse"]);
        assert_eq!(names(&two(&[0, 1])), ["accuracy", "balanced_accuracy", "log_loss", "auroc", "average_precision"]);
    }
}
