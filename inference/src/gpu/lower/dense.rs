//! Dense convolutions: the implicit matrix products of `conv.wgsl` and `conv_rows.wgsl`.

use super::builder::{Builder, groups_of};
use super::{Place, Refusal};

/// Everything about a dense convolution but its operands.
pub(super) struct Geometry {
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
pub(super) fn widen(weights: &[f32], co: usize, ci: usize, groups: usize, taps: usize) -> Result<Vec<f32>, Refusal> {
    if groups == 1 {
        return Ok(weights.to_vec());
    }
    let (in_group, out_group) = (ci / groups, co / groups);
    let len = co * ci * taps;
    if len > (1 << 24) {
        return Err(Refusal::Groups { groups, channels: in_group });
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
pub(super) fn dense_step(
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
    let [kh, kw] = geometry.kernel;
    let [stride, dilation] = [geometry.strides[1], geometry.dilations[1]];
    let pixels = out_height * out_width;
    let by_rows = b.tuning.conv_rows(kw, stride * dilation, out_width, co);
    let tile = by_rows.unwrap_or_else(|| b.tuning.conv(pixels, co));
    let row_groups = out_width.div_ceil(tile.pixels);
    let block = 8 * tile.eights;
    let blocks = co.div_ceil(block);
    let mut defines = b.tuning.conv_defines(tile);
    let (kernel, inner, tiles) = if by_rows.is_some() {
        let columns = (tile.pixels - 1) * stride + (kw - 1) * dilation + 1;
        defines.extend([("K", kw as u32), ("S", stride as u32), ("D", dilation as u32), ("COLUMNS", columns as u32)]);
        ("conv_rows", kw, row_groups * out_height)
    } else {
        defines.extend([("K", 1), ("S", 1), ("D", 1)]);
        let pointwise = [kh, kw] == [1, 1]
            && geometry.strides == [1, 1]
            && geometry.pads == [0, 0]
            && [out_height, out_width] == [height, width];
        if !pointwise {
            defines.push(("TAPS", 1));
        }
        ("conv", 1, pixels.div_ceil(tile.pixels))
    };
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
        row_groups as u32,
    ];
    let (weights, precision) = b.kernel_weights(pack_weights(weights, [co, ci], kh * kw, inner, block));
    defines.extend(precision);
    bias.resize(blocks * block, 0.0);
    let bias = b.weights(bias);
    let mut reads = vec![x.slot, weights, bias];
    reads.extend(residual.map(|place| place.slot));
    let groups = groups_of(tiles, tile.workgroup, blocks);
    b.step_with(kernel, &defines, &params, reads, y.slot, 3, groups, &[co, out_height, out_width], macs);
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
