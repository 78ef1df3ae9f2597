//! Networks in ONNX files. tests/onnx has the networks, the outputs and gradients that other libraries compute for a
//! few windows, and the script that made both.
#![cfg(feature = "onnx")]

mod common;

use awd_train::attribution::FiniteDifferences;
use awd_train::attribution::{Differentiable, Function, centred};
use awd_train::cluster::threads;
use awd_train::data::{Dataset, ReadOptions, Shards};
use awd_train::teacher::Onnx;
use common::{npz, paths};
use ndarray::{Array2, Array3, Axis};
use std::path::PathBuf;

/// A network's file, and the file of its data set.
fn files(name: &str) -> [PathBuf; 2] {
    let set = if ["pooled", "probabilities"].contains(&name) { "classes.npz" } else { "values.npz" };
    [paths::onnx(&format!("{name}.onnx")), paths::onnx(set)]
}

fn load(name: &str) -> (Onnx, Dataset) {
    let [network, set] = files(name);
    let data = Dataset::read(&set, &ReadOptions::default()).unwrap();
    (Onnx::load(&network, &data).unwrap(), data)
}

#[test]
fn a_rank_without_windows_loads_the_same_network() {
    for name in ["mlp", "probabilities"] {
        let [network, set] = files(name);
        let (alone, data) = load(name);
        let expected = alone.outputs(data.test().x.view()).unwrap();
        // The set is smaller than a chunk, so the last rank has all windows.
        let outputs = threads(3, |ranks| {
            let own = Shards::open(&set, &ReadOptions::default(), ranks).unwrap().read().unwrap();
            assert_eq!(own.train().x.is_empty(), ranks.rank() < 2);
            Onnx::load_across(ranks, &network, None, &own).unwrap().outputs(data.test().x.view()).unwrap()
        });
        assert!(outputs.iter().all(|found| *found == expected), "{name}");
    }
}

/// An array of reference values of a network, from the file of its data set.
fn reference(name: &str, array: &str) -> Vec<f32> {
    npz::array(&files(name)[1], &format!("{array}_{name}"))
}

#[test]
fn outputs_equal_those_of_onnxruntime() {
    for name in ["mlp", "strided", "pooled", "gru", "lstm", "probabilities"] {
        let (network, data) = load(name);
        let found = network.outputs(data.test().x.view()).unwrap();
        let reference = Array2::from_shape_vec(found.raw_dim(), reference(name, "outputs")).unwrap();
        let [found, reference] = match name {
            "pooled" => [found, centred(reference)],
            // Logarithms of tiny probabilities may differ much although the probabilities do not.
            "probabilities" => [softmax(&found), reference],
            _ => [found, reference],
        };
        let errors: Vec<f32> = (found - reference).iter().map(|error| error.abs()).collect();
        println!("{name}: outputs within {:.1e}", errors.iter().copied().fold(0.0, f32::max));
        assert!(errors.iter().all(|error| *error < 1e-5), "{name}: {errors:?}");
    }
}

/// The networks keep their labels and maps of probabilities.
#[test]
fn outputs_of_scikit_learn_equal_those_of_onnxruntime() {
    for (name, set) in [
        ("sk_scaled", "classes.npz"),
        ("sk_selected", "classes.npz"),
        ("sk_logistic", "classes.npz"),
        ("sk_robust", "classes.npz"),
        ("sk_normalised", "classes.npz"),
        ("sk_largest", "classes.npz"),
        ("sk_ridge", "classes.npz"),
        ("sk_linear", "values.npz"),
        ("sk_values", "values.npz"),
    ] {
        let data = Dataset::read(&paths::onnx(set), &ReadOptions::default()).unwrap();
        let network = Onnx::load(&paths::onnx(&format!("{name}.onnx")), &data).unwrap();
        let found = network.outputs(data.test().x.view()).unwrap();
        let reference = npz::array(&paths::onnx("sklearn.npz"), &format!("outputs_{name}"));
        let reference = Array2::from_shape_vec(found.raw_dim(), reference).unwrap();
        let [found, reference] = match name {
            "sk_ridge" => [found, centred(reference)],
            _ if set == "values.npz" => [found, reference],
            _ => [softmax(&found), reference],
        };
        let error = (found - reference).iter().fold(0_f32, |most, error| most.max(error.abs()));
        println!("{name}: outputs within {error:.1e}");
        assert!(error < 1e-5, "{name}: {error}");
    }
}

fn softmax(logits: &Array2<f32>) -> Array2<f32> {
    let exp = logits.mapv(f32::exp);
    &exp / &exp.sum_axis(Axis(1)).insert_axis(Axis(1))
}

#[test]
fn finite_differences_equal_the_gradients_of_torch() {
    for (name, bound) in [("strided", 1e-3), ("gru", 1e-3), ("lstm", 1e-3), ("pooled", 2e-2)] {
        let (network, data) = load(name);
        let differences = FiniteDifferences::new(&network, &data.train().x).unwrap();
        let found = differences.gradients(data.test().x.view()).unwrap();
        let reference = Array3::from_shape_vec(found.raw_dim(), reference(name, "gradients")).unwrap();
        // For classes, the mean over the classes is subtracted.
        let common = reference.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1));
        let reference = if found.len_of(Axis(1)) > 1 { reference - common } else { reference };
        let unit = reference.mapv(|g| g * g).mean().unwrap().sqrt();
        let mut errors: Vec<f32> = (found - reference).iter().map(|error| error.abs() / unit).collect();
        errors.sort_by(f32::total_cmp);
        let quantile = |hundredths: usize| errors[errors.len() * hundredths / 100];
        println!(
            "{name}: nine in ten within {:.1e}, 99 in a hundred within {:.1e}; {:?}",
            quantile(90),
            quantile(99),
            differences.step_error()
        );
        // The step error, estimated on the training windows, predicts the error on the test windows within a factor of
        // two.
        assert!(quantile(90) < bound && quantile(90) < 2.0 * differences.step_error().q90, "{name}: {}", quantile(90));
    }
}

/// A file may end after the weights: what follows, such as the shapes of values, is not needed.
#[test]
fn a_truncated_network_is_refused_or_gives_the_same_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    for name in ["mlp", "strided", "pooled", "gru", "lstm"] {
        let (network, data) = load(name);
        let outputs = |network: &Onnx| network.outputs(data.test().x.view()).unwrap();
        let (bytes, expected, mut refused) = (std::fs::read(&files(name)[0]).unwrap(), outputs(&network), 0);
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            match Onnx::load(&path, &data) {
                Ok(cut) => assert_eq!(outputs(&cut), expected, "{name} {length}"),
                Err(why) => {
                    assert_eq!((why.exit_code(), why.to_string().lines().count()), (2, 1), "{name} {length}: {why}");
                    refused += 1;
                }
            }
        }
        assert!(2 * refused > bytes.len(), "{name} {refused}");
    }
}
