//! What another mask in the place of one would add and take away.

use egui::Color32;
use limn_datasets::Mask;

use super::overlay::Layer;
use crate::window::app::LimnApp;
use crate::window::theme;

/// The difference of two masks of one picture.
pub struct Change {
    kept: Mask,
    added: Mask,
    taken: Mask,
}

impl Change {
    fn new(old: &Mask, new: &Mask) -> Self {
        Self { kept: old.intersect(new), added: new.subtract(old), taken: old.subtract(new) }
    }

    /// Of the selected object, if a new mask of it waits and nothing else is at hand.
    pub fn proposed(app: &LimnApp) -> Option<Self> {
        let (object, rerun) = app.proposal().filter(|_| app.drawing.draft.is_none())?;
        Some(Self::new(&object.mask, rerun.proposal.as_ref()?))
    }

    /// Of the mask at hand, if there were a click where the pointer is.
    pub fn previewed(app: &LimnApp, draft: Option<&Mask>) -> Option<Self> {
        let new = app.drawing.preview()?;
        Some(match draft {
            Some(draft) => Self::new(draft, new),
            None => Self::new(&Mask::empty(new.width(), new.height()), new),
        })
    }

    /// Only the old mask, or only the new one, with its colour.
    pub fn alone(&self, new: bool) -> (Mask, Color32) {
        let (more, color) = if new { (&self.added, theme::ADDED) } else { (&self.taken, theme::TAKEN) };
        (self.kept.union(more), color)
    }

    /// For a decision: blue is added, orange is taken away, which nobody's eyes confuse; the rest has an outline.
    pub fn to_decide(&self, ppp: f32) -> [Layer<'_>; 3] {
        [
            layer(&self.kept, [Color32::WHITE.gamma_multiply(0.08), Color32::WHITE], 1.5 * ppp),
            layer(&self.added, [theme::ADDED.gamma_multiply(0.55), theme::ADDED], 1.5 * ppp),
            layer(&self.taken, [theme::TAKEN.gamma_multiply(0.55), theme::TAKEN], 1.5 * ppp),
        ]
    }

    /// For a hint under the pointer: white is added, what is taken away becomes dark; the rest stays as it is.
    pub fn as_hint(&self, ppp: f32) -> [Layer<'_>; 2] {
        let line = Color32::WHITE.gamma_multiply(0.8);
        [
            layer(&self.added, [Color32::WHITE.gamma_multiply(0.22), line], ppp),
            layer(&self.taken, [Color32::from_black_alpha(120), line], ppp),
        ]
    }
}

/// A mask with little more than its outline.
pub fn outline(mask: &Mask, color: Color32, ppp: f32) -> Layer<'_> {
    layer(mask, [color.gamma_multiply(0.12), color], 1.5 * ppp)
}

fn layer(mask: &Mask, [fill, line]: [Color32; 2], width: f32) -> Layer<'_> {
    Layer { mask, fill, line, width: width.round().clamp(1.0, 12.0) as u8, halo: (Color32::from_black_alpha(150), 1) }
}
