//! Which pictures the list shows: a line of text, and more conditions when opened.

use std::collections::BTreeSet;

use egui::{ComboBox, DragValue, Key, Modifiers, TextEdit, Ui};
use limn_datasets::document::Filter;
use limn_datasets::{Document, ImageId, ImageState};

use super::Local;
use crate::window::app::LimnApp;
use crate::window::facts::state_name;
use crate::window::focus::Focus;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, t};
use crate::window::{command::Command, theme::space};

/// The pictures that pass the filter, made anew only when the filter or the document changed.
#[derive(Debug, Default)]
pub struct Listed {
    made_for: Option<(u64, Filter)>,
    /// The order of the pictures that the list follows.
    order: u64,
    /// The pictures in their order.
    pub ids: Vec<ImageId>,
    /// All tags of the data set.
    pub tags: Vec<String>,
    /// The names of all attributes of objects and classes.
    attributes: Vec<String>,
}

impl Listed {
    /// Follows the document; `edits` is the number of its last change.
    pub fn refresh(&mut self, document: &Document, edits: u64, filter: &Filter) {
        if self.made_for.as_ref().is_some_and(|(e, f)| *e == edits && f == filter) {
            return;
        }
        // Without a filter the list is that of the pictures, whatever is in them.
        let was_all = self.made_for.as_ref().is_some_and(|(_, filter)| filter.is_empty());
        if !(was_all && filter.is_empty() && self.order == document.order_revision()) {
            self.ids = filter.images(document).map(|image| image.id).collect();
        }
        self.order = document.order_revision();
        self.tags = document.tags().map(str::to_owned).collect();
        let asked = document.classes().iter().flat_map(|c| &c.attributes).map(|a| a.name.as_str());
        let names: BTreeSet<&str> = asked.chain(document.attribute_names()).collect();
        self.attributes = names.into_iter().map(str::to_owned).collect();
        self.made_for = Some((edits, filter.clone()));
    }
}

/// Draws the search field and, when opened, the other conditions.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    // What was changed grows with the work.
    if let (Some(project), Some(changed)) = (app.project(), &mut local.filter.changed)
        && changed != project.changed_images()
    {
        changed.clone_from(project.changed_images());
    }
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let more = Filter { text: String::new(), ..local.filter.clone() };
            let on = local.filter_open || !more.is_empty();
            if icons::toggle(ui, Icon::Filter, t(lang::FILTER_MORE), on, true).clicked() {
                local.filter_open = !local.filter_open;
            }
            if !local.filter.is_empty() && icons::button(ui, Icon::Cross, t(lang::FILTER_CLEAR)).clicked() {
                local.filter = Filter::default();
            }
            let field = TextEdit::singleline(&mut local.filter.text)
                .hint_text(t(lang::SEARCH))
                .desired_width(ui.available_width());
            let id = egui::Id::unique("search pictures");
            let down =
                ui.memory(|m| m.has_focus(id)) && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::ArrowDown));
            let up = ui.memory(|m| m.has_focus(id)) && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::ArrowUp));
            let search = ui
                .add(field.id(id))
                .accessible_name(t(lang::SEARCH_PICTURES))
                .on_hover_text(hint(t(lang::SEARCH_HINT), &Command::FocusSearch));
            super::escape_clears(ui, &search, &mut local.filter.text);
            // Enter goes to the first picture that was found, the arrows through them.
            if search.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) && !local.filter.text.is_empty() {
                out.extend(local.filter.images(app.document()).find(|i| !i.missing).map(|i| Command::Show(i.id)));
            }
            if down || up {
                out.push(Command::Step(if down { 1 } else { -1 }));
            }
            if local.focus == Some(Focus::Search) {
                search.request_focus();
                local.focus = None;
            }
        });
    });
    if local.filter_open {
        conditions(ui, app, local);
        ui.add_space(space::XS);
    }
}

fn conditions(ui: &mut Ui, app: &LimnApp, local: &mut Local) {
    let document = app.document();
    let Local { filter, shown, problems, .. } = local;
    ui.spacing_mut().combo_width = (ui.available_width() - 76.0).max(80.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().button_padding.x = 6.0;
        for state in ImageState::ALL {
            let mut on = filter.states.contains(&state);
            if ui.toggle_value(&mut on, t(state_name(state))).changed() {
                if on {
                    filter.states.insert(state)
                } else {
                    filter.states.remove(&state)
                };
            }
        }
    });
    let class = filter.class.and_then(|id| document.class(id));
    let classes = document.classes().iter().map(|c| (Some(c.id), c.name.as_str()));
    choose(ui, lang::FILTER_CLASS, &mut filter.class, class.map(|c| c.name.as_str()), classes);
    if !shown.tags.is_empty() {
        let now = filter.tag.clone();
        let tags = shown.tags.iter().map(|tag| (Some(tag.clone()), tag.as_str()));
        choose(ui, lang::FILTER_TAG, &mut filter.tag, now.as_deref(), tags);
    }
    if !shown.attributes.is_empty() {
        attribute(ui, filter, &shown.attributes);
    }
    ui.horizontal(|ui| {
        let mut range = filter.area.clone().map_or([0, u64::MAX], |r| [*r.start(), *r.end()]);
        let before = range;
        let label = ui.label(t(lang::FILTER_AREA));
        ui.add(DragValue::new(&mut range[0]).speed(20.0)).labelled_by(label.id);
        let mut to = if range[1] == u64::MAX { 0 } else { range[1] };
        let most = DragValue::new(&mut to)
            .speed(20.0)
            .custom_formatter(|n, _| if n == 0.0 { "...".to_owned() } else { format!("{n:.0}") });
        ui.add(most).accessible_name(t(lang::FILTER_AREA_MOST)).on_hover_text(t(lang::FILTER_AREA_MOST));
        range[1] = if to == 0 { u64::MAX } else { to };
        if range != before {
            filter.area = (range != [0, u64::MAX]).then(|| range[0]..=range[1].max(range[0]));
        }
    });
    let mut remark = filter.has_remark == Some(true);
    if ui.checkbox(&mut remark, t(lang::FILTER_REMARK)).changed() {
        filter.has_remark = remark.then_some(true);
    }
    let mut empty = filter.has_objects == Some(false);
    if ui.checkbox(&mut empty, t(lang::FILTER_EMPTY)).changed() {
        filter.has_objects = empty.then_some(false);
    }
    if let Some(project) = app.project() {
        let mut changed = filter.changed.is_some();
        ui.checkbox(&mut changed, t(lang::FILTER_CHANGED));
        if changed != filter.changed.is_some() {
            filter.changed = changed.then(|| project.changed_images().clone());
        }
    }
    if let Some(found) = &problems.found {
        let mut among = filter.among.is_some();
        if ui.checkbox(&mut among, t(lang::FILTER_PROBLEMS)).changed() {
            filter.among = among.then(|| found.iter().map(|finding| finding.image).collect());
        }
    }
}

/// A list with "any" at its head.
fn choose<'a, T: Clone + PartialEq>(
    ui: &mut Ui,
    label: lang::Text,
    value: &mut Option<T>,
    now: Option<&str>,
    choices: impl Iterator<Item = (Option<T>, &'a str)>,
) {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(
            egui::vec2(58.0, space::ROW),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| ui.label(t(label)),
        );
        let shown = now.unwrap_or(t(lang::FILTER_ANY)).to_owned();
        let combo = ComboBox::from_id_salt(t(label)).truncate().selected_text(shown).show_ui(ui, |ui| {
            ui.selectable_value(value, None, t(lang::FILTER_ANY));
            for (choice, name) in choices {
                ui.selectable_value(value, choice, name);
            }
        });
        combo.response.accessible_name(t(label));
    });
}

fn attribute(ui: &mut Ui, filter: &mut Filter, names: &[String]) {
    let mut name = filter.attribute.as_ref().map(|(name, _)| name.clone());
    let before = name.clone();
    let choices = names.iter().map(|n| (Some(n.clone()), n.as_str()));
    choose(ui, lang::FILTER_ATTRIBUTE, &mut name, before.as_deref(), choices);
    if name != before {
        filter.attribute = name.map(|name| (name, None));
    }
    if let Some((_, value)) = &mut filter.attribute {
        let mut text = value.clone().unwrap_or_default();
        let field = TextEdit::singleline(&mut text).hint_text(t(lang::FILTER_VALUE)).desired_width(f32::INFINITY);
        if ui.add(field).accessible_name(t(lang::FILTER_VALUE)).changed() {
            *value = (!text.is_empty()).then_some(text);
        }
    }
}
