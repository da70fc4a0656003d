//! Pools and resampling, in planes.

use super::Refusal;
use super::builder::{Builder, groups_of};
use crate::graph::{Coordinates, Node, Pool, PoolKind, Resize, ResizeMode};
use crate::reference::kernels::resize::sample;

/// Lowers a pool.
pub(super) fn pool(b: &mut Builder<'_>, node: &Node, op: &Pool) -> Result<(), Refusal> {
    let [channels, height, width] = b.picture(node.inputs[0])?;
    let [_, out_height, out_width] = b.picture(node.output)?;
    let from = b.planes(node.inputs[0])?;
    let to = b.new_planes(node.output)?;
    let (kind, count_pad): (&[_], bool) = match op.kind {
        PoolKind::Max => (&[("MAX", 1)], false),
        PoolKind::Average { count_pad } => (&[], count_pad),
    };
    let defines = [kind, b.tuning.planes()].concat();
    let params = [
        width,
        height,
        from.first as usize,
        out_width,
        out_height,
        to.first as usize,
        op.kernel[1],
        op.kernel[0],
        op.strides[1],
        op.strides[0],
        op.dilations[1],
        op.dilations[0],
        op.pads[1],
        op.pads[0],
        op.pads[3],
        op.pads[2],
        usize::from(count_pad),
    ]
    .map(|v| v as u32);
    let groups = groups_of(out_height * out_width, 64, channels.div_ceil(4));
    b.step("pool", &defines, &params, &[from.slot], to.slot, groups, b.graph.shape(node.output), 0);
    Ok(())
}

/// Lowers a resize of height and width.
pub(super) fn resize(b: &mut Builder<'_>, node: &Node, op: &Resize) -> Result<(), Refusal> {
    let [channels, height, width] = b.picture(node.inputs[0])?;
    let [out_channels, out_height, out_width] = b.picture(node.output)?;
    if channels != out_channels || op.scales.len() != 4 {
        return Err(Refusal::ResizedChannels);
    }
    let (scale_x, shift_x) = coordinate(op, width, out_width, op.scales[3]);
    let (scale_y, shift_y) = coordinate(op, height, out_height, op.scales[2]);
    let from = b.planes(node.inputs[0])?;
    let to = b.new_planes(node.output)?;
    let params = [
        width as u32,
        height as u32,
        from.first,
        out_width as u32,
        out_height as u32,
        to.first,
        scale_x.to_bits(),
        scale_y.to_bits(),
        shift_x.to_bits(),
        shift_y.to_bits(),
    ];
    let groups = groups_of(out_height * out_width, 64, channels.div_ceil(4));
    let shape = b.graph.shape(node.output);
    if op.mode == ResizeMode::Linear {
        b.step("resize", b.tuning.planes(), &params, &[from.slot], to.slot, groups, shape, 0);
        return Ok(());
    }
    // Which sample is the nearest is decided here: a place exactly between two must not depend on a device's rounding.
    let axis = |scale, input, output| (0..output).map(move |o| sample(op, o, scale, input, output).low);
    let table = axis(op.scales[3], width, out_width).chain(axis(op.scales[2], height, out_height));
    let table = b.weights(table.map(|index| f32::from_bits(index as u32)).collect());
    let reads = vec![from.slot, table];
    let defines = [&[("NEAREST", 1)], b.tuning.planes()].concat();
    b.step_with("resize", &defines, &params, reads, to.slot, 1, groups, shape, 0);
    Ok(())
}

/// Input coordinate of output index o as o * scale + shift.
fn coordinate(op: &Resize, input: usize, output: usize, scale: f32) -> (f32, f32) {
    let half_pixel = (1.0 / scale, 0.5 / scale - 0.5);
    match op.coordinates {
        _ if input == output && scale == 1.0 => (1.0, 0.0),
        Coordinates::HalfPixel => half_pixel,
        Coordinates::PytorchHalfPixel if output > 1 => half_pixel,
        Coordinates::AlignCorners if output > 1 => ((input as f32 - 1.0) / (output as f32 - 1.0), 0.0),
        Coordinates::PytorchHalfPixel | Coordinates::AlignCorners => (0.0, 0.0),
        Coordinates::Asymmetric => (1.0 / scale, 0.0),
    }
}

/// Lowers sampling at given places.
pub(super) fn grid_sample(b: &mut Builder<'_>, node: &Node, align_corners: bool) -> Result<(), Refusal> {
    let [channels, height, width] = b.picture(node.inputs[0])?;
    let [_, out_height, out_width] = b.picture(node.output)?;
    let from = b.planes(node.inputs[0])?;
    let grid = b.rows(node.inputs[1])?;
    let to = b.new_planes(node.output)?;
    let size = out_height * out_width;
    let params = [width as u32, height as u32, from.first, grid.first, size as u32, to.first];
    let corners: &[_] = if align_corners { &[("ALIGN_CORNERS", 1)] } else { &[] };
    let defines = [corners, b.tuning.planes()].concat();
    let groups = groups_of(size, 64, channels.div_ceil(4));
    let shape = b.graph.shape(node.output);
    b.step("grid_sample", &defines, &params, &[from.slot, grid.slot], to.slot, groups, shape, 0);
    Ok(())
}
