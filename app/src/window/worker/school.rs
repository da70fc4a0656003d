//! Learning from accepted objects, in the time that clicks leave, and keeping what was learned beside the project.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use limn_datasets::{ClassId, Mask};
use limn_models::{Adapt, Bitmap, ClickSession, ModelError, Segmenter};

use super::queue::{LESSON_BYTES, bytes_of};
use super::{Event, Thread};
use crate::engine::Predictor;
use crate::window::keep;
use crate::window::place::{Place, Placed};

/// What is learned is written after so much rest.
const REST: Duration = Duration::from_secs(2);
/// Larger files are none of ours.
const LARGEST: u64 = 256 << 20;
/// Extension of the file beside the project.
pub const EXTENSION: &str = "learned";

/// What the window asks of the learning.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Which parameters learn.
    Adapt(Adapt),
    /// Whether every class learns for itself.
    PerClass(bool),
    /// Another project: what it learned lies here; `None`: nothing is kept.
    Place(Place, Option<PathBuf>),
    /// Back to a version.
    RollBack(u64),
    /// Forgets everything.
    Reset,
    /// Takes over what another project learned: its file, or the project beside which it lies.
    Import(PathBuf),
    /// Writes what was learned to a file.
    Export(PathBuf),
}

impl Order {
    /// Clicks are answered by other parameters after it.
    pub(super) fn changes_parameters(&self) -> bool {
        !matches!(self, Self::Export(_))
    }

    /// Makes `last`, which was asked for just before, needless.
    pub(super) fn replaces(&self, last: &Self) -> bool {
        matches!((self, last), (Self::Adapt(_), Self::Adapt(_)) | (Self::PerClass(_), Self::PerClass(_)))
    }
}

/// An accepted object and the session that led to it.
struct Lesson {
    session: ClickSession,
    mask: Mask,
    class: Option<ClassId>,
}

/// Lessons that wait at most: each holds a session at the network's size.
const LESSONS: usize = 64;

/// The learning of the open project.
#[derive(Default)]
pub(super) struct School {
    adapt: Option<Adapt>,
    per_class: bool,
    /// Of the object at hand.
    class: Option<ClassId>,
    place: Option<PathBuf>,
    /// Accepted objects that are not begun yet.
    lessons: VecDeque<Lesson>,
    /// What the last engine had learned, for the next one.
    kept: Option<Vec<u8>>,
    unsaved_since: Option<Instant>,
}

impl School {
    /// How long until what was learned is to be written; `None`: nothing is to be written.
    pub(super) fn save_in(&self) -> Option<Duration> {
        Some(REST.saturating_sub(self.unsaved_since?.elapsed()))
    }
}

/// The file of what a project learned.
pub fn file_of(project: &Path) -> PathBuf {
    let mut name = project.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    PathBuf::from(name)
}

/// Objects of larger pictures are not learned from: the mask would take a byte a pixel.
const MOST_PIXELS: u64 = 1 << 29;

impl Thread {
    fn segmenter(&mut self) -> Option<&mut Segmenter> {
        self.engine.as_mut().and_then(|engine| engine.segmenter())
    }

    /// Takes an engine on, with what the last one had learned.
    pub(super) fn take_on(&mut self, engine: Box<dyn Predictor>) {
        self.tell(Event::Ready(engine.info().clone()));
        self.engine = Some(engine);
        let (adapt, kept) = (self.school.adapt.unwrap_or(Adapt::OFF), self.school.kept.take());
        let (per_class, class) = (self.school.per_class, self.school.class);
        let Some(segmenter) = self.segmenter() else { return };
        segmenter.set_adapt(adapt);
        segmenter.set_per_class(per_class);
        segmenter.set_class(class.map(|class| class.0));
        if let Some(kept) = kept
            && let Err(error) = segmenter.import_learning(&kept)
        {
            // Another model cannot take it; the file of the project stays as it is.
            self.school.unsaved_since = None;
            self.tell(Event::Failed(error.to_string()));
        }
        self.report();
    }

    /// Lets the engine go; what it had learned is kept for the next.
    pub(super) fn let_go(&mut self) {
        if let Some(learned) = self.segmenter().and_then(|segmenter| segmenter.export_learning().ok()) {
            self.school.kept = Some(learned);
        }
        self.engine = None;
    }

    /// Lets an engine go that broke down: what it holds now cannot be trusted, what was written last can.
    pub(super) fn let_go_broken(&mut self) {
        self.school.kept = self.school.place.as_deref().and_then(|place| limn_files::read_bytes(place, LARGEST).ok());
        self.engine = None;
        self.desks.clear();
    }

    /// An accepted object is to be learned from. Its session must still be on a desk. Where more come than can be learned
    /// from, the oldest go, and that is said.
    pub(super) fn enrol(&mut self, draft: u64, mask: Mask, class: Option<ClassId>) {
        let Some(desk) = self.desks.iter().find(|desk| desk.draft == draft) else { return };
        if self.school.adapt.is_none_or(|adapt| adapt == Adapt::OFF) || desk.session.is_empty() {
            return;
        }
        let lessons = &mut self.school.lessons;
        lessons.push_back(Lesson { session: desk.session.clone(), mask, class });
        let mut held: usize = lessons.iter().map(|lesson| bytes_of(&lesson.mask)).sum();
        let mut gone = 0;
        while lessons.len() > LESSONS || held > LESSON_BYTES {
            held -= lessons.pop_front().map_or(held, |lesson| bytes_of(&lesson.mask));
            gone += 1;
        }
        if gone > 0 {
            self.tell(Event::Unlearned(gone));
        }
    }

    /// The class of the object at hand: what it learned answers, if classes learn for themselves.
    pub(super) fn attend(&mut self, class: Option<ClassId>) {
        if self.school.class == class {
            return;
        }
        self.school.class = class;
        let per_class = self.school.per_class;
        if let Some(segmenter) = self.segmenter() {
            segmenter.set_class(class.map(|class| class.0));
            if per_class {
                self.report();
            }
        }
    }

    /// There is something to learn.
    pub(super) fn has_lessons(&mut self) -> bool {
        !self.school.lessons.is_empty() || self.segmenter().is_some_and(|s| s.learning().waiting > 0)
    }

    /// Learns until there is nothing left or `stop` says so; writes what was learned after a rest.
    pub(super) fn study(&mut self, stop: &dyn Fn() -> bool) {
        while self.has_lessons() && !stop() {
            let lesson = self.school.lessons.pop_front();
            if let Some(lesson) = &lesson {
                self.attend(lesson.class);
            }
            let Some(segmenter) = self.segmenter() else { return };
            let done = match lesson {
                Some(Lesson { mask, .. }) if u64::from(mask.width()) * u64::from(mask.height()) > MOST_PIXELS => {
                    tracing::warn!("an object of a picture of more than {MOST_PIXELS} pixels is not learned from");
                    true
                }
                Some(Lesson { session, mask, .. }) => {
                    let bitmap = Bitmap { width: mask.width(), height: mask.height(), data: mask.to_bytes() };
                    segmenter.learn(&session, Arc::new(bitmap), stop)
                }
                None => segmenter.learn_more(stop),
            };
            self.school.unsaved_since = Some(Instant::now());
            if done {
                self.report();
            }
        }
        if self.school.save_in() == Some(Duration::ZERO) && !stop() {
            self.save_learning();
        }
    }

    /// Tells the window how the learning stands.
    fn report(&mut self) {
        if let Some(report) = self.segmenter().map(|segmenter| segmenter.learning()) {
            self.tell(Event::Learning(Placed::new(self.place, Box::new(report))));
        }
    }

    pub(super) fn obey(&mut self, order: Order) {
        match order {
            Order::Adapt(adapt) => {
                self.school.adapt = Some(adapt);
                if let Some(segmenter) = self.segmenter() {
                    segmenter.set_adapt(adapt);
                }
            }
            Order::PerClass(per_class) => {
                if self.school.per_class != per_class {
                    self.school.per_class = per_class;
                    self.touched(false);
                }
                if let Some(segmenter) = self.segmenter() {
                    segmenter.set_per_class(per_class);
                }
            }
            Order::Place(place, file) => self.move_to(place, file),
            Order::RollBack(version) => {
                let found = self.segmenter().is_some_and(|segmenter| segmenter.roll_back(version));
                self.touched(found);
            }
            Order::Reset => {
                self.school.lessons.clear();
                if let Some(segmenter) = self.segmenter() {
                    segmenter.reset_learning();
                }
                self.touched(true);
            }
            Order::Import(path) => {
                let path = if path.extension().is_some_and(|e| e == "limn") { file_of(&path) } else { path };
                match self.load(&path) {
                    // Without an engine nothing was understood yet; the engine that takes it on says how it went.
                    Ok(()) if self.engine.is_none() => self.touched(true),
                    Ok(()) => {
                        self.touched(true);
                        self.tell(Event::Done(path.display().to_string()));
                    }
                    Err(error) => self.tell(Event::Failed(error)),
                }
            }
            Order::Export(path) => match self.write(&path) {
                Ok(()) => self.tell(Event::Done(path.display().to_string())),
                Err(error) => self.tell(Event::Failed(error)),
            },
        }
        self.report();
    }

    fn touched(&mut self, changed: bool) {
        // Results on the desk were made with the parameters before.
        self.desks.clear();
        if changed {
            self.school.unsaved_since = Some(Instant::now());
        }
    }

    /// Another project.
    fn move_to(&mut self, here: Place, place: Option<PathBuf>) {
        self.save_learning();
        self.place = here;
        self.desks.clear();
        self.school.lessons.clear();
        self.school.kept = None;
        self.school.unsaved_since = None;
        if let Some(segmenter) = self.segmenter() {
            segmenter.reset_learning();
            // The picture of the project before is not held any longer.
            segmenter.forget();
        }
        if let Some(path) = place.as_deref().filter(|path| path.exists())
            && let Err(error) = self.load(path)
        {
            // What cannot be used here is not overwritten.
            let fate = match limn_files::keep_aside(path) {
                Ok(old) => format!("learning begins anew, the file is now {}", old.display()),
                Err(error) => format!("learning begins anew ({error})"),
            };
            self.tell(Event::Failed(format!("{error}; {fate}")));
        }
        self.school.place = place;
    }

    fn load(&mut self, path: &Path) -> Result<(), String> {
        let bytes = limn_files::read_bytes(path, LARGEST).map_err(|error| error.to_string())?;
        match self.segmenter() {
            Some(segmenter) => segmenter.import_learning(&bytes).map_err(|error| error.to_string()),
            None => {
                self.school.kept = Some(bytes);
                Ok(())
            }
        }
    }

    /// Writes what was learned beside the project, if that is due.
    pub(super) fn save_learning(&mut self) {
        if self.school.unsaved_since.take().is_none() {
            return;
        }
        let Some(place) = self.school.place.clone() else { return };
        if let Err(error) = self.write(&place) {
            self.tell(Event::Failed(error));
        }
    }

    /// A file that is there is always whole.
    fn write(&mut self, path: &Path) -> Result<(), String> {
        let none = || "nothing was learned yet".to_owned();
        let bytes =
            self.segmenter().ok_or_else(none)?.export_learning().map_err(|error: ModelError| error.to_string())?;
        keep::write(path, &bytes).map_err(|error| format!("what was learned cannot be written: {error}"))
    }
}
