//! Sample by sample, a signal has the coefficients that it has as one long window, where no end is near.

use awd_core::{Boundary, Cascade, Dwt, Lifting, Step, Stream};
use proptest::prelude::*;

/// Any ladder whose taps the state below has room for.
fn ladders() -> impl Strategy<Value = Lifting<f64>> {
    let steps = prop::collection::vec((-3..3_i8, [-1.0..1.0, -1.0..1.0], any::<[bool; 2]>()), 2..8);
    (-3..3_i8, -3..3_i8, any::<bool>(), steps).prop_map(|(first, second, swapped, steps)| {
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(offset, taps, used)| Step::new(offset, [0, 1].map(|i| if used[i] { taps[i] } else { 0.0 })))
            .collect();
        let origin = [2 * first, 2 * second + 1];
        Lifting::new(8, if swapped { [origin[1], origin[0]] } else { origin }, &steps).unwrap()
    })
}

/// The coefficients of each band in the order in which they come.
fn streamed(dwt: &Dwt<f64>, x: &[f64]) -> Vec<Vec<u64>> {
    let cascade = Cascade::new(dwt);
    let mut stream = Stream::<f64, 1024>::new(&cascade).unwrap();
    let mut bands = vec![vec![]; dwt.bands()];
    // What came before a reset is forgotten.
    for round in 0..2 {
        bands.iter_mut().for_each(Vec::clear);
        for &x in &x[..if round == 0 { x.len() / 3 } else { x.len() }] {
            cascade.push(&mut stream, x, |band, c| bands[band].push(c.to_bits()));
        }
        if round == 0 {
            stream.reset();
        }
    }
    bands
}

proptest! {
    #[test]
    fn a_stream_has_the_bits_of_a_window(
        ladders in prop::collection::vec(ladders(), 1..=3), levels in 1..4_u8, x in prop::collection::vec(-9.0..9.0_f64, 2048),
    ) {
        let first = Dwt::new(ladders[0].clone(), Boundary::Periodization, levels);
        let dwt = ladders[1..].iter().fold(first, |dwt, ladder| dwt.and(ladder).unwrap());
        let streamed = streamed(&dwt, &x);
        // No coefficient depends on samples farther away, in samples of the signal: by this much more at each level.
        let reach = (0..levels).map(|level| 64 << level).sum::<usize>();
        let mut work = vec![0.0; dwt.work_len(x.len())];
        let mut compared = 0;
        dwt.analyze(&x, &mut work, |band, c| {
            let step = x.len() / c.len();
            for (k, c) in c.iter().enumerate().filter(|&(k, _)| k * step >= reach && k * step + reach <= x.len()) {
                assert_eq!(streamed[band].get(k), Some(&c.to_bits()), "band {band}, coefficient {k}");
                compared += 1;
            }
        }).unwrap();
        prop_assert!(compared > 0);
    }
}

#[test]
fn too_little_state_is_refused() {
    let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
    let cascade = Cascade::new(&Dwt::new(haar, Boundary::Zero, 3));
    assert_eq!(cascade.state_len(), 9);
    assert!(Stream::<f64, 9>::new(&cascade).is_ok());
    assert_eq!(Stream::<f64, 8>::new(&cascade).unwrap_err().field, "state");
}
