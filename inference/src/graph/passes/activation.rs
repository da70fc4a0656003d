//! The function after a convolution or matrix product goes into its epilogue.

use std::collections::HashSet;

use super::{compact, sole_producer};
use crate::graph::{Activation, Graph, NodeId, Op, Source, Unary};

/// Rewrites `activation(conv(x))`, likewise for transposed convolutions and matrix products.
pub fn fuse(graph: &mut Graph) {
    let mut dropped = HashSet::new();
    for index in 0..graph.nodes.len() {
        let Op::Unary(Unary::Activation(function)) = graph.nodes[index].op else { continue };
        let consumers = graph.consumers();
        let Some(producer) = sole_producer(graph, &consumers, graph.nodes[index].inputs[0], index) else { continue };
        let slot = match &mut graph.nodes[producer].op {
            Op::Conv(conv) => &mut conv.activation,
            Op::ConvTranspose(conv) => &mut conv.activation,
            Op::MatMul(product) => &mut product.activation,
            _ => continue,
        };
        if *slot != Activation::None {
            continue;
        }
        *slot = function;
        let output = graph.nodes[index].output;
        graph.nodes[producer].output = output;
        graph.values[output.0].source = Source::Node(NodeId(producer));
        graph.nodes[index].inputs.clear();
        dropped.insert(index);
    }
    compact(graph, &dropped);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::passes::tests::Sketch;

    const SHAPE: [usize; 4] = [1, 2, 1, 1];

    #[test]
    fn relu6_and_relu_go_into_the_epilogue_once() {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", SHAPE);
        let conv = sketch.conv("conv", x);
        let clip = Op::Unary(Unary::Activation(Activation::Clip { min: 0.0, max: 6.0 }));
        let clipped = sketch.push("clipped", clip, &[conv], &SHAPE);
        let y = sketch.push("y", Op::Unary(Unary::Activation(Activation::Sigmoid)), &[clipped], &SHAPE);
        sketch.output(y);
        fuse(&mut sketch.0);
        assert_eq!(
            sketch.0.to_string(),
            "x = input [1, 2, 1, 1]\nclipped = Conv1x1+Clip { min: 0.0, max: 6.0 }(x, conv.w) [1, 2, 1, 1]\n\
             y = Sigmoid(clipped) [1, 2, 1, 1]\noutput y = y\n"
        );
    }

    #[test]
    fn what_is_read_before_the_function_stays() {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", SHAPE);
        let conv = sketch.conv("conv", x);
        let y = sketch.push("y", Op::Unary(Unary::Activation(Activation::Relu)), &[conv], &SHAPE);
        sketch.output(conv);
        sketch.output(y);
        fuse(&mut sketch.0);
        assert_eq!(sketch.0.nodes.len(), 2);
    }
}
