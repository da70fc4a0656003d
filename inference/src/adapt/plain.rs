//! The trainer in plain Rust: everywhere there, and the truth that the compute shaders are tested against.

use super::adam::Adam;
use super::train::{Lesson, TrainOptions, Trained, Trainer, check};
use super::{Head, goal};
use crate::EngineError;

/// Trains on the calling thread. Its buffers are used again and again.
#[derive(Clone, Debug, Default)]
pub struct PlainTrainer {
    y: Vec<f32>,
    hidden: Vec<f32>,
    weights: Vec<f32>,
    dy: Vec<f32>,
    gradient: Vec<f32>,
}

impl Trainer for PlainTrainer {
    fn forward(&mut self, head: &Head<f32>, cells: &[f32], y: &mut Vec<f32>) -> Result<(), EngineError> {
        head.forward(cells, y, &mut self.hidden);
        Ok(())
    }

    fn train(
        &mut self,
        head: &mut Head<f32>,
        adam: &mut Adam<f32>,
        lesson: &Lesson<'_>,
        options: &TrainOptions,
    ) -> Result<Trained, EngineError> {
        check(head, adam, lesson)?;
        let start = head.theta.clone();
        let last = head.shape.last_layer();
        let zero = vec![0.0; last.len()];
        let mut trained = Trained { loss: 0.0, steps: 0 };
        self.gradient.resize(head.theta.len(), 0.0);
        for step in lesson.steps {
            let share = 1.0 / step.len() as f32;
            let (mut value, mut asked) = (0.0, 0.0);
            self.gradient.fill(0.0);
            for &at in step {
                let batch = &lesson.batches[at];
                head.forward(batch.cells, &mut self.y, &mut self.hidden);
                goal::weigh(batch.base, &self.y, batch.goals, options.floor, &mut self.weights);
                let loss = goal::loss(batch.base, &self.y, batch.goals, &self.weights, share, &mut self.dy);
                value += share * loss.value;
                asked += share * loss.asked;
                head.backward(batch.cells, &self.hidden, &self.dy, &mut self.gradient);
            }
            trained.loss = value;
            if asked < options.enough {
                break;
            }
            goal::anchor(&head.theta, &start, options.anchor, &mut self.gradient);
            goal::anchor(&head.theta[last.clone()], &zero, options.decay, &mut self.gradient[last.clone()]);
            adam.step(&mut head.theta, &self.gradient);
            trained.steps += 1;
        }
        Ok(trained)
    }

    fn device(&self) -> &str {
        "CPU"
    }
}
