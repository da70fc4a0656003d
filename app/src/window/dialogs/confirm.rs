//! The one question of the program: where the objects of a deleted class go.

use egui::RichText;
use limn_datasets::ClassId;

use super::{buttons, count, dialog};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    to: Option<ClassId>,
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
    dialog(ctx, "delete class", "Delete class", 380.0, out, |ui, out| {
        let have = if objects == 1 { "has" } else { "have" };
        ui.label(format!("{} {have} the class \"{}\".", count(objects, "object", "objects"), class.name));
        ui.add_space(space::S);
        if others.is_empty() {
            ui.label(
                RichText::new("Make another class first; its objects need one.").color(ui.visuals().warn_fg_color),
            );
        } else {
            ui.horizontal(|ui| {
                ui.label("Give them the class");
                let name = form.to.and_then(|to| document.class(to)).map_or("", |c| c.name.as_str());
                let combo = egui::ComboBox::from_id_salt("other class").selected_text(name).show_ui(ui, |ui| {
                    for other in &others {
                        ui.selectable_value(&mut form.to, Some(other.id), &other.name);
                    }
                });
                combo.response.accessible_name("Class for the objects");
            });
        }
        if buttons(ui, "Delete class", form.to.is_some(), out) {
            out.push(Command::DeleteClass { id, reassign: form.to });
        }
    });
}
