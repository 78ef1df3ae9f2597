//! The gradients of a model of signals: the chain rule through its readout, its features and its transform.
//!
//! Features are not differentiable everywhere. A ranked feature has the gradient of the coefficient that holds the rank
//! at this window, a sum of moduli has the signs, and a position has none.

use crate::attribution::{Differentiable, Function, centred};
use crate::model::{Model, Spec};
use crate::score::predict;
use crate::{Error, Result};
use awd_core::features::{LOG_FLOOR, Segment, of_band};
use awd_core::{Feature, Kind, Term};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;
use std::ops::Range;

/// A model, with its analysis matrix for the gradients.
#[derive(Debug, Clone)]
pub struct Slopes<'m> {
    model: &'m Model,
    /// The derivative of every coefficient of every band of every wavelet (rows) with respect to every sample
    /// (columns). The window itself is not among the bands.
    analysis: Array2<f32>,
    bands: Vec<Range<usize>>,
}

impl<'m> Slopes<'m> {
    /// Computes the analysis matrix of a model of signals.
    ///
    /// # Errors
    /// The model is one of images.
    pub fn new(model: &'m Model) -> Result<Self> {
        let (wavelets, n) = (&model.spec().wavelets, model.window());
        if model.spec().image.is_some() {
            return Err(Error::failed("slopes", "only for models of signals; this model is for images"));
        }
        let mut bands: Vec<Range<usize>> = Vec::new();
        for dwt in wavelets {
            let before = bands.last().map_or(0, |band| band.end);
            bands.extend(dwt.band_ranges(n).map(|range| before + range.start..before + range.end));
        }
        let mut analysis = Array2::zeros((bands.last().map_or(0, |band| band.end), n));
        let (mut impulse, mut work) = (vec![0.0; n], vec![0.0; model.work_len()]);
        for sample in 0..n {
            impulse[sample] = 1.0;
            let mut first = 0;
            for dwt in wavelets {
                let analysed = dwt.analyze(&impulse, &mut work, |band, c| {
                    bands[first + band].clone().zip(c).for_each(|(k, &c)| analysis[[k, sample]] = c);
                });
                analysed.map_err(|why| Error::failed("slopes", why))?;
                first += dwt.bands();
            }
            impulse[sample] = 0.0;
        }
        Ok(Self { model, analysis, bands })
    }

    /// The gradients (outputs, N) of the outputs at a window, without class 0.
    fn at(&self, x: ArrayView1<'_, f32>) -> Array2<f32> {
        let spec = self.model.spec();
        let outputs = spec.readout.bias.len();
        let coefficients = self.analysis.dot(&x);
        let mut by_coefficient = Array2::zeros((outputs, coefficients.len()));
        let mut by_sample = Array2::zeros((outputs, x.len()));
        let weights = self.weights(&x, &coefficients);
        for (term, weights) in spec.terms.iter().zip(weights.rows()) {
            let (first, into) = match self.bands.get(usize::from(term.band)) {
                Some(band) => (band.start, &mut by_coefficient),
                None => (0, &mut by_sample),
            };
            let slopes = slopes(term.feature, &self.band(term, &x, &coefficients), spec.deviation);
            for (k, slope) in slopes.into_iter().enumerate() {
                weights.indexed_iter().for_each(|(output, weight)| into[[output, first + k]] += weight * slope);
            }
        }
        by_sample + by_coefficient.dot(&self.analysis)
    }

    /// The derivatives (terms, outputs) of the outputs with respect to each term at a window: the term's weights, plus
    /// the contributions of its products with other terms.
    fn weights(&self, x: &ArrayView1<'_, f32>, coefficients: &Array1<f32>) -> Array2<f32> {
        let Spec { terms, products, readout, deviation, .. } = self.model.spec();
        let outputs = readout.bias.len();
        let (term_weights, product_weights) = readout.weights.split_at(terms.len() * outputs);
        let mut weights =
            Array2::from_shape_fn((terms.len(), outputs), |(term, output)| term_weights[term * outputs + output]);
        let value = |term: u8| {
            let (term, mut value) = (&terms[usize::from(term)], 0.0);
            of_band([term.feature], &self.band(term, x, coefficients), *deviation, |found| value = found);
            value
        };
        for (&[i, j], weights_of_product) in products.iter().zip(product_weights.chunks(outputs)) {
            let [first, second] = [i, j].map(value);
            for (output, weight) in weights_of_product.iter().enumerate() {
                weights[[i.into(), output]] += weight * second;
                weights[[j.into(), output]] += weight * first;
            }
        }
        weights
    }

    /// The coefficients of a term's band, or the window.
    fn band(&self, term: &Term, x: &ArrayView1<'_, f32>, coefficients: &Array1<f32>) -> Vec<f32> {
        match self.bands.get(usize::from(term.band)) {
            Some(band) => coefficients.as_slice().map(|c| &c[band.clone()]).unwrap_or_default().to_vec(),
            None => x.to_vec(),
        }
    }
}

impl Function for Slopes<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "the scorer computes in f32")]
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let outputs = predict(self.model, &x.to_owned()).mapv(|output| output as f32);
        Ok(if self.model.spec().readout.kind == Kind::Softmax { centred(outputs) } else { outputs })
    }
}

impl Differentiable for Slopes<'_> {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        // The logit of class 0 is constant. Logits are centred, so the mean gradient of all classes is subtracted.
        let first = usize::from(self.model.spec().readout.kind == Kind::Softmax);
        let outputs = first + self.model.spec().readout.bias.len();
        let mut all = Array3::zeros((x.nrows(), outputs, x.ncols()));
        let rows = all.axis_iter_mut(Axis(0)).into_par_iter().zip(x.axis_iter(Axis(0)).into_par_iter());
        rows.for_each(|(mut into, x)| {
            let here = self.at(x);
            let common = if first == 1 { here.sum_axis(Axis(0)) / outputs as f32 } else { Array1::zeros(x.len()) };
            for (output, mut into) in into.rows_mut().into_iter().enumerate() {
                let slope = output.checked_sub(first).map(|output| here.row(output));
                into.assign(&slope.map_or_else(|| -&common, |slope| &slope - &common));
            }
        });
        Ok(all)
    }

    // The gradients are analytic and tested. Features have kinks, where finite differences are wrong.
    fn needs_check(&self) -> bool {
        false
    }
}

/// The derivative of a feature with respect to each coefficient of its band. `deviation` is that of the samples.
fn slopes(feature: Feature, c: &[f32], deviation: f32) -> Vec<f32> {
    let (sum, energy) = c.iter().fold((0.0_f32, 0.0_f32), |(sum, energy), c| (sum + c.abs(), energy + c * c));
    let map = |slope: &dyn Fn(usize, f32) -> f32| c.iter().enumerate().map(|(k, &c)| slope(k, c)).collect();
    let moduli: Vec<f32> = c.iter().map(|c| c.abs()).collect();
    // 1 for a coefficient in the segment, 0 for any other.
    let within = |Segment { part, of }: Segment, k: usize| {
        let edge = |part: u8| usize::from(part) * c.len() / usize::from(of);
        f32::from(u8::from((edge(part)..edge(part + 1)).contains(&k)))
    };
    let ranked = |rank: u8, order: fn(&f32, &f32) -> std::cmp::Ordering| {
        let mut indices: Vec<usize> = (0..c.len()).collect();
        indices.sort_by(|&a, &b| order(&c[a], &c[b]));
        let index = indices.get(usize::from(rank)).copied();
        map(&|k, _| f32::from(u8::from(index == Some(k))))
    };
    match feature {
        Feature::Largest(rank) => ranked(rank, |a, b| b.total_cmp(a)),
        Feature::Smallest(rank) => ranked(rank, f32::total_cmp),
        Feature::AbsSum => map(&|_, c| sign(c)),
        Feature::RootEnergy => map(&|_, c| if energy > 0.0 { c / energy.sqrt() } else { 0.0 }),
        Feature::LogAbsSum => map(&|_, c| sign(c) / (sum + LOG_FLOOR * deviation)),
        Feature::LogEnergy => map(&|_, c| 2.0 * c / (energy + LOG_FLOOR * (deviation * deviation))),
        Feature::FirstMoment => map(&|k, c| k as f32 * sign(c)),
        Feature::Centroid => {
            let moment: f32 = c.iter().enumerate().map(|(k, c)| k as f32 * c.abs()).sum();
            map(&|k, c| if sum > 0.0 { (k as f32 - moment / sum) * sign(c) / sum } else { 0.0 })
        }
        Feature::Coefficient(index) => map(&|k, _| f32::from(u8::from(k == usize::from(index)))),
        Feature::PositiveSum => map(&|_, c| f32::from(u8::from(c > 0.0))),
        // Piecewise constant.
        Feature::Position
        | Feature::PositiveCount
        | Feature::LongestPositive
        | Feature::LongestNegative
        | Feature::Crossings => map(&|_, _| 0.0),
        Feature::Increment(lag) => map(&|k, _| increment_slope(c, lag, k)),
        Feature::LogIncrement(lag) => {
            let sum = increments(c, lag) + LOG_FLOOR * deviation;
            map(&|k, _| increment_slope(c, lag, k) / sum)
        }
        Feature::ModulusIncrement(lag) => map(&|k, c| sign(c) * increment_slope(&moduli, lag, k)),
        Feature::LogModulusIncrement(lag) => {
            let sum = increments(&moduli, lag) + LOG_FLOOR * deviation;
            map(&|k, c| sign(c) * increment_slope(&moduli, lag, k) / sum)
        }
        Feature::SegmentAbsSum(segment) => map(&|k, c| within(segment, k) * sign(c)),
        Feature::LogSegmentAbsSum(segment) => {
            let sum: f32 = moduli.iter().enumerate().map(|(k, modulus)| within(segment, k) * modulus).sum();
            map(&|k, c| within(segment, k) * sign(c) / (sum + LOG_FLOOR * deviation))
        }
        Feature::SegmentSum(segment) => map(&|k, _| within(segment, k)),
    }
}

/// The sum of the moduli of the differences over a lag.
fn increments(c: &[f32], lag: u8) -> f32 {
    c.iter().zip(c.iter().skip(lag.into())).map(|(before, after)| (after - before).abs()).sum()
}

/// The derivative of [`increments`] with respect to coefficient `k`.
fn increment_slope(c: &[f32], lag: u8, k: usize) -> f32 {
    let before = k.checked_sub(lag.into()).map_or(0.0, |before| sign(c[k] - c[before]));
    let after = c.get(k + usize::from(lag)).map_or(0.0, |after| sign(after - c[k]));
    before - after
}

/// The sign of a number: 1, -1, or 0 for 0.
fn sign(c: f32) -> f32 {
    if c == 0.0 { 0.0 } else { c.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::{Integers, Readout};
    use awd_core::{Arithmetic, Boundary, Dwt, named};

    const QUARTER: Segment = Segment { part: 1, of: 4 };
    const EIGHTH: Segment = Segment { part: 7, of: 8 };

    const FEATURES: [Feature; 20] = [
        Feature::Largest(0),
        Feature::Largest(2),
        Feature::Smallest(1),
        Feature::AbsSum,
        Feature::RootEnergy,
        Feature::LogAbsSum,
        Feature::LogEnergy,
        Feature::FirstMoment,
        Feature::Centroid,
        Feature::PositiveSum,
        Feature::Increment(1),
        Feature::Increment(6),
        Feature::LogIncrement(2),
        Feature::ModulusIncrement(3),
        Feature::LogModulusIncrement(4),
        Feature::SegmentAbsSum(QUARTER),
        Feature::LogSegmentAbsSum(EIGHTH),
        Feature::SegmentSum(QUARTER),
        Feature::SegmentSum(EIGHTH),
        Feature::Coefficient(2),
    ];

    fn windows() -> Array2<f32> {
        fixtures::windows_with_sine(12, 32)
    }

    /// A model with one kind of feature, of a detail and the approximation of the first wavelet, of a detail of the
    /// second, and of the window itself; and with products of these features.
    fn model(feature: Feature, kind: Kind, products: &[[u8; 2]]) -> Model {
        // Zeros beyond the ends: mirrored samples would tie in rank, and ties are kinks.
        // With two wavelets, band 3 belongs to the second.
        let wavelets = [(named::DB5, 2), (named::DB2, 1)];
        let wavelets = wavelets.map(|(named, levels)| Dwt::new(named.lifting().unwrap(), Boundary::Zero, levels));
        let (wavelets, terms) = (wavelets.to_vec(), [0, 2, 3, 5].map(|band| Term { band, feature }));
        let outputs = if kind == Kind::Linear { 1 } else { 2 };
        let bias = (0..outputs).map(|i| i as f32 / 3.0).collect();
        let weights = (0..(4 + products.len()) * outputs).map(|i| 0.5 - i as f32 / 4.0).collect();
        let readout = Readout { kind, bias, weights, threshold: 0.0 };
        let (terms, products) = (terms.to_vec(), products.to_vec());
        let (scalar, health, provenance, image) = (Arithmetic::Float, None, None, None);
        // Much larger than the samples, so that the floor of the logarithms matters.
        let deviation = 2e3;
        Model::new(Spec {
            window: 32,
            wavelets,
            terms,
            products,
            readout,
            health,
            scalar,
            integers: Integers::default(),
            provenance,
            image,
            deviation,
            class_names: Vec::new(),
        })
        .unwrap()
    }

    /// The number of derivatives that differ from central differences over 2h, and the number of all.
    fn mismatches(model: &Model, h: f32) -> [usize; 2] {
        let (x, slopes) = (windows(), Slopes::new(model).unwrap());
        let found = slopes.gradients(x.view()).unwrap();
        assert!(found.iter().any(|slope| slope.abs() > 1e-3));
        let (mut wrong, mut total) = (0, 0);
        for sample in 0..32 {
            let moved = |by: f32| {
                let mut moved = x.clone();
                moved.column_mut(sample).mapv_inplace(|x| x + by);
                slopes.outputs(moved.view()).unwrap()
            };
            let differences = (moved(h) - moved(-h)) / (2.0 * h);
            for ((i, output), difference) in differences.indexed_iter() {
                let slope = found[[i, output, sample]];
                wrong += usize::from((slope - difference).abs() > 0.01 * (1.0 + difference.abs()));
                total += 1;
            }
        }
        [wrong, total]
    }

    #[test]
    fn gradients_match_central_differences_except_at_kinks() {
        for feature in FEATURES {
            for kind in [Kind::Linear, Kind::Softmax] {
                // Small enough to cross few kinks, large enough against the rounding of moments.
                let h = if feature == Feature::FirstMoment { 4e-3 } else { 1e-3 };
                let [wrong, total] = mismatches(&model(feature, kind, &[]), h);
                assert!(wrong * 25 < total, "{feature:?} {kind:?}: {wrong} of {total}");
            }
        }
    }

    #[test]
    fn gradients_of_products_match_central_differences() {
        for feature in [Feature::RootEnergy, Feature::LogIncrement(1), Feature::Coefficient(2)] {
            for kind in [Kind::Linear, Kind::Softmax] {
                let [wrong, total] = mismatches(&model(feature, kind, &[[0, 0], [0, 3], [1, 2], [2, 3]]), 4e-3);
                assert!(wrong * 25 < total, "{feature:?} {kind:?}: {wrong} of {total}");
            }
        }
    }

    #[test]
    fn piecewise_constant_features_have_no_gradient() {
        let steps = [
            Feature::Position,
            Feature::PositiveCount,
            Feature::LongestPositive,
            Feature::LongestNegative,
            Feature::Crossings,
        ];
        for feature in steps {
            let model = model(feature, Kind::Linear, &[]);
            let slopes = Slopes::new(&model).unwrap();
            assert!(slopes.gradients(windows().view()).unwrap().iter().all(|slope| *slope == 0.0));
        }
    }
}
