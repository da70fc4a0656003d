//! The engine of the thread: started, asked, and replaced when it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use limn_datasets::Mask;
use limn_inference::{BackendChoice, BackendKind};
use limn_models::{Adapt, Timing};

use super::desk::Desk;
use super::{Answer, Aside, Event, Request, Thread};
use crate::engine::{PredictError, Predictor, PredictorFactory};
use crate::window::place::Placed;

/// The order in which backends are tried after a failure.
const FALLBACK: [BackendKind; 4] = BackendKind::ALL;

/// What became of a request.
enum Outcome {
    Mask(Mask, Option<Timing>),
    /// Its picture was left while a part of it was being read.
    Stopped,
}

impl Thread {
    /// Makes an engine of the chosen kind, else of any other kind.
    pub(super) fn start_engine(&mut self) {
        let mut failed = Vec::new();
        let others = FALLBACK.into_iter().map(BackendChoice::Only).filter(|c| *c != self.choice);
        for choice in std::iter::once(self.choice).chain(others) {
            match make(&self.factory, choice) {
                Ok(engine) => {
                    if !failed.is_empty() {
                        let text = format!("{}; {} is used instead", failed.join("; "), engine.info().backend);
                        self.tell(Event::Failed(text));
                    }
                    self.take_on(engine);
                    return;
                }
                Err(error) => failed.push(error),
            }
        }
        self.tell(Event::Failed(format!("no engine could be started: {}", failed.join("; "))));
    }

    /// The answer to a request; `None` where nobody waits for it any more, because its picture was left.
    pub(super) fn answer(&mut self, request: &Request) -> Option<Answer> {
        let begun = Instant::now();
        let (mask, timing) = match self.predict(request) {
            Ok(Outcome::Mask(mask, timing)) => (Some(mask), timing),
            Ok(Outcome::Stopped) => return None,
            Err(error) => {
                self.tell(Event::Failed(error));
                (None, None)
            }
        };
        let whole_ms = begun.elapsed().as_secs_f64() * 1e3;
        Some(answer_to(request, mask, timing, whole_ms))
    }

    /// What one more click would give, or what the network without learning says, without keeping it. Failures are left to
    /// real clicks, which mend them.
    pub(super) fn aside(&mut self, aside: &Aside) -> Option<Event> {
        let begun = Instant::now();
        let (request, frozen) = match aside {
            Aside::Preview(request) => (request, false),
            Aside::Frozen(request) => (request, true),
        };
        self.attend(request.class);
        let engine = self.engine.as_mut()?;
        let mut desk = match self.desks.iter().find(|desk| desk.fits(request)) {
            Some(desk) => desk.clone(),
            None => Desk::open(request),
        };
        // Only the very next click (or the present one): a session that is further behind belongs to a request that was
        // not answered yet.
        if request.clicks.len() != desk.session.clicks().len() + usize::from(!frozen) {
            return None;
        }
        let run = catch_unwind(AssertUnwindSafe(|| {
            let timing = if frozen {
                let set = |engine: &mut dyn Predictor, adapt: Adapt| {
                    let before = engine.segmenter().map(|s| s.adapt());
                    if let Some(segmenter) = engine.segmenter() {
                        segmenter.set_adapt(adapt);
                    }
                    before
                };
                let before = set(engine.as_mut(), Adapt::OFF);
                let timing = engine.predict(&request.image, &mut desk.session);
                set(engine.as_mut(), before.unwrap_or(Adapt::OFF));
                Some(timing?)
            } else {
                desk.follow(request, engine.as_mut())?
            };
            Ok::<_, PredictError>((desk.mask(request), timing))
        }));
        match run {
            Ok(Ok((mask, timing))) => {
                let whole_ms = begun.elapsed().as_secs_f64() * 1e3;
                let answer = Placed::new(request.place, answer_to(request, Some(mask), timing, whole_ms));
                Some(if frozen { Event::Frozen(answer) } else { Event::Preview(answer) })
            }
            Ok(Err(error)) => {
                tracing::debug!("no answer aside: {error}");
                None
            }
            Err(_) => {
                self.let_go_broken();
                None
            }
        }
    }

    /// Predicts; an engine that fails is made anew once, then replaced by the next kind, so that the click is answered.
    fn predict(&mut self, request: &Request) -> Result<Outcome, String> {
        let mut failures = 0;
        let mut tried: Vec<BackendKind> = Vec::new();
        loop {
            if self.engine.is_none() {
                self.start_engine();
            }
            let Some(engine) = self.engine.as_ref() else {
                return Err("no engine is running; choose another backend in the settings".into());
            };
            let backend = engine.info().backend;
            let (desk, replay) = match self.desk_for(request) {
                Some(desk) => (desk, false),
                None => (Desk::open(request), true),
            };
            let Some(engine) = self.engine.as_mut() else { continue };
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
            let broken = run.is_err();
            let error = match run {
                Ok(Ok((desk, mask, timing))) => {
                    self.keep_desk(desk);
                    return Ok(Outcome::Mask(mask, timing));
                }
                // The session is half done and goes; the engine is as good as before.
                Ok(Err(PredictError::Stopped)) => return Ok(Outcome::Stopped),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the engine stopped unexpectedly".to_owned(),
            };
            failures += 1;
            if broken {
                self.let_go_broken();
            } else {
                self.let_go();
            }
            if failures == 1 {
                tracing::warn!("engine restarted: {error}");
                if let Ok(engine) = make(&self.factory, BackendChoice::Only(backend)) {
                    self.take_on(engine);
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
                            self.take_on(engine);
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

fn answer_to(request: &Request, mask: Option<Mask>, timing: Option<Timing>, whole_ms: f64) -> Answer {
    let Request { ticket, draft, image_id, generation, .. } = *request;
    Answer { ticket, draft, image_id, generation, mask, timing, whole_ms }
}

/// Calls the factory; a panic in it is an error like any other.
fn make(factory: &PredictorFactory, choice: BackendChoice) -> Result<Box<dyn Predictor>, String> {
    catch_unwind(AssertUnwindSafe(|| factory(choice)))
        .unwrap_or_else(|_| Err("the engine stopped while starting".into()))
}
