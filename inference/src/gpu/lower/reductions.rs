//! Matrix products, reductions, softmax, normalisation; all row-major.

use super::Refusal;
use super::builder::{Builder, MAX_GROUPS, groups_of};
use super::conv::split_activation;
use super::strided::axes;
use crate::graph::{MatMul, Node, Normalize, Reduce, ReduceKind};
use crate::reference::kernels::{broadcast_strides, strides};

/// Lowers a matrix product whose leading axes are equal or fold to one step.
pub(super) fn matmul(b: &mut Builder<'_>, node: &Node, op: &MatMul) -> Result<(), Refusal> {
    let (bounds, function) = split_activation(op.activation);
    if function.is_some() {
        return Err(Refusal::Activation(op.activation));
    }
    let shape = b.graph.shape(node.output);
    let (left, right) = (b.graph.shape(node.inputs[0]), b.graph.shape(node.inputs[1]));
    if shape.len() < 2 || left.len() < 2 || right.len() < 2 {
        return Err(Refusal::Vector);
    }
    let leading = &shape[..shape.len() - 2];
    let batch: usize = leading.iter().product();
    if batch > MAX_GROUPS as usize {
        return Err(Refusal::Matrices(batch));
    }
    let [m, n] = [shape[shape.len() - 2], shape[shape.len() - 1]];
    let inner = |shape: &[usize]| [shape[shape.len() - 2], shape[shape.len() - 1]];
    let [[a0, a1], [b0, b1]] = [inner(left), inner(right)];
    let k = if op.transpose_a { a0 } else { a1 };
    let (a_m, a_k) = if op.transpose_a { (1, a1) } else { (a1, 1) };
    let (b_k, b_n) = if op.transpose_b { (1, b1) } else { (b1, 1) };
    let a_batch = batch_step(&left[..left.len() - 2], a0 * a1, leading)?;
    let b_batch = batch_step(&right[..right.len() - 2], b0 * b1, leading)?;

    let places = [b.rows(node.inputs[0])?, b.rows(node.inputs[1])?];
    let (c, c_first, c_steps) = if op.bias && op.beta != 0.0 {
        let place = b.rows(node.inputs[2])?;
        let steps = broadcast_strides(b.graph.shape(node.inputs[2]), shape);
        let outer = uniform_step(&steps[..steps.len() - 2], leading)?;
        (place.slot, place.first, [steps[steps.len() - 2], steps[steps.len() - 1], outer])
    } else {
        (b.dummy(), 0, [0; 3])
    };
    let beta = if op.bias { op.beta } else { 0.0 };
    let to = b.new_rows(node.output);
    let params = [
        m as u32,
        n as u32,
        k as u32,
        places[0].first,
        a_m as u32,
        a_k as u32,
        places[1].first,
        b_k as u32,
        b_n as u32,
        c_first,
        c_steps[0] as u32,
        c_steps[1] as u32,
        to.first,
        op.alpha.to_bits(),
        beta.to_bits(),
        bounds[0].to_bits(),
        bounds[1].to_bits(),
        a_batch as u32,
        b_batch as u32,
        c_steps[2] as u32,
    ];
    let macs = (batch * m * n * k) as u64;
    let groups = groups_of(m * n, 64, batch);
    b.step("matmul", &[], &params, &[places[0].slot, places[1].slot, c], to.slot, groups, shape, macs);
    Ok(())
}

/// Step between the matrices of an operand whose leading axes are `own`, for a batch over `leading`.
fn batch_step(own: &[usize], matrix: usize, leading: &[usize]) -> Result<usize, Refusal> {
    let steps: Vec<usize> = broadcast_strides(own, leading).into_iter().map(|step| step * matrix).collect();
    uniform_step(&steps, leading)
}

/// The one step that walks all of `extents` in row-major order.
fn uniform_step(steps: &[usize], extents: &[usize]) -> Result<usize, Refusal> {
    let mut expected: Option<usize> = None;
    let mut last = 0;
    for (&extent, &step) in extents.iter().zip(steps).rev() {
        if extent == 1 {
            continue;
        }
        if expected.is_some_and(|expected| expected != step) {
            return Err(Refusal::MixedBroadcast);
        }
        if expected.is_none() {
            last = step;
        }
        expected = Some(step * extent);
    }
    Ok(last)
}

/// Lowers a softmax.
pub(super) fn softmax(b: &mut Builder<'_>, node: &Node, axis: usize, log: bool) -> Result<(), Refusal> {
    let shape = b.graph.shape(node.output);
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let from = b.rows(node.inputs[0])?;
    let to = b.new_rows(node.output);
    let params = [(outer * inner) as u32, shape[axis] as u32, inner as u32, from.first, to.first];
    let defines: &[_] = if log { &[("LOG", 1)] } else { &[] };
    b.step("softmax", defines, &params, &[from.slot], to.slot, groups_of(outer * inner, 64, 1), shape, 0);
    Ok(())
}

/// Lowers a reduction.
pub(super) fn reduce(b: &mut Builder<'_>, node: &Node, op: &Reduce) -> Result<(), Refusal> {
    let kind = match op.kind {
        ReduceKind::Mean => 0,
        ReduceKind::Sum => 1,
        ReduceKind::Max => 2,
        ReduceKind::Min => 3,
        ReduceKind::Prod => 4,
        ReduceKind::L1 => 5,
        ReduceKind::L2 => 6,
        ReduceKind::SumSquare => 7,
        ReduceKind::ArgMax => 8,
        ReduceKind::ArgMin => 9,
    };
    let shape = b.graph.shape(node.inputs[0]);
    let steps = strides(shape);
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !op.axes.contains(axis)).collect();
    if op.axes.len() > 4 || kept.len() > 8 {
        return Err(Refusal::Axes(shape.len()));
    }
    let extents: Vec<usize> = kept.iter().map(|&axis| shape[axis]).collect();
    let mut params = axes(&extents)?;
    params.extend(std::iter::repeat_n(0, 8 - kept.len()));
    params.extend(kept.iter().map(|&axis| steps[axis] as u32));
    let missing = 4 - op.axes.len();
    params.extend(std::iter::repeat_n(1, missing));
    params.extend(op.axes.iter().map(|&axis| shape[axis] as u32));
    params.extend(std::iter::repeat_n(0, missing));
    params.extend(op.axes.iter().map(|&axis| steps[axis] as u32));
    let from = b.rows(node.inputs[0])?;
    let to = b.new_rows(node.output);
    let count: usize = extents.iter().product();
    let reduced: usize = op.axes.iter().map(|&axis| shape[axis]).product();
    params.extend([count as u32, from.first, to.first, reduced as u32]);
    let groups = groups_of(count, 64, 1);
    b.step("reduce", &[("KIND", kind)], &params, &[from.slot], to.slot, groups, b.graph.shape(node.output), 0);
    Ok(())
}

/// Lowers a normalisation: moments of every group, then the function of every element.
pub(super) fn normalize(b: &mut Builder<'_>, node: &Node, op: &Normalize) -> Result<(), Refusal> {
    let shape = b.graph.shape(node.inputs[0]);
    let count: usize = shape.iter().product();
    let (len, inner, channels, epsilon, has_shift) = match op {
        Normalize::Layer { axis, epsilon, shift } => {
            let len: usize = shape[*axis..].iter().product();
            (len, 1, len, *epsilon, *shift)
        }
        Normalize::Group { groups, epsilon } => {
            let plane: usize = shape[2..].iter().product();
            (shape[1] / groups * plane, plane, shape[1], *epsilon, true)
        }
    };
    let from = b.rows(node.inputs[0])?;
    let scale = b.rows(node.inputs[1])?;
    let shift = if has_shift { b.rows(node.inputs[2])? } else { scale };
    let rows = count / len;
    let moments = b.scratch_rows(rows * 2);
    let params = [rows as u32, len as u32, from.first, epsilon.to_bits()];
    b.step("moments", &[], &params, &[from.slot], moments.slot, groups_of(rows, 64, 1), &[rows, len], 0);
    let to = b.new_rows(node.output);
    let params = [
        count as u32,
        len as u32,
        inner as u32,
        channels as u32,
        from.first,
        to.first,
        scale.first,
        shift.first,
        u32::from(has_shift),
    ];
    let reads = [from.slot, moments.slot, scale.slot, shift.slot];
    b.step("normalize", &[], &params, &reads, to.slot, groups_of(count, 64, 1), shape, 0);
    Ok(())
}
