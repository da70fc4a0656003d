//! Resampling.

use super::Lowering;
use crate::graph::{Coordinates, NearestRounding, Op, Resize, ResizeMode};
use crate::onnx::{Refusal, invalid, unsupported};

/// `Resize` (operator sets 10 to 19) and its predecessor `Upsample`.
pub(super) fn resize(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let shape = l.shape(x);
    let a = l.attributes;
    let is_first_form = l.op == "Upsample" || l.opset < 11;
    let coordinates = match a.word_or("coordinate_transformation_mode", "half_pixel") {
        _ if is_first_form => Coordinates::Asymmetric,
        "half_pixel" => Coordinates::HalfPixel,
        "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
        "align_corners" => Coordinates::AlignCorners,
        "asymmetric" => Coordinates::Asymmetric,
        other => return Err(unsupported(format!("coordinate_transformation_mode `{other}`"))),
    };
    let rounding = match a.word_or("nearest_mode", "round_prefer_floor") {
        _ if is_first_form => NearestRounding::Floor,
        "round_prefer_floor" => NearestRounding::RoundPreferFloor,
        "round_prefer_ceil" => NearestRounding::RoundPreferCeil,
        "floor" => NearestRounding::Floor,
        "ceil" => NearestRounding::Ceil,
        other => return Err(unsupported(format!("nearest_mode `{other}`"))),
    };
    let mode = match a.word_or("mode", "nearest") {
        "nearest" => ResizeMode::Nearest(rounding),
        "linear" | "bilinear" => ResizeMode::Linear,
        other => return Err(unsupported(format!("mode `{other}`"))),
    };
    // These matter to cubic interpolation and to `tf_crop_and_resize` only.
    a.ignore(&["cubic_coeff_a", "exclude_outside", "extrapolation_value"]);
    if a.flag("antialias", false) {
        return Err(unsupported("`antialias`"));
    }
    let policy = a.word_or("keep_aspect_ratio_policy", "stretch");
    if policy != "stretch" {
        return Err(unsupported(format!("keep_aspect_ratio_policy `{policy}`")));
    }
    let (out, scales) = target(l, &shape, is_first_form)?;
    l.finish(Op::Resize(Resize { mode, coordinates, scales }), &[x], out)
}

/// Output shape, and the scale of every axis.
fn target(l: &Lowering<'_>, shape: &[usize], is_first_form: bool) -> Result<(Vec<usize>, Vec<f32>), Refusal> {
    let rank = shape.len();
    let axes = match l.attributes.ints("axes") {
        Some(axes) => axes.iter().map(|&axis| l.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    let scales_at = if is_first_form { 1 } else { 2 };
    let from_attribute = l.attributes.floats("scales").map(<[f32]>::to_vec);
    let scales = l.known_floats(scales_at, "scales")?.or(from_attribute).filter(|scales| !scales.is_empty());
    let sizes = if is_first_form { None } else { l.integers(3, "sizes")?.filter(|sizes| !sizes.is_empty()) };
    let (mut out, mut all) = (shape.to_vec(), vec![1.0; rank]);
    let count = scales.as_ref().map(Vec::len).or(sizes.as_ref().map(Vec::len));
    if count != Some(axes.len()) {
        return Err(invalid(format!("as many `scales` or `sizes` as axes ({}) are needed", axes.len())));
    }
    for (index, &axis) in axes.iter().enumerate() {
        if let Some(scales) = &scales {
            let extent = (shape[axis] as f32 * scales[index]).floor();
            if scales[index] <= 0.0 || !extent.is_finite() || !(1.0..=1e9).contains(&extent) {
                return Err(invalid(format!("a scale of {}", scales[index])));
            }
            (out[axis], all[axis]) = (extent as usize, scales[index]);
        } else if let Some(sizes) = &sizes {
            let extent = usize::try_from(sizes[index]).ok().filter(|&extent| extent > 0);
            let Some(extent) = extent else { return Err(invalid(format!("a size of {}", sizes[index]))) };
            (out[axis], all[axis]) = (extent, extent as f32 / shape[axis] as f32);
        }
    }
    Ok((out, all))
}

/// `GridSample` in its bilinear form with zeros outside.
pub(super) fn grid_sample(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let ((x, [n, channels, ..]), (grid, [n_grid, out_h, out_w, two])) = (l.picture(0)?, l.picture(1)?);
    let a = l.attributes;
    let mode = a.word_or("mode", "linear");
    let padding = a.word_or("padding_mode", "zeros");
    if !matches!(mode, "linear" | "bilinear") || padding != "zeros" {
        return Err(unsupported(format!("mode `{mode}` with padding_mode `{padding}`")));
    }
    if two != 2 || n != n_grid {
        return Err(invalid("the grid does not fit the picture"));
    }
    let op = Op::GridSample { align_corners: a.flag("align_corners", false) };
    l.finish(op, &[x, grid], vec![n, channels, out_h, out_w])
}
