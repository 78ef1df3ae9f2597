//! Networks that are made here, message by message.

use super::Onnx;
use super::proto::{Attribute, EXTERNAL, Entry, FLOAT, Graph, INT64, Model, Node, Tensor, TensorType, Type, ValueInfo};
use super::sklearn::DOMAIN;
use crate::attribution::Function;
use crate::cluster::Serial;
use crate::data::Dataset;
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use prost::Message;
use std::path::Path;

/// The number of samples.
const N: usize = 6;

/// A network that is made in a folder.
struct Made {
    folder: tempfile::TempDir,
    model: Model,
}

fn floats(name: &str, dims: &[i64], values: &[f32]) -> Tensor {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { dims: dims.to_vec(), data_type: FLOAT, name: name.into(), raw_data: Some(raw.into()), ..Tensor::default() }
}

fn integers(name: &str, values: &[i64]) -> Tensor {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let dims = vec![values.len() as i64];
    Tensor { dims, data_type: INT64, name: name.into(), raw_data: Some(raw.into()), ..Tensor::default() }
}

fn info(name: &str, element: i32) -> ValueInfo {
    let tensor = Some(TensorType { element, shape: None });
    ValueInfo { name: name.into(), kind: Some(Type { tensor }) }
}

fn list(name: &str, floats: &[f32]) -> Attribute {
    Attribute { name: name.into(), floats: floats.to_vec(), kind: 6, ..Attribute::default() }
}

fn word(name: &str, word: &str) -> Attribute {
    Attribute { name: name.into(), s: Some(word.to_owned().into()), kind: 3, ..Attribute::default() }
}

impl Made {
    /// A network with this input and these outputs of floats.
    fn new(outputs: &[&str]) -> Self {
        let output = outputs.iter().map(|name| info(name, FLOAT)).collect();
        let graph = Graph { name: "g".into(), input: vec![info("x", FLOAT)], output, ..Graph::default() };
        // The version of the operators, 17.
        let opset_import = vec![vec![0x10, 17].into()];
        let model = Model { ir_version: Some(8), producer: "pytorch".into(), graph: Some(graph), opset_import };
        Self { folder: tempfile::tempdir().unwrap(), model }
    }

    fn graph(&mut self) -> &mut Graph {
        self.model.graph.as_mut().unwrap()
    }

    fn constant(mut self, tensor: &Tensor) -> Self {
        self.graph().initializer.push(tensor.encode_to_vec().into());
        self
    }

    /// A constant (N, columns): in column c, the row c has 1 and the row c + 1 has −1.
    fn weights(self, name: &str, columns: usize) -> Self {
        self.constant(&floats(name, &[N as i64, columns as i64], &steps(columns).into_iter().collect::<Vec<f32>>()))
    }

    fn node(self, operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[Attribute]) -> Self {
        self.node_of("", operator, inputs, outputs, attributes)
    }

    fn node_of(
        mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[Attribute],
    ) -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.into()).collect();
        self.graph().node.push(Node {
            input: names(inputs),
            output: names(outputs),
            name: format!("the{operator}"),
            op_type: operator.into(),
            attribute: attributes.to_vec(),
            domain: domain.into(),
        });
        self
    }

    fn load(&self, classes: usize, output: Option<&str>) -> Result<Onnx> {
        let path = self.folder.path().join("net.onnx");
        std::fs::write(&path, self.model.encode_to_vec()).unwrap();
        Onnx::load_across(&Serial, &path, output, &data(classes))
    }

    fn refused(&self, classes: usize, parts: &[&str]) {
        refused(self.load(classes, None).err(), parts);
    }

    /// The outputs for the windows of the data set, which are logits without their mean.
    fn outputs(&self, classes: usize, output: Option<&str>) -> Array2<f32> {
        self.load(classes, output).unwrap().outputs(windows().view()).unwrap()
    }
}

fn refused(error: Option<Error>, parts: &[&str]) {
    let error = error.expect("an error");
    let text = error.to_string();
    assert!(error.exit_code() == 2 && parts.iter().all(|part| text.contains(part)), "{text}");
}

fn windows() -> Array2<f32> {
    Array2::from_shape_fn((20, N), |(i, t)| ((i * 7 + t * t * 3) as f32 * 0.37).sin())
}

fn data(classes: usize) -> Dataset {
    let x = windows();
    if classes == 0 {
        let y: Vec<f64> = x.column(0).iter().map(|&value| value.into()).collect();
        return Dataset::builder(x, y).build().unwrap();
    }
    Dataset::builder(x, (0..20).map(|i| i % classes).collect::<Vec<usize>>()).build().unwrap()
}

fn steps(columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((N, columns), |(row, column)| match row.wrapping_sub(column) {
        0 => 1.0,
        1 => -1.0,
        _ => 0.0,
    })
}

/// The logits without their mean.
fn centred(logits: &Array2<f32>) -> Array2<f32> {
    logits - &logits.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1))
}

fn assert_near(found: &Array2<f32>, expected: &Array2<f32>) {
    let error = (found - expected).iter().fold(0_f32, |most, error| most.max(error.abs()));
    assert!(error < 1e-4, "{error}: {found} {expected}");
}

fn linear() -> Made {
    Made::new(&["y"]).weights("w", 3).node("MatMul", &["x", "w"], &["y"], &[])
}

#[test]
fn the_first_output_that_fits_or_the_named_one_is_used() {
    let made = Made::new(&["five", "three", "twice"]).weights("w5", 5).weights("w3", 3);
    let made = made.node("MatMul", &["x", "w5"], &["five"], &[]).node("MatMul", &["x", "w3"], &["three"], &[]);
    let made = made.node("Add", &["three", "three"], &["twice"], &[]);
    let three = centred(&windows().dot(&steps(3)));
    assert_near(&made.outputs(3, None), &three);
    assert_near(&made.outputs(3, Some("twice")), &(2.0 * &three));
    refused(made.load(3, Some("thre")).err(), &["five or three or twice", "there is no thre", "did you mean three?"]);
    refused(made.load(3, Some("five")).err(), &["3, one per class", "5 (five)"]);
    made.refused(4, &["4, one per class of y_train", "5 (five) or 3 (three) or 3 (twice)"]);
    made.refused(0, &["1, because y_train has values"]);
}

#[test]
fn outputs_that_may_be_of_either_class_must_be_named() {
    let made = |other: &str| {
        let made = Made::new(&["a", "b"]).weights("w", 1).node("MatMul", &["x", "w"], &["a"], &[]);
        made.node(other, &["a"], &["b"], &[])
    };
    made("Neg").refused(2, &["a and b may be either class", "name one"]);
    let a = made("Neg").outputs(2, Some("a"));
    assert_near(&made("Neg").outputs(2, Some("b")), &-&a);
    // Logit and probability of the same class.
    assert_near(&made("Sigmoid").outputs(2, None), &a);
}

#[test]
fn labels_and_maps_are_cut_off() {
    let mut made = linear().node("ArgMax", &["y"], &["best"], &[]);
    made = made.node_of(DOMAIN, "ArrayFeatureExtractor", &["names", "best"], &["label"], &[]);
    made = made.node_of(DOMAIN, "ZipMap", &["y"], &["map"], &[Attribute::ints("classlabels_int64s", &[0, 1, 2])]);
    // Labels that are text, which rten cannot load.
    let string_data = ["low", "mid", "high"].map(|word| word.into()).to_vec();
    made =
        made.constant(&Tensor { dims: vec![3], data_type: 8, name: "names".into(), string_data, ..Tensor::default() });
    made.graph().output = vec![info("label", 8), ValueInfo { name: "map".into(), kind: Some(Type { tensor: None }) }];
    let expected = centred(&windows().dot(&steps(3)));
    assert_near(&made.outputs(3, None), &expected);
    assert_near(&made.outputs(3, Some("map")), &expected);
    made.graph().output.truncate(1);
    made.refused(3, &["outputs", "one output of floats; it has none"]);
}

#[test]
fn operators_of_scikit_learn_are_computed() {
    let offset = [0.5, -1.0, 0.0, 2.0, 0.1, 0.2];
    let scaled = |offset: &[f32], scale: &[f32]| {
        let made = Made::new(&["y"]).weights("w", 3);
        let attributes = [list("offset", offset), list("scale", scale)];
        made.node_of(DOMAIN, "Scaler", &["x"], &["s"], &attributes).node("MatMul", &["s", "w"], &["y"], &[])
    };
    let x = windows();
    let shifted = &x - &Array2::from_shape_vec((1, N), offset.to_vec()).unwrap();
    assert_near(&scaled(&offset, &[3.0]).outputs(3, None), &centred(&(3.0 * shifted).dot(&steps(3))));
    assert_near(&scaled(&[], &[]).outputs(3, None), &centred(&x.dot(&steps(3))));

    let coefficients: Vec<f32> = steps(3).t().iter().copied().collect();
    let classifier = |post: &str, labels: &[i64], coefficients: &[f32], intercepts: &[f32]| {
        let attributes = [
            list("coefficients", coefficients),
            list("intercepts", intercepts),
            word("post_transform", post),
            Attribute::ints("classlabels_ints", labels),
        ];
        Made::new(&["y"]).node_of(DOMAIN, "LinearClassifier", &["x"], &["label", "y"], &attributes)
    };
    let logits = x.dot(&steps(3)) + Array2::from_shape_vec((1, 3), vec![0.1, 0.2, -0.3]).unwrap();
    for post in ["NONE", "SOFTMAX"] {
        let made = classifier(post, &[0, 1, 2], &coefficients, &[0.1, 0.2, -0.3]);
        assert_near(&made.outputs(3, None), &centred(&logits));
    }
    let made = classifier("LOGISTIC", &[0, 1, 2], &coefficients, &[0.1, 0.2, -0.3]);
    assert_near(&made.outputs(3, None), &centred(&logits.mapv(|logit| 1.0 / (1.0 + (-logit).exp()))));
    let refuse = |made: Made, parts: &[&str]| made.refused(3, &[&["net.onnx", "LinearClassifier"], parts].concat());
    refuse(classifier("PROBIT", &[0, 1, 2], &coefficients, &[0.0; 3]), &["PROBIT"]);
    refuse(classifier("NONE", &[0, 1, 2], &coefficients[..13], &[0.0; 3]), &["[13, 3]"]);
    refuse(classifier("NONE", &[0, 1, 2], &[], &[]), &["[0, 0]"]);
    refuse(classifier("NONE", &[0, 1], &coefficients[..6], &[0.0]), &["it has 1 for 2 classes"]);

    let made = Made::new(&["y"]).constant(&integers("columns", &[4, 0]));
    let made = made.node_of(DOMAIN, "ArrayFeatureExtractor", &["x", "columns"], &["y"], &[]);
    assert_near(&made.outputs(2, None), &centred(&x.select(Axis(1), &[4, 0])));
    let made = Made::new(&["y"]).node_of(DOMAIN, "TreeEnsembleRegressor", &["x"], &["y"], &[]);
    made.refused(0, &["TreeEnsembleRegressor", "step functions without gradients", "train a network on its outputs"]);
    let made = Made::new(&["y"]).node_of(DOMAIN, "SVMRegressor", &["x"], &["y"], &[]);
    made.refused(0, &["SVMRegressor", "scikit-learn"]);
}

#[test]
fn a_batch_of_one_inside_the_network_is_found() {
    let made = Made::new(&["y"]).weights("w", 3).constant(&integers("shape", &[1, N as i64]));
    let made = made.node("Reshape", &["x", "shape"], &["r"], &[]).node("MatMul", &["r", "w"], &["y"], &[]);
    assert_near(&made.outputs(3, None), &centred(&windows().dot(&steps(3))));
}

#[test]
fn a_network_that_mixes_windows_is_refused() {
    let mean = [Attribute::ints("axes", &[0]), Attribute::int("keepdims", 1)];
    let made = linear().node("ReduceMean", &["y"], &["mean"], &mean).node("Sub", &["y", "mean"], &["z"], &[]);
    let mut made = made;
    made.graph().output = vec![info("z", FLOAT)];
    made.refused(3, &["depend on the other windows", "call eval() before the export"]);
    let training = Made::new(&["y"]).node("BatchNormalization", &["x"], &["y"], &[Attribute::int("training_mode", 1)]);
    training.refused(3, &["theBatchNormalization", "training mode", "call eval() before the export"]);
}

#[test]
fn a_failing_operator_is_named() {
    let unknown = linear().node("Frobnicate", &["y"], &["z"], &[]);
    unknown.refused(3, &["Frobnicate", "export_gradients"]);
    let mut made = Made::new(&["y"]).weights("w", 3).constant(&integers("shape", &[4, 5]));
    made = made.node("MatMul", &["x", "w"], &["m"], &[]).node("Reshape", &["m", "shape"], &["y"], &[]);
    made.refused(3, &["Reshape", "theReshape"]);
    made.graph().node.iter_mut().for_each(|node| node.name.clear());
    made.refused(3, &["an operator in Reshape failed"]);
}

/// rten 0.27 panics where the shape of Expand is known late and is shorter than that of the data.
#[test]
fn a_panic_of_rten_is_an_error_that_names_the_operator() {
    let mut made = Made::new(&["z"]).weights("w", 3);
    for tensor in [integers("axis", &[1]), integers("two", &[1, 2]), floats("one", &[1], &[1.0])] {
        made = made.constant(&tensor);
    }
    made = made.node("Unsqueeze", &["x", "axis"], &["u"], &[]).node("NonZero", &["one"], &["nz"], &[]);
    made = made.node("Shape", &["u"], &["s"], &[]);
    made = made.node("ReduceSum", &["nz"], &["k"], &[Attribute::int("keepdims", 0)]);
    made =
        made.node("Gather", &["s", "two"], &["g"], &[Attribute::int("axis", 0)]).node("Add", &["g", "k"], &["h"], &[]);
    made = made.node("Expand", &["u", "h"], &["e"], &[]).node("Flatten", &["e"], &["f"], &[]);
    made = made.node("MatMul", &["f", "w"], &["z"], &[]);
    let shape = [&[0x0a, 3, 0x12, 1, b'n', 0x0a, 2, 0x08][..], &[N as u8]].concat();
    made.graph().input[0].kind = Some(Type { tensor: Some(TensorType { element: FLOAT, shape: Some(shape.into()) }) });
    made.refused(3, &["Expand (node theExpand)", "fixed shapes", "export_gradients"]);
}

#[test]
fn weights_in_another_file_are_read_or_asked_for() {
    let entry = |key: &str, value: &str| Entry { key: key.into(), value: value.into() };
    let made = |location: &str| {
        let weights = Tensor {
            external_data: vec![entry("location", location), entry("offset", "4"), entry("length", "72")],
            location: Some(EXTERNAL),
            raw_data: None,
            ..floats("w", &[N as i64, 3], &[])
        };
        Made::new(&["y"]).constant(&weights).node("MatMul", &["x", "w"], &["y"], &[])
    };
    let missing = made("net.onnx.data");
    missing.refused(3, &["net.onnx.data", "copy the file", "external_data=False"]);
    let there: &Path = missing.folder.path();
    let numbers = steps(3).into_iter().flat_map(f32::to_le_bytes);
    std::fs::write(there.join("net.onnx.data"), [0; 4].into_iter().chain(numbers).collect::<Vec<u8>>()).unwrap();
    assert_near(&missing.outputs(3, None), &centred(&windows().dot(&steps(3))));
    std::fs::write(there.join("net.onnx.data"), [0; 40]).unwrap();
    missing.refused(3, &["net.onnx"]);
    for outside in ["../net.onnx.data", "/etc/hostname", "", "a/b.data"] {
        made(outside).refused(3, &["weights", "the network's folder"]);
    }
}
