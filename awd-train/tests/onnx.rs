//! Networks from elsewhere. tests/onnx has them, with what other libraries say of a few windows, and the script that made
//! both.
#![cfg(feature = "onnx")]

use awd_train::attribution::FiniteDifferences;
use awd_train::attribution::{Differentiable, Function, centred};
use awd_train::cluster::threads;
use awd_train::data::{Dataset, Shards};
use awd_train::teacher::Onnx;
use ndarray::{Array2, Array3, Axis};
use std::fs::File;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx")
}

/// A network's file, and the file of its set.
fn files(name: &str) -> [PathBuf; 2] {
    let set = if ["pooled", "probabilities"].contains(&name) { "classes.npz" } else { "values.npz" };
    [folder().join(name).with_extension("onnx"), folder().join(set)]
}

fn load(name: &str) -> (Onnx, Dataset) {
    let [network, set] = files(name);
    let data = Dataset::read(&set, None).unwrap();
    (Onnx::load(&network, &data).unwrap(), data)
}

#[test]
fn a_rank_without_windows_loads_what_the_others_load() {
    for name in ["mlp", "probabilities"] {
        let [network, set] = files(name);
        let (alone, data) = load(name);
        let expected = alone.outputs(data.test().x.view()).unwrap();
        // There are fewer windows than a chunk, so the last rank has them all.
        let of_ranks = threads(3, |ranks| {
            let own = Shards::open(&set, None, ranks).unwrap().read().unwrap();
            assert_eq!(own.train().x.is_empty(), ranks.rank() < 2);
            Onnx::load_across(ranks, &network, &own).unwrap().outputs(data.test().x.view()).unwrap()
        });
        assert!(of_ranks.iter().all(|found| *found == expected), "{name}");
    }
}

/// An array of floats of a network's set.
fn reference(name: &str, array: &str) -> Vec<f32> {
    let mut zip = zip::ZipArchive::new(File::open(&files(name)[1]).unwrap()).unwrap();
    npyz::NpyFile::new(zip.by_name(&format!("{array}_{name}.npy")).unwrap()).unwrap().into_vec().unwrap()
}

#[test]
fn outputs_are_those_of_the_other_runtime() {
    for name in ["mlp", "strided", "pooled", "gru", "lstm", "probabilities"] {
        let (network, data) = load(name);
        let found = network.outputs(data.test().x.view()).unwrap();
        let reference = Array2::from_shape_vec(found.raw_dim(), reference(name, "outputs")).unwrap();
        let [found, reference] = match name {
            "pooled" => [found, centred(reference)],
            // Logarithms of tiny probabilities are far apart where the probabilities are not.
            "probabilities" => {
                let exp = found.mapv(f32::exp);
                [&exp / &exp.sum_axis(Axis(1)).insert_axis(Axis(1)), reference]
            }
            _ => [found, reference],
        };
        let apart: Vec<f32> = (found - reference).iter().map(|apart| apart.abs()).collect();
        println!("{name}: outputs within {:.1e}", apart.iter().copied().fold(0.0, f32::max));
        assert!(apart.iter().all(|apart| *apart < 1e-5), "{name}: {apart:?}");
    }
}

#[test]
fn differences_are_the_gradients_of_the_other_library() {
    for (name, bound) in [("strided", 1e-3), ("gru", 1e-3), ("lstm", 1e-3), ("pooled", 2e-2)] {
        let (network, data) = load(name);
        let differences = FiniteDifferences::new(&network, &data.train().x).unwrap();
        let found = differences.gradients(data.test().x.view()).unwrap();
        let reference = Array3::from_shape_vec(found.raw_dim(), reference(name, "gradients")).unwrap();
        // Of classes less what is common to all.
        let common = reference.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1));
        let reference = if found.len_of(Axis(1)) > 1 { reference - common } else { reference };
        let unit = reference.mapv(|g| g * g).mean().unwrap().sqrt();
        let mut off: Vec<f32> = (found - reference).iter().map(|apart| apart.abs() / unit).collect();
        off.sort_by(f32::total_cmp);
        let at = |hundredths: usize| off[off.len() * hundredths / 100];
        println!(
            "{name}: nine in ten within {:.1e}, 99 in a hundred within {:.1e}; {:?}",
            at(90),
            at(99),
            differences.step_error()
        );
        // What it says of its own error bears out, on other windows.
        assert!(at(90) < bound && at(90) < 2.0 * differences.step_error().q90, "{name}: {}", at(90));
    }
}

/// What comes after the weights can be missed without harm, such as the shapes of values.
#[test]
fn a_network_that_was_cut_is_refused_or_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    for name in ["mlp", "strided", "pooled", "gru", "lstm"] {
        let (whole, data) = load(name);
        let outputs = |network: &Onnx| network.outputs(data.test().x.view()).unwrap();
        let (bytes, whole, mut refused) = (std::fs::read(&files(name)[0]).unwrap(), outputs(&whole), 0);
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            match Onnx::load(&path, &data) {
                Ok(cut) => assert_eq!(outputs(&cut), whole, "{name} {length}"),
                Err(why) => {
                    assert_eq!((why.exit_code(), why.to_string().lines().count()), (2, 1), "{name} {length}: {why}");
                    refused += 1;
                }
            }
        }
        assert!(2 * refused > bytes.len(), "{name} {refused}");
    }
}
