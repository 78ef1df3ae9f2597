//! Converts a model to 16-bit fixed point: the unit of its samples, and a readout in integers.

mod lines;
mod range;

use crate::cluster::{Ranks, Span, max_reduce};
use crate::error::{Error, Result};
use crate::model::{Integers, Spec};
use awd_core::{Arithmetic, Dwt};
use lines::{Line, lines};
use ndarray::Array2;
pub use range::limit;

/// The factor by which samples and features may exceed those of the training windows before they are clamped.
const HEADROOM: f64 = 1.25;

/// The smallest usable limit. With fewer bits, samples are too coarse to score.
const LEAST_LIMIT: f64 = 128.0;

/// Bounds of the shifts of a model, and of the binary point of its outputs.
const SHIFTS: [i32; 2] = [-14, 30];
const POINTS: [i32; 2] = [-120, 120];

/// The largest sum that an output may reach.
const MAX_SUM: f64 = i32::MAX as f64;

/// Gives a model the arithmetic and the readout of 16-bit fixed point. Every rank passes its own training windows `x`
/// (n, N), which are the rows `span` of all.
///
/// The unit is the least power of two for which all samples, with the headroom, are within the [`limit`]. A power of
/// two changes no digit of a sample, and one unit for all bands keeps the transform reversible.
///
/// # Errors
/// The transform is so deep that 16 bits leave too small a range for the samples.
pub fn in_fixed_point(ranks: &dyn Ranks, span: &Span, spec: &mut Spec, x: &Array2<f32>) -> Result<()> {
    let limit = spec.wavelets.iter().map(|dwt| limit(dwt, x.ncols())).fold(f64::INFINITY, f64::min).floor();
    if limit < LEAST_LIMIT {
        let deepest = spec.wavelets.iter().map(Dwt::levels).max().unwrap_or(0);
        let why = format_args!(
            "with {deepest} levels, 16 bits leave samples the range ±{limit}, less than ±{LEAST_LIMIT}: use fewer levels, or floating point"
        );
        return Err(Error::failed("fixed point", why));
    }
    let largest = max_reduce(ranks, x.iter().map(|&x| f64::from(x).abs()).fold(0.0, f64::max));
    let least = HEADROOM * largest / limit;
    // Windows of zeros may have any unit. The unit is clamped if the samples are too small or too large for one in f32.
    let exponent = if least > 0.0 { least.log2().ceil() } else { 0.0 };
    let unit = exponent.clamp(f64::from(f32::MIN_EXP), f64::from(f32::MAX_EXP - 1)).exp2();
    spec.integers = integers(spec, &lines(ranks, span, spec, x, unit));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a power of two within the exponents of f32, and a limit of 16 bits"
    )]
    let (unit, limit) = (unit as f32, limit as i16);
    spec.scalar = Arithmetic::Fixed { unit, limit };
    Ok(())
}

/// An input of the readout: a slope times its 16-bit integer, plus an offset.
#[derive(Clone, Copy)]
struct Input {
    shift: i32,
    slope: f64,
    offset: f64,
}

impl Input {
    /// The input for integers that are on this line before they are shifted.
    fn new(Line { range, slope, offset }: Line) -> Self {
        let bits = (HEADROOM * range.max(1.0) / f64::from(i16::MAX)).log2().ceil();
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm")]
        let shift = (bits as i32).clamp(SHIFTS[0], SHIFTS[1]);
        Self { shift, slope: slope * f64::from(shift).exp2(), offset }
    }

    /// The largest modulus of the integers after the shift.
    fn largest(self, range: f64) -> f64 {
        (range / f64::from(self.shift).exp2()).min(f64::from(i16::MAX))
    }
}

/// The readout in integers, for features on these lines.
fn integers(spec: &Spec, lines: &[Line]) -> Integers {
    let features: Vec<Input> = lines.iter().copied().map(Input::new).collect();
    let product = |&[i, j]: &[u8; 2]| {
        let [i, j] = [i, j].map(|index| (features[usize::from(index)], lines[usize::from(index)].range));
        let range = i.0.largest(i.1) * j.0.largest(j.1);
        Input::new(Line { range, slope: i.0.slope * j.0.slope, offset: 0.0 })
    };
    let inputs: Vec<Input> = features.iter().copied().chain(spec.products.iter().map(product)).collect();
    // For each output, convert bias and weights from features to integers.
    let outputs = spec.readout.bias.len();
    let mut bias: Vec<f64> = spec.readout.bias.iter().map(|&bias| bias.into()).collect();
    let mut weights: Vec<f64> = spec.readout.weights.iter().map(|&weight| weight.into()).collect();
    for output in 0..outputs {
        for (product, &[i, j]) in spec.products.iter().enumerate() {
            // With offsets α and β, a product is (a + α)(b + β) = ab + βa + αb + αβ; the integers compute only ab.
            let [i, j] = [i, j].map(usize::from);
            let weight = weights[(features.len() + product) * outputs + output];
            weights[i * outputs + output] += weight * features[j].offset;
            weights[j * outputs + output] += weight * features[i].offset;
            bias[output] -= weight * features[i].offset * features[j].offset;
        }
        for (input, index) in inputs.iter().zip((output..).step_by(outputs)) {
            bias[output] += weights[index] * input.offset;
            weights[index] *= input.slope;
        }
    }
    let shifts = inputs.iter().map(|input| i8::try_from(input.shift).expect("it is within the bounds")).collect();
    scaled(shifts, &bias, &weights)
}

/// The readout in units of the smallest power of two for which weights fit 16 bits and no sum can overflow.
fn scaled(shifts: Vec<i8>, bias: &[f64], weights: &[f64]) -> Integers {
    let outputs = bias.len();
    let sum = |(output, bias): (usize, &f64)| {
        let weights = weights.iter().skip(output).step_by(outputs);
        bias.abs() + 32768.0 * weights.map(|weight| weight.abs()).sum::<f64>()
    };
    let largest = weights.iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
    let sum = bias.iter().enumerate().map(sum).fold(0.0, f64::max);
    // Each rounding adds at most half a unit.
    let rounding = 0.5 + 32768.0 * 0.5 * shifts.len() as f64;
    let max_scale = ((MAX_SUM - rounding) / sum).min((f64::from(i16::MAX) - 0.5) / largest);
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm, or infinite")]
    let point = (max_scale.log2().floor() as i32).clamp(POINTS[0], POINTS[1]);
    let scale = f64::from(point).exp2();
    #[expect(clippy::cast_possible_truncation, reason = "the scale keeps them in range")]
    Integers {
        shifts,
        point: point as i8,
        bias: bias.iter().map(|bias| (scale * bias).round() as i32).collect(),
        weights: weights.iter().map(|weight| (scale * weight).round() as i16).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Serial;
    use crate::model::{Model, Readout};
    use crate::score::{predict, predict_fixed};
    use awd_core::features::Segment;
    use awd_core::{Boundary, Feature, Kind, Scalar, Term, named};

    /// A model with features of all kinds, and with products, some of them of logarithms.
    fn spec() -> Spec {
        let features = [
            Feature::Largest(2),
            Feature::RootEnergy,
            Feature::LogAbsSum,
            Feature::LogEnergy,
            Feature::FirstMoment,
            Feature::Centroid,
            Feature::Crossings,
            Feature::LogIncrement(3),
            Feature::SegmentSum(Segment { part: 2, of: 4 }),
            Feature::Coefficient(3),
        ];
        let terms: Vec<Term> = (0..5).flat_map(|band| features.map(|feature| Term { band, feature })).collect();
        let products = vec![[0, 2], [2, 3], [3, 3], [5, 17]];
        // With these weights, no feature dominates.
        let weight = |term: &Term| match term.feature {
            Feature::FirstMoment => 0.001,
            Feature::RootEnergy | Feature::SegmentSum(_) => 0.01,
            _ => 0.1,
        };
        let weights = terms.iter().map(weight).chain([0.01, -0.05, 0.02, 0.01]);
        let weights =
            weights.enumerate().flat_map(|(i, weight)| [weight, if i % 3 == 0 { -weight } else { 0.5 * weight }]);
        let readout =
            Readout { kind: Kind::Linear, bias: vec![0.5, -20.0], weights: weights.collect(), threshold: 0.0 };
        Spec {
            window: 32,
            wavelets: vec![Dwt::new(named::DB3.lifting().unwrap(), Boundary::Zero, 3)],
            terms,
            products,
            readout,
            health: None,
            scalar: Arithmetic::Float,
            integers: Integers::default(),
            provenance: None,
            class_names: Vec::new(),
            image: None,
            deviation: 17.0,
        }
    }

    fn windows(gain: f32) -> Array2<f32> {
        Array2::from_shape_fn((50, 32), |(i, k)| gain * (((i * 37 + k * k * 11) % 61) as f32 - 30.0))
    }

    fn fixed(x: &Array2<f32>) -> Spec {
        let mut spec = spec();
        in_fixed_point(&Serial, &Span::all(50), &mut spec, x).unwrap();
        spec
    }

    #[test]
    fn fixed_point_scores_match_floating_point_up_to_rounding() {
        let x = windows(1.0);
        let model = Model::new(fixed(&x)).unwrap();
        let (float, fixed) = (predict(&model, &x), predict_fixed(&model, &x).unwrap());
        let errors = (&float - &fixed).mapv(f64::abs);
        let largest = errors.fold(0.0_f64, |largest, error| largest.max(*error));
        // The deviation of the outputs over the windows.
        let spread = float.std(0.0);
        assert!(largest < 0.02 * spread, "{largest} {spread}");
        assert!(largest > 0.0);
    }

    #[test]
    fn no_sample_and_no_feature_of_the_training_windows_is_clamped() {
        let x = windows(1.0);
        let model = Model::new(fixed(&x)).unwrap();
        let Arithmetic::Fixed { unit, limit } = model.spec().scalar else { panic!("it is in fixed point") };
        let clamped = |gain: f32| {
            let count = |x: ndarray::ArrayView1<'_, f32>| {
                let mut x: Vec<i16> = x.iter().map(|x| i16::from_f64((gain * x / unit).into())).collect();
                model.view().score_fixed(&mut x, &mut vec![0; model.work_len()]).unwrap().clamped()
            };
            x.rows().into_iter().map(count).sum::<u16>()
        };
        assert_eq!(clamped(1.0), 0);
        // Nor within the headroom of 1.25. The unit is at most twice as large as needed, so a gain above 2.5 clamps.
        assert_eq!(clamped(1.2), 0);
        assert!(clamped(2.6) > 0, "{unit} {limit}");
    }

    #[test]
    fn the_unit_scales_with_the_samples() {
        let unit = |gain| match fixed(&windows(gain)).scalar {
            Arithmetic::Fixed { unit, .. } => unit,
            Arithmetic::Float => panic!("not fixed"),
        };
        assert_eq!(unit(1024.0), 1024.0 * unit(1.0));
        assert_eq!(unit(0.0), 1.0);
        assert!(unit(1e37).is_finite() && unit(1e-44) > 0.0);
    }

    /// The weight of a feature depends on what rounding leaves of it.
    #[test]
    fn a_feature_lost_in_rounding_costs_the_others_no_resolution() {
        // Neighbours differ by a thousandth of a unit: the finest details are zeros in integers.
        let x = Array2::from_shape_fn((50, 32), |(i, k)| {
            ((i * 37 + k / 2 * 11) % 61) as f32 + 1e-5 * (k % 2 * (i % 7)) as f32
        });
        let mut spec = spec();
        spec.wavelets = vec![Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Zero, 3)];
        let term = |band, index| Term { band, feature: Feature::Coefficient(index) };
        (spec.terms, spec.products) = (vec![term(0, 3), term(2, 1)], vec![]);
        spec.readout.weights = vec![1e4, 1e4, 1.0, 2.0];
        in_fixed_point(&Serial, &Span::all(50), &mut spec, &x).unwrap();
        assert_eq!(spec.integers.weights[..2], [0; 2]);
        assert!(spec.integers.weights[3] > 10_000, "{:?}", spec.integers);
    }

    #[test]
    fn a_transform_that_is_too_deep_is_refused() {
        let mut spec = spec();
        spec.window = 1024;
        spec.wavelets = vec![Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Zero, 9)];
        let error =
            in_fixed_point(&Serial, &Span::all(1), &mut spec, &Array2::ones((1, 1024))).unwrap_err().to_string();
        assert!(error.contains("9 levels") && error.contains("use fewer levels"), "{error}");
        assert_eq!(spec.scalar, Arithmetic::Float);
    }

    #[test]
    fn weights_of_any_size_fit() {
        for scale in [0.0, 1e-30, 1e-6, 1.0, 1e9, 1e30] {
            let mut spec = spec();
            spec.readout.weights.iter_mut().for_each(|weight| *weight *= scale);
            spec.readout.bias = vec![scale, 0.0];
            in_fixed_point(&Serial, &Span::all(50), &mut spec, &windows(1.0)).unwrap();
            let point = spec.integers.point;
            assert!(Model::new(spec).is_ok(), "{scale} {point}");
        }
    }
}
