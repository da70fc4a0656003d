//! The click network bound to an executor: crop, resample, disks, run, paste back.
//!
//! A box prompt has no channel of its own in the network. It chooses the square (enlarged by the policy's margin); the network is
//! told of a positive click at its centre and of a previous mask that is one half in the ellipse the box encloses; the result is cut
//! off a little outside the box. Measured with the true boxes of three evaluation sets (mean IoU of photographs, medical, aerial):
//!
//! | previous mask | click | photos | medical | aerial |
//! |---|---|---|---|---|
//! | none | none | 0.03 | | |
//! | none | centre | 0.63 | | |
//! | box, 1 | centre | 0.71 | | |
//! | box, 1/2 | centre | 0.757 | 0.662 | 0.740 |
//! | ellipse, 1 | none | 0.747 | 0.775 | 0.633 |
//! | ellipse, 1/2 | centre | 0.762 | 0.725 | 0.778 |

use std::sync::Arc;
use std::time::Instant;

use limn_inference::adapt::{self, Trainer};
use limn_inference::trials::Speeds;
use limn_inference::{EngineOptions, Executor, ExecutorInfo};

use crate::card::{Card, Input};
use crate::crop::CropSquare;
use crate::error::ModelError;
use crate::learning::report::LearningReport;
use crate::learning::{Adapt, Learning};
use crate::picture::{Bitmap, PixelRect, RgbLevels};
use crate::resample::picture::PictureResampler;
use crate::resample::prior::disks;
use crate::session::{BoxPrompt, ClickSession, Outcome, ProbabilityMap};

/// Where the time of one prediction went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Crop, resampling, disks, upload.
    pub prepare_ms: f64,
    /// The network and reading its outputs.
    pub network_ms: f64,
    /// The heads on top of it: the global answer, the local copy and its training; 0 with learning off.
    pub learning_ms: f64,
    /// Back to the picture.
    pub paste_ms: f64,
    /// The crop was that of the last prediction: neither resampled nor, in the engine, run again where only the image counts.
    pub reused_image_part: bool,
}

impl Timing {
    /// The whole prediction.
    pub fn total_ms(&self) -> f64 {
        self.prepare_ms + self.network_ms + self.learning_ms + self.paste_ms
    }
}

/// The network bound to an executor. One per worker thread.
pub struct Segmenter {
    executor: Box<dyn Executor>,
    input: Input,
    model: String,
    resampler: Option<PictureResampler>,
    /// The crop that the executor's `image` input holds (of the resampler's picture).
    loaded: Option<CropSquare>,
    image: Vec<f32>,
    clicks: Vec<f32>,
    mask: Vec<f32>,
    edge: Vec<f32>,
    /// `None` if the network has no `feature` output to learn on.
    learning: Option<Learning>,
}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmenter").field("model", &self.model).field("input", &self.input).finish_non_exhaustive()
    }
}

impl Segmenter {
    /// Loads the network at the card's size.
    ///
    /// # Errors
    /// [`ModelError::Engine`] if the engine cannot load it, [`ModelError::WrongTensors`] if it is not a click network.
    pub fn new(onnx: &[u8], card: &Card, options: &EngineOptions) -> Result<Self, ModelError> {
        Self::with_size(onnx, card, card.input.size, options)
    }

    /// Loads the network for a square input of `size` pixels (a multiple of the card's `input.multiple_of`).
    ///
    /// # Errors
    /// As [`Segmenter::new`].
    pub fn with_size(onnx: &[u8], card: &Card, size: u32, options: &EngineOptions) -> Result<Self, ModelError> {
        let side = size as usize;
        let shapes: [(&str, &[usize]); 2] = [("image", &[1, 3, side, side]), ("clicks", &[1, 4, side, side])];
        Self::bind(limn_inference::load(onnx, &shapes, options)?, adapt::trainer(options)?, card, size)
    }

    /// Times the backends that may run this network on this machine, where no rule says beforehand which is the fastest; see
    /// [`limn_inference::measured`].
    ///
    /// # Errors
    /// As [`Segmenter::new`].
    pub fn measure(onnx: &[u8], card: &Card, options: &EngineOptions) -> Result<Speeds, ModelError> {
        let side = card.input.size as usize;
        let shapes: [(&str, &[usize]); 2] = [("image", &[1, 3, side, side]), ("clicks", &[1, 4, side, side])];
        Ok(limn_inference::measured::measure(onnx, &shapes, options)?)
    }

    /// Takes an executor whose inputs have that size.
    fn bind(
        executor: Box<dyn Executor>,
        trainer: Box<dyn Trainer>,
        card: &Card,
        size: u32,
    ) -> Result<Self, ModelError> {
        let side = size as usize;
        check_tensors(card, executor.as_ref(), side)?;
        let pixels = side * side;
        let learning = executor.outputs().iter().find(|output| output.name == "feature");
        let learning = learning.map(|feature| Learning::new(card, feature.shape[1], trainer));
        Ok(Self {
            executor,
            input: Input { size, ..card.input.clone() },
            model: card.name.clone(),
            resampler: None,
            loaded: None,
            image: vec![0.0; 3 * pixels],
            clicks: vec![0.0; 4 * pixels],
            mask: Vec::with_capacity(pixels),
            edge: Vec::with_capacity(pixels),
            learning,
        })
    }

    /// The executor: backend, device, why it was chosen.
    pub fn info(&self) -> &ExecutorInfo {
        self.executor.info()
    }

    /// Name of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Side of the network's input.
    pub fn size(&self) -> u32 {
        self.input.size
    }

    /// One prediction for the newest click (or the box) of a session; fills its maps. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ModelError::Picture`], [`ModelError::SizeMismatch`], [`ModelError::NothingPrompted`], or the engine's failure; the
    /// session stays as it was.
    pub fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, ModelError> {
        let [width, height] = image.size();
        check_picture([width, height], session)?;
        let begun = Instant::now();
        let crop = session.next_crop();
        let reused_image_part = self.load_image(image, &crop)?;
        self.fill_clicks(session, &crop);
        self.executor.set_input("clicks", &self.clicks)?;
        let prepared = Instant::now();
        let mut learning = self.learning.as_mut().filter(|learning| learning.is_on());
        self.executor.run(if learning.is_some() { &["mask", "edge", "feature"] } else { &["mask", "edge"] })?;
        self.executor.read_output("mask", &mut self.mask)?;
        self.executor.read_output("edge", &mut self.edge)?;
        if let Some(learning) = &mut learning {
            self.executor.read_output("feature", learning.feature_mut())?;
        }
        let ran = Instant::now();
        let mut seen = None;
        if let Some(learning) = &mut learning {
            let previous = &self.clicks[2 * self.clicks.len() / 4..3 * self.clicks.len() / 4];
            seen = Some(learning.answer(session, &crop, self.input.size, previous, &mut self.mask));
        }
        let learned = Instant::now();
        let (whole, clip) = ((width, height), session.only_box().map(|b| grown(b, [width, height])));
        let mask = ProbabilityMap::from_logits(whole, crop, self.input.size, &self.mask, clip);
        let edge = ProbabilityMap::from_logits(whole, crop, self.input.size, &self.edge, clip);
        let runs = mask.above(0.5);
        let extent = runs.bounds().map(|bounds| (bounds, runs.area()));
        session.store(Outcome { crop: Some(crop), mask, edge, extent, seen });
        Ok(Timing {
            prepare_ms: (prepared - begun).as_secs_f64() * 1e3,
            network_ms: (ran - prepared).as_secs_f64() * 1e3,
            learning_ms: (learned - ran).as_secs_f64() * 1e3,
            paste_ms: learned.elapsed().as_secs_f64() * 1e3,
            reused_image_part,
        })
    }

    /// Lets go of the picture that was predicted last: for when the picture or its project is closed. The next
    /// prediction takes up its own.
    pub fn forget(&mut self) {
        self.resampler = None;
        self.loaded = None;
    }

    /// Grows with every order that puts other parameters in force: learning switched ([`Segmenter::set_adapt`],
    /// [`Segmenter::set_per_class`]), taken over, rolled back, forgotten. A session whose results were made in another epoch is not
    /// to be continued: its last mask comes from parameters that were taken away. Learning from an accepted object begins no epoch.
    pub fn epoch(&self) -> u64 {
        self.learning.as_ref().map_or(0, Learning::epoch)
    }

    /// Switches learning on or off; `false` if the network has no `feature` output to learn on. What was learned stays.
    pub fn set_adapt(&mut self, adapt: Adapt) -> bool {
        if let Some(learning) = &mut self.learning {
            learning.set(adapt);
        }
        self.learning.is_some()
    }

    /// Which parameters learn.
    pub fn adapt(&self) -> Adapt {
        self.learning.as_ref().map_or(Adapt::OFF, Learning::adapt)
    }

    /// Whether every class learns for itself (off at first); the classes are told by [`Segmenter::set_class`].
    pub fn set_per_class(&mut self, per_class: bool) {
        if let Some(learning) = &mut self.learning {
            learning.set_per_class(per_class);
        }
    }

    /// The class of the object at hand, for predictions and learning from now on; any number that stays the same.
    pub fn set_class(&mut self, class: Option<i64>) {
        if let Some(learning) = &mut self.learning {
            learning.set_class(class);
        }
    }

    /// Learns from an accepted object: the session that led to it (its predictions must have been made with learning on) and its
    /// final mask. `stop` is asked every few milliseconds; true ends the learning for now (a click waits) and the rest is made up
    /// for by [`Segmenter::learn_more`] or by the next call. `true` if nothing is left to do. With everything off it does nothing.
    pub fn learn(&mut self, session: &ClickSession, accepted: Arc<Bitmap>, stop: &dyn Fn() -> bool) -> bool {
        let size = self.input.size;
        self.learning.as_mut().is_none_or(|learning| learning.accept(session, accepted, size, stop))
    }

    /// Goes on where [`Segmenter::learn`] was stopped; for idle time. `true` if nothing is left to do.
    pub fn learn_more(&mut self, stop: &dyn Fn() -> bool) -> bool {
        self.learning.as_mut().is_none_or(|learning| learning.go_on(stop))
    }

    /// How the learning stands. All zero if the network cannot learn.
    pub fn learning(&self) -> LearningReport {
        self.learning.as_ref().map(Learning::report).unwrap_or_default()
    }

    /// All that was learned, as bytes for a project or a file (some MB: the replay buffer is in it).
    ///
    /// # Errors
    /// [`ModelError::CannotLearn`].
    pub fn export_learning(&self) -> Result<Vec<u8>, ModelError> {
        let learning = self.learning.as_ref().ok_or_else(|| ModelError::CannotLearn { model: self.model.clone() })?;
        Ok(learning.export())
    }

    /// Takes up what [`Segmenter::export_learning`] wrote, in place of what was learned here.
    ///
    /// # Errors
    /// [`ModelError::ForeignLearning`] if it was learned on other weights, [`ModelError::DamagedLearning`],
    /// [`ModelError::CannotLearn`]; what was learned here then stays.
    pub fn import_learning(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let model = &self.model;
        self.learning.as_mut().ok_or_else(|| ModelError::CannotLearn { model: model.clone() })?.import(bytes)
    }

    /// Puts a version of [`LearningReport::generations`] (of the class at hand) in force again: the next answers are bit for bit what they were then.
    /// The buffer of samples and the history stay. `false` if there is no such version.
    pub fn roll_back(&mut self, generation: u64) -> bool {
        self.learning.as_mut().is_some_and(|learning| learning.roll_back(generation))
    }

    /// Forgets everything that was learned, versions and samples too.
    pub fn reset_learning(&mut self) {
        if let Some(learning) = &mut self.learning {
            learning.reset();
        }
    }

    /// Makes the executor hold this crop of this picture; `true` if it did already.
    fn load_image(&mut self, image: &Arc<dyn RgbLevels>, crop: &CropSquare) -> Result<bool, ModelError> {
        let resampler = match &mut self.resampler {
            Some(resampler) if resampler.is_for(image) => {
                if self.loaded == Some(*crop) {
                    return Ok(true);
                }
                resampler
            }
            other => other.insert(PictureResampler::new(Arc::clone(image))),
        };
        self.loaded = None;
        resampler.resample(crop, &self.input, &mut self.image)?;
        self.executor.set_input("image", &self.image)?;
        self.loaded = Some(*crop);
        Ok(false)
    }

    /// The four channels of `clicks`.
    fn fill_clicks(&mut self, session: &ClickSession, crop: &CropSquare) {
        let (size, radius) = (self.input.size, self.input.click_radius);
        let pixels = (size * size) as usize;
        let (positive, rest) = self.clicks.split_at_mut(pixels);
        let (negative, rest) = rest.split_at_mut(pixels);
        let (mask, edge) = rest.split_at_mut(pixels);
        let of_sign = |sign: bool| {
            let clicks = session.clicks().iter().filter(move |c| c.positive == sign);
            clicks.map(|c| crop.net_from_image(f64::from(c.x), f64::from(c.y), size))
        };
        disks(of_sign(true), radius, size, positive);
        disks(of_sign(false), radius, size, negative);
        if let Some(prompt) = session.only_box() {
            let ellipse = Ellipse::within(prompt, crop, size);
            disks(std::iter::once(ellipse.centre), radius, size, positive);
            ellipse.draw(size, mask);
            return edge.fill(0.0);
        }
        let previous = session.previous();
        previous.mask.resample(crop, size, mask);
        previous.edge.resample(crop, size, edge);
    }
}

/// The ellipse that a box encloses, in the network's pixels.
struct Ellipse {
    centre: (f64, f64),
    radii: (f64, f64),
}

impl Ellipse {
    fn within(b: BoxPrompt, crop: &CropSquare, size: u32) -> Self {
        let (x0, y0) = crop.net_from_image(f64::from(b.x0), f64::from(b.y0), size);
        let (x1, y1) = crop.net_from_image(f64::from(b.x1), f64::from(b.y1), size);
        Self { centre: (f64::midpoint(x0, x1), f64::midpoint(y0, y1)), radii: ((x1 - x0) / 2.0, (y1 - y0) / 2.0) }
    }

    /// One half inside, 0 outside.
    fn draw(&self, size: u32, map: &mut [f32]) {
        for (v, row) in map.chunks_exact_mut(size as usize).enumerate() {
            let y = (v as f64 + 0.5 - self.centre.1) / self.radii.1;
            for (u, value) in row.iter_mut().enumerate() {
                let x = (u as f64 + 0.5 - self.centre.0) / self.radii.0;
                *value = if x * x + y * y < 1.0 { 0.5 } else { 0.0 };
            }
        }
    }
}

/// Pixels that a box may fill: the box and a twentieth of its longer side on every side.
fn grown(b: BoxPrompt, [width, height]: [u32; 2]) -> PixelRect {
    let margin = 0.05 * (b.x1 - b.x0).max(b.y1 - b.y0);
    let low = |v: f32| (v - margin).floor().max(0.0) as u32;
    let high = |v: f32, end: u32| ((v + margin).ceil() as u32).min(end);
    PixelRect { x0: low(b.x0), y0: low(b.y0), x1: high(b.x1, width), y1: high(b.y1, height) }
}

fn check_picture([width, height]: [u32; 2], session: &ClickSession) -> Result<(), ModelError> {
    let of_session = (session.width(), session.height());
    if of_session != (width, height) {
        return Err(ModelError::SizeMismatch { session: of_session, picture: (width, height) });
    }
    if session.is_empty() {
        return Err(ModelError::NothingPrompted);
    }
    Ok(())
}

/// Inputs and outputs must be those of a click network.
fn check_tensors(card: &Card, executor: &dyn Executor, side: usize) -> Result<(), ModelError> {
    let wanted = [
        (executor.inputs(), "input", "image", 3),
        (executor.inputs(), "input", "clicks", 4),
        (executor.outputs(), "output", "mask", 1),
        (executor.outputs(), "output", "edge", 1),
    ];
    for (specs, role, name, channels) in wanted {
        let shape = [1, channels, side, side];
        let reason = match specs.iter().find(|s| s.name == name) {
            None => {
                let there = specs.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
                format!("{role} {name:?} is missing (there are: {there})")
            }
            Some(spec) if spec.shape != shape => format!("{role} {name:?} has shape {:?}, not {shape:?}", spec.shape),
            Some(_) => continue,
        };
        return Err(ModelError::WrongTensors { model: card.name.clone(), reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
