//! Screens the candidates of a selection. For few windows it keeps only those that predict the target well on their
//! own, because among many candidates some look good together by chance.

use crate::readout::aim::Aim;
use ndarray::Array2;

/// The best `share` of the standardised features `z` (n, p), but at least `least` of them, in column order. The best
/// are those whose variance the target explains most. For classes this is the order of the F statistic.
pub(in crate::readout) fn screened(z: &Array2<f64>, aim: &Aim, share: f64, least: usize) -> Vec<usize> {
    let explained = explained(z, aim);
    let mut order: Vec<usize> = (0..z.ncols()).filter(|&j| explained[j] > 0.0).collect();
    order.sort_by(|&a, &b| explained[b].total_cmp(&explained[a]));
    order.truncate(((share * order.len() as f64) as usize).max(least));
    order.sort_unstable();
    order
}

/// The sum of squares of each feature that the target explains.
fn explained(z: &Array2<f64>, aim: &Aim) -> Vec<f64> {
    let targets = match aim {
        Aim::Values(values) => {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row] - mean)
        }
        // A feature's mean is 0, so its sum over a class is a sum of deviations from the mean.
        Aim::Shares(shares) => shares.clone(),
    };
    let products = z.t().dot(&targets);
    let units = targets.columns().into_iter().map(|target| target.dot(&target)).collect::<Vec<f64>>();
    let share = |(product, unit): (&f64, &f64)| if *unit > 0.0 { product * product / unit } else { 0.0 };
    products.rows().into_iter().map(|row| row.iter().zip(&units).map(share).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;

    #[test]
    fn features_that_predict_the_target_are_kept() {
        // Column j depends on the class by the factor 3j; the last column is constant.
        let noise = |row: usize, j: usize| ((7 * row + 3 * j * j + row * j) % 11) as f64 - 5.0;
        let class = |row: usize| f64::from(u8::from(row.is_multiple_of(3)));
        let mut z = Array2::from_shape_fn((90, 8), |(row, j)| 3.0 * j as f64 * class(row) + noise(row, j));
        for mut column in z.columns_mut() {
            column -= column.mean().unwrap();
            column /= column.std(0.0);
        }
        z.column_mut(7).fill(0.0);
        let labels: Vec<usize> = (0..90).map(|row| usize::from(row % 3 == 0)).collect();
        let values = labels.iter().map(|&label| 4.0 + label as f64).collect();
        for y in [Target::Classes { labels, classes: 2 }, Target::Values(values)] {
            let y = Aim::from(&y);
            assert_eq!(screened(&z, &y, 0.45, 1), [4, 5, 6]);
            assert_eq!(screened(&z, &y, 0.1, 5), [2, 3, 4, 5, 6]);
            assert_eq!(screened(&z, &y, 1.0, 0), [0, 1, 2, 3, 4, 5, 6]);
        }
    }
}
