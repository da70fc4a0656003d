//! A bar that stays: where the work goes when that is not beside the pictures, why nothing can be changed, and what of the folder was
//! passed over.

use egui::{Align, Frame, Layout, Margin, Panel, RichText, Ui};

use super::Local;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, t, tf};
use crate::window::report::{Line, Report};
use crate::window::theme;

/// Draws the bar, if there is something to say.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let Some(project) = app.project() else { return };
    let unwritten = app.unwritten().map(|(count, why)| tf(lang::NOTICE_NOT_WRITTEN, &[&count, &why]));
    if local.notice_closed && unwritten.is_none() {
        return;
    }
    let waits = unwritten.is_some();
    let read_only = project.is_read_only().map(|why| tf(lang::NOTICE_READ_ONLY, &[&why]));
    let outside = project.path().filter(|path| !path.starts_with(project.root()));
    let elsewhere = outside.map(|path| tf(lang::NOTICE_ELSEWHERE, &[&path.display()]));
    // What the store says of a folder that cannot be written is said better by the bar.
    let rescued = project.notice().filter(|_| elsewhere.is_none() || project.is_rescued()).map(str::to_owned);
    let passed = project.passed_over().iter().map(|line| lang::said_again(line));
    let text: Vec<String> = [unwritten, rescued, read_only, elsewhere].into_iter().flatten().chain(passed).collect();
    if text.is_empty() {
        return;
    }
    let p = theme::palette(ui);
    let frame = Frame::new().fill(p.raised).inner_margin(Margin::symmetric(10, 4));
    Panel::top("notice").frame(frame).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icons::button(ui, Icon::Cross, t(lang::DISMISS)).clicked() {
                local.notice_closed = true;
            }
            if ui.small_button(t(lang::NOTICE_ALL)).clicked() {
                let place = project.path().unwrap_or(project.root()).display();
                let lines = text.iter().flat_map(|text| text.split("; ")).map(|line| Line::new(line, true));
                local.report = Some(Report {
                    title: t(lang::NOTICE_TITLE).to_owned(),
                    summary: place.to_string(),
                    lines: lines.collect(),
                });
                local.report_open = true;
            }
            if ui.small_button(t(lang::NOTICE_OTHER_FOLDER)).clicked() {
                out.push(Command::AskOpenFolder);
            }
            if waits && ui.button(t(lang::NOTICE_WRITE_AGAIN)).clicked() {
                out.push(Command::WriteAgain);
            }
            if project.leads_out() && ui.button(t(lang::NOTICE_LOOK_OUTSIDE)).clicked() {
                out.push(Command::LookOutside);
            }
            if let Some(folder) = outside.and_then(std::path::Path::parent)
                && ui.small_button(t(lang::NOTICE_SHOW_FOLDER)).clicked()
            {
                ui.ctx().open_url(egui::OpenUrl::new_tab(format!("file://{}", folder.display())));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let all = text.join("  ");
                ui.add(egui::Label::new(RichText::new(&all).color(p.warn)).truncate()).on_hover_text(&all);
            });
        });
    });
}
