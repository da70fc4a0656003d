//! The inference thread: it owns the predictor and the click session, takes the newest wish of the window, and answers with
//! a mask. Wishes carry the whole state of the draft, so a skipped one loses nothing.
//!
//! * `desk`: the session of the object at hand; `engine`: the engine and what happens when it fails
//! * `school`: learning from accepted objects, in the time that clicks leave

mod desk;
mod engine;
mod school;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, never};
use limn_datasets::{ClassId, ImageId, Mask};
use limn_inference::BackendChoice;
use limn_models::learning::LearningReport;
use limn_models::{Click, MaskOptions, Rgb8, Timing};

use super::predictor::{EngineInfo, Predictor, PredictorFactory};
use desk::Desk;
use school::School;
pub use school::{Order, file_of as learned_file};

/// The state of a draft that is to be turned into a mask.
#[derive(Clone)]
pub struct Request {
    /// Comes back with the answer.
    pub ticket: u64,
    /// Tells drafts apart.
    pub draft: u64,
    /// Picture, to find stale answers.
    pub image_id: ImageId,
    /// The class of the object at hand, for learning.
    pub class: Option<ClassId>,
    /// The picture itself.
    pub image: Arc<Rgb8>,
    /// The mask to be corrected.
    pub start: Option<Mask>,
    /// First prompt.
    pub bounds: Option<[f32; 4]>,
    /// Clicks in force.
    pub clicks: Vec<Click>,
    /// So many of the clicks are in `start` already.
    pub given: usize,
    /// Threshold and clean-up.
    pub options: MaskOptions,
}

/// A mask for a request.
pub struct Answer {
    /// Of the request.
    pub ticket: u64,
    /// Of the request.
    pub draft: u64,
    /// Of the request.
    pub image_id: ImageId,
    /// The mask; `None` when the engine failed for good.
    pub mask: Option<Mask>,
    /// Of the last run of the network; `None` when none was needed.
    pub timing: Option<Timing>,
    /// From taking the request to the finished mask.
    pub whole_ms: f64,
}

/// What the thread tells the window.
pub enum Event {
    /// An engine is ready.
    Ready(EngineInfo),
    /// Something went wrong and was mended, or could not be.
    Failed(String),
    /// A mask.
    Answer(Answer),
    /// What one more click would give.
    Preview(Answer),
    /// What the network without learning says.
    Frozen(Answer),
    /// How the learning stands.
    Learning(Box<LearningReport>),
    /// Something was done that is worth a word.
    Done(String),
}

/// Asked for when there is nothing else to do; not kept.
enum Aside {
    /// What the last click of the request would give.
    Preview(Request),
    /// What the network without learning says to the request.
    Frozen(Request),
}

/// What the thread is to do next.
#[derive(Default)]
struct Slot {
    request: Option<Request>,
    aside: Option<Aside>,
    lessons: Vec<(u64, Mask, Option<ClassId>)>,
    orders: Vec<Order>,
    restart: Option<(PredictorFactory, BackendChoice)>,
    stop: bool,
}

impl Slot {
    /// Something that goes before learning.
    fn has_work(&self) -> bool {
        self.stop
            || self.request.is_some()
            || self.restart.is_some()
            || self.aside.is_some()
            || !self.lessons.is_empty()
            || !self.orders.is_empty()
    }
}

/// The window's end of the thread.
pub struct Worker {
    slot: Arc<(Mutex<Slot>, Condvar)>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread, which makes its predictor at once.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: egui::Context, factory: PredictorFactory, choice: BackendChoice) -> std::io::Result<Self> {
        let slot = Arc::new((Mutex::new(Slot::default()), Condvar::new()));
        let (sender, events) = bounded(8);
        let shared = Arc::clone(&slot);
        let thread = std::thread::Builder::new().name("inference".into()).spawn(move || {
            let school = School::default();
            let mut thread = Thread { factory, choice, engine: None, desk: None, school, sender, ctx };
            thread.run(&shared);
        })?;
        Ok(Self { slot, events, thread: Some(thread) })
    }

    /// Puts a wish into the slot; one that was not begun is replaced.
    pub fn ask(&self, request: Request) {
        self.put(|slot| {
            slot.request = Some(request);
            slot.aside = None;
        });
    }

    /// Asks what the last click of the request would give, for when there is nothing else to do.
    pub fn preview(&self, request: Request) {
        self.put(|slot| slot.aside = Some(Aside::Preview(request)));
    }

    /// Asks what the network without learning says to the request, for when there is nothing else to do.
    pub fn frozen(&self, request: Request) {
        self.put(|slot| slot.aside = Some(Aside::Frozen(request)));
    }

    /// The object of a draft was accepted with this mask and class: there is something to learn.
    pub fn learn(&self, draft: u64, mask: Mask, class: Option<ClassId>) {
        self.put(|slot| slot.lessons.push((draft, mask, class)));
    }

    /// Asks something of the learning.
    pub fn order(&self, order: Order) {
        self.put(|slot| slot.orders.push(order));
    }

    /// Makes a new predictor, with other settings perhaps.
    pub fn restart(&self, factory: PredictorFactory, choice: BackendChoice) {
        self.put(|slot| slot.restart = Some((factory, choice)));
    }

    /// The next event, if one is there.
    pub fn event(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    fn put(&self, change: impl FnOnce(&mut Slot)) {
        let (slot, bell) = &*self.slot;
        change(&mut slot.lock().unwrap_or_else(PoisonError::into_inner));
        bell.notify_one();
    }
}

impl Drop for Worker {
    /// Waits for the thread, which may have to write what it learned.
    fn drop(&mut self) {
        self.put(|slot| slot.stop = true);
        // Nobody takes events any more; a full channel must not hold the thread.
        self.events = never();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the inference thread had stopped unexpectedly");
        }
    }
}

/// The click in the middle of a box.
pub fn middle([x0, y0, x1, y1]: [f32; 4]) -> Click {
    Click { x: (x0 + x1) / 2.0, y: (y0 + y1) / 2.0, positive: true }
}

struct Thread {
    factory: PredictorFactory,
    choice: BackendChoice,
    engine: Option<Box<dyn Predictor>>,
    desk: Option<Desk>,
    school: School,
    sender: Sender<Event>,
    ctx: egui::Context,
}

impl Thread {
    fn run(&mut self, shared: &(Mutex<Slot>, Condvar)) {
        self.start_engine();
        loop {
            let mut slot = self.wait(shared);
            if slot.stop {
                self.save_learning();
                return;
            }
            // Before the next object takes the desk.
            for (draft, mask, class) in slot.lessons.drain(..) {
                self.enrol(draft, &mask, class);
            }
            if let Some((factory, choice)) = slot.restart {
                self.factory = factory;
                self.choice = choice;
                self.let_go();
                self.start_engine();
            }
            if let Some(request) = &slot.request {
                self.attend(request.class);
                let answer = self.answer(request);
                self.tell(Event::Answer(answer));
                // What was asked aside belongs to the state before.
                slot.aside = None;
            }
            for order in slot.orders {
                self.obey(order);
            }
            if let Some(event) = slot.aside.and_then(|aside| self.aside(&aside)) {
                self.tell(event);
            }
            let stop = || shared.0.lock().unwrap_or_else(PoisonError::into_inner).has_work();
            self.study(&stop);
        }
    }

    /// Takes what is to be done; waits for it unless there is something to learn, and not for ever while something learned
    /// is not written yet.
    fn wait(&mut self, (slot, bell): &(Mutex<Slot>, Condvar)) -> Slot {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        while !slot.has_work() && !self.has_lessons() {
            match self.school.save_in() {
                None => slot = bell.wait(slot).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let (guard, waited) = bell.wait_timeout(slot, time).unwrap_or_else(PoisonError::into_inner);
                    slot = guard;
                    if waited.timed_out() && !slot.has_work() {
                        break;
                    }
                }
            }
        }
        std::mem::take(&mut *slot)
    }

    fn tell(&self, event: Event) {
        // The window is gone when nobody listens; the stop flag ends the loop then.
        self.sender.send(event).ok();
        self.ctx.request_repaint();
    }
}
