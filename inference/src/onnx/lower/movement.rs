//! Concat, split, slice, pad, transpose and relatives.

use super::Lowering;
use crate::graph::{Op, Pad, PadMode, Slice, ValueId, shape};
use crate::onnx::{Refusal, invalid, unsupported};

/// `Concat`.
pub(super) fn concat(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let first = l.input(0)?;
    let (mut out, element) = (l.shape(first), l.element(first));
    let axis = l.axis(l.attributes.int_or("axis", 1), out.len())?;
    let mut parts = vec![first];
    for index in 1..l.inputs.len() {
        let part = l.input(index)?;
        let shape = l.shape(part);
        let fits = shape.len() == out.len() && (0..out.len()).all(|at| at == axis || shape[at] == out[at]);
        if !fits {
            return Err(invalid(format!("parts of shapes {out:?} and {shape:?}")));
        }
        out[axis] = out[axis].saturating_add(shape[axis]);
        parts.push(part);
    }
    let id = l.push_as(Op::Concat { axis }, &parts, out, element)?;
    l.done(id)
}

/// `Split`: one slice per part.
pub(super) fn split(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let shape = l.shape(x);
    let axis = l.axis(l.attributes.int_or("axis", 0), shape.len())?;
    let from_attribute = l.attributes.ints("split").map(<[i64]>::to_vec);
    l.attributes.ignore(&["num_outputs"]);
    let count = l.outputs.len();
    let parts: Vec<usize> = match l.integers(1, "split")?.or(from_attribute) {
        Some(parts) => parts
            .iter()
            .map(|&part| usize::try_from(part).ok())
            .collect::<Option<_>>()
            .ok_or_else(|| invalid("`split`"))?,
        None => {
            let part = shape[axis].div_ceil(count.max(1));
            (0..count).map(|index| part.min(shape[axis].saturating_sub(index * part))).collect()
        }
    };
    if parts.len() != count || parts.iter().sum::<usize>() != shape[axis] {
        return Err(invalid(format!("parts {parts:?} of {}", shape[axis])));
    }
    let mut start = 0;
    for (index, part) in parts.into_iter().enumerate() {
        let id = part_of(l, x, &shape, axis, start, part)?;
        l.done_at(index, id)?;
        start += part;
    }
    Ok(())
}

fn part_of(
    l: &mut Lowering<'_>,
    x: ValueId,
    shape: &[usize],
    axis: usize,
    start: usize,
    len: usize,
) -> Result<ValueId, Refusal> {
    let (mut out, mut starts) = (shape.to_vec(), vec![0; shape.len()]);
    (out[axis], starts[axis]) = (len, start);
    let element = l.element(x);
    l.push_as(Op::Slice(Slice { starts, steps: vec![1; shape.len()] }), &[x], out, element)
}

/// `Slice`; bounds as attributes (before operator set 10) or operands.
pub(super) fn slice(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    let attribute = |name| l.attributes.ints(name).map(<[i64]>::to_vec);
    let given = [attribute("starts"), attribute("ends"), attribute("axes")];
    let mut operands = Vec::new();
    for (index, name) in [(1, "starts"), (2, "ends"), (3, "axes"), (4, "steps")] {
        let from_attribute = given.get(index - 1).cloned().flatten();
        operands.push(l.integers(index, name)?.or(from_attribute));
    }
    let (Some(from), Some(to)) = (operands[0].take(), operands[1].take()) else {
        return Err(invalid("`starts` or `ends` is missing"));
    };
    let axes = operands[2].take().unwrap_or_else(|| (0..from.len() as i64).collect());
    let strides = operands[3].take().unwrap_or_else(|| vec![1; from.len()]);
    if [to.len(), axes.len(), strides.len()].iter().any(|&len| len != from.len()) {
        return Err(invalid("`starts`, `ends`, `axes` and `steps` differ in length"));
    }
    let (mut out, mut starts, mut steps) = (shape.clone(), vec![0; shape.len()], vec![1; shape.len()]);
    for index in 0..from.len() {
        let axis = l.axis(axes[index], shape.len())?;
        let (first, count) = bounds(shape[axis] as i64, from[index], to[index], strides[index])?;
        (out[axis], starts[axis], steps[axis]) = (count, first, strides[index] as isize);
    }
    let id = l.push_as(Op::Slice(Slice { starts, steps }), &[x], out, element)?;
    l.done(id)
}

/// First index and number of elements, clipped as numpy does.
fn bounds(extent: i64, from: i64, to: i64, step: i64) -> Result<(usize, usize), Refusal> {
    let turn = |at: i64| if at < 0 { at.saturating_add(extent) } else { at };
    if extent == 0 {
        return Ok((0, 0));
    }
    let (first, span) = if step > 0 {
        let first = turn(from).clamp(0, extent);
        (first, turn(to).clamp(0, extent) - first)
    } else if step < 0 {
        let first = turn(from).clamp(0, extent - 1);
        (first, first - turn(to).clamp(-1, extent - 1))
    } else {
        return Err(invalid("a step of 0"));
    };
    let count = (span.max(0) as u64).div_ceil(step.unsigned_abs()) as usize;
    Ok((if count == 0 { 0 } else { first as usize }, count))
}

/// `Pad`; amounts as attributes (before operator set 11) or operands.
pub(super) fn pad(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    let rank = shape.len();
    let from_attribute = l.attributes.ints("pads").map(<[i64]>::to_vec);
    let value_attribute = l.attributes.float_or("value", 0.0);
    let value =
        l.known_floats(2, "constant_value")?.and_then(|value| value.first().copied()).unwrap_or(value_attribute);
    let mode = match l.attributes.word_or("mode", "constant") {
        "constant" => PadMode::Constant(value),
        "reflect" => PadMode::Reflect,
        "edge" => PadMode::Edge,
        other => return Err(unsupported(format!("mode `{other}`"))),
    };
    let amounts = l.integers(1, "pads")?.or(from_attribute).ok_or_else(|| invalid("`pads` is missing"))?;
    let axes = match l.integers(3, "axes")? {
        Some(axes) => axes.iter().map(|&axis| l.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    if amounts.len() != 2 * axes.len() {
        return Err(invalid(format!("{} amounts in `pads` for {} axes", amounts.len(), axes.len())));
    }
    let (mut before, mut after, mut out) = (vec![0isize; rank], vec![0isize; rank], shape.clone());
    for (index, &axis) in axes.iter().enumerate() {
        let (b, a) = (amounts[index], amounts[index + axes.len()]);
        let extent = (shape[axis] as i64).checked_add(b).and_then(|extent| extent.checked_add(a));
        let extent = extent.filter(|&extent| extent >= 0 && b.abs().max(a.abs()) < 1 << 30);
        let Some(extent) = extent else { return Err(invalid(format!("`pads` of {b} and {a}"))) };
        if shape[axis] == 0 && mode != PadMode::Constant(value) {
            return Err(invalid("nothing there to repeat"));
        }
        (before[axis], after[axis], out[axis]) = (b as isize, a as isize, extent as usize);
    }
    let id = l.push_as(Op::Pad(Pad { mode, before, after }), &[x], out, element)?;
    l.done(id)
}

/// `Transpose`.
pub(super) fn transpose(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    let perm: Vec<usize> = match l.attributes.ints("perm") {
        Some(perm) => {
            l.axes(perm, shape.len())?;
            perm.iter().map(|&axis| l.axis(axis, shape.len())).collect::<Result<_, _>>()?
        }
        None => (0..shape.len()).rev().collect(),
    };
    if perm.len() != shape.len() {
        return Err(invalid(format!("`perm` {perm:?} of {} axes", shape.len())));
    }
    let out = perm.iter().map(|&axis| shape[axis]).collect();
    let id = l.push_as(Op::Transpose { perm }, &[x], out, element)?;
    l.done(id)
}

/// `Expand`.
pub(super) fn expand(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (own, element) = (l.shape(x), l.element(x));
    let target = l.integers(1, "shape")?.ok_or_else(|| invalid("`shape` is missing"))?;
    let target = crate::onnx::tensor::shape(&target)?;
    let Some(out) = shape::broadcast(&own, &target) else {
        return Err(invalid(format!("shape {own:?} does not broadcast to {target:?}")));
    };
    let id = l.push_as(Op::Expand, &[x], out, element)?;
    l.done(id)
}

/// `Tile`.
pub(super) fn tile(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let (shape, element) = (l.shape(x), l.element(x));
    let repeats = l.integers(1, "repeats")?.ok_or_else(|| invalid("`repeats` is missing"))?;
    let repeats = crate::onnx::tensor::shape(&repeats)?;
    if repeats.len() != shape.len() {
        return Err(invalid(format!("`repeats` {repeats:?} for {} axes", shape.len())));
    }
    let out = shape.iter().zip(&repeats).map(|(extent, repeat)| extent.saturating_mul(*repeat)).collect();
    let id = l.push_as(Op::Tile { repeats }, &[x], out, element)?;
    l.done(id)
}

/// `DepthToSpace`.
pub(super) fn depth_to_space(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, [n, channels, height, width]) = l.picture(0)?;
    let block = l.attributes.int_or("blocksize", 0);
    let block = usize::try_from(block).ok().filter(|&b| (1..1 << 10).contains(&b) && channels % (b * b) == 0);
    let Some(block) = block else { return Err(invalid(format!("`blocksize` does not fit {channels} channels"))) };
    let channels_first = match l.attributes.word_or("mode", "DCR") {
        "CRD" => true,
        "DCR" => false,
        other => return Err(unsupported(format!("mode `{other}`"))),
    };
    let out = vec![n, channels / (block * block), height * block, width * block];
    l.finish(Op::DepthToSpace { block, channels_first }, &[x], out)
}
