//! All classes of the data set: names, colours, keys, groups, questions; merge, split, delete, lists as files.

mod attributes;

use std::collections::BTreeSet;

use egui::{ComboBox, Grid, Id, RichText, TextEdit, Ui};
use limn_datasets::{Class, ClassId, Document, ObjectId};

use super::{dialog, foot, middle, sideways};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, counted, t, tf};
use crate::window::panels::edit_line;
use crate::window::picker::Ask;
use crate::window::theme::{self, size};

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    /// The classes with a tick.
    chosen: BTreeSet<ClassId>,
    into: Option<ClassId>,
    split: String,
    new: String,
    typing: Option<(Id, String)>,
    /// A colour while it is being chosen.
    color: Option<(ClassId, [u8; 3])>,
}

/// Draws the dialog. `filtered` are the objects that the filter of the pictures lets through, if there is a filter.
pub fn show(
    ctx: &egui::Context,
    app: &LimnApp,
    form: &mut Form,
    filtered: Option<&[ObjectId]>,
    out: &mut Vec<Command>,
) {
    let document = app.document();
    form.chosen.retain(|id| document.class(*id).is_some());
    // Esc in a field leaves the field.
    let typing = form.typing.is_some() || ctx.egui_wants_keyboard_input();
    let mut asked = Vec::new();
    dialog(ctx, "classes", t(lang::CLASSES_TITLE), 760.0, &mut asked, |ui, out| {
        middle(ui, 44.0, |ui| {
            if document.class_count() == 0 {
                ui.label(RichText::new(t(lang::CLASSES_EMPTY)).color(theme::palette(ui).weak));
            } else {
                sideways(ui, "table", |ui| table(ui, document, form, out));
            }
            below_table(ui, app, form, filtered, out);
        });
        add(ui, form, out);
        foot(ui, out, |ui, out| {
            if ui.button(t(lang::CLASSES_IMPORT)).on_hover_text(t(lang::CLASSES_IMPORT_HINT)).clicked() {
                out.push(Command::Ask(Ask::ClassList));
            }
            if ui.button(t(lang::CLASSES_EXPORT)).on_hover_text(t(lang::CLASSES_EXPORT_HINT)).clicked() {
                out.push(Command::Ask(Ask::SaveClassList));
            }
        });
    });
    let escaped = typing && ctx.input(|i| i.key_pressed(egui::Key::Escape));
    out.extend(asked.into_iter().filter(|c| !(escaped && *c == Command::CloseDialog)));
    finish_color(ctx, document, form, out);
}

/// What can be done with the classes that have a tick.
fn below_table(ui: &mut Ui, app: &LimnApp, form: &mut Form, filtered: Option<&[ObjectId]>, out: &mut Vec<Command>) {
    let document = app.document();
    ui.separator();
    let chosen: Vec<&Class> = form.chosen.iter().filter_map(|id| document.class(*id)).collect();
    match chosen.as_slice() {
        [] => drop(ui.label(RichText::new(t(lang::CLASSES_CHOOSE)).color(theme::palette(ui).weak).size(size::SMALL))),
        [one] => {
            attributes::show(ui, one, &mut form.typing, out);
            split(ui, app, one, &mut form.split, filtered, out);
        }
        _ => {}
    }
    if !chosen.is_empty() && document.class_count() > 1 {
        merge(ui, document, &form.chosen, &mut form.into, out);
    }
}

fn table(ui: &mut Ui, document: &Document, form: &mut Form, out: &mut Vec<Command>) {
    Grid::new("class table").num_columns(7).spacing([10.0, 3.0]).striped(true).show(ui, |ui| {
        let weak = theme::palette(ui).weak;
        for head in
            [None, None, Some(lang::CLASS_NAME), Some(lang::CLASS_KEY), Some(lang::CLASS_GROUP), Some(lang::OBJECTS)]
        {
            ui.label(RichText::new(head.map_or("", t)).size(size::SMALL).color(weak));
        }
        ui.end_row();
        for class in document.classes() {
            row(ui, document, class, form, out);
            ui.end_row();
        }
    });
}

fn row(ui: &mut Ui, document: &Document, class: &Class, form: &mut Form, out: &mut Vec<Command>) {
    let put = |change: &dyn Fn(&mut Class)| {
        let mut after = class.clone();
        change(&mut after);
        Command::PutClass(Box::new(after))
    };
    let mut on = form.chosen.contains(&class.id);
    if ui.checkbox(&mut on, "").accessible_name(tf(lang::CLASS_CHOOSE, &[&class.name])).changed() {
        if on {
            form.chosen.insert(class.id)
        } else {
            form.chosen.remove(&class.id)
        };
    }
    let mut color = form.color.filter(|(id, _)| *id == class.id).map_or(class.color, |(_, color)| color);
    let button = ui.color_edit_button_srgb(&mut color);
    let changed = button.changed();
    button.accessible_name(tf(lang::COLOUR_OF_CLASS, &[&class.name]));
    if changed {
        form.color = Some((class.id, color));
    }
    let line = |what: &str| Id::unique((what, class.id.0));
    let label = tf(lang::NAME_OF_CLASS, &[&class.name]);
    let (_, name) =
        wide(ui, 220.0, |ui, w| edit_line(ui, &mut form.typing, line("class name"), &label, &class.name, w));
    out.extend(name.map(|name| Command::RenameClass(class.id, name)));
    let shown = class.hotkey.map_or_else(|| "-".to_owned(), |key| key.to_string());
    let combo = ComboBox::from_id_salt(("class key", class.id.0)).width(44.0).selected_text(shown).show_ui(ui, |ui| {
        for key in std::iter::once(None).chain((1..=9).map(Some)) {
            let text = key.map_or_else(|| "-".to_owned(), |key: u8| key.to_string());
            if ui.selectable_label(class.hotkey == key, text).clicked() {
                out.push(put(&|c| c.hotkey = key));
            }
        }
    });
    combo.response.accessible_name(tf(lang::KEY_OF_CLASS, &[&class.name]));
    let label = tf(lang::GROUP_OF_CLASS, &[&class.name]);
    let group = &class.supercategory;
    let (_, group) = wide(ui, 150.0, |ui, w| edit_line(ui, &mut form.typing, line("class group"), &label, group, w));
    out.extend(group.map(|group| put(&|c| group.trim().clone_into(&mut c.supercategory))));
    ui.label(document.object_count_of_class(class.id).to_string());
    if icons::button(ui, Icon::Trash, &tf(lang::DELETE_CLASS_NAMED, &[&class.name])).clicked() {
        out.push(Command::OpenDeleteClass(class.id));
    }
}

/// A cell of the table that is at least so wide.
fn wide<R>(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui, f32) -> R) -> R {
    ui.scope(|ui| {
        ui.set_min_width(width);
        contents(ui, width)
    })
    .inner
}

/// When the chooser has closed, what was chosen becomes one change.
fn finish_color(ctx: &egui::Context, document: &Document, form: &mut Form, out: &mut Vec<Command>) {
    if let Some((id, color)) = form.color
        && !egui::Popup::is_any_open(ctx)
    {
        form.color = None;
        out.extend(document.class(id).is_some().then_some(Command::RecolorClass(id, color)));
    }
}

fn add(ui: &mut Ui, form: &mut Form, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut form.new).hint_text(t(lang::NEW_CLASS)).desired_width(300.0);
        let field = ui.add(field).accessible_name(t(lang::CLASSES_NEW_NAME));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let ready = !form.new.trim().is_empty();
        let pressed = ui.add_enabled(ready, egui::Button::new(t(lang::CLASSES_ADD))).clicked();
        if ready && (entered || pressed) {
            out.push(Command::AddClass(std::mem::take(&mut form.new)));
        }
    });
}

/// The objects that would become a class of their own: those selected, else those that the filter lets through.
fn split(
    ui: &mut Ui,
    app: &LimnApp,
    class: &Class,
    name: &mut String,
    filtered: Option<&[ObjectId]>,
    out: &mut Vec<Command>,
) {
    let of_class = |id: &&ObjectId| app.document().object(**id).is_some_and(|o| o.class == class.id);
    let selection = app.selection();
    let selected: Vec<ObjectId> = selection.iter().filter(of_class).copied().collect();
    let listed: Vec<ObjectId> = filtered.unwrap_or_default().iter().filter(of_class).copied().collect();
    let (objects, text) =
        if selected.is_empty() { (listed, lang::SPLIT_FILTERED) } else { (selected, lang::SPLIT_SELECTED) };
    ui.horizontal(|ui| {
        ui.label(tf(text, &[&counted(objects.len(), lang::OBJECT_ONE, lang::OBJECT_MANY), &class.name]));
        let field = TextEdit::singleline(name).hint_text(t(lang::NEW_CLASS)).desired_width(140.0);
        ui.add(field).accessible_name(t(lang::SPLIT_NAME));
        let ready = !objects.is_empty() && !name.trim().is_empty();
        let button = egui::Button::new(t(lang::SPLIT));
        if ui.add_enabled(ready, button).on_disabled_hover_text(t(lang::SPLIT_HINT)).clicked() {
            out.push(Command::SplitClass { objects, name: std::mem::take(name) });
        }
    });
}

fn merge(
    ui: &mut Ui,
    document: &Document,
    chosen: &BTreeSet<ClassId>,
    into: &mut Option<ClassId>,
    out: &mut Vec<Command>,
) {
    if !into.is_some_and(|id| document.class(id).is_some()) {
        *into = document.classes().iter().map(|c| c.id).find(|id| !chosen.contains(id)).or(chosen.first().copied());
    }
    let Some(target) = into.and_then(|id| document.class(id)) else { return };
    let from: Vec<ClassId> = chosen.iter().copied().filter(|id| *id != target.id).collect();
    let objects: usize = from.iter().map(|id| document.object_count_of_class(*id)).sum();
    ui.horizontal(|ui| {
        let classes = counted(from.len(), lang::CLASS_ONE, lang::CLASS_MANY);
        let objects = counted(objects, lang::OBJECT_ONE, lang::OBJECT_MANY);
        ui.label(tf(lang::MERGE_TEXT, &[&classes, &objects]));
        let combo = ComboBox::from_id_salt("merge into").selected_text(&target.name).show_ui(ui, |ui| {
            for class in document.classes() {
                ui.selectable_value(into, Some(class.id), &class.name);
            }
        });
        combo.response.accessible_name(t(lang::MERGE_INTO));
        if ui.add_enabled(!from.is_empty(), egui::Button::new(t(lang::MERGE))).clicked() {
            out.push(Command::MergeClasses { from, into: target.id });
        }
    });
}
