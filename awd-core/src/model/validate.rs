//! Checks the bounds of a model; each violation has an error code. Bits are compared where that takes less code.

use super::format::{List, MAX_CLASS_NAME, NAMES_END};
use super::records::{
    Histogram, Number, StoredProvenance, StoredScheme, StoredStep, Wavelet, all_finite, boundary_of, valid_provenance,
};
use super::{
    Fields, MAX_LEVELS, MAX_TERMS, MAX_WAVELETS, MAX_WEIGHTS, MAX_WINDOW, Model, limit_and_point, numbers_of, shape_of,
};
use crate::features::image::kernel::MAX_KERNEL;
use crate::features::image::peaks::MAX_BINS;
use crate::features::image::{MAX_COUNTS, kernel_taps};
use crate::features::{
    AFTER_COEFFICIENTS, AFTER_SEGMENTS, AFTER_SIGNS, COEFFICIENTS, INCREMENTS, LARGEST, MAX_RANK, SEGMENTS, SIGNS,
    SUMS, lag_of, parts_of,
};
use crate::model::MAX_OUTPUTS;
use crate::wavelet::lifting::{MAX_FILTER, MAX_STEPS, valid_filter, valid_origin};
use crate::wavelet::schemes::MAX_ALL_STEPS;
use crate::wavelet::step::MAX_TAP;
use crate::{Invalid, Kind};

/// The least fixed-point shift of a feature, −14, as a byte, and the span up to the greatest, 30.
const LEAST_SHIFT: u8 = 0_u8.wrapping_sub(14);
const SHIFTS: u8 = 30 + 14;

/// The maximum number of levels of an image.
const MAX_IMAGE_LEVELS: u8 = 4;

/// Checks that every field is within its bounds. The lists are known to be whole records.
///
/// # Errors
/// The first field outside its bounds, in the order of the file.
pub(super) fn validate(model: &Model<'_>) -> Result<(), Invalid> {
    fields(model)?;
    wavelets(model)?;
    histograms(model)?;
    features(model)?;
    products(model)?;
    readout(model)?;
    reference(model)
}

/// Checks the names of the classes: one for each. Whether they are UTF-8 is not checked, to save flash.
///
/// # Errors
/// There are some, but more or fewer than classes, or one is empty or too long.
// Not inlined, to save flash.
#[inline(never)]
pub(super) fn class_names(model: &Model<'_>, names: &[u8]) -> Result<(), Invalid> {
    if names.is_empty() {
        return Ok(());
    }
    let mut count = 0;
    for name in names.split(|byte| *byte == NAMES_END) {
        count += 1;
        Invalid::ClassNames.unless((1..=MAX_CLASS_NAME).contains(&name.len()))?;
    }
    Invalid::ClassNames.unless(model.kind() == Kind::Softmax && count == model.outputs() + 1)
}

/// Checks the scalar fields.
fn fields(model: &Model<'_>) -> Result<(), Invalid> {
    let [fields] = model.records::<{ size_of::<Fields>() }>(List::Fields) else { return Err(Invalid::Window) };
    let [rows, columns] = shape_of(*fields);
    let samples = u32::from(rows) * u32::from(columns);
    let window = rows > 0 && (rows == 1 || columns > 1) && (2..=u32::from(MAX_WINDOW)).contains(&samples);
    Invalid::Window.unless(window)?;
    // Nonnegative floating-point numbers are ordered as their bits. The bounds keep the square of the deviation, and a
    // millionth of the square, within the range of `f32`.
    let [deviation, unit, _] = numbers_of(*fields).map(f32::to_bits);
    Invalid::Deviation.unless((1e-15_f32.to_bits()..=1e15_f32.to_bits()).contains(&deviation))?;
    Invalid::Unit.unless(unit <= f32::MAX.to_bits())?;
    Invalid::FixedImage.unless(rows == 1 || unit == 0)?;
    let (limit, _) = limit_and_point(*fields);
    Invalid::Limit.unless(unit == 0 || limit > 0)?;
    let [.., kind, _, _, _] = *fields;
    Invalid::Task.unless(kind < 2)
}

/// Checks wavelets, lifting schemes and steps.
fn wavelets(model: &Model<'_>) -> Result<(), Invalid> {
    let wavelets: &[Wavelet] = model.records(List::Wavelets);
    let mut schemes: &[StoredScheme] = model.records(List::Schemes);
    let steps: &[StoredStep] = model.records(List::Steps);
    let [rows, columns] = model.shape();
    let (shorter, deepest, most) =
        if rows > 1 { (rows.min(columns), MAX_IMAGE_LEVELS, 1) } else { (columns, MAX_LEVELS, MAX_WAVELETS) };
    Invalid::Wavelets.unless((1..=most).contains(&wavelets.len()))?;
    let mut in_all = 0;
    for &[boundary, levels, phases, count] in wavelets {
        Invalid::Boundary.unless(boundary_of(boundary).is_some())?;
        Invalid::Oversampled.unless(phases == 1 || phases == 2 && rows == 1)?;
        Invalid::Levels.unless((1..=deepest).contains(&levels) && shorter >> levels >= 1)?;
        Invalid::Schemes.unless((1..=levels).contains(&count))?;
        let (of_wavelet, later) = schemes.split_at_checked(count.into()).ok_or(Invalid::Schemes)?;
        schemes = later;
        let mut steps = 0;
        for &[filter_len, approximation, detail, count] in of_wavelet {
            Invalid::FilterLen.unless(valid_filter(filter_len))?;
            Invalid::Origin.unless(valid_origin([approximation, detail].map(u8::cast_signed)))?;
            Invalid::Steps.unless((2..=MAX_STEPS).contains(&usize::from(count)))?;
            steps += usize::from(count);
        }
        Invalid::Steps.unless(steps <= MAX_ALL_STEPS)?;
        in_all += steps;
    }
    Invalid::Schemes.unless(schemes.is_empty())?;
    Invalid::Steps.unless(in_all == steps.len())?;
    for &[offset, a, b, c, d, e, f, g, h] in steps {
        Invalid::Offset.unless(offset.cast_signed().unsigned_abs() <= MAX_FILTER)?;
        // Absolute values are ordered as their bits, and NaN exceeds all others.
        let small = |tap: Number| u32::from_le_bytes(tap) & 0x7fff_ffff <= (MAX_TAP as f32).to_bits();
        Invalid::Taps.unless(small([a, b, c, d]) && small([e, f, g, h]))?;
    }
    Ok(())
}

/// Checks the histograms of the peaks of an image.
fn histograms(model: &Model<'_>) -> Result<(), Invalid> {
    let histograms: &[Histogram] = model.records(List::Histograms);
    Invalid::Histograms.unless(histograms.len() <= if model.is_image() { MAX_COUNTS } else { 0 })?;
    let wavelet = model.stored(0).ok_or(Invalid::Wavelets)?;
    for &[kernel, bins, a, b, c, d, e, f, g, h] in histograms {
        let taps = kernel_taps(|level| wavelet.filter_len(level), kernel);
        Invalid::Kernel.unless(kernel <= 4 * wavelet.levels && taps <= MAX_KERNEL)?;
        let (first, step) = ([a, b, c, d], [e, f, g, h]);
        // Positive numbers have positive bits.
        let wide = all_finite(&[first, step]) && i32::from_le_bytes(step) > 0;
        Invalid::Bins.unless(wide && (1..=MAX_BINS).contains(&bins))?;
    }
    Ok(())
}

/// Checks the selected features.
fn features(model: &Model<'_>) -> Result<(), Invalid> {
    let features = model.selected();
    Invalid::Features.unless(features.len() <= MAX_TERMS)?;
    // The band of the previous feature, and its number of coefficients.
    let (mut least, mut of_band, mut len) = (0, None, 0);
    for record in features {
        // The feature's position in the order, plus one.
        let order = u32::from(u16::from_be_bytes(*record)) + 1;
        Invalid::Features.unless(order > least)?;
        least = order;
        let [band, code] = *record;
        // Features of one band are adjacent.
        if of_band != Some(band) {
            of_band = Some(band);
            len = model.band_len(band.into()).ok_or(Invalid::Band)?;
        }
        feature(code, len)?;
    }
    Ok(())
}

/// Checks a feature of a band of `len` coefficients.
fn feature(code: u8, len: usize) -> Result<(), Invalid> {
    match code {
        LARGEST..SUMS => Invalid::Rank.unless(usize::from(code % MAX_RANK) < len),
        SUMS..SIGNS => Ok(()),
        SIGNS..AFTER_SIGNS => Invalid::WithoutSigns.unless(cfg!(feature = "signs")),
        INCREMENTS..SEGMENTS => {
            Invalid::WithoutIncrements.unless(cfg!(feature = "increments"))?;
            Invalid::Lag.unless(usize::from(lag_of(code)) < len)
        }
        SEGMENTS..AFTER_SEGMENTS => {
            Invalid::WithoutSegments.unless(cfg!(feature = "segments"))?;
            Invalid::Segment.unless(usize::from(parts_of(code)) <= len)
        }
        COEFFICIENTS..AFTER_COEFFICIENTS => Invalid::Place.unless(usize::from(code - COEFFICIENTS) < len),
        _ => Err(Invalid::Code),
    }
}

/// Checks the products of features.
fn products(model: &Model<'_>) -> Result<(), Invalid> {
    let (features, products) = (model.selected().len(), model.products());
    Invalid::WithoutProducts.unless(cfg!(feature = "products") || products.is_empty())?;
    Invalid::Products.unless(features + products.len() <= MAX_TERMS)?;
    let mut least = 0;
    for product in products {
        // As in the list of features.
        let order = u32::from(u16::from_be_bytes(*product)) + 1;
        let [first, second] = *product;
        Invalid::Products.unless(order > least && first <= second && usize::from(second) < features)?;
        least = order;
    }
    Ok(())
}

/// Checks biases, weights, threshold, and the fixed-point readout.
fn readout(model: &Model<'_>) -> Result<(), Invalid> {
    let (bias, weights) = (model.stored_bias(), model.stored_weights());
    let inputs = model.selected().len() + model.products().len();
    let outputs = bias.len();
    Invalid::Outputs.unless((1..=MAX_OUTPUTS).contains(&outputs))?;
    Invalid::Weights.unless(weights.len() == inputs * outputs && weights.len() <= MAX_WEIGHTS)?;
    Invalid::NotFinite.unless(all_finite(bias) && all_finite(weights))?;
    let fields = model.fields();
    let ([.., kind, _, _, _], [_, unit, threshold]) = (fields, numbers_of(fields).map(f32::to_bits));
    // The absolute value is less than infinity.
    let finite = threshold << 1 < f32::INFINITY.to_bits() << 1;
    Invalid::Threshold.unless(threshold == 0 || finite && kind != 0 && outputs == 1)?;
    let integers = model.list(List::Integers);
    let all = if unit == 0 { 0 } else { inputs + 4 * outputs + 2 * weights.len() };
    Invalid::Integers.unless(integers.len() == all)?;
    // A model in `f32` has no shifts.
    let mut shifts = integers.iter().take(inputs);
    Invalid::Shifts.unless(shifts.all(|shift| shift.wrapping_sub(LEAST_SHIFT) <= SHIFTS))
}

/// Checks training statistics and provenance.
fn reference(model: &Model<'_>) -> Result<(), Invalid> {
    let numbers: &[Number] = model.records(List::Reference);
    if let Some((range, moments)) = numbers.split_first_chunk::<2>() {
        let [least, greatest] = range.map(f32::from_le_bytes);
        Invalid::Range.unless(all_finite(range) && least <= greatest)?;
        let bands = model.stored(0).map_or(0, |wavelet| model.bands_of(&wavelet));
        // Positive numbers have positive bits.
        let positive = moments.as_chunks().0.iter().all(|[_, deviation]| i32::from_le_bytes(*deviation) > 0);
        Invalid::Moments.unless(moments.len() == 2 * bands && all_finite(moments) && positive)?;
    }
    let records: &[StoredProvenance] = model.records(List::Provenance);
    Invalid::Provenance.unless(records.len() <= 1 && records.iter().all(valid_provenance))
}
