//! The published filters of Ha et al. (2021) made orthogonal. They were learned with a penalty on what is not, so they
//! are nearly so; how nearly, and how far the nearest wavelet is, is the table that this prints:
//!
//!     cargo test --release -p awd-train --test projection -- --nocapture

use awd_train::wavelet::{closed, orthogonality_defect, project, taps_of};
use npyz::NpyFile;
use std::fs::File;
use std::path::Path;

/// The published low-pass filters, in PyWavelets' order; `None` where the file is not beside the project.
fn published() -> Option<Vec<Vec<f64>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/cme_published_filters.npz");
    if !path.is_file() {
        return None;
    }
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let npy = NpyFile::new(archive.by_name("h0.npy").unwrap()).unwrap();
    let len = usize::try_from(npy.shape()[1]).unwrap();
    let taps: Vec<f32> = npy.into_vec().unwrap();
    // It stores the decomposition filter reversed.
    Some(taps.chunks_exact(len).map(|taps| taps.iter().rev().map(|&tap| f64::from(tap)).collect()).collect())
}

/// Least, median, 90% and greatest.
fn quantiles(mut values: Vec<f64>) -> [f64; 4] {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    [0, last / 2, last * 9 / 10, last].map(|i| values[i])
}

#[test]
fn published_filters() {
    let Some(filters) = published() else {
        use std::io::Write;
        // Not by a macro: what those print is hidden when a test passes.
        let why = b"SKIPPED, NOT PASSED: needs ../shared/reference/cme_published_filters.npz\n";
        return std::io::stderr().write_all(why).unwrap();
    };
    assert_eq!(filters.len(), 525);
    let projected: Vec<Vec<f64>> = filters.iter().map(|taps| taps_of(&closed(&project(taps)))).collect();
    let defects = |filters: &[Vec<f64>]| quantiles(filters.iter().map(|taps| orthogonality_defect(taps)).collect());
    let moved = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let (before, after) = (defects(&filters), defects(&projected));
    let distances = quantiles(filters.iter().zip(&projected).map(moved).collect());

    println!("| 525 published filters | min | median | 90% | max |\n|---|---|---|---|---|");
    for (name, [min, median, most, max]) in
        [("defect before", before), ("defect after", after), ("distance moved", distances)]
    {
        println!("| {name} | {min:.1e} | {median:.1e} | {most:.1e} | {max:.1e} |");
    }
    assert!(after[3] <= 1e-12, "{after:?}");
    // A wavelet is no farther than its filter's own defects suggest: nothing jumped to another valley.
    assert!(before[3] > 1e-3 && distances[3] < 3.0 * before[3], "{before:?} {distances:?}");
}
