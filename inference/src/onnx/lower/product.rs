//! Matrix products, softmax, normalisation.

use super::Lowering;
use super::elementwise::binary;
use crate::graph::{Activation, Binary, Constant, MatMul, Normalize, Op, shape};
use crate::onnx::{Refusal, invalid, unsupported};

const PLAIN: MatMul =
    MatMul { transpose_a: false, transpose_b: false, alpha: 1.0, bias: false, beta: 1.0, activation: Activation::None };

/// `MatMul` as numpy does it: vectors get an axis, leading axes broadcast.
pub(super) fn matmul(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (mut a, mut b) = (l.floats(0)?, l.floats(1)?);
    let (mut a_shape, mut b_shape) = (l.shape(a), l.shape(b));
    let (a_vector, b_vector) = (a_shape.len() == 1, b_shape.len() == 1);
    if a_shape.is_empty() || b_shape.is_empty() {
        return Err(invalid("a scalar operand"));
    }
    if a_vector {
        a_shape.insert(0, 1);
        a = l.push(Op::Reshape, &[a], a_shape.clone())?;
    }
    if b_vector {
        b_shape.push(1);
        b = l.push(Op::Reshape, &[b], b_shape.clone())?;
    }
    let (a_rank, b_rank) = (a_shape.len(), b_shape.len());
    let batch = shape::broadcast(&a_shape[..a_rank - 2], &b_shape[..b_rank - 2]);
    let (Some(mut out), true) = (batch, a_shape[a_rank - 1] == b_shape[b_rank - 2]) else {
        return Err(invalid(format!("shapes {a_shape:?} and {b_shape:?} do not go together")));
    };
    out.extend([a_shape[a_rank - 2], b_shape[b_rank - 1]]);
    let mut id = l.push(Op::MatMul(PLAIN), &[a, b], out.clone())?;
    if a_vector {
        out.remove(out.len() - 2);
    }
    if b_vector {
        out.pop();
    }
    if a_vector || b_vector {
        id = l.push(Op::Reshape, &[id], out)?;
    }
    l.done(id)
}

/// `Gemm`.
pub(super) fn gemm(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (a, b) = (l.floats(0)?, l.floats(1)?);
    let (a_shape, b_shape) = (l.shape(a), l.shape(b));
    let [a0, a1] = <[usize; 2]>::try_from(a_shape.as_slice()).map_err(|_| invalid("operand 0 is no matrix"))?;
    let [b0, b1] = <[usize; 2]>::try_from(b_shape.as_slice()).map_err(|_| invalid("operand 1 is no matrix"))?;
    let attributes = l.attributes;
    let (transpose_a, transpose_b) = (attributes.flag("transA", false), attributes.flag("transB", false));
    let (rows, depth_a) = if transpose_a { (a1, a0) } else { (a0, a1) };
    let (depth_b, columns) = if transpose_b { (b1, b0) } else { (b0, b1) };
    if depth_a != depth_b {
        return Err(invalid(format!("shapes {a_shape:?} and {b_shape:?} do not go together")));
    }
    let out = vec![rows, columns];
    let c = l.optional(2);
    if let Some(c) = c
        && shape::broadcast(&l.shape(c), &out).as_ref() != Some(&out)
    {
        return Err(invalid(format!("operand 2 of shape {:?} does not broadcast to {out:?}", l.shape(c))));
    }
    let product = MatMul {
        transpose_a,
        transpose_b,
        alpha: attributes.float_or("alpha", 1.0),
        bias: c.is_some(),
        beta: attributes.float_or("beta", 1.0),
        activation: Activation::None,
    };
    let inputs: Vec<_> = [a, b].into_iter().chain(c).collect();
    l.finish(Op::MatMul(product), &inputs, out)
}

/// `Softmax` and `LogSoftmax`; before operator set 13 over all axes from `axis` on.
pub(super) fn softmax(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let shape = l.shape(x);
    let log = l.op == "LogSoftmax";
    let flattens = l.opset < 13;
    let axis = l.axis(l.attributes.int_or("axis", if flattens { 1 } else { -1 }), shape.len())?;
    if !flattens || axis + 1 == shape.len() {
        return l.finish(Op::Softmax { axis, log }, &[x], shape);
    }
    let flat = vec![shape[..axis].iter().product(), shape[axis..].iter().product()];
    let x = l.push(Op::Reshape, &[x], flat.clone())?;
    let y = l.push(Op::Softmax { axis: 1, log }, &[x], flat)?;
    l.finish(Op::Reshape, &[y], shape)
}

/// `BatchNormalization` with known statistics: a factor and an offset per channel, which the optimiser moves into a
/// convolution before it.
pub(super) fn batch_normalization(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let shape = l.shape(x);
    let epsilon = l.attributes.float_or("epsilon", 1e-5);
    l.attributes.ignore(&["momentum"]);
    if l.attributes.flag("training_mode", false) || !l.attributes.flag("spatial", true) {
        return Err(unsupported("training mode"));
    }
    let channels = *shape.get(1).ok_or_else(|| invalid("operand 0 has no channels"))?;
    let mut statistics = Vec::new();
    for (index, name) in [(1, "scale"), (2, "B"), (3, "mean"), (4, "var")] {
        let values = l.known_floats(index, name)?.ok_or_else(|| invalid(format!("`{name}` is missing")))?;
        if values.len() != channels {
            return Err(invalid(format!("`{name}` has {} elements for {channels} channels", values.len())));
        }
        statistics.push(values);
    }
    let [scale, offset, mean, variance] = [0, 1, 2, 3].map(|index: usize| &statistics[index]);
    // In f64: the factor then goes into weights that are many times multiplied.
    let factor: Vec<f64> =
        (0..channels).map(|c| f64::from(scale[c]) / (f64::from(variance[c]) + f64::from(epsilon)).sqrt()).collect();
    let shift: Vec<f32> =
        (0..channels).map(|c| (f64::from(offset[c]) - f64::from(mean[c]) * factor[c]) as f32).collect();
    let factor: Vec<f32> = factor.into_iter().map(|factor| factor as f32).collect();
    let mut per_channel = vec![1; shape.len() - 1];
    per_channel[0] = channels;
    let factor = l.push_constant(Constant::f32(per_channel.clone(), factor));
    let shift = l.push_constant(Constant::f32(per_channel, shift));
    let scaled = binary(l, Binary::Mul, x, factor)?;
    let id = binary(l, Binary::Add, scaled, shift)?;
    l.done(id)
}

/// `LayerNormalization`.
pub(super) fn layer_normalization(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, scale) = (l.floats(0)?, l.floats(1)?);
    let shape = l.shape(x);
    l.attributes.ignore(&["stash_type"]);
    let axis = l.axis(l.attributes.int_or("axis", -1), shape.len())?;
    let epsilon = l.attributes.float_or("epsilon", 1e-5);
    let shift = l.optional(2);
    for id in [Some(scale), shift].into_iter().flatten() {
        if l.shape(id) != shape[axis..] {
            return Err(unsupported("scale and shift of another shape than the normalised axes"));
        }
    }
    let op = Op::Normalize(Normalize::Layer { axis, epsilon, shift: shift.is_some() });
    let inputs: Vec<_> = [x, scale].into_iter().chain(shift).collect();
    l.finish(op, &inputs, shape)
}

/// `InstanceNormalization` and `GroupNormalization`.
pub(super) fn group_normalization(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, mut scale, mut shift) = (l.floats(0)?, l.floats(1)?, l.floats(2)?);
    let shape = l.shape(x);
    l.attributes.ignore(&["stash_type"]);
    let channels = *shape.get(1).ok_or_else(|| invalid("operand 0 has no channels"))?;
    let epsilon = l.attributes.float_or("epsilon", 1e-5);
    let is_instance = l.op == "InstanceNormalization";
    let groups = if is_instance { channels as i64 } else { l.attributes.int_or("num_groups", 0) };
    let groups = usize::try_from(groups).ok().filter(|&g| g > 0 && channels % g == 0);
    let Some(groups) = groups else { return Err(invalid(format!("`num_groups` does not divide {channels} channels"))) };
    // Operator set 18 had one factor per group, 21 has one per channel.
    if !is_instance && l.opset < 21 && groups != channels {
        for operand in [&mut scale, &mut shift] {
            let column = l.push(Op::Reshape, &[*operand], vec![groups, 1])?;
            let wide = l.push(Op::Expand, &[column], vec![groups, channels / groups])?;
            *operand = l.push(Op::Reshape, &[wide], vec![channels])?;
        }
    }
    for id in [scale, shift] {
        if l.shape(id) != [channels] {
            return Err(invalid(format!("scale or shift of shape {:?} for {channels} channels", l.shape(id))));
        }
    }
    l.finish(Op::Normalize(Normalize::Group { groups, epsilon }), &[x, scale, shift], shape)
}
