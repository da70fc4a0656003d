//! What no output needs is dropped: nodes, constants, values.

use crate::graph::{Graph, NodeId, Output, Source, ValueId};

/// The graph without dead nodes and without values that nothing reads. Inputs stay.
#[must_use]
pub fn remove(graph: Graph) -> Graph {
    let mut needed = vec![false; graph.values.len()];
    for output in &graph.outputs {
        needed[output.value.0] = true;
    }
    let mut live = vec![false; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if needed[node.output.0] {
            live[index] = true;
            for input in &node.inputs {
                needed[input.0] = true;
            }
        }
    }
    for input in &graph.inputs {
        needed[input.0] = true;
    }
    let mut renamed = vec![ValueId(usize::MAX); graph.values.len()];
    let mut result = Graph::default();
    for (index, value) in graph.values.into_iter().enumerate() {
        if needed[index] {
            renamed[index] = ValueId(result.values.len());
            result.values.push(value);
        }
    }
    for (mut node, live) in graph.nodes.into_iter().zip(live) {
        if live {
            for input in &mut node.inputs {
                *input = renamed[input.0];
            }
            node.output = renamed[node.output.0];
            result.values[node.output.0].source = Source::Node(NodeId(result.nodes.len()));
            result.nodes.push(node);
        }
    }
    result.inputs = graph.inputs.into_iter().map(|id| renamed[id.0]).collect();
    let outputs = graph.outputs.into_iter();
    result.outputs = outputs.map(|output| Output { value: renamed[output.value.0], ..output }).collect();
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::passes::tests::Sketch;
    use crate::graph::{Op, Unary};

    #[test]
    fn a_branch_to_nowhere_goes_with_its_weights() {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", [1, 2, 1, 1]);
        let unused = sketch.0.add_input("unused", [1]);
        let _nowhere = sketch.conv("nowhere", x);
        let y = sketch.push("y", Op::Unary(Unary::Exp), &[x], &[1, 2, 1, 1]);
        sketch.output(y);
        assert_eq!(sketch.0.nodes.len(), 2);
        let graph = remove(sketch.0);
        assert_eq!(
            graph.to_string(),
            "x = input [1, 2, 1, 1]\nunused = input [1]\ny = Exp(x) [1, 2, 1, 1]\noutput y = y\n"
        );
        assert_eq!((graph.inputs.len(), graph.value(unused).name.as_str()), (2, "unused"));
        assert_eq!(graph.constant_bytes(), 0);
    }
}
