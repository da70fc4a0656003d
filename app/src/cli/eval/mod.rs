//! `limn eval`: the standard click protocol on a folder of pictures and a folder of masks.
//!
//! * [`pairs`]: which mask belongs to which picture; [`order`]: which object comes when.

pub mod order;
pub mod pairs;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use limn_models::eval::{EvalObject, EvalOptions, EvalReport, NumberOfClicks, evaluate_object};
use limn_models::{Adapt, RgbLevels};

use super::args::{Common, EvalArgs};
use super::{engine, output};
use crate::cli::output::say;
use pairs::Pair;

/// Runs the command.
///
/// # Errors
/// Folders that do not pair, bad pictures, masks or models.
pub fn run(given: &EvalArgs, common: &Common) -> Result<()> {
    let mut pairs = pairs::pair(&given.images, &given.masks)?;
    given.order.arrange(&mut pairs);
    let mut segmenter = engine::segmenter(common)?;
    if !segmenter.set_adapt(given.adapt) && given.adapt != Adapt::OFF {
        bail!("model {} has no output named feature to learn on; use --adapt off", segmenter.model());
    }
    segmenter.set_per_class(given.per_class);
    let class_of = |name: &str| {
        let separator = given.by_class.as_deref()?;
        Some(name.rsplit_once(separator).map_or(name, |(class, _)| class).to_owned())
    };
    let mut classes: Vec<Option<String>> = Vec::new();
    let options = EvalOptions { target: given.target, max_clicks: given.max_clicks as usize, ..EvalOptions::default() };
    let bar = output::bar("eval", common.quiet);
    bar.set_length(pairs.len() as u64);
    let mut last: Option<(PathBuf, Arc<dyn RgbLevels>)> = None;
    let mut results = Vec::with_capacity(pairs.len());
    for pair in pairs {
        bar.set_message(pair.name.clone());
        let image = match last.take() {
            Some((path, image)) if path == pair.image => image,
            _ => engine::picture(&pair.image)?,
        };
        let object = read_object(&pair, &image)?;
        let class = class_of(&pair.name);
        let known = classes.iter().position(|c| *c == class).unwrap_or_else(|| {
            classes.push(class);
            classes.len() - 1
        });
        segmenter.set_class(Some(known as i64));
        results.push(evaluate_object(&object, &mut segmenter, &options)?);
        last = Some((pair.image, image));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut report = EvalReport::new(results, &options, &segmenter);
    report.order = given.order.to_string();
    report.per_class = given.per_class;
    if given.by_class.is_some() {
        report.split_by(|name| class_of(name).unwrap_or_default());
    }
    if let Some(path) = &given.json {
        output::write_json(path, &report)?;
    }
    if !common.quiet && given.json.as_deref() != Some(Path::new("-")) {
        print(&report);
    }
    Ok(())
}

fn print(report: &EvalReport) {
    let EvalReport { objects, noc, failures90, second_half, .. } = report;
    let (model, backend, device) = (&report.model, &report.backend, &report.device);
    let adapt = if report.per_class { format!("{} (per class)", report.adapt) } else { report.adapt.clone() };
    say!("{objects} objects, {model} on {backend} ({device}), adapt {adapt}, order {}", report.order);
    let wide = report.classes.keys().map(String::len).max().unwrap_or(0).max(11);
    say!("{:wide$} objects  NoC@80  NoC@85  NoC@90", "");
    let line = |name: &str, objects: usize, noc: &NumberOfClicks| {
        say!("{name:wide$} {objects:7}  {:6.2}  {:6.2}  {:6.2}", noc.noc80, noc.noc85, noc.noc90);
    };
    line("all", *objects, noc);
    line("first half", objects / 2, &report.first_half);
    line("second half", objects - objects / 2, second_half);
    for (name, class) in &report.classes {
        line(name, class.objects, &class.noc);
    }
    let ious: Vec<String> = report.iou_at.iter().map(|(k, iou)| format!("{iou:.3} after {k}")).collect();
    say!("failures@90 {failures90}; IoU {}; {:.3} s per click", ious.join(", "), report.seconds_per_click);
    if report.learning_seconds_per_object > 0.0 {
        say!("learning {:.3} s per object", report.learning_seconds_per_object);
    }
}

fn read_object(pair: &Pair, image: &Arc<dyn RgbLevels>) -> Result<EvalObject> {
    let (w, h, truth) = engine::mask_values(&pair.mask)?;
    let [width, height] = image.size();
    if (w, h) != (width, height) {
        let (mask, picture) = (pair.mask.display(), pair.image.display());
        bail!("mask {mask} has {w}x{h} px, its picture {picture} {width}x{height}; make both equal");
    }
    Ok(EvalObject { name: pair.name.clone(), image: Arc::clone(image), truth })
}
