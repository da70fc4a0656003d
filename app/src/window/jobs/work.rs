//! What jobs do with a project: opening, exporting, and how it is told.

use std::path::{Path, PathBuf};

use limn_datasets::{NoProgress, Progress as _, Project, export, verify};

use super::ExportRequest;
use super::shared::Shared;
use crate::window::lang::{self, t, tf};

pub(super) fn open(path: &Path) -> (Result<Project, String>, Option<PathBuf>) {
    let is_project = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("limn"));
    let text = |e: limn_datasets::StoreError| e.to_string();
    if path.is_dir() {
        return (Project::open_folder(path).map_err(text), None);
    }
    if is_project {
        return (Project::open(path).map_err(text), None);
    }
    if !path.exists() {
        return (Err(tf(lang::SAY_NO_SUCH_PLACE, &[&path.display()])), None);
    }
    if !limn_datasets::media::is_picture(path) {
        return (Err(tf(lang::SAY_NO_PLACE_TO_OPEN, &[&path.display()])), None);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (Project::open_folder(folder).map_err(text), Some(path.to_path_buf()))
}

/// Exports, and reads the result back if asked for.
pub(super) fn run_export(project: &Project, request: &ExportRequest, progress: &Shared) -> Result<String, String> {
    let report = export(project, request.format, &request.to, &request.options, progress).map_err(|e| e.to_string())?;
    let counts: [&dyn std::fmt::Display; 4] =
        [&report.objects, &report.images, &report.target.display(), &report.files];
    let text = with_details(tf(lang::SAY_EXPORTED, &counts), report.notes.clone());
    if !request.check || progress.cancelled() {
        return Ok(text);
    }
    progress.report(0, 0, t(lang::JOB_READING_BACK));
    let check = verify(request.format, &request.to, Some(project.root()), project.path(), &NoProgress)
        .map_err(|e| tf(lang::SAY_NOT_READ_BACK, &[&e]))?;
    if check.is_exact() {
        return Ok(format!("{text}\n{}", t(lang::SAY_EXACT)));
    }
    let faults = check.faults.iter().map(ToString::to_string);
    let objects = check.objects.iter().filter_map(|o| Some(format!("{} {}: {}", o.image, o.object, o.fault.as_ref()?)));
    Ok(with_details(format!("{text}\n{}", tf(lang::SAY_READ_BACK, &[&check])), faults.chain(objects).collect()))
}

/// The first few details below the summary, and how many more there are.
pub(super) fn with_details(mut text: String, details: Vec<String>) -> String {
    const SHOWN: usize = 3;
    for line in details.iter().take(SHOWN) {
        text += &format!("\n{line}");
    }
    if details.len() > SHOWN {
        text = format!("{text}\n{}", tf(lang::AND_MORE, &[&(details.len() - SHOWN)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let details = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(with_details("done".into(), details(0)), "done");
        assert_eq!(with_details("done".into(), details(2)), "done\n0\n1");
        assert_eq!(with_details("done".into(), details(5)), "done\n0\n1\n2\nand 2 more");
    }

    #[test]
    fn what_is_neither_picture_nor_place_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("notes.txt");
        std::fs::write(&file, "x").expect("a file");
        for path in [file, dir.path().join("nowhere")] {
            let Err(error) = open(&path).0 else { panic!("{} was opened", path.display()) };
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}
