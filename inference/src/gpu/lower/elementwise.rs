//! Elementwise functions.

use limn_shaders::UNARY;

use super::builder::{Builder, UNBOUNDED, binary_number, groups_of, picture_of};
use super::strided::{AXES, axes, straight_copy};
use super::{Place, Refusal};
use crate::graph::{Activation, Binary, Node, Unary, ValueId};
use crate::reference::kernels::broadcast_strides;

/// Lowers a function of one operand, in whatever layout the operand lies.
pub(super) fn unary(b: &mut Builder<'_>, node: &Node, function: Unary) -> Result<(), Refusal> {
    let x = node.inputs[0];
    let (name, alpha, beta) = unary_name(function);
    if b.in_planes(x) && finite_at_zero(function) {
        let [channels, height, width] = b.picture(x)?;
        let (from, to) = (b.planes(x)?, b.new_planes(node.output)?);
        let count = channels.div_ceil(4) * height * width;
        function_step(b, name, b.tuning.planes(), [alpha, beta], from, to, count, b.graph.shape(node.output));
        return Ok(());
    }
    let from = b.rows(x)?;
    let len = b.graph.value(x).len();
    // The kernel works on vec4: a view that does not start at one is copied first.
    let from = if from.first.is_multiple_of(4) { from } else { straight_copy(b, from, len) };
    let to = b.new_rows(node.output);
    let from = Place { first: from.first / 4, ..from };
    function_step(b, name, &[], [alpha, beta], from, to, len.div_ceil(4), b.graph.shape(node.output));
    Ok(())
}

/// An activation of planes that a kernel could not take along.
pub(super) fn activation_step(
    b: &mut Builder<'_>,
    function: Activation,
    from: Place,
    to: Place,
    count: usize,
    shape: &[usize],
) {
    let (name, alpha, beta) = unary_name(Unary::Activation(function));
    function_step(b, name, b.tuning.planes(), [alpha, beta], from, to, count, shape);
}

#[expect(clippy::too_many_arguments, reason = "the operands of one dispatch")]
fn function_step(
    b: &mut Builder<'_>,
    name: &str,
    layout: &[(&'static str, u32)],
    [alpha, beta]: [f32; 2],
    from: Place,
    to: Place,
    count: usize,
    shape: &[usize],
) {
    let number = UNARY.iter().position(|&known| known == name).unwrap_or_default() as u32;
    let params = [count as u32, from.first, to.first, alpha.to_bits(), beta.to_bits()];
    let groups = groups_of(count, 64, 1);
    let defines = [&[("FUNCTION", number)], layout].concat();
    b.step("unary", &defines, &params, &[from.slot], to.slot, groups, shape, 0);
}

/// Whether the lanes beyond the last channel stay finite.
fn finite_at_zero(function: Unary) -> bool {
    !matches!(function, Unary::Log | Unary::Reciprocal)
}

/// Name in the shader table, alpha and beta.
fn unary_name(function: Unary) -> (&'static str, f32, f32) {
    match function {
        Unary::Activation(activation) => match activation {
            Activation::None => ("clip", UNBOUNDED[0], UNBOUNDED[1]),
            Activation::Relu => ("clip", 0.0, f32::INFINITY),
            Activation::Clip { min, max } => ("clip", min, max),
            Activation::LeakyRelu { alpha } => ("leaky_relu", alpha, 0.0),
            Activation::Sigmoid => ("sigmoid", 0.0, 0.0),
            Activation::HardSigmoid { alpha, beta } => ("hard_sigmoid", alpha, beta),
            Activation::HardSwish => ("hard_swish", 0.0, 0.0),
            Activation::Silu => ("silu", 0.0, 0.0),
        },
        Unary::Abs => ("abs", 0.0, 0.0),
        Unary::Ceil => ("ceil", 0.0, 0.0),
        Unary::Erf => ("erf", 0.0, 0.0),
        Unary::Exp => ("exp", 0.0, 0.0),
        Unary::Floor => ("floor", 0.0, 0.0),
        Unary::Gelu { tanh: false } => ("gelu", 0.0, 0.0),
        Unary::Gelu { tanh: true } => ("gelu_tanh", 0.0, 0.0),
        Unary::Log => ("log", 0.0, 0.0),
        Unary::Neg => ("neg", 0.0, 0.0),
        Unary::Not => ("not", 0.0, 0.0),
        Unary::Reciprocal => ("reciprocal", 0.0, 0.0),
        Unary::Round => ("round", 0.0, 0.0),
        Unary::Sign => ("sign", 0.0, 0.0),
        Unary::Softplus => ("softplus", 0.0, 0.0),
        Unary::Sqrt => ("sqrt", 0.0, 0.0),
        Unary::Tanh => ("tanh", 0.0, 0.0),
        Unary::Elu { alpha } => ("elu", alpha, 0.0),
        Unary::Truncate => ("truncate", 0.0, 0.0),
    }
}

fn binary_name(function: Binary) -> &'static str {
    match function {
        Binary::Add => "add",
        Binary::Sub => "sub",
        Binary::Mul => "mul",
        Binary::Div => "div",
        Binary::Pow => "pow",
        Binary::Min => "min",
        Binary::Max => "max",
        Binary::PRelu => "prelu",
        Binary::Less => "less",
        Binary::LessOrEqual => "less_or_equal",
        Binary::Greater => "greater",
        Binary::GreaterOrEqual => "greater_or_equal",
        Binary::Equal => "equal",
        Binary::And => "and",
        Binary::Or => "or",
        Binary::Xor => "xor",
    }
}

/// Lowers a function of two operands: in planes if one of them lies there and the other can be brought there.
pub(super) fn binary(b: &mut Builder<'_>, node: &Node, function: Binary) -> Result<(), Refusal> {
    let (left, right) = (node.inputs[0], node.inputs[1]);
    let number = binary_number(binary_name(function));
    let planes = picture_of(b.graph.shape(node.output)).is_some()
        && (b.in_planes(left) || b.in_planes(right))
        && (function != Binary::Div && function != Binary::Pow || b.graph.shape(node.output)[1].is_multiple_of(4));
    if planes && let (Some(l), Some(r)) = (plane_operand(b, left), plane_operand(b, right)) {
        let [channels, height, width] = b.picture(node.output)?;
        let to = b.new_planes(node.output)?;
        let size = height * width;
        let mut params = vec![width as u32, size as u32, to.first];
        for (place, steps) in [&l, &r] {
            params.push(place.first);
            params.extend(steps);
        }
        params.extend(UNBOUNDED.map(f32::to_bits));
        let groups = groups_of(size, 64, channels.div_ceil(4));
        let defines = [&[("FUNCTION", number)], b.tuning.planes()].concat();
        let shape = b.graph.shape(node.output);
        b.step("binary_planes", &defines, &params, &[l.0.slot, r.0.slot], to.slot, groups, shape, 0);
        return Ok(());
    }
    let shape = b.graph.shape(node.output);
    let (from_left, from_right) = (b.rows(left)?, b.rows(right)?);
    let to = b.new_rows(node.output);
    let mut params = axes(shape)?;
    params.extend(steps_of(b.graph.shape(left), shape)?);
    params.extend(steps_of(b.graph.shape(right), shape)?);
    let count: usize = shape.iter().product();
    params.extend([count as u32, from_left.first, from_right.first, to.first]);
    let groups = groups_of(count, 64, 1);
    b.step("binary", &[("FUNCTION", number)], &params, &[from_left.slot, from_right.slot], to.slot, groups, shape, 0);
    Ok(())
}

/// The place of an operand in planes with its steps (plane, row, column, splat), broadcast against a picture.
fn plane_operand(b: &mut Builder<'_>, value: ValueId) -> Option<(Place, [u32; 4])> {
    let shape = b.graph.shape(value).to_vec();
    // [c, 1, 1], [h, w] and scalars are pictures with leading ones; a constant of them is packed as such.
    let mut full = vec![1; 4_usize.checked_sub(shape.len())?];
    full.extend(&shape);
    let [channels, height, width] = picture_of(&full)?;
    let place = if shape.len() == 4 {
        b.planes(value).ok()?
    } else {
        let constant = b.graph.constant(value)?.to_f32();
        let size = height * width;
        let mut packed = vec![0.0; channels.div_ceil(4) * size * 4];
        for (channel, plane) in constant.chunks(size).enumerate() {
            for (pixel, &v) in plane.iter().enumerate() {
                packed[(channel / 4 * size + pixel) * 4 + channel % 4] = v;
            }
        }
        Place { slot: b.texels(packed), first: 0 }
    };
    let plane = if channels > 1 { height * width } else { 0 };
    let row = if height > 1 { width } else { 0 };
    let steps = [plane as u32, row as u32, u32::from(width > 1), u32::from(channels == 1)];
    Some((place, steps))
}

/// Lowers a choice between two operands, row-major.
pub(super) fn select(b: &mut Builder<'_>, node: &Node) -> Result<(), Refusal> {
    let shape = b.graph.shape(node.output);
    let mut params = axes(shape)?;
    let mut places = Vec::new();
    for &input in &node.inputs {
        params.extend(steps_of(b.graph.shape(input), shape)?);
        places.push(b.rows(input)?);
    }
    let to = b.new_rows(node.output);
    let count: usize = shape.iter().product();
    params.push(count as u32);
    params.extend(places.iter().map(|place| place.first));
    params.push(to.first);
    let slots: Vec<_> = places.iter().map(|place| place.slot).collect();
    b.step("select", &[], &params, &slots, to.slot, groups_of(count, 64, 1), shape, 0);
    Ok(())
}

/// Steps with which a tensor is read as one of `out_shape`, padded in front to eight axes.
fn steps_of(shape: &[usize], out_shape: &[usize]) -> Result<Vec<u32>, Refusal> {
    axes(&broadcast_strides(shape, out_shape)).map(|mut steps| {
        let missing = AXES - out_shape.len();
        steps[..missing].fill(0);
        steps
    })
}
