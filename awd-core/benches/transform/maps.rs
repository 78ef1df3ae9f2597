//! A map of 64×64 samples: its transform, one line and eight lines at a time, and complete scores.

use crate::measure::best;
use awd_core::features::image::{Bins, peaks};
use awd_core::features::image::{Images, PeakCounts};
use awd_core::model::{Draft, MAX_BYTES};
use awd_core::{Boundary, Dwt, Feature, Model, Term, named};
use std::hint::black_box;

const SIZE: [usize; 2] = [64, 64];
const LEVELS: u8 = 3;

/// Prints the table.
pub fn table() {
    let map: Vec<f32> = (0..64 * 64_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0).collect();
    let dwt: Dwt<f32> = Dwt::new(named::DB2.lifting().expect("the wavelet is valid"), Boundary::Periodization, LEVELS);
    println!("f32, db2, {LEVELS} levels, maps of 64×64 samples with periodic boundaries, one core.\n");
    println!("| single map | µs | maps per second |\n|---|--:|--:|");
    let row = |name: &str, micros: f64| println!("| {name} | {micros:.1} | {:.0} |", 1e6 / micros);
    row("`Dwt::analyze_image`, one line at a time", measure_transform::<1>(&dwt, &map));
    row("`Dwt::analyze_image`, eight lines at a time", measure_transform::<8>(&dwt, &map));
    row(
        "`peaks`",
        best(|| {
            black_box(peaks(black_box(&map), SIZE).count());
        }),
    );
    let bins = Bins { first: 0.5, step: 0.04, count: 12 };
    let histogram = |kernel| PeakCounts { kernel, bins };
    row("a score of 10 energies", measure_score(&dwt, &map, &[]));
    row("a score of 10 energies and a histogram of peak heights", measure_score(&dwt, &map, &[histogram(0)]));
    row(
        "the same with a second histogram, of peak heights in the first approximation",
        measure_score(&dwt, &map, &[histogram(0), histogram(1)]),
    );
}

fn measure_transform<const N: usize>(dwt: &Dwt<f32>, map: &[f32]) -> f64 {
    let (mut buffer, mut work) = (map.to_vec(), vec![0.0; dwt.image_work_len::<N>(SIZE)]);
    best(|| {
        buffer.copy_from_slice(map);
        let _ = dwt.analyze_image::<_, N>(&mut buffer, SIZE, &mut work, |_, c| {
            black_box(c);
        });
    })
}

/// Measures a score of the log energies of all bands and of histograms.
fn measure_score(dwt: &Dwt<f32>, map: &[f32], counts: &[PeakCounts]) -> f64 {
    let energies = (0..=3 * LEVELS).map(|band| Term { band, feature: Feature::LogEnergy });
    let bins = (0..12 * counts.len())
        .map(|i| Term { band: 3 * LEVELS + 2 + (i / 12) as u8, feature: Feature::Coefficient((i % 12) as u8) });
    let terms: Vec<Term> = energies.chain(bins).collect();
    let weights: Vec<f32> = (0..terms.len()).map(|i| i as f32 / 16.0 - 1.0).collect();
    let wavelets = [dwt.clone()];
    let bias = [0.5];
    let draft =
        Draft { rows: 64, columns: 64, wavelets: &wavelets, bias: &bias, weights: &weights, ..Draft::default() };
    let draft = Draft { histograms: counts, terms: &terms, ..draft };
    let mut file = [0; MAX_BYTES];
    let model = Model::from_bytes(draft.write(&mut file).expect("the model is valid")).expect("it was just written");
    let scorer = model.images::<8>().expect("the model is for images");
    let images: &Images<8> = scorer.images();
    let (mut buffer, mut work) = (vec![0.0; images.buffer_len()], vec![0.0; images.work_len()]);
    best(|| {
        let _ = black_box(scorer.score(black_box(map), &mut buffer, &mut work));
    })
}
