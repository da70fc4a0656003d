//! What jobs do with a project: opening, exporting, and how it is told.

use std::path::{Path, PathBuf};

use limn_datasets::{NoProgress, Progress as _, Project, StoreError, export, verify};

use super::shared::Shared;
use super::{ExportRequest, NotOpened};
use crate::window::lang::{self, counted, t, tf};
use crate::window::panels::report::{Line, Report};

pub(super) fn open(path: &Path, for_reading: bool) -> (Result<Project, NotOpened>, Option<PathBuf>) {
    let is_project = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("limn"));
    let text = |e: StoreError| match e {
        StoreError::Locked { ref path, .. } => NotOpened::Locked(path.clone(), e.to_string()),
        other => NotOpened::Other(other.to_string()),
    };
    let other = |what, path: &Path| Err(NotOpened::Other(tf(what, &[&path.display()])));
    if for_reading {
        return (Project::open_read_only(path).map_err(text), None);
    }
    if path.is_dir() {
        return (Project::open_folder(path).map_err(text), None);
    }
    if is_project {
        return (Project::open(path).map_err(text), None);
    }
    if !path.exists() {
        return (other(lang::SAY_NO_SUCH_PLACE, path), None);
    }
    if !limn_datasets::media::is_picture(path) {
        return (other(lang::SAY_NO_PLACE_TO_OPEN, path), None);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (Project::open_folder(folder).map_err(text), Some(path.to_path_buf()))
}

/// Exports, and reads the result back if asked for.
pub(super) fn run_export(project: &Project, request: &ExportRequest, progress: &Shared) -> Result<Report, String> {
    let done = export(project, request.format, &request.to, &request.options, progress).map_err(|e| e.to_string())?;
    let counts: [&dyn std::fmt::Display; 4] = [&done.objects, &done.images, &done.target.display(), &done.files];
    let mut report = Report {
        title: tf(lang::EXPORT_AS, &[&request.format, &request.to.display()]),
        summary: tf(lang::SAY_EXPORTED, &counts),
        lines: done.notes.iter().map(|note| Line::new(note, false)).collect(),
    };
    if request.open_drafts > 0 {
        let left = counted(request.open_drafts, lang::EXPORT_OPEN_ONE, lang::EXPORT_OPEN_MANY);
        report.lines.insert(0, Line::new(left, true));
    }
    if !request.check || progress.cancelled() {
        return Ok(report);
    }
    progress.report(0, 0, t(lang::JOB_READING_BACK));
    let check = verify(request.format, &request.to, Some(project.root()), project.path(), &NoProgress)
        .map_err(|e| tf(lang::SAY_NOT_READ_BACK, &[&e]))?;
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
