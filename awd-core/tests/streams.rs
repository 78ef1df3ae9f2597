//! A stream and tracks score each window exactly as the window alone, bit for bit.

use awd_core::model::{Draft, Integers, MAX_BYTES};
use awd_core::score::{Sample, Stream, Timing, Track, Tracks};
use awd_core::{Arithmetic, Boundary, Dwt, Feature, Invalid, Model, Term, named};
use proptest::prelude::*;
use std::fmt::Debug;

const BOUNDARIES: [Boundary; 3] = [Boundary::Periodization, Boundary::Zero, Boundary::Symmetric];

/// The file of a model with features chosen by `picks` among those of all bands and of the window, and products of
/// them.
fn file(columns: u16, boundary: usize, which: usize, levels: u8, picks: &[[u16; 2]]) -> Vec<u8> {
    let deepest = u8::try_from(columns.ilog2()).unwrap();
    let dwt = Dwt::new(named::ALL[which].lifting().unwrap(), BOUNDARIES[boundary], levels.min(deepest));
    // Odd numbers of levels have oversampled details.
    let dwt = if levels.is_multiple_of(2) { dwt } else { dwt.oversampled() };
    let lens = dwt.band_ranges(columns.into()).map(|band| band.len()).chain([columns.into()]);
    let bands = (0_u8..).zip(lens).flat_map(|(band, len)| (0..=u8::MAX).map(move |code| (band, len, code)));
    let all_terms = bands.filter_map(|(band, len, code)| {
        Feature::of_code(code).filter(|feature| min_band_len(*feature) <= len).map(|feature| Term { band, feature })
    });
    let all_terms: Vec<Term> = all_terms.collect();
    let mut terms: Vec<Term> = picks.iter().map(|[pick, _]| all_terms[usize::from(*pick) % all_terms.len()]).collect();
    terms.sort_unstable();
    terms.dedup();
    // A product for every second pick.
    let index = |pick: u16| u8::try_from(usize::from(pick) % terms.len()).unwrap();
    let mut products: Vec<[u8; 2]> = picks.iter().step_by(2).map(|pair| pair.map(index)).collect();
    products.iter_mut().for_each(|pair| pair.sort_unstable());
    products.sort_unstable();
    products.dedup();
    let weights: Vec<f32> = (0..terms.len() + products.len()).map(|i| (i * i % 13) as f32 / 8.0 - 0.7).collect();
    let (terms, products, bias) = (&terms, &products, &[0.5]);
    // The model has a fixed-point readout too, with shifts at which little is clamped.
    let shifts: Vec<i8> = (0..weights.len()).map(|i| if i < terms.len() { 3 } else { 14 }).collect();
    let integers: Vec<i16> = (0..weights.len()).map(|i| (i * i % 13) as i16 - 6).collect();
    let integers = Integers { shifts: &shifts, point: 4, bias: &[-3], weights: &integers };
    let arithmetic = Arithmetic::Fixed { unit: 0.5, limit: 300 };
    let draft = Draft {
        columns,
        arithmetic,
        wavelets: &[dwt],
        terms,
        products,
        bias,
        weights: &weights,
        integers,
        ..Draft::default()
    };
    draft.write(&mut [0; MAX_BYTES]).unwrap().to_vec()
}

/// The minimum number of coefficients of a band with this feature.
fn min_band_len(feature: Feature) -> usize {
    match feature {
        Feature::Largest(k) | Feature::Smallest(k) | Feature::Coefficient(k) => usize::from(k) + 1,
        Feature::Increment(lag)
        | Feature::LogIncrement(lag)
        | Feature::ModulusIncrement(lag)
        | Feature::LogModulusIncrement(lag) => usize::from(lag) + 1,
        Feature::SegmentAbsSum(segment) | Feature::LogSegmentAbsSum(segment) | Feature::SegmentSum(segment) => {
            segment.of.into()
        }
        _ => 1,
    }
}

/// A model with some features, for tests of other properties.
fn small_model(columns: u16, levels: u8) -> Vec<u8> {
    file(columns, 0, 0, levels, &[[0, 1], [50, 2], [99, 0], [150, 1]])
}

/// The scores after each sample of a signal, by definition: of its newest samples, padded with zeros while there are
/// fewer than a window.
fn expected<S: Sample, B>(
    model: &Model<'_>,
    timing: Timing,
    signal: &[S],
    score: impl Fn(&mut [S], &mut [S]) -> B,
) -> Vec<Option<B>> {
    let (n, hop) = (model.window(), usize::from(timing.hop));
    let mut work = vec![S::ZERO; model.work_len()];
    let mut score_after = |count: usize| {
        let due =
            if timing.growing { count.is_multiple_of(hop) } else { count >= n && (count - n).is_multiple_of(hop) };
        due.then(|| {
            let mut window = signal[count.saturating_sub(n)..count].to_vec();
            window.resize(n, S::ZERO);
            score(&mut window, &mut work)
        })
    };
    (1..=signal.len()).map(&mut score_after).collect()
}

/// Checks that a stream and tracks score a signal like its separate windows. `score` gives the bits of the scores of a
/// window, `bits` those of scores.
fn check<S: Sample, B: PartialEq + Debug>(
    model: Model<'_>,
    timing: Timing,
    [signal, other]: [&[S]; 2],
    score: impl Fn(&mut [S], &mut [S]) -> B,
    bits: impl Fn(S::Scores) -> B,
) {
    let expected = expected(&model, timing, signal, score);
    let (mut state, mut work) = (vec![S::ZERO; model.state_len()], vec![S::ZERO; model.work_len()]);
    let mut stream = Stream::new(model, timing, &mut state, &mut work).unwrap();
    // A reset discards all earlier samples.
    stream.push_block(&signal[..77], |_, _| ());
    stream.reset();
    for (sample, expected) in signal.iter().zip(&expected) {
        assert_eq!(stream.push(*sample).map(&bits).as_ref(), expected.as_ref());
    }

    // Two interleaved signals, and one that ends and starts again.
    let (mut tracks, mut samples) = (vec![Track::default(); 3], vec![S::ZERO; 3 * model.state_len()]);
    let mut tracks = Tracks::new(model, timing, &mut tracks, &mut samples, &mut work).unwrap();
    for (k, ((sample, other), expected)) in signal.iter().zip(other).zip(&expected).enumerate() {
        tracks.push(7, *other).unwrap();
        assert_eq!(tracks.push(u32::MAX, *sample).unwrap().map(&bits).as_ref(), expected.as_ref());
        if k % 50 == 0 {
            tracks.end(9);
        }
        tracks.push(9, *sample).unwrap();
    }
}

proptest! {
    #[test]
    fn every_window_scores_as_it_does_alone(
        columns in 2..=257_u16, boundary in 0..3_usize, which in 0..named::ALL.len(), levels in 1..5_u8,
        hop in prop_oneof![Just(1_u16), 1..40_u16, 200..600_u16], growing in any::<bool>(),
        signal in prop::collection::vec(-9.0..9.0_f32, 600),
        picks in prop::collection::vec(any::<[u16; 2]>(), 1..85),
    ) {
        let file = file(columns, boundary, which, levels, &picks);
        let model = Model::from_bytes(&file).unwrap();
        let timing = Timing { hop, growing };
        let other: Vec<f32> = signal.iter().map(|x| -x).collect();
        let bits = |outputs: &[f32]| outputs.iter().map(|output| output.to_bits()).collect::<Vec<_>>();
        let score = |x: &mut [f32], work: &mut [f32]| bits(model.score(x, work).unwrap().outputs());
        check(model, timing, [&signal, &other], score, |scores| bits(scores.outputs()));
        // Some samples exceed the limit.
        let integers = [&signal, &other].map(|signal| signal.iter().map(|x| (34.0 * x) as i16).collect::<Vec<_>>());
        let score = |x: &mut [i16], work: &mut [i16]| model.score_fixed(x, work).unwrap();
        check(model, timing, [&integers[0], &integers[1]], score, |scores| scores);
    }
}

#[test]
fn tracks_start_end_and_are_evicted() {
    let file = small_model(8, 2);
    let model = Model::from_bytes(&file).unwrap();
    let (mut slots, mut samples, mut work) = ([Track::default(); 3], [0.0_f32; 24], vec![0.0; model.work_len()]);
    let mut tracks = Tracks::new(model, Timing::every(1), &mut slots, &mut samples, &mut work).unwrap();
    assert_eq!(tracks.evict(), None);
    for id in [5, 3, 0, 5, 3] {
        assert_eq!(tracks.push(id, 1.0), Ok(None));
    }
    assert_eq!(tracks.push(8, 1.0), Err(Invalid::Tracks));
    // Signal 0 has waited longest.
    assert_eq!(tracks.evict(), Some(0));
    assert_eq!(tracks.push(8, 1.0), Ok(None));
    assert_eq!(tracks.evict(), Some(5));
    assert!(tracks.end(3) && !tracks.end(3));
    assert!(tracks.ids().eq([8]));
}

#[test]
fn wrong_lengths_are_refused() {
    let file = small_model(8, 2);
    let model = Model::from_bytes(&file).unwrap();
    let stream = |hop, state: usize, work: usize| {
        Stream::new(model, Timing::every(hop), &mut vec![0.0_f32; state], &mut vec![0.0; work]).map(drop)
    };
    let work = model.work_len();
    assert_eq!(stream(1, 8, work), Ok(()));
    assert_eq!(stream(0, 8, work), Err(Invalid::Hop));
    assert_eq!(stream(1, 7, work), Err(Invalid::StateLen));
    assert_eq!(stream(1, 8, work - 1), Err(Invalid::WorkLen));
    let tracks = |tracks: usize, samples: usize| {
        let (mut slots, mut samples) = (vec![Track::default(); tracks], vec![0.0_f32; samples]);
        Tracks::new(model, Timing::every(1), &mut slots, &mut samples, &mut vec![0.0; work]).map(drop)
    };
    assert_eq!((tracks(3, 24), tracks(0, 0)), (Ok(()), Ok(())));
    assert_eq!(tracks(3, 23), Err(Invalid::StateLen));
}
