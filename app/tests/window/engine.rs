//! What happens when the engine fails: the click is answered all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use egui::{Modifiers, PointerButton};
use limn::engine::{EngineInfo, PredictError, Predictor, PredictorFactory};
use limn::window::app::EngineState;
use limn::window::command::Command;
use limn_datasets::PixelRect;
use limn_inference::{BackendChoice, BackendKind};
use limn_models::{ClickSession, RgbError, RgbLevels, Timing};

use crate::support::{DISK, SQUARE, Small, Window, write_picture};

/// How a backend fails.
#[derive(Clone, Copy)]
enum Failure {
    Lost,
    Panics,
}

/// Fails while `left` is above zero, then works.
struct Flaky {
    inner: Small,
    left: Arc<AtomicUsize>,
    failure: Failure,
}

impl Predictor for Flaky {
    fn info(&self) -> &EngineInfo {
        self.inner.info()
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        let fails = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        match self.failure {
            Failure::Lost if fails => Err(PredictError::DeviceLost("the GPU was lost".into())),
            Failure::Panics if fails => panic!("a fault in the engine"),
            _ => self.inner.predict(image, session),
        }
    }
}

/// The GPU backend fails so often, the others work.
fn flaky(times: usize, failure: Failure) -> PredictorFactory {
    let left = Arc::new(AtomicUsize::new(times));
    Arc::new(move |choice| {
        let kind = match choice {
            BackendChoice::Only(kind) => kind,
            BackendChoice::Auto => BackendKind::Wgpu,
        };
        if kind != BackendKind::Wgpu {
            return Ok(Box::new(Small::new(kind)));
        }
        Ok(Box::new(Flaky { inner: Small::new(kind), left: left.clone(), failure }))
    })
}

fn window(engine: PredictorFactory) -> Window {
    let dir = tempfile::tempdir().unwrap();
    write_picture(&dir.path().join("a.ppm"));
    let mut w = Window::with_engine(dir, engine);
    w.open_folder();
    w
}

fn backend(w: &Window) -> Option<BackendKind> {
    match w.app().engine() {
        EngineState::Ready(info) => Some(info.backend),
        _ => None,
    }
}

#[test]
fn a_lost_device_is_made_anew_and_the_click_answered() {
    let mut w = window(flaky(1, Failure::Lost));
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60));
    assert!(w.has_message("the engine was restarted"), "{:?}", w.app().messages());
    assert_eq!(backend(&w), Some(BackendKind::Wgpu));
}

#[test]
fn a_device_lost_twice_gives_way_to_the_next_backend() {
    let mut w = window(flaky(2, Failure::Lost));
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60));
    assert_eq!(backend(&w), Some(BackendKind::Ort));
    assert!(w.has_message("ort is used instead of wgpu"), "{:?}", w.app().messages());
    // And it goes on from there.
    w.remove(SQUARE);
    assert_eq!(w.app().draft_clicks(), 2);
}

#[test]
fn a_panic_in_the_engine_does_not_take_the_window_with_it() {
    let mut w = window(flaky(usize::MAX, Failure::Panics));
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60));
    assert_eq!(backend(&w), Some(BackendKind::Ort));
}

#[test]
fn without_any_engine_the_window_says_so_and_keeps_the_clicks() {
    let mut w = window(Arc::new(|choice| Err(format!("{choice:?} does not start"))));
    assert_eq!(*w.app().engine(), EngineState::Failed);
    assert!(w.has_message("no engine could be started"), "{:?}", w.app().messages());
    w.add(DISK);
    assert_eq!(w.app().draft_clicks(), 1);
    assert!(w.app().draft_mask().is_none());
}

/// Waits for a part of the picture at its first click, until nobody wants it any more.
struct Waits {
    inner: Small,
    first: Arc<AtomicBool>,
}

impl Predictor for Waits {
    fn info(&self) -> &EngineInfo {
        self.inner.info()
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        while self.first.load(Ordering::SeqCst) {
            let part = PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 };
            if image.read(0, part).is_err_and(|error| error == RgbError::Stopped) {
                self.first.store(false, Ordering::SeqCst);
                return Err(PredictError::Stopped);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.inner.predict(image, session)
    }
}

#[test]
fn a_click_that_waits_for_its_picture_ends_when_the_picture_is_left() {
    let dir = tempfile::tempdir().unwrap();
    ["a.ppm", "b.ppm"].into_iter().for_each(|name| write_picture(&dir.path().join(name)));
    let (first, made) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let theirs = (first.clone(), made.clone());
    let mut w = Window::with_engine(
        dir,
        Arc::new(move |_| {
            theirs.1.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(Waits { inner: Small::new(BackendKind::Reference), first: theirs.0.clone() }))
        }),
    );
    w.open_folder();
    w.click_without_waiting(DISK, PointerButton::Primary, Modifiers::NONE);
    w.app_mut().apply(Command::Step(1));
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60), "the next picture is not waited for");
    assert_eq!((w.app().messages(), made.load(Ordering::SeqCst)), (Vec::new(), 1), "nothing was said or made anew");
    // What was asked there is asked again on the way back.
    w.app_mut().apply(Command::Step(-1));
    w.settle();
    assert!(w.draft_mask().contains(50, 60));
    assert!(!first.load(Ordering::SeqCst));
}
