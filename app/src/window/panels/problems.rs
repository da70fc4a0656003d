//! What is wrong or doubtful in the data set; a click goes there.

use std::collections::BTreeMap;

use egui::{Align, ComboBox, Layout, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use limn_datasets::check::Detail;
use limn_datasets::{Finding, FindingKind};

use super::{Local, floating};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, Text, t, tf};
use crate::window::remedy::remedy;
use crate::window::theme::{self, size, space};

/// What was found and what of it is shown.
#[derive(Debug, Default)]
pub struct Problems {
    /// The window is open.
    pub open: bool,
    /// The findings, once they were looked for.
    pub found: Option<Vec<Finding>>,
    /// The number of the document's change at which they were looked for.
    pub found_at: u64,
    /// The one that was gone to.
    pub at: Option<usize>,
    /// The files of the pictures are not looked at.
    pub skip_files: bool,
    kind: Option<FindingKind>,
}

impl Problems {
    /// The next (or previous) finding of those shown.
    pub fn step(&self, by: i32) -> Option<usize> {
        let shown: Vec<usize> = self.shown().collect();
        let now = self.at.and_then(|at| shown.iter().position(|s| *s == at));
        let count = shown.len() as i64;
        let next = match now {
            Some(now) => (now as i64 + i64::from(by)).rem_euclid(count.max(1)),
            None if by > 0 => 0,
            None => count - 1,
        };
        shown.get(usize::try_from(next).ok()?).copied()
    }

    fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        let found = self.found.as_deref().unwrap_or_default().iter().enumerate();
        found.filter(|(_, finding)| self.kind.is_none_or(|kind| finding.kind == kind)).map(|(at, _)| at)
    }
}

/// What a kind of finding is called.
pub fn kind_name(kind: FindingKind) -> Text {
    match kind {
        FindingKind::MissingFile => lang::FOUND_MISSING_FILE,
        FindingKind::UnreadableFile => lang::FOUND_UNREADABLE_FILE,
        FindingKind::WrongSize => lang::FOUND_WRONG_SIZE,
        FindingKind::Empty => lang::FOUND_EMPTY,
        FindingKind::UnknownClass => lang::FOUND_UNKNOWN_CLASS,
        FindingKind::Sliver => lang::FOUND_SLIVER,
        FindingKind::OutOfBounds => lang::FOUND_OUT_OF_BOUNDS,
        FindingKind::Duplicate => lang::FOUND_DUPLICATE,
        FindingKind::Overlap => lang::FOUND_OVERLAP,
    }
}

/// What a finding says, in the language of the window; what the reader of a file says stays as it is.
fn what(detail: &Detail) -> String {
    match detail {
        Detail::NotThere { path, objects } => tf(lang::WHAT_NOT_THERE, &[path, objects]),
        Detail::NotReadable(error) => error.clone(),
        Detail::FileSize { file: [w, h], masks: [mw, mh] } => {
            let turned = (h, w) == (mw, mh);
            tf(if turned { lang::WHAT_FILE_TURNED } else { lang::WHAT_FILE_SIZE }, &[w, h, mw, mh])
        }
        Detail::MaskSize { mask: [mw, mh], image: [w, h] } => tf(lang::WHAT_MASK_SIZE, &[mw, mh, w, h]),
        Detail::ClickOutside([x, y]) => tf(lang::WHAT_CLICK_OUTSIDE, &[x, y]),
        Detail::NoClass(id) => tf(lang::WHAT_NO_CLASS, &[id]),
        Detail::NoAnswer { value, attribute, class } => tf(lang::WHAT_NO_ANSWER, &[value, attribute, class]),
        Detail::NoPixel => t(lang::WHAT_NO_PIXEL).to_owned(),
        Detail::Thin { length, width } => tf(lang::WHAT_THIN, &[length, &format!("{width:.1}")]),
        Detail::Crumbs { crumbs, parts, below } => tf(lang::WHAT_CRUMBS, &[crumbs, parts, below]),
        Detail::Same { iou } => tf(lang::WHAT_SAME, &[&format!("{iou:.3}")]),
        Detail::Shared { pixels, share, iou } => {
            tf(lang::WHAT_SHARED, &[pixels, &format!("{:.0}", 100.0 * share), &format!("{iou:.3}")])
        }
    }
}

/// Draws the window.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let canvas = local.canvas(app);
    let problems = &mut local.problems;
    if !problems.open {
        return;
    }
    let mut open = true;
    let at = canvas.left_bottom() + vec2(20.0, -380.0);
    let title = ("problems", t(lang::PROBLEMS));
    floating::show(ctx, title, &mut open, vec2(460.0, 320.0), at, |ui| contents(ui, app, problems, out));
    problems.open = open;
}

fn contents(ui: &mut Ui, app: &LimnApp, problems: &mut Problems, out: &mut Vec<Command>) {
    let weak = theme::palette(ui).weak;
    ui.horizontal(|ui| {
        let text = t(if problems.found.is_some() { lang::CHECK_AGAIN } else { lang::CHECK });
        if ui.button(text).on_hover_text(hint(t(lang::ACT_CHECK), &Command::Check)).clicked() {
            out.push(Command::Check);
        }
        let mut files = !problems.skip_files;
        ui.checkbox(&mut files, t(lang::CHECK_FILES));
        problems.skip_files = !files;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| kinds(ui, problems));
    });
    let Some(found) = &problems.found else {
        ui.label(RichText::new(t(lang::PROBLEMS_HINT)).color(weak));
        return;
    };
    if found.is_empty() {
        ui.label(RichText::new(t(lang::PROBLEMS_NONE)).color(theme::palette(ui).good));
        return;
    }
    if problems.found_at != app.opened.edits {
        ui.label(RichText::new(t(lang::PROBLEMS_OLD)).color(weak).size(size::SMALL));
    }
    let shown: Vec<usize> = problems.shown().collect();
    let all: Vec<usize> = shown.iter().copied().filter(|at| remedy(&found[*at]).is_some()).collect();
    if problems.kind.is_some() && all.len() > 1 && ui.button(tf(lang::MEND_ALL, &[&all.len()])).clicked() {
        out.push(Command::Mend(all));
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    let height = space::ROW + 14.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, height, shown.len(), |ui, range| {
        for at in &shown[range] {
            match row(ui, &found[*at], problems.at == Some(*at), height) {
                Some(Pressed::Row) => out.push(Command::GoToFinding(*at)),
                Some(Pressed::Remedy) => out.push(Command::Mend(vec![*at])),
                None => {}
            }
        }
    });
}

/// Chooses one kind of finding; each with its number.
fn kinds(ui: &mut Ui, problems: &mut Problems) {
    let Some(found) = problems.found.as_ref().filter(|found| !found.is_empty()) else { return };
    let mut counts: BTreeMap<FindingKind, usize> = BTreeMap::new();
    for finding in found {
        *counts.entry(finding.kind).or_default() += 1;
    }
    let all = tf(lang::PROBLEMS_ALL, &[&found.len()]);
    let name = |(kind, count): (&FindingKind, &usize)| format!("{} ({count})", t(kind_name(*kind)));
    let now = problems.kind.and_then(|k| counts.get_key_value(&k)).map_or_else(|| all.clone(), name);
    let combo = ComboBox::from_id_salt("kind of problem").selected_text(now).show_ui(ui, |ui| {
        ui.selectable_value(&mut problems.kind, None, all);
        for entry in &counts {
            ui.selectable_value(&mut problems.kind, Some(*entry.0), name(entry));
        }
    });
    combo.response.accessible_name(t(lang::PROBLEMS_KIND));
}

/// What of a row was pressed.
enum Pressed {
    Row,
    Remedy,
}

/// One finding, with what can be done about it.
fn row(ui: &mut Ui, finding: &Finding, here: bool, height: f32) -> Option<Pressed> {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let (kind, said) = (t(kind_name(finding.kind)), what(&finding.what));
    let label = format!("{kind}: {}, {said}", finding.path);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, label.clone()));
    if here || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 5.0, if here { p.selected } else { p.hover });
    }
    let serious = !matches!(finding.kind, FindingKind::Overlap | FindingKind::Sliver);
    let mark = egui::Rect::from_center_size(rect.left_center() + vec2(14.0, 0.0), vec2(14.0, 14.0));
    icons::paint(ui.painter(), mark, Icon::Warning, if serious { p.bad } else { p.warn });
    let remedy = remedy(finding);
    let right = if remedy.is_some() { 96.0 } else { 4.0 };
    let room = egui::Rect::from_min_max(rect.min + vec2(28.0, 2.0), rect.max - vec2(right, 2.0));
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Min)));
    let line = |text: String, color, points| {
        egui::Label::new(RichText::new(text).color(color).size(points)).truncate().selectable(false)
    };
    inner.add(line(format!("{kind}   {}", finding.path), p.text, size::BODY));
    inner.add(line(said, p.weak, size::SMALL));
    if let Some(text) = remedy {
        let place = egui::Rect::from_min_max(egui::pos2(rect.max.x - 92.0, rect.min.y), rect.max - vec2(4.0, 0.0));
        let layout = Layout::right_to_left(Align::Center);
        let mut side = ui.new_child(egui::UiBuilder::new().id_salt("remedy").max_rect(place).layout(layout));
        if side.small_button(t(text)).accessible_name(format!("{}: {}", t(text), finding.path)).clicked() {
            return Some(Pressed::Remedy);
        }
    }
    response.clicked().then_some(Pressed::Row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_says_the_same_as_the_command_line() {
        let details = [
            Detail::NotThere { path: "a.png".into(), objects: 2 },
            Detail::NotReadable("cut off".into()),
            Detail::FileSize { file: [3, 4], masks: [5, 6] },
            Detail::FileSize { file: [3, 4], masks: [4, 3] },
            Detail::MaskSize { mask: [1, 2], image: [3, 4] },
            Detail::ClickOutside([1.5, 2.0]),
            Detail::NoClass(7),
            Detail::NoAnswer { value: "1".into(), attribute: "age".into(), class: "cat".into() },
            Detail::NoPixel,
            Detail::Thin { length: 9, width: 1.25 },
            Detail::Crumbs { crumbs: 1, parts: 3, below: 4 },
            Detail::Same { iou: 0.9 },
            Detail::Shared { pixels: 5, share: 0.5, iou: 0.2 },
        ];
        for detail in details {
            assert_eq!(what(&detail), detail.to_string());
        }
    }
}
