//! Running a model over the objects that are there already: boxes become masks, coarse polygons become tight ones, old
//! clicks are asked of a newer model. Where old and new disagree the new mask waits for a person.
//!
//! * `prompt`: from an object to a session; `merge`: bringing together what several machines did
//!
//! Every picture is one transaction that is on disk before the next one begins to count: a run that stops, for whatever
//! reason, goes on where it was.

mod merge;
mod prompt;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::media::{Limits, View};
use limn_datasets::{ClassId, ImageId, Mask, Object, ObjectId, Progress, Project, Rerun, Transaction};
use limn_models::RgbLevels;

use crate::engine::{Predictor, tile_cache};
pub use merge::merge;

/// What the prompts are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The clicks that an object was made with.
    #[default]
    Clicks,
    /// The box around it.
    Boxes,
    /// Its mask, which is taken for a rough one.
    Masks,
}

impl Source {
    /// All.
    pub const ALL: [Self; 3] = [Self::Clicks, Self::Boxes, Self::Masks];
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clicks => "clicks",
            Self::Boxes => "boxes",
            Self::Masks => "masks",
        })
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|source| source.to_string() == text);
        known.ok_or_else(|| format!("`{text}` is no source of prompts: use clicks, boxes or masks"))
    }
}

/// What to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What the prompts are made of.
    pub source: Source,
    /// Name of the model; with the source it tells whether an object was done before.
    pub model: String,
    /// Only objects of this class.
    pub class: Option<ClassId>,
    /// Only these pictures.
    pub images: Option<BTreeSet<ImageId>>,
    /// Only these objects.
    pub objects: Option<BTreeSet<ObjectId>>,
    /// Also objects that the same run has done before.
    pub again: bool,
    /// Below this IoU old and new disagree.
    pub limit: f32,
    /// The new mask is taken at once, without asking a person.
    pub apply: bool,
    /// Only the pictures whose place in the list leaves `shard.0` when divided by `shard.1`.
    pub shard: (usize, usize),
    /// Engines at work side by side.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            source: Source::Clicks,
            model: String::new(),
            class: None,
            images: None,
            objects: None,
            again: false,
            limit: 0.9,
            apply: false,
            shard: (0, 1),
            workers: 1,
        }
    }
}

impl Options {
    /// Name of the run, see [`Rerun::run`].
    fn run(&self) -> String {
        format!("{}/{}", self.source, self.model)
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Objects that were run.
    pub objects: usize,
    /// Pictures that were written, each one step of the history.
    pub pictures: usize,
    /// Of the objects, those with an IoU below the limit.
    pub disagree: usize,
    /// Masks that were replaced at once.
    pub replaced: usize,
    /// Objects without the prompts that are needed, or done by the same run before.
    pub left: usize,
    /// Sum of the IoUs.
    pub iou_sum: f64,
    /// Pictures that could not be read, and why.
    pub failed: Vec<String>,
    /// Stopped before the end.
    pub stopped: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, disagree, replaced, left, .. } = self;
        write!(f, "{objects} objects run, {disagree} disagree, {replaced} replaced")?;
        // There is no mean of nothing.
        if *objects > 0 {
            write!(f, ", mean IoU with before {:.4}", self.iou_sum / *objects as f64)?;
        }
        write!(f, "; {left} left alone")?;
        if self.stopped {
            f.write_str("; stopped, the same command goes on from here")?;
        }
        Ok(())
    }
}

/// One object of one picture: its new mask.
struct Answer {
    image: ImageId,
    masks: Result<Vec<(ObjectId, Mask)>, String>,
    model: String,
}

/// Makes an engine; called on each worker's own thread.
pub type Make<'a> = &'a (dyn Fn() -> Result<Box<dyn Predictor>, String> + Sync);

/// Runs over the objects of `project`. `told` hears of every object: its IoU with before.
///
/// # Errors
/// When no engine can be made or the project cannot be written; what was done before stays.
pub fn run(
    project: &mut Project,
    make: Make<'_>,
    options: &Options,
    progress: &dyn Progress,
    told: &mut dyn FnMut(&Project, &Object, f32),
) -> Result<Summary, String> {
    let mut summary = Summary::default();
    let jobs = jobs(project, options, &mut summary);
    let total: usize = jobs.iter().map(|(_, objects)| objects.len()).sum();
    if jobs.is_empty() {
        return Ok(summary);
    }
    let workers = options.workers.clamp(1, jobs.len());
    // So many pictures are under way at most; no more answers can wait than these.
    let (giver, tasks) = bounded::<Task>(2 * workers);
    let (sender, answers) = bounded(2 * workers);
    std::thread::scope(|scope| {
        // Both ends are dropped before the scope waits for its threads: a run that is broken off, for whatever reason, ends
        // every worker at its next step.
        let (giver, answers) = (giver, answers);
        for worker in 0..workers {
            let (tasks, sender) = (tasks.clone(), sender.clone());
            let work = move || work_through(&tasks, &sender, make, options.source, progress);
            let thread = std::thread::Builder::new().name(format!("rerun-{worker}"));
            thread.spawn_scoped(scope, work).map_err(|error| error.to_string())?;
        }
        drop((tasks, sender));
        let mut left = jobs.iter();
        let mut give = |project: &Project| {
            if let Some((image, objects)) = left.next() {
                let document = project.document();
                let path = document.image(*image).map(|r| project.image_path(&r.path)).unwrap_or_default();
                let objects = objects.iter().filter_map(|id| document.object(*id).cloned()).collect();
                giver.send(Task { image: *image, path, objects }).ok();
            }
        };
        (0..2 * workers).for_each(|_| give(project));
        let mut done = 0;
        for _ in 0..jobs.len() {
            let answer = answers.recv().map_err(|_| "the run stopped unexpectedly".to_owned())??;
            let path = project.document().image(answer.image).map_or_else(String::new, |image| image.path.clone());
            progress.report(done as u64, total as u64, &path);
            match answer.masks {
                Ok(masks) => {
                    done += masks.len();
                    keep(project, &answer.model, &path, masks, options, &mut summary, told)?;
                }
                Err(error) => summary.failed.push(format!("{path}: {error}")),
            }
            if progress.cancelled() {
                summary.stopped = true;
                break;
            }
            give(project);
        }
        Ok(())
    })
    .map(|()| summary)
}

/// One picture to run.
struct Task {
    image: ImageId,
    path: PathBuf,
    objects: Vec<Object>,
}

/// A worker: makes its engine and runs one picture after the other, until there are no more or nobody listens.
fn work_through(
    tasks: &Receiver<Task>,
    sender: &Sender<Result<Answer, String>>,
    make: Make<'_>,
    source: Source,
    progress: &dyn Progress,
) {
    let guarded =
        || catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| Err("the engine stopped while starting".to_owned()));
    let mut engine = match guarded() {
        Ok(engine) => engine,
        Err(error) => return sender.send(Err(error)).unwrap_or(()),
    };
    for Task { image, path, objects } in tasks {
        if progress.cancelled() {
            // The run hears of it, so that it does not wait for this picture.
            sender.send(Ok(Answer { image, masks: Ok(Vec::new()), model: String::new() })).ok();
            return;
        }
        let model = engine.info().model.clone();
        // What breaks down over a hostile file costs this picture only.
        let run = catch_unwind(AssertUnwindSafe(|| masks_of(&path, &objects, source, engine.as_mut())));
        let broken = run.is_err();
        let masks = run.unwrap_or_else(|_| Err("the engine or the decoder stopped unexpectedly".to_owned()));
        if sender.send(Ok(Answer { image, masks, model })).is_err() {
            return;
        }
        if broken {
            engine = match guarded() {
                Ok(engine) => engine,
                Err(error) => return sender.send(Err(error)).unwrap_or(()),
            };
        }
    }
}

/// The pictures with their objects that are to be run, in the order of the list.
fn jobs(project: &Project, options: &Options, summary: &mut Summary) -> Vec<(ImageId, Vec<ObjectId>)> {
    let document = project.document();
    let mut jobs = Vec::new();
    for (place, image) in document.images().iter().enumerate() {
        let mine = place % options.shard.1.max(1) == options.shard.0
            && options.images.as_ref().is_none_or(|images| images.contains(&image.id));
        if !mine || image.missing {
            continue;
        }
        let fresh = |object: &Object| {
            options.again
                || object
                    .rerun
                    .as_ref()
                    .is_none_or(|r| r.run != options.run() || (options.apply && r.proposal.is_some()))
        };
        let wanted: Vec<ObjectId> = document
            .objects_of(image.id)
            .filter(|object| options.class.is_none_or(|class| class == object.class))
            .filter(|object| options.objects.as_ref().is_none_or(|objects| objects.contains(&object.id)))
            .filter(|object| {
                let able = options.source != Source::Clicks || !object.clicks.is_empty();
                let wanted = fresh(object) && able;
                summary.left += usize::from(!wanted);
                wanted
            })
            .map(|object| object.id)
            .collect();
        if !wanted.is_empty() {
            jobs.push((image.id, wanted));
        }
    }
    jobs
}

/// The new masks of the objects of one picture.
fn masks_of(
    path: &std::path::Path,
    objects: &[Object],
    source: Source,
    engine: &mut dyn Predictor,
) -> Result<Vec<(ObjectId, Mask)>, String> {
    let picture = View::open(path, &Limits::default(), &tile_cache()).map_err(|error| error.to_string())?;
    let picture: Arc<dyn RgbLevels> = Arc::new(picture);
    let mut masks = Vec::with_capacity(objects.len());
    for object in objects {
        let mask = prompt::mask_of(object, source, &picture, engine).map_err(|error| error.to_string())?;
        masks.push((object.id, mask));
    }
    Ok(masks)
}

/// Writes what one picture gave.
fn keep(
    project: &mut Project,
    model: &str,
    path: &str,
    masks: Vec<(ObjectId, Mask)>,
    options: &Options,
    summary: &mut Summary,
    told: &mut dyn FnMut(&Project, &Object, f32),
) -> Result<(), String> {
    let mut transaction = Transaction::new(format!("Run {} of {path} with {model}", options.source));
    for (id, mask) in masks {
        let Some(object) = project.document().object(id).cloned() else { continue };
        let same_size = (mask.width(), mask.height()) == (object.mask.width(), object.mask.height());
        let iou = if same_size { mask.iou(&object.mask) as f32 } else { 0.0 };
        told(project, &object, iou);
        summary.objects += 1;
        summary.iou_sum += f64::from(iou);
        let disagree = iou < options.limit;
        summary.disagree += usize::from(disagree);
        let usable = same_size && !mask.is_empty() && mask != object.mask;
        let base = Some(merge::print_of(&object.mask));
        let mut rerun = Rerun { run: options.run(), model: model.to_owned(), iou, proposal: None, base };
        let after = if options.apply && usable {
            summary.replaced += 1;
            Object { mask, model: Some(model.to_owned()), rerun: Some(rerun), ..object }
        } else {
            rerun.proposal = (disagree && usable).then_some(mask);
            Object { rerun: Some(rerun), ..object }
        };
        transaction.put_object(project.document(), after);
    }
    if project.is_read_only().is_some() {
        return Ok(());
    }
    summary.pictures += usize::from(!transaction.is_empty());
    project.commit(transaction).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
