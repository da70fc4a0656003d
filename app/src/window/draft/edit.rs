//! Everything that changes a mask without the network, as plain functions from mask to mask.

use limn_datasets::{Mask, Outline, PixelRect, Span};
use limn_models::{RgbError, RgbLevels};

/// One change. Points are in picture coordinates (pixel edges).
#[derive(Clone, Debug, PartialEq)]
pub enum MaskEdit {
    /// A stroke of the brush or the eraser.
    Stroke {
        /// Way of the brush.
        points: Vec<[f32; 2]>,
        /// Radius in pixels.
        radius: f32,
        /// Brush or eraser.
        add: bool,
    },
    /// The inside of a polygon or lasso.
    Area {
        /// Corners.
        ring: Vec<[f32; 2]>,
        /// Joined or cut out.
        add: bool,
    },
    /// The connected pixels of about one colour.
    Wand {
        /// A pixel of that colour.
        at: [f32; 2],
        /// Largest difference of a colour channel.
        tolerance: u8,
        /// Joined or cut out.
        add: bool,
    },
    /// At a part: only this part stays, or it goes. In a hole: the hole is filled.
    Part {
        /// A pixel of the part or hole.
        at: [f32; 2],
        /// Stays or goes.
        keep: bool,
    },
    /// Cuts along a line; the larger side stays.
    CutOff(Vec<[f32; 2]>),
    /// Leaves out small parts and fills small holes.
    Clean,
    /// Fills all holes.
    FillHoles,
    /// Leaves the largest part.
    LargestPart,
    /// Fills notches and cuts spikes narrower than twice this many pixels.
    Smooth(f32),
    /// Grows by so many pixels.
    Grow(f32),
    /// Shrinks by so many pixels; never to nothing.
    Shrink(f32),
    /// Corners that were dragged.
    Outline(Outline),
}

impl MaskEdit {
    /// The mask afterwards. `picture` gives the colours for the wand.
    ///
    /// # Errors
    /// When the picture cannot be read.
    pub fn apply(&self, mask: &Mask, picture: &dyn RgbLevels) -> Result<Mask, RgbError> {
        let (width, height) = (mask.width(), mask.height());
        let join = |shape: &Mask, add: bool| if add { mask.union(shape) } else { mask.subtract(shape) };
        Ok(match self {
            Self::Stroke { points, radius, add } => join(&Mask::stroke(width, height, points, *radius), *add),
            Self::Area { ring, add } => {
                let ring = ring.iter().map(|p| p.map(f64::from)).collect();
                join(&Mask::from_area(width, height, &[ring]), *add)
            }
            Self::Wand { at, tolerance, add } => join(&wand(picture, pixel(*at), *tolerance)?, *add),
            Self::Part { at, keep } => part(mask, pixel(*at), *keep),
            Self::CutOff(line) => mask.cut(line).into_iter().next().unwrap_or_else(|| mask.clone()),
            Self::Clean => super::clean::cleaned(mask, super::clean::CLEAN),
            Self::FillHoles => mask.fill_holes(u64::MAX),
            Self::LargestPart => mask.largest_component(),
            Self::Smooth(radius) => mask.smooth(*radius),
            Self::Grow(radius) => mask.grow(*radius),
            Self::Shrink(radius) => {
                Some(mask.shrink(*radius)).filter(|m| !m.is_empty()).unwrap_or_else(|| mask.clone())
            }
            Self::Outline(outline) => outline.to_mask(width, height),
        })
    }

    /// It can begin a new object; the others need a mask to work on.
    pub fn can_begin(&self) -> bool {
        matches!(self, Self::Stroke { add: true, .. } | Self::Area { add: true, .. } | Self::Wand { add: true, .. })
    }

    /// Where it acts, if it acts at one place.
    pub fn place(&self) -> Option<[f32; 2]> {
        match self {
            Self::Stroke { points, .. } | Self::CutOff(points) => points.first().copied(),
            Self::Area { ring, .. } => ring.first().copied(),
            Self::Wand { at, .. } | Self::Part { at, .. } => Some(*at),
            _ => None,
        }
    }
}

fn pixel(at: [f32; 2]) -> [u32; 2] {
    at.map(|v| v.max(0.0) as u32)
}

/// The wand looks at so many pixels on a side first, and further where the colour goes on.
const WAND_FIRST: u32 = 1024;

/// Beyond so many pixels on a side the wand does not look.
const WAND_MOST: u32 = 8192;

/// The connected pixels of about one colour around a place, at most [`WAND_MOST`] on a side.
fn wand(picture: &dyn RgbLevels, [x, y]: [u32; 2], tolerance: u8) -> Result<Mask, RgbError> {
    let [width, height] = picture.size();
    if x >= width || y >= height {
        return Ok(Mask::empty(width, height));
    }
    let mut side = WAND_FIRST;
    loop {
        let around = |at: u32, extent: u32| {
            let from = at.saturating_sub(side / 2).min(extent.saturating_sub(side));
            (from, extent.min(from.saturating_add(side)))
        };
        let ((x0, x1), (y0, y1)) = (around(x, width), around(y, height));
        let part = picture.read(0, PixelRect { x0, y0, x1, y1 })?;
        let found = Mask::wand(part.width, part.height, &part.data, [x - x0, y - y0], tolerance);
        let ends = |b: PixelRect| {
            (b.x0 == 0 && x0 > 0)
                || (b.y0 == 0 && y0 > 0)
                || (b.x1 == x1 - x0 && x1 < width)
                || (b.y1 == y1 - y0 && y1 < height)
        };
        if found.bounds().is_some_and(ends) {
            if side >= WAND_MOST {
                let why = "pixels of this colour go on for more than {0} pixels; lower the tolerance, or draw the area";
                return Err(RgbError::Unreadable(why.replace("{0}", &WAND_MOST.to_string())));
            }
            side *= 2;
            continue;
        }
        let spans = found.spans().iter().map(|s| Span { y: s.y + y0, x0: s.x0 + x0, x1: s.x1 + x0 }).collect();
        return Ok(Mask::from_spans(width, height, spans));
    }
}

fn part(mask: &Mask, [x, y]: [u32; 2], keep: bool) -> Mask {
    let holds = |part: &Mask| part.contains(x, y);
    if let Some(part) = mask.components().into_iter().find(holds) {
        return if keep { part } else { mask.subtract(&part) };
    }
    mask.holes().iter().find(|hole| holds(hole)).map_or_else(|| mask.clone(), |hole| mask.union(hole))
}

#[cfg(test)]
mod tests {
    use limn_models::{Rgb8, WholeRgb};

    use super::*;

    fn rect(x0: u32, y0: u32, x1: u32, y1: u32) -> Mask {
        Mask::rectangle(30, 30, PixelRect { x0, y0, x1, y1 })
    }

    #[test]
    fn edits_do_to_pixels_what_their_names_say() {
        let picture = WholeRgb::new(Rgb8 { width: 30, height: 30, data: vec![7; 2700] }).unwrap();
        let two = rect(2, 2, 12, 12).subtract(&rect(5, 5, 7, 7)).union(&rect(20, 20, 25, 25));
        let apply = |edit: MaskEdit| edit.apply(&two, &picture).unwrap();
        assert_eq!(apply(MaskEdit::Part { at: [21.0, 21.0], keep: true }), rect(20, 20, 25, 25));
        assert_eq!(apply(MaskEdit::Part { at: [21.0, 21.0], keep: false }).area(), 96);
        assert_eq!(apply(MaskEdit::Part { at: [6.0, 6.0], keep: true }).area(), 125, "a hole is filled");
        assert_eq!(apply(MaskEdit::Part { at: [28.0, 1.0], keep: true }), two, "beside everything nothing happens");
        assert_eq!(apply(MaskEdit::FillHoles).area(), 125);
        assert_eq!(apply(MaskEdit::LargestPart).area(), 96);
        assert_eq!(apply(MaskEdit::Wand { at: [0.0, 0.0], tolerance: 0, add: true }).area(), 900);
        assert_eq!(apply(MaskEdit::Shrink(20.0)), two, "an object is not shrunk away");
        let ring = vec![[20.0, 20.0], [25.0, 20.0], [25.0, 25.0], [20.0, 25.0]];
        assert_eq!(apply(MaskEdit::Area { ring: ring.clone(), add: false }).area(), 96);
        assert!(MaskEdit::Area { ring: ring.clone(), add: true }.can_begin());
        assert!(!MaskEdit::Area { ring, add: false }.can_begin());
        let cut = MaskEdit::CutOff(vec![[10.0, 0.0], [10.0, 14.0]]).apply(&rect(2, 2, 12, 12), &picture).unwrap();
        assert!(cut.contains(3, 3) && !cut.contains(11, 5));
    }

    #[test]
    fn the_wand_looks_as_far_as_the_colour_goes_and_no_further_than_it_may() {
        // A bar 3,000 pixels long, and a field that never ends.
        let (width, height) = (20_000, 40);
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let shade =
            |(x, y): (u32, u32)| if (10..13).contains(&y) && (500..3_500).contains(&x) { [200; 3] } else { [9; 3] };
        let data = data.flat_map(shade).collect();
        let picture = WholeRgb::new(Rgb8 { width, height, data }).unwrap();
        let bar = Mask::rectangle(width, height, PixelRect { x0: 500, y0: 10, x1: 3_500, y1: 13 });
        for x in [500, 700, 2_000, 3_499] {
            assert_eq!(wand(&picture, [x, 11], 5).unwrap(), bar, "from {x}");
        }
        assert!(wand(&picture, [9_000, 30], 5).unwrap_err().to_string().contains("tolerance"));
        assert!(wand(&picture, [width, 3], 5).unwrap().is_empty());
    }
}
