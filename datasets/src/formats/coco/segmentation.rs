//! The three spellings of a mask: polygons, compressed and uncompressed run lengths.

use serde_json::{Value, json};

use crate::formats::CocoSegmentation;
use crate::raster::{Mask, Ring, RleError};

/// The `segmentation` member for a mask, and whether it decodes to exactly the mask.
///
/// # Errors
/// When a run is longer than the COCO tools can hold, or there are too many of them.
pub(super) fn encode(mask: &Mask, crowd: bool, form: CocoSegmentation) -> Result<(Value, bool), RleError> {
    Ok(match form {
        CocoSegmentation::Rle => (compressed(mask)?, true),
        CocoSegmentation::RleUncompressed => {
            (json!({"size": [mask.height(), mask.width()], "counts": mask.to_coco_counts()?}), true)
        }
        CocoSegmentation::Auto => {
            // Readers expect run lengths for crowds; polygons cannot have holes.
            let rings = if crowd { Vec::new() } else { mask.rings() };
            let plain = !rings.is_empty() && rings.iter().all(|ring| !ring.is_hole());
            if plain && decodes_to(&rings, mask) { (polygons(&rings), true) } else { (compressed(mask)?, true) }
        }
        CocoSegmentation::Polygon => {
            let mut rings = mask.rings();
            rings.retain(|ring| !ring.is_hole());
            let exact = decodes_to(&rings, mask);
            (polygons(&rings), exact)
        }
    })
}

fn compressed(mask: &Mask) -> Result<Value, RleError> {
    Ok(json!({"size": [mask.height(), mask.width()], "counts": mask.to_coco_string()?}))
}

fn polygons(rings: &[Ring]) -> Value {
    rings.iter().map(|ring| ring.points.iter().flatten().copied().collect::<Vec<u32>>()).collect::<Vec<_>>().into()
}

fn decodes_to(rings: &[Ring], mask: &Mask) -> bool {
    let corner = |point: &[u32; 2]| point.map(f64::from);
    let polygons: Vec<Vec<[f64; 2]>> = rings.iter().map(|ring| ring.points.iter().map(corner).collect()).collect();
    Mask::from_polygons(mask.width(), mask.height(), &polygons).is_ok_and(|decoded| decoded == *mask)
}

/// The mask of a `segmentation` member in a picture of the given size.
///
/// # Errors
/// One line that says what is wrong.
pub(in crate::formats) fn decode(value: &Value, width: u32, height: u32) -> Result<Mask, String> {
    match value {
        Value::Array(parts) if parts.is_empty() => Err("it has no mask (segmentation is empty)".to_owned()),
        Value::Array(parts) if parts.iter().all(Value::is_array) => {
            let polygons =
                parts.iter().enumerate().map(|(at, part)| polygon(at, part)).collect::<Result<Vec<_>, _>>()?;
            Mask::from_polygons(width, height, &polygons).map_err(|error| error.to_string())
        }
        // One ring without the outer list, as some tools write it.
        Value::Array(_) => Mask::from_polygons(width, height, &[polygon(0, value)?]).map_err(|error| error.to_string()),
        Value::Object(rle) => run_lengths(rle, width, height),
        Value::Null => Err("it has no mask (no segmentation)".to_owned()),
        _ => Err("its segmentation is neither polygons nor run lengths".to_owned()),
    }
}

/// How many pixels polygons reach beyond the picture; 0 for run lengths, which cannot.
pub(super) fn overhang(value: &Value, width: u32, height: u32) -> f64 {
    let numbers = value.as_array().into_iter().flatten().filter_map(Value::as_array);
    let beyond = |(at, value): (usize, &Value)| {
        let side = f64::from(if at.is_multiple_of(2) { width } else { height });
        value.as_f64().map_or(0.0, |value| (value - side).max(-value))
    };
    numbers.flat_map(|ring| ring.iter().enumerate().map(beyond)).fold(0.0, f64::max)
}

fn polygon(at: usize, part: &Value) -> Result<Vec<[f64; 2]>, String> {
    let numbers = part.as_array().map(Vec::as_slice).unwrap_or_default();
    if !numbers.len().is_multiple_of(2) {
        return Err(format!("polygon {at} has an odd number of values ({})", numbers.len()));
    }
    if numbers.len() < 6 {
        return Err(format!("polygon {at} has {} corners, at least 3 are needed", numbers.len() / 2));
    }
    let number = |index: usize| {
        numbers[index]
            .as_f64()
            .filter(|v| v.is_finite())
            .ok_or_else(|| format!("polygon {at}: value {index} is not a number"))
    };
    (0..numbers.len() / 2).map(|corner| Ok([number(corner * 2)?, number(corner * 2 + 1)?])).collect()
}

fn run_lengths(rle: &serde_json::Map<String, Value>, width: u32, height: u32) -> Result<Mask, String> {
    let size = rle.get("size").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let size: Vec<Option<u64>> = size.iter().map(Value::as_u64).collect();
    match size[..] {
        [Some(h), Some(w)] if (h, w) == (u64::from(height), u64::from(width)) => {}
        [Some(h), Some(w)] => return Err(format!("its run lengths are for {w}x{h}, the picture is {width}x{height}")),
        _ => return Err("its run lengths have no size [height, width]".to_owned()),
    }
    match rle.get("counts") {
        Some(Value::String(text)) => Mask::from_rle_string(width, height, text).map_err(|error| error.to_string()),
        Some(Value::Array(counts)) => {
            let count = |(at, value): (usize, &Value)| {
                let whole = value
                    .as_u64()
                    .or_else(|| value.as_f64().filter(|v| *v >= 0.0 && v.fract() == 0.0).map(|v| v as u64));
                whole.ok_or_else(|| format!("run length {at} is {value}, not a count"))
            };
            let counts = counts.iter().enumerate().map(count).collect::<Result<Vec<u64>, _>>()?;
            Mask::from_rle_counts(width, height, &counts).map_err(|error| error.to_string())
        }
        _ => Err("its run lengths have no counts".to_owned()),
    }
}
