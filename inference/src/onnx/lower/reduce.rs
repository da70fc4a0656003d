//! Reductions over axes.

use super::Lowering;
use crate::graph::{Element, Op, Reduce, ReduceKind};
use crate::onnx::{Refusal, invalid, unsupported};

/// `ReduceMean` and relatives; axes as an attribute or, later, an operand.
pub(super) fn reduce(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    if element == Element::Bool {
        return Err(unsupported("a reduction of truth values"));
    }
    let kind = match l.op {
        "ReduceMean" => ReduceKind::Mean,
        "ReduceSum" => ReduceKind::Sum,
        "ReduceMax" => ReduceKind::Max,
        "ReduceMin" => ReduceKind::Min,
        "ReduceProd" => ReduceKind::Prod,
        "ReduceL1" => ReduceKind::L1,
        "ReduceL2" => ReduceKind::L2,
        _ => ReduceKind::SumSquare,
    };
    let keep = l.attributes.flag("keepdims", true);
    let nothing_if_empty = l.attributes.flag("noop_with_empty_axes", false);
    let from_attribute = l.attributes.ints("axes").map(<[i64]>::to_vec);
    let axes = l.integers(1, "axes")?.or(from_attribute).unwrap_or_default();
    let axes =
        if axes.is_empty() && !nothing_if_empty { (0..shape.len()).collect() } else { l.axes(&axes, shape.len())? };
    if axes.is_empty() {
        return l.done(x);
    }
    let out = reduced(&shape, &axes, keep);
    let id = l.push_as(Op::Reduce(Reduce { kind, axes }), &[x], out, element)?;
    l.done(id)
}

/// `GlobalAveragePool` and `GlobalMaxPool`: over everything behind the channels.
pub(super) fn global_pool(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let shape = l.shape(x);
    if shape.len() < 3 {
        return Err(invalid("operand 0 is no picture"));
    }
    let kind = if l.op == "GlobalMaxPool" { ReduceKind::Max } else { ReduceKind::Mean };
    let axes: Vec<usize> = (2..shape.len()).collect();
    let out = reduced(&shape, &axes, true);
    l.finish(Op::Reduce(Reduce { kind, axes }), &[x], out)
}

/// `ArgMax` and `ArgMin`.
pub(super) fn arg(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let shape = l.shape(x);
    if l.attributes.flag("select_last_index", false) {
        return Err(unsupported("`select_last_index`"));
    }
    let axis = l.axis(l.attributes.int_or("axis", 0), shape.len())?;
    let keep = l.attributes.flag("keepdims", true);
    let kind = if l.op == "ArgMax" { ReduceKind::ArgMax } else { ReduceKind::ArgMin };
    let out = reduced(&shape, &[axis], keep);
    let id = l.push_as(Op::Reduce(Reduce { kind, axes: vec![axis] }), &[x], out, Element::I64)?;
    l.done(id)
}

fn reduced(shape: &[usize], axes: &[usize], keep: bool) -> Vec<usize> {
    let extent = |(axis, &extent): (usize, &usize)| match (axes.contains(&axis), keep) {
        (false, _) => Some(extent),
        (true, true) => Some(1),
        (true, false) => None,
    };
    shape.iter().enumerate().filter_map(extent).collect()
}
