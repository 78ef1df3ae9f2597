//! The shape of a wavelet: its functions of time, and the frequency responses of its filters.
//!
//! Nothing is assumed about the filters. The transform of unit impulses gives the rows of the analysis matrix. After a
//! few levels these rows are samples of the scaling function and of the wavelet.

use awd_core::{Boundary, Dwt, Invalid, Scheme};

/// Number of levels after which a row looks smooth: 32 points per sample.
const LEVELS: u8 = 5;

/// Number of frequencies of a response, from 0 to half a cycle per sample.
const FREQUENCIES: usize = 129;

/// A sampled function of time, in units of the samples of the finest level.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Time of the first point. The centre of the energy is at 0.
    pub start: f64,
    /// Distance between two points.
    pub step: f64,
    /// The values; their energy Σv²·step is 1, and the largest is positive.
    pub values: Vec<f64>,
}

/// The shape of a wavelet.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The scaling function φ.
    pub scaling: Sampled,
    /// The wavelet ψ.
    pub wavelet: Sampled,
    /// Gains of the low-pass and the high-pass filter, each of unit norm, divided by √2, at evenly spaced frequencies
    /// from 0 to half a cycle per sample. For an orthogonal wavelet the sum of their squares is 1 everywhere.
    pub gains: [Vec<f64>; 2],
}

impl Shape {
    /// The shape of a scheme's wavelet.
    ///
    /// # Errors
    /// The transform cannot analyse a window that is long enough.
    pub fn of(scheme: Scheme<'_, f32>) -> Result<Self, Invalid> {
        let dwt = |levels| Dwt::<f64>::new(scheme.rounded(), Boundary::Zero, levels);
        let [fine, coarse] = [dwt(1), dwt(LEVELS)];
        let [lowpass, highpass] = [matrix_row(&fine, 1)?, matrix_row(&fine, 0)?];
        let [scaling, wavelet] = [matrix_row(&coarse, LEVELS.into())?, matrix_row(&coarse, usize::from(LEVELS) - 1)?];
        Ok(Self { scaling: sampled(&scaling), wavelet: sampled(&wavelet), gains: [gains(&lowpass), gains(&highpass)] })
    }

    /// The frequencies of the gains, in cycles per sample.
    pub fn frequencies() -> impl Iterator<Item = f64> {
        (0..FREQUENCIES).map(|i| 0.5 * i as f64 / (FREQUENCIES - 1) as f64)
    }
}

/// The row of the analysis matrix for the middle coefficient of a band, scaled to unit norm. The window is long enough
/// to hold the whole row.
fn matrix_row(dwt: &Dwt<f64>, band: usize) -> Result<Vec<f64>, Invalid> {
    let n = (dwt.scheme(0).filter_len() + 2) << (dwt.levels() + 1);
    let mut work = vec![0.0; dwt.work_len(n)];
    let mut row = vec![0.0; n];
    let mut impulse = vec![0.0; n];
    for (i, value) in row.iter_mut().enumerate() {
        impulse[i] = 1.0;
        dwt.analyze(&impulse, &mut work, |here, c| {
            if here == band {
                *value = c[c.len() / 2];
            }
        })?;
        impulse[i] = 0.0;
    }
    let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
    row.iter_mut().for_each(|v| *v /= norm);
    Ok(row)
}

/// The part of a row that exceeds a thousandth of its largest value, and a point on either side.
fn sampled(row: &[f64]) -> Sampled {
    let largest = row.iter().fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
    let significant = |v: &f64| v.abs() > 1e-3 * largest.abs();
    let first = row.iter().position(significant).unwrap_or(0).saturating_sub(1);
    let last = row.iter().rposition(significant).map_or(row.len(), |last| (last + 2).min(row.len()));
    let step = 1.0 / f64::from(1 << LEVELS);
    let factor = largest.signum() / step.sqrt();
    let middle: f64 = row.iter().enumerate().map(|(i, v)| i as f64 * v * v).sum();
    let values = row[first..last].iter().map(|v| factor * v).collect();
    Sampled { start: (first as f64 - middle) * step, step, values }
}

/// The gains of a filter, divided by √2.
fn gains(filter: &[f64]) -> Vec<f64> {
    let at = |frequency: f64| {
        let component = |wave: fn(f64) -> f64| -> f64 {
            let term = |(n, v): (usize, &f64)| v * wave(std::f64::consts::TAU * frequency * n as f64);
            filter.iter().enumerate().map(term).sum()
        };
        component(f64::cos).hypot(component(f64::sin)) / std::f64::consts::SQRT_2
    };
    Shape::frequencies().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wavelet::Wavelet;

    fn shape(wavelet: &Wavelet) -> Shape {
        Shape::of(wavelet.lifting().scheme().rounded().scheme()).unwrap()
    }

    #[test]
    fn haar_is_a_box_and_a_box_with_a_sign_change() {
        let Shape { scaling, wavelet, gains } = shape(&Wavelet::named("haar").unwrap());
        let inside = |sampled: &Sampled| sampled.values.iter().filter(|v| v.abs() > 0.5).copied().collect::<Vec<_>>();
        let (box_, halves) = (inside(&scaling), inside(&wavelet));
        assert!(box_.len() == 32 && box_.iter().all(|v| (v - 1.0).abs() < 1e-6), "{box_:?}");
        assert!(halves.len() == 32 && halves.iter().all(|v| (v.abs() - 1.0).abs() < 1e-6));
        assert!(halves.iter().sum::<f64>().abs() < 1e-5, "{halves:?}");
        // |cos πf| and |sin πf|.
        for ((f, low), high) in Shape::frequencies().zip(&gains[0]).zip(&gains[1]) {
            let (sin, cos) = (std::f64::consts::PI * f).sin_cos();
            assert!((low - cos).abs() < 1e-6 && (high - sin).abs() < 1e-6, "{f} {low} {high}");
        }
    }

    #[test]
    fn the_squared_gains_of_an_orthogonal_wavelet_add_up_to_one() {
        let shape = shape(&Wavelet::named("db5").unwrap());
        assert!((shape.gains[0][0] - 1.0).abs() < 1e-5 && shape.gains[1][0] < 1e-5);
        for (low, high) in shape.gains[0].iter().zip(&shape.gains[1]) {
            assert!((low * low + high * high - 1.0).abs() < 1e-5, "{low} {high}");
        }
        // The support is nine samples, the values are small near its ends, and the centre of the energy is at 0.
        let Sampled { start, step, values } = &shape.wavelet;
        let len = values.len() as f64 * step;
        assert!((5.0..9.5).contains(&len) && *start < 0.0 && start + len > 0.0, "{start} {len}");
        let moment = |power: i32| -> f64 {
            let point = |(i, v): (usize, &f64)| v * (start + i as f64 * step).powi(power) * step;
            values.iter().enumerate().map(point).sum()
        };
        // In theory there are five vanishing moments. Cutting off the ends leaves a small remainder.
        assert!((0..3).all(|power| moment(power).abs() < 0.02), "{} {} {}", moment(0), moment(1), moment(2));
    }

    #[test]
    fn a_symmetric_wavelet_looks_symmetric() {
        let Sampled { values, .. } = shape(&Wavelet::from_coefficients(&[-1.5, -0.06]).unwrap()).wavelet;
        let farthest = values.iter().zip(values.iter().rev()).fold(0.0_f64, |max, (a, b)| max.max((a - b).abs()));
        assert!(farthest < 1e-3, "{farthest}");
    }
}
