//! Measures of predictors, from sums over windows. The sums add up over threads and ranks, and a window that is drawn
//! twice is added twice.

use crate::data::Target;

/// Sums over windows of the results of one predictor.
#[derive(Debug, Clone, Copy)]
pub struct Sums<'a> {
    /// The number of windows.
    pub n: f64,
    /// For values, the squared errors. For classes, −ln p, where p is the probability that was given to a window's
    /// class.
    pub loss: f64,
    /// For values: the sum of their differences from a number near their mean, and the sum of the squares of these.
    pub off: [f64; 2],
    /// For each class, the number of its windows, and of those that are classified right.
    pub classes: &'a [[u32; 2]],
    /// For two classes: the number of windows of each class that have the same difference of logits, in ascending order
    /// of the difference.
    pub ranked: &'a [[u32; 2]],
}

/// A measure.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in JSON.
    pub name: &'static str,
    /// Computes it from sums.
    pub of: fn(&Sums<'_>) -> f64,
}

/// The measures for targets of this kind, the main score first. For values of images that is the RMSE, as is usual for
/// maps.
#[must_use]
pub fn measures(y: &Target, images: bool) -> Vec<Measure> {
    let measure = |name, of| Measure { name, of };
    match y {
        Target::Values(_) if images => vec![measure("rmse", rmse), measure("r2", r_squared)],
        Target::Values(_) => vec![measure("r2", r_squared), measure("rmse", rmse)],
        Target::Classes { classes, .. } => {
            let mut measures = vec![
                measure("accuracy", accuracy),
                measure("balanced_accuracy", balanced_accuracy),
                measure("log_loss", |sums| sums.loss / sums.n),
            ];
            if *classes == 2 {
                measures.extend([measure("auroc", auroc), measure("average_precision", average_precision)]);
            }
            measures
        }
    }
}

fn r_squared(sums: &Sums<'_>) -> f64 {
    let [off, squares] = sums.off;
    1.0 - sums.loss / (squares - off * off / sums.n)
}

/// Root of the mean square error, in the target's units.
fn rmse(sums: &Sums<'_>) -> f64 {
    (sums.loss / sums.n).sqrt()
}

fn accuracy(sums: &Sums<'_>) -> f64 {
    sums.classes.iter().map(|[_, right]| f64::from(*right)).sum::<f64>() / sums.n
}

/// The mean over classes of the share of their windows that are classified right.
fn balanced_accuracy(sums: &Sums<'_>) -> f64 {
    let there = sums.classes.iter().filter(|[windows, _]| *windows > 0);
    let recalls = there.map(|&[windows, right]| f64::from(right) / f64::from(windows));
    recalls.clone().sum::<f64>() / recalls.count() as f64
}

/// Area under the receiver operating characteristic, by ranks (ties count half). NaN unless both classes have windows.
fn auroc(sums: &Sums<'_>) -> f64 {
    let (mut negatives, mut positives, mut area) = (0.0, 0.0, 0.0);
    for &[negative, positive] in sums.ranked {
        let [negative, positive] = [negative, positive].map(f64::from);
        area += positive * (negatives + negative / 2.0);
        negatives += negative;
        positives += positive;
    }
    area / (positives * negatives)
}

/// The mean over windows of class 1 of the precision at the threshold that just includes them (Manning, Raghavan &
/// Schütze 2008, ch. 8.4). NaN without such windows.
fn average_precision(sums: &Sums<'_>) -> f64 {
    let (mut negatives, mut positives, mut sum) = (0.0, 0.0, 0.0);
    for &[negative, positive] in sums.ranked.iter().rev() {
        let [negative, positive] = [negative, positive].map(f64::from);
        negatives += negative;
        positives += positive;
        // Without windows of class 1 here the term is 0, and the precision may be 0/0.
        if positive > 0.0 {
            sum += positive * positives / (positives + negatives);
        }
    }
    sum / positives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(classes: usize) -> Target {
        Target::Classes { labels: Vec::new(), classes }
    }

    #[test]
    fn measures_follow_their_definitions() {
        let measured = |y: &Target, sums: &Sums<'_>| -> Vec<(&str, f64)> {
            measures(y, false).iter().map(|measure| (measure.name, (measure.of)(sums))).collect()
        };
        // Targets 1, 2 and 3; outputs 1, 2 and 2; the number near the mean is 2.5.
        let sums = Sums { n: 3.0, loss: 1.0, off: [-1.5, 2.75], classes: &[], ranked: &[] };
        assert_eq!(measured(&Target::Values(Vec::new()), &sums), [("r2", 0.5), ("rmse", (1.0_f64 / 3.0).sqrt())]);
        let sums = Sums { n: 4.0, loss: 2.0, off: [0.0; 2], classes: &[[3, 2], [0, 0], [1, 1]], ranked: &[] };
        let expected = [("accuracy", 0.75), ("balanced_accuracy", (2.0 / 3.0 + 1.0) / 2.0), ("log_loss", 0.5)];
        assert_eq!(measured(&classes(3), &sums), expected);
        // A window of class 0 comes first, then one of class 1 and one of class 0 that are tied, then one of class 1.
        let ranked = |ranked| Sums { n: 4.0, loss: 0.0, off: [0.0; 2], classes: &[[2, 0]; 2], ranked };
        let two = |sums: &Sums<'_>| [auroc(sums), average_precision(sums)];
        assert_eq!(two(&ranked(&[[0, 1], [1, 1], [1, 0], [0, 0]])), [0.125, f64::midpoint(1.0 / 3.0, 0.5)]);
        assert_eq!(two(&ranked(&[[2, 0], [0, 2]])), [1.0, 1.0]);
        assert_eq!(auroc(&ranked(&[[0, 0], [2, 2], [0, 0]])), 0.5);
        assert!(two(&ranked(&[[2, 0]])).iter().all(|measured| measured.is_nan()));
        let names: Vec<&str> = measures(&classes(2), false).iter().map(|measure| measure.name).collect();
        assert_eq!(names, ["accuracy", "balanced_accuracy", "log_loss", "auroc", "average_precision"]);
    }
}
