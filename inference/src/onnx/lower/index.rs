//! Elements chosen by indices.

use super::Lowering;
use crate::graph::{Element, Gather, Op, ScatterMode, TopK, ValueId};
use crate::onnx::{Refusal, invalid, unsupported};

/// `Gather`; indices that are known now are checked now.
pub(super) fn gather(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    let axis = l.axis(l.attributes.int_or("axis", 0), shape.len())?;
    let indices_id = l.input(1)?;
    let mut out = shape[..axis].to_vec();
    out.extend(l.shape(indices_id));
    out.extend(&shape[axis + 1..]);
    let id = if l.constant(indices_id).is_some() {
        let indices = known(l, shape[axis])?;
        l.push_as(Op::Gather(Gather { axis, indices }), &[x], out, element)?
    } else {
        some_to_choose_from(shape[axis])?;
        l.push_as(Op::GatherAt { axis }, &[x, indices_id], out, element)?
    };
    l.done(id)
}

/// The indices of operand 1, from 0.
fn known(l: &Lowering<'_>, extent: usize) -> Result<Vec<usize>, Refusal> {
    let turn = |index: i64| if index < 0 { index.saturating_add(extent as i64) } else { index };
    let indices = l.integers(1, "indices")?.unwrap_or_default();
    let inside = |&index: &i64| {
        let found = usize::try_from(turn(index)).ok().filter(|&index| index < extent);
        found.ok_or_else(|| invalid(format!("index {index} on an axis of {extent}")))
    };
    indices.iter().map(inside).collect()
}

fn some_to_choose_from(extent: usize) -> Result<(), Refusal> {
    if extent == 0 { Err(invalid("nothing there to choose from")) } else { Ok(()) }
}

/// Operands 0 and 1 and the axis of `GatherElements` and `ScatterElements`.
fn elements(l: &Lowering<'_>) -> Result<(ValueId, ValueId, usize), Refusal> {
    let (x, indices) = (l.input(0)?, l.input(1)?);
    let (shape, of_indices) = (l.shape(x), l.shape(indices));
    let axis = l.axis(l.attributes.int_or("axis", 0), shape.len())?;
    some_to_choose_from(shape[axis])?;
    if l.constant(indices).is_some() {
        known(l, shape[axis])?;
    }
    let fits = shape.len() == of_indices.len() && (0..shape.len()).all(|at| at == axis || of_indices[at] <= shape[at]);
    if fits { Ok((x, indices, axis)) } else { Err(invalid(format!("indices of {of_indices:?} on {shape:?}"))) }
}

/// `GatherElements`.
pub(super) fn gather_elements(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, indices, axis) = elements(l)?;
    let element = l.element(x);
    let id = l.push_as(Op::GatherElements { axis }, &[x, indices], l.shape(indices), element)?;
    l.done(id)
}

/// `ScatterElements`, and `Scatter` as it was called before.
pub(super) fn scatter_elements(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, indices, axis) = elements(l)?;
    let updates = l.input(2)?;
    if l.shape(updates) != l.shape(indices) {
        return Err(invalid("`indices` and `updates` differ in shape"));
    }
    let mode = match l.attributes.word_or("reduction", "none") {
        "none" => ScatterMode::Replace,
        "add" => ScatterMode::Add,
        "mul" => ScatterMode::Mul,
        "max" => ScatterMode::Max,
        "min" => ScatterMode::Min,
        other => return Err(unsupported(format!("reduction `{other}`"))),
    };
    let (shape, element) = (l.shape(x), l.element(x));
    let id = l.push_as(Op::ScatterElements { axis, mode }, &[x, indices, updates], shape, element)?;
    l.done(id)
}

/// `TopK` with a known k: values and indices, each computed only where somebody reads them.
pub(super) fn top_k(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let mut shape = l.shape(x);
    let axis = l.axis(l.attributes.int_or("axis", -1), shape.len())?;
    let largest = l.attributes.flag("largest", true);
    // Not sorted may be sorted all the same.
    l.attributes.ignore(&["sorted"]);
    let k = match l.attributes.int("k") {
        Some(k) => k,
        None => l.integers(1, "k")?.and_then(|k| k.first().copied()).ok_or_else(|| invalid("`k` is missing"))?,
    };
    shape[axis] = usize::try_from(k)
        .ok()
        .filter(|&k| k <= shape[axis])
        .ok_or_else(|| invalid(format!("k of {k} on an axis of {}", shape[axis])))?;
    for (index, element) in [(0, l.element(x)), (1, Element::I64)] {
        let op = Op::TopK(TopK { axis, largest, indices: index == 1 });
        let id = l.push_as(op, &[x], shape.clone(), element)?;
        l.done_at(index, id)?;
    }
    Ok(())
}
