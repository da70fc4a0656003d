//! Movement: elements go elsewhere and stay what they are.

use super::builder::{Builder, fills_planes, groups_of, picture_of};
use super::strided::{AXES, all_axes, axes, copy, fold, row_major};
use super::{Layout, Place, Refusal};
use crate::graph::{Gather, Node, Pad, PadMode, Slice};

/// Lowers a concatenation: whole planes if every part but the last fills its planes, else row-major.
pub(super) fn concat(b: &mut Builder<'_>, node: &Node, axis: usize) -> Result<(), Refusal> {
    let shape = b.graph.shape(node.output);
    let some_in_planes = node.inputs.iter().any(|&value| b.in_planes(value));
    if axis == 1 && fills_planes(b.graph, node) && some_in_planes {
        let [_, height, width] = b.picture(node.output)?;
        let to = b.joined(node.output)?;
        let mut first = to.first;
        for &input in &node.inputs {
            let count = b.graph.shape(input)[1].div_ceil(4) * height * width;
            let from = b.planes(input)?;
            if from != (Place { first, ..to }) {
                let params = [count as u32, from.first, first];
                let groups = groups_of(count, 64, 1);
                b.step(
                    "copy_planes",
                    b.tuning.planes(),
                    &params,
                    &[from.slot],
                    to.slot,
                    groups,
                    b.graph.shape(input),
                    0,
                );
            }
            first += count as u32;
        }
        return Ok(());
    }
    if shape.len() > AXES {
        return Err(Refusal::Axes(shape.len()));
    }
    let steps = row_major(shape);
    let mut at = 0;
    let places = node.inputs.iter().map(|&input| b.rows(input)).collect::<Result<Vec<_>, _>>()?;
    let to = b.new_rows(node.output);
    for (&input, from) in node.inputs.iter().zip(places) {
        let part = b.graph.shape(input);
        let first = to.first + (at * steps[axis] as usize) as u32;
        copy(b, part, from, &row_major(part), Place { first, ..to }, &steps, part);
        at += part[axis];
    }
    Ok(())
}

/// Lowers a slice: a view where the part is contiguous, channels taken out of planes, else a strided copy.
pub(super) fn slice(b: &mut Builder<'_>, node: &Node, op: &Slice) -> Result<(), Refusal> {
    let x = node.inputs[0];
    let (shape, out_shape) = (b.graph.shape(x), b.graph.shape(node.output));
    let changed: Vec<usize> =
        (0..shape.len()).filter(|&axis| out_shape[axis] != shape[axis] || op.steps[axis] != 1).collect();
    let only_channels = changed == [1] && op.steps[1] == 1 && picture_of(shape).is_some();
    if only_channels && b.in_planes(x) {
        let from = b.planes(x)?;
        if op.starts[1].is_multiple_of(4) {
            // Lanes beyond the last channel may hold other channels: finite all the same.
            let first = from.first + (op.starts[1] / 4 * shape[2] * shape[3]) as u32;
            b.set(node.output, Layout::Planes, Place { first, ..from });
            return Ok(());
        }
        let to = b.new_rows(node.output);
        return b.unpack(x, op.starts[1], out_shape[1], to);
    }
    let from = b.rows(x)?;
    let steps = row_major(shape);
    let first: usize = op.starts.iter().zip(&steps).map(|(&start, &step)| start * step as usize).sum();
    let from = Place { first: from.first + first as u32, ..from };
    let contiguous = match changed.first() {
        None => true,
        Some(&axis) => changed.len() == 1 && op.steps[axis] == 1 && shape[..axis].iter().all(|&extent| extent == 1),
    };
    if contiguous {
        b.set(node.output, Layout::Rows, from);
        return Ok(());
    }
    let from_steps: Vec<i32> = steps.iter().zip(&op.steps).map(|(&step, &by)| step * by as i32).collect();
    moved(b, node, out_shape, from, &from_steps)
}

/// A strided copy into a new row-major value.
fn moved(b: &mut Builder<'_>, node: &Node, extents: &[usize], from: Place, steps: &[i32]) -> Result<(), Refusal> {
    let (folded, ..) = fold(extents, steps, &row_major(extents));
    if folded.len() > AXES {
        return Err(Refusal::Axes(folded.len()));
    }
    let to = b.new_rows(node.output);
    copy(b, extents, from, steps, to, &row_major(extents), b.graph.shape(node.output));
    Ok(())
}

/// Lowers a permutation of axes.
pub(super) fn transpose(b: &mut Builder<'_>, node: &Node, perm: &[usize]) -> Result<(), Refusal> {
    let from = b.rows(node.inputs[0])?;
    let steps = row_major(b.graph.shape(node.inputs[0]));
    let from_steps: Vec<i32> = perm.iter().map(|&axis| steps[axis]).collect();
    moved(b, node, b.graph.shape(node.output), from, &from_steps)
}

/// Lowers another shape for the same elements: a view.
pub(super) fn reshape(b: &mut Builder<'_>, node: &Node) -> Result<(), Refusal> {
    let x = node.inputs[0];
    if b.in_planes(x) && picture_of(b.graph.shape(x)) == picture_of(b.graph.shape(node.output)) {
        let place = b.planes(x)?;
        b.set(node.output, Layout::Planes, place);
        return Ok(());
    }
    let place = b.rows(x)?;
    b.set(node.output, Layout::Rows, place);
    Ok(())
}

/// Lowers a broadcast.
pub(super) fn expand(b: &mut Builder<'_>, node: &Node) -> Result<(), Refusal> {
    let from = b.rows(node.inputs[0])?;
    let out_shape = b.graph.shape(node.output);
    let steps = crate::reference::kernels::broadcast_strides(b.graph.shape(node.inputs[0]), out_shape);
    let steps: Vec<i32> = steps.into_iter().map(|step| step as i32).collect();
    moved(b, node, out_shape, from, &steps)
}

/// Lowers repetition: two axes, one of them broadcast, for each axis.
pub(super) fn tile(b: &mut Builder<'_>, node: &Node, repeats: &[usize]) -> Result<(), Refusal> {
    let from = b.rows(node.inputs[0])?;
    let shape = b.graph.shape(node.inputs[0]);
    let steps = row_major(shape);
    let (mut extents, mut from_steps) = (Vec::new(), Vec::new());
    for axis in 0..shape.len() {
        extents.extend([repeats[axis], shape[axis]]);
        from_steps.extend([0, steps[axis]]);
    }
    moved(b, node, &extents, from, &from_steps)
}

/// Lowers blocks of channels to blocks of pixels.
pub(super) fn depth_to_space(
    b: &mut Builder<'_>,
    node: &Node,
    block: usize,
    channels_first: bool,
) -> Result<(), Refusal> {
    let [channels, height, width] = b.picture(node.inputs[0])?;
    let from = b.rows(node.inputs[0])?;
    let channels = channels / (block * block);
    let (plane, row) = ((height * width) as i32, width as i32);
    let square = (block * block) as i32 * plane;
    let [c, by, bx] = if channels_first {
        [square, block as i32 * plane, plane]
    } else {
        [plane, block as i32 * channels as i32 * plane, channels as i32 * plane]
    };
    // Over the output: c, y, by, x, bx.
    moved(b, node, &[channels, height, block, width, block], from, &[c, row, by, 1, bx])
}

/// Lowers a margin. Of a constant: the margin filled, then the inside copied.
pub(super) fn pad(b: &mut Builder<'_>, node: &Node, op: &Pad) -> Result<(), Refusal> {
    let PadMode::Constant(value) = op.mode else {
        return pad_by_index(b, node, op);
    };
    let from = b.rows(node.inputs[0])?;
    let (shape, out_shape) = (b.graph.shape(node.inputs[0]), b.graph.shape(node.output));
    let (steps, out_steps) = (row_major(shape), row_major(out_shape));
    let to = b.new_rows(node.output);
    let fill = Place { slot: b.weights(vec![value; 4]), first: 0 };
    let len: usize = out_shape.iter().product();
    copy(b, &[len], fill, &[0], to, &[1], out_shape);
    let (mut extents, mut first, mut out_first) = (Vec::new(), 0, 0);
    for axis in 0..shape.len() {
        let skipped = (-op.before[axis]).max(0);
        let cut = (-op.after[axis]).max(0);
        let extent = shape[axis] as isize - skipped - cut;
        extents.push(usize::try_from(extent).map_err(|_| Refusal::NothingLeft)?);
        first += skipped * steps[axis] as isize;
        out_first += op.before[axis].max(0) * out_steps[axis] as isize;
    }
    if extents.contains(&0) {
        return Ok(());
    }
    let from = Place { first: from.first + first as u32, ..from };
    copy(b, &extents, from, &steps, Place { first: out_first as u32, ..to }, &out_steps, out_shape);
    Ok(())
}

/// Lowers a choice of constant indices.
pub(super) fn gather(b: &mut Builder<'_>, node: &Node, op: &Gather) -> Result<(), Refusal> {
    let from = b.rows(node.inputs[0])?;
    let to = b.new_rows(node.output);
    choose(b, from, b.graph.shape(node.inputs[0]), op.axis, &op.indices, to);
    Ok(())
}

/// Lowers a choice of indices that are found at run time, along an axis that they replace.
pub(super) fn gather_at(b: &mut Builder<'_>, node: &Node, axis: usize) -> Result<(), Refusal> {
    let shape = b.graph.shape(node.inputs[0]);
    let outer: usize = shape[..axis].iter().product();
    let inner: usize = shape[axis + 1..].iter().product();
    let extents = [outer, b.graph.value(node.inputs[1]).len(), inner];
    pick(b, node, &extents, &[(shape[axis] * inner) as i32, 0, 1], &[0, 1, 0], [shape[axis], inner])
}

/// Lowers a choice of one element along an axis per element of the result.
pub(super) fn gather_elements(b: &mut Builder<'_>, node: &Node, axis: usize) -> Result<(), Refusal> {
    let (shape, extents) = (b.graph.shape(node.inputs[0]), b.graph.shape(node.output));
    if extents.len() > AXES {
        return Err(Refusal::Axes(extents.len()));
    }
    let mut steps = row_major(shape);
    let step = std::mem::take(&mut steps[axis]) as usize;
    pick(b, node, extents, &steps, &row_major(extents), [shape[axis], step])
}

/// The dispatch of both: steps of x and of the indices over `extents`, extent and step of the axis.
fn pick(
    b: &mut Builder<'_>,
    node: &Node,
    extents: &[usize],
    x_steps: &[i32],
    indices_steps: &[i32],
    [extent, step]: [usize; 2],
) -> Result<(), Refusal> {
    let (from, indices) = (b.rows(node.inputs[0])?, b.rows(node.inputs[1])?);
    let to = b.new_rows(node.output);
    let count: usize = extents.iter().product();
    let mut params = axes(extents).unwrap_or_default();
    params.extend(all_axes(x_steps));
    params.extend(all_axes(indices_steps));
    params.extend([count as u32, from.first, indices.first, to.first, extent as u32, step as u32]);
    let shape = b.graph.shape(node.output);
    b.step("pick", &[], &params, &[from.slot, indices.slot], to.slot, groups_of(count, 64, 1), shape, 0);
    Ok(())
}

/// Copies a row-major tensor of `shape` with other indices along an axis.
fn choose(b: &mut Builder<'_>, from: Place, shape: &[usize], axis: usize, indices: &[usize], to: Place) {
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let count = outer * indices.len() * inner;
    // The kernel reads the bits as integers.
    let bits = b.weights(indices.iter().map(|&index| f32::from_bits(index as u32)).collect());
    let params = [count, inner, shape[axis], indices.len(), from.first as usize, to.first as usize];
    let out_shape = [outer, indices.len(), inner];
    let groups = groups_of(count, 64, 1);
    b.step("gather", &[], &params.map(|v| v as u32), &[from.slot, bits], to.slot, groups, &out_shape, 0);
}

/// Lowers a margin that repeats what is there: one axis after the other by index.
fn pad_by_index(b: &mut Builder<'_>, node: &Node, op: &Pad) -> Result<(), Refusal> {
    let out_shape = b.graph.shape(node.output);
    let mut shape = b.graph.shape(node.inputs[0]).to_vec();
    let mut place = b.rows(node.inputs[0])?;
    let axes: Vec<usize> = (0..shape.len()).filter(|&axis| op.before[axis] != 0 || op.after[axis] != 0).collect();
    for (done, &axis) in (1..).zip(&axes) {
        let source = |at: usize| op.mode.source(at as isize - op.before[axis], shape[axis]).unwrap_or_default();
        let indices: Vec<usize> = (0..out_shape[axis]).map(source).collect();
        let from_shape = shape.clone();
        shape[axis] = out_shape[axis];
        let to = if done == axes.len() { b.new_rows(node.output) } else { b.scratch_rows(shape.iter().product()) };
        choose(b, place, &from_shape, axis, &indices, to);
        place = to;
    }
    Ok(())
}
