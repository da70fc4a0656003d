//! The file, read in two passes: everything but the annotations, then the annotations a batch at a time, so that a file
//! with a million of them needs little more memory than their masks.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::formats::Format;
use crate::formats::report::FormatError;
use crate::formats::text;

/// The bytes of a file.
pub(super) struct Text {
    bytes: Vec<u8>,
    path: PathBuf,
    format: Format,
}

/// Everything but the annotations.
pub(super) struct Head {
    pub(super) top: Map<String, Value>,
    pub(super) annotations: Annotations,
}

/// What the member `annotations` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Annotations {
    Missing,
    NoList,
    /// So many.
    List(u64),
}

impl Text {
    pub(super) fn read(path: &Path, format: Format) -> Result<Self, FormatError> {
        let malformed = |detail| FormatError::Malformed { format, path: path.to_path_buf(), detail };
        let bytes = text::load(path, malformed)?.into_bytes();
        let mut text = Self { bytes, path: path.to_path_buf(), format };
        replace_nan(&mut text.bytes);
        Ok(text)
    }

    pub(super) fn head(&self) -> Result<Head, FormatError> {
        let mut json = serde_json::Deserializer::from_slice(&self.bytes);
        let head = json.deserialize_any(HeadVisitor).and_then(|head| json.end().map(|()| head));
        let head = head.map_err(|error| self.malformed(error.to_string()))?;
        if head.top.contains_key("images") || head.annotations != Annotations::Missing {
            return Ok(head);
        }
        Err(self.malformed("it has neither images nor annotations".to_owned()))
    }

    /// Calls `take` with the annotations in order, at most `batch` at a time, and the number of the first of them.
    pub(super) fn annotations(
        &self,
        batch: usize,
        mut take: impl FnMut(u64, Vec<Value>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut stopped = None;
        let mut take = |first, list| {
            take(first, list).map_err(|error| {
                stopped = Some(error);
            })
        };
        let mut json = serde_json::Deserializer::from_slice(&self.bytes);
        let read = json.deserialize_map(AnnotationsVisitor { batch, take: &mut take });
        match (stopped, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(self.malformed(error.to_string())),
            (None, Ok(())) => Ok(()),
        }
    }

    fn malformed(&self, detail: String) -> FormatError {
        FormatError::Malformed { format: self.format, path: self.path.clone(), detail }
    }
}

/// Python writes NaN and Infinity where JSON has none. Outside of strings they become empty texts, which are no numbers
/// either, so that only the annotation they stand in is lost.
pub(in crate::formats) fn replace_nan(bytes: &mut [u8]) {
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => at += 1,
            b'N' | b'I' | b'-' if !in_string => {
                let words = [&b"-Infinity"[..], b"Infinity", b"NaN"];
                if let Some(word) = words.into_iter().find(|word| bytes[at..].starts_with(word)) {
                    bytes[at..at + word.len()].fill(b' ');
                    bytes[at..at + 2].fill(b'"');
                    at += word.len() - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with images and annotations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
        let mut head = Head { top: Map::new(), annotations: Annotations::Missing };
        while let Some(key) = map.next_key::<String>()? {
            if key == "annotations" {
                head.annotations = map.next_value_seed(Counter)?;
            } else {
                head.top.insert(key, map.next_value()?);
            }
        }
        Ok(head)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Head, A::Error> {
        Err(A::Error::custom("it is a list (a results file?), not a data set"))
    }
}

/// Counts the elements of a list without keeping them.
struct Counter;

impl<'de> DeserializeSeed<'de> for Counter {
    type Value = Annotations;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Annotations, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counter {
    type Value = Annotations;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of annotations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Annotations, A::Error> {
        let mut count = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Annotations::List(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Annotations, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Annotations::NoList)
    }

    fn visit_unit<E: Error>(self) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Annotations, E> {
        Ok(Annotations::NoList)
    }
}

type Take<'a> = &'a mut dyn FnMut(u64, Vec<Value>) -> Result<(), ()>;

/// Hands the annotations over; everything else is passed by.
struct AnnotationsVisitor<'a> {
    batch: usize,
    take: Take<'a>,
}

impl<'de> Visitor<'de> for AnnotationsVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with annotations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "annotations" {
                map.next_value_seed(Batches { batch: self.batch, take: &mut *self.take })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Batches<'a> {
    batch: usize,
    take: Take<'a>,
}

impl<'de> DeserializeSeed<'de> for Batches<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Batches<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of annotations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let stop = |()| A::Error::custom("stopped");
        let (mut first, mut batch) = (0, Vec::with_capacity(self.batch));
        while let Some(value) = list.next_element::<Value>()? {
            batch.push(value);
            if batch.len() == self.batch {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(self.batch));
                (self.take)(first, full).map_err(stop)?;
                first += self.batch as u64;
            }
        }
        (self.take)(first, batch).map_err(stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Text {
        let mut text = Text { bytes: json.into(), path: PathBuf::from("x.json"), format: Format::Coco };
        replace_nan(&mut text.bytes);
        text
    }

    #[test]
    fn batches_come_in_order_wherever_the_list_stands() {
        for json in [
            r#"{"annotations": [1, 2, 3, 4, 5], "images": [], "x": {"annotations": [9]}}"#,
            r#"{"images": [], "x": {"annotations": [9]}, "annotations": [1, 2, 3, 4, 5]}"#,
        ] {
            let text = text(json);
            let head = text.head().unwrap();
            assert_eq!((head.annotations, head.top.len()), (Annotations::List(5), 2));
            let mut seen = Vec::new();
            text.annotations(2, |first, batch| {
                seen.push((first, batch.len()));
                Ok(())
            })
            .unwrap();
            assert_eq!(seen, [(0, 2), (2, 2), (4, 1)]);
            let cancelled = text.annotations(2, |_, _| Err(FormatError::Cancelled));
            assert!(matches!(cancelled, Err(FormatError::Cancelled)));
        }
    }

    #[test]
    fn numbers_that_json_has_not_become_texts_outside_of_strings() {
        let text = text(r#"{"images": [NaN, -Infinity, Infinity, -1.5, "NaN \" Infinity"], "annotations": 3}"#);
        let head = text.head().unwrap();
        assert_eq!(head.annotations, Annotations::NoList);
        assert_eq!(head.top["images"], serde_json::json!(["", "", "", -1.5, "NaN \" Infinity"]));
    }
}
