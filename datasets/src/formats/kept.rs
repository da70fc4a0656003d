//! What a format holds and the program does not edit: points, lines, texts, poses, tracks, a second opinion.
//!
//! It lies with the picture (tracks, which have none, with the whole) under the name of its format, as it was, and goes back when the picture is written in that
//! format. Any other format loses it; then the report of the export says so.

use serde_json::{Map, Value};

use super::Format;
use crate::document::ImageRecord;

/// The member of a picture's further fields that holds it: format to list.
pub(super) const KEPT: &str = "limn_kept";

/// The member of a picture's further fields that says to which part of a split it belongs: `train`, `val`, `test`.
pub(super) const SPLIT: &str = "split";

/// The part of a split that a picture belongs to, if an import said so.
pub(super) fn split(extra: &Map<String, Value>) -> Option<&str> {
    extra.get(SPLIT).and_then(Value::as_str).filter(|split| !split.is_empty())
}

/// Takes away what was put aside of a format: the file itself says it again.
pub(super) fn forget(extra: &mut Map<String, Value>, format: Format) {
    if let Some(all) = extra.get_mut(KEPT).and_then(Value::as_object_mut) {
        all.remove(format.name());
    }
}

/// Puts something aside.
pub(super) fn keep(extra: &mut Map<String, Value>, format: Format, what: Value) {
    let all = extra.entry(KEPT).or_insert_with(|| Map::new().into());
    if let Some(all) = all.as_object_mut()
        && let Some(list) = all.entry(format.name()).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
    {
        list.push(what);
    }
}

/// What goes back in this format.
pub(super) fn of(extra: &Map<String, Value>, format: Format) -> &[Value] {
    let list = extra.get(KEPT).and_then(|all| all.get(format.name())).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// What was put aside of one data set over what was before; that of other formats stays.
pub(super) fn add(known: &mut Value, new: Value) {
    match (known, new) {
        (Value::Object(known), Value::Object(new)) => known.extend(new),
        (known, new) => *known = new,
    }
}

/// What an export in `format` does not hold of its pictures and of the whole (`extra`), one note for each format that it came from.
pub(super) fn losses(images: &[ImageRecord], extra: &Map<String, Value>, format: Format) -> Vec<String> {
    let others = Format::ALL.iter().copied().filter(|other| *other != format);
    let note = |other: Format| {
        let count: usize = images.iter().map(|image| of(&image.extra, other).len()).sum();
        let count = count + of(extra, other).len();
        (count > 0).then(|| {
            format!(
                "{count} points, lines, texts, tracks and the like that came from {other} are not in it; they stay in the \
                 project and go back with an export as {other}"
            )
        })
    };
    others.filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ImageId;

    #[test]
    fn kept_for_its_format_and_named_where_lost() {
        let mut image = ImageRecord::new(ImageId(1), "a.png");
        keep(&mut image.extra, Format::Labelme, 1.into());
        let mut other = Map::new();
        keep(&mut other, Format::Cvat, 2.into());
        add(&mut image.extra[KEPT], other.remove(KEPT).unwrap());
        assert_eq!(
            (of(&image.extra, Format::Labelme), of(&image.extra, Format::Cvat)),
            (&[1.into()][..], &[2.into()][..])
        );
        let images = [image];
        let lost = |extra: &Map<String, Value>, format| losses(&images, extra, format).len();
        assert_eq!((lost(&Map::new(), Format::Labelme), lost(&Map::new(), Format::Coco)), (1, 2));
        let mut whole = Map::new();
        keep(&mut whole, Format::Datumaro, 3.into());
        assert_eq!((lost(&whole, Format::Labelme), lost(&whole, Format::Datumaro)), (2, 2));
    }
}
