//! Factors and offsets per channel go into the convolution before them; so does batch normalisation, which was lowered
//! to one of each.

use std::collections::HashSet;

use super::{compact, sole_producer};
use crate::graph::{Activation, Binary, Constant, Conv, Graph, Op, ValueId};

/// Rewrites `conv(x) * factor` and `conv(x) + offset` where both are constants per channel.
pub fn fold(graph: &mut Graph) {
    let mut dropped = HashSet::new();
    for index in 0..graph.nodes.len() {
        let consumers = graph.consumers();
        let node = &graph.nodes[index];
        let Op::Binary(function @ (Binary::Mul | Binary::Add)) = node.op else { continue };
        let (a, b) = (node.inputs[0], node.inputs[1]);
        for (value, constant) in [(a, b), (b, a)] {
            let Some(producer) = sole_producer(graph, &consumers, value, index) else { continue };
            let Some(per_channel) = per_channel(graph, value, constant) else { continue };
            if rewrite(graph, producer, function, &per_channel) {
                let output = graph.nodes[index].output;
                graph.nodes[producer].output = output;
                graph.nodes[index].inputs.clear();
                dropped.insert(index);
                graph.values[output.0].source = crate::graph::Source::Node(crate::graph::NodeId(producer));
                break;
            }
        }
    }
    compact(graph, &dropped);
}

/// One number per channel of `value`, if the constant says nothing else.
fn per_channel(graph: &Graph, value: ValueId, constant: ValueId) -> Option<Vec<f32>> {
    let shape = graph.shape(value);
    let constant = graph.constant(constant)?;
    let data = constant.as_f32()?;
    let channels = *shape.get(1)?;
    if data.len() == 1 && constant.shape.len() <= shape.len() {
        return Some(vec![data[0]; channels]);
    }
    let missing = shape.len().checked_sub(constant.shape.len())?;
    let only_channels = constant.shape.iter().enumerate().all(|(axis, &extent)| extent == 1 || axis + missing == 1);
    (only_channels && data.len() == channels).then(|| data.to_vec())
}

fn rewrite(graph: &mut Graph, producer: usize, function: Binary, numbers: &[f32]) -> bool {
    let node = &graph.nodes[producer];
    let Op::Conv(conv @ Conv { residual: false, activation: Activation::None, .. }) = &node.op else { return false };
    let (conv, inputs, name) = (conv.clone(), node.inputs.clone(), node.name.clone());
    let old_bias = if conv.bias {
        let Some(bias) = graph.constant(inputs[2]).and_then(Constant::as_f32) else { return false };
        bias.to_vec()
    } else {
        vec![0.0; numbers.len()]
    };
    let mut weights_id = inputs[1];
    let bias: Vec<f32> = if function == Binary::Mul {
        let Some(weights) = graph.constant(weights_id) else { return false };
        let Some(data) = weights.as_f32() else { return false };
        let per_output = (data.len() / numbers.len()).max(1);
        let scaled: Vec<f32> =
            data.chunks(per_output).zip(numbers).flat_map(|(w, factor)| w.iter().map(move |w| w * factor)).collect();
        let scaled = Constant::f32(weights.shape.clone(), scaled);
        weights_id = graph.add_constant(format!("{name}.weights"), scaled);
        old_bias.iter().zip(numbers).map(|(bias, factor)| bias * factor).collect()
    } else {
        old_bias.iter().zip(numbers).map(|(bias, offset)| bias + offset).collect()
    };
    let has_bias = conv.bias || function == Binary::Add;
    let mut inputs = vec![inputs[0], weights_id];
    if has_bias {
        inputs.push(graph.add_constant(format!("{name}.bias"), Constant::f32([numbers.len()], bias)));
    }
    let node = &mut graph.nodes[producer];
    node.op = Op::Conv(Conv { bias: has_bias, ..conv });
    node.inputs = inputs;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::passes::dead;
    use crate::graph::passes::tests::Sketch;

    const SHAPE: [usize; 4] = [1, 2, 1, 1];

    fn normalised() -> Sketch {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", SHAPE);
        let conv = sketch.conv("conv", x);
        let factor = sketch.0.add_constant("f", Constant::f32([2, 1, 1], [10.0, 100.0]));
        let offset = sketch.0.add_constant("o", Constant::f32([1, 2, 1, 1], [0.5, 0.25]));
        let scaled = sketch.push("scaled", Op::Binary(Binary::Mul), &[conv, factor], &SHAPE);
        let y = sketch.push("y", Op::Binary(Binary::Add), &[offset, scaled], &SHAPE);
        sketch.output(y);
        sketch
    }

    #[test]
    fn batch_normalisation_vanishes_in_the_weights() {
        let mut graph = normalised().0;
        assert_eq!(
            graph.to_string(),
            "x = input [1, 2, 1, 1]\nconv = Conv1x1(x, conv.w) [1, 2, 1, 1]\nscaled = Mul(conv, f) [1, 2, 1, 1]\n\
             y = Add(o, scaled) [1, 2, 1, 1]\noutput y = y\n"
        );
        fold(&mut graph);
        let graph = dead::remove(graph);
        assert_eq!(
            graph.to_string(),
            "x = input [1, 2, 1, 1]\ny = Conv1x1+bias(x, conv.weights, conv.bias) [1, 2, 1, 1]\noutput y = y\n"
        );
        let constant = |at: usize| graph.constant(graph.nodes[0].inputs[at]).and_then(Constant::as_f32).unwrap();
        assert_eq!(constant(1), [10.0, 20.0, 300.0, 400.0]);
        assert_eq!(constant(2), [0.5, 0.25]);
    }

    #[test]
    fn a_value_that_others_read_is_left_alone() {
        let mut sketch = normalised();
        let conv = sketch.0.nodes[0].output;
        sketch.output(conv);
        fold(&mut sketch.0);
        assert_eq!(sketch.0.nodes.len(), 3);
    }
}
