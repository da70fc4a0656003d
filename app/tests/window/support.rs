//! A window on a temporary folder with small pictures, and hands to use it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use limn::engine::{EngineInfo, PredictError, Predictor, PredictorFactory};
use limn::window::picker::{Answer, Ask, FilePicker};
use limn::window::{LimnApp, Pieces, WindowOptions};
use limn_datasets::{Mask, Object};
use limn_inference::{BackendChoice, BackendKind, EngineOptions};
use limn_models::{ClickSession, Registry, RgbLevels, Segmenter, Timing};

/// The network's input in these tests: a sixteenth of the work of 384, so that the reference executor is quick enough.
const SIZE: u32 = 96;

/// The real network through the reference executor.
pub struct Small {
    segmenter: Segmenter,
    info: EngineInfo,
}

impl Small {
    pub fn new(backend: BackendKind) -> Self {
        let registry = Registry::load(&[]).unwrap();
        let card = registry.get(None).unwrap();
        let options =
            EngineOptions { backend: BackendChoice::Only(BackendKind::Reference), ..EngineOptions::default() };
        let segmenter = Segmenter::with_size(&registry.weights(card).unwrap(), card, SIZE, &options).unwrap();
        let info = EngineInfo { model: card.name.clone(), backend, device: "test".into(), reason: "test".into() };
        Self { segmenter, info }
    }
}

impl Predictor for Small {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn segmenter(&mut self) -> Option<&mut Segmenter> {
        Some(&mut self.segmenter)
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        self.segmenter.predict(image, session).map_err(|e| PredictError::Other(e.to_string()))
    }
}

/// The factory of [`Small`].
pub fn small_engine() -> PredictorFactory {
    Arc::new(|choice| {
        let backend = match choice {
            BackendChoice::Only(kind) => kind,
            BackendChoice::Auto => BackendKind::Reference,
        };
        Ok(Box::new(Small::new(backend)))
    })
}

/// Answers file dialogs from a list.
#[derive(Clone, Default)]
pub struct ScriptedPicker {
    answers: Arc<Mutex<VecDeque<PathBuf>>>,
    asked: Arc<Mutex<VecDeque<Ask>>>,
}

impl ScriptedPicker {
    pub fn will_choose(&self, path: &Path) {
        self.answers.lock().unwrap().push_back(path.to_path_buf());
    }
}

impl FilePicker for ScriptedPicker {
    fn ask(&mut self, ask: Ask, _start: Option<PathBuf>, _ctx: &egui::Context) {
        self.asked.lock().unwrap().push_back(ask);
    }

    fn answer(&mut self) -> Option<Answer> {
        let ask = self.asked.lock().unwrap().pop_front()?;
        let path = self.answers.lock().unwrap().pop_front();
        Some(Answer { ask, failed: path.is_none(), path })
    }
}

/// A picture with a bright disk and a red square on a dark ground, as a PPM file.
pub fn write_picture(path: &Path) {
    let (w, h) = (160_i32, 120_i32);
    let mut bytes = format!("P6\n{w} {h}\n255\n").into_bytes();
    for y in 0..h {
        for x in 0..w {
            let disk = (x - 50).pow(2) + (y - 60).pow(2) < 30 * 30;
            let square = (105..145).contains(&x) && (40..90).contains(&y);
            let noise = ((x * 7 + y * 13) % 11) as u8;
            bytes.extend(match (disk, square) {
                (true, _) => [230 - noise, 225, 200 + noise],
                (_, true) => [190 + noise, 40, 45],
                _ => [30 + noise, 45 + noise, 40],
            });
        }
    }
    std::fs::write(path, bytes).unwrap();
}

/// Middle of the disk and of the square, in picture pixels.
pub const DISK: [f32; 2] = [50.0, 60.0];
pub const SQUARE: [f32; 2] = [125.0, 65.0];

/// A window and the folder it works in.
pub struct Window {
    pub harness: Harness<'static, LimnApp>,
    pub picker: ScriptedPicker,
    pub dir: tempfile::TempDir,
}

impl Window {
    /// A window with nothing open, and a folder with pictures of the given names.
    pub fn new(pictures: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in pictures {
            write_picture(&dir.path().join(name));
        }
        Self::with_engine(dir, small_engine())
    }

    pub fn with_engine(dir: tempfile::TempDir, engine: PredictorFactory) -> Self {
        let picker = ScriptedPicker::default();
        let theirs = picker.clone();
        let harness = Harness::builder().with_size([1200.0, 800.0]).build_eframe(|cc| {
            let pieces = Pieces {
                picker: Box::new(theirs),
                engines: Box::new(move |_| engine.clone()),
                settings_path: None,
                options: WindowOptions::default(),
                watch: false,
            };
            LimnApp::new(&cc.egui_ctx, pieces).unwrap()
        });
        Self { harness, picker, dir }
    }

    pub fn app(&self) -> &LimnApp {
        self.harness.state()
    }

    pub fn app_mut(&mut self) -> &mut LimnApp {
        self.harness.state_mut()
    }

    /// Runs frames until no thread has anything outstanding.
    pub fn settle(&mut self) {
        // A loaded machine may be slow; two minutes is a limit for giving up, not an expectation.
        let begun = Instant::now();
        loop {
            self.harness.step();
            self.harness.step();
            if !self.app().is_busy() {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the window never came to rest: {:?}",
                self.app().messages()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.harness.run_steps(2);
    }

    /// Opens the folder through the button of the empty page.
    pub fn open_folder(&mut self) {
        self.picker.will_choose(self.dir.path());
        self.press("Open a folder of pictures");
        self.settle();
    }

    /// Clicks the widget with this accessible label.
    pub fn press(&mut self, label: &str) {
        self.harness.get_by_label(label).scroll_to_me();
        self.harness.run_steps(3);
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    /// Chooses an item of the menu that a right click on the widget with this label opens.
    pub fn menu(&mut self, label: &str, item: &str) {
        self.harness.get_by_label(label).scroll_to_me();
        self.harness.run_steps(3);
        self.harness.get_by_label(label).click_secondary();
        self.harness.run_steps(6);
        self.harness.get_by_label(item).click();
        self.harness.run_steps(4);
    }

    /// Presses the main button of the open dialog, which closes it.
    pub fn confirm(&mut self, label: &str) {
        self.harness.run_steps(3);
        self.harness.get_all_by_label(label).last().expect("the button of the dialog").click();
        self.harness.run_steps(3);
        assert!(!self.app().is_dialog_open(), "{label} does not close its dialog: {:?}", self.app().messages());
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    /// A click into the picture, and the answer to it.
    pub fn click(&mut self, at: [f32; 2], button: PointerButton, modifiers: Modifiers) {
        self.click_without_waiting(at, button, modifiers);
        self.settle();
    }

    pub fn click_without_waiting(&mut self, at: [f32; 2], button: PointerButton, modifiers: Modifiers) {
        let pos = self.app().ui_from_image(at[0], at[1]);
        self.pointer(pos, button, true, modifiers);
        self.pointer(pos, button, false, modifiers);
    }

    pub fn drag(&mut self, from: [f32; 2], to: [f32; 2], modifiers: Modifiers) {
        let (a, b) = (self.app().ui_from_image(from[0], from[1]), self.app().ui_from_image(to[0], to[1]));
        self.pointer(a, PointerButton::Primary, true, modifiers);
        self.harness.hover_at(b);
        self.harness.step();
        self.pointer(b, PointerButton::Primary, false, modifiers);
        self.settle();
    }

    fn pointer(&mut self, pos: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        self.harness.hover_at(pos);
        self.harness.step();
        self.harness.event_modifiers(Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
        self.harness.run_steps(2);
    }

    /// Left click on a thing.
    pub fn add(&mut self, at: [f32; 2]) {
        self.click(at, PointerButton::Primary, Modifiers::NONE);
    }

    /// Right click beside it.
    pub fn remove(&mut self, at: [f32; 2]) {
        self.click(at, PointerButton::Secondary, Modifiers::NONE);
    }

    /// Objects of the picture in sight, from the bottom.
    pub fn objects(&self) -> Vec<Object> {
        let app = self.app();
        app.current().map_or_else(Vec::new, |image| app.document().objects_of(image).cloned().collect())
    }

    pub fn picture(&self) -> String {
        let app = self.app();
        app.current().and_then(|id| app.document().image(id)).map_or_else(String::new, |i| i.path.clone())
    }

    pub fn draft_mask(&self) -> Mask {
        self.app().draft_mask().cloned().expect("a mask of the object at hand")
    }

    pub fn has_message(&self, part: &str) -> bool {
        self.app().messages().iter().any(|m| m.contains(part))
    }
}
