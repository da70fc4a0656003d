//! Kernels against their twins in plain Rust, and the executor's own behaviour, on the software adapter.

mod behaviour;
mod conv;
mod other;

use crate::graph::{Constant, Element, Graph, Node, NodeId, Op, Output, Source};
use crate::reference::kernels::{self, Operand};
use crate::{AdapterPreference, EngineOptions, Executor, Tensor};

use super::WgpuExecutor;
use super::context::Context;
use super::tuning::Tuning;

pub(super) fn options() -> EngineOptions {
    EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::default() }
}

/// Numbers in -1..1 that are the same on every machine.
pub(super) fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(len).collect()
}

pub(super) fn tensor(shape: &[usize], seed: u32) -> Tensor {
    Tensor::new(shape, noise(shape.iter().product(), seed)).unwrap()
}

/// An operand of a graph of one node: what changes at run time, or a constant.
pub(super) enum Given {
    Input(Tensor),
    Constant(Tensor),
}

/// Appends a node.
pub(super) fn push(
    graph: &mut Graph,
    op: Op,
    inputs: &[crate::graph::ValueId],
    shape: &[usize],
) -> crate::graph::ValueId {
    let id = NodeId(graph.nodes.len());
    let name = format!("n{}", id.0);
    let output = graph.add_value(name.clone(), shape, Element::F32, Source::Node(id));
    graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), output });
    output
}

/// Result of one operator on the device, with the kernels of a kind of adapter.
pub(super) fn on_device(op: &Op, given: &[Given], shape: &[usize], tuning: Tuning) -> Vec<f32> {
    let mut graph = Graph::default();
    let mut values = Vec::new();
    for (index, given) in given.iter().enumerate() {
        values.push(match given {
            Given::Input(tensor) => graph.add_input(format!("x{index}"), tensor.shape.clone()),
            Given::Constant(tensor) => graph.add_constant(format!("c{index}"), Constant::from(tensor.clone())),
        });
    }
    let output = push(&mut graph, op.clone(), &values, shape);
    graph.outputs.push(Output { name: "y".into(), value: output });
    let context = Context::new(AdapterPreference::Software).unwrap();
    let mut executor = WgpuExecutor::tuned(context, tuning, &graph, &options(), String::new()).unwrap();
    for (index, given) in given.iter().enumerate() {
        if let Given::Input(tensor) = given {
            executor.set_input(&format!("x{index}"), &tensor.data).unwrap();
        }
    }
    executor.run(&[]).unwrap();
    let mut out = Vec::new();
    executor.read_output("y", &mut out).unwrap();
    out
}

/// Asserts that one operator gives on the device what its twin gives, up to `tolerance` per element.
pub(super) fn agrees(op: &Op, given: &[Given], shape: &[usize], tolerance: f32) {
    // The kernels of hardware adapters differ in the products only.
    let product = matches!(op, Op::Conv(_) | Op::ConvTranspose(_));
    let own = Context::new(AdapterPreference::Software).unwrap().tuning();
    let tunings = [
        own,
        Tuning { software: false, lanes: 0, texels: false, half: false },
        Tuning { software: false, texels: false, ..own },
    ];
    agrees_with(&tunings[..if product { 3 } else { 1 }], op, given, shape, tolerance);
}

/// The same with these kernels.
pub(super) fn agrees_with(tunings: &[Tuning], op: &Op, given: &[Given], shape: &[usize], tolerance: f32) {
    let operands: Vec<Operand<'_>> = given
        .iter()
        .map(|(Given::Input(tensor) | Given::Constant(tensor))| Operand { shape: &tensor.shape, data: &tensor.data })
        .collect();
    let mut expected = vec![0.0; shape.iter().product()];
    kernels::run(op, &operands, shape, &mut expected);
    for &tuning in tunings {
        let got = on_device(op, given, shape, tuning);
        assert_eq!(got.len(), expected.len());
        for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
            let error = (got - expected).abs();
            assert!(error <= tolerance, "{op} {tuning:?}: element {at} is {got}, the twin says {expected}");
        }
    }
}

/// Tolerance of a sum of `k` products of numbers below 1: rounding grows with the root of their number.
pub(super) fn product_tolerance(k: usize) -> f32 {
    1e-5 * (k as f32).sqrt() + 1e-6
}
