//! An addition goes into the epilogue of the convolution before it.
//!
//! The convolution moves to the place of the addition, where the other operand is there too. It must not come to depend
//! on more inputs than it did: what depends on the picture alone would otherwise run again at every click.

use std::collections::HashSet;

use super::{compact, sole_producer};
use crate::graph::{Activation, Binary, Conv, Graph, Op, ValueId};
use crate::plan::dependence;

/// Rewrites `conv(x) + y`, both of one shape.
pub fn fuse(graph: &mut Graph) {
    let depends = dependence::of_values(graph);
    let mut dropped = HashSet::new();
    for index in 0..graph.nodes.len() {
        let consumers = graph.consumers();
        let node = &graph.nodes[index];
        let Op::Binary(Binary::Add) = node.op else { continue };
        let (a, b) = (node.inputs[0], node.inputs[1]);
        // The later one first: the earlier one's memory is then simply read.
        for (value, other) in [(b, a), (a, b)] {
            let may_move = value != other
                && graph.shape(value) == graph.shape(other)
                && graph.constant(other).is_none()
                && !depends[value.0].lacks_some_of(depends[other.0]);
            let Some(producer) = sole_producer(graph, &consumers, value, index).filter(|_| may_move) else { continue };
            if let Some((op, inputs)) = with_residual(graph, producer, other) {
                let node = &mut graph.nodes[index];
                (node.op, node.inputs) = (op, inputs);
                graph.nodes[producer].inputs.clear();
                dropped.insert(producer);
                break;
            }
        }
    }
    compact(graph, &dropped);
}

fn with_residual(graph: &Graph, producer: usize, other: ValueId) -> Option<(Op, Vec<ValueId>)> {
    let node = &graph.nodes[producer];
    let Op::Conv(conv @ Conv { residual: false, activation: Activation::None, .. }) = &node.op else { return None };
    let mut inputs = node.inputs.clone();
    inputs.push(other);
    Some((Op::Conv(Conv { residual: true, ..conv.clone() }), inputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::passes::tests::Sketch;

    const SHAPE: [usize; 4] = [1, 2, 1, 1];

    #[test]
    fn the_convolution_moves_to_the_addition() {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", SHAPE);
        let conv = sketch.conv("conv", x);
        let other = sketch.conv("other", x);
        let y = sketch.push("y", Op::Binary(Binary::Add), &[conv, other], &SHAPE);
        sketch.output(y);
        fuse(&mut sketch.0);
        assert_eq!(
            sketch.0.to_string(),
            "x = input [1, 2, 1, 1]\nconv = Conv1x1(x, conv.w) [1, 2, 1, 1]\n\
             y = Conv1x1+residual(x, other.w, conv) [1, 2, 1, 1]\noutput y = y\n"
        );
    }

    #[test]
    fn the_image_part_does_not_come_to_depend_on_clicks() {
        let mut sketch = Sketch::default();
        let image = sketch.0.add_input("image", SHAPE);
        let clicks = sketch.0.add_input("clicks", SHAPE);
        let trunk = sketch.conv("trunk", image);
        let y = sketch.push("y", Op::Binary(Binary::Add), &[trunk, clicks], &SHAPE);
        sketch.output(y);
        fuse(&mut sketch.0);
        assert_eq!(sketch.0.nodes.len(), 2, "{}", sketch.0);
    }
}
