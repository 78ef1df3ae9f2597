//! Finds the operator at which a network fails.

use super::proto::{Graph, Model, ValueInfo};
use prost::Message;

/// Returns the first operator with which the network fails, if the network up to each operator can be tried. `fails`
/// tries a network with one output.
pub fn first_failing(bytes: &[u8], fails: impl Fn(Vec<u8>, &str) -> bool) -> Option<String> {
    let model = Model::decode(bytes).ok()?;
    let graph = model.graph.as_ref()?;
    // Whether the network fails that ends after these first nodes.
    let fails_after = |count: usize| {
        let node = &graph.node[count - 1];
        let Some(output) = node.output.iter().find(|output| !output.is_empty()) else { return false };
        let output = ValueInfo { name: output.clone(), kind: None };
        let name = output.name.clone();
        let node = graph.node[..count].to_vec();
        let part = Graph { node, output: vec![output], value_info: Vec::new(), ..graph.clone() };
        fails(Model { graph: Some(part), ..model.clone() }.encode_to_vec(), &name)
    };
    // The network after `passes` nodes does not fail, that after `fails` nodes does.
    let (mut passing, mut failing) = (0, graph.node.len());
    if failing == 0 || !fails_after(failing) {
        return None;
    }
    while failing - passing > 1 {
        let middle = passing.midpoint(failing);
        if fails_after(middle) { failing = middle } else { passing = middle }
    }
    Some(graph.node[failing - 1].title())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teacher::onnx::proto::Node;

    #[test]
    fn the_first_failing_node_is_found() {
        let node = |i: usize| Node {
            output: vec![format!("v{i}")],
            op_type: format!("Op{i}"),
            name: if i < 5 { format!("n{i}") } else { String::new() },
            ..Node::default()
        };
        let graph = Graph { node: (0..9).map(node).collect(), ..Graph::default() };
        let bytes = Model { graph: Some(graph), ..Model::default() }.encode_to_vec();
        for bad in 0..9 {
            let fails = |bytes: Vec<u8>, output: &str| {
                let graph = Model::decode(&bytes[..]).unwrap().graph.unwrap();
                assert_eq!(graph.output[0].name, output);
                graph.node.iter().any(|node| node.op_type == format!("Op{bad}"))
            };
            let name = if bad < 5 { format!("Op{bad} (node n{bad})") } else { format!("Op{bad}") };
            assert_eq!(first_failing(&bytes, fails), Some(name));
        }
        assert_eq!(first_failing(&bytes, |_, _| false), None);
        assert_eq!(first_failing(b"\xff", |_, _| true), None);
    }
}
