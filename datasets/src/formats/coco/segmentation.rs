//! The three spellings of a mask: polygons, compressed and uncompressed run lengths.

use serde_json::{Value, json};

use crate::formats::outlines::{Outlines, floats};
use crate::formats::room::Room;
use crate::formats::{CocoSegmentation, lenient};
use crate::raster::keyhole::Corners;
use crate::raster::{Mask, Ring, RleError};

/// What became of a mask.
pub(super) struct Written {
    /// The `segmentation` member.
    pub(super) value: Value,
    /// False if polygons lost holes of it.
    pub(super) whole: bool,
    /// What readers will see, where that is not the mask itself.
    pub(super) read: Option<Mask>,
}

/// The `segmentation` member for a mask.
///
/// # Errors
/// When a run is longer than the COCO tools can hold, or there are too many of them.
pub(super) fn encode(
    mask: &Mask,
    crowd: bool,
    form: CocoSegmentation,
    outlines: &Outlines,
) -> Result<Written, RleError> {
    let exact = |value: Value| Written { value, whole: true, read: None };
    Ok(match form {
        CocoSegmentation::Rle => exact(compressed(mask)?),
        CocoSegmentation::RleUncompressed => {
            exact(json!({"size": [mask.height(), mask.width()], "counts": mask.to_coco_counts()?}))
        }
        CocoSegmentation::Auto => {
            // Readers expect run lengths for crowds; polygons cannot have holes.
            let plain = !crowd && !has_hole(mask);
            let rings = if plain { outlines.outer_rings(mask) } else { Vec::new() };
            match read(&rings, mask).filter(|_| !rings.is_empty()) {
                Some(same) if same == *mask => exact(polygons(&rings)),
                Some(near) if !outlines.is_exact() => {
                    Written { value: polygons(&rings), whole: true, read: Some(near) }
                }
                _ => exact(compressed(mask)?),
            }
        }
        CocoSegmentation::Polygon => {
            let rings = outlines.outer_rings(mask);
            let read = read(&rings, mask);
            let whole = if outlines.is_exact() { read.as_ref() == Some(mask) } else { !has_hole(mask) };
            Written { value: polygons(&rings), whole, read: read.filter(|_| !outlines.is_exact()) }
        }
    })
}

fn has_hole(mask: &Mask) -> bool {
    mask.rings().iter().any(Ring::is_hole)
}

fn compressed(mask: &Mask) -> Result<Value, RleError> {
    Ok(json!({"size": [mask.height(), mask.width()], "counts": mask.to_coco_string()?}))
}

fn polygons(rings: &[Corners]) -> Value {
    rings.iter().map(|ring| ring.as_flattened().to_vec()).collect::<Vec<_>>().into()
}

/// What readers see of the rings.
fn read(rings: &[Corners], mask: &Mask) -> Option<Mask> {
    let polygons: Vec<Vec<[f64; 2]>> = rings.iter().map(|ring| floats(ring)).collect();
    Mask::from_polygons(mask.width(), mask.height(), &polygons).ok()
}

/// What a `segmentation` member gave.
pub(in crate::formats) struct Decoded {
    pub(in crate::formats) mask: Mask,
    /// What was wrong with some of its rings, which were left out.
    pub(in crate::formats) faults: Vec<String>,
    /// How many pixels polygons reach beyond the picture; 0 for run lengths, which cannot.
    pub(in crate::formats) overhang: f64,
}

/// True if there is nothing in it: the box is all there is.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(parts) => parts.iter().all(is_empty),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The mask of a `segmentation` member in a picture of the given size.
///
/// # Errors
/// One line that says what is wrong.
pub(in crate::formats) fn decode(room: &Room, value: &Value, size: [u32; 2]) -> Result<Decoded, String> {
    match value {
        _ if is_empty(value) => Err("it has no mask (segmentation is empty)".to_owned()),
        Value::Object(rle) => Ok(Decoded { mask: run_lengths(room, rle, size)?, faults: Vec::new(), overhang: 0.0 }),
        Value::Array(parts)
            if parts.iter().any(Value::is_object) && parts.iter().all(|part| run_of(part).is_some()) =>
        {
            let masks = parts.iter().filter_map(run_of).map(|rle| run_lengths(room, rle, size));
            let masks: Vec<Mask> = masks.collect::<Result<_, String>>()?;
            let mask = Mask::union_all(size[0], size[1], &masks);
            Ok(Decoded { mask, faults: Vec::new(), overhang: 0.0 })
        }
        Value::Array(parts) => rings(room, value, parts, size),
        _ => Err("its segmentation is neither polygons nor run lengths".to_owned()),
    }
}

/// Run lengths, unless it is a list of corners as objects.
fn run_of(value: &Value) -> Option<&serde_json::Map<String, Value>> {
    value.as_object().filter(|members| members.contains_key("counts"))
}

/// Rings in any of their spellings; one without the outer list is a ring too. A bad one does not take the others away.
fn rings(room: &Room, value: &Value, parts: &[Value], [width, height]: [u32; 2]) -> Result<Decoded, String> {
    let is_corner = |part: &Value| {
        let pair = part.as_array().is_some_and(|pair| pair.len() == 2 && pair.iter().all(|v| !v.is_array()));
        pair || part.is_object()
    };
    let one_ring = parts.iter().all(|part| !part.is_array()) || (parts.len() >= 3 && parts.iter().all(is_corner));
    let found: Vec<Result<Vec<[f64; 2]>, String>> = if one_ring {
        vec![polygon(0, value)]
    } else {
        parts.iter().enumerate().map(|(at, part)| polygon(at, part)).collect()
    };
    let (good, bad): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
    let polygons: Vec<Vec<[f64; 2]>> = good.into_iter().filter_map(Result::ok).collect();
    let faults: Vec<String> = bad.into_iter().filter_map(Result::err).collect();
    if let (true, Some(first)) = (polygons.is_empty(), faults.first()) {
        return Err(first.clone());
    }
    let mask = room.mask(|budget| Mask::from_polygons_within(width, height, &polygons, budget))?;
    let corners = || polygons.iter().flatten();
    if mask.is_empty() && corners().flatten().all(|value| (0.0..=1.0).contains(value)) {
        return Err(
            "all its corners lie between 0 and 1: shares of the picture's size, where COCO has pixels".to_owned()
        );
    }
    let beyond = |[x, y]: &[f64; 2]| (x - f64::from(width)).max(-x).max(y - f64::from(height)).max(-y);
    let overhang = corners().map(beyond).fold(0.0, f64::max);
    Ok(Decoded { mask, faults, overhang })
}

fn polygon(at: usize, part: &Value) -> Result<Vec<[f64; 2]>, String> {
    let list = part.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.iter().all(|value| !value.is_array() && !value.is_object()) && !list.len().is_multiple_of(2) {
        return Err(format!("polygon {at} has an odd number of values ({})", list.len()));
    }
    let Some(corners) = lenient::points(part) else {
        let wrong =
            list.iter().position(|value| value.is_array() || value.is_object() || lenient::number(value).is_none());
        return Err(format!("polygon {at}: value {} is not a number", wrong.unwrap_or(0)));
    };
    if corners.len() < 3 {
        return Err(format!("polygon {at} has {} corners, at least 3 are needed", corners.len()));
    }
    Ok(corners)
}

fn run_lengths(room: &Room, rle: &serde_json::Map<String, Value>, [width, height]: [u32; 2]) -> Result<Mask, String> {
    let packed =
        |text: &str| room.mask(|budget| Mask::from_rle_string_within(width, height, &plain_counts(text), budget));
    let size = rle.get("size").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let size: Vec<Option<i64>> = size.iter().map(lenient::integer).collect();
    match size[..] {
        [Some(h), Some(w)] if (h, w) == (i64::from(height), i64::from(width)) => {}
        [Some(h), Some(w)] => return Err(format!("its run lengths are for {w}x{h}, the picture is {width}x{height}")),
        _ => return Err("its run lengths have no size [height, width]".to_owned()),
    }
    match rle.get("counts") {
        Some(Value::String(text)) => packed(text),
        // Bytes as a list of one text.
        Some(Value::Array(list)) if matches!(list.as_slice(), [Value::String(text)] if text.parse::<u32>().is_err()) => {
            packed(list[0].as_str().unwrap_or_default())
        }
        Some(Value::Array(counts)) => {
            let count = |(at, value): (usize, &Value)| {
                lenient::integer(value)
                    .and_then(|count| u64::try_from(count).ok())
                    .ok_or_else(|| format!("run length {at} is {value}, not a count"))
            };
            let counts = counts.iter().enumerate().map(count).collect::<Result<Vec<u64>, _>>()?;
            room.mask(|budget| Mask::from_rle_counts_within(width, height, &counts, budget))
        }
        _ => Err("its run lengths have no counts".to_owned()),
    }
}

/// Counts that were bytes of Python and became text: `b'...'`.
fn plain_counts(text: &str) -> std::borrow::Cow<'_, str> {
    let inner = ['\'', '"'].iter().find_map(|quote| text.strip_prefix('b')?.strip_prefix(*quote)?.strip_suffix(*quote));
    match inner {
        Some(inner) => inner.replace("\\\\", "\\").into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_mask() {
        let room = &Room::of(0);
        let expected = Mask::from_polygon(20, 20, &[[2.0, 3.0], [8.0, 3.0], [8.0, 7.0], [2.0, 7.0]]).unwrap();
        let counts = expected.to_rle_string().unwrap();
        let rle = json!({"size": [20, 20], "counts": counts});
        for value in [
            json!([[2, 3, 8, 3, 8, 7, 2, 7]]),
            json!([2, 3, 8, 3, 8, 7, 2, 7]),
            json!([[[2, 3], [8, 3], [8, 7], [2, 7]]]),
            json!([[2, 3], [8, 3], [8, 7], [2, 7]]),
            json!([["2", "3", "8.0", "3", "8", "7", "2", "7"]]),
            json!([[{"x": 2, "y": 3}, {"x": 8, "y": 3}, {"x": 8, "y": 7}, {"x": 2, "y": 7}]]),
            rle.clone(),
            json!([rle]),
            json!({"size": ["20", "20"], "counts": format!("b'{}'", counts.replace('\\', "\\\\"))}),
            json!({"size": [20, 20], "counts": [counts]}),
        ] {
            assert_eq!(decode(room, &value, [20, 20]).map(|decoded| decoded.mask), Ok(expected.clone()), "{value}");
        }
        let decoded = decode(room, &json!([[2, 3, 8, 3, 8, 7, 2, 7], [1, 2, 3, 4]]), [20, 20]).unwrap();
        assert_eq!((decoded.mask, decoded.faults.len()), (expected, 1));
        let shares = json!([[0.1, 0.1, 0.4, 0.1, 0.4, 0.4]]);
        assert!(decode(room, &shares, [20, 20]).err().unwrap().contains("between 0 and 1"));
        assert!([json!([]), json!([[]]), json!(null), json!("")].iter().all(is_empty));
    }
}
