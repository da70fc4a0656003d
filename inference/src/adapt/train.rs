//! What a caller of the adaptation sees: batches of cells with goals, and the [`Trainer`] that learns them.

use super::adam::Adam;
use super::{Goal, Head};
use crate::EngineError;

/// Cells to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// n x channels, a cell after the other.
    pub cells: &'a [f32],
    /// n mask logits of the frozen network.
    pub base: &'a [f32],
    /// n goals.
    pub goals: &'a [Goal],
}

/// Batches and the steps over them.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// What may be learned from.
    pub batches: &'a [Batch<'a>],
    /// For each step of the optimiser the batches (indices) whose mean loss it descends.
    pub steps: &'a [Vec<usize>],
}

/// Constants of a lesson.
#[derive(Clone, Copy, Debug)]
pub struct TrainOptions {
    /// Weight of the squared distance of the parameters from where the lesson started.
    pub anchor: f32,
    /// Weight of the square of the last layer.
    pub decay: f32,
    /// Weight that right labels keep beside wrong ones, see [`GoalKind::Label`](super::GoalKind::Label).
    pub floor: f32,
    /// The lesson ends early when the click terms (the mean over the step's batches) are below this; 0: never.
    pub enough: f32,
}

/// What became of a lesson.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// The mean loss of the batches of the last step that was looked at, before it; without anchor and decay.
    pub loss: f32,
    /// Steps that were made.
    pub steps: usize,
}

/// Runs and trains heads. Reruns on one device are bit-identical.
pub trait Trainer: Send {
    /// The head's answers for `cells` (n x channels) into `y` (n).
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], [`EngineError::OutOfMemory`], [`EngineError::Backend`] of a graphics device. A
    /// [`PlainTrainer`] can go on in its place.
    fn forward(&mut self, head: &Head<f32>, cells: &[f32], y: &mut Vec<f32>) -> Result<(), EngineError>;

    /// Teaches `head` a lesson with the optimiser `adam`, which keeps its state between lessons.
    ///
    /// # Errors
    /// [`EngineError::ShapeMismatch`] if lengths do not fit or a step names no batch that there is; else as
    /// [`forward`](Self::forward). `head` and `adam` are then as they were.
    fn train(
        &mut self,
        head: &mut Head<f32>,
        adam: &mut Adam<f32>,
        lesson: &Lesson<'_>,
        options: &TrainOptions,
    ) -> Result<Trained, EngineError>;

    /// Where it runs, for people.
    fn device(&self) -> &str;
}

/// Fails if the parts of a lesson do not fit together.
pub(super) fn check(head: &Head<f32>, adam: &Adam<f32>, lesson: &Lesson<'_>) -> Result<(), EngineError> {
    let fits = |name: &str, expected: usize, got: usize| {
        if expected == got {
            return Ok(());
        }
        Err(EngineError::ShapeMismatch { name: name.to_owned(), expected: vec![expected], got: vec![got] })
    };
    fits("head", head.shape.len(), head.theta.len())?;
    fits("adam", head.shape.len(), adam.mean.len())?;
    for batch in lesson.batches {
        fits("cells", batch.goals.len() * head.shape.channels, batch.cells.len())?;
        fits("base", batch.goals.len(), batch.base.len())?;
    }
    for step in lesson.steps {
        match step.iter().find(|&&at| at >= lesson.batches.len()) {
            Some(&at) => fits("batches", at + 1, lesson.batches.len())?,
            None if step.is_empty() => fits("batches of a step", 1, 0)?,
            None => {}
        }
    }
    Ok(())
}
