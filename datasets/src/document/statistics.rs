//! What there is of each class: numbers for a person who plans the work.

use super::{ClassId, Document};

/// Numbers of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassStatistics {
    /// The class.
    pub class: ClassId,
    /// Pictures with at least one object of it.
    pub images: usize,
    /// Area of each object in pixels, ascending.
    pub areas: Vec<u64>,
    /// Clicks of each object that was made with clicks, ascending.
    pub clicks: Vec<usize>,
    /// Seconds spent on each object whose time is known, ascending.
    pub seconds: Vec<f32>,
}

impl ClassStatistics {
    /// Number of objects.
    pub fn objects(&self) -> usize {
        self.areas.len()
    }
}

/// Numbers of a whole document.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Per class, in the order of [`Document::classes`]; classes without objects too.
    pub classes: Vec<ClassStatistics>,
    /// Pictures without any object.
    pub empty_images: usize,
    /// Number of pictures in each state, in the order of [`super::ImageState::ALL`].
    pub states: [usize; 4],
}

impl Document {
    /// Counts everything; one pass over the objects.
    pub fn statistics(&self) -> Statistics {
        let start =
            |class: ClassId| ClassStatistics { class, images: 0, areas: vec![], clicks: vec![], seconds: vec![] };
        let mut classes: Vec<ClassStatistics> = self.classes.iter().map(|class| start(class.id)).collect();
        let mut last_image = vec![None; classes.len()];
        let mut empty_images = 0;
        let mut states = [0; 4];
        for image in &self.images {
            states[super::ImageState::ALL.iter().position(|state| *state == image.state).unwrap_or(0)] += 1;
            empty_images += usize::from(self.object_count_of(image.id) == 0);
            for object in self.objects_of(image.id) {
                let Ok(at) = classes.binary_search_by_key(&object.class, |class| class.class) else { continue };
                if last_image[at].replace(image.id) != Some(image.id) {
                    classes[at].images += 1;
                }
                classes[at].areas.push(object.mask.area());
                if !object.clicks.is_empty() {
                    classes[at].clicks.push(object.clicks.len());
                }
                if object.seconds > 0.0 {
                    classes[at].seconds.push(object.seconds);
                }
            }
        }
        for class in &mut classes {
            class.areas.sort_unstable();
            class.clicks.sort_unstable();
            class.seconds.sort_unstable_by(f32::total_cmp);
        }
        Statistics { classes, empty_images, states }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Class, ClickRecord, ImageId, ImageRecord, ImageState, Object, ObjectId};
    use crate::edit::Transaction;
    use crate::raster::Mask;

    #[test]
    fn counts_are_per_class_and_per_picture() {
        let mut document = Document::default();
        let mut t = Transaction::new("all");
        for id in 1..=2 {
            t.put_class(&document, Class::new(ClassId(id), format!("class {id}"), [0; 3]));
        }
        for id in 1..=3 {
            let mut image = ImageRecord::new(ImageId(id), format!("{id}.png"));
            image.state = if id == 3 { ImageState::Checked } else { ImageState::Open };
            t.put_image(&document, image);
        }
        for (id, image, bits) in [(1, 1, [1, 1, 1, 1]), (2, 1, [1, 0, 0, 0]), (3, 2, [1, 1, 0, 0])] {
            let mask = Mask::from_bytes(2, 2, &bits);
            let mut object = Object::new(ObjectId(id), ImageId(image), ClassId(1), mask);
            object.seconds = (4 - id) as f32;
            object.clicks = vec![ClickRecord { x: 0.5, y: 0.5, positive: true }; id as usize - 1];
            t.put_object(&document, object);
        }
        document.apply(&t).unwrap();
        let statistics = document.statistics();
        let one = &statistics.classes[0];
        assert_eq!((one.objects(), one.images, one.areas.as_slice()), (3, 2, [1, 2, 4].as_slice()));
        assert_eq!((one.clicks.as_slice(), one.seconds.as_slice()), ([1, 2].as_slice(), [1.0, 2.0, 3.0].as_slice()));
        assert_eq!(statistics.classes[1].objects(), 0);
        assert_eq!((statistics.empty_images, statistics.states), (1, [2, 0, 1, 0]));
    }
}
