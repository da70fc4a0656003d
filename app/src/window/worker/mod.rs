//! The inference thread: it owns the predictor and the click session, takes the newest wish of the window, and answers with
//! a mask. Wishes carry the whole state of the draft, so a skipped one loses nothing.
//!
//! * `queue`: what is to be done, in the order of arrival; `desk`: the session of the object at hand
//! * `engine`: the engine and what happens when it fails
//! * `school`: learning from accepted objects, in the time that clicks leave

mod desk;
mod engine;
mod queue;
mod school;

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use limn_datasets::{ClassId, ImageId, Mask};
use limn_inference::BackendChoice;
use limn_models::learning::LearningReport;
use limn_models::{Click, MaskOptions, RgbLevels, Timing};

use super::place::{Place, Placed};
use crate::engine::{EngineInfo, Predictor, PredictorFactory};
use desk::Desk;
use queue::{Lesson, Next, Queue, Task};
use school::School;
pub use school::{Order, file_of as learned_file};

/// The state of a draft that is to be turned into a mask.
#[derive(Clone)]
pub struct Request {
    /// Comes back with the answer.
    pub ticket: u64,
    /// The opening of the project.
    pub place: Place,
    /// Of the parameters that are to answer; filled in by [`Worker`].
    pub generation: u64,
    /// The answer is wanted even if another object is asked for before it is there.
    pub wished: bool,
    /// Tells drafts apart.
    pub draft: u64,
    /// Picture, to find stale answers.
    pub image_id: ImageId,
    /// The class of the object at hand, for learning.
    pub class: Option<ClassId>,
    /// The picture itself.
    pub image: Arc<dyn RgbLevels>,
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
    /// Of the request.
    pub generation: u64,
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
    Answer(Placed<Answer>),
    /// What one more click would give.
    Preview(Placed<Answer>),
    /// What the network without learning says.
    Frozen(Placed<Answer>),
    /// How the learning stands.
    Learning(Placed<Box<LearningReport>>),
    /// So many accepted objects were not learned from: they came faster than that goes.
    Unlearned(usize),
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

impl Event {
    /// Tells what this one tells, only older.
    fn replaces(&self, old: &Self) -> bool {
        matches!(
            (self, old),
            (Self::Preview(_), Self::Preview(_))
                | (Self::Frozen(_), Self::Frozen(_))
                | (Self::Learning(_), Self::Learning(_))
        )
    }
}

/// How long closing waits for the thread to write what it learned.
const CLOSING: Duration = Duration::from_secs(4);

/// The window's end of the thread.
pub struct Worker {
    queue: Arc<Queue>,
    /// Counts the changes of the parameters that were asked for.
    generation: Cell<u64>,
    ended: Receiver<()>,
}

impl Worker {
    /// Starts the thread, which makes its predictor there.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: egui::Context, factory: PredictorFactory, choice: BackendChoice) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let theirs = Arc::clone(&queue);
        let (at_the_end, ended) = bounded(1);
        std::thread::Builder::new().name("inference".into()).spawn(move || {
            let mut thread = Thread {
                factory,
                choice,
                engine: None,
                desks: VecDeque::new(),
                place: Place::default(),
                school: School::default(),
                queue: theirs,
                ctx,
            };
            thread.run();
            // Nobody listens when the window did not wait.
            at_the_end.send(()).ok();
        })?;
        Ok(Self { queue, generation: Cell::new(0), ended })
    }

    /// Asks for a mask; an older wish that was not begun is forgotten.
    pub fn ask(&self, request: Request) {
        self.queue.ask(self.stamped(request));
    }

    /// The answer for this object is wished for wherever the person goes.
    pub fn wish(&self, draft: u64) {
        self.queue.wish(draft);
    }

    /// Nobody wants this object's answer any more.
    pub fn forget(&self, draft: u64) {
        self.queue.forget(draft);
    }

    /// Asks what the last click of the request would give, for when there is nothing else to do.
    pub fn preview(&self, request: Request) {
        self.queue.aside(Aside::Preview(self.stamped(request)));
    }

    /// Asks what the network without learning says to the request, for when there is nothing else to do.
    pub fn frozen(&self, request: Request) {
        self.queue.aside(Aside::Frozen(self.stamped(request)));
    }

    fn stamped(&self, request: Request) -> Request {
        Request { generation: self.generation.get(), ..request }
    }

    /// The parameters that answer what is asked now.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// The object of a draft was accepted with this mask and class: there is something to learn.
    pub fn learn(&self, place: Place, draft: u64, mask: Mask, class: Option<ClassId>) {
        let bytes = queue::bytes_of(&mask);
        self.queue.learn(Placed::new(place, Lesson { draft, mask, class }), bytes);
    }

    /// Asks something of the learning. Clicks that come later are answered by the parameters after it.
    pub fn order(&self, order: Order) {
        if order.changes_parameters() {
            self.generation.set(self.generation.get() + 1);
        }
        if matches!(order, Order::Place(..)) {
            self.queue.forget_requests();
        }
        self.queue.order(order);
    }

    /// Makes a new predictor, with other settings perhaps.
    pub fn restart(&self, factory: PredictorFactory, choice: BackendChoice) {
        self.generation.set(self.generation.get() + 1);
        self.queue.restart(factory, choice);
    }

    /// The next event, if one is there.
    pub fn event(&self) -> Option<Event> {
        self.queue.event()
    }
}

impl Drop for Worker {
    /// Gives the thread some time to write what it learned. One that is making an engine is left to the end of the
    /// process.
    fn drop(&mut self) {
        self.queue.stop();
        if self.ended.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the inference thread is still at work and is left alone");
        }
    }
}

/// Sessions that are kept: that of the object at hand, and those whose objects were accepted or left a moment ago.
const DESKS: usize = 3;

struct Thread {
    factory: PredictorFactory,
    choice: BackendChoice,
    engine: Option<Box<dyn Predictor>>,
    /// The newest first.
    desks: VecDeque<Desk>,
    /// The opening of the project whose learning is in force.
    place: Place,
    school: School,
    queue: Arc<Queue>,
    ctx: egui::Context,
}

impl Thread {
    fn run(&mut self) {
        self.start_engine();
        loop {
            let wait = if self.has_lessons() { Some(Duration::ZERO) } else { self.school.save_in() };
            match self.queue.next(wait) {
                Next::Stop => {
                    self.save_learning();
                    return;
                }
                Next::Task(task) => self.carry_out(task),
                Next::Aside(aside) => {
                    if let Some(event) = self.aside(&aside) {
                        self.tell(event);
                    }
                }
                Next::Rest => {}
            }
            let queue = Arc::clone(&self.queue);
            self.study(&|| queue.has_work());
        }
    }

    fn carry_out(&mut self, task: Task) {
        match task {
            Task::Request(request) => {
                self.attend(request.class);
                if let Some(answer) = self.answer(&request) {
                    self.tell(Event::Answer(Placed::new(request.place, answer)));
                }
            }
            Task::Learn(lesson, _) => {
                if let Some(Lesson { draft, mask, class }) = lesson.at(self.place) {
                    self.enrol(draft, mask, class);
                }
            }
            Task::Order(order) => self.obey(order),
            Task::Restart(factory, choice) => {
                self.factory = factory;
                self.choice = choice;
                self.let_go();
                self.start_engine();
            }
        }
        match self.queue.forgotten() {
            0 => {}
            count => self.tell(Event::Unlearned(count)),
        }
    }

    /// The session of a draft, taken from its desk if it fits.
    fn desk_for(&mut self, request: &Request) -> Option<Desk> {
        let at = self.desks.iter().position(|desk| desk.fits(request))?;
        self.desks.remove(at)
    }

    /// Keeps a session; older ones of the same draft go, and the oldest of all where there are many.
    fn keep_desk(&mut self, desk: Desk) {
        self.desks.retain(|old| old.draft != desk.draft);
        self.desks.push_front(desk);
        self.desks.truncate(DESKS);
    }

    fn tell(&self, event: Event) {
        self.queue.tell(event);
        self.ctx.request_repaint();
    }
}
