//! The edits of one entry as bytes: records as JSON with empty masks, and of the masks what differs between before and after.
//!
//! A class that is changed for many objects therefore keeps no mask at all, and a stroke the tiles that it touches. What an edit
//! does not hold of a mask is taken from the document, in which it stands when the entry is undone or redone.
//!
//! A mark comes first, the last byte of which says whether the rest is deflated. Then come, for each edit, its JSON and the changes of its masks
//! ([`MaskDelta::to_bytes`]), each with its length before it (7 bits a byte, the lowest first). A change of no bytes is none.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::super::tiles::{masks, places};
use crate::document::{Document, Object, ObjectId};
use crate::edit::Edit;
use crate::formats::room::Room;
use crate::raster::Mask;
use crate::raster::tiles::TileMask;
use crate::raster::tiles::bytes::BytesError;
use crate::raster::tiles::delta::{DeltaError, MaskDelta};

/// What every entry begins with: another program's bytes are not taken for one.
const MARK: &[u8] = b"limn edits 2 ";
const PLAIN: u8 = b'p';
const DEFLATED: u8 = b'd';

/// From so many edits on they are deflated while they are written.
const MANY: usize = 2_000;

/// From so many bytes on the others are.
const LONG: usize = 16 << 10;

/// What an entry may take when it is inflated: so many bytes, and so many more for each of its own.
const INFLATED: u64 = 64 << 20;
const INFLATED_PER_BYTE: u64 = 100;

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("an entry of the history is damaged: {0}")]
    Read(#[from] std::io::Error),
    #[error("an entry of the history is damaged: {0}")]
    Json(#[from] serde_json::Error),
    #[error("an entry of the history is damaged: {0}")]
    Delta(#[from] DeltaError),
    #[error("an entry of the history changes object {0}, which is not as it was left")]
    OtherObject(i64),
    #[error("{0}")]
    NoRoom(String),
}

impl From<BytesError> for FormError {
    fn from(error: BytesError) -> Self {
        Self::Delta(error.into())
    }
}

/// Whether these bytes are an entry in this form.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

/// The edits as bytes.
pub(super) fn write(edits: &[Edit]) -> Result<Vec<u8>, FormError> {
    let begun = |kind| [MARK, &[kind]].concat();
    if edits.len() < MANY {
        let mut plain = begun(PLAIN);
        edits.iter().try_for_each(|edit| write_edit(edit, &mut plain))?;
        if plain.len() < LONG {
            return Ok(plain);
        }
        let mut deflated = DeflateEncoder::new(begun(DEFLATED), Compression::fast());
        deflated.write_all(&plain[MARK.len() + 1..])?;
        return Ok(deflated.finish()?);
    }
    let mut deflated = BufWriter::new(DeflateEncoder::new(begun(DEFLATED), Compression::fast()));
    edits.iter().try_for_each(|edit| write_edit(edit, &mut deflated))?;
    Ok(deflated.into_inner().map_err(std::io::IntoInnerError::into_error)?.finish()?)
}

fn write_edit(edit: &Edit, out: &mut impl Write) -> Result<(), FormError> {
    let Edit::Object { before, after } = edit else {
        return Ok(write_part(&serde_json::to_vec(edit)?, out)?);
    };
    let lean = |object: &Option<Object>| {
        let mut object = object.clone();
        let masks = object.as_mut().map(places).into_iter().flatten().flatten();
        masks.for_each(|mask| *mask = Mask::empty(mask.width(), mask.height()));
        object
    };
    write_part(&serde_json::to_vec(&Edit::Object { before: lean(before), after: lean(after) })?, out)?;
    let masks_of =
        |object: &'_ Option<Object>| object.as_ref().map_or([None, None], |object| masks(object).map(|m| m.cloned()));
    for (before, after) in masks_of(before).into_iter().zip(masks_of(after)) {
        let whole = |mask: &Mask| change(&Mask::empty(mask.width(), mask.height()), mask);
        match (before, after) {
            (Some(before), Some(after)) if same_size(&before, &after) => write_part(&change(&before, &after)?, out)?,
            (before, after) => {
                for mask in [before, after].into_iter().flatten() {
                    write_part(&whole(&mask)?, out)?;
                }
            }
        }
    }
    Ok(())
}

fn same_size(a: &Mask, b: &Mask) -> bool {
    (a.width(), a.height()) == (b.width(), b.height())
}

/// What differs between two masks of one size; nothing where they are equal.
fn change(before: &Mask, after: &Mask) -> Result<Vec<u8>, FormError> {
    if before == after {
        return Ok(Vec::new());
    }
    Ok(MaskDelta::between(&before.into(), &after.into())?.to_bytes())
}

fn write_part(part: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    let mut length = part.len();
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            out.write_all(&[low])?;
            break;
        }
        out.write_all(&[low | 0x80])?;
    }
    out.write_all(part)
}

/// Which way an entry is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The document is as the entry left it.
    Back,
    /// The document is as the entry found it.
    Forth,
}

/// The edits of an entry, with the masks that they had. `document` is where the entry is undone or redone.
pub(super) fn read(bytes: &[u8], way: Way, document: &Document, room: &Room) -> Result<Vec<Edit>, FormError> {
    let unknown = || std::io::Error::other("its beginning is unknown");
    let (kind, rest) = bytes.strip_prefix(MARK).and_then(<[u8]>::split_first).ok_or_else(unknown)?;
    let mut parts = match *kind {
        PLAIN => parts(rest)?,
        DEFLATED => {
            let most = INFLATED.saturating_add(INFLATED_PER_BYTE.saturating_mul(rest.len() as u64));
            parts(BufReader::new(DeflateDecoder::new(rest).take(most)))?
        }
        _ => return Err(unknown().into()),
    };
    let mut masks = Masks { document, room, passed: HashMap::new() };
    match way {
        Way::Forth => parts.iter_mut().try_for_each(|part| masks.restore(part, way))?,
        Way::Back => parts.iter_mut().rev().try_for_each(|part| masks.restore(part, way))?,
    }
    Ok(parts.into_iter().map(|part| part.edit).collect())
}

/// One edit as it is stored.
struct Part {
    edit: Edit,
    changes: Vec<Vec<u8>>,
}

fn parts(mut input: impl BufRead) -> Result<Vec<Part>, FormError> {
    let mut parts = Vec::new();
    while let Some(json) = read_part(&mut input)? {
        let edit: Edit = serde_json::from_slice(&json)?;
        let mut changes = Vec::new();
        if let Edit::Object { before, after } = &edit {
            for _ in 0..changes_of(before.as_ref(), after.as_ref()) {
                let end = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                changes.push(read_part(&mut input)?.ok_or_else(end)?);
            }
        }
        parts.push(Part { edit, changes });
    }
    Ok(parts)
}

/// How many changes an edit has.
fn changes_of(before: Option<&Object>, after: Option<&Object>) -> usize {
    let [before, after] = [before, after].map(|object| object.map_or([None, None], masks));
    let count = |(before, after): (Option<&Mask>, Option<&Mask>)| match (before, after) {
        (Some(before), Some(after)) if same_size(before, after) => 1,
        (before, after) => usize::from(before.is_some()) + usize::from(after.is_some()),
    };
    before.into_iter().zip(after).map(count).sum()
}

/// The next part; `None` at the end.
fn read_part(input: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut length = 0u64;
    for shift in (0..35).step_by(7) {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        length |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            let mut part = Vec::new();
            // What is not there takes no memory.
            let read = input.take(length).read_to_end(&mut part)?;
            let end = std::io::ErrorKind::UnexpectedEof;
            return if read as u64 == length { Ok(Some(part)) } else { Err(end.into()) };
        }
    }
    Err(std::io::Error::other("a length has too many digits"))
}

/// The masks of objects while an entry is gone through.
struct Masks<'a> {
    document: &'a Document,
    room: &'a Room,
    /// Those of objects that an edit was already gone through of.
    passed: HashMap<ObjectId, [Option<Mask>; 2]>,
}

impl Masks<'_> {
    /// Gives the edit its masks.
    fn restore(&mut self, part: &mut Part, way: Way) -> Result<(), FormError> {
        let Edit::Object { before, after } = &mut part.edit else { return Ok(()) };
        let Some(id) = before.as_ref().or(after.as_ref()).map(|object| object.id) else { return Ok(()) };
        let mut changes = part.changes.iter();
        let mut next = || changes.next().map_or(&[][..], Vec::as_slice);
        let [mut olds, mut news] = [before.as_mut(), after.as_mut()].map(|object| object.map_or([None, None], places));
        for role in 0..olds.len() {
            match (&mut olds[role], &mut news[role]) {
                (Some(old), Some(new)) if same_size(old, new) => {
                    let known = self.known(id, role).filter(|known| same_size(known, old));
                    let known = known.ok_or(FormError::OtherObject(id.0))?;
                    let other = self.changed(&known, next(), way)?;
                    (**old, **new) = if way == Way::Back { (other, known) } else { (known, other) };
                }
                (old, new) => {
                    for mask in [old, new].into_iter().flatten() {
                        **mask = self.changed(mask, next(), Way::Forth)?;
                    }
                }
            }
        }
        let now = if way == Way::Back { before } else { after };
        let now = now.as_ref().map_or([None, None], |object| masks(object).map(|mask| mask.cloned()));
        self.passed.insert(id, now);
        Ok(())
    }

    fn known(&self, id: ObjectId, role: usize) -> Option<Mask> {
        match self.passed.get(&id) {
            Some(passed) => passed[role].clone(),
            None => masks(self.document.object(id)?)[role].cloned(),
        }
    }

    fn changed(&self, mask: &Mask, change: &[u8], way: Way) -> Result<Mask, FormError> {
        if change.is_empty() {
            return Ok(mask.clone());
        }
        let delta = MaskDelta::from_bytes(change)?;
        let delta = if way == Way::Back { delta.inverse() } else { delta };
        self.room.mask_of_tiles(&delta.apply(&TileMask::from(mask))?).map_err(FormError::NoRoom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Class, ClassId, ImageId, ImageRecord, Rerun};
    use crate::edit::Transaction;
    use crate::raster::PixelRect;

    fn document() -> Document {
        let mut document = Document::default();
        let mut t = Transaction::new("begin");
        t.put_class(&document, Class::new(ClassId(1), "cat", [0; 3]));
        t.put_image(&document, ImageRecord::new(ImageId(1), "a.png"));
        document.apply(&t).unwrap();
        document
    }

    fn object(id: i64, rect: [u32; 4], proposal: Option<[u32; 4]>) -> Object {
        let mask = |[x0, y0, x1, y1]: [u32; 4]| Mask::rectangle(700, 600, PixelRect { x0, y0, x1, y1 });
        let mut object = Object::new(ObjectId(id), ImageId(1), ClassId(1), mask(rect));
        let rerun = |proposal| Rerun {
            run: "r".into(),
            model: "m".into(),
            iou: 0.5,
            proposal: Some(mask(proposal)),
            base: None,
        };
        object.rerun = proposal.map(rerun);
        object
    }

    proptest! {
        /// Whatever is done to a few objects in one entry, some several times: the edits come back whole, both ways.
        #[test]
        fn edits_come_back_with_their_masks(
            steps in proptest::collection::vec((1i64..4, 0u8..5, any::<[u16; 4]>()), 1..12),
        ) {
            let mut start = document();
            let mut first = Transaction::new("first");
            first.put_object(&start, object(1, [5, 5, 300, 300], None));
            first.put_object(&start, object(2, [0, 0, 700, 600], Some([1, 1, 9, 9])));
            start.apply(&first).unwrap();
            let mut t = Transaction::new("all");
            for (id, kind, numbers) in steps {
                let [x, y, w, h] = numbers.map(|n| u32::from(n) % 500);
                let rect = [x, y, x + w, y + h];
                match kind {
                    0 => drop(t.remove_object(&start, ObjectId(id))),
                    1 => drop(t.put_object(&start, object(id, rect, Some([y, x, 650, 590])))),
                    _ => drop(t.put_object(&start, object(id, rect, None))),
                }
            }
            let mut end = start.clone();
            end.apply(&t).unwrap();
            let (bytes, room) = (write(&t.edits).unwrap(), Room::of(1 << 20));
            prop_assert_eq!(&read(&bytes, Way::Forth, &start, &room).unwrap(), &t.edits);
            prop_assert_eq!(&read(&bytes, Way::Back, &end, &room).unwrap(), &t.edits);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), deflated in any::<bool>()) {
            let bytes = [MARK, &[if deflated { DEFLATED } else { PLAIN }], &bytes].concat();
            drop(read(&bytes, Way::Back, &document(), &Room::of(1000)));
        }
    }

    #[test]
    fn a_stroke_over_a_huge_mask_and_a_new_class_for_many_are_small() {
        let side = 40_000;
        let whole = Mask::rectangle(side, side, PixelRect { x0: 0, y0: 0, x1: side, y1: side });
        let stroke = Mask::rectangle(side, side, PixelRect { x0: 0, y0: 20_000, x1: side, y1: 20_040 });
        let before = Object::new(ObjectId(1), ImageId(1), ClassId(1), whole.clone());
        let after = Object { mask: whole.subtract(&stroke), ..before.clone() };
        let edit = Edit::Object { before: Some(before.clone()), after: Some(after) };
        let bytes = write(&[edit]).unwrap().len();
        assert!(bytes < 100_000, "{bytes} bytes for a stroke");
        let other = Object { class: ClassId(2), ..before.clone() };
        let edit = Edit::Object { before: Some(before), after: Some(other) };
        assert!(write(&[edit]).unwrap().len() < 1_000);
    }

    #[test]
    fn an_entry_that_does_not_fit_the_document_is_refused() {
        let start = document();
        let (a, b) = (object(1, [0, 0, 9, 9], None), object(1, [0, 0, 9, 12], None));
        let bytes = write(&[Edit::Object { before: Some(a.clone()), after: Some(b) }]).unwrap();
        let room = Room::of(1 << 20);
        assert!(matches!(read(&bytes, Way::Forth, &start, &room), Err(FormError::OtherObject(1))));
        let mut other = start;
        let mut t = Transaction::new("other");
        t.put_object(&other, object(1, [3, 3, 4, 4], None));
        other.apply(&t).unwrap();
        assert!(matches!(read(&bytes, Way::Forth, &other, &room), Err(FormError::Delta(_))));
    }
}
