//! What can be done about a problem with one press.

use std::collections::BTreeMap;

use limn_datasets::check::Detail;
use limn_datasets::{Document, Finding, FindingKind, Object, ObjectId, Transaction};

use crate::window::app::LimnApp;
use crate::window::draft::clean;
use crate::window::lang::{self, t, tf};
use crate::window::remedy::remedy;
use crate::window::toasts::Kind;

/// Objects as they become; `None` for those that go.
type After = BTreeMap<ObjectId, Option<Object>>;

/// Mends one finding, on top of what was mended before it.
fn mend(document: &Document, finding: &Finding, after: &mut After) {
    let now = |after: &After, id: ObjectId| match after.get(&id) {
        Some(object) => object.clone(),
        None => document.object(id).cloned(),
    };
    let mut objects: Vec<Object> = finding.objects.iter().filter_map(|id| now(after, *id)).collect();
    objects.sort_by_key(|object| (object.z, object.id));
    match (finding.kind, &finding.what) {
        // The upper one stays.
        (FindingKind::Duplicate, _) if objects.len() > 1 => {
            after.insert(objects[0].id, None);
        }
        (FindingKind::Overlap, _) => {
            if let [lower, upper] = objects.as_slice() {
                let mask = lower.mask.subtract(&upper.mask);
                let left = (!mask.is_empty()).then(|| Object { mask, ..lower.clone() });
                after.insert(lower.id, left);
            }
        }
        (FindingKind::Sliver, Detail::Crumbs { .. }) => {
            for object in objects {
                let mask = clean::cleaned(&object.mask, clean::CLEAN);
                after.insert(object.id, Some(Object { mask, ..object }));
            }
        }
        (FindingKind::Sliver | FindingKind::Empty, _) => after.extend(objects.into_iter().map(|o| (o.id, None))),
        (FindingKind::OutOfBounds, Detail::ClickOutside(_)) => {
            for object in objects {
                let (w, h) = (object.mask.width() as f32, object.mask.height() as f32);
                let inside = |x: f32, y: f32| (0.0..=w).contains(&x) && (0.0..=h).contains(&y);
                let clicks = object.clicks.iter().copied().filter(|c| inside(c.x, c.y)).collect();
                after.insert(object.id, Some(Object { clicks, ..object }));
            }
        }
        _ => {}
    }
}

impl LimnApp {
    /// Mends some of the findings as one step.
    pub(super) fn mend_findings(&mut self, which: &[usize]) {
        let found = self.local.problems.found.clone().unwrap_or_default();
        let Some(project) = &self.opened.project else { return };
        let document = project.document();
        let mut after = After::new();
        let mended: Vec<&Finding> =
            which.iter().filter_map(|at| found.get(*at)).filter(|finding| remedy(finding).is_some()).collect();
        mended.iter().for_each(|finding| mend(document, finding, &mut after));
        let mut change = Transaction::new(tf(lang::DID_MEND, &[&mended.len()]));
        for (id, object) in after {
            match object {
                Some(object) => change.put_object(document, object),
                None => change.remove_object(document, id),
            };
        }
        let images = change.images();
        if change.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_FINDING_GONE));
        } else if !self.commit(change) {
            return;
        }
        self.toasts.undoable(tf(lang::DID_MEND, &[&mended.len()]));
        self.forget_what_is_gone();
        let problems = &mut self.local.problems;
        let left = found.iter().enumerate().filter(|(at, _)| !which.contains(at)).map(|(_, finding)| finding.clone());
        problems.found = Some(left.collect());
        problems.at = None;
        if let Some(image) = images.first().filter(|_| which.len() == 1) {
            self.show_picture(*image);
        }
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::{Class, ClassId, ImageId, ImageRecord, Mask, PixelRect};

    use super::*;

    #[test]
    fn the_upper_of_two_stays_and_gets_the_shared_pixels() {
        let mut document = Document::default();
        let mut all = Transaction::new("all");
        all.put_class(&document, Class::new(ClassId(1), "cat", [0; 3]));
        all.put_image(&document, ImageRecord::new(ImageId(1), "a.png"));
        for (id, x0) in [(1, 0), (2, 4)] {
            let mask = Mask::rectangle(20, 4, PixelRect { x0, y0: 0, x1: x0 + 8, y1: 4 });
            let mut object = Object::new(ObjectId(id), ImageId(1), ClassId(1), mask);
            object.z = id;
            all.put_object(&document, object);
        }
        document.apply(&all).expect("two objects");
        let finding = |kind, what| Finding {
            kind,
            image: ImageId(1),
            path: "a.png".into(),
            objects: vec![ObjectId(2), ObjectId(1)],
            what,
        };
        let mut after = After::new();
        mend(&document, &finding(FindingKind::Duplicate, Detail::Same { iou: 0.9 }), &mut after);
        assert_eq!(after, After::from([(ObjectId(1), None)]));
        let mut after = After::new();
        let shared = Detail::Shared { pixels: 16, share: 0.5, iou: 0.3 };
        mend(&document, &finding(FindingKind::Overlap, shared), &mut after);
        let lower = after[&ObjectId(1)].clone().expect("it stays");
        assert_eq!(lower.mask, Mask::rectangle(20, 4, PixelRect { x0: 0, y0: 0, x1: 4, y1: 4 }));
    }
}
