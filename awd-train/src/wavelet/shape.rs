//! How a wavelet looks: what its coefficients see of a signal, and which frequencies its filters let through.
//!
//! Nothing is assumed of the filters. A coefficient is what the transform makes of a signal, so what it sees is what the
//! transform makes of each sample alone: the row of the analysis matrix. Over some levels these rows are the scaling function
//! and the wavelet, sampled.

use awd_core::{Boundary, Dwt, Invalid, Scheme};

/// Levels after which a row looks smooth: 32 points a sample.
const LEVELS: u8 = 5;

/// Frequencies at which a response is told, from 0 to half a cycle a sample.
const FREQUENCIES: usize = 129;

/// A function of time: the first point's place, in samples of the finest level, the distance of two points, and their values.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Where the first point stands, as the middle of the energy is at 0.
    pub start: f64,
    /// Distance of two points.
    pub step: f64,
    /// The values; their energy Σv²·step is 1, and the largest is positive.
    pub values: Vec<f64>,
}

/// A wavelet as it looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The scaling function φ.
    pub scaling: Sampled,
    /// The wavelet ψ.
    pub wavelet: Sampled,
    /// Gains of the lowpass and the highpass filter, each of unit norm, over √2, at frequencies evenly from 0 to half a cycle a
    /// sample. Of an orthogonal wavelet the sum of their squares is 1 everywhere.
    pub gains: [Vec<f64>; 2],
}

impl Shape {
    /// That of a scheme.
    ///
    /// # Errors
    /// Its transform has no room.
    pub fn of(scheme: Scheme<'_, f32>) -> Result<Self, Invalid> {
        let dwt = |levels| Dwt::<f64>::new(scheme.rounded(), Boundary::Zero, levels);
        let [fine, coarse] = [dwt(1), dwt(LEVELS)];
        let [lowpass, highpass] = [seen(&fine, 1)?, seen(&fine, 0)?];
        let [scaling, wavelet] = [seen(&coarse, LEVELS.into())?, seen(&coarse, usize::from(LEVELS) - 1)?];
        Ok(Self { scaling: sampled(&scaling), wavelet: sampled(&wavelet), gains: [gains(&lowpass), gains(&highpass)] })
    }

    /// The frequencies of the gains, in cycles a sample.
    pub fn frequencies() -> impl Iterator<Item = f64> {
        (0..FREQUENCIES).map(|i| 0.5 * i as f64 / (FREQUENCIES - 1) as f64)
    }
}

/// What the middle coefficient of a band sees of a signal that is long enough for it, of unit norm.
fn seen(dwt: &Dwt<f64>, band: usize) -> Result<Vec<f64>, Invalid> {
    let n = (dwt.scheme(0).filter_len() + 2) << (dwt.levels() + 1);
    let mut work = vec![0.0; dwt.work_len(n)];
    let mut row = vec![0.0; n];
    let mut impulse = vec![0.0; n];
    for (i, seen) in row.iter_mut().enumerate() {
        impulse[i] = 1.0;
        dwt.analyze(&impulse, &mut work, |here, c| {
            if here == band {
                *seen = c[c.len() / 2];
            }
        })?;
        impulse[i] = 0.0;
    }
    let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
    row.iter_mut().for_each(|v| *v /= norm);
    Ok(row)
}

/// The part of a row where it is more than a thousandth of its largest, and a point on either side.
fn sampled(row: &[f64]) -> Sampled {
    let largest = row.iter().fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
    let is = |v: &f64| v.abs() > 1e-3 * largest.abs();
    let first = row.iter().position(is).unwrap_or(0).saturating_sub(1);
    let last = row.iter().rposition(is).map_or(row.len(), |last| (last + 2).min(row.len()));
    let step = 1.0 / f64::from(1 << LEVELS);
    let factor = largest.signum() / step.sqrt();
    let middle: f64 = row.iter().enumerate().map(|(i, v)| i as f64 * v * v).sum();
    let values = row[first..last].iter().map(|v| factor * v).collect();
    Sampled { start: (first as f64 - middle) * step, step, values }
}

/// The gains of a filter over √2.
fn gains(filter: &[f64]) -> Vec<f64> {
    let at = |frequency: f64| {
        let wave = |part: fn(f64) -> f64| -> f64 {
            let of = |(n, v): (usize, &f64)| v * part(std::f64::consts::TAU * frequency * n as f64);
            filter.iter().enumerate().map(of).sum()
        };
        wave(f64::cos).hypot(wave(f64::sin)) / std::f64::consts::SQRT_2
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
    fn haar_is_a_box_and_two_halves_of_one() {
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
    fn an_orthogonal_wavelet_shares_the_energy_of_every_frequency() {
        let shape = shape(&Wavelet::named("db5").unwrap());
        assert!((shape.gains[0][0] - 1.0).abs() < 1e-5 && shape.gains[1][0] < 1e-5);
        for (low, high) in shape.gains[0].iter().zip(&shape.gains[1]) {
            assert!((low * low + high * high - 1.0).abs() < 1e-5, "{low} {high}");
        }
        // A support of nine samples, most of it far from its ends, and the middle of the energy at 0.
        let Sampled { start, step, values } = &shape.wavelet;
        let len = values.len() as f64 * step;
        assert!((5.0..9.5).contains(&len) && *start < 0.0 && start + len > 0.0, "{start} {len}");
        let moment = |power: i32| -> f64 {
            let point = |(i, v): (usize, &f64)| v * (start + i as f64 * step).powi(power) * step;
            values.iter().enumerate().map(point).sum()
        };
        // Five vanishing moments; that of a few samples' reach is what cutting off leaves.
        assert!((0..3).all(|power| moment(power).abs() < 0.02), "{} {} {}", moment(0), moment(1), moment(2));
    }

    #[test]
    fn a_symmetric_wavelet_looks_symmetric() {
        let Sampled { values, .. } = shape(&Wavelet::from_coefficients(&[-1.5, -0.06]).unwrap()).wavelet;
        let farthest = values.iter().zip(values.iter().rev()).fold(0.0_f64, |far, (a, b)| far.max((a - b).abs()));
        assert!(farthest < 1e-3, "{farthest}");
    }
}
