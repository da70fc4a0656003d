//! What jobs do with a project: opening, exporting, and how it is told.

use std::path::Path;

use limn_datasets::{Format, FormatError, NoProgress, Progress as _, Project, StoreError, export, recognise, verify};

use super::shared::Shared;
use super::{ExportRequest, NotOpened, Opened, Unfinished};
use crate::window::lang::{self, counted, t, tf};
use crate::window::report::{Line, Report};

pub(super) fn open(path: &Path, for_reading: bool) -> (Result<Project, NotOpened>, Opened) {
    let nothing = Opened::default();
    let is_project = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("limn"));
    let text = |e: StoreError| match e {
        StoreError::Locked { ref path, .. } => NotOpened::Locked(path.clone(), e.to_string()),
        other => NotOpened::Other(other.to_string()),
    };
    let other = |what, path: &Path| Err(NotOpened::Other(tf(what, &[&path.display()])));
    if for_reading {
        return (Project::open_read_only(path).map_err(text), nothing);
    }
    if path.is_dir() {
        let project = Project::open_folder(path).map_err(text);
        // Only a project without any work of its own is asked about.
        let new = project.as_ref().is_ok_and(|p| p.document().object_count() == 0 && p.history_position() == 0);
        let data_set = if new { recognise::folder(path) } else { None };
        return (project, Opened { data_set, ..nothing });
    }
    if is_project {
        return (Project::open(path).map_err(text), nothing);
    }
    if !path.exists() {
        return (other(lang::SAY_NO_SUCH_PLACE, path), nothing);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if limn_datasets::media::is_picture(path) {
        let opened = Opened { show: Some(path.to_path_buf()), ..nothing };
        return (Project::open_folder(folder).map_err(text), opened);
    }
    match recognise::file(path) {
        Some(data_set) => {
            let opened = Opened { data_set: Some(data_set), ..nothing };
            (Project::open_folder(folder).map_err(text), opened)
        }
        None => (other(lang::SAY_NO_PLACE_TO_OPEN, path), nothing),
    }
}

/// Exports one format after the other; files in the way of one end the work there, and what was written is told.
pub(super) fn run_exports(
    project: &Project,
    request: ExportRequest,
    progress: &Shared,
) -> (Option<Report>, Option<Unfinished>) {
    let mut all: Option<Report> = None;
    for (at, (format, to)) in request.targets.iter().enumerate() {
        match run_export(project, (*format, to), &request, progress) {
            Ok(report) => match &mut all {
                Some(before) => before.join(report),
                None => all = Some(report),
            },
            Err(FormatError::NotOurs { folder, what }) => {
                let targets = request.targets[at..].to_vec();
                let said = tf(lang::WHAT_OF, &[&folder.display(), &what]);
                return (all, Some(Unfinished::NotOurs(said, ExportRequest { targets, ..request })));
            }
            Err(error) => return (all, Some(Unfinished::Other(error.to_string()))),
        }
    }
    if request.open_drafts > 0
        && let Some(report) = &mut all
    {
        let left = counted(request.open_drafts, lang::EXPORT_OPEN_ONE, lang::EXPORT_OPEN_MANY);
        report.lines.insert(0, Line::new(left, true));
    }
    (all, None)
}

/// Exports, and reads the result back if asked for.
fn run_export(
    project: &Project,
    (format, to): (Format, &Path),
    request: &ExportRequest,
    progress: &Shared,
) -> Result<Report, FormatError> {
    let done = export(project, format, to, &request.options, progress)?;
    let counts: [&dyn std::fmt::Display; 4] = [
        &counted(done.objects, lang::OBJECT_ONE, lang::OBJECT_MANY),
        &counted(done.images, lang::PICTURE_ONE, lang::PICTURE_MANY),
        &done.target.display(),
        &counted(done.files, lang::FILE_ONE, lang::FILE_MANY),
    ];
    let mut report = Report {
        title: tf(lang::EXPORT_AS, &[&format, &to.display()]),
        summary: tf(lang::SAY_EXPORTED, &counts),
        lines: done.notes.iter().map(|note| Line::new(note, false)).collect(),
    };
    if !request.check || progress.cancelled() {
        return Ok(report);
    }
    progress.report(0, 0, t(lang::JOB_READING_BACK));
    let check = match verify(format, to, Some(project.root()), project.path(), &NoProgress) {
        Ok(check) => check,
        Err(error) => {
            report.lines.insert(0, Line::new(tf(lang::SAY_NOT_READ_BACK, &[&error]), true));
            return Ok(report);
        }
    };
    let said = if check.is_exact() { t(lang::SAY_EXACT).to_owned() } else { tf(lang::SAY_READ_BACK, &[&check]) };
    report.summary = format!("{}\n{said}", report.summary);
    report.lines.extend(check.faults.iter().map(|fault| Line::new(fault.to_string(), true)));
    report.lines.extend(check.objects.iter().filter_map(|object| {
        let text = format!("{} {}: {}", object.image, object.object, object.fault.as_ref()?);
        Some(Line { picture: Some(object.image.clone()), ..Line::new(text, true) })
    }));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_picture_nor_place_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("notes.txt");
        std::fs::write(&file, "x").expect("a file");
        for path in [file, dir.path().join("nowhere")] {
            let Err(NotOpened::Other(error)) = open(&path, false).0 else { panic!("{} was opened", path.display()) };
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}
