//! Convolutions.
//!
//! One group: the implicit matrix product of `conv.wgsl`. One filter per channel: `depthwise.wgsl`. Other groups: weights
//! widened with zeros to one group (correct, and rare enough).

use super::builder::{Builder, UNBOUNDED, groups_of};
use super::elementwise::activation_step;
use super::{Place, Reason};
use crate::gpu::tuning::ConvTile;
use crate::graph::{Activation, Conv, ConvTranspose, Node};

/// Everything about a dense convolution but its operands.
struct Geometry {
    kernel: [usize; 2],
    strides: [usize; 2],
    pads: [usize; 2],
    dilations: [usize; 2],
}

/// Lowers a convolution.
pub fn conv(b: &mut Builder<'_>, node: &Node, op: &Conv) -> Result<(), Reason> {
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

/// A transposed convolution. Where windows do not overlap: a 1x1 convolution to `co kh kw` channels, then movement.
pub fn transposed(b: &mut Builder<'_>, node: &Node, op: &ConvTranspose) -> Result<(), Reason> {
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
        return Err(format!("activation {:?}", op.activation));
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
        &[],
        &params,
        &[scratch.slot],
        flat.slot,
        groups_of(height * width, 64, wide),
        &[wide, height, width],
        0,
    );
    let extents = [1, channels, kh, kw, height, width];
    let from = super::layouts::row_major(&extents);
    let row = (width * kw) as i32;
    let to_steps = [0, (height * kh) as i32 * row, row, 1, kh as i32 * row, kw as i32];
    super::layouts::copy(b, &extents, flat, &from, to, &to_steps, b.graph.shape(node.output));
    Ok(())
}

/// A transposed convolution in general: the picture with zeros between its pixels, convolved with the kernel turned around.
fn overlapping(b: &mut Builder<'_>, node: &Node, op: &ConvTranspose) -> Result<(), Reason> {
    let [channels_in, height, width] = b.picture(node.inputs[0])?;
    let [channels, out_height, out_width] = b.picture(node.output)?;
    let weights = b.constant(node.inputs[1], "weights")?;
    let bias = if op.bias { b.constant(node.inputs[2], "a bias")?.to_vec() } else { vec![0.0; channels] };
    let spread = [0, 1].map(|axis| op.dilations[axis] * (op.kernel[axis] - 1));
    let size = [out_height + spread[0], out_width + spread[1]];
    let mut first = [0; 2];
    for axis in 0..2 {
        first[axis] = spread[axis].checked_sub(op.pads[axis]).ok_or("more padding than the kernel reaches")?;
        if first[axis] + ([height, width][axis] - 1) * op.strides[axis] >= size[axis] {
            return Err("more padding than the kernel reaches".to_owned());
        }
    }
    let from = b.rows(node.inputs[0])?;
    let len = channels_in * size[0] * size[1];
    let spaced = b.scratch_rows(len);
    let zero = Place { slot: b.weights(vec![0.0; 4]), first: 0 };
    let shape = [channels_in, size[0], size[1]];
    super::layouts::copy(b, &[len], zero, &[0], spaced, &[1], &shape);
    let extents = [channels_in, height, width];
    let steps = [size[0] * size[1], op.strides[0] * size[1], op.strides[1]].map(|step| step as i32);
    let inside = Place { first: (first[0] * size[1] + first[1]) as u32, ..spaced };
    super::layouts::copy(b, &extents, from, &super::layouts::row_major(&extents), inside, &steps, &shape);
    let x = b.scratch_planes(channels_in, size[0] * size[1]);
    let params = [channels_in as u32, (size[0] * size[1]) as u32, spaced.first, x.first];
    let groups = groups_of(size[0] * size[1], 64, channels_in.div_ceil(4));
    b.step("pack", &[], &params, &[spaced.slot], x.slot, groups, &shape, 0);

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
        return Err(format!("activation {:?}", op.activation));
    }
    let y = b.new_planes(node.output)?;
    let geometry = Geometry { kernel: op.kernel, strides: [1, 1], pads: [0, 0], dilations: op.dilations };
    let shapes = [shape, [channels, out_height, out_width]];
    let macs = (height * width * channels_in * out_group * taps) as u64;
    dense_step(b, &geometry, shapes, x, y, None, &dense, bias, bounds, macs);
    Ok(())
}

/// What a kernel does itself (bounds) and what takes a step of its own.
pub fn split_activation(activation: Activation) -> ([f32; 2], Option<Activation>) {
    match activation {
        Activation::None => (UNBOUNDED, None),
        Activation::Relu => ([0.0, f32::INFINITY], None),
        Activation::Clip { min, max } => ([min, max], None),
        other => (UNBOUNDED, Some(other)),
    }
}

/// Weights `[co, ci / groups, taps]` of `groups` groups as those of one group.
fn widen(weights: &[f32], co: usize, ci: usize, groups: usize, taps: usize) -> Result<Vec<f32>, Reason> {
    if groups == 1 {
        return Ok(weights.to_vec());
    }
    let (in_group, out_group) = (ci / groups, co / groups);
    let len = co * ci * taps;
    if len > (1 << 24) {
        return Err(format!("{groups} groups of {in_group} channels"));
    }
    let mut dense = vec![0.0; len];
    for out in 0..co {
        let first = out / out_group * in_group;
        let from = &weights[out * in_group * taps..][..in_group * taps];
        dense[(out * ci + first) * taps..][..in_group * taps].copy_from_slice(from);
    }
    Ok(dense)
}

#[expect(clippy::too_many_arguments, reason = "the operands of one dispatch")]
fn dense_step(
    b: &mut Builder<'_>,
    geometry: &Geometry,
    [[ci, height, width], [co, out_height, out_width]]: [[usize; 3]; 2],
    x: Place,
    y: Place,
    residual: Option<Place>,
    weights: &[f32],
    mut bias: Vec<f32>,
    bounds: [f32; 2],
    macs: u64,
) {
    let [stride, dilation] = [geometry.strides[1], geometry.dilations[1]];
    if let Some(tile) = b.tuning.conv_rows(geometry.kernel[1], stride * dilation, out_width, co) {
        let shapes = [[ci, height, width], [co, out_height, out_width]];
        return rows_step(b, geometry, tile, shapes, x, y, residual, weights, bias, bounds, macs);
    }
    let pixels = out_height * out_width;
    let tile = b.tuning.conv(pixels, co);
    let block = 8 * tile.eights;
    let blocks = co.div_ceil(block);
    let [kh, kw] = geometry.kernel;
    let packed = pack_weights(weights, [co, ci], kh * kw, 1, block);
    bias.resize(blocks * block, 0.0);
    let pointwise = [kh, kw] == [1, 1]
        && geometry.strides == [1, 1]
        && geometry.pads == [0, 0]
        && [out_height, out_width] == [height, width];
    let mut defines = b.tuning.conv_defines(tile);
    if !pointwise {
        defines.push(("TAPS", 1));
    } else if b.tuning.wide && in_pairs(tile, [pixels, pixels], [Some(x), Some(y), residual]) {
        defines.push(("PAIRS", tile.pixels as u32 / 2));
    }
    if residual.is_some() {
        defines.push(("RESIDUAL", 1));
    }
    let params = [
        width as u32,
        height as u32,
        ci.div_ceil(4) as u32,
        x.first,
        out_width as u32,
        out_height as u32,
        co.div_ceil(4) as u32,
        y.first,
        kw as u32,
        kh as u32,
        geometry.strides[1] as u32,
        geometry.strides[0] as u32,
        geometry.dilations[1] as u32,
        geometry.dilations[0] as u32,
        geometry.pads[1] as u32,
        geometry.pads[0] as u32,
        residual.map_or(0, |place| place.first),
        bounds[0].to_bits(),
        bounds[1].to_bits(),
    ];
    let (weights, bias) = (b.weights(packed), b.weights(bias));
    let mut operands = vec![x.slot, weights, bias, y.slot];
    operands.extend(residual.map(|place| place.slot));
    let groups = groups_of(pixels, tile.pixels * tile.workgroup, blocks);
    b.step_with("conv", &defines, &params, operands, 3, groups, &[co, out_height, out_width], macs);
}

#[expect(clippy::too_many_arguments, reason = "the operands of one dispatch")]
fn rows_step(
    b: &mut Builder<'_>,
    geometry: &Geometry,
    tile: ConvTile,
    [[ci, height, width], [co, out_height, out_width]]: [[usize; 3]; 2],
    x: Place,
    y: Place,
    residual: Option<Place>,
    weights: &[f32],
    mut bias: Vec<f32>,
    bounds: [f32; 2],
    macs: u64,
) {
    let block = 8 * tile.eights;
    let blocks = co.div_ceil(block);
    let [kh, kw] = geometry.kernel;
    let [stride, dilation] = [geometry.strides[1], geometry.dilations[1]];
    let columns = (tile.pixels - 1) * stride + (kw - 1) * dilation + 1;
    let packed = pack_weights(weights, [co, ci], kh * kw, kw, block);
    bias.resize(blocks * block, 0.0);
    let mut defines = b.tuning.conv_defines(tile);
    defines.extend([("K", kw as u32), ("S", stride as u32), ("D", dilation as u32), ("COLUMNS", columns as u32)]);
    let pairs = b.tuning.wide && in_pairs(tile, [width, out_width], [Some(x), Some(y), residual]);
    let shift = if pairs { geometry.pads[1] % 2 } else { 0 };
    defines.push(("SHIFT", shift as u32));
    if pairs {
        defines.extend([("PAIRS", (columns + shift).div_ceil(2) as u32), ("HALF", tile.pixels as u32 / 2)]);
    }
    if residual.is_some() {
        defines.push(("RESIDUAL", 1));
    }
    let row_groups = out_width.div_ceil(tile.pixels);
    let params = [
        width as u32,
        height as u32,
        ci.div_ceil(4) as u32,
        x.first,
        out_width as u32,
        out_height as u32,
        co.div_ceil(4) as u32,
        y.first,
        row_groups as u32,
        kh as u32,
        geometry.strides[0] as u32,
        geometry.dilations[0] as u32,
        geometry.pads[1] as u32,
        geometry.pads[0] as u32,
        residual.map_or(0, |place| place.first),
        bounds[0].to_bits(),
        bounds[1].to_bits(),
    ];
    let (weights, bias) = (b.weights(packed), b.weights(bias));
    let mut operands = vec![x.slot, weights, bias, y.slot];
    operands.extend(residual.map(|place| place.slot));
    let groups = groups_of(row_groups * out_height, tile.workgroup, blocks);
    b.step_with("conv_rows", &defines, &params, operands, 3, groups, &[co, out_height, out_width], macs);
}

/// Whether pixels can be moved two at a time: even tiles, even lengths (what follows each other in memory), even places.
fn in_pairs(tile: ConvTile, lengths: [usize; 2], places: [Option<Place>; 3]) -> bool {
    tile.pixels.is_multiple_of(2)
        && lengths.iter().all(|length| length.is_multiple_of(2))
        && places.into_iter().flatten().all(|place| place.first.is_multiple_of(2))
}

/// `[co][ci][taps]` to `[block][taps / inner][input plane][inner][output channel in block]` vec4 over the plane's channels.
/// `inner`: as many taps as stand inside the planes (a kernel's row, or one).
fn pack_weights(weights: &[f32], [co, ci]: [usize; 2], taps: usize, inner: usize, block: usize) -> Vec<f32> {
    let (blocks, planes) = (co.div_ceil(block), ci.div_ceil(4));
    let mut packed = vec![0.0; blocks * taps * planes * block * 4];
    for out in 0..co {
        for input in 0..ci {
            for tap in 0..taps {
                let (plane, first) = (input / 4, out / block * taps * planes);
                let row = first + (tap / inner * planes + plane) * inner + tap % inner;
                packed[(row * block + out % block) * 4 + input % 4] = weights[(out * ci + input) * taps + tap];
            }
        }
    }
    packed
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
        ("EIGHTHS", taps.div_ceil(8) as u32),
        ("WG", workgroup as u32),
    ];
    defines.extend(b.tuning.defines());
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
    let (weights, bias) = (b.weights(packed), b.weights(bias));
    let groups = groups_of(row_groups * out_height.div_ceil(rows), workgroup, planes);
    let shape = [channels, out_height, out_width];
    b.step("depthwise", &defines, &params, &[x.slot, weights, bias], y.slot, groups, &shape, macs);
}
