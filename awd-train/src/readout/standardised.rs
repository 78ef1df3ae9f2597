//! Standardised features, so that weights and penalties are comparable.

use ndarray::Array2;

/// The moments that standardise columns to mean 0 and deviation 1 on the rows that a fit may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardised {
    /// Mean of each column.
    pub mean: Vec<f64>,
    /// Standard deviation of each column; infinite for one that does not vary.
    pub deviation: Vec<f64>,
}

impl Standardised {
    /// Moments of these columns (n, p).
    #[must_use]
    pub fn of(columns: &Array2<f64>) -> Self {
        // Row by row, in memory order.
        let n = columns.nrows() as f64;
        let (mut mean, mut variance, mut largest) =
            (vec![0.0; columns.ncols()], vec![0.0; columns.ncols()], vec![0.0; columns.ncols()]);
        for row in columns.rows() {
            mean.iter_mut().zip(row).for_each(|(mean, v)| *mean += v / n);
        }
        for row in columns.rows() {
            let moments = mean.iter().zip(&mut variance).zip(&mut largest);
            for (((mean, variance), largest), v) in moments.zip(row) {
                *variance += (v - mean).powi(2) / n;
                *largest = f64::max(*largest, v.abs());
            }
        }
        let deviation =
            variance.iter().zip(largest).map(|(variance, largest)| varying(variance.sqrt(), largest)).collect();
        Self { mean, deviation }
    }

    /// These columns (n, p), standardised; a column with infinite deviation becomes 0.
    #[must_use]
    pub fn apply(&self, columns: &Array2<f64>) -> Array2<f64> {
        let mut z = columns.clone();
        for mut row in z.rows_mut() {
            let moments = self.mean.iter().zip(&self.deviation);
            row.iter_mut().zip(moments).for_each(|(v, (mean, deviation))| *v = (*v - mean) / deviation);
        }
        z
    }

    /// The moments of the listed columns, in their order.
    #[must_use]
    pub fn select(&self, columns: &[usize]) -> Self {
        let pick = |all: &[f64]| columns.iter().map(|&j| all[j]).collect();
        Self { mean: pick(&self.mean), deviation: pick(&self.deviation) }
    }
}

/// A column's deviation, or infinity if it is only rounding error, which even a constant column has in f32.
pub(super) fn varying(deviation: f64, largest: f64) -> f64 {
    if deviation > 1e-7 * largest { deviation } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_a_column_does_not_matter() {
        let columns = Array2::from_shape_fn((100, 3), |(i, j)| ((i * (j + 3)) % 17) as f64);
        let z = |unit: f64| Standardised::of(&(&columns * unit)).apply(&(&columns * unit));
        assert!((z(1e-13) - z(1.0)).iter().all(|difference| difference.abs() < 1e-9));
    }

    #[test]
    fn a_constant_column_becomes_zero() {
        let columns = Array2::from_shape_fn((9, 2), |(i, j)| if j == 0 { 0.1 } else { i as f64 });
        let z = Standardised::of(&columns).apply(&columns);
        assert!(z.column(0).iter().all(|z| *z == 0.0) && (z.column(1).std(0.0) - 1.0).abs() < 1e-12);
    }
}
