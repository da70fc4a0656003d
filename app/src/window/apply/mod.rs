//! The one place that changes anything.
//!
//! * `open`: places and pictures, `view_state`: where the person was; `outline`: the object at hand, `accept`: and what becomes
//!   of it, `escape`: what Esc and Delete mean; `undo`: back and forth; `draw`: drawing by hand; `learning`: what clicks teach
//! * `edit`: classes and objects of the document, `objects`: several at once, `classes`: over the data set,
//!   `stamps`: clipboard and templates
//! * `review`: going through a data set; `program`: settings, export, import

mod accept;
mod classes;
mod draw;
mod edit;
mod escape;
mod learning;
mod mend;
mod objects;
mod open;
mod outline;
mod pictures;
mod program;
mod proposals;
mod review;
mod stamps;
mod undo;
mod view_state;

use limn_datasets::{ImageState, Transaction};

use super::app::LimnApp;
use super::command::Command;
use super::dialog::Dialog;
use super::facts::view_rect_of;
use super::focus::Focus;
use super::lang::{self, t, tf};
use super::picker::Ask;
use super::toasts::Kind;
use super::watch::Changed;

impl LimnApp {
    /// Does what `command` says. Failures become messages; nothing is half done.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::AskOpenFolder => self.ask(Ask::Folder),
            Command::AskOpenPicture => self.ask(Ask::Picture),
            Command::AskOpenProject => self.ask(Ask::Project),
            Command::Ask(ask) => self.ask(ask),
            Command::Open(path) => self.open(path),
            Command::OpenReadOnly(path) => self.open_read_only(path),
            Command::Save => self.say_saved(),
            Command::SaveReport(path) => self.save_report(&path),
            Command::ToggleReport => self.local.report_open = !self.local.report_open && self.local.report.is_some(),
            Command::Relink(image, path) => self.relink(image, &path),
            Command::TakeOut(image) => self.take_out(image),
            Command::Show(image) => self.show_picture(image),
            Command::ShowObject(image, object) => self.go_to_object(image, object),
            Command::Step(by) => self.step(by),
            Command::NextOpen => self.next_open(),
            Command::ToggleDone => self.toggle_state(ImageState::Done),
            Command::Rescan => self.rescan(),
            Command::LookOutside => self.look_outside(),
            Command::WriteAgain => self.write_again(),
            Command::FileChanged(path) => self.files_changed(&Changed::file(path)),

            Command::SetState(state) => self.set_state(state),
            Command::MarkState(state) => {
                if let Some(id) = self.shown.current {
                    self.mark_state(id, state);
                }
            }
            Command::ToggleState(state) => self.toggle_state(state),
            Command::SetRemark(image, remark) => self.set_remark(image, remark),
            Command::SetTags(image, tags) => self.set_tags(image, tags),
            Command::SetPictureAttribute(image, name, value) => self.set_picture_attribute(image, name, value),
            Command::FocusRemark => self.local.focus = Some(Focus::Remark),
            Command::FocusTags => self.local.focus = Some(Focus::Tags),
            Command::NextMatch(by) => self.next_match(by),
            Command::CopyToNext => self.copy_to_next(),
            Command::ToggleGrid => {
                self.local.grid = !self.local.grid;
                self.local.scroll_grid = true;
            }
            Command::ToggleHistory => self.local.history_open = !self.local.history_open,
            Command::GoTo(position) => self.go_to(position),
            Command::ToggleProblems => self.local.problems.open = !self.local.problems.open,
            Command::Check => self.check(),
            Command::Mend(which) => self.mend_findings(&which),
            Command::GoToFinding(at) => self.go_to_finding(at),
            Command::NextFinding(by) => match self.local.problems.step(by) {
                Some(at) => self.go_to_finding(at),
                None => self.local.problems.open = true,
            },
            Command::ClearFilter => self.local.filter = Default::default(),

            Command::AddClick { x, y, positive } => self.add_click(x, y, positive),
            Command::MoveCursor { by, fine } => self.move_cursor(by, fine),
            Command::ClickAtCursor { positive } => self.click_at_cursor(positive),
            Command::SetBox(bounds) => self.set_box(bounds),
            Command::Accept { then_next } => self.accept(then_next),
            Command::AddCorner { x, y, adds } => self.add_corner(x, y, adds),
            Command::CloseRing => drop(self.close_ring()),
            Command::DropDraft => self.drop_draft(),
            Command::Escape => self.escape(),
            Command::TakeBack => self.take_back(),
            Command::Delete => self.delete_at_hand(),
            Command::KeepBoth => self.keep_both(),
            Command::NextDraft => self.next_draft(),
            Command::SetMaskOptions(options) => self.set_mask_options(options),
            Command::SetCrumbs(share) => {
                self.drawing.crumbs = share.clamp(0.0, 0.5);
                self.set_mask_options(self.drawing.mask_options);
            }
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),

            Command::SetTool(tool) => self.set_tool(tool),
            Command::SetToolOptions(options) => self.set_tool_options(options),
            Command::ResizeBrush(steps) => self.resize_brush(steps),
            Command::Edit(edit) => self.edit_mask(&edit),
            Command::Cut(line) => self.cut(&line),
            Command::TakeUp(at) => self.take_up(Some(at)),
            Command::PrepareSnap => self.prepare_snap(),
            Command::Hover(at) => self.hover(at),
            Command::SetLearning { global, local, per_class } => self.set_learning(global, local, per_class),
            Command::Learn(order) => self.learn_order(order),
            Command::CompareFrozen(held) => self.compare_frozen(held),
            Command::Rerun(options) => self.rerun(options),
            Command::NextProposal => self.next_proposal(),
            Command::DecideProposal(take) => self.decide_proposal(take),
            Command::TakeAbove(iou) => self.take_above(iou),
            Command::ToggleJudging => self.local.judging.open = !self.local.judging.open,
            Command::ToggleLearning => self.local.learning_open = !self.local.learning_open,

            Command::ChooseClass(id) => self.choose_class(id),
            Command::ClassDigit(digit) => self.class_digit(digit),
            Command::PickClass => {
                self.local.forms.pick_class = Default::default();
                self.open_dialog(Dialog::PickClass);
            }
            Command::GiveClass(class) => self.give_class(class),
            Command::AddAndGiveClass(name) => {
                self.add_classes(&[name]);
                if let Some(class) = self.selection.class {
                    self.give_class(class);
                }
            }
            Command::AddClass(name) => self.add_classes(&[name]),
            Command::AddClasses(names) => self.add_classes(&names),
            Command::RenameClass(id, name) => self.rename_class(id, &name),
            Command::RecolorClass(id, color) => self.recolor_class(id, color),
            Command::MergeClasses { from, into } => self.merge_classes(&from, into),
            Command::SplitClass { objects, name } => self.split_class(&objects, &name),
            Command::DeleteClassAndObjects(id) => self.delete_class_and_objects(id),
            Command::RenameAttribute { class, from, to } => self.rename_attribute(class, &from, &to),
            Command::ImportClasses(path) => self.import_classes(&path),
            Command::ExportClasses(path) => self.export_classes(&path),
            Command::PutClass(class) => self.put_class(*class),
            Command::DeleteClass { id, reassign } => self.delete_class(id, reassign),

            Command::Select(object) => self.select(object),
            Command::SelectStep(by) => self.select_step(by),
            Command::SelectAt(x, y) => self.select_at(x, y),
            Command::SetObjectClass(object, class) => self.set_object_class(object, class),
            Command::DeleteObject(object) => self.delete_object(object),
            Command::DeleteSelected => self.delete_selected(),
            Command::Reopen(object) => self.reopen(object),
            Command::ReopenSelected => self.with_selected(Self::reopen),
            Command::SetHidden(object, hidden) => self.set_hidden(object, hidden),
            Command::ToggleSelectedHidden => self.hide_selected(),
            Command::Raise(object, by) => self.raise(object, by),
            Command::RaiseSelected(by) => self.with_selected(|app, id| app.raise(id, by)),

            Command::SelectToggle(object) => self.select_toggle(object),
            Command::SelectRange(object) => self.select_range(object),
            Command::SelectAll => self.select_all(),
            Command::SetClassOfSelected(class) => self.set_class_of_selected(class),
            Command::SetFlag(flag, on) => self.set_flag(flag, on),
            Command::ToggleFlag(flag) => self.toggle_flag(flag),
            Command::SetGroup(group) => self.set_group(group),
            Command::GroupSelected => self.group_selected(),
            Command::SetAttribute(name, value) => self.set_attribute(&name, value),
            Command::SayNoNumber(text) => self.toasts.error(tf(lang::SAY_NO_NUMBER, &[&text])),
            Command::CopyObjects { cut } => self.copy_objects(cut),
            Command::PasteObjects { text, at_pointer } => self.paste_objects(text.as_deref(), at_pointer),
            Command::MoveSelected(by) => self.move_selected(by),
            Command::SaveTemplate(name) => self.save_template(&name),
            Command::InsertTemplate(name) => self.insert_template(&name),
            Command::DeleteTemplate(name) => self.delete_template(&name),
            Command::CombineSelected(operation) => self.combine_selected(operation),

            Command::ZoomAt { at_in_ui, factor } => {
                self.shown.view.zoom_by(self.shown.canvas, at_in_ui.into(), factor);
                self.opened.touch_view_state(&self.ctx);
            }
            Command::ZoomStep(steps) => {
                self.shown.view.zoom_by(self.shown.canvas, self.shown.canvas.center(), 1.3_f32.powi(steps));
                self.opened.touch_view_state(&self.ctx);
            }
            Command::Pan(by) => {
                self.shown.view.pan(by.into());
                self.opened.touch_view_state(&self.ctx);
            }
            Command::Fit => {
                self.shown.view.fit = true;
                self.opened.touch_view_state(&self.ctx);
            }
            Command::ActualSize => {
                self.shown.view.actual_size(self.ctx.pixels_per_point());
                self.opened.touch_view_state(&self.ctx);
            }
            Command::ToggleMasks => {
                self.selection.masks_shown = !self.selection.masks_shown;
                self.revision.touch();
            }
            Command::SetAdjustments(adjustments) => {
                self.settings.display = adjustments;
                self.settings.touch(&self.ctx);
            }
            Command::ToggleNames => {
                self.settings.names = !self.settings.names;
                self.settings.touch(&self.ctx);
            }
            Command::Begun => self.has_begun(),
            Command::ToggleColors => {
                self.settings.color_by_object = !self.settings.color_by_object;
                self.revision.touch();
                self.settings.touch(&self.ctx);
            }
            Command::SetOpacity(opacity) => {
                self.settings.opacity = opacity.clamp(0.0, 1.0);
                self.revision.touch();
                self.settings.touch(&self.ctx);
            }

            Command::FocusSearch => self.local.focus = Some(Focus::Search),
            Command::FocusNewClass => self.local.focus = Some(Focus::NewClass),
            Command::OpenExport => self.open_dialog(Dialog::Export),
            Command::OpenImport => self.open_dialog(Dialog::Import),
            Command::OpenSettings => self.dialog = Some(Dialog::Settings),
            Command::OpenDialog(dialog) => self.dialog = Some(dialog),
            Command::OpenPalette => self.open_palette(),
            Command::SwitchLanguage => self.switch_language(),
            Command::SwitchTheme => self.switch_theme(),
            Command::ToggleHelp => {
                self.dialog = if self.dialog == Some(Dialog::Help) { None } else { Some(Dialog::Help) }
            }
            Command::OpenDeleteClass(id) => self.ask_delete_class(id),
            Command::CloseDialog => self.dialog = None,
            Command::Export(request) => self.export(request),
            Command::Import(request) => self.import(request),
            Command::CancelJob => {
                if let Some(job) = &self.job {
                    job.cancel();
                }
            }
            Command::PauseJob(paused) => {
                if let Some(job) = &self.job {
                    job.pause(paused);
                }
            }
            Command::SetSettings(settings) => self.set_settings(*settings),
            Command::RestartEngine => self.restart_engine(),
        }
        self.settle();
        self.ctx.request_repaint();
    }

    fn ask(&mut self, ask: Ask) {
        let start = self.opened.project.as_ref().map(|p| p.root().to_path_buf());
        self.host.picker.ask(ask, start, &self.ctx);
    }

    /// Commits; a failure is shown and `false` comes back, with the document as it was.
    fn commit(&mut self, transaction: Transaction) -> bool {
        self.commit_with(transaction, None)
    }

    /// Commits, and writes the view state in the same step if one is given.
    fn commit_with(&mut self, mut transaction: Transaction, view: Option<&serde_json::Value>) -> bool {
        if transaction.is_empty() {
            return true;
        }
        let Some(project) = &mut self.opened.project else { return false };
        let fell_back = review::no_longer_checked(project.document(), &mut transaction);
        let done = match view {
            Some(view) => project.commit_with_view(transaction, view),
            None => project.commit(transaction),
        };
        if let Err(error) = done {
            self.toasts.error(error);
            return false;
        }
        let kept = project.can_undo().is_some();
        self.drawing.timeline.committed(project.history_position());
        if !kept {
            self.toasts.add(Kind::Error, t(lang::SAY_TOO_LARGE_TO_UNDO));
        }
        if fell_back > 0 {
            self.toasts.add(Kind::Info, t(lang::SAY_NOT_CHECKED_ANY_MORE));
        }
        self.touch_document();
        true
    }

    /// What is drawn now is to be seen: hidden masks come back.
    fn masks_are_seen(&mut self) {
        if self.selection.show_masks() {
            self.revision.touch();
        }
    }

    fn with_selected(&mut self, act: impl FnOnce(&mut Self, limn_datasets::ObjectId)) {
        match self.selection.selected.filter(|id| self.document().object(*id).is_some()) {
            Some(id) => act(self, id),
            None => self.toasts.add(Kind::Info, t(lang::SAY_SELECT_FIRST)),
        }
    }

    fn open_dialog(&mut self, dialog: Dialog) {
        if self.opened.project.is_some() {
            self.dialog = Some(dialog);
        } else {
            self.toasts.add(Kind::Info, t(lang::SAY_OPEN_FIRST));
        }
    }

    fn select(&mut self, object: Option<limn_datasets::ObjectId>) {
        if self.selection.select(object) {
            self.revision.touch();
        }
    }

    fn select_step(&mut self, by: i32) {
        let Some(image) = self.shown.current else { return };
        let ids: Vec<_> = self.document().objects_of(image).map(|o| o.id).rev().collect();
        if ids.is_empty() {
            return;
        }
        let count = ids.len() as i64;
        let at = self.selection.selected.and_then(|id| ids.iter().position(|i| *i == id));
        let next = match at {
            Some(at) => (at as i64 + i64::from(by)).rem_euclid(count),
            None if by > 0 => 0,
            None => count - 1,
        };
        let id = ids[next as usize];
        self.select(Some(id));
        if let Some(rect) = self.document().object(id).and_then(view_rect_of) {
            self.shown.view.bring(self.shown.canvas, rect);
            self.opened.touch_view_state(&self.ctx);
        }
    }

    fn select_at(&mut self, x: f32, y: f32) {
        let Some(image) = self.shown.current else { return };
        let inside = x >= 0.0 && y >= 0.0;
        let object = inside.then(|| self.document().object_at(image, x as u32, y as u32).map(|o| o.id)).flatten();
        match object {
            Some(object) if self.ctx.input(|i| i.modifiers.shift) => self.select_toggle(object),
            object => self.select(object),
        }
    }
}
