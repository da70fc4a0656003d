//! Transposed convolutions, as movement and a convolution.

use super::builder::{Builder, groups_of};
use super::conv::split_activation;
use super::dense::{Geometry, dense_step, widen};
use super::strided::{copy, row_major};
use super::{Place, Refusal};
use crate::graph::{ConvTranspose, Node};

/// A transposed convolution. Where windows do not overlap: a 1x1 convolution to `co kh kw` channels, then movement.
pub(super) fn transposed(b: &mut Builder<'_>, node: &Node, op: &ConvTranspose) -> Result<(), Refusal> {
    let [channels_in, height, width] = b.picture(node.inputs[0])?;
    let [channels, out_height, out_width] = b.picture(node.output)?;
    let [kh, kw] = op.kernel;
    if op.kernel != op.strides
        || op.pads != [0; 4]
        || op.groups != 1
        || [out_height, out_width] != [height * kh, width * kw]
    {
        return overlapping(b, node, op);
    }
    let weights = b.constant(node.inputs[1], "weights")?;
    let bias = if op.bias { b.constant(node.inputs[2], "a bias")?.to_vec() } else { vec![0.0; channels] };
    // [ci][co][kh][kw] to [(co kh kw)][ci].
    let wide = channels * kh * kw;
    let mut dense = vec![0.0; wide * channels_in];
    for ci in 0..channels_in {
        for out in 0..wide {
            dense[out * channels_in + ci] = weights[ci * wide + out];
        }
    }
    let bias = (0..wide).map(|out| bias[out / (kh * kw)]).collect();
    let (bounds, function) = split_activation(op.activation);
    if function.is_some() {
        return Err(Refusal::Activation(op.activation));
    }
    let x = b.planes(node.inputs[0])?;
    let scratch = b.scratch_planes(wide, height * width);
    let geometry = Geometry { kernel: [1, 1], strides: [1, 1], pads: [0, 0], dilations: [1, 1] };
    let shapes = [[channels_in, height, width], [wide, height, width]];
    let macs = (height * width * wide * channels_in) as u64;
    dense_step(b, &geometry, shapes, x, scratch, None, &dense, bias, bounds, macs);
    let to = b.new_rows(node.output);
    // Channel (c, dy, dx) of pixel (y, x) goes to (c, y kh + dy, x kw + dx): one unpacked picture, then one copy.
    let flat = b.scratch_rows(wide * height * width);
    let params = [(height * width) as u32, 0, scratch.first, flat.first];
    b.step(
        "unpack",
        b.tuning.planes(),
        &params,
        &[scratch.slot],
        flat.slot,
        groups_of(height * width, 64, wide),
        &[wide, height, width],
        0,
    );
    let extents = [1, channels, kh, kw, height, width];
    let from = row_major(&extents);
    let row = (width * kw) as i32;
    let to_steps = [0, (height * kh) as i32 * row, row, 1, kh as i32 * row, kw as i32];
    copy(b, &extents, flat, &from, to, &to_steps, b.graph.shape(node.output));
    Ok(())
}

/// A transposed convolution in general: the picture with zeros between its pixels, convolved with the kernel turned around.
fn overlapping(b: &mut Builder<'_>, node: &Node, op: &ConvTranspose) -> Result<(), Refusal> {
    let [channels_in, height, width] = b.picture(node.inputs[0])?;
    let [channels, out_height, out_width] = b.picture(node.output)?;
    let weights = b.constant(node.inputs[1], "weights")?;
    let bias = if op.bias { b.constant(node.inputs[2], "a bias")?.to_vec() } else { vec![0.0; channels] };
    let spread = [0, 1].map(|axis| op.dilations[axis] * (op.kernel[axis] - 1));
    let size = [out_height + spread[0], out_width + spread[1]];
    let mut first = [0; 2];
    for axis in 0..2 {
        first[axis] = spread[axis].checked_sub(op.pads[axis]).ok_or(Refusal::Padding)?;
        if first[axis] + ([height, width][axis] - 1) * op.strides[axis] >= size[axis] {
            return Err(Refusal::Padding);
        }
    }
    let from = b.rows(node.inputs[0])?;
    let len = channels_in * size[0] * size[1];
    let spaced = b.scratch_rows(len);
    let zero = Place { slot: b.weights(vec![0.0; 4]), first: 0 };
    let shape = [channels_in, size[0], size[1]];
    copy(b, &[len], zero, &[0], spaced, &[1], &shape);
    let extents = [channels_in, height, width];
    let steps = [size[0] * size[1], op.strides[0] * size[1], op.strides[1]].map(|step| step as i32);
    let inside = Place { first: (first[0] * size[1] + first[1]) as u32, ..spaced };
    copy(b, &extents, from, &row_major(&extents), inside, &steps, &shape);
    let x = b.scratch_planes(channels_in, size[0] * size[1]);
    let params = [channels_in as u32, (size[0] * size[1]) as u32, spaced.first, x.first];
    let groups = groups_of(size[0] * size[1], 64, channels_in.div_ceil(4));
    b.step("pack", b.tuning.planes(), &params, &[spaced.slot], x.slot, groups, &shape, 0);

    // [ci][co / groups][taps] to [co][ci / groups][taps turned around].
    let (in_group, out_group, taps) = (channels_in / op.groups, channels / op.groups, op.kernel[0] * op.kernel[1]);
    let mut turned = vec![0.0; channels * in_group * taps];
    for ci in 0..channels_in {
        for out in 0..out_group {
            for tap in 0..taps {
                let co = ci / in_group * out_group + out;
                turned[(co * in_group + ci % in_group) * taps + taps - 1 - tap] =
                    weights[(ci * out_group + out) * taps + tap];
            }
        }
    }
    let dense = widen(&turned, channels, channels_in, op.groups, taps)?;
    let (bounds, function) = split_activation(op.activation);
    if function.is_some() {
        return Err(Refusal::Activation(op.activation));
    }
    let y = b.new_planes(node.output)?;
    let geometry = Geometry { kernel: op.kernel, strides: [1, 1], pads: [0, 0], dilations: op.dilations };
    let shapes = [shape, [channels, out_height, out_width]];
    let macs = (height * width * channels_in * out_group * taps) as u64;
    dense_step(b, &geometry, shapes, x, y, None, &dense, bias, bounds, macs);
    Ok(())
}
