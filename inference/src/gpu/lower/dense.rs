//! Dense convolutions: the implicit matrix products of `conv.wgsl` and `conv_rows.wgsl`.

use super::builder::{Builder, groups_of};
use super::{Place, Reason};
use crate::gpu::tuning::ConvTile;

/// Everything about a dense convolution but its operands.
pub struct Geometry {
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps on y and x.
    pub strides: [usize; 2],
    /// Zeros added: top, left.
    pub pads: [usize; 2],
    /// Distance between taps on y and x.
    pub dilations: [usize; 2],
}

/// Weights `[co, ci / groups, taps]` of `groups` groups as those of one group.
pub fn widen(weights: &[f32], co: usize, ci: usize, groups: usize, taps: usize) -> Result<Vec<f32>, Reason> {
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

/// A convolution of one group: weights `[co, ci, taps]`, shapes of x and y, `bounds` of the result.
#[expect(clippy::too_many_arguments, reason = "the operands of one dispatch")]
pub fn dense_step(
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
