//! A model on a signal scores as it scores a window, where no feature sees the window's ends.

use awd_core::{Arithmetic, Boundary, Dwt, Feature, Kind, Live, Model, Readout, Signal, Spec, Term, named};

const WINDOW: usize = 256;
const HOP: u16 = 32;

/// The largest coefficient of every band.
fn model(levels: u8) -> Model {
    of_feature(Feature::Largest(0), levels)
}

/// One feature of every band.
fn of_feature(feature: Feature, levels: u8) -> Model {
    let terms = (0..=levels).map(|band| Term { band, feature }).collect();
    let weights = (0..=levels).map(|band| 1.0 + f32::from(band)).collect();
    let readout = Readout { kind: Kind::Linear, bias: [0.5].into_iter().collect(), weights, threshold: None };
    let dwt = Dwt::new(named::DB5.lifting().unwrap(), Boundary::Periodization, levels);
    let window = u16::try_from(WINDOW).unwrap();
    Model::new(Spec {
        window,
        dwt,
        terms,
        readout,
        health: None,
        scalar: Arithmetic::Float,
        provenance: None,
        image: None,
        deviation: 1.0,
    })
    .unwrap()
}

/// Silence with a beat at each of these samples.
fn signal(len: usize, beats: &[usize]) -> Vec<f32> {
    let beat = |t: usize| beats.iter().map(|&b| (-(t as f32 - b as f32).powi(2) / 18.0).exp() * 5.0).sum();
    (0..len).map(beat).collect()
}

#[test]
fn a_beat_in_the_middle_scores_the_same_bits() {
    let model = model(3);
    let live = Live::new(&model, HOP).unwrap();
    let mut state = Signal::<256, 512>::new(&live).unwrap();
    let x = signal(1024, &[500]);
    let mut scores = vec![];
    for (t, &x) in x.iter().enumerate() {
        if let Some(score) = live.push(&mut state, x) {
            scores.push((t + 1, score));
        }
    }
    let ends: Vec<_> = scores.iter().map(|(end, _)| *end).collect();
    let expected: Vec<_> = (WINDOW..=x.len()).step_by(usize::from(HOP)).collect();
    assert_eq!(ends, expected);
    let (mut work, mut compared) = (vec![0.0; model.work_len()], 0);
    for (end, score) in &scores {
        // The beat far enough from either end of the window.
        if (500 + 100..=500 + WINDOW - 60).contains(end) {
            assert_eq!(score, &model.score(&x[end - WINDOW..*end], &mut work).unwrap(), "{end}");
            compared += 1;
        }
    }
    assert!(compared >= 3);
    let far = &scores.last().unwrap().1;
    assert!(far.outputs()[0] < 0.6, "the beat has left: {far:?}");
}

#[test]
fn a_beat_moves_towards_the_start_by_a_hop() {
    let model = of_feature(Feature::Position, 1);
    let live = Live::new(&model, HOP).unwrap();
    let mut state = Signal::<256, 512>::new(&live).unwrap();
    let mut outputs = vec![];
    live.push_block(&mut state, &signal(640, &[500]), |score| outputs.push(score.outputs()[0]));
    // Of the last four, which have all of the beat, by half a hop in either band, weighted 1 and 2.
    let moved: Vec<_> = outputs.windows(2).rev().take(3).map(|pair| pair[0] - pair[1]).collect();
    assert_eq!(moved, [1.5 * f32::from(HOP); 3]);
}

#[test]
fn signals_do_not_see_each_other_and_a_reset_forgets() {
    let model = model(2);
    let live = Live::new(&model, HOP).unwrap();
    let blank = Signal::<256, 512>::new(&live).unwrap();
    let run = |state: &mut Signal<256, 512>, x: &[f32]| {
        let mut scores = vec![];
        live.push_block(state, x, |score| scores.push(score));
        scores
    };
    let (one, two) = (signal(600, &[130, 420]), signal(600, &[301]));
    let (alone, other) = (run(&mut blank.clone(), &one), run(&mut blank.clone(), &two));
    assert_ne!(alone, other);
    let (mut a, mut b) = (blank.clone(), blank.clone());
    let (mut scored_a, mut scored_b) = (vec![], vec![]);
    for (one, two) in one.chunks(7).zip(two.chunks(7)) {
        scored_a.extend(run(&mut a, one));
        scored_b.extend(run(&mut b, two));
    }
    assert_eq!((scored_a, scored_b), (alone.clone(), other));
    b.reset(&live);
    assert_eq!(run(&mut b, &one), alone);
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = model(3);
    for hop in [0, 4, 12, 264] {
        assert_eq!(Live::new(&model, hop).unwrap_err().field, "hop");
    }
    // Of the samples nothing is kept.
    let mut of_the_window = model.spec().clone();
    of_the_window.terms.last_mut().unwrap().band = 4;
    assert_eq!(Live::new(&Model::new(of_the_window).unwrap(), 8).unwrap_err().field, "terms.band");
    let live = Live::new(&model, 8).unwrap();
    assert_eq!(live.history_len(), 256 + 8);
    assert_eq!(Signal::<256, 263>::new(&live).unwrap_err().field, "history");
    assert_eq!(Signal::<1, 264>::new(&live).unwrap_err().field, "state");
}
