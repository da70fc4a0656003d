//! Which objects are exported: the selected ones, classes, states and tags, and how many that makes.

use std::collections::BTreeMap;

use egui::Ui;
use limn_datasets::{Class, ClassId, Document, ExportOptions, ImageState, ObjectId};

use crate::window::facts::state_name;
use crate::window::lang::{self, counted, t, tf};

/// How many objects of each class are exported; made anew only when something changed.
#[derive(Debug, Default)]
pub struct Counted {
    made_for: Option<(u64, ExportOptions)>,
    pictures: usize,
    classes: Vec<(String, usize)>,
}

impl Counted {
    /// Follows document and choice; `edits` is the number of the document's last change.
    pub fn refresh(&mut self, document: &Document, edits: u64, options: &ExportOptions) {
        if self.made_for.as_ref().is_some_and(|(e, o)| *e == edits && o == options) {
            return;
        }
        let wanted = |class: &&Class| options.classes.is_empty() || options.classes.contains(&class.name);
        let mut of: BTreeMap<ClassId, usize> = document.classes().iter().filter(wanted).map(|c| (c.id, 0)).collect();
        self.pictures = 0;
        for image in document.images().iter().filter(|image| options.takes_image(document, image)) {
            self.pictures += 1;
            for object in document.objects_of(image.id).filter(|object| options.takes_object(document, object)) {
                if let Some(count) = of.get_mut(&object.class) {
                    *count += 1;
                }
            }
        }
        let named = |class: &Class| Some((class.name.clone(), *of.get(&class.id)?));
        self.classes = document.classes().iter().filter_map(named).collect();
        self.made_for = Some((edits, options.clone()));
    }

    /// How many objects there are in all.
    pub fn objects(&self) -> usize {
        self.classes.iter().map(|(_, count)| count).sum()
    }

    /// "12 objects, 3 pictures: cat 7, dog 5".
    pub fn said(&self) -> String {
        let objects = counted(self.objects(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        let pictures = counted(self.pictures, lang::PICTURE_ONE, lang::PICTURE_MANY);
        let each: Vec<String> = self.classes.iter().map(|(name, count)| format!("{name} {count}")).collect();
        match each.is_empty() {
            true => format!("{objects}, {pictures}"),
            false => tf(lang::WHAT_OF, &[&format!("{objects}, {pictures}"), &each.join(", ")]),
        }
    }
}

/// Draws the choice, folded up as long as all is exported.
pub fn show(ui: &mut Ui, document: &Document, selected: &[ObjectId], options: &mut ExportOptions) {
    // What is gone from the document cannot be chosen; who chose the selected objects means those of now.
    if !options.objects.is_empty() {
        options.objects = selected.iter().copied().collect();
    }
    options.classes.retain(|name| document.class_named(name).is_some());
    let title = t(if options.is_choice() { lang::EXPORT_SOME } else { lang::EXPORT_ALL });
    egui::CollapsingHeader::new(title).id_salt("which").show(ui, |ui| {
        if !selected.is_empty() {
            let mut only = !options.objects.is_empty();
            let text = counted(selected.len(), lang::EXPORT_SELECTED_ONE, lang::EXPORT_SELECTED_MANY);
            if ui.checkbox(&mut only, text).changed() {
                options.objects = selected.iter().copied().filter(|_| only).collect();
            }
        }
        if document.class_count() > 0 {
            ui.label(t(lang::EXPORT_CLASSES));
            ui.horizontal_wrapped(|ui| {
                for class in document.classes() {
                    pick(ui, &mut options.classes, &class.name, &class.name);
                }
            });
        }
        ui.label(t(lang::EXPORT_STATES));
        ui.horizontal_wrapped(|ui| {
            for state in ImageState::ALL {
                pick(ui, &mut options.states, &state, t(state_name(state)));
            }
        });
        let mut tags: Vec<&String> = document.images().iter().flat_map(|image| &image.tags).collect();
        tags.sort();
        tags.dedup();
        options.tags.retain(|tag| tags.contains(&tag));
        if !tags.is_empty() {
            ui.label(t(lang::EXPORT_TAGS));
            ui.horizontal_wrapped(|ui| {
                for tag in tags {
                    pick(ui, &mut options.tags, tag, tag);
                }
            });
        }
    });
}

fn pick<T: Clone + PartialEq>(ui: &mut Ui, chosen: &mut Vec<T>, value: &T, text: &str) {
    let mut on = chosen.contains(value);
    let button = ui.toggle_value(&mut on, text).accessible_name(tf(lang::EXPORT_ONLY, &[&text]));
    if button.changed() {
        match on {
            true => chosen.push(value.clone()),
            false => chosen.retain(|other| other != value),
        }
    }
}
