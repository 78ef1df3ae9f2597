//! Every bound of a model is checked and has its own error.

use super::*;

#[test]
fn errors_name_the_violated_bound() {
    let with = |change: fn(&mut Parts)| {
        let mut parts = parts();
        change(&mut parts);
        parts.refused()
    };
    fn lifting(offset: i8, tap: f32) -> Lifting<f32> {
        Lifting::new(2, [0, 1], &[Step::new(offset, [tap, 0.0]); 2]).unwrap()
    }
    fn haar(lifting: Lifting<f32>, levels: u8) -> Vec<Dwt<f32>> {
        vec![Dwt::new(lifting, Boundary::Zero, levels)]
    }
    assert_eq!(with(|p| p.columns = 1), Invalid::Window);
    assert_eq!(with(|p| p.columns = 4097), Invalid::Window);
    assert_eq!(with(|p| p.rows = 0), Invalid::Window);
    assert_eq!(with(|p| (p.rows, p.columns) = (8, 1)), Invalid::Window);
    for deviation in [0.0, -1.0, 1e-16, 1e16, f32::NAN, f32::INFINITY] {
        assert_eq!(Parts { deviation, ..parts() }.refused(), Invalid::Deviation);
    }
    for unit in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(Parts { arithmetic: Arithmetic::Fixed { unit, limit: 1 }, ..parts() }.refused(), Invalid::Unit);
    }
    assert_eq!(with(|p| p.wavelets.clear()), Invalid::Wavelets);
    assert_eq!(with(|p| p.wavelets = vec![p.wavelets[0].clone(); 4]), Invalid::Wavelets);
    assert_eq!(with(|p| p.wavelets = haar(lifting(0, 0.5), 0)), Invalid::Levels);
    assert_eq!(with(|p| p.wavelets = haar(lifting(0, 0.5), 4)), Invalid::Levels);
    assert_eq!(with(|p| p.wavelets = haar(lifting(41, 0.5), 2)), Invalid::Offset);
    assert_eq!(with(|p| p.wavelets = haar(lifting(0, 2.01), 2)), Invalid::Taps);
    assert_eq!(with(|p| p.wavelets = haar(lifting(0, f32::NAN), 2)), Invalid::Taps);
    let deeper = |p: &mut Parts, levels| {
        p.wavelets = haar(lifting(0, 0.5), 2);
        (0..levels).for_each(|_| p.wavelets[0] = p.wavelets[0].clone().and(&lifting(0, 0.5)).unwrap());
    };
    let mut several = parts();
    deeper(&mut several, 2);
    assert_eq!(several.refused(), Invalid::Schemes);
    deeper(&mut several, 1);
    assert!(several.file().is_ok());
    // Oversampled details have twice as many coefficients.
    let mut both = parts();
    both.wavelets = vec![parts().wavelets[0].clone().oversampled()];
    assert_eq!([0, 1, 2, 3].map(|band| both.model().band_len(band)), [8, 4, 2, 8].map(Some));
    assert_eq!(read_parts(&both.model()).draft(), both.draft());
    assert_eq!(with(|p| p.histograms = image_parts().histograms), Invalid::Histograms);
    assert_eq!(with(|p| p.bias.clear()), Invalid::Outputs);
    assert_eq!(with(|p| (p.bias, p.weights) = (vec![0.0; MAX_OUTPUTS + 1], vec![0.0; 27])), Invalid::Outputs);
    assert_eq!(with(|p| p.weights.truncate(5)), Invalid::Weights);
    assert_eq!(with(|p| p.weights[0] = f32::INFINITY), Invalid::NotFinite);
    assert_eq!(with(|p| p.bias[1] = f32::NAN), Invalid::NotFinite);
    assert_eq!(with(|p| p.terms.swap(0, 1)), Invalid::Features);
    assert_eq!(with(|p| p.terms[1] = p.terms[0]), Invalid::Features);
    assert_eq!(with(|p| p.terms[2].band = 4), Invalid::Band);
    assert_eq!(with(|p| p.terms[2].band = u8::MAX), Invalid::Band);
    assert_eq!(with(|p| (0..3).for_each(|i| p.terms[i].band = u8::MAX)), Invalid::Band);
    assert_eq!(with(|p| p.terms[1].feature = Feature::Largest(8)), Invalid::Code);
    assert_eq!(with(|p| p.terms[1].feature = Feature::Increment(5)), Invalid::Code);
    assert_eq!(with(|p| p.terms[1].feature = Feature::SegmentSum(Segment { part: 4, of: 4 })), Invalid::Code);
    assert_eq!(with(|p| p.terms[2].feature = Feature::Smallest(2)), Invalid::Rank);
    assert_eq!(with(|p| p.terms[2].feature = Feature::Coefficient(32)), Invalid::Code);
    assert_eq!(with(|p| p.terms[2].feature = Feature::Coefficient(2)), Invalid::Place);
    assert_eq!(with(|p| p.threshold = 1.0), Invalid::Threshold);
}

#[test]
fn errors_name_the_violated_bound_of_optional_parts() {
    let with = |change: fn(&mut Parts)| {
        let mut parts = full_parts();
        change(&mut parts);
        parts.refused()
    };
    fn reference(parts: &mut Parts) -> &mut ([f32; 2], Vec<Moments>) {
        parts.reference.as_mut().unwrap()
    }
    assert_eq!(with(|p| p.threshold = f32::NAN), Invalid::Threshold);
    assert_eq!(with(|p| p.kind = Kind::Linear), Invalid::Threshold);
    assert_eq!(with(|p| reference(p).0[0] = f32::NEG_INFINITY), Invalid::Range);
    assert_eq!(with(|p| reference(p).0[1] = f32::NAN), Invalid::Range);
    assert_eq!(with(|p| reference(p).0.swap(0, 1)), Invalid::Range);
    assert_eq!(with(|p| reference(p).1.truncate(2)), Invalid::Moments);
    assert_eq!(with(|p| reference(p).1[2].mean = f32::INFINITY), Invalid::Moments);
    assert_eq!(with(|p| reference(p).1[0].deviation = 0.0), Invalid::Moments);
    assert_eq!(with(|p| reference(p).1[1].deviation = f32::NAN), Invalid::Moments);
    assert_eq!(with(|p| reference(p).1[1].deviation = -1.0), Invalid::Moments);
    assert_eq!(with(|p| p.provenance.as_mut().unwrap().gamma = f32::NAN), Invalid::Provenance);
    assert_eq!(with(|p| p.provenance.as_mut().unwrap().lambda = -1.0), Invalid::Provenance);
    for limit in [0, -1, i16::MIN] {
        let arithmetic = Arithmetic::Fixed { unit: 0.5, limit };
        assert_eq!(Parts { arithmetic, ..full_parts() }.refused(), Invalid::Limit);
    }
    assert_eq!(with(|p| p.shifts[0] = -15), Invalid::Shifts);
    assert_eq!(with(|p| p.shifts[3] = 31), Invalid::Shifts);
    assert_eq!(with(|p| p.shifts.truncate(3)), Invalid::Integers);
    assert_eq!(with(|p| p.fixed_bias.push(0)), Invalid::Integers);
    assert_eq!(with(|p| p.fixed_weights.truncate(3)), Invalid::Integers);
    // A model in `f32` has no fixed-point readout.
    assert_eq!(Parts { shifts: vec![0; 3], ..parts() }.refused(), Invalid::Integers);
    assert_eq!(Parts { fixed_bias: vec![0; 2], ..parts() }.refused(), Invalid::Integers);
    assert_eq!(Parts { fixed_weights: vec![0; 6], ..parts() }.refused(), Invalid::Integers);
    let negative_zero = Parts { provenance: Some(Provenance { lambda: -0.0, ..provenance() }), ..full_parts() };
    assert_eq!(negative_zero.model().provenance().unwrap().lambda.to_bits(), 0);
}

#[test]
fn errors_name_the_violated_bound_of_an_image() {
    let with = |change: fn(&mut Parts)| {
        let mut parts = image_parts();
        change(&mut parts);
        parts.refused()
    };
    fn wavelet(levels: u8) -> Vec<Dwt<f32>> {
        vec![Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Zero, levels)]
    }
    assert_eq!(with(|p| (p.rows, p.columns) = (2, 48)), Invalid::Levels);
    assert_eq!(with(|p| p.wavelets = wavelet(4)), Invalid::Levels);
    assert_eq!(with(|p| (p.rows, p.columns, p.wavelets) = (64, 64, wavelet(5))), Invalid::Levels);
    assert_eq!(with(|p| p.wavelets = [wavelet(2), wavelet(2)].concat()), Invalid::Wavelets);
    assert_eq!(with(|p| p.wavelets = vec![p.wavelets[0].clone().oversampled()]), Invalid::Oversampled);
    assert_eq!(with(|p| p.histograms = vec![p.histograms[0]; 5]), Invalid::Histograms);
    assert_eq!(with(|p| p.histograms[0].kernel = 9), Invalid::Kernel);
    assert_eq!(with(|p| p.histograms[0].bins.count = 0), Invalid::Bins);
    assert_eq!(with(|p| p.histograms[0].bins.count = 33), Invalid::Bins);
    assert_eq!(with(|p| p.histograms[1].bins.step = 0.0), Invalid::Bins);
    assert_eq!(with(|p| p.histograms[1].bins.first = f32::NAN), Invalid::Bins);
    assert_eq!(with(|p| p.terms[4].band = 10), Invalid::Band);
    assert_eq!(with(|p| p.terms[4].feature = Feature::Coefficient(4)), Invalid::Place);
    assert_eq!(with(|p| p.arithmetic = Arithmetic::Fixed { unit: 1.0, limit: 1 }), Invalid::FixedImage);
    let mut long = image_parts();
    long.wavelets = vec![Dwt::new(named::DB5.lifting().unwrap(), Boundary::Zero, 4)];
    (long.rows, long.columns) = (32, 32);
    long.histograms[1].kernel = 13;
    assert_eq!(long.refused(), Invalid::Kernel);
}
