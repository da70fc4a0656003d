//! The inference thread: it owns the predictor and the click session, takes the newest wish of the window, and answers with
//! a mask. Wishes carry the whole state of the draft, so a skipped one loses nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::{ImageId, Mask, Span};
use limn_inference::{BackendChoice, BackendKind};
use limn_models::{Bitmap, Click, ClickSession, MaskOptions, Rgb8, Timing};

use super::predictor::{EngineInfo, PredictError, Predictor, PredictorFactory};

/// The state of a draft that is to be turned into a mask.
#[derive(Clone)]
pub struct Request {
    /// Comes back with the answer.
    pub ticket: u64,
    /// Tells drafts apart.
    pub draft: u64,
    /// Picture, to find stale answers.
    pub image_id: ImageId,
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
}

/// What the thread is to do next.
#[derive(Default)]
struct Slot {
    request: Option<Request>,
    preview: Option<Request>,
    restart: Option<(PredictorFactory, BackendChoice)>,
    stop: bool,
}

/// The window's end of the thread.
pub struct Worker {
    slot: Arc<(Mutex<Slot>, Condvar)>,
    events: Receiver<Event>,
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
        std::thread::Builder::new().name("inference".into()).spawn(move || {
            let mut thread = Thread { factory, choice, engine: None, desk: None, sender, ctx };
            thread.run(&shared);
        })?;
        Ok(Self { slot, events })
    }

    /// Puts a wish into the slot; one that was not begun is replaced.
    pub fn ask(&self, request: Request) {
        self.put(|slot| {
            slot.request = Some(request);
            slot.preview = None;
        });
    }

    /// Asks what the last click of the request would give, for when there is nothing else to do.
    pub fn preview(&self, request: Request) {
        self.put(|slot| slot.preview = Some(request));
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
    fn drop(&mut self) {
        self.put(|slot| slot.stop = true);
    }
}

/// The session of one draft.
#[derive(Clone)]
struct Desk {
    draft: u64,
    start: Option<Mask>,
    bounds: Option<[f32; 4]>,
    session: ClickSession,
    /// Clicks that were taken back, the newest last.
    undone: Vec<Click>,
}

impl Desk {
    fn open(request: &Request) -> Self {
        let (width, height) = (request.image.width, request.image.height);
        let mut session = match (&request.start, request.bounds) {
            (Some(mask), _) => ClickSession::correcting(&Bitmap { width, height, data: mask.to_bytes() }),
            (None, bounds) => {
                let mut session = ClickSession::new(width, height);
                if let Some([x0, y0, x1, y1]) = bounds {
                    session.set_box(x0, y0, x1, y1);
                }
                session
            }
        };
        for click in &request.clicks[..request.given] {
            session.add_click(*click);
        }
        let start = request.start.clone();
        Self { draft: request.draft, start, bounds: request.bounds, session, undone: Vec::new() }
    }

    fn fits(&self, request: &Request) -> bool {
        self.draft == request.draft && self.bounds == request.bounds && self.start == request.start
    }

    /// The mask of the session, cleaned up.
    fn mask(&self, request: &Request) -> Mask {
        let runs = self.session.runs(&request.options);
        let spans = runs.runs.iter().map(|r| Span { y: r.y, x0: r.x0, x1: r.x1 }).collect();
        Mask::from_spans(runs.width, runs.height, spans)
    }

    /// Brings the session to the clicks of the request, running the network where its answer is missing.
    fn follow(&mut self, request: &Request, engine: &mut dyn Predictor) -> Result<Option<Timing>, PredictError> {
        let clicks = &request.clicks;
        let same = self.session.clicks().iter().zip(clicks.iter()).take_while(|(a, b)| a == b).count();
        while self.session.clicks().len() > same {
            let Some(last) = self.session.clicks().last().copied() else { break };
            if !self.session.undo() {
                break;
            }
            self.undone.push(last);
        }
        for click in &clicks[same..] {
            if self.undone.last() == Some(click) && self.session.redo() {
                self.undone.pop();
            } else {
                self.undone.clear();
                self.session.add_click(*click);
            }
        }
        if self.session.is_empty() || self.session.is_predicted() {
            return Ok(None);
        }
        engine.predict(&request.image, &mut self.session).map(Some)
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
    sender: Sender<Event>,
    ctx: egui::Context,
}

/// The order in which backends are tried after a failure.
const FALLBACK: [BackendKind; 3] = [BackendKind::Wgpu, BackendKind::Ort, BackendKind::Reference];

impl Thread {
    fn run(&mut self, shared: &(Mutex<Slot>, Condvar)) {
        self.start_engine();
        loop {
            let (request, restart, preview) = {
                let (slot, bell) = shared;
                let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
                while !slot.stop && slot.request.is_none() && slot.restart.is_none() && slot.preview.is_none() {
                    slot = bell.wait(slot).unwrap_or_else(PoisonError::into_inner);
                }
                if slot.stop {
                    return;
                }
                (slot.request.take(), slot.restart.take(), slot.preview.take())
            };
            if let Some((factory, choice)) = restart {
                self.factory = factory;
                self.choice = choice;
                self.engine = None;
                self.start_engine();
            }
            if let Some(request) = request {
                let answer = self.answer(&request);
                self.tell(Event::Answer(answer));
            } else if let Some(answer) = preview.and_then(|request| self.preview(&request)) {
                self.tell(Event::Preview(answer));
            }
        }
    }

    fn tell(&self, event: Event) {
        // The window is gone when nobody listens; the stop flag ends the loop then.
        self.sender.send(event).ok();
        self.ctx.request_repaint();
    }

    /// Makes an engine of the chosen kind, else of any other kind.
    fn start_engine(&mut self) {
        let mut failed = Vec::new();
        let others = FALLBACK.into_iter().map(BackendChoice::Only).filter(|c| *c != self.choice);
        for choice in std::iter::once(self.choice).chain(others) {
            match make(&self.factory, choice) {
                Ok(engine) => {
                    if !failed.is_empty() {
                        let text = format!("{}; {} is used instead", failed.join("; "), engine.info().backend);
                        self.tell(Event::Failed(text));
                    }
                    self.tell(Event::Ready(engine.info().clone()));
                    self.engine = Some(engine);
                    return;
                }
                Err(error) => failed.push(error),
            }
        }
        self.tell(Event::Failed(format!("no engine could be started: {}", failed.join("; "))));
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let begun = Instant::now();
        let (mask, timing) = match self.predict(request) {
            Ok((mask, timing)) => (Some(mask), timing),
            Err(error) => {
                self.tell(Event::Failed(error));
                (None, None)
            }
        };
        let whole_ms = begun.elapsed().as_secs_f64() * 1e3;
        Answer { ticket: request.ticket, draft: request.draft, image_id: request.image_id, mask, timing, whole_ms }
    }

    /// What one more click would give, without keeping it. Failures are left to real clicks, which mend them.
    fn preview(&mut self, request: &Request) -> Option<Answer> {
        let begun = Instant::now();
        let engine = self.engine.as_mut()?;
        let mut desk = match &self.desk {
            Some(desk) if desk.fits(request) => desk.clone(),
            _ => Desk::open(request),
        };
        // Only the very next click: a session that is further behind belongs to a request that was not answered yet.
        if request.clicks.len() != desk.session.clicks().len() + 1 {
            return None;
        }
        let run = catch_unwind(AssertUnwindSafe(|| {
            let timing = desk.follow(request, engine.as_mut())?;
            Ok::<_, PredictError>((desk.mask(request), timing))
        }));
        match run {
            Ok(Ok((mask, timing))) => Some(Answer {
                ticket: request.ticket,
                draft: request.draft,
                image_id: request.image_id,
                mask: Some(mask),
                timing,
                whole_ms: begun.elapsed().as_secs_f64() * 1e3,
            }),
            Ok(Err(error)) => {
                tracing::debug!("no preview: {error}");
                None
            }
            Err(_) => {
                self.engine = None;
                None
            }
        }
    }

    /// Predicts; an engine that fails is made anew once, then replaced by the next kind, so that the click is answered.
    fn predict(&mut self, request: &Request) -> Result<(Mask, Option<Timing>), String> {
        let mut failures = 0;
        let mut tried: Vec<BackendKind> = Vec::new();
        loop {
            if self.engine.is_none() {
                self.start_engine();
            }
            let Some(engine) = self.engine.as_mut() else {
                return Err("no engine is running; choose another backend in the settings".into());
            };
            let backend = engine.info().backend;
            let (desk, replay) = match self.desk.take() {
                Some(desk) if desk.fits(request) => (desk, false),
                _ => (Desk::open(request), true),
            };
            let run = catch_unwind(AssertUnwindSafe(|| {
                let mut desk = desk;
                // A draft that comes back (from the project file, or after a failure) is replayed click by click, so
                // that its mask is the one it had.
                if replay {
                    let mut part = request.clone();
                    for n in request.given + 1..request.clicks.len() {
                        part.clicks.truncate(0);
                        part.clicks.extend_from_slice(&request.clicks[..n]);
                        desk.follow(&part, engine.as_mut())?;
                    }
                }
                let timing = desk.follow(request, engine.as_mut())?;
                let mask = desk.mask(request);
                Ok::<_, PredictError>((desk, mask, timing))
            }));
            let error = match run {
                Ok(Ok((desk, mask, timing))) => {
                    self.desk = Some(desk);
                    return Ok((mask, timing));
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the engine stopped unexpectedly".to_owned(),
            };
            failures += 1;
            self.engine = None;
            if failures == 1 {
                tracing::warn!("engine restarted: {error}");
                self.engine = make(&self.factory, BackendChoice::Only(backend)).ok();
                if self.engine.is_some() {
                    self.tell(Event::Failed(format!("{error}; the engine was restarted")));
                    continue;
                }
            }
            tried.push(backend);
            for kind in FALLBACK {
                if self.engine.is_none() && !tried.contains(&kind) {
                    match make(&self.factory, BackendChoice::Only(kind)) {
                        Ok(engine) => {
                            self.tell(Event::Failed(format!("{error}; {kind} is used instead of {backend}")));
                            self.tell(Event::Ready(engine.info().clone()));
                            self.engine = Some(engine);
                        }
                        Err(_) => tried.push(kind),
                    }
                }
            }
            if self.engine.is_none() {
                return Err(format!(
                    "{error}; no other engine works: restart Limn or choose a backend in the settings"
                ));
            }
        }
    }
}

/// Calls the factory; a panic in it is an error like any other.
fn make(factory: &PredictorFactory, choice: BackendChoice) -> Result<Box<dyn Predictor>, String> {
    catch_unwind(AssertUnwindSafe(|| factory(choice)))
        .unwrap_or_else(|_| Err("the engine stopped while starting".into()))
}
