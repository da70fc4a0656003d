//! From the common options to a segmenter, and from files to pictures and masks.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use limn_datasets::media::{Limits, Picture, View, read_picture};
use limn_datasets::{Mask, Project, Span};
use limn_inference::{BackendChoice, EngineOptions};
use limn_models::regions::Runs;
use limn_models::{Bitmap, Card, Registry, RgbLevels, Segmenter};

use super::args::Common;
use super::output::complain;
use crate::engine::{tile_cache, user_model_dirs, user_trials};

/// Engine options of the command line.
pub fn engine_options(common: &Common) -> EngineOptions {
    let backend = common.backend.unwrap_or_default();
    let insist = backend != BackendChoice::Auto;
    EngineOptions { backend, trials: user_trials(), insist, ..EngineOptions::default() }
}

/// The model's card and its checked weights.
///
/// # Errors
/// An unknown model, a bad card, a missing or wrong weights file.
pub fn load_model(common: &Common) -> Result<(Card, Vec<u8>)> {
    let mut registry = Registry::load(&user_model_dirs())?;
    let card = registry.find(common.model.as_deref())?;
    let weights = registry.weights(&card)?;
    Ok((card, weights))
}

/// A segmenter as the common options ask for.
///
/// # Errors
/// As [`load_model`], or what keeps the engine from working.
pub fn segmenter(common: &Common) -> Result<Segmenter> {
    let (card, weights) = load_model(common)?;
    Segmenter::new(&weights, &card, &engine_options(common)).with_context(|| format!("model {}", card.name))
}

/// Reads a picture.
///
/// # Errors
/// A file that is missing, no picture, damaged or too large.
pub fn picture(path: &Path) -> Result<Arc<dyn RgbLevels>> {
    Ok(Arc::new(View::open(path, &Limits::default(), &tile_cache())?))
}

/// Reads a mask picture as one byte per pixel: 0 background, 128 where all channels are 128 (ignored in evaluation), 255 for
/// everything else. Width and height stand before it.
///
/// # Errors
/// As [`picture`].
pub fn mask_values(path: &Path) -> Result<(u32, u32, Vec<u8>)> {
    let Picture { width, height, rgb, .. } = read_picture(path, &Limits::default())?;
    let value = |pixel: &[u8]| match pixel {
        [0, 0, 0] => 0,
        [128, 128, 128] => 128,
        _ => 255,
    };
    Ok((width, height, rgb.chunks_exact(3).map(value).collect()))
}

/// Reads a mask of the size of a picture; everything but 0 is object.
///
/// # Errors
/// As [`picture`], or another size.
pub fn bitmap(path: &Path, (width, height): (u32, u32)) -> Result<Bitmap> {
    let (w, h, values) = mask_values(path)?;
    if (w, h) != (width, height) {
        bail!("mask {} has {w}x{h} px, its picture {width}x{height}; make both equal", path.display());
    }
    Ok(Bitmap { width, height, data: values.into_iter().map(|v| u8::from(v != 0)).collect() })
}

/// The mask of the data set crate for runs of the model crate.
pub fn mask_from_runs(runs: &Runs) -> Mask {
    let spans = runs.runs.iter().map(|r| Span { y: r.y, x0: r.x0, x1: r.x1 }).collect();
    Mask::from_spans(runs.width, runs.height, spans)
}

/// Opens a project file, or the project of a folder, and says what of the folder is passed over.
///
/// # Errors
/// What the store reports.
pub fn open_project(path: &Path, common: &Common) -> Result<Project> {
    let mut project = if path.is_dir() { Project::open_folder(path)? } else { Project::open(path)? };
    if common.outside {
        project.look_outside();
        project.rescan()?;
    }
    if !common.quiet {
        project.passed_over().iter().for_each(|line| complain!("limn: note: {line}"));
        if project.leads_out() {
            complain!("limn: note: with --outside these places are looked through as well");
        }
    }
    Ok(project)
}

/// For the end of the work on a project: fails with what is lost if only a part of it could be read, unless the person
/// said that this is known.
///
/// # Errors
/// See above.
pub fn whole_or_known(project: &Project, common: &Common) -> Result<()> {
    match project.notice() {
        Some(lost) if project.is_rescued() && !common.rescued => bail!("{lost}; with --rescued this is no failure"),
        _ => Ok(()),
    }
}
