//! Dragging the corners and edges of the object's outline.

use egui::Modifiers;
use limn_datasets::{Mask, Outline, OutlineError, OutlineOptions};

use crate::window::draft::snap::{Snap, nearest_on};

/// A corner: polygon, ring, place in the ring.
pub type Corner = [usize; 3];

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grip {
    Corner(Corner),
    /// The edge from this corner to the next, and where it was taken.
    Edge(Corner, [f64; 2]),
}

/// The outline that is edited, and of which mask it is.
#[derive(Clone, Debug)]
pub struct Corners {
    outline: Outline,
    error: OutlineError,
    of: Mask,
    options: OutlineOptions,
    grip: Option<Grip>,
    changed: bool,
}

impl Corners {
    /// Follows the mask: what was dragged stays as it was dragged, anything else is derived anew.
    pub fn follow(this: &mut Option<Self>, mask: &Mask, options: OutlineOptions) {
        if let Some(corners) = this {
            if corners.of == *mask && corners.options == options || corners.grip.is_some() {
                return;
            }
            let own = corners.options == options && corners.outline.to_mask(mask.width(), mask.height()) == *mask;
            if own {
                corners.of = mask.clone();
                return;
            }
        }
        let outline = mask.outline(&options);
        let error = outline.error(mask);
        *this = Some(Self { outline, error, of: mask.clone(), options, grip: None, changed: false });
    }

    /// The polygons.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// How far they were from the mask that they were derived from.
    pub fn error(&self) -> OutlineError {
        self.error
    }

    /// The corner that is held.
    pub fn held(&self) -> Option<Corner> {
        match self.grip? {
            Grip::Corner(corner) | Grip::Edge(corner, _) => Some(corner),
        }
    }

    /// Something is held.
    pub fn is_held(&self) -> bool {
        self.grip.is_some()
    }

    /// Takes hold of what lies within `reach` of `p`: a corner, else an edge, which gets a corner there (with Shift the edge
    /// itself is taken).
    pub fn press(&mut self, p: [f64; 2], reach: f64, modifiers: Modifiers) -> bool {
        self.changed = false;
        if let Some(corner) = self.corner_near(p, reach) {
            self.grip = Some(Grip::Corner(corner));
        } else if let Some([polygon, ring, at]) = self.edge_near(p, reach) {
            self.grip = Some(if modifiers.shift {
                Grip::Edge([polygon, ring, at], p)
            } else {
                self.outline.polygons[polygon][ring].insert(at + 1, p);
                self.changed = true;
                Grip::Corner([polygon, ring, at + 1])
            });
        }
        self.grip.is_some()
    }

    /// Moves what is held to `p`; a corner keeps to the neighbours' border when `snap` is given and one is within reach.
    pub fn drag(&mut self, p: [f64; 2], size: [u32; 2], snap: Option<(&Snap, f64)>) {
        let inside = |p: [f64; 2]| [p[0].clamp(0.0, f64::from(size[0])), p[1].clamp(0.0, f64::from(size[1]))];
        match self.grip {
            Some(Grip::Corner([polygon, ring, at])) => {
                let p = snap.and_then(|(snap, reach)| snap.nearest(p, reach)).unwrap_or(p);
                let corner = &mut self.outline.polygons[polygon][ring][at];
                self.changed |= *corner != inside(p);
                *corner = inside(p);
            }
            Some(Grip::Edge([polygon, ring, at], from)) => {
                let points = &mut self.outline.polygons[polygon][ring];
                let next = (at + 1) % points.len();
                for corner in [at, next] {
                    points[corner] = inside([points[corner][0] + p[0] - from[0], points[corner][1] + p[1] - from[1]]);
                }
                self.changed |= p != from;
                self.grip = Some(Grip::Edge([polygon, ring, at], p));
            }
            None => {}
        }
    }

    /// Lets go; the outline, if it changed.
    pub fn release(&mut self) -> Option<Outline> {
        self.grip = None;
        std::mem::take(&mut self.changed).then(|| self.outline.clone())
    }

    /// Deletes the corner near `p`; a ring of fewer than three corners goes, and with an outer ring its holes.
    pub fn delete(&mut self, p: [f64; 2], reach: f64) -> Option<Outline> {
        let [polygon, ring, at] = self.corner_near(p, reach)?;
        let rings = &mut self.outline.polygons[polygon];
        rings[ring].remove(at);
        if rings[ring].len() < 3 {
            if ring == 0 {
                self.outline.polygons.remove(polygon);
            } else {
                rings.remove(ring);
            }
        }
        (!self.outline.polygons.is_empty()).then(|| self.outline.clone())
    }

    /// The nearest corner within reach.
    pub fn corner_near(&self, p: [f64; 2], reach: f64) -> Option<Corner> {
        let corners = self.rings().flat_map(|(polygon, ring, points)| {
            points.iter().enumerate().map(move |(at, q)| ([polygon, ring, at], (q[0] - p[0]).hypot(q[1] - p[1])))
        });
        corners.filter(|(_, off)| *off <= reach).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(corner, _)| corner)
    }

    fn edge_near(&self, p: [f64; 2], reach: f64) -> Option<Corner> {
        let edges = self.rings().flat_map(|(polygon, ring, points)| {
            points.iter().zip(points.iter().cycle().skip(1)).enumerate().map(move |(at, (a, b))| {
                let q = nearest_on([*a, *b], p);
                ([polygon, ring, at], (q[0] - p[0]).hypot(q[1] - p[1]))
            })
        });
        edges.filter(|(_, off)| *off <= reach).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(edge, _)| edge)
    }

    fn rings(&self) -> impl Iterator<Item = (usize, usize, &Vec<[f64; 2]>)> {
        self.outline
            .polygons
            .iter()
            .enumerate()
            .flat_map(|(polygon, rings)| rings.iter().enumerate().map(move |(ring, points)| (polygon, ring, points)))
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;

    use super::*;

    fn corners() -> Option<Corners> {
        let mut corners = None;
        let mask = Mask::rectangle(40, 40, PixelRect { x0: 10, y0: 10, x1: 30, y1: 30 });
        Corners::follow(&mut corners, &mask, OutlineOptions::default());
        corners
    }

    #[test]
    fn corners_and_edges_are_dragged_inserted_and_deleted() {
        let mut this = corners();
        let c = this.as_mut().unwrap();
        assert!(!c.press([20.0, 20.0], 2.0, Modifiers::NONE), "nothing is near");
        assert!(c.press([10.5, 10.2], 2.0, Modifiers::NONE));
        c.drag([5.0, 5.0], [40, 40], None);
        let outline = c.release().unwrap();
        assert!(outline.to_mask(40, 40).contains(8, 8));
        assert!(c.press([30.0, 20.0], 2.0, Modifiers::NONE), "an edge gets a corner");
        c.drag([60.0, 20.0], [40, 40], None);
        assert_eq!(c.release().unwrap().points(), 5);
        assert!(c.outline().to_mask(40, 40).contains(38, 20), "corners stay in the picture");
        assert_eq!(c.delete([40.0, 20.0], 1.0).unwrap().points(), 4);
        assert!(c.press([20.0, 30.0], 2.0, Modifiers::SHIFT), "an edge as a whole");
        c.drag([20.0, 35.0], [40, 40], None);
        let outline = c.release().unwrap();
        assert!(outline.to_mask(40, 40).contains(20, 34) && outline.points() == 4);
        assert!(c.press([30.0, 35.0], 2.0, Modifiers::NONE));
        assert!(c.release().is_none(), "a click on a corner changes nothing");
    }

    #[test]
    fn what_was_dragged_stays_and_another_mask_is_derived_anew() {
        let mut this = corners();
        let c = this.as_mut().unwrap();
        c.press([10.0, 10.0], 1.0, Modifiers::NONE);
        c.drag([4.3, 6.7], [40, 40], None);
        let outline = c.release().unwrap();
        Corners::follow(&mut this, &outline.to_mask(40, 40), OutlineOptions::default());
        assert_eq!(this.as_ref().unwrap().outline(), &outline);
        Corners::follow(
            &mut this,
            &Mask::rectangle(40, 40, PixelRect { x0: 1, y0: 1, x1: 3, y1: 9 }),
            OutlineOptions::default(),
        );
        assert_eq!(this.unwrap().outline().points(), 4);
    }
}
