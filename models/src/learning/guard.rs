//! A click that the network satisfies stays satisfied, whatever a head says.

use super::field::{add_upsampled, cells_under, factor};

/// A click in cells: (0.5, 0.5) is the middle of the first cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellClick {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
    /// Belongs to the object.
    pub positive: bool,
}

impl CellClick {
    /// Index of its cell in a field of `side` x `side` cells; clicks outside count as at the border.
    pub fn cell(&self, side: usize) -> usize {
        let [x, y] = self.place(side, 1);
        y * side + x
    }

    /// Column and row where every cell has `factor` x `factor` values.
    fn place(&self, side: usize, factor: usize) -> [usize; 2] {
        [self.x, self.y].map(|v| ((v.max(0.0) * factor as f32) as usize).min(side * factor - 1))
    }
}

/// Adds `answer` (side x side cells) to `logits`, but takes it back around every click that lay on its right side before and
/// would not any more. `answer` is what was added in the end.
pub fn add_guarded(answer: &mut [f32], clicks: &[CellClick], logits: &mut [f32]) {
    let side = answer.len().isqrt();
    let factor = factor(logits.len(), answer.len());
    let right = |logits: &[f32], click: &CellClick| {
        let [x, y] = click.place(side, factor);
        (logits[y * side * factor + x] > 0.0) == click.positive
    };
    let mut at_risk: Vec<&CellClick> = clicks.iter().filter(|click| right(logits, click)).collect();
    let base = logits.to_vec();
    loop {
        add_upsampled(answer, logits);
        let broken: Vec<&CellClick> = at_risk.iter().copied().filter(|click| !right(logits, click)).collect();
        if broken.is_empty() {
            return;
        }
        // Each is silenced for good, so that this ends.
        at_risk.retain(|click| right(logits, click));
        for click in broken {
            silence(answer, click, side, factor);
        }
        logits.copy_from_slice(&base);
    }
}

/// Zero at the cells that the click's own logit is mixed of, growing back to all of it over [`REACH`] cells.
fn silence(answer: &mut [f32], click: &CellClick, side: usize, factor: usize) {
    const REACH: f32 = 4.0;
    for (at, value) in answer.iter_mut().enumerate() {
        let (dx, dy) = ((at % side) as f32 + 0.5 - click.x, (at / side) as f32 + 0.5 - click.y);
        *value *= ((dx * dx + dy * dy).sqrt() / REACH).min(1.0);
    }
    let [x, y] = click.place(side, factor);
    for cell in cells_under(x, y, side, factor) {
        answer[cell] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn_inference::adapt::head::uniform;

    /// Whatever the network and a head say, and wherever the clicks lie: what was right stays right.
    #[test]
    fn a_satisfied_click_is_never_violated() {
        let mut state = 11;
        let mut draw = |low: f64, high: f64| (low + (high - low) * uniform(&mut state)) as f32;
        let mut turned = 0;
        for round in 0..300 {
            let (side, factor): (usize, usize) = (4 + round % 9, 1 + round % 4);
            let clicks: Vec<CellClick> = (0..1 + round % 7)
                .map(|_| {
                    let (x, y) = (draw(-1.0, side as f64 + 1.0), draw(0.0, side as f64));
                    CellClick { x, y, positive: draw(0.0, 1.0) > 0.5 }
                })
                .collect();
            let base: Vec<f32> = (0..(side * factor).pow(2)).map(|_| draw(-4.0, 4.0)).collect();
            let mut answer: Vec<f32> = (0..side * side).map(|_| draw(-9.0, 9.0)).collect();
            let (mut free, mut guarded) = (base.clone(), base.clone());
            add_upsampled(&answer, &mut free);
            add_guarded(&mut answer, &clicks, &mut guarded);
            for click in &clicks {
                let [x, y] = click.place(side, factor);
                let right = |logits: &[f32]| (logits[y * side * factor + x] > 0.0) == click.positive;
                assert!(right(&guarded) || !right(&base), "round {round}: {click:?}");
                turned += u32::from(right(&base) && !right(&free));
            }
        }
        assert!(turned > 100, "the answers must turn clicks, else nothing is shown: {turned}");
    }

    #[test]
    fn an_answer_that_turns_no_click_is_added_as_it_is() {
        let mut answer = [1.0, 2.0, 3.0, 4.0];
        let mut logits = [-10.0; 4];
        add_guarded(&mut answer, &[CellClick { x: 0.5, y: 0.5, positive: false }], &mut logits);
        assert_eq!(logits, [-9.0, -8.0, -7.0, -6.0]);
    }
}
