//! The one question of the program: where the objects of a deleted class go.

use egui::RichText;
use limn_datasets::ClassId;

use super::{buttons, dialog};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    to: Option<ClassId>,
    objects_too: bool,
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, id: ClassId, form: &mut Form, out: &mut Vec<Command>) {
    let document = app.document();
    let Some(class) = document.class(id) else {
        out.push(Command::CloseDialog);
        return;
    };
    let objects = document.object_count_of_class(id);
    let others: Vec<_> = document.classes().iter().filter(|c| c.id != id).collect();
    if !form.to.is_some_and(|to| others.iter().any(|c| c.id == to)) {
        form.to = others.first().map(|c| c.id);
    }
    dialog(ctx, "delete class", t(lang::DELETE_CLASS), 380.0, out, |ui, out| {
        let text = if objects == 1 { lang::HAS_CLASS_ONE } else { lang::HAS_CLASS_MANY };
        ui.label(tf(text, &[&objects, &class.name]));
        ui.add_space(space::S);
        if others.is_empty() {
            ui.label(RichText::new(t(lang::MAKE_CLASS_FIRST)).color(ui.visuals().warn_fg_color));
        } else {
            ui.horizontal(|ui| {
                ui.label(t(lang::GIVE_CLASS));
                let name = form.to.and_then(|to| document.class(to)).map_or("", |c| c.name.as_str());
                let combo = egui::ComboBox::from_id_salt("other class").selected_text(name).show_ui(ui, |ui| {
                    for other in &others {
                        ui.selectable_value(&mut form.to, Some(other.id), &other.name);
                    }
                });
                combo.response.accessible_name(t(lang::CLASS_FOR_OBJECTS));
            });
        }
        let text = if objects == 1 { lang::DELETE_OBJECTS_ONE } else { lang::DELETE_OBJECTS_MANY };
        ui.checkbox(&mut form.objects_too, tf(text, &[&objects]));
        if buttons(ui, t(lang::DELETE_CLASS), form.objects_too || form.to.is_some(), out) {
            out.push(match std::mem::take(&mut form.objects_too) {
                true => Command::DeleteClassAndObjects(id),
                false => Command::DeleteClass { id, reassign: form.to },
            });
        }
    });
}
