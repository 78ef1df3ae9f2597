//! The published filters of Ha et al. (2021): their nearest orthogonal wavelets, and their objective against that of a
//! search.
//!
//!     cargo test --release -p awd-train --test published -- --nocapture

mod common;

use awd_core::Boundary;
use awd_train::attribution::{Method, attribute};
use awd_train::data::{Dataset, ReadOptions};
use awd_train::distil::{Objective, catalogue, search};
use awd_train::progress::silent;
use awd_train::teacher::{Arch, Training, train};
use awd_train::wavelet::{Family, Wavelet, Wavelets, closed, orthogonality_defect, project, taps_of};
use common::npz;
use common::paths::shared;
use common::skip::{is_full, skipped};

/// A published filter, in PyWavelets' order, and the weights of coefficients and attributions that it was learned with.
struct Published {
    taps: Vec<f64>,
    lambda: f64,
    gamma: f64,
}

/// All 525 published filters. If their file is missing, reports a skipped test and returns `None`.
fn published() -> Option<Vec<Published>> {
    let path = shared("reference/cme_published_filters.npz")?;
    let weights = |name| npz::array::<f64>(&path, name);
    let (lambdas, gammas) = (weights("lamL1wave"), weights("lamL1attr"));
    let taps: Vec<f32> = npz::array(&path, "h0");
    let len = taps.len() / lambdas.len();
    // The file stores the decomposition filter reversed.
    let filters = taps.chunks_exact(len).map(|taps| taps.iter().rev().map(|&tap| f64::from(tap)).collect());
    let all = filters.zip(lambdas).zip(gammas).map(|((taps, lambda), gamma)| Published { taps, lambda, gamma });
    Some(all.collect())
}

/// Minimum, median, 90th percentile and maximum.
fn quantiles(mut values: Vec<f64>) -> [f64; 4] {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    [0, last / 2, last * 9 / 10, last].map(|i| values[i])
}

/// The filters were learned with a penalty on deviations from orthogonality, so they are nearly orthogonal. This prints
/// a table of how nearly, and of the distances to the nearest orthogonal wavelets.
#[test]
fn the_nearest_wavelets_are_exactly_orthogonal() {
    let Some(filters) = published() else { return };
    let filters: Vec<Vec<f64>> = filters.into_iter().map(|published| published.taps).collect();
    assert_eq!(filters.len(), 525);
    let projected: Vec<Vec<f64>> = filters.iter().map(|taps| taps_of(&closed(&project(taps)))).collect();
    let defects = |filters: &[Vec<f64>]| quantiles(filters.iter().map(|taps| orthogonality_defect(taps)).collect());
    let moved = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let (before, after) = (defects(&filters), defects(&projected));
    let distances = quantiles(filters.iter().zip(&projected).map(moved).collect());

    println!("| 525 published filters | min | median | 90% | max |\n|---|---|---|---|---|");
    for (name, [min, median, q90, max]) in
        [("defect before", before), ("defect after", after), ("distance moved", distances)]
    {
        println!("| {name} | {min:.1e} | {median:.1e} | {q90:.1e} | {max:.1e} |");
    }
    assert!(after[3] <= 1e-12, "{after:?}");
    // Distances are no larger than the defects suggest: no projection ended in a distant local minimum.
    assert!(before[3] > 1e-3 && distances[3] < 3.0 * before[3], "{before:?} {distances:?}");
}

/// At three points of the published grid, compares the objective of the wavelet that the search finds from the
/// catalogue with those of the published filters of all seeds, each made orthogonal. A teacher that is trained here
/// gives the gradients.
#[test]
fn no_published_filter_has_a_lower_objective() {
    if !is_full() {
        return skipped("needs `cargo xtask test --full`");
    }
    let Some(filters) = published() else { return };
    let Some(data) = shared("data/cme_synthetic.npz") else { return };
    let data = Dataset::read(&data, &ReadOptions::default()).unwrap();
    let teacher = train(&data, &Training::new(Arch::Lstm, 1), &silent).unwrap().teacher;
    let attributions = attribute(&Method::Saliency, &data.train().x, &teacher, &silent).unwrap();
    let starts: Vec<_> = catalogue(Family::Orthogonal, 10).into_iter().map(Wavelets::from).collect();
    println!("| λ | γ | found | published, best and worst of 5 seeds |\n|--:|--:|--:|--:|");
    for (lambda, gamma) in [(2.7e-4, 3.79e-3), (1.88e-3, 4.281e-2), (5e-3, 0.48329)] {
        let objective: Objective = Objective::new(&data.train().x, Some(&attributions), Boundary::Zero, 4);
        let objective = objective.weighted(lambda, gamma);
        let found = search(&objective, &starts, 4, 1).unwrap().value.total;
        let at_point = |p: &&Published| (p.lambda / lambda - 1.0).abs() < 0.01 && (p.gamma / gamma - 1.0).abs() < 0.01;
        let value = |p: &Published| objective.value(&Wavelet::from_taps(&p.taps).unwrap().into()).total;
        let published: Vec<f64> = filters.iter().filter(at_point).map(value).collect();
        assert_eq!(published.len(), 5);
        let best = published.iter().copied().fold(f64::INFINITY, f64::min);
        let worst = published.iter().copied().fold(0.0, f64::max);
        println!("| {lambda:.5} | {gamma:.5} | {found:.7} | {best:.7} to {worst:.7} |");
        assert!(found <= best, "{found} {best}");
    }
}
