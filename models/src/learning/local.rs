//! Local parameters: a copy of the head for the object at hand, from its clicks; dropped when the object is accepted.

use limn_inference::EngineError;
use limn_inference::adapt::adam::Adam;
use limn_inference::adapt::{Batch, Goal, Head, Lesson, Real as _, TrainOptions, Trainer};

use super::field::PredictionField;
use super::guard::CellClick;

/// Constants of the local step.
#[derive(Clone, Copy, Debug)]
pub struct LocalOptions {
    /// Adam's learning rate.
    pub rate: f64,
    /// Most steps.
    pub steps: usize,
    /// Weight of what is far from the clicks staying as it was.
    pub keep: f32,
    /// In cells: farther than this from every click is far.
    pub far: f32,
    /// Weight of the parameters staying where they started.
    pub anchor: f32,
    /// The click term below which the network has understood and nothing is left to do.
    pub enough: f32,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self { rate: 2e-2, steps: 15, keep: 3.0, far: 12.0, anchor: 1e-3, enough: 0.03 }
    }
}

/// Teaches a copy of `start` what the clicks say of the cells within `radii` of them and returns what it answers more than `start` (whose answer for the whole field is
/// `answer`); `None` if the clicks ask for nothing.
///
/// # Errors
/// As [`Trainer::train`].
pub fn adapt(
    trainer: &mut dyn Trainer,
    start: &Head<f32>,
    answer: &[f32],
    field: &PredictionField,
    clicks: &[CellClick],
    radii: &[f32],
    options: &LocalOptions,
) -> Result<Option<Vec<f32>>, EngineError> {
    let chosen = Chosen::new(field, answer, clicks, radii, options);
    let lesson = Lesson {
        batches: &[Batch { cells: &chosen.cells, base: &chosen.base, goals: &chosen.goals }],
        steps: &vec![vec![0]; options.steps],
    };
    let mut head = start.clone();
    let mut adam = Adam::new(head.theta.len(), options.rate);
    let options = TrainOptions { anchor: options.anchor, decay: 0.0, floor: 0.0, enough: options.enough };
    if trainer.train(&mut head, &mut adam, &lesson, &options)?.steps == 0 {
        return Ok(None);
    }
    let mut more = Vec::new();
    trainer.forward(&head, &field.cells, &mut more)?;
    for (more, answer) in more.iter_mut().zip(answer) {
        *more -= answer;
    }
    Ok(Some(more))
}

/// Indices of the cells whose middle lies within `radius` of the click; at least the cell under it.
fn disk(side: usize, click: &CellClick, radius: f32) -> Vec<usize> {
    let middle = click.cell(side);
    let (cx, cy) = (middle % side, middle / side);
    let reach = radius.ceil() as usize;
    let mut cells = vec![middle];
    for y in cy.saturating_sub(reach)..=(cy + reach).min(side - 1) {
        for x in cx.saturating_sub(reach)..=(cx + reach).min(side - 1) {
            let (dx, dy) = (x as f32 + 0.5 - click.x, y as f32 + 0.5 - click.y);
            if (x, y) != (cx, cy) && dx * dx + dy * dy <= radius * radius {
                cells.push(y * side + x);
            }
        }
    }
    cells
}

/// The cells that the loss looks at, gathered: all near the clicks, a quarter of those far away.
struct Chosen {
    cells: Vec<f32>,
    base: Vec<f32>,
    goals: Vec<Goal>,
}

impl Chosen {
    fn new(
        field: &PredictionField,
        answer: &[f32],
        clicks: &[CellClick],
        radii: &[f32],
        options: &LocalOptions,
    ) -> Self {
        let mut chosen = Self { cells: Vec::new(), base: Vec::new(), goals: Vec::new() };
        for positive in [true, false] {
            let of_sign = || clicks.iter().zip(radii).filter(|(click, _)| click.positive == positive);
            for (click, &radius) in of_sign() {
                let cells = disk(field.side, click, radius);
                for &cell in &cells {
                    chosen.take(field, cell, Goal::click(positive, cells.len() * of_sign().count()));
                }
            }
        }
        let far_squared = options.far * options.far;
        let mut far = Vec::new();
        for y in (0..field.side).step_by(2) {
            for x in ((y / 2) % 2..field.side).step_by(2) {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                if clicks.iter().all(|click| (px - click.x).powi(2) + (py - click.y).powi(2) > far_squared) {
                    far.push(y * field.side + x);
                }
            }
        }
        for &cell in &far {
            let now = (field.base[cell] + answer[cell]).sigmoid();
            chosen.take(field, cell, Goal::keep(now, options.keep, far.len()));
        }
        chosen
    }

    fn take(&mut self, field: &PredictionField, cell: usize, goal: Goal) {
        self.cells.extend_from_slice(&field.cells[cell * field.channels..][..field.channels]);
        self.base.push(field.base[cell]);
        self.goals.push(goal);
    }
}
