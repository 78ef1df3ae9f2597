//! Makes of an ONNX file what `rten` can load: without labels and maps, and without operators of scikit-learn.

use super::advice::{Producer, training_mode};
use super::proto::{DOUBLE, EXTERNAL, Entry, FLOAT, FLOAT16, Graph, Model, TensorName, Type, ValueInfo};
use super::sklearn::{self, DOMAIN};
use crate::file::{self, Kind, folder_of};
use crate::{Error, Next, Result};
use prost::Message;
use prost::bytes::Bytes;
use std::collections::{BTreeSet, HashSet};
use std::path::{Component, Path};

/// A network that `rten` can load.
pub struct Prepared {
    /// The network.
    pub bytes: Vec<u8>,
    /// Its outputs of floats.
    pub outputs: Vec<Output>,
    pub producer: Producer,
    /// The names and contents of files with its weights.
    pub external: Vec<(String, Vec<u8>)>,
}

/// An output of floats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The name of the value. It differs if the output is a map of probabilities.
    pub value: String,
}

/// Reads a network.
///
/// # Errors
/// The file is missing, damaged or in training mode; it has no output of floats; an operator of scikit-learn cannot be
/// replaced; or a file of weights is missing.
pub fn prepare(path: &Path) -> Result<Prepared> {
    let place = path.display();
    let bytes = Bytes::from(file::read(path, Kind::Network)?);
    let damaged = |why: &dyn std::fmt::Display| {
        Error::input(
            &place,
            "network",
            format_args!("an ONNX file; this one is damaged ({why}): copy or export it again"),
        )
    };
    let model = Model::decode(bytes.clone()).map_err(|why| damaged(&why))?;
    if let Some(bound) = training_mode(&model) {
        return Err(Error::input(&place, "network", bound));
    }
    let producer = Producer::of(&model.producer);
    let graph = model.graph.as_ref().ok_or_else(|| damaged(&"it has no graph"))?;
    let outputs = outputs_of_floats(graph);
    if outputs.is_empty() {
        return Err(Error::input(&place, "outputs", "one output of floats; it has none"));
    }
    let external = external(path, graph)?;
    let foreign = graph.node.iter().any(|node| node.domain == DOMAIN);
    if !foreign && outputs.len() == graph.output.len() {
        drop(model);
        return Ok(Prepared { bytes: bytes.into(), outputs, producer, external });
    }
    let model = replaced(model, &outputs).map_err(|(why, trees)| {
        let refused = Error::input(&place, "network", &why);
        if trees { refused.then(Next::WithoutTeacher) } else { producer.refuse(&place.to_string(), why) }
    })?;
    Ok(Prepared { bytes: model.encode_to_vec(), outputs, producer, external })
}

/// The outputs of floats, in the order of the file. A map of probabilities counts as the tensor that it is made of.
fn outputs_of_floats(graph: &Graph) -> Vec<Output> {
    let value = |output: &ValueInfo| {
        let maps = |node: &&super::proto::Node| node.op_type == "ZipMap" && node.output.contains(&output.name);
        if let Some(node) = graph.node.iter().find(maps) {
            return node.input.first().cloned();
        }
        let floats = match &output.kind {
            Some(Type { tensor: Some(tensor) }) => [FLOAT, FLOAT16, DOUBLE].contains(&tensor.element),
            Some(Type { tensor: None }) => false,
            None => true,
        };
        floats.then(|| output.name.clone())
    };
    (graph.output.iter())
        .filter_map(|output| Some(Output { name: output.name.clone(), value: value(output)? }))
        .collect()
}

/// The network with these outputs only, without operators of scikit-learn. The error is why that is not possible, and
/// whether the reason is trees.
fn replaced(mut model: Model, outputs: &[Output]) -> std::result::Result<Model, (String, bool)> {
    let mut graph = model.graph.take().unwrap_or_default();
    cut(&mut graph, outputs.iter().map(|output| output.value.clone()));
    let mut nodes = Vec::new();
    for node in graph.node {
        if node.domain == DOMAIN {
            let replacement = sklearn::replace(&node).map_err(|why| (why, node.op_type.starts_with("TreeEnsemble")))?;
            nodes.extend(replacement.nodes);
            graph.initializer.extend(replacement.constants);
        } else {
            nodes.push(node);
        }
    }
    graph.node = nodes;
    graph.output = (outputs.iter()).map(|output| ValueInfo { name: output.value.clone(), kind: None }).collect();
    // They are optional, and are not of the new values.
    graph.value_info.clear();
    model.graph = Some(graph);
    Ok(model)
}

/// Removes the nodes and constants on which none of these values depends.
fn cut(graph: &mut Graph, values: impl Iterator<Item = String>) {
    let mut needed: HashSet<String> = values.collect();
    // Nodes come after those that they depend on.
    let mut keep = vec![false; graph.node.len()];
    for (node, keep) in graph.node.iter().zip(&mut keep).rev() {
        *keep = node.output.iter().any(|output| needed.contains(output));
        if *keep {
            needed.extend(node.input.iter().cloned());
            node.graphs().for_each(|inner| add_names(inner, &mut needed));
        }
    }
    let mut keep = keep.into_iter();
    graph.node.retain(|_| keep.next().unwrap_or(true));
    graph.initializer.retain(|bytes| name_of(bytes).is_none_or(|tensor| needed.contains(&tensor.name)));
}

/// Adds the values that a graph in a node uses, some of which may be those of the graph around it.
fn add_names(graph: &Graph, names: &mut HashSet<String>) {
    names.extend(graph.output.iter().map(|output| output.name.clone()));
    for node in &graph.node {
        names.extend(node.input.iter().cloned());
        node.graphs().for_each(|inner| add_names(inner, names));
    }
}

fn name_of(tensor: &Bytes) -> Option<TensorName> {
    TensorName::decode(tensor.clone()).ok()
}

/// Reads the files in which the weights of a graph are, if they are not in the network's file.
fn external(path: &Path, graph: &Graph) -> Result<Vec<(String, Vec<u8>)>> {
    let mut names = BTreeSet::new();
    external_names(graph, &mut names);
    let read = |name: String| {
        let place = path.display();
        // Paths could lead anywhere.
        let mut parts = Path::new(&name).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            let bound = format_args!("in files of the network's folder; some are in {name:?}: export it again");
            return Err(Error::input(&place, "weights", bound));
        }
        let there = folder_of(path).join(&name);
        if !there.exists() {
            let bound = format_args!(
                "weights in the file {name}, which is missing: copy the file {name} beside the network, or export it with external_data=False"
            );
            return Err(Error::input(&place, "external data", bound));
        }
        let content = file::read(&there, Kind::ExternalWeights)?;
        Ok((name, content))
    };
    names.into_iter().map(read).collect()
}

/// Adds the names of the files of weights.
fn external_names(graph: &Graph, names: &mut BTreeSet<String>) {
    let location =
        |entries: Vec<Entry>| entries.into_iter().find(|entry| entry.key == "location").map(|entry| entry.value);
    let initial = graph.initializer.iter().filter_map(name_of).map(|tensor| (tensor.location, tensor.external_data));
    let constants = graph.node.iter().flat_map(|node| &node.attribute).filter_map(|attribute| attribute.t.clone());
    let tensors = initial.chain(constants.map(|tensor| (tensor.location, tensor.external_data)));
    let external = tensors.filter(|(place, _)| *place == Some(EXTERNAL));
    names.extend(external.filter_map(|(_, entries)| location(entries)));
    for inner in graph.node.iter().flat_map(|node| node.graphs()) {
        external_names(inner, names);
    }
}
