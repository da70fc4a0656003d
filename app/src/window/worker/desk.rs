//! The session of the object at hand, brought in line with what the window says.

use limn_datasets::{Mask, Span};
use limn_models::{Bitmap, Click, ClickSession, Timing};

use super::Request;
use crate::engine::{PredictError, Predictor};

/// The session of one draft.
#[derive(Clone)]
pub(super) struct Desk {
    pub draft: u64,
    /// Of the parameters that answered.
    generation: u64,
    start: Option<Mask>,
    bounds: Option<[f32; 4]>,
    pub session: ClickSession,
    /// Clicks that were taken back, the newest last.
    undone: Vec<Click>,
}

impl Desk {
    pub(super) fn open(request: &Request) -> Self {
        let [width, height] = request.image.size();
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
        let (draft, generation) = (request.draft, request.generation);
        Self { draft, generation, start, bounds: request.bounds, session, undone: Vec::new() }
    }

    pub(super) fn fits(&self, request: &Request) -> bool {
        self.draft == request.draft
            && self.generation == request.generation
            && self.bounds == request.bounds
            && self.start == request.start
    }

    /// The mask of the session, cleaned up.
    pub(super) fn mask(&self, request: &Request) -> Mask {
        let runs = self.session.runs(&request.options);
        let spans = runs.runs.iter().map(|r| Span { y: r.y, x0: r.x0, x1: r.x1 }).collect();
        Mask::from_spans(runs.width, runs.height, spans)
    }

    /// Brings the session to the clicks of the request, running the network where its answer is missing.
    pub(super) fn follow(
        &mut self,
        request: &Request,
        engine: &mut dyn Predictor,
    ) -> Result<Option<Timing>, PredictError> {
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
