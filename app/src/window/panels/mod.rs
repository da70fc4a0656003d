//! What lies around the canvas.
//!
//! * `top`: open, undo, zoom, export; `status`: engine, time, zoom, pixel; `empty`: the page without a project
//! * `files`: the pictures, `filter`: which of them, `grid`: as thumbnails, `review`: state, remark and tags of the one in sight
//! * `history`: what was done; `problems`: what is wrong; `learning`: what the engine learned; `classes`, `objects` (`object`: the one selected), `outline`: the right side
//! * `judging`: new masks that wait
//! * `notice`: a bar that stays; `report`: what came of an import or export
//! * `floating`: the frame of what floats above the canvas

mod classes;
mod column;
mod empty;
mod files;
mod filter;
mod floating;
mod grid;
mod history;
mod judging;
mod learning;
mod notice;
mod object;
mod objects;
mod outline;
mod problems;
mod report;
mod review;
mod status;
mod top;

use std::path::PathBuf;

use egui::{CentralPanel, Frame, Id, Key, Margin, Panel, Rect, Response, RichText, TextEdit, Ui};
use limn_datasets::document::Filter;
use limn_datasets::{ClassId, Format, ImageRecord, ObjectId};

use filter::Listed;

use super::app::LimnApp;
use super::canvas;
use super::canvas::layers::Layers;
use super::canvas::tools::Gesture;
use super::command::Command;
use super::dialogs::Forms;
use super::focus::Focus;
use super::heard::Heard;
use super::jobs::ExportRequest;
use super::lang::{self, t};
use super::report::Report;
use super::shown::Seen;
use super::theme::{self, space};

/// What panels and dialogs remember between frames and nobody else needs: texts being typed, the pointer.
#[derive(Debug, Default)]
pub struct Local {
    /// Which pictures are listed and gone through.
    pub filter: Filter,
    /// The conditions besides the text are shown.
    pub filter_open: bool,
    /// The pictures that pass.
    pub shown: Listed,
    /// What is wrong in the data set.
    pub problems: problems::Problems,
    /// The text of the field that has the keyboard, until it is done.
    pub typing: Option<(Id, String)>,
    /// Small pictures in the place of the canvas.
    pub grid: bool,
    /// The thumbnails are to show the present picture.
    pub scroll_grid: bool,
    /// The learning panel is open.
    pub learning_open: bool,
    /// "Forget everything" was pressed once.
    pub forget_learning: bool,
    /// New masks that wait for a decision.
    pub judging: judging::Judging,
    /// The share of the classes in the right column, where a person moved the splitter.
    pub split: Option<f32>,
    /// Remark, tags and attributes of the picture are unfolded in a low window.
    pub details: bool,
    /// What is set for masks is folded up (or not), where a person said so.
    pub mask_open: Option<bool>,
    /// The bar that stays was closed.
    pub notice_closed: bool,
    /// What came of the last import or export, and whether that is shown.
    pub report: Option<Report>,
    /// See [`Local::report`].
    pub report_open: bool,
    /// What an export would replace, and what of it is still to be written.
    pub not_ours: Option<(String, ExportRequest)>,
    /// The data set that was opened: its format, and its file or folder.
    pub data_set: Option<(Format, PathBuf)>,
    /// A project that another window has, and what was said of it.
    pub locked: Option<(PathBuf, String)>,
    /// The history is open.
    pub history_open: bool,
    /// Its labels.
    pub history: history::History,
    /// Text of the field for a new class.
    pub new_class: String,
    /// The class that the list was last scrolled to.
    pub class_in_view: Option<ClassId>,
    /// Class whose name is being typed, and the text.
    pub rename: Option<(ClassId, String)>,
    /// A colour that is being chosen; it becomes one step of the history when the chooser closes.
    pub recolor: Option<(ClassId, [u8; 3])>,
    /// What keys and pointer said in this frame.
    pub heard: Heard,
    /// Parts and holes of the mask at hand.
    pub counted: canvas::draft_bar::Counted,
    /// The keyboard is to go there.
    pub focus: Option<Focus>,
    /// The list of pictures is to show the present one.
    pub scroll_to_current: bool,
    /// The pointer in the picture.
    pub pointer_in_image: Option<[f32; 2]>,
    /// How this frame laid the picture out, until the window has taken note of it.
    pub seen: Option<Seen>,
    /// What the pointer is doing on the canvas.
    pub gesture: Gesture,
    /// What is drawn on the canvas.
    pub layers: Layers,
    /// Fields of the dialogs.
    pub forms: Forms,
}

impl Local {
    /// The part of the window in which the picture is drawn in this frame.
    pub fn canvas(&self, app: &LimnApp) -> Rect {
        self.seen.map_or(app.shown.canvas, |seen| seen.canvas)
    }

    /// Closes what lies above the canvas; false if nothing does.
    pub fn close_topmost(&mut self) -> bool {
        for open in [
            &mut self.report_open,
            &mut self.problems.open,
            &mut self.history_open,
            &mut self.learning_open,
            &mut self.judging.open,
            &mut self.grid,
        ] {
            if std::mem::take(open) {
                return true;
            }
        }
        false
    }

    /// The objects that the filter lets through, if there is a filter.
    pub fn filtered_objects(&self, app: &LimnApp) -> Option<Vec<ObjectId>> {
        let (filter, document) = (&self.filter, app.document());
        let of = |image: &ImageRecord| document.objects_of(image.id).filter(|o| filter.object(o)).map(|o| o.id);
        (!filter.is_empty()).then(|| filter.images(document).flat_map(of).collect())
    }
}

/// Lays out and draws the whole window.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    let bar = Frame::new().fill(p.panel).inner_margin(Margin::symmetric(10, 6));
    Panel::top("top")
        .frame(bar)
        .show(ui, |ui| top::show(ui, app, local.problems.found.as_ref().map_or(0, Vec::len), out));
    Panel::bottom("status")
        .frame(Frame::new().fill(p.panel).inner_margin(Margin::symmetric(10, 4)))
        .show(ui, |ui| status::show(ui, app, local, out));
    notice::show(ui, app, local, out);
    if !app.is_open() {
        CentralPanel::default().frame(Frame::new().fill(p.canvas)).show(ui, |ui| empty::show(ui, app, out));
        return;
    }
    let whole = ui.ctx().content_rect().width();
    let narrow = whole < 1000.0;
    let side = Frame::new().fill(p.panel).inner_margin(Margin::same(space::M as i8));
    Panel::left("pictures")
        .frame(side)
        .default_size(if narrow { 170.0 } else { 230.0 })
        // The picture keeps its room, however small the window becomes.
        .size_range(150.0_f32.min(0.22 * whole)..=520.0_f32.min(0.3 * whole))
        .show(ui, |ui| files::show(ui, app, local, out));
    let width = if narrow { 220.0 } else { 270.0 };
    Panel::right("objects")
        .frame(side)
        .default_size(width)
        .size_range(200.0_f32.min(0.28 * whole)..=480.0_f32.min(0.34 * whole))
        .show(ui, |ui| column::show(ui, app, local, out));
    let middle = CentralPanel::default().frame(Frame::new().fill(p.canvas));
    if local.grid {
        middle.show(ui, |ui| grid::show(ui, app, local, out));
    } else {
        middle.show(ui, |ui| canvas::show(ui, app, local, out));
    }
    history::show(ui.ctx(), app, local, out);
    problems::show(ui.ctx(), app, local, out);
    learning::show(ui.ctx(), app, local, out);
    judging::show(ui.ctx(), app, local, out);
    report::show(ui.ctx(), app, local, out);
}

/// A field whose text becomes one change when the keyboard leaves it; Esc leaves it as it was.
pub fn edit_line(
    ui: &mut Ui,
    typing: &mut Option<(Id, String)>,
    id: Id,
    label: &str,
    now: &str,
    width: f32,
) -> (Response, Option<String>) {
    let mut text = match typing {
        Some((of, text)) if *of == id => text.clone(),
        _ => now.to_owned(),
    };
    let field = TextEdit::singleline(&mut text).id(id).hint_text(label).desired_width(width);
    let response = ui.add(field).accessible_name(label);
    let mut done = None;
    if response.lost_focus() {
        let dropped = ui.input(|i| i.key_pressed(Key::Escape));
        *typing = typing.take().filter(|(of, _)| *of != id);
        done = (!dropped && text != now).then_some(text);
    } else if response.has_focus() {
        *typing = Some((id, text));
    }
    (response, done)
}

/// Esc in a field with a text empties it; only in an empty one it leaves the field. Call it after the field was drawn.
pub fn escape_clears(ui: &Ui, field: &Response, text: &mut String) {
    if field.lost_focus() && !text.is_empty() && ui.input(|i| i.key_pressed(Key::Escape)) {
        text.clear();
        field.request_focus();
    }
}

/// Says that what hangs at the pointer can be dropped.
pub fn drop_hint(ctx: &egui::Context) {
    if ctx.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let rect = ctx.content_rect();
    let p = theme::palette_of(ctx.global_style().visuals.dark_mode);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint"));
    let painter = ctx.layer_painter(layer);
    painter.rect_filled(rect, 0.0, p.canvas.gamma_multiply(0.8));
    let inner = rect.shrink(space::XL);
    painter.rect_stroke(inner, 12.0, egui::Stroke::new(2.0, p.accent), egui::StrokeKind::Inside);
    let font = egui::FontId::proportional(theme::size::TITLE);
    painter.text(inner.center(), egui::Align2::CENTER_CENTER, t(lang::DROP_TO_OPEN), font, p.text);
}

/// A line cut in the middle to fit `width` points: names that begin alike differ at their end.
pub fn middle_cut(
    painter: &egui::Painter,
    text: &str,
    font: egui::FontId,
    color: egui::Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let whole = painter.layout_no_wrap(text.to_owned(), font.clone(), color);
    if whole.size().x <= width {
        return whole;
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let (head, tail) = (kept / 3, kept - kept / 3);
        let text: String = letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect();
        painter.layout_no_wrap(text, font.clone(), color)
    };
    // The most letters that fit.
    let (mut fits, mut too_many) = (1, letters.len());
    while fits + 1 < too_many {
        let middle = (fits + too_many) / 2;
        if cut(middle).size().x <= width { fits = middle } else { too_many = middle }
    }
    cut(fits)
}

/// A heading of a panel with a figure at its right.
fn heading(ui: &mut Ui, text: &str, figure: &str) {
    let weak = theme::palette(ui).weak;
    ui.horizontal(|ui| {
        ui.label(RichText::new(text).strong().size(theme::size::BODY));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(figure).color(weak).small());
        });
    });
}
