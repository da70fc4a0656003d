//! Rewriting: fewer nodes, the same results.
//!
//! * [`patterns`]: several nodes that spell one function (`x sigmoid(x)`).
//! * [`scale`]: factors and offsets per channel (batch normalisation) go into the convolution before them.
//! * [`residual`]: an addition goes into the epilogue of a convolution.
//! * [`activation`]: so does the function after it.
//! * [`dead`]: what no output needs is dropped.

pub mod activation;
pub mod dead;
pub mod patterns;
pub mod residual;
pub mod scale;

use std::collections::HashSet;

use super::{Graph, Node, NodeId, Source, ValueId};

/// All passes in the order in which they help each other.
#[must_use]
pub fn optimise(mut graph: Graph) -> Graph {
    graph = dead::remove(graph);
    patterns::rewrite(&mut graph);
    scale::fold(&mut graph);
    residual::fuse(&mut graph);
    activation::fuse(&mut graph);
    dead::remove(graph)
}

/// The node that makes `value`, if nothing but `reader` reads the value.
fn sole_producer(graph: &Graph, consumers: &[Vec<NodeId>], value: ValueId, reader: usize) -> Option<usize> {
    let Source::Node(node) = graph.value(value).source else { return None };
    let alone = consumers[value.0] == [NodeId(reader)] && !graph.is_output(value);
    alone.then_some(node.0)
}

/// Drops the marked nodes and numbers the rest anew.
fn compact(graph: &mut Graph, dropped: &HashSet<usize>) {
    let mut kept: Vec<Node> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in std::mem::take(&mut graph.nodes).into_iter().enumerate() {
        if !dropped.contains(&index) {
            graph.values[node.output.0].source = Source::Node(NodeId(kept.len()));
            kept.push(node);
        }
    }
    graph.nodes = kept;
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::graph::{Activation, Constant, Conv, Element, Graph, Node, NodeId, Op, Output, Source, ValueId};

    /// A graph under test.
    #[derive(Default)]
    pub(crate) struct Sketch(pub(crate) Graph);

    impl Sketch {
        pub(crate) fn push(&mut self, name: &str, op: Op, inputs: &[ValueId], shape: &[usize]) -> ValueId {
            let source = Source::Node(NodeId(self.0.nodes.len()));
            let output = self.0.add_value(name, shape, Element::F32, source);
            self.0.nodes.push(Node { name: name.into(), op, inputs: inputs.to_vec(), output });
            output
        }

        /// A 1x1 convolution of 2 channels to 2 with weights 1, 2, 3, 4.
        pub(crate) fn conv(&mut self, name: &str, x: ValueId) -> ValueId {
            let weights = Constant::f32([2, 2, 1, 1], [1.0, 2.0, 3.0, 4.0]);
            let weights = self.0.add_constant(format!("{name}.w"), weights);
            let shape = self.0.shape(x).to_vec();
            let conv = Conv {
                kernel: [1, 1],
                strides: [1, 1],
                pads: [0; 4],
                dilations: [1, 1],
                groups: 1,
                bias: false,
                residual: false,
                activation: Activation::None,
            };
            self.push(name, Op::Conv(conv), &[x, weights], &shape)
        }

        pub(crate) fn output(&mut self, value: ValueId) {
            let name = self.0.value(value).name.clone();
            self.0.outputs.push(Output { name, value });
        }
    }
}
