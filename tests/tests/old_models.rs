//! Model files of every version that was ever released, and what they score. A file here is never changed.
//!
//! Made by `awd demo`, and `awd score heartbeats-1.0.awd data/ecg5000.npz --limit 20 --json`.

use awd_core::Model;
use awd_tests::root;
use awd_train::data::read_windows;
use awd_train::file::model_bytes;

#[test]
fn version_1_0_scores_the_same_bits() {
    let golden = root().join("tests/golden");
    let bytes = std::fs::read(golden.join("heartbeats-1.0.awd")).unwrap();
    let model = Model::from_bytes(&bytes).unwrap();
    assert_eq!(model_bytes(&model), bytes);

    let scored: serde_json::Value =
        serde_json::from_slice(&std::fs::read(golden.join("heartbeats-1.0.json")).unwrap()).unwrap();
    let expected: Vec<Vec<f32>> = serde_json::from_value(scored["outputs"].clone()).unwrap();
    let windows = read_windows(&root().join("data/ecg5000.npz"), usize::MAX).unwrap();
    let mut work = vec![0.0; model.work_len()];
    assert_eq!(expected.len(), 20);
    for (window, expected) in windows.rows().into_iter().zip(expected) {
        let scores = model.score(&window.to_vec(), &mut work).unwrap();
        assert_eq!(scores.outputs(), expected);
    }
}
