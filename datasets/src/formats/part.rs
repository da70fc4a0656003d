//! Which part of a project is exported, and what an export's note says of it, so that `verify` expects neither more nor less.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::options::ExportOptions;
use crate::document::{Document, ImageRecord, ImageState, Object, ObjectId};
use crate::edit::{Edit, Transaction};

impl ExportOptions {
    /// Whether a picture is exported: by its state and tags and, where objects were chosen, because it has one of them.
    pub fn takes_image(&self, document: &Document, image: &ImageRecord) -> bool {
        (!self.only_done || image.state.is_finished())
            && (self.states.is_empty() || self.states.contains(&image.state))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| image.tags.contains(tag)))
            && (self.objects.is_empty() || document.objects_of(image.id).any(|o| self.objects.contains(&o.id)))
    }

    /// Whether an object of an exported picture is exported: by its class, or because it was chosen.
    pub fn takes_object(&self, document: &Document, object: &Object) -> bool {
        (self.objects.is_empty() || self.objects.contains(&object.id))
            && (self.classes.is_empty()
                || document.class(object.class).is_some_and(|class| self.classes.contains(&class.name)))
    }
}

/// The document without the objects, and without the classes, that the options leave out.
pub(super) fn of<'d>(document: &'d Document, options: &ExportOptions) -> Cow<'d, Document> {
    if options.classes.is_empty() && options.objects.is_empty() {
        return Cow::Borrowed(document);
    }
    let objects = document.objects().filter(|object| !options.takes_object(document, object));
    let objects = objects.map(|object| Edit::Object { before: Some(object.clone()), after: None });
    let is_wanted = |name: &String| options.classes.is_empty() || options.classes.contains(name);
    let classes = document.classes().iter().filter(|class| !is_wanted(&class.name));
    let classes = classes.map(|class| Edit::Class { before: Some(class.clone()), after: None });
    let mut transaction = Transaction::new("export");
    transaction.edits = objects.chain(classes).collect();
    let mut part = document.clone();
    match part.apply(&transaction) {
        Ok(_) => Cow::Owned(part),
        Err(error) => {
            // Taking away what is there breaks no rule.
            tracing::error!("the objects could not be chosen: {error}");
            Cow::Borrowed(document)
        }
    }
}

/// What the note of an export says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    /// All of the project; in older notes `true`: some classes, states or tags, it is not known which.
    Flag(bool),
    /// These.
    Chosen(Chosen),
}

/// What was chosen; empty lists leave nothing out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    states: Vec<ImageState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    objects: BTreeSet<ObjectId>,
}

impl Default for Part {
    fn default() -> Self {
        Self::Flag(false)
    }
}

impl Part {
    /// What the options choose.
    pub(super) fn chosen_by(options: &ExportOptions) -> Self {
        if !options.is_choice() {
            return Self::default();
        }
        let ExportOptions { classes, states, tags, objects, .. } = options.clone();
        Self::Chosen(Chosen { classes, states, tags, objects })
    }

    /// All of the project.
    pub(super) fn is_whole(&self) -> bool {
        *self == Self::Flag(false)
    }

    /// As options; `None` where it is not known what was chosen.
    pub(super) fn options(&self, only_done: bool) -> Option<ExportOptions> {
        let chosen = match self {
            Self::Flag(true) => return None,
            Self::Flag(false) => Chosen::default(),
            Self::Chosen(chosen) => chosen.clone(),
        };
        let Chosen { classes, states, tags, objects } = chosen;
        Some(ExportOptions { only_done, classes, states, tags, objects, ..ExportOptions::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_what_was_chosen() {
        let options = ExportOptions {
            classes: vec!["cat".into()],
            objects: BTreeSet::from([ObjectId(3)]),
            ..ExportOptions::default()
        };
        let text = serde_json::to_string(&Part::chosen_by(&options)).unwrap();
        assert_eq!(text, r#"{"classes":["cat"],"objects":[3]}"#);
        let part: Part = serde_json::from_str(&text).unwrap();
        assert_eq!(part.options(false), Some(options));
        let old: Part = serde_json::from_str("true").unwrap();
        assert!(old.options(false).is_none() && !old.is_whole());
        assert_eq!(Part::default().options(true), Some(ExportOptions { only_done: true, ..ExportOptions::default() }));
    }
}
