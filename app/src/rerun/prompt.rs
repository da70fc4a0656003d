//! From an object to what the network is asked.

use std::sync::Arc;

use limn_datasets::{Mask, Object, Span};
use limn_models::{Bitmap, Click, ClickSession, MaskOptions, RgbLevels};

use super::Source;
use crate::engine::{PredictError, Predictor};

/// The mask that the network gives for an object.
pub(super) fn mask_of(
    object: &Object,
    source: Source,
    picture: &Arc<dyn RgbLevels>,
    engine: &mut dyn Predictor,
) -> Result<Mask, PredictError> {
    let [width, height] = picture.size();
    let mut session = ClickSession::new(width, height);
    match source {
        Source::Clicks => {
            for click in &object.clicks {
                session.add_click(Click { x: click.x, y: click.y, positive: click.positive });
                engine.predict(picture, &mut session)?;
            }
        }
        Source::Boxes => {
            if let Some(b) = object.mask.bounds() {
                session.set_box(b.x0 as f32, b.y0 as f32, b.x1 as f32, b.y1 as f32);
                engine.predict(picture, &mut session)?;
            }
        }
        Source::Masks => {
            if let Some([x, y]) = inner_point(&object.mask).filter(|_| object.mask.width() == width) {
                session = ClickSession::correcting(&Bitmap { width, height, data: object.mask.to_bytes() });
                session.add_click(Click { x, y, positive: true });
                engine.predict(picture, &mut session)?;
            }
        }
    }
    let runs = session.runs(&MaskOptions::default());
    let spans = runs.runs.iter().map(|r| Span { y: r.y, x0: r.x0, x1: r.x1 }).collect();
    Ok(Mask::from_spans(runs.width, runs.height, spans))
}

/// A point well inside a mask: the middle of the longest row of what is left when it is shrunk as far as possible.
pub(super) fn inner_point(mask: &Mask) -> Option<[f32; 2]> {
    let mut inner = mask.clone();
    let mut by = 1.0;
    loop {
        let less = inner.shrink(by);
        if less.is_empty() {
            if by <= 1.0 {
                break;
            }
            by = (by / 2.0).max(1.0);
        } else {
            inner = less;
            by *= 2.0;
        }
    }
    let longest = inner.spans().iter().max_by_key(|span| span.x1 - span.x0)?;
    Some([f32::midpoint(longest.x0 as f32, longest.x1 as f32), longest.y as f32 + 0.5])
}
