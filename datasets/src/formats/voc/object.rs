//! The objects of a picture: masks with the names of the XML, and boxes where there is no mask.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::labelmap;
use crate::formats::dataset::{FoundClass, FoundObject};
use crate::formats::index_png::IndexPicture;
use crate::formats::label_map::{VOID, regions_within};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::reading::Picture;
use crate::formats::report::Fault;
use crate::formats::room::Room;
use crate::formats::xml::Element;
use crate::formats::{lenient, shapes};
use crate::raster::{Mask, PixelRect};

/// The member of an object's further fields that holds elements which are written back as they came.
pub(super) const ELEMENTS: &str = "voc_elements";

/// A mask belongs to a box if their boxes share so much.
const SAME_BOX: f64 = 0.5;

/// What names the indices of masks.
pub(super) struct Names<'a> {
    pub(super) classes: &'a [FoundClass],
    pub(super) manifest: Option<&'a Manifest>,
    pub(super) has_map: bool,
    pub(super) guessed: &'a AtomicUsize,
    pub(super) room: &'a Room,
}

impl Names<'_> {
    /// Of an index: the label map, else what the boxes of the picture say, else the challenge.
    fn of(&self, index: u8, by_box: &HashMap<u8, String>) -> String {
        let at = usize::from(index) - 1;
        let known = self.classes.get(at).map(|class| class.name.clone()).filter(|name| !name.is_empty());
        if let Some(name) = known.or_else(|| by_box.get(&index).cloned()) {
            return name;
        }
        match labelmap::ORIGINAL.get(at).filter(|_| !self.has_map) {
            Some(name) => {
                self.guessed.fetch_add(1, Ordering::Relaxed);
                (*name).to_owned()
            }
            None => format!("class {index}"),
        }
    }

    /// The class's name in the project that wrote the data, where the format could not hold it.
    fn real(&self, written: &str) -> String {
        self.manifest.map_or(written, |manifest| manifest.real_name(written)).to_owned()
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one picture that meet here and nowhere else")]
pub(super) fn all(
    stem: &str,
    place: &str,
    (width, height): (u32, u32),
    by_object: Option<IndexPicture>,
    by_class: Option<IndexPicture>,
    tags: &[&Element],
    note: Option<&ManifestImage>,
    names: &Names<'_>,
    out: &mut Picture,
) {
    let boxes: Vec<Option<[f64; 4]>> = tags.iter().map(|tag| corners(tag)).collect();
    let mut used = vec![false; tags.len()];
    let has_objects = by_object.is_some();
    let mut labelled_or_fault = |picture: &IndexPicture| {
        labelled(names.room, picture).unwrap_or_else(|what| {
            out.faults.push(Fault::new(place, format!("its masks are left out: {what}")));
            Vec::new()
        })
    };
    let class_regions = by_class.as_ref().map(&mut labelled_or_fault).unwrap_or_default();
    let object_regions = by_object.as_ref().map(&mut labelled_or_fault);
    let by_box = names_by_box(&class_regions, tags, &boxes);
    if let Some(regions) = object_regions {
        for (label, mask) in regions {
            let k = usize::from(label) - 1;
            let place = format!("SegmentationObject/{stem}.png index {label}");
            let entry = note.and_then(|note| note.objects.get(k));
            let tag = if names.manifest.is_some() { Some(k) } else { partner(&mask, k, &boxes, &used) };
            let tag = tag.filter(|at| *at < tags.len());
            let by_map = by_class.as_ref().and_then(|map| majority(map, &mask));
            let by_tag = tag.map(|at| names.real(tags[at].text_of("name"))).filter(|name| !name.is_empty());
            // Without a label map the XML knows better than the palette.
            let class = match (by_map, by_tag) {
                (Some(index), _) if names.has_map => Some(names.of(index, &by_box)),
                (_, Some(name)) => Some(name),
                (Some(index), None) => Some(names.of(index, &by_box)),
                (None, None) => entry.map(|entry| entry.class.clone()),
            };
            let Some(class) = class else {
                out.faults.push(Fault::new(place, "left out: neither masks nor XML name its class"));
                continue;
            };
            let mut object = FoundObject::new(place, 0, 0, mask);
            if let Some(entry) = entry {
                entry.enrich(&mut object);
            }
            if let Some(at) = tag.filter(|at| names.real(tags[*at].text_of("name")) == class) {
                describe(tags[at], &mut object);
                used[at] = true;
            }
            out.objects.push((class, object));
        }
    } else {
        for (index, region) in class_regions {
            for part in region.components() {
                let place = format!("SegmentationClass/{stem}.png index {index}");
                let class = names.of(index, &by_box);
                let same = |at: &usize| !used[*at] && names.real(tags[*at].text_of("name")) == class;
                let fits = |at: &usize| boxes[*at].is_some_and(|corners| share(&part, corners) >= SAME_BOX);
                let tag = (0..tags.len()).filter(same).find(fits);
                let mut object = FoundObject::new(place, 0, 0, part);
                if let Some(at) = tag {
                    describe(tags[at], &mut object);
                    used[at] = true;
                }
                out.objects.push((class, object));
            }
        }
    }
    // What Limn wrote without a mask has none: it is covered by others.
    if note.is_some() {
        return;
    }
    // Touching objects of a class are one region: a box there would double pixels.
    if by_class.is_some() && !has_objects {
        let left = used.iter().filter(|used| !**used).count();
        if left > 0 {
            let what = format!("{left} of its {} objects have a box but no mask; left out", tags.len());
            out.faults.push(Fault::new(place, what));
        }
        return;
    }
    for (at, tag) in tags.iter().enumerate().filter(|(at, _)| !used[*at]) {
        let place = format!("{place} object {}", at + 1);
        let name = tag.text_of("name");
        if name.is_empty() {
            out.faults.push(Fault::new(place, "left out: it has no name"));
            continue;
        }
        match drawn(names.room, tag, boxes[at], [width, height]) {
            Ok((mask, _)) if mask.is_empty() => {
                out.faults.push(Fault::new(place, "left out: it lies outside of the picture"));
            }
            Ok((mask, is_box)) => {
                let mut object = FoundObject::new(place, 0, 0, mask);
                describe(tag, &mut object);
                if is_box {
                    object.note.extra.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
                }
                out.objects.push((name.to_owned(), object));
            }
            Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
        }
    }
}

/// The regions of labels 1 to 254.
fn labelled(room: &Room, picture: &IndexPicture) -> Result<Vec<(u8, Mask)>, String> {
    let all = regions_within(room, &picture.values, picture.width, picture.height)?;
    Ok(all.into_iter().filter(|(label, _)| *label != VOID).collect())
}

/// Edges of a box in pixels, from its 1-based corners, both of which belong to it.
fn corners(tag: &Element) -> Option<[f64; 4]> {
    let bndbox = tag.child("bndbox")?;
    let side = |name: &str| bndbox.number_of::<f64>(name).filter(|value| value.is_finite());
    let (x0, y0, x1, y1) = (side("xmin")?, side("ymin")?, side("xmax")?, side("ymax")?);
    // Corners in the wrong order are still corners.
    Some([x0.min(x1) - 1.0, y0.min(y1) - 1.0, x0.max(x1), y0.max(y1)])
}

/// The object's area where there is no mask: its polygon, its turned box, or its box (true).
fn drawn(room: &Room, tag: &Element, corners: Option<[f64; 4]>, size: [u32; 2]) -> Result<(Mask, bool), String> {
    if let Some(ring) = tag.child("polygon").and_then(ring) {
        return Ok((shapes::polygon(room, size, &ring)?, false));
    }
    if let Some(turned) = tag.child("robndbox") {
        let side = |name: &str| {
            let value = turned.number_of::<f64>(name).filter(|value| value.is_finite());
            value.ok_or_else(|| format!("its robndbox has no {name}"))
        };
        let ([cx, cy], [w, h]) = ([side("cx")?, side("cy")?], [side("w")?, side("h")?]);
        let corners = [[cx - w / 2.0, cy - h / 2.0], [cx + w / 2.0, cy + h / 2.0]];
        // roLabelImg: the angle is in radians.
        let degrees = side("angle").unwrap_or(0.0).to_degrees();
        return Ok((shapes::turned_box(room, size, corners, degrees, [cx, cy])?, false));
    }
    let [x0, y0, x1, y1] = corners.ok_or("it has neither mask nor box")?;
    Ok((shapes::rectangle(room, size, [[x0, y0], [x1, y1]])?, true))
}

/// Corners `x1 y1 x2 y2 ...` or `pt` with `x` and `y`.
fn ring(polygon: &Element) -> Option<Vec<[f64; 2]>> {
    let points = polygon.children.iter().filter(|child| matches!(child.name.as_str(), "pt" | "point"));
    let by_point: Vec<[f64; 2]> = points.filter_map(|pt| Some([pt.number_of("x")?, pt.number_of("y")?])).collect();
    let numbered = |axis: &str, at: usize| polygon.number_of::<f64>(&format!("{axis}{at}"));
    let by_number: Vec<[f64; 2]> = (1..).map_while(|at| Some([numbered("x", at)?, numbered("y", at)?])).collect();
    [by_point, by_number].into_iter().find(|ring| ring.len() >= 3)
}

/// Intersection over union of a mask's box and the corners.
fn share(mask: &Mask, [x0, y0, x1, y1]: [f64; 4]) -> f64 {
    let Some(PixelRect { x0: a, y0: b, x1: c, y1: d }) = mask.bounds() else { return 0.0 };
    let [a, b, c, d] = [a, b, c, d].map(f64::from);
    let both = (c.min(x1) - a.max(x0)).max(0.0) * (d.min(y1) - b.max(y0)).max(0.0);
    let area = (c - a) * (d - b) + (x1 - x0) * (y1 - y0) - both;
    if area > 0.0 { both / area } else { 0.0 }
}

/// The object of the XML that a mask belongs to: the one of its number if the boxes agree or there are none, else the one
/// whose box fits best.
fn partner(mask: &Mask, k: usize, boxes: &[Option<[f64; 4]>], used: &[bool]) -> Option<usize> {
    match boxes.get(k) {
        Some(None) => return Some(k),
        Some(Some(corners)) if !used[k] && share(mask, *corners) >= SAME_BOX => return Some(k),
        _ => {}
    }
    let free = (0..boxes.len()).filter(|at| !used[*at]);
    let scored = free.filter_map(|at| Some((share(mask, boxes[at]?), at)));
    scored.filter(|(share, _)| *share >= SAME_BOX).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
}

/// What the boxes say about the indices of a class picture: the name of the box around a part.
fn names_by_box(regions: &[(u8, Mask)], tags: &[&Element], boxes: &[Option<[f64; 4]>]) -> HashMap<u8, String> {
    let mut votes: HashMap<u8, HashMap<&str, usize>> = HashMap::new();
    for (index, region) in regions {
        for part in region.components() {
            let scored = (0..tags.len()).filter_map(|at| Some((share(&part, boxes[at]?), at)));
            let best = scored.filter(|(share, _)| *share >= SAME_BOX).max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, at)) = best {
                *votes.entry(*index).or_default().entry(tags[at].text_of("name")).or_default() += 1;
            }
        }
    }
    let winner = |names: HashMap<&str, usize>| {
        names.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    };
    votes.into_iter().filter_map(|(index, names)| Some((index, winner(names)?))).collect()
}

/// The most frequent class index under a mask, background and void apart.
fn majority(map: &IndexPicture, mask: &Mask) -> Option<u8> {
    let mut count = [0u64; 256];
    for span in mask.spans() {
        let row = span.y as usize * map.width as usize;
        let run = map.values.get(row + span.x0 as usize..row + span.x1 as usize)?;
        run.iter().for_each(|&index| count[usize::from(index)] += 1);
    }
    (1..VOID).filter(|&index| count[usize::from(index)] > 0).max_by_key(|&index| count[usize::from(index)])
}

/// Flags and further fields of an `object` element.
fn describe(tag: &Element, object: &mut FoundObject) {
    object.note.truncated = lenient::word(tag.text_of("truncated")).unwrap_or(false);
    object.note.difficult = lenient::word(tag.text_of("difficult")).unwrap_or(false);
    let mut elements: Vec<Value> = Vec::new();
    for child in &tag.children {
        let own = matches!(child.name.as_str(), "name" | "truncated" | "difficult" | "bndbox" | "polygon" | "robndbox");
        let usual = child.name == "pose" && child.text.trim() == "Unspecified";
        if own || usual {
            continue;
        }
        if child.children.is_empty() {
            object.note.extra.insert(child.name.clone(), child.text.trim().into());
        }
        // Those that are written from the document anyway.
        if !matches!(child.name.as_str(), "pose" | "occluded") {
            elements.push(child.to_text(4).into());
        }
    }
    if !elements.is_empty() {
        object.note.extra.insert(ELEMENTS.to_owned(), elements.into());
    }
}
