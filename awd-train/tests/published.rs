//! The published filters of Ha et al. (2021): their nearest orthogonal wavelets, and their objective against that of a
//! search.
//!
//!     cargo test --release -p awd-train --test published -- --nocapture

use awd_core::Boundary;
use awd_train::attribution::{Method, attribute};
use awd_train::data::Dataset;
use awd_train::distil::{Objective, catalogue, search};
use awd_train::progress::silent;
use awd_train::teacher::{Arch, Training, train};
use awd_train::wavelet::{Family, Wavelet, Wavelets, closed, orthogonality_defect, project, taps_of};
use npyz::NpyFile;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A published filter, in PyWavelets' order, and the weights of coefficients and attributions that it was learned with.
struct Published {
    taps: Vec<f64>,
    lambda: f64,
    gamma: f64,
}

/// A file of `shared`, the folder beside the repository.
fn shared(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name)
}

/// Reports that a test was skipped, and why.
fn skipped(needs: &str) {
    // Writes to stderr directly: output of the print macros is hidden when a test passes.
    let why = format!("SKIPPED, NOT PASSED: needs {needs}\n");
    std::io::stderr().write_all(why.as_bytes()).unwrap();
}

/// All 525 published filters; `None` if their file is missing.
fn published() -> Option<Vec<Published>> {
    let path = shared("reference/cme_published_filters.npz");
    if !path.is_file() {
        return None;
    }
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut weights = |name| NpyFile::new(archive.by_name(name).unwrap()).unwrap().into_vec::<f64>().unwrap();
    let (lambdas, gammas) = (weights("lamL1wave.npy"), weights("lamL1attr.npy"));
    let npy = NpyFile::new(archive.by_name("h0.npy").unwrap()).unwrap();
    let len = usize::try_from(npy.shape()[1]).unwrap();
    let taps: Vec<f32> = npy.into_vec().unwrap();
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
    let Some(filters) = published() else { return skipped("../shared/reference/cme_published_filters.npz") };
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
    let data = shared("data/cme_synthetic.npz");
    let (Some(filters), true, Some(_)) = (published(), data.is_file(), std::env::var_os("AWD_FULL")) else {
        return skipped("`cargo xtask test --full` and ../shared/reference and ../shared/data/cme_synthetic.npz");
    };
    let data = Dataset::read(&data, None).unwrap();
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
