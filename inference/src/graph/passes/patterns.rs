//! Several nodes that spell one function.

use crate::graph::{Activation, Binary, Graph, Op, Source, Unary, ValueId};

/// `x sigmoid(x)` becomes SiLU, `x hard_sigmoid(x)` with slope 1/6 becomes hard swish.
pub fn rewrite(graph: &mut Graph) {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        let Op::Binary(Binary::Mul) = node.op else { continue };
        let (a, b) = (node.inputs[0], node.inputs[1]);
        let found = gate(graph, a, b).map(|gate| (a, gate)).or_else(|| gate(graph, b, a).map(|gate| (b, gate)));
        if let Some((x, function)) = found {
            let node = &mut graph.nodes[index];
            node.op = Op::Unary(Unary::Activation(function));
            node.inputs = vec![x];
        }
    }
}

/// What `x gate` is called, if `gate` is a known function of `x`.
fn gate(graph: &Graph, x: ValueId, gate: ValueId) -> Option<Activation> {
    let Source::Node(node) = graph.value(gate).source else { return None };
    let node = graph.node(node);
    if node.inputs != [x] {
        return None;
    }
    match node.op {
        Op::Unary(Unary::Activation(Activation::Sigmoid)) => Some(Activation::Silu),
        Op::Unary(Unary::Activation(Activation::HardSigmoid { alpha, beta }))
            if (alpha - 1.0 / 6.0).abs() < 1e-6 && beta == 0.5 =>
        {
            Some(Activation::HardSwish)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::passes::dead;
    use crate::graph::passes::tests::Sketch;

    #[test]
    fn x_times_sigmoid_of_x() {
        let mut sketch = Sketch::default();
        let x = sketch.0.add_input("x", [3]);
        let gate = sketch.push("g", Op::Unary(Unary::Activation(Activation::Sigmoid)), &[x], &[3]);
        let y = sketch.push("y", Op::Binary(Binary::Mul), &[gate, x], &[3]);
        sketch.output(y);
        assert_eq!(sketch.0.to_string(), "x = input [3]\ng = Sigmoid(x) [3]\ny = Mul(g, x) [3]\noutput y = y\n");
        rewrite(&mut sketch.0);
        let graph = dead::remove(sketch.0);
        assert_eq!(graph.to_string(), "x = input [3]\ny = Silu(x) [3]\noutput y = y\n");
    }
}
