//! `limn batch`: the stored clicks of many objects, run again with the present model, as one transaction.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use limn_datasets::{Object, Transaction};
use limn_models::{Click, ClickSession, MaskOptions, Rgb8};

use super::args::{BatchArgs, Common};
use super::{engine, output};

/// Runs the command.
///
/// # Errors
/// A project that cannot be opened or written, a picture or model that cannot be read. Nothing is changed then.
pub fn run(given: &BatchArgs, common: &Common) -> Result<()> {
    let mut project = engine::open_project(&given.project)?;
    if let (Some(why), false) = (project.is_read_only(), given.dry_run) {
        bail!("{} cannot be written: {why}; use --dry-run or make it writable", given.project.display());
    }
    let document = project.document();
    let class = match &given.class {
        None => None,
        Some(name) => match document.class_named(name) {
            Some(class) => Some(class.id),
            None => bail!("the project has no class {name:?}; check its spelling in the class list"),
        },
    };
    // By picture, so that each is read once.
    let objects: Vec<&Object> = document
        .images()
        .iter()
        .filter(|image| !image.missing)
        .flat_map(|image| document.objects_of(image.id))
        .filter(|object| !object.clicks.is_empty() && class.is_none_or(|c| c == object.class))
        .collect();
    let skipped = document.object_count() - objects.len();
    if objects.is_empty() {
        if !common.quiet {
            println!("no object with clicks to run again; {skipped} without");
        }
        return Ok(());
    }
    let mut segmenter = engine::segmenter(common)?;
    let bar = output::bar("batch", common.quiet);
    bar.set_length(objects.len() as u64);
    let mut transaction = Transaction::new(format!("Run clicks again with {}", segmenter.model()));
    let mut ious = Vec::with_capacity(objects.len());
    let mut last: Option<(PathBuf, Arc<Rgb8>)> = None;
    for object in objects {
        let Some(record) = document.image(object.image) else { continue };
        bar.set_message(record.path.clone());
        let path = project.image_path(&record.path);
        let picture = match last.take() {
            Some((of, picture)) if of == path => picture,
            _ => engine::picture(&path)?,
        };
        let mut session = ClickSession::new(picture.width, picture.height);
        for click in &object.clicks {
            session.add_click(Click { x: click.x, y: click.y, positive: click.positive });
            segmenter.predict(&picture, &mut session)?;
        }
        last = Some((path, picture));
        let mask = engine::mask_from_runs(&session.runs(&MaskOptions::default()));
        let same_size = (mask.width(), mask.height()) == (object.mask.width(), object.mask.height());
        let iou = if same_size { mask.iou(&object.mask) } else { 0.0 };
        ious.push(iou);
        if given.dry_run && !common.quiet {
            let name = document.class(object.class).map_or("?", |c| c.name.as_str());
            bar.suspend(|| println!("{iou:.4}  {}  {} {name}", record.path, object.id.0));
        }
        if !mask.is_empty() && mask != object.mask {
            let model = Some(segmenter.model().to_owned());
            transaction.put_object(document, Object { mask, model, ..object.clone() });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let changed = transaction.edits.len();
    if !given.dry_run && changed > 0 {
        project.commit(transaction)?;
    }
    if !common.quiet {
        let mean = ious.iter().sum::<f64>() / ious.len().max(1) as f64;
        let verb = if given.dry_run { "would change" } else { "changed" };
        println!("{} objects run, {changed} {verb}, mean IoU with before {mean:.4}; {skipped} left alone", ious.len());
    }
    Ok(())
}
