//! Several pictures at once, one after the other: the kernels know one.

use crate::graph::{Constant, Element, Graph, Node, NodeId, Op, Slice, Source, ValueId};

/// The graph with every operator on pictures that has a batch of several split into one per picture and a concatenation;
/// `None` if there is none.
pub(super) fn split(graph: &Graph) -> Option<Graph> {
    if !graph.nodes.iter().any(|node| is_batch(graph, node)) {
        return None;
    }
    let mut to = Graph { nodes: Vec::with_capacity(graph.nodes.len()), ..graph.clone() };
    for node in &graph.nodes {
        if is_batch(graph, node) {
            one_by_one(&mut to, node);
        } else {
            push(&mut to, node.clone());
        }
    }
    Some(to)
}

/// Whether a node's kernels want one picture and it has several.
fn is_batch(graph: &Graph, node: &Node) -> bool {
    let on_pictures = match &node.op {
        Op::Conv(_) | Op::ConvTranspose(_) | Op::Pool(_) | Op::GridSample { .. } | Op::DepthToSpace { .. } => true,
        Op::Resize(op) => op.scales.first() == Some(&1.0),
        _ => false,
    };
    matches!(graph.shape(node.output), &[batch, _, _, _] if on_pictures && batch > 1)
}

fn push(graph: &mut Graph, node: Node) {
    graph.values[node.output.0].source = Source::Node(NodeId(graph.nodes.len()));
    graph.nodes.push(node);
}

fn one_by_one(graph: &mut Graph, node: &Node) {
    let out_shape = graph.shape(node.output).to_vec();
    let one = |shape: &[usize]| [&[1], &shape[1..]].concat();
    let mut parts = Vec::with_capacity(out_shape[0]);
    for index in 0..out_shape[0] {
        let mut inputs = node.inputs.clone();
        for (at, input) in inputs.iter_mut().enumerate() {
            if is_per_picture(&node.op, at, node.inputs.len()) {
                *input = picture_of(graph, *input, index, &node.name);
            }
        }
        let source = Source::Node(NodeId(graph.nodes.len()));
        let output = graph.add_value(node.name.clone(), one(&out_shape), Element::F32, source);
        push(graph, Node { name: node.name.clone(), op: node.op.clone(), inputs, output });
        parts.push(output);
    }
    let name = node.name.clone();
    push(graph, Node { name, op: Op::Concat { axis: 0 }, inputs: parts, output: node.output });
}

/// Whether an operand has a batch of its own (weights and biases have none).
fn is_per_picture(op: &Op, at: usize, operands: usize) -> bool {
    match op {
        Op::Conv(conv) => at == 0 || (conv.residual && at + 1 == operands),
        Op::GridSample { .. } => true,
        _ => at == 0,
    }
}

/// One picture of a batch.
fn picture_of(graph: &mut Graph, value: ValueId, index: usize, node: &str) -> ValueId {
    let shape = [&[1], &graph.shape(value)[1..]].concat();
    if let Some(constant) = graph.constant(value) {
        let len: usize = shape.iter().product();
        let data = constant.to_f32()[index * len..(index + 1) * len].to_vec();
        return graph.add_constant(node, Constant::f32(shape, data));
    }
    let mut starts = vec![0; shape.len()];
    starts[0] = index;
    let steps = vec![1; shape.len()];
    let output = graph.add_value(node, shape, Element::F32, Source::Node(NodeId(graph.nodes.len())));
    push(graph, Node { name: node.to_owned(), op: Op::Slice(Slice { starts, steps }), inputs: vec![value], output });
    output
}
