//! What to do with a network that cannot be used, in the terms of the library that wrote it.

use super::proto::{Graph, Model, Node, Tensor};
use crate::Error;
use prost::Message;
use std::fmt::Display;

/// The program that wrote a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Producer {
    Torch,
    ScikitLearn,
    TensorFlow,
    Other,
}

impl Producer {
    /// Recognises the name that a program writes into the file.
    pub fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if any(&["pytorch", "torch"]) {
            Self::Torch
        } else if any(&["skl2onnx", "sklearn", "onnxmltools"]) {
            Self::ScikitLearn
        } else if any(&["tf2onnx", "keras", "tensorflow", "tflite"]) {
            Self::TensorFlow
        } else {
            Self::Other
        }
    }

    /// The alternative for a network that cannot be run.
    pub const fn alternative(self) -> &'static str {
        match self {
            Self::Torch => {
                "export_gradients of the Python package awd writes the gradients where it was trained (docs/bring-your-own-model.md)"
            }
            Self::ScikitLearn => "docs/bring-your-own-model.md lists the estimators of scikit-learn that can be used",
            Self::TensorFlow => {
                "write its gradients, as tf.GradientTape computes them, to gradient_train of an .npz (docs/data.md)"
            }
            Self::Other => {
                "write its gradients to gradient_train of an .npz where it was trained (docs/bring-your-own-model.md)"
            }
        }
    }

    /// The error of a network that cannot be loaded or run.
    pub fn refuse(self, file: &str, why: impl Display) -> Error {
        Error::input(file, "network", format_args!("{why}; {}", self.alternative()))
    }
}

/// Returns why a network that was exported in training mode is not used. Its outputs depend on chance, or on the other
/// windows of a batch.
pub fn training_mode(model: &Model) -> Option<String> {
    let graph = model.graph.as_ref()?;
    let node = graph.node.iter().find(|node| trains(node, graph))?;
    let next = match Producer::of(&model.producer) {
        Producer::Torch | Producer::Other => "call eval() before the export",
        Producer::TensorFlow | Producer::ScikitLearn => "export it for inference (training=False)",
    };
    Some(format!("exported for inference; {} is in training mode: {next}", node.title()))
}

/// Whether a node is in training mode.
fn trains(node: &Node, graph: &Graph) -> bool {
    match node.op_type.as_str() {
        "BatchNormalization" => node.attribute("training_mode").is_some_and(|mode| mode.i == Some(1)),
        "Dropout" => node.input.get(2).is_some_and(|mode| !mode.is_empty() && is_true(mode, graph)),
        _ => false,
    }
}

/// Whether this value is a constant that is true.
fn is_true(name: &str, graph: &Graph) -> bool {
    let initial = graph.initializer.iter().filter_map(|bytes| Tensor::decode(bytes.clone()).ok());
    let initial = initial.filter(|tensor| tensor.name == name);
    let nodes =
        graph.node.iter().filter(|node| node.op_type == "Constant" && node.output.iter().any(|out| out == name));
    let constants = nodes.filter_map(|node| node.attribute("value")?.t.clone());
    initial.chain(constants).any(|tensor| {
        let raw = tensor.raw_data.unwrap_or_default();
        raw.iter().any(|&byte| byte != 0) || tensor.int32_data.iter().any(|&int| int != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teacher::onnx::proto::Attribute;

    #[test]
    fn the_alternative_fits_the_producer() {
        let producers = [
            ("pytorch", Producer::Torch, "export_gradients"),
            ("skl2onnx", Producer::ScikitLearn, "scikit-learn"),
            ("OnnxMLTools", Producer::ScikitLearn, "scikit-learn"),
            ("tf2onnx", Producer::TensorFlow, "GradientTape"),
            ("keras", Producer::TensorFlow, "GradientTape"),
            ("", Producer::Other, "gradient_train"),
        ];
        for (name, producer, part) in producers {
            assert_eq!(Producer::of(name), producer, "{name}");
            assert!(producer.refuse("f", "x").to_string().contains(part), "{name}");
        }
    }

    #[test]
    fn training_mode_is_detected() {
        let constant = |name: &str, byte: u8| Tensor {
            name: name.into(),
            raw_data: Some(vec![byte].into()),
            data_type: 9,
            ..Tensor::default()
        };
        let dropout = |mode: &str| Node {
            op_type: "Dropout".into(),
            input: ["x", "ratio", mode].map(Into::into).to_vec(),
            output: vec!["y".into()],
            ..Node::default()
        };
        let norm = |mode: i64| Node {
            op_type: "BatchNormalization".into(),
            attribute: vec![Attribute::int("training_mode", mode)],
            ..Node::default()
        };
        let value = Attribute { name: "value".into(), t: Some(constant("", 1)), ..Attribute::default() };
        let node =
            Node { op_type: "Constant".into(), output: vec!["node".into()], attribute: vec![value], ..Node::default() };
        let initializer = vec![constant("on", 1).encode_to_vec().into(), constant("off", 0).encode_to_vec().into()];
        for (nodes, expected) in [
            (vec![dropout("off")], false),
            (vec![dropout("")], false),
            (vec![dropout("on")], true),
            (vec![node, dropout("node")], true),
            (vec![norm(0)], false),
            (vec![norm(1)], true),
        ] {
            let graph = Graph { node: nodes, initializer: initializer.clone(), ..Graph::default() };
            let model = Model { producer: "pytorch".into(), graph: Some(graph), ..Model::default() };
            let found = training_mode(&model);
            assert_eq!(found.is_some(), expected, "{found:?}");
            assert!(found.is_none_or(|why| why.contains("call eval() before the export")));
        }
    }
}
