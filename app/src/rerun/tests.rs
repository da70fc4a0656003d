use limn_datasets::{Class, ClassId, ClickRecord, ImageRecord, NoProgress, PixelRect};
use limn_inference::BackendKind;
use limn_models::{ClickSession, Timing};

use super::*;
use crate::engine::{EngineInfo, PredictError};

/// The real network under another name.
struct Half {
    info: EngineInfo,
    segmenter: limn_models::Segmenter,
}

impl Predictor for Half {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        self.segmenter.predict(image, session).map_err(|error| PredictError::Other(error.to_string()))
    }
}

/// The real network at a size that the reference executor is quick at.
fn make() -> Result<Box<dyn Predictor>, String> {
    let registry = limn_models::Registry::load(&[]).map_err(|e| e.to_string())?;
    let card = registry.get(None).map_err(|e| e.to_string())?;
    let backend = limn_inference::BackendChoice::Only(BackendKind::Reference);
    let options = limn_inference::EngineOptions { backend, ..Default::default() };
    let weights = registry.weights(card).map_err(|e| e.to_string())?;
    let segmenter = limn_models::Segmenter::with_size(&weights, card, 64, &options).map_err(|e| e.to_string())?;
    let info = EngineInfo {
        model: "half".into(),
        backend: BackendKind::Reference,
        device: "test".into(),
        reason: "test".into(),
    };
    Ok(Box::new(Half { info, segmenter }))
}

/// Three pictures with a bright square each, outlined much too large.
fn project() -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.ppm", "b.ppm", "c.ppm"] {
        let mut bytes = b"P6\n48 40\n255\n".to_vec();
        for (x, y) in (0..40).flat_map(|y| (0..48).map(move |x| (x, y))) {
            let inside = (12..30).contains(&x) && (10..28).contains(&y);
            bytes.extend(if inside { [230, 220, 60] } else { [30, 40, 60] });
        }
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let mut project = Project::open_folder(dir.path()).unwrap();
    let mut t = Transaction::new("all");
    t.put_class(project.document(), Class::new(ClassId(1), "square", [200, 0, 0]));
    let images: Vec<ImageRecord> = project.document().images().to_vec();
    for (k, image) in images.iter().enumerate() {
        let rough = Mask::rectangle(48, 40, PixelRect { x0: 4, y0: 4, x1: 40, y1: 36 });
        let mut object = Object::new(ObjectId(k as i64 + 1), image.id, ClassId(1), rough);
        object.clicks = vec![ClickRecord { x: 21.0, y: 19.0, positive: true }];
        t.put_object(project.document(), object);
    }
    project.commit(t).unwrap();
    (dir, project)
}

fn options(source: Source) -> Options {
    Options { source, model: "half".into(), workers: 2, ..Options::default() }
}

#[test]
fn disagreements_wait_agreements_do_not_and_a_second_run_has_nothing_to_do() {
    let (_dir, mut project) = project();
    let mut heard = 0;
    let mut told = |_: &Project, _: &Object, _: f32| heard += 1;
    let summary = run(&mut project, &make, &options(Source::Clicks), &NoProgress, &mut told).unwrap();
    assert_eq!((summary.objects, summary.disagree, summary.replaced, heard), (3, 3, 0, 3), "{summary}");
    for object in project.document().objects() {
        let rerun = object.rerun.as_ref().unwrap();
        let proposal = rerun.proposal.as_ref().expect("a mask that waits");
        assert!((proposal.iou(&object.mask) as f32 - rerun.iou).abs() < 1e-6);
        assert_eq!(object.mask.area(), 36 * 32, "the old mask stays until a person decides");
    }
    let again = run(&mut project, &make, &options(Source::Clicks), &NoProgress, &mut |_, _, _| {}).unwrap();
    assert_eq!((again.objects, again.left), (0, 3));
    let lenient = Options { limit: 0.0, model: "newer".into(), ..options(Source::Masks) };
    let summary = run(&mut project, &make, &lenient, &NoProgress, &mut |_, _, _| {}).unwrap();
    assert_eq!((summary.objects, summary.disagree), (3, 0));
    assert!(project.document().objects().all(|o| o.rerun.as_ref().is_some_and(|r| r.proposal.is_none())));
    let applied = Options { apply: true, ..options(Source::Boxes) };
    let summary = run(&mut project, &make, &applied, &NoProgress, &mut |_, _, _| {}).unwrap();
    assert_eq!(summary.replaced, 3);
}

#[test]
fn parts_run_on_copies_come_together_again() {
    let (dir, project) = project();
    let path = project.path().unwrap().to_path_buf();
    drop(project);
    let copies: Vec<std::path::PathBuf> = (0..2).map(|k| dir.path().join(format!("part{k}.limn"))).collect();
    for (k, copy) in copies.iter().enumerate() {
        std::fs::copy(&path, copy).unwrap();
        let mut part = Project::open(copy).unwrap();
        let options = Options { shard: (k, 2), ..options(Source::Clicks) };
        let summary = run(&mut part, &make, &options, &NoProgress, &mut |_, _, _| {}).unwrap();
        assert_eq!(summary.objects, 2 - k);
    }
    let mut whole = Project::open(&path).unwrap();
    for (copy, count) in copies.iter().zip([2, 1]) {
        assert_eq!(merge(&mut whole, &Project::open_read_only(copy).unwrap()), Ok(count));
    }
    assert!(whole.document().objects().all(|o| o.rerun.as_ref().is_some_and(|r| r.proposal.is_some())));
    assert_eq!(merge(&mut whole, &Project::open_read_only(&copies[0]).unwrap()), Ok(0), "twice changes nothing");
}

#[test]
fn a_picture_that_cannot_be_read_is_named_and_the_others_are_done() {
    let (dir, mut project) = project();
    std::fs::write(dir.path().join("b.ppm"), b"P6\n48 40\n255\nshort").unwrap();
    let summary = run(&mut project, &make, &options(Source::Boxes), &NoProgress, &mut |_, _, _| {}).unwrap();
    assert_eq!(summary.objects, 2);
    assert!(summary.failed.len() == 1 && summary.failed[0].starts_with("b.ppm"), "{:?}", summary.failed);
}

#[test]
fn a_point_well_inside_is_found_in_thin_and_hollow_masks() {
    let ring = Mask::stroke(60, 60, &[[30.0, 30.0]], 20.0).subtract(&Mask::stroke(60, 60, &[[30.0, 30.0]], 14.0));
    for mask in [ring, Mask::stroke(60, 60, &[[3.0, 3.0], [50.0, 40.0]], 0.7)] {
        let [x, y] = prompt::inner_point(&mask).unwrap();
        assert!(mask.contains(x as u32, y as u32));
    }
    assert_eq!(prompt::inner_point(&Mask::empty(5, 5)), None);
}

/// Somebody else holds the project's file: nothing can be written.
struct Stops(std::sync::atomic::AtomicUsize);

impl Progress for Stops {
    fn report(&self, _: u64, _: u64, _: &str) {}

    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 2
    }
}

#[test]
fn a_run_that_is_broken_off_ends() {
    for fails in [false, true] {
        let (dir, mut project) = project();
        for k in 0..30 {
            std::fs::copy(dir.path().join("a.ppm"), dir.path().join(format!("more{k}.ppm"))).unwrap();
        }
        project.rescan().unwrap();
        let mut t = Transaction::new("all");
        let images: Vec<ImageRecord> = project.document().images().to_vec();
        for (k, image) in images.iter().enumerate() {
            let mask = Mask::rectangle(48, 40, PixelRect { x0: 4, y0: 4, x1: 40, y1: 36 });
            t.put_object(project.document(), Object::new(ObjectId(100 + k as i64), image.id, ClassId(1), mask));
        }
        project.commit(t).unwrap();
        // In the one case a person stops it, in the other every write fails.
        let blocker = fails.then(|| {
            let connection = rusqlite::Connection::open(project.path().unwrap()).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            connection
        });
        let (sender, ended) = crossbeam_channel::bounded(1);
        std::thread::spawn(move || {
            let options = Options { workers: 2, ..options(Source::Boxes) };
            let stops = Stops(std::sync::atomic::AtomicUsize::new(0));
            let progress: &dyn Progress = if fails { &NoProgress } else { &stops };
            let result = run(&mut project, &make, &options, progress, &mut |_, _, _| {});
            sender.send(result.map(|summary| summary.stopped)).unwrap();
        });
        let result = ended.recv_timeout(std::time::Duration::from_secs(120)).expect("the run ends");
        assert_eq!(result.is_err(), fails, "{result:?}");
        drop(blocker);
    }
}

#[test]
fn an_engine_that_breaks_down_costs_one_picture() {
    struct Breaks(Box<dyn Predictor>, bool);
    impl Predictor for Breaks {
        fn info(&self) -> &EngineInfo {
            self.0.info()
        }
        fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
            assert!(!std::mem::take(&mut self.1), "a fault in the engine");
            self.0.predict(image, session)
        }
    }
    let made = std::sync::atomic::AtomicUsize::new(0);
    let breaks = || {
        let first = made.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        Ok::<Box<dyn Predictor>, String>(Box::new(Breaks(make()?, first)))
    };
    let (_dir, mut project) = project();
    let summary = run(&mut project, &breaks, &options(Source::Boxes), &NoProgress, &mut |_, _, _| {}).unwrap();
    assert_eq!((summary.objects, summary.failed.len()), (2, 1), "{summary:?}");
}

#[test]
fn a_correction_made_here_is_not_taken_back_by_a_run_elsewhere() {
    let (dir, project) = project();
    let path = project.path().unwrap().to_path_buf();
    drop(project);
    let copy = dir.path().join("copy.limn");
    std::fs::copy(&path, &copy).unwrap();
    // Here one object is corrected by hand; there all are run, and one mask is replaced at once.
    let mut here = Project::open(&path).unwrap();
    let corrected = Mask::rectangle(48, 40, PixelRect { x0: 12, y0: 10, x1: 30, y1: 28 });
    let object = here.document().object(ObjectId(1)).unwrap().clone();
    let mut t = Transaction::new("by hand");
    t.put_object(here.document(), Object { mask: corrected.clone(), ..object });
    here.commit(t).unwrap();
    let mut there = Project::open(&copy).unwrap();
    let lenient = Options { limit: 0.0, ..options(Source::Masks) };
    run(&mut there, &make, &lenient, &NoProgress, &mut |_, _, _| {}).unwrap();
    drop(there);
    merge(&mut here, &Project::open_read_only(&copy).unwrap()).unwrap();
    let mine = here.document().object(ObjectId(1)).unwrap();
    assert_eq!(mine.mask, corrected, "it was only looked at there");
    assert!(mine.rerun.as_ref().is_some_and(|r| r.proposal.is_none()));
    // And where the run replaced the mask, the corrected one stays and the new one waits.
    let mut there = Project::open(&copy).unwrap();
    let apply = Options { apply: true, again: true, ..options(Source::Boxes) };
    run(&mut there, &make, &apply, &NoProgress, &mut |_, _, _| {}).unwrap();
    let replaced = there.document().object(ObjectId(2)).unwrap().mask.clone();
    drop(there);
    merge(&mut here, &Project::open_read_only(&copy).unwrap()).unwrap();
    let mine = here.document().object(ObjectId(1)).unwrap();
    assert_eq!(mine.mask, corrected);
    assert!(mine.rerun.as_ref().is_some_and(|r| r.proposal.is_some()), "a person decides");
    assert_eq!(here.document().object(ObjectId(2)).unwrap().mask, replaced, "nobody touched it here");
}
