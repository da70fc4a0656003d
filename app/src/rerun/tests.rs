use limn_datasets::{Class, ClassId, ClickRecord, ImageRecord, NoProgress, PixelRect};
use limn_inference::BackendKind;
use limn_models::{ClickSession, Timing};

use super::*;
use crate::window::predictor::{EngineInfo, PredictError};

/// The real network under another name.
struct Half {
    info: EngineInfo,
    segmenter: limn_models::Segmenter,
}

impl Predictor for Half {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn predict(&mut self, image: &Arc<Rgb8>, session: &mut ClickSession) -> Result<Timing, PredictError> {
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
