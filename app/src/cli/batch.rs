//! `limn batch`: a model over the objects of a project.

use anyhow::{Context, Result, anyhow, bail};
use limn_datasets::{NoProgress, Object, Progress, Project};
use limn_models::Segmenter;

use super::args::{BatchArgs, Common};
use super::{engine, output};
use crate::cli::output::{complain, say};
use crate::engine::of_segmenter;
use crate::rerun::{self, Options};

/// Runs the command.
///
/// # Errors
/// A project that cannot be opened or written, or no engine. What was done before is kept.
pub fn run(given: &BatchArgs, common: &Common) -> Result<()> {
    let mut project = engine::open_project(&given.project, common)?;
    if let (Some(why), false) = (project.is_read_only(), given.dry_run) {
        bail!("{} cannot be written: {why}; use --dry-run or make it writable", given.project.display());
    }
    engine::whole_or_known(&project, common)?;
    if let Some(other) = &given.merge {
        let from = Project::open_read_only(other)?;
        let count = rerun::merge(&mut project, &from).map_err(|error| anyhow!("{}: {error}", other.display()))?;
        if !common.quiet {
            say!("{count} objects taken over from {}", other.display());
        }
        return engine::whole_or_known(&from, common);
    }
    let class = match &given.class {
        None => None,
        Some(name) => match project.document().class_named(name) {
            Some(class) => Some(class.id),
            None => bail!("the project has no class {name:?}; check its spelling in the class list"),
        },
    };
    let (card, weights) = engine::load_model(common)?;
    let engines = engine::engine_options(common);
    let make = || Segmenter::new(&weights, &card, &engines).map(of_segmenter).map_err(|error| error.to_string());
    let options = Options {
        source: given.source,
        model: card.name.clone(),
        class,
        images: None,
        objects: None,
        again: given.again,
        limit: given.below,
        apply: given.apply,
        shard: given.shard,
        workers: given.workers,
    };
    let bar = output::BarProgress(output::bar("batch", common.quiet));
    let mut told = |project: &Project, object: &Object, iou: f32| {
        if given.dry_run && !common.quiet {
            let document = project.document();
            let path = document.image(object.image).map_or("?", |image| image.path.as_str());
            let class = document.class(object.class).map_or("?", |class| class.name.as_str());
            bar.0.suspend(|| say!("{iou:.4}  {path}  {} {class}", object.id.0));
        }
    };
    let summary = if given.dry_run {
        // Nothing of a copy in memory reaches the file.
        let mut copy = Project::in_memory(project.root());
        let all = copy_of(&project);
        copy.commit(all).context("a copy of the project")?;
        rerun::run(&mut copy, &make, &options, &NoProgress, &mut told)
    } else {
        rerun::run(&mut project, &make, &options, &bar as &dyn Progress, &mut told)
    };
    bar.0.finish_and_clear();
    let summary = summary.map_err(|error| anyhow!(error))?;
    if !common.quiet {
        for line in &summary.failed {
            complain!("limn: {line}");
        }
        say!("{summary}");
    }
    if !summary.failed.is_empty() {
        bail!("{} pictures could not be run; the others are done", summary.failed.len());
    }
    Ok(())
}

/// Everything a project holds, as one transaction.
fn copy_of(project: &Project) -> limn_datasets::Transaction {
    use limn_datasets::Edit;
    let document = project.document();
    let mut all = limn_datasets::Transaction::new("Copy");
    all.edits.extend(document.classes().iter().map(|c| Edit::Class { before: None, after: Some(c.clone()) }));
    all.edits.extend(document.images().iter().map(|i| Edit::Image { before: None, after: Some(i.clone()) }));
    all.edits.extend(document.objects().map(|o| Edit::Object { before: None, after: Some(o.clone()) }));
    all
}
