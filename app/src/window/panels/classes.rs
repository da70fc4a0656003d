//! The classes: choose, add, rename, recolour, delete.

use egui::{Align, Color32, Id, Layout, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2};
use limn_datasets::Class;

use super::Local;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::facts::digit_of;
use crate::window::focus::Focus;
use crate::window::icons::{self, Icon};
use crate::window::keymap::{hint, keys_of_digit};
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Draws the panel.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let document = app.document();
    let classes = document.classes();
    ui.horizontal(|ui| {
        ui.label(RichText::new(t(lang::CLASSES)).strong().size(size::BODY));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let command = Command::OpenDialog(Dialog::Classes);
            if icons::button(ui, Icon::Sliders, &hint(t(lang::CLASSES_TITLE), &command)).clicked() {
                out.push(command);
            }
            ui.label(RichText::new(classes.len().to_string()).color(theme::palette(ui).weak).small());
        });
    });
    egui::Panel::bottom("new class").frame(egui::Frame::new()).show_separator_line(false).show(ui, |ui| {
        ui.add_space(space::XS);
        new_class(ui, local, out);
        ui.add_space(space::S);
    });
    ScrollArea::vertical().id_salt("classes").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        if classes.is_empty() {
            let text = t(lang::NO_CLASSES);
            ui.label(RichText::new(text).color(theme::palette(ui).weak).size(size::SMALL));
        }
        let moved = local.class_in_view != app.selection.class;
        for class in classes {
            let row = row(ui, app, class, local, out);
            if moved && app.selection.class == Some(class.id) {
                row.scroll_to_me(None);
            }
        }
        local.class_in_view = app.selection.class;
    });
    finish_recolor(ui, app, local, out);
}

/// Enter adds the class and the field goes on with the next name; several lines that are pasted are several classes.
fn new_class(ui: &mut Ui, local: &mut Local, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let add =
                icons::toggle(ui, Icon::Plus, t(lang::ADD_CLASS), false, !local.new_class.trim().is_empty()).clicked();
            let id = Id::unique("new class name");
            if ui.memory(|m| m.has_focus(id)) {
                let names = pasted_names(ui);
                out.extend((!names.is_empty()).then_some(Command::AddClasses(names)));
            }
            let field = TextEdit::singleline(&mut local.new_class).id(id).hint_text(t(lang::NEW_CLASS));
            let field = ui
                .add(field.desired_width(ui.available_width()))
                .accessible_name(t(lang::NEW_CLASS_NAME))
                .on_hover_text(t(lang::NEW_CLASS_HINT));
            super::escape_clears(ui, &field, &mut local.new_class);
            if local.focus == Some(Focus::NewClass) {
                field.request_focus();
                local.focus = None;
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if (entered || add) && !local.new_class.trim().is_empty() {
                out.push(Command::AddClass(std::mem::take(&mut local.new_class)));
                if entered {
                    field.request_focus();
                }
            }
        });
    });
}

/// Takes a paste of several lines out of the input: one name a line.
fn pasted_names(ui: &Ui) -> Vec<String> {
    let mut names = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            egui::Event::Paste(text) if text.trim().contains(['\n', '\r']) => {
                names.extend(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
                false
            }
            _ => true,
        });
    });
    names
}

fn row(ui: &mut Ui, app: &LimnApp, class: &Class, local: &mut Local, out: &mut Vec<Command>) -> egui::Response {
    let p = theme::palette(ui);
    let chosen = app.selection.class == Some(class.id);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, space::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, tf(lang::CLASS_NAMED, &[&class.name])));
    if chosen || response.contains_pointer() || response.has_focus() {
        ui.painter().rect_filled(rect, 5.0, if chosen { p.selected } else { p.hover });
    }
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .id_salt(class.id.0)
            .max_rect(rect.shrink2(vec2(6.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    let ui = &mut inner;
    ui.spacing_mut().item_spacing.x = 5.0;
    swatch(ui, class, local);
    if let Some((id, text)) = &mut local.rename
        && *id == class.id
    {
        let field = ui
            .add(TextEdit::singleline(text).desired_width(ui.available_width()))
            .accessible_name(tf(lang::NAME_OF_CLASS, &[&class.name]));
        if !field.has_focus() && !field.lost_focus() {
            field.request_focus();
        }
        if field.lost_focus() {
            if !ui.input(|i| i.key_pressed(egui::Key::Escape)) {
                out.push(Command::RenameClass(class.id, text.clone()));
            }
            local.rename = None;
        }
        return response;
    }
    let label = egui::Label::new(RichText::new(&class.name).color(p.text)).truncate().selectable(false);
    ui.add_sized(vec2((ui.available_width() - 48.0).max(30.0), space::ROW), AlignLeft(label));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        if let Some(digit) = digit_of(app.document(), class) {
            key_cap(ui, &keys_of_digit(digit));
        }
        let count = app.document().object_count_of_class(class.id);
        ui.label(RichText::new(count.to_string()).color(p.weak).size(size::SMALL));
    });
    let response = response.on_hover_text(match digit_of(app.document(), class) {
        Some(digit) => tf(lang::CLASS_TIP_KEY, &[&class.name, &keys_of_digit(digit)]),
        None => tf(lang::CLASS_TIP, &[&class.name]),
    });
    response.context_menu(|ui| {
        ui.set_min_width(180.0);
        let item = |ui: &mut Ui, icon: Icon, text: &str, label: String| {
            let pressed = ui.add(egui::Button::new((icons::atom(icon), text))).accessible_name(label).clicked();
            if pressed {
                ui.close();
            }
            pressed
        };
        if item(ui, Icon::Pencil, t(lang::MENU_RENAME), tf(lang::RENAME_CLASS_NAMED, &[&class.name])) {
            local.rename = Some((class.id, class.name.clone()));
        }
        if item(ui, Icon::Target, t(lang::MENU_GIVE), tf(lang::MENU_GIVE_NAMED, &[&class.name])) {
            out.push(Command::SetClassOfSelected(class.id));
        }
        if item(ui, Icon::Filter, t(lang::MENU_LIST), tf(lang::MENU_LIST_NAMED, &[&class.name])) {
            local.filter = limn_datasets::document::Filter { class: Some(class.id), ..Default::default() };
        }
        if item(ui, Icon::Trash, t(lang::DELETE_CLASS), tf(lang::DELETE_CLASS_NAMED, &[&class.name])) {
            out.push(Command::OpenDeleteClass(class.id));
        }
    });
    if response.double_clicked() {
        local.rename = Some((class.id, class.name.clone()));
    } else if response.clicked() {
        out.push(Command::ChooseClass(class.id));
    }
    response
}

/// The key of a class, drawn like one.
fn key_cap(ui: &mut Ui, key: &str) {
    if key.is_empty() {
        return;
    }
    let p = theme::palette(ui);
    let text = ui.painter().layout_no_wrap(key.to_owned(), egui::FontId::proportional(size::SMALL), p.weak);
    let (rect, _) = ui.allocate_exact_size(vec2((text.size().x + 10.0).max(22.0), 18.0), Sense::hover());
    let cap = rect.shrink2(vec2(3.0, 1.0));
    ui.painter().rect_stroke(cap, 3.0, egui::Stroke::new(1.0, p.border), egui::StrokeKind::Inside);
    ui.painter().galley(cap.center() - 0.5 * text.size(), text, p.weak);
}

/// A label that keeps to the left of the room it is given.
struct AlignLeft(egui::Label);

impl egui::Widget for AlignLeft {
    fn ui(self, ui: &mut Ui) -> egui::Response {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(self.0)).inner
    }
}

fn swatch(ui: &mut Ui, class: &Class, local: &mut Local) {
    let shown = local.recolor.filter(|(id, _)| *id == class.id).map_or(class.color, |(_, c)| c);
    let (rect, response) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, tf(lang::COLOUR_OF_CLASS, &[&class.name])));
    ui.painter().rect(
        rect,
        4.0,
        theme::class_color(shown),
        egui::Stroke::new(1.0, Color32::from_black_alpha(60)),
        egui::StrokeKind::Inside,
    );
    let popup = egui::Popup::from_toggle_button_response(&response)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ui.set_max_width(190.0);
        let mut color = theme::class_color(shown);
        let mut changed = egui::color_picker::color_picker_color32(ui, &mut color, egui::color_picker::Alpha::Opaque);
        ui.horizontal_wrapped(|ui| {
            for (i, preset) in theme::CLASS_COLORS.into_iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, tf(lang::COLOUR_NUMBER, &[&(i + 1)])));
                ui.painter().rect_filled(rect, 4.0, theme::class_color(preset));
                if response.clicked() {
                    color = theme::class_color(preset);
                    changed = true;
                }
            }
        });
        if changed {
            local.recolor = Some((class.id, [color.r(), color.g(), color.b()]));
        }
    });
    response.on_hover_text(t(lang::CHANGE_COLOUR));
}

/// When the chooser has closed, what was chosen becomes one change.
fn finish_recolor(ui: &Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    if let Some((id, color)) = local.recolor
        && !egui::Popup::is_any_open(ui.ctx())
    {
        if app.document().class(id).is_some() {
            out.push(Command::RecolorClass(id, color));
        }
        local.recolor = None;
    }
}
