//! What a project remembers of the window: where the person was, and masks that are not accepted yet.
//!
//! The masks are work. One that cannot be read (a kind of prompt of a newer version, a bad run length) costs nothing but
//! itself, and is written back as it was.

use limn_datasets::{ClassId, ImageId, Project, Transaction};
use limn_models::MaskOptions;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::window::app::LimnApp;
use crate::window::draft::clean::CRUMBS;
use crate::window::draft::{Draft, SavedDraft};
use crate::window::keep::lenient;
use crate::window::lang::{self, tf};
use crate::window::opened::NotUnderstood;
use crate::window::view::View;

/// What is remembered; missing fields take their default, so older files stay readable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct ViewState {
    picture: Option<String>,
    view: Option<View>,
    class: Option<i64>,
    threshold: Option<f32>,
    largest_component: bool,
    fill_holes: bool,
    min_area: u32,
    crumbs: Option<f32>,
}

/// Where the person was when the project was closed.
pub(super) struct Remembered {
    pub picture: Option<String>,
    pub view: Option<View>,
}

impl LimnApp {
    /// Takes over what the project remembers.
    pub(super) fn remember_view_state(&mut self, project: &Project) -> Remembered {
        let mut fields = match project.view_state() {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let drafts = match fields.remove("drafts") {
            Some(Value::Array(drafts)) => drafts,
            _ => Vec::new(),
        };
        let mut not_understood = NotUnderstood::default();
        self.drawing.parked.clear();
        for value in drafts {
            match SavedDraft::deserialize(&value) {
                Ok(draft) if project.document().image(ImageId(draft.image)).is_some() => {
                    self.drawing.parked.insert(ImageId(draft.image), draft);
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!("a mask that was not accepted cannot be read: {error}");
                    not_understood.drafts.push(value);
                }
            }
        }
        let (state, unread): (ViewState, _) = lenient::read(Value::Object(fields));
        not_understood.fields = unread;
        if !not_understood.drafts.is_empty() {
            self.toasts.error(tf(lang::SAY_DRAFTS_UNREAD, &[&not_understood.drafts.len()]));
        }
        self.opened.not_understood = not_understood;
        let document = project.document();
        let class = state.class.map(ClassId).filter(|id| document.class(*id).is_some());
        self.selection.class = class.or_else(|| document.classes().first().map(|c| c.id));
        self.drawing.mask_options = MaskOptions {
            threshold: state.threshold.unwrap_or(0.5).clamp(0.05, 0.95),
            largest_component: state.largest_component,
            fill_holes: state.fill_holes,
            min_area: state.min_area,
        };
        self.drawing.crumbs =
            state.crumbs.filter(|share| share.is_finite()).map_or(CRUMBS, |share| share.clamp(0.0, 0.5));
        Remembered { picture: state.picture, view: state.view }
    }

    /// What is to be remembered now; `accepted` is about to be an object and not at hand any more.
    fn view_state(&self, accepted: Option<u64>) -> Value {
        let wished = self.drawing.wished.iter().filter(|d| Some(d.number) != accepted).map(Draft::save);
        let here = self.drawing.draft.iter().filter(|d| !d.is_empty() && Some(d.number) != accepted).map(Draft::save);
        let mut drafts: Vec<SavedDraft> = self.drawing.parked.values().cloned().collect();
        for draft in wished.chain(here) {
            drafts.retain(|d| d.image != draft.image);
            drafts.push(draft);
        }
        let state = ViewState {
            picture: self.shown.current.and_then(|id| self.document().image(id)).map(|i| i.path.clone()),
            view: Some(self.shown.view),
            class: self.selection.class.map(|c| c.0),
            threshold: Some(self.drawing.mask_options.threshold),
            largest_component: self.drawing.mask_options.largest_component,
            fill_holes: self.drawing.mask_options.fill_holes,
            min_area: self.drawing.mask_options.min_area,
            crumbs: Some(self.drawing.crumbs),
        };
        let mut fields = self.opened.not_understood.fields.clone();
        if let Value::Object(known) = json!(state) {
            fields.extend(known);
        }
        let mut list: Vec<Value> = drafts.iter().map(|draft| json!(draft)).collect();
        list.extend(self.opened.not_understood.drafts.iter().cloned());
        fields.insert("drafts".to_owned(), Value::Array(list));
        Value::Object(fields)
    }

    /// Writes where the person is into the project.
    pub(in crate::window) fn save_view_state(&mut self) {
        self.opened.view_state_due = None;
        let state = self.view_state(None);
        let Some(project) = self.opened.project.as_mut().filter(|p| p.is_read_only().is_none()) else { return };
        if let Err(error) = project.set_view_state(&state) {
            self.toasts.error(error);
        }
    }

    /// Commits an accepted object, and in the same step that it is not at hand any more: whatever happens in between,
    /// it is never there twice.
    pub(super) fn commit_accepted(&mut self, change: Transaction, draft: &Draft) -> bool {
        let state = self.view_state(Some(draft.number));
        self.commit_with(change, Some(&state))
    }
}
