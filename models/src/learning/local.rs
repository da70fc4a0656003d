//! Local parameters: a copy of the head for the object at hand, from its clicks.
//!
//! They act only where they help. Where every click already lies on its side of the outline the copy is not made; a click
//! that was on its right side before stays there, or the step is shortened until it does, or dropped.

use limn_inference::adapt::adam::Adam;
use limn_inference::adapt::{Head, Real as _, loss};

/// What the network said about the current crop, at feature resolution.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Cells a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// height x width x channels, a cell after the other.
    pub cells: &'a [f32],
    /// The frozen network's mask logits, height x width.
    pub base: &'a [f32],
}

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
    /// The click term below which nothing is left to do.
    pub enough: f32,
    /// In cells: what lies within this distance of a click must come out as the click says.
    pub radius: f32,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self { rate: 2e-2, steps: 15, keep: 3.0, far: 12.0, anchor: 1e-3, enough: 0.02, radius: 1.25 }
    }
}

/// Adapts `start` to `clicks`. `None`: nothing to mend, or nothing that would not break another click.
pub fn adapt(start: &Head<f32>, field: Field<'_>, clicks: &[CellClick], options: &LocalOptions) -> Option<Head<f32>> {
    let near: Vec<Vec<usize>> = clicks.iter().map(|click| disk(field, *click, options.radius)).collect();
    let chosen = Chosen::new(start.shape.channels, field, clicks, &near, options);
    let (mut y, mut hidden) = (Vec::new(), Vec::new());
    start.forward(&chosen.cells, &mut y, &mut hidden);
    let before = chosen.satisfied(&y);
    if before.iter().all(|&right| right) {
        return None;
    }
    let kept: Vec<f32> = chosen.base.iter().zip(&y).map(|(base, y)| (base + y).sigmoid()).collect();

    let mut head = start.clone();
    let mut adam = Adam::new(head.theta.len(), options.rate);
    let mut dy = vec![0.0; chosen.base.len()];
    let mut gradient = vec![0.0; head.theta.len()];
    for _ in 0..options.steps {
        dy.fill(0.0);
        gradient.fill(0.0);
        let asked = loss::clicks(&chosen.base, &y, &chosen.positive, &chosen.negative, &mut dy);
        if asked < options.enough {
            break;
        }
        loss::keep(&chosen.base, &y, &kept, &chosen.far, options.keep, &mut dy);
        head.backward(&chosen.cells, &hidden, &dy, &mut gradient);
        loss::anchor(&head.theta, &start.theta, options.anchor, &mut gradient);
        adam.step(&mut head.theta, &gradient);
        head.forward(&chosen.cells, &mut y, &mut hidden);
    }

    // Shorten the way until no click that was right is wrong; it must still set one right.
    for share in [1.0f32, 0.5, 0.25] {
        let mut tried = head.clone();
        for (value, origin) in tried.theta.iter_mut().zip(&start.theta) {
            *value = origin + share * (*value - origin);
        }
        tried.forward(&chosen.cells, &mut y, &mut hidden);
        let after = chosen.satisfied(&y);
        let none_broken = before.iter().zip(&after).all(|(&was, &is)| is || !was);
        let some_mended = before.iter().zip(&after).any(|(&was, &is)| is && !was);
        if none_broken && some_mended {
            return Some(tried);
        }
    }
    None
}

/// Indices of the cells whose middle lies within `radius` of the click; at least the cell under it.
fn disk(field: Field<'_>, click: CellClick, radius: f32) -> Vec<usize> {
    let column = |x: f32, size: usize| (x.max(0.0) as usize).min(size.saturating_sub(1));
    let (cx, cy) = (column(click.x, field.width), column(click.y, field.height));
    let reach = radius.ceil() as usize;
    let mut cells = vec![cy * field.width + cx];
    for y in cy.saturating_sub(reach)..=(cy + reach).min(field.height - 1) {
        for x in cx.saturating_sub(reach)..=(cx + reach).min(field.width - 1) {
            let (dx, dy) = (x as f32 + 0.5 - click.x, y as f32 + 0.5 - click.y);
            if (x, y) != (cx, cy) && dx * dx + dy * dy <= radius * radius {
                cells.push(y * field.width + x);
            }
        }
    }
    cells
}

/// The cells that the loss looks at, gathered: all near the clicks, a quarter of those far away.
struct Chosen {
    cells: Vec<f32>,
    base: Vec<f32>,
    positive: Vec<usize>,
    negative: Vec<usize>,
    far: Vec<usize>,
    /// Index of each click's own cell, and its sign.
    middles: Vec<(usize, bool)>,
}

impl Chosen {
    fn new(
        channels: usize,
        field: Field<'_>,
        clicks: &[CellClick],
        near: &[Vec<usize>],
        options: &LocalOptions,
    ) -> Self {
        let mut chosen =
            Self { cells: vec![], base: vec![], positive: vec![], negative: vec![], far: vec![], middles: vec![] };
        let take = |chosen: &mut Self, cell: usize| {
            chosen.cells.extend_from_slice(&field.cells[cell * channels..(cell + 1) * channels]);
            chosen.base.push(field.base[cell]);
            chosen.base.len() - 1
        };
        for (click, cells) in clicks.iter().zip(near) {
            for (order, &cell) in cells.iter().enumerate() {
                let at = take(&mut chosen, cell);
                if order == 0 {
                    chosen.middles.push((at, click.positive));
                }
                if click.positive { chosen.positive.push(at) } else { chosen.negative.push(at) }
            }
        }
        let far_squared = options.far * options.far;
        for y in (0..field.height).step_by(2) {
            for x in ((y / 2) % 2..field.width).step_by(2) {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                if clicks.iter().all(|click| (px - click.x).powi(2) + (py - click.y).powi(2) > far_squared) {
                    let at = take(&mut chosen, y * field.width + x);
                    chosen.far.push(at);
                }
            }
        }
        chosen
    }

    /// For each click, whether its own cell is on the side that it asks for.
    fn satisfied(&self, y: &[f32]) -> Vec<bool> {
        self.middles.iter().map(|&(at, positive)| (self.base[at] + y[at] > 0.0) == positive).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn_inference::adapt::HeadShape;
    use limn_inference::adapt::head::uniform;

    /// A 32 x 32 field with 8 channels; channel 0 tells left from right, the others are noise; the network says "object"
    /// on the left half only.
    fn field_data() -> (Vec<f32>, Vec<f32>) {
        let mut state = 3;
        let (mut cells, mut base) = (Vec::new(), Vec::new());
        for y in 0..32 {
            for x in 0..32 {
                cells.push(if (8..24).contains(&x) && y > 8 { 1.5 } else { -0.5 });
                cells.extend((1..8).map(|_| uniform(&mut state) as f32 - 0.5));
                base.push(if x < 16 { 2.0 } else { -2.0 });
            }
        }
        (cells, base)
    }

    fn click(x: f32, y: f32, positive: bool) -> CellClick {
        CellClick { x, y, positive }
    }

    #[test]
    fn satisfied_clicks_need_no_copy() {
        let (cells, base) = field_data();
        let field = Field { width: 32, height: 32, cells: &cells, base: &base };
        let start = Head::new(HeadShape { channels: 8, hidden: 16 });
        let clicks = [click(5.5, 16.5, true), click(28.5, 3.5, false)];
        assert!(adapt(&start, field, &clicks, &LocalOptions::default()).is_none());
    }

    #[test]
    fn a_wrong_click_is_mended_and_no_right_one_broken() {
        let (cells, base) = field_data();
        let field = Field { width: 32, height: 32, cells: &cells, base: &base };
        let start = Head::new(HeadShape { channels: 8, hidden: 16 });
        let clicks = [click(12.5, 20.5, true), click(20.5, 20.5, true), click(28.5, 3.5, false)];
        let head = adapt(&start, field, &clicks, &LocalOptions::default()).expect("there is something to mend");
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        head.forward(&cells, &mut y, &mut hidden);
        for click in clicks {
            let at = click.y as usize * 32 + click.x as usize;
            assert_eq!(base[at] + y[at] > 0.0, click.positive, "{click:?}");
        }
        assert_eq!(head, adapt(&start, field, &clicks, &LocalOptions::default()).expect("again"), "reruns are equal");
    }

    #[test]
    fn a_disk_always_holds_its_own_cell() {
        let (cells, base) = field_data();
        let field = Field { width: 32, height: 32, cells: &cells, base: &base };
        assert_eq!(disk(field, click(31.9, 40.0, true), 0.1), [31 * 32 + 31]);
        assert_eq!(disk(field, click(4.5, 4.5, true), 1.25).len(), 5);
    }
}
