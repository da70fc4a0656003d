//! Convolutions.
//!
//! One group: the implicit matrix product of `dense`. One filter per channel: `depthwise.wgsl`. Other groups: weights
//! widened with zeros to one group (correct, and rare enough).

use super::builder::{Builder, UNBOUNDED, groups_of};
use super::dense::{Geometry, dense_step, widen};
use super::elementwise::activation_step;
use super::{Place, Refusal};
use crate::graph::{Activation, Conv, Node};

/// Lowers a convolution.
pub(super) fn conv(b: &mut Builder<'_>, node: &Node, op: &Conv) -> Result<(), Refusal> {
    let [channels_in, height, width] = b.picture(node.inputs[0])?;
    let [channels, out_height, out_width] = b.picture(node.output)?;
    let weights = b.constant(node.inputs[1], "weights")?;
    let bias = if op.bias { b.constant(node.inputs[2], "a bias")?.to_vec() } else { vec![0.0; channels] };
    let residual = op.residual.then(|| node.inputs[node.inputs.len() - 1]);
    let taps = op.kernel[0] * op.kernel[1];
    let x = b.planes(node.inputs[0])?;
    let residual = residual.map(|value| b.planes(value)).transpose()?;
    let (bounds, function) = split_activation(op.activation);

    let depthwise = op.groups == channels_in
        && channels == channels_in
        && op.groups > 1
        && op.kernel[0] == op.kernel[1]
        && matches!(op.kernel[0], 3 | 5)
        && matches!(op.strides, [1, 1] | [2, 2])
        && op.dilations == [1, 1]
        && residual.is_none();
    let y = if function.is_some() {
        b.scratch_planes(channels, out_height * out_width)
    } else {
        b.new_planes(node.output)?
    };
    let macs = (out_height * out_width * channels * (channels_in / op.groups) * taps) as u64;
    if depthwise {
        let extents = [[height, width], [out_height, out_width]];
        depthwise_step(b, op, channels, extents, x, y, &weights, bias, bounds, macs);
    } else {
        let dense = widen(&weights, channels, channels_in, op.groups, taps)?;
        let geometry = Geometry {
            kernel: op.kernel,
            strides: op.strides,
            pads: [op.pads[0], op.pads[1]],
            dilations: op.dilations,
        };
        let shapes = [[channels_in, height, width], [channels, out_height, out_width]];
        dense_step(b, &geometry, shapes, x, y, residual, &dense, bias, bounds, macs);
    }
    if let Some(function) = function {
        let to = b.new_planes(node.output)?;
        let count = channels.div_ceil(4) * out_height * out_width;
        activation_step(b, function, y, to, count, b.graph.shape(node.output));
    }
    Ok(())
}

/// What a kernel does itself (bounds) and what takes a step of its own.
pub(super) fn split_activation(activation: Activation) -> ([f32; 2], Option<Activation>) {
    match activation {
        Activation::None => (UNBOUNDED, None),
        Activation::Relu => ([0.0, f32::INFINITY], None),
        Activation::Clip { min, max } => ([min, max], None),
        other => (UNBOUNDED, Some(other)),
    }
}

#[expect(clippy::too_many_arguments, reason = "the operands of one dispatch")]
fn depthwise_step(
    b: &mut Builder<'_>,
    op: &Conv,
    channels: usize,
    [[height, width], [out_height, out_width]]: [[usize; 2]; 2],
    x: Place,
    y: Place,
    weights: &[f32],
    mut bias: Vec<f32>,
    bounds: [f32; 2],
    macs: u64,
) {
    let (kernel, stride) = (op.kernel[0], op.strides[1]);
    let (taps, planes) = (kernel * kernel, channels.div_ceil(4));
    let mut packed = vec![0.0; planes * taps * 4];
    for channel in 0..channels {
        for tap in 0..taps {
            packed[(channel / 4 * taps + tap) * 4 + channel % 4] = weights[channel * taps + tap];
        }
    }
    bias.resize(planes * 4, 0.0);
    let (pixels, rows, workgroup) = b.tuning.depthwise(kernel, stride);
    let mut defines = vec![
        ("P", pixels as u32),
        ("K", kernel as u32),
        ("S", stride as u32),
        ("R", rows as u32),
        ("COLUMNS", ((pixels - 1) * stride + kernel) as u32),
        ("ROWS", ((rows - 1) * stride + kernel) as u32),
        ("TAPS", taps as u32),
        ("WG", workgroup as u32),
    ];
    defines.extend(b.tuning.lane_defines(taps.next_multiple_of(8)));
    let (weights, precision) = b.kernel_weights(packed);
    defines.extend(precision);
    let row_groups = out_width.div_ceil(pixels);
    let params = [
        width as u32,
        height as u32,
        x.first,
        out_width as u32,
        out_height as u32,
        y.first,
        row_groups as u32,
        op.pads[1] as u32,
        op.pads[0] as u32,
        bounds[0].to_bits(),
        bounds[1].to_bits(),
    ];
    let bias = b.weights(bias);
    let groups = groups_of(row_groups * out_height.div_ceil(rows), workgroup, planes);
    let shape = [channels, out_height, out_width];
    b.step("depthwise", &defines, &params, &[x.slot, weights, bias], y.slot, groups, &shape, macs);
}
