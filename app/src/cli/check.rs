//! `limn check`: what is wrong or doubtful in a project or a data set.

use std::path::Path;

use anyhow::{Result, bail};
use limn_datasets::{CheckOptions, Fault, Finding, ImportOptions, Project};
use limn_files::printable;
use serde::Serialize;

use super::args::{CheckArgs, Common, DataSet};
use super::engine::{open_project, whole_or_known};
use super::output::{BarProgress, bar, write_json};
use crate::cli::output::say;

/// What goes into the JSON file.
#[derive(Serialize)]
struct Report<'r> {
    /// What keeps parts of a data set from being read.
    faults: &'r [Fault],
    findings: &'r [Finding],
}

/// Runs `limn check`. A data set is read into a project in memory first.
///
/// # Errors
/// What the store or the format reports, or if there are findings.
pub fn run(given: &CheckArgs, common: &Common) -> Result<()> {
    let progress = BarProgress(bar("check", common.quiet));
    let as_path = Path::new(&given.what);
    let (project, faults) = match given.what.parse::<DataSet>() {
        Ok(data) if !as_path.exists() => {
            let folder = if data.path.is_dir() { Some(data.path.as_path()) } else { data.path.parent() };
            let root = given.images.as_deref().or(folder).filter(|p| !p.as_os_str().is_empty());
            let mut project = Project::in_memory(root.unwrap_or(Path::new(".")));
            let options = ImportOptions { images: given.images.clone(), ..ImportOptions::default() };
            let report = limn_datasets::import(&mut project, data.format, &data.path, &options, &progress)?;
            (project, report.faults)
        }
        _ => (open_project(as_path, common)?, Vec::new()),
    };
    let options = CheckOptions { overlap_share: given.overlap, ..CheckOptions::default() };
    let findings = limn_datasets::check(project.document(), project.root(), &options, &progress)?;
    progress.0.finish_and_clear();
    if let Some(to) = &given.json {
        write_json(to, &Report { faults: &faults, findings: &findings })?;
    }
    if !common.quiet && given.json.as_deref() != Some(Path::new("-")) {
        faults.iter().for_each(|fault| say!("fault: {}", printable(&fault.to_string())));
        findings.iter().for_each(|finding| say!("{}", printable(&finding.to_string())));
    }
    whole_or_known(&project, common)?;
    match (faults.len(), findings.len()) {
        (0, 0) => Ok(()),
        (0, n) => bail!("{}: {n} findings", given.what),
        (faults, n) => bail!("{}: {faults} faults and {n} findings", given.what),
    }
}
