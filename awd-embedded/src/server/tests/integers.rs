//! Models in fixed point are scored in integers.

use super::*;
use awd_core::Arithmetic;
use awd_core::model::Integers;

/// The unit of the integers.
const UNIT: f32 = 0.01;

/// A model in fixed point: two levels of the Haar wavelet, five features, two outputs.
fn model_in_integers(window: u16, bias: i32) -> Model<'static> {
    let wavelets = [Dwt::new(awd_core::named::HAAR.lifting().unwrap(), Boundary::Symmetric, 2)];
    let term = |band, feature| Term { band, feature };
    let terms = [
        term(0, Feature::Largest(0)),
        term(0, Feature::LogEnergy),
        term(1, Feature::Smallest(1)),
        term(1, Feature::AbsSum),
        term(2, Feature::Largest(0)),
    ];
    let integers = Integers {
        shifts: &[0, -2, 0, 3, 1],
        point: 12,
        bias: &[bias, -20_000],
        weights: &[300, -200, 100, 50, -700, 40, 25, -90, 11, 12],
    };
    let arithmetic = Arithmetic::Fixed { unit: UNIT, limit: 5000 };
    build(Draft { columns: window, wavelets: &wavelets, terms: &terms, arithmetic, integers, ..Draft::default() })
}

/// The outputs that the host computes in integers, and what was clamped.
fn rounded(model: &Model<'_>, x: &[f32]) -> (Vec<f32>, u64) {
    let (scores, clamped) = model.score_rounded(x, &mut std::vec![0; model.rounded_work_len()]).unwrap();
    (scores.outputs().to_vec(), clamped.into())
}

proptest! {
    #[test]
    fn windows_signals_and_golden_checks_are_scored_in_integers(
        x in vec(-60.0_f32..60.0, 30..200),
        bias in -4000..4000_i32,
        hop in 1..40_u16,
        seed in any::<u32>(),
    ) {
        let (model, mut server) = (model_in_integers(30, bias), server());
        prop_assert!(server.info().integers);
        prop_assert_eq!(send(&mut server, &file(&model), 100), loaded(&model, 1, 0));
        let (outputs, mut clamped) = rounded(&model, &x[..30]);
        let Response::Scores(scores) = score(&mut server, &x[..30], 7) else { panic!() };
        prop_assert_eq!(&scores[..], &outputs[..]);
        prop_assert!(outputs != model.score(&x[..30], &mut [0.0; WORK]).unwrap().outputs());

        let (mut windows, mut digest, mut window) = (Windows::new(seed), Digest::default(), [0.0; 30]);
        for _ in 0..4 {
            windows.fill(&mut window);
            digest.take(&rounded(&model, &window).0);
        }
        prop_assert_eq!(server.handle(Request::Golden { seed, windows: 4 }), Response::Golden { crc: digest.finish() });

        server.handle(Request::Open { signal: 2, hop, growing: false });
        let mut count = 1;
        for (offset, sample) in (0..).zip(&x) {
            let samples = bytes(&[*sample]);
            let Response::Scored { outputs, .. } = server.handle(Request::Samples { signal: 2, offset, samples: &samples })
            else { panic!() };
            let end = offset as usize + 1;
            let due = end >= 30 && (end - 30).is_multiple_of(usize::from(hop));
            prop_assert_eq!(!outputs.is_empty(), due);
            if due {
                let (expected, more) = rounded(&model, &x[end - 30..end]);
                prop_assert_eq!(&outputs[..], &expected[..]);
                clamped += more;
                count += 1;
            }
        }
        // Generated windows do not count.
        let health = health(&mut server);
        prop_assert_eq!((health.windows, health.clamped), (count, clamped));
        prop_assert_eq!((health.drift, health.not_finite), (None, 0));
    }
}

#[test]
fn a_sample_that_is_not_finite_is_counted_and_gives_no_score() {
    let (model, mut server) = (model_in_integers(30, 0), server());
    send(&mut server, &file(&model), 100);
    let mut x = [0.5; 30];
    x[3] = f32::NAN;
    let Response::Scores(scores) = score(&mut server, &x, 30) else { panic!() };
    assert!(scores.len() == 2 && scores.iter().all(|score| score.is_nan()));
    let before = rounded(&model, &x).1;
    assert_eq!((health(&mut server).not_finite, health(&mut server).clamped), (1, before));
    x[3] = 1e9;
    let (outputs, clamped) = rounded(&model, &x);
    assert_eq!(score(&mut server, &x, 30), Response::Scores(outputs.into_iter().collect()));
    assert!(clamped > before && health(&mut server).clamped == before + clamped);
    assert_eq!((health(&mut server).windows, health(&mut server).not_finite), (2, 1));
}

#[test]
fn the_next_model_starts_with_no_counts() {
    let mut server = server();
    send(&mut server, &file(&model_in_integers(30, 0)), 100);
    score(&mut server, &[1e9; 30], 30);
    assert!(health(&mut server).clamped >= 30);
    send(&mut server, &file(&model_in_integers(30, 1)), 100);
    assert_eq!(health(&mut server).clamped, 0);
    // A model in floating point.
    let float = model(30, 0.3);
    send(&mut server, &file(&float), 100);
    assert_eq!(score(&mut server, &[1.5; 30], 30), Response::Scores(scores(&float, &[1.5; 30])));
    assert_eq!(health(&mut server).clamped, 0);
}
