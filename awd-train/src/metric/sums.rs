//! What is measured of predictors, from sums over windows: they add up over threads and ranks, and a window that is drawn
//! twice is added twice.

use crate::data::Target;

/// Sums over windows of what one predictor says of them.
#[derive(Debug, Clone, Copy)]
pub struct Sums<'a> {
    /// How many they are.
    pub n: f64,
    /// Squared errors of values, or −ln p of classes, p the probability that was given to a window's class.
    pub loss: f64,
    /// Of values: what they are off a number that is near their mean, and the squares of that.
    pub off: [f64; 2],
    /// Of each class, how many windows it has, and how many of those are taken for it.
    pub classes: &'a [[u32; 2]],
    /// Of two classes: how many windows of each have the same difference of logits, from the lowest difference on.
    pub ranked: &'a [[u32; 2]],
}

/// Something that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in JSON.
    pub name: &'static str,
    /// How it comes of sums.
    pub of: fn(&Sums<'_>) -> f64,
}

/// What is measured for targets of this kind, the score first: of values of images that is the error, as is the custom of maps.
#[must_use]
pub fn measures(y: &Target, images: bool) -> Vec<Measure> {
    let of = |name, of| Measure { name, of };
    match y {
        Target::Values(_) if images => vec![of("rmse", rmse), of("r2", r_squared)],
        Target::Values(_) => vec![of("r2", r_squared), of("rmse", rmse)],
        Target::Classes { classes, .. } => {
            let mut measures = vec![
                of("accuracy", accuracy),
                of("balanced_accuracy", balanced_accuracy),
                of("log_loss", |sums| sums.loss / sums.n),
            ];
            if *classes == 2 {
                measures.extend([of("auroc", auroc), of("average_precision", average_precision)]);
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

/// The mean over classes of the share of their windows that are recognised.
fn balanced_accuracy(sums: &Sums<'_>) -> f64 {
    let there = sums.classes.iter().filter(|[windows, _]| *windows > 0);
    let recalls = there.map(|&[windows, right]| f64::from(right) / f64::from(windows));
    recalls.clone().sum::<f64>() / recalls.count() as f64
}

/// Area under the receiver's operating curve, by ranks (ties count half); not a number unless there are windows of two
/// classes.
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

/// The mean over windows of class 1 of the precision where they are just found (Manning, Raghavan & Schütze 2008, ch. 8.4);
/// not a number without them.
fn average_precision(sums: &Sums<'_>) -> f64 {
    let (mut negatives, mut positives, mut sum) = (0.0, 0.0, 0.0);
    for &[negative, positive] in sums.ranked.iter().rev() {
        let [negative, positive] = [negative, positive].map(f64::from);
        negatives += negative;
        positives += positive;
        // Where nobody is found there is no precision.
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
        let of = |y: &Target, sums: &Sums<'_>| -> Vec<(&str, f64)> {
            measures(y, false).iter().map(|measure| (measure.name, (measure.of)(sums))).collect()
        };
        // Targets 1, 2 and 3 and outputs 1, 2 and 2; off 2.5, which is near their mean.
        let sums = Sums { n: 3.0, loss: 1.0, off: [-1.5, 2.75], classes: &[], ranked: &[] };
        assert_eq!(of(&Target::Values(Vec::new()), &sums), [("r2", 0.5), ("rmse", (1.0_f64 / 3.0).sqrt())]);
        let sums = Sums { n: 4.0, loss: 2.0, off: [0.0; 2], classes: &[[3, 2], [0, 0], [1, 1]], ranked: &[] };
        let expected = [("accuracy", 0.75), ("balanced_accuracy", (2.0 / 3.0 + 1.0) / 2.0), ("log_loss", 0.5)];
        assert_eq!(of(&classes(3), &sums), expected);
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
