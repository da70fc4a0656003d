//! `limn import`, `limn export` and `limn verify`.

use anyhow::{Result, bail};
use limn_datasets::{ExportOptions, ImportOptions, Project};
use limn_files::printable;

use super::args::{Common, ExportArgs, ImportArgs, VerifyArgs};
use super::engine::{open_project, whole_or_known};
use super::output::{BarProgress, bar};
use crate::cli::output::say;

/// Runs `limn export`.
///
/// # Errors
/// What the store or the format reports.
pub fn export(given: &ExportArgs, common: &Common) -> Result<()> {
    let project = open_project(&given.project, common)?;
    let options = ExportOptions {
        segmentation: given.segmentation,
        mask_layout: given.layout,
        polygons: given.polygons,
        tolerance: given.tolerance,
        void_band: given.void_band,
        copy_images: given.copy_images,
        validation_percent: given.val,
        only_done: given.only_done,
        classes: given.classes.clone(),
        states: given.states.clone(),
        tags: given.tags.clone(),
        objects: Default::default(),
        overwrite: given.overwrite,
    };
    let progress = BarProgress(bar("export", common.quiet));
    let report = limn_datasets::export(&project, given.to.format, &given.to.path, &options, &progress)?;
    progress.0.finish_and_clear();
    if !common.quiet {
        say!("{}", printable(&report.to_string()));
        report.notes.iter().for_each(|note| say!("note: {}", printable(note)));
    }
    whole_or_known(&project, common)
}

/// Runs `limn import`. Faults of single objects are listed; it fails if there are any, after what is valid came in. Where
/// nothing can be read at all no new project stays behind.
///
/// # Errors
/// What the store or the format reports.
pub fn import(given: &ImportArgs, common: &Common) -> Result<()> {
    let is_new = !given.project.exists();
    let mut project = if !is_new {
        open_project(&given.project, common)?
    } else {
        let root = given.project.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
        Project::create(&given.project, given.images.as_deref().unwrap_or(root))?
    };
    let progress = BarProgress(bar("import", common.quiet));
    let options = ImportOptions { images: given.images.clone(), stored_pixels: given.stored_pixels };
    let report = match limn_datasets::import(&mut project, given.from.format, &given.from.path, &options, &progress) {
        Ok(report) => report,
        Err(error) => {
            if is_new {
                project.discard()?;
            }
            return Err(error.into());
        }
    };
    progress.0.finish_and_clear();
    if !common.quiet {
        say!("{}", printable(&report.to_string()));
        report.notes.iter().for_each(|note| say!("note: {}", printable(note)));
    }
    let list: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    fail_on_faults(&list, &format!("{} objects came in, but the data set has faults", report.objects), common)
}

/// Runs `limn verify`: the IoU of every object, then the sum.
///
/// # Errors
/// What the format reports, or a data set that does not decode to what it should.
pub fn verify(given: &VerifyArgs, common: &Common) -> Result<()> {
    let progress = BarProgress(bar("verify", common.quiet));
    let (format, path) = (given.data.format, &given.data.path);
    let report = limn_datasets::verify(format, path, given.images.as_deref(), given.project.as_deref(), &progress)?;
    progress.0.finish_and_clear();
    if !common.quiet {
        for check in &report.objects {
            let iou = |value: Option<f64>| value.map_or_else(|| "   -  ".to_owned(), |v| format!("{v:.4}"));
            let lost = match (check.iou, check.iou_of_holdable) {
                (Some(all), Some(holdable)) if all != holdable => {
                    format!("  {} of what the format can hold", iou(Some(holdable)))
                }
                _ => String::new(),
            };
            say!("{}  {}  {}{lost}", iou(check.iou), printable(&check.image), printable(&check.object));
        }
        report.notes.iter().for_each(|note| say!("note: {}", printable(note)));
        say!("{report}");
    }
    if let Some(damage) = report.damage.as_ref().filter(|_| !common.rescued) {
        bail!("{damage} (--rescued to compare with what could be read)");
    }
    let of_objects =
        report.objects.iter().filter_map(|o| Some(format!("{} {}: {}", o.image, o.object, o.fault.as_ref()?)));
    let list: Vec<String> = report.faults.iter().map(ToString::to_string).chain(of_objects).collect();
    fail_on_faults(&list, &format!("{} is not in order", path.display()), common)?;
    if !report.is_exact() {
        bail!("{}: objects differ from the project; export again", path.display());
    }
    Ok(())
}

/// Fails with the first fault and the number of the others; the others are listed on standard output.
fn fail_on_faults(faults: &[String], what: &str, common: &Common) -> Result<()> {
    let Some(first) = faults.first() else { return Ok(()) };
    if !common.quiet {
        faults.iter().skip(1).for_each(|fault| say!("fault: {}", printable(fault)));
    }
    let others = match faults.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    bail!("{what}: {first}{others}")
}
