//! The objects of the picture, the uppermost first.

use egui::{Align, Button, Layout, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use limn_datasets::{Object, ObjectId};

use super::{Local, heading, object};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::keymap::keys_of;
use crate::window::lang::{self, counted, t, tf};
use crate::window::theme::{self, size, space};

/// Height of what can be done with the selected object.
pub const TOOLS: f32 = 150.0;
/// Rows of the list that are always seen.
const LEAST: f32 = 4.0;

/// Draws the panel.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let Some(image) = app.shown.current else { return };
    let document = app.document();
    heading(ui, t(lang::OBJECTS), &document.object_count_of(image).to_string());
    let objects: Vec<ObjectId> = document.object_ids_of(image).rev().collect();
    if objects.is_empty() {
        let text = t(lang::NO_OBJECTS);
        ui.label(RichText::new(text).color(theme::palette(ui).weak).size(size::SMALL));
        return;
    }
    if let Some(selected) = app.selection.selected.and_then(|id| document.object(id)) {
        // In a small window it is scrolled, so that the list keeps its rows.
        let room = (ui.available_height() - LEAST * (space::ROW + 2.0)).max(60.0);
        egui::Panel::bottom("object tools").frame(egui::Frame::new()).show_separator_line(false).show(ui, |ui| {
            let scroll = ScrollArea::vertical().id_salt("object tools").max_height(room);
            scroll.auto_shrink([false, true]).show(ui, |ui| object::show(ui, app, selected, local, out));
        });
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().id_salt("objects").auto_shrink(false).min_scrolled_height(20.0).show_rows(
        ui,
        space::ROW,
        objects.len(),
        |ui, range| {
            for i in range {
                if let Some(object) = document.object(objects[i]) {
                    row(ui, app, object, objects.len() - i, out);
                }
            }
        },
    );
}

fn row(ui: &mut Ui, app: &LimnApp, object: &Object, number: usize, out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    let class = app.document().class(object.class);
    let name = class.map_or("?", |c| c.name.as_str());
    let selected = app.is_selected(object.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, selected, tf(lang::OBJECT_NUMBER, &[&number, &name])));
    if selected || response.contains_pointer() || response.has_focus() {
        ui.painter().rect_filled(rect, 5.0, if selected { p.selected } else { p.hover });
    }
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .id_salt(object.id.0)
            .max_rect(rect.shrink2(vec2(6.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    let ui = &mut inner;
    ui.spacing_mut().item_spacing.x = 5.0;
    let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    let color = app.color_of(object);
    ui.painter().rect_filled(dot, 3.0, if object.hidden { color.gamma_multiply(0.35) } else { color });
    let ink = if object.hidden { p.weak } else { p.text };
    ui.label(RichText::new(format!("{number}")).color(p.weak).size(size::SMALL));
    let correcting = app.drawing.draft.as_ref().is_some_and(|d| d.correcting == Some(object.id));
    let name = object.group.map_or_else(|| name.to_owned(), |group| format!("{name}  #{group}"));
    let text = if correcting { tf(lang::OBJECT_CORRECTING, &[&name]) } else { name.clone() };
    // The area and the eye keep their room, however long the name is.
    let size = vec2((ui.available_width() - 70.0).max(30.0), space::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(size.x);
        ui.add(egui::Label::new(RichText::new(text).color(ink)).truncate().selectable(false));
    });
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(3.0, 2.0);
        let (icon, what) =
            if object.hidden { (Icon::EyeOff, lang::SHOW_OBJECT) } else { (Icon::Eye, lang::HIDE_OBJECT) };
        let label = tf(what, &[&number]);
        let eye = Button::new(icons::atom(icon)).frame_when_inactive(false).min_size(vec2(22.0, 22.0));
        if ui.add(eye).accessible_name(&label).on_hover_text(&label).clicked() {
            out.push(Command::SetHidden(object.id, !object.hidden));
        }
        ui.label(RichText::new(area(object.mask.area())).color(p.weak).size(size::SMALL));
    });
    let clicks = counted(object.clicks.len(), lang::CLICK_ONE, lang::CLICK_MANY);
    let response = response.on_hover_text(tf(lang::OBJECT_TIP, &[&name, &object.mask.area(), &clicks]));
    response.context_menu(|ui| menu(ui, app, object, out));
    if response.double_clicked() {
        out.push(Command::Reopen(object.id));
    } else if response.clicked() {
        let modifiers = ui.input(|i| i.modifiers);
        out.push(match () {
            () if modifiers.command => Command::SelectToggle(object.id),
            () if modifiers.shift => Command::SelectRange(object.id),
            () if app.selection() == [object.id] => Command::Select(None),
            () => Command::Select(Some(object.id)),
        });
    }
}

/// What can be done with an object of the list; if it is one of several that are selected, with all of them.
fn menu(ui: &mut Ui, app: &LimnApp, object: &Object, out: &mut Vec<Command>) {
    ui.set_min_width(200.0);
    let several = app.is_selected(object.id) && app.selection().len() > 1;
    let select = (!several).then_some(Command::Select(Some(object.id)));
    let mut item = |ui: &mut Ui, icon: Icon, text: &str, command: Command| {
        let button = Button::new((icons::atom(icon), text)).shortcut_text(keys_of(&command));
        if ui.add(button).clicked() {
            out.extend(select.clone());
            out.push(command);
            ui.close();
        }
    };
    item(ui, Icon::Pencil, t(lang::REOPEN_OBJECT), Command::ReopenSelected);
    item(ui, Icon::Target, t(lang::PICK_CLASS), Command::PickClass);
    let hide = if object.hidden { lang::MENU_SHOW_OBJECT } else { lang::MENU_HIDE_OBJECT };
    item(ui, Icon::Eye, t(hide), Command::ToggleSelectedHidden);
    item(ui, Icon::Up, t(lang::OBJECT_UP), Command::RaiseSelected(1));
    item(ui, Icon::Down, t(lang::OBJECT_DOWN), Command::RaiseSelected(-1));
    item(ui, Icon::Copy, t(lang::ACT_COPY), Command::CopyObjects { cut: false });
    ui.separator();
    item(ui, Icon::Trash, t(lang::DELETE_OBJECT), Command::DeleteSelected);
}

fn area(pixels: u64) -> String {
    match pixels {
        0..=9_999 => format!("{pixels}"),
        10_000..=999_999 => format!("{:.1}k", pixels as f64 / 1e3),
        _ => format!("{:.1}M", pixels as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::area;

    #[test]
    fn areas_are_short() {
        assert_eq!([area(7), area(9_999), area(12_345), area(3_400_000)], ["7", "9999", "12.3k", "3.4M"]);
    }
}
