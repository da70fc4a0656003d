//! The segmenter with an executor that only records: what is set, when, and what comes back.

use std::sync::Mutex;

use limn_inference::adapt::PlainTrainer;
use limn_inference::{BackendKind, EngineError, TensorSpec};

use super::*;
use crate::picture::{Click, Rgb8, RgbError, WholeRgb};
use crate::registry::Registry;

const SIDE: usize = 32;

/// Answers `mask` = 4 where channel 0 of `clicks` is set, else -4; `edge` = 0. Writes down what is called.
struct Recorder {
    info: ExecutorInfo,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    calls: Arc<Mutex<Vec<String>>>,
    clicks: Arc<Mutex<Vec<f32>>>,
    fail: Arc<Mutex<bool>>,
}

impl Executor for Recorder {
    fn info(&self) -> &ExecutorInfo {
        &self.info
    }

    fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError> {
        self.calls.lock().unwrap().push(format!("set {name}"));
        if name == "clicks" {
            *self.clicks.lock().unwrap() = data.to_vec();
        }
        Ok(())
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        if *self.fail.lock().unwrap() {
            return Err(EngineError::DeviceLost("pulled out".to_owned()));
        }
        self.calls.lock().unwrap().push(format!("run {}", wanted.join("+")));
        Ok(())
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let clicks = self.clicks.lock().unwrap();
        let value = |&v: &f32| if name == "edge" { 0.0 } else { v * 8.0 - 4.0 };
        out.clear();
        out.extend(clicks[..SIDE * SIDE].iter().map(value));
        Ok(())
    }
}

struct Bench {
    segmenter: Segmenter,
    calls: Arc<Mutex<Vec<String>>>,
    clicks: Arc<Mutex<Vec<f32>>>,
    fail: Arc<Mutex<bool>>,
}

impl Bench {
    fn new() -> Self {
        let (calls, clicks, fail) = (Arc::default(), Arc::default(), Arc::default());
        let recorder = recorder(&calls, &clicks, &fail, [1, 1, SIDE, SIDE]);
        let segmenter =
            Segmenter::bind(Box::new(recorder), Box::new(PlainTrainer::default()), &card(), SIDE as u32).unwrap();
        Self { segmenter, calls, clicks, fail }
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

fn recorder(
    calls: &Arc<Mutex<Vec<String>>>,
    clicks: &Arc<Mutex<Vec<f32>>>,
    fail: &Arc<Mutex<bool>>,
    mask: [usize; 4],
) -> Recorder {
    let spec = |name: &str, shape: [usize; 4]| TensorSpec { name: name.to_owned(), shape: shape.to_vec() };
    Recorder {
        info: ExecutorInfo {
            backend: BackendKind::Reference,
            device: "recorder".to_owned(),
            reason: String::new(),
            pool_bytes: 0,
        },
        inputs: vec![spec("image", [1, 3, SIDE, SIDE]), spec("clicks", [1, 4, SIDE, SIDE])],
        outputs: vec![spec("mask", mask), spec("edge", [1, 1, SIDE, SIDE])],
        calls: Arc::clone(calls),
        clicks: Arc::clone(clicks),
        fail: Arc::clone(fail),
    }
}

fn card() -> Card {
    Registry::load(&[]).unwrap().get(None).unwrap().clone()
}

fn picture(width: u32, height: u32) -> Arc<dyn RgbLevels> {
    let data = vec![90; (width * height * 3) as usize];
    Arc::new(WholeRgb::new(Rgb8 { width, height, data }).unwrap())
}

/// A picture whose disk is gone.
#[derive(Debug)]
struct Lost;

impl RgbLevels for Lost {
    fn size(&self) -> [u32; 2] {
        [64, 64]
    }

    fn levels(&self) -> usize {
        1
    }

    fn read(&self, _: usize, _: PixelRect) -> Result<std::borrow::Cow<'_, Rgb8>, RgbError> {
        Err(RgbError::Unreadable("the disk is gone".to_owned()))
    }
}

fn click(x: f32, y: f32, positive: bool) -> Click {
    Click { x, y, positive }
}

#[test]
fn the_image_is_set_once_per_crop() {
    let mut bench = Bench::new();
    let picture = picture(64, 64);
    let mut session = ClickSession::new(64, 64);
    session.add_click(click(32.5, 32.5, true));
    assert!(!bench.segmenter.predict(&picture, &mut session).unwrap().reused_image_part);
    assert_eq!(bench.calls(), ["set image", "set clicks", "run mask+edge"]);
    // The least side is 64, so the crop stays the whole picture.
    session.add_click(click(40.0, 32.0, false));
    assert!(bench.segmenter.predict(&picture, &mut session).unwrap().reused_image_part);
    assert_eq!(bench.calls(), ["set clicks", "run mask+edge"]);
    // Another picture of the same size is another picture.
    let other = self::picture(64, 64);
    assert!(!bench.segmenter.predict(&other, &mut session).unwrap().reused_image_part);
}

#[test]
fn channels_are_positive_negative_previous_mask_and_edge() {
    let mut bench = Bench::new();
    let picture = picture(32, 32);
    let mut session = ClickSession::new(32, 32);
    session.add_click(click(10.5, 8.5, true));
    bench.segmenter.predict(&picture, &mut session).unwrap();
    let first = bench.clicks.lock().unwrap().clone();
    let sum = |map: &[f32], channel: usize| map[channel * 1024..(channel + 1) * 1024].iter().sum::<f32>();
    assert_eq!((sum(&first, 0), sum(&first, 1), sum(&first, 2), sum(&first, 3)), (81.0, 0.0, 0.0, 0.0));
    // One network pixel is one image pixel here, so mask and edge come back pixel for pixel.
    assert_eq!(session.mask(&crate::MaskOptions::default()).area(), 81);
    session.add_click(click(30.0, 30.0, false));
    bench.segmenter.predict(&picture, &mut session).unwrap();
    let second = bench.clicks.lock().unwrap().clone();
    assert_eq!((sum(&second, 0), second[1024 + 30 * 32 + 30]), (81.0, 1.0));
    let probability = 1.0 / (1.0 + (-4.0f32).exp());
    assert!((second[2048 + 8 * 32 + 10] - probability).abs() < 1e-4); // 16 bits
    assert!(second[3072..].iter().all(|e| (e - 0.5).abs() < 1e-4));
}

#[test]
fn repeating_undoing_and_failing_leave_the_session_as_it_was() {
    let mut bench = Bench::new();
    let picture = picture(80, 50);
    let mut session = ClickSession::new(80, 50);
    assert!(matches!(bench.segmenter.predict(&picture, &mut session), Err(ModelError::NothingPrompted)));
    session.add_click(click(20.0, 20.0, true));
    bench.segmenter.predict(&picture, &mut session).unwrap();
    let one = session.clone();
    bench.segmenter.predict(&picture, &mut session).unwrap();
    assert_eq!(session, one, "repeated");
    session.add_click(click(60.0, 30.0, true));
    bench.segmenter.predict(&picture, &mut session).unwrap();
    let two = session.clone();
    bench.calls();
    assert!(session.undo());
    assert_eq!((session.probability(), session.clicks()), (one.probability(), one.clicks()));
    assert!(session.redo());
    assert_eq!(session, two);
    assert!(bench.calls().is_empty(), "undo and redo run nothing");
    *bench.fail.lock().unwrap() = true;
    session.add_click(click(5.0, 5.0, false));
    let before = session.clone();
    let error = bench.segmenter.predict(&picture, &mut session).unwrap_err();
    assert!(matches!(error, ModelError::Engine(EngineError::DeviceLost(_))), "{error}");
    assert_eq!(session, before);
}

#[test]
fn a_box_clips_its_own_result_only() {
    let mut bench = Bench::new();
    let picture = picture(64, 64);
    let mut session = ClickSession::new(64, 64);
    session.set_box(10.0, 10.0, 30.0, 30.0);
    bench.segmenter.predict(&picture, &mut session).unwrap();
    assert!(session.probability().rect().x1 <= 31);
    // The picture is halved: the box is 5..15 in the network, the ellipse's area about 25 pi = 78.5 pixels of one half.
    let seen = bench.clicks.lock().unwrap().clone();
    let half: f32 = seen[2048..3072].iter().sum();
    assert!((half - 39.0).abs() <= 2.0, "{half}");
    assert_eq!((seen[10 * 32 + 10], seen[2048 + 10 * 32 + 10], seen[2048 + 5 * 32 + 5]), (1.0, 0.5, 0.0));
    session.add_click(click(50.0, 50.0, true));
    bench.segmenter.predict(&picture, &mut session).unwrap();
    assert_eq!(session.probability().rect().x1, 64);
}

#[test]
fn wrong_pictures_and_networks_are_named() {
    let mut bench = Bench::new();
    let mut session = ClickSession::new(64, 64);
    session.add_click(click(1.0, 1.0, true));
    let error = bench.segmenter.predict(&picture(32, 64), &mut session).unwrap_err();
    assert!(matches!(error, ModelError::SizeMismatch { .. }), "{error}");
    let lost: Arc<dyn RgbLevels> = Arc::new(Lost);
    let error = bench.segmenter.predict(&lost, &mut session).unwrap_err();
    assert!(matches!(error, ModelError::Picture(_)) && error.to_string() == "the disk is gone", "{error}");
    let wrong = recorder(&bench.calls, &bench.clicks, &bench.fail, [1, 2, SIDE, SIDE]);
    let error = Segmenter::bind(Box::new(wrong), Box::new(PlainTrainer::default()), &card(), SIDE as u32)
        .unwrap_err()
        .to_string();
    assert!(error.contains("mask") && error.contains("[1, 2, 32, 32]"), "{error}");
}
