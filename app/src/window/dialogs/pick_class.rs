//! A class by a few letters of its name, at the pointer. What is no class yet becomes one.

use egui::{
    Align2, Area, Id, Key, Modal, Modifiers, Order, RichText, Role, ScrollArea, Sense, TextEdit, WidgetInfo, vec2,
};
use limn_datasets::Class;

use super::open_frame;
use super::palette::score;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::facts::digit_of;
use crate::window::keymap::keys_of_digit;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Fields of the list.
#[derive(Debug, Default)]
pub struct Form {
    text: String,
    at: usize,
    /// Where the pointer was when it opened.
    place: Option<egui::Pos2>,
}

/// Classes that fit, the best first.
fn fitting<'a>(classes: &'a [Class], text: &str) -> Vec<&'a Class> {
    let mut found: Vec<(i32, &Class)> = classes.iter().filter_map(|c| Some((score(text, &c.name)?, c))).collect();
    found.sort_by_key(|(score, class)| (std::cmp::Reverse(*score), class.name.chars().count()));
    found.into_iter().map(|(_, class)| class).collect()
}

/// Draws the list.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let classes = app.document().classes();
    let found = fitting(classes, form.text.trim());
    let pressed = |key| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let (up, down, enter) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown), pressed(Key::Enter));
    form.at = form.at.min(found.len().saturating_sub(1));
    if down && form.at + 1 < found.len() {
        form.at += 1;
    } else if up {
        form.at = form.at.saturating_sub(1);
    }
    let mut chosen = enter.then_some(form.at);
    let screen = ctx.content_rect();
    let place = *form.place.get_or_insert_with(|| ctx.pointer_latest_pos().unwrap_or(screen.center()));
    let area = Area::new(Id::unique("pick class")).order(Order::Foreground).pivot(Align2::CENTER_TOP);
    let area = area.fixed_pos(place + vec2(0.0, 12.0)).constrain_to(screen.shrink(8.0));
    let left = open_frame(ctx, Modal::new(Id::unique("pick class")).area(area), "", 260.0, out, |ui, _| {
        let field = TextEdit::singleline(&mut form.text).hint_text(t(lang::PICK_CLASS)).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(t(lang::PICK_CLASS));
        if !field.has_focus() {
            field.request_focus();
        }
        if field.changed() {
            form.at = 0;
        }
        ui.add_space(space::XS);
        let p = theme::palette(ui);
        if found.is_empty() && !form.text.trim().is_empty() {
            ui.label(RichText::new(tf(lang::PICK_NEW, &[&form.text.trim()])).color(p.weak).size(size::SMALL));
        }
        ui.spacing_mut().item_spacing.y = 1.0;
        ScrollArea::vertical().max_height(230.0).auto_shrink([false, true]).show(ui, |ui| {
            for (i, class) in found.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
                let here = i == form.at;
                let label = tf(lang::PICK_NAMED, &[&class.name]);
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, label.clone()));
                if here && (up || down) {
                    response.scroll_to_me(None);
                }
                if here || response.hovered() {
                    ui.painter().rect_filled(rect, 5.0, if here { p.selected } else { p.hover });
                }
                let dot = egui::Rect::from_center_size(rect.left_center() + vec2(13.0, 0.0), vec2(12.0, 12.0));
                ui.painter().rect_filled(dot, 3.0, theme::class_color(class.color));
                let font = egui::FontId::proportional(size::BODY);
                let at = rect.left_center() + vec2(26.0, 0.0);
                ui.painter().text(at, Align2::LEFT_CENTER, &class.name, font, p.text);
                if let Some(digit) = digit_of(app.document(), class) {
                    let font = egui::FontId::proportional(size::SMALL);
                    let at = rect.right_center() - vec2(8.0, 0.0);
                    ui.painter().text(at, Align2::RIGHT_CENTER, keys_of_digit(digit), font, p.weak);
                }
                if response.clicked() {
                    chosen = Some(i);
                }
            }
        });
    });
    let name = form.text.trim().to_owned();
    let command = chosen.and_then(|at| match found.get(at) {
        Some(class) => Some(Command::GiveClass(class.id)),
        None => (!name.is_empty()).then_some(Command::AddAndGiveClass(name)),
    });
    if command.is_some() || left.escaped || left.beside || enter {
        *form = Form::default();
        out.push(Command::CloseDialog);
        out.extend(command);
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::ClassId;

    use super::*;

    #[test]
    fn the_shorter_name_wins_among_those_that_fit_alike() {
        let names = ["traffic light", "truck", "car", "cargo ship", "cat"];
        let classes: Vec<Class> = (1..).zip(names).map(|(id, name)| Class::new(ClassId(id), name, [0; 3])).collect();
        let first = |text| fitting(&classes, text).first().map(|c| c.name.clone());
        assert_eq!(first("car").as_deref(), Some("car"));
        assert_eq!(first("tl").as_deref(), Some("traffic light"));
        assert_eq!(first("xyz"), None);
        assert_eq!(fitting(&classes, "").len(), 5);
    }
}
