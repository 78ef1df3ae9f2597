//! Replaces operators of the domain `ai.onnx.ml`, in which `skl2onnx` writes the estimators of scikit-learn, by standard
//! operators.

use super::proto::{Attribute, FLOAT, INT64, Node, Tensor};
use prost::Message;
use prost::bytes::Bytes;

/// The domain of the operators.
pub const DOMAIN: &str = "ai.onnx.ml";

/// The last axis, as operators with a list of axes take it.
const LAST: [i64; 1] = [-1];

/// The operators that replace others, and the constants that they use.
#[derive(Debug, Default)]
pub struct Replacement {
    pub nodes: Vec<Node>,
    /// Each is a [`Tensor`].
    pub constants: Vec<Bytes>,
    /// The first part of the names of new values. It has the name of an output, which is unique.
    prefix: String,
}

/// Replaces a node. The error is why that is not possible.
pub fn replace(node: &Node) -> Result<Replacement, String> {
    let (Some(input), Some(output)) = (node.input.first(), node.output.first()) else {
        return Err(format!("{} has no input or no output", node.title()));
    };
    let mut new = Replacement { prefix: format!("{output}/awd"), ..Replacement::default() };
    match node.op_type.as_str() {
        "Scaler" => new.scale(node, input, output),
        "Normalizer" => new.normalise(node, input, output)?,
        "LinearRegressor" => new.regress(node, input, output)?,
        "LinearClassifier" => new.classify(node, input)?,
        "ArrayFeatureExtractor" => new.select(node, input, output)?,
        "TreeEnsemble" | "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => {
            let bound = "a differentiable network; its {} is made of trees, which are step functions without gradients: \
                         train a network on its outputs and distil that";
            return Err(bound.replace("{}", &node.title()));
        }
        _ => {
            let title = node.title();
            return Err(format!("operators that can be run; the {title} of scikit-learn cannot"));
        }
    }
    Ok(new)
}

impl Replacement {
    /// (x − offset) · scale.
    fn scale(&mut self, node: &Node, input: &str, output: &str) {
        let vector = |name| node.attribute(name).map_or(&[][..], |attribute| &attribute.floats);
        let [offset, scale] = [("offset", 0.0), ("scale", 1.0)].map(|(name, absent)| match vector(name) {
            [] => self.vector(name, &[absent]),
            values => self.vector(name, values),
        });
        let centred = self.node("Sub", &[input, &offset], &[]);
        self.output("Mul", &[&centred, &scale], &[], output);
    }

    /// x divided by the norm of its row. Rows of zeros stay zeros.
    fn normalise(&mut self, node: &Node, input: &str, output: &str) -> Result<(), String> {
        let norm = word(node, "norm").unwrap_or("MAX");
        let reduction = match norm {
            "L1" => "ReduceL1",
            "L2" => "ReduceL2",
            "MAX" => "ReduceMax",
            _ => return Err(format!("a norm of MAX, L1 or L2 in {}; it is {norm}", node.title())),
        };
        let norm = self.node(reduction, &[input], &[Attribute::ints("axes", &LAST), Attribute::int("keepdims", 1)]);
        let [zero, one] = [("zero", 0.0), ("one", 1.0)].map(|(name, value)| self.vector(name, &[value]));
        let absent = self.node("Equal", &[&norm, &zero], &[]);
        let divisor = self.node("Where", &[&absent, &one, &norm], &[]);
        self.output("Div", &[input, &divisor], &[], output);
        Ok(())
    }

    fn regress(&mut self, node: &Node, input: &str, output: &str) -> Result<(), String> {
        match word(node, "post_transform") {
            None | Some("NONE") => (),
            Some(other) => return Err(format!("no post_transform in {}; it is {other}", node.title())),
        }
        let rows = node.attribute("targets").and_then(|targets| targets.i).unwrap_or(1);
        let values = self.linear(node, input, usize::try_from(rows).unwrap_or(0))?;
        self.output("Identity", &[&values], &[], output);
        Ok(())
    }

    fn classify(&mut self, node: &Node, input: &str) -> Result<(), String> {
        let [_, output] = &node.output[..] else { return Err(format!("scores of {}", node.title())) };
        let labels =
            |name| node.attribute(name).map_or(0, |labels: &Attribute| labels.ints.len() + labels.strings.len());
        let labels = labels("classlabels_ints").max(labels("classlabels_strings"));
        let intercepts = node.attribute("intercepts").map(|intercepts| intercepts.floats.len());
        let rows = intercepts.filter(|&rows| rows > 0).unwrap_or(labels);
        if rows != labels {
            return Err(format!("scores of every class in {}; it has {rows} for {labels} classes", node.title()));
        }
        let scores = self.linear(node, input, rows)?;
        let (operator, attributes) = match word(node, "post_transform") {
            None | Some("NONE") => ("Identity", vec![]),
            Some("LOGISTIC") => ("Sigmoid", vec![]),
            Some("SOFTMAX") => ("Softmax", vec![Attribute::int("axis", -1)]),
            Some(other) => return Err(format!("a known post_transform in {}; it is {other}", node.title())),
        };
        self.output(operator, &[&scores], &attributes, output);
        Ok(())
    }

    /// Columns of x, whose numbers are the second input.
    fn select(&mut self, node: &Node, input: &str, output: &str) -> Result<(), String> {
        let [_, columns] = &node.input[..] else { return Err(format!("two inputs of {}", node.title())) };
        let shape = self.constant("shape", &[1], |tensor| {
            tensor.data_type = INT64;
            tensor.raw_data = Some(LAST.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>().into());
        });
        let columns = self.node("Reshape", &[columns, &shape], &[]);
        self.output("Gather", &[input, &columns], &[Attribute::int("axis", -1)], output);
        Ok(())
    }

    /// x · coefficientsᵀ + intercepts, with this number of rows of coefficients.
    fn linear(&mut self, node: &Node, input: &str, rows: usize) -> Result<String, String> {
        let vector = |name| node.attribute(name).map_or(&[][..], |attribute| &attribute.floats);
        let (coefficients, intercepts) = (vector("coefficients"), vector("intercepts"));
        let columns = coefficients.len().checked_div(rows).unwrap_or(0);
        if columns == 0 || columns * rows != coefficients.len() || ![0, rows].contains(&intercepts.len()) {
            let sizes = [coefficients.len(), intercepts.len()];
            return Err(format!(
                "coefficients and intercepts for {rows} outputs in {}; it has {sizes:?}",
                node.title()
            ));
        }
        let transposed = (0..columns).flat_map(|c| (0..rows).map(move |r| coefficients[r * columns + c]));
        let weights = self.floats("coefficients", &[columns, rows], &transposed.collect::<Vec<f32>>());
        let product = self.node("MatMul", &[input, &weights], &[]);
        if intercepts.is_empty() {
            return Ok(product);
        }
        let intercepts = self.vector("intercepts", intercepts);
        Ok(self.node("Add", &[&product, &intercepts], &[]))
    }

    /// Adds an operator and returns the name of its output.
    fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute]) -> String {
        let output = format!("{}/{}", self.prefix, self.nodes.len());
        self.output(operator, inputs, attributes, &output);
        output
    }

    /// Adds an operator whose output has this name.
    fn output(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute], output: &str) {
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.into()],
            name: format!("{}/{operator}", self.prefix),
            op_type: operator.into(),
            attribute: attributes.to_vec(),
            domain: String::new(),
        });
    }

    fn vector(&mut self, name: &str, values: &[f32]) -> String {
        self.floats(name, &[values.len()], values)
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let shape: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
        self.constant(name, &shape, |tensor| {
            tensor.data_type = FLOAT;
            tensor.raw_data = Some(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into());
        })
    }

    /// Adds a constant and returns its name.
    fn constant(&mut self, name: &str, shape: &[i64], fill: impl FnOnce(&mut Tensor)) -> String {
        let name = format!("{}/{name}", self.prefix);
        let mut tensor = Tensor { dims: shape.to_vec(), name: name.clone(), ..Tensor::default() };
        fill(&mut tensor);
        self.constants.push(tensor.encode_to_vec().into());
        name
    }
}

/// An attribute that is a word.
fn word<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    std::str::from_utf8(node.attribute(name)?.s.as_ref()?).ok()
}
