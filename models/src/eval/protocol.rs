//! One object after the other: simulate a click, predict, measure.

use std::sync::Arc;
use std::time::Instant;

use crate::error::ModelError;
use crate::eval::distance::squared_distance;
use crate::eval::report::EvalReport;
use crate::eval::{EvalOptions, ObjectResult};
use crate::picture::{Bitmap, Click, RgbLevels};
use crate::regions::Runs;
use crate::segmenter::Segmenter;
use crate::session::ClickSession;

/// A pixel of the truth that counts neither way.
pub const IGNORED: u8 = 128;

/// A picture and the mask of one object in it.
#[derive(Clone, Debug)]
pub struct EvalObject {
    /// Name, for the report: the mask's file stem.
    pub name: String,
    /// The picture.
    pub image: Arc<dyn RgbLevels>,
    /// One byte per pixel: 0 background, 128 ignored, anything else object.
    pub truth: Vec<u8>,
}

/// Evaluates all objects in order; `progress` is told (done, total).
///
/// # Errors
/// [`ModelError::BadTruth`] for a mask that does not fit its picture or has no object, and what [`Segmenter::predict`] reports.
pub fn evaluate(
    pairs: &[EvalObject],
    segmenter: &mut Segmenter,
    options: &EvalOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<EvalReport, ModelError> {
    let mut results = Vec::with_capacity(pairs.len());
    for (n, object) in pairs.iter().enumerate() {
        progress(n, pairs.len());
        results.push(evaluate_object(object, segmenter, options)?);
    }
    progress(pairs.len(), pairs.len());
    Ok(EvalReport::new(results, options, segmenter))
}

/// Evaluates one object; for callers that read pictures one at a time.
///
/// It stops when the IoU has reached both the target and 0.90, or after the last click. The IoU of an object that stopped earlier
/// counts as its IoU after every later click.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_object(
    object: &EvalObject,
    segmenter: &mut Segmenter,
    options: &EvalOptions,
) -> Result<ObjectResult, ModelError> {
    let [width, height] = object.image.size();
    let pixels = width as usize * height as usize;
    let bad = |reason: &str| ModelError::BadTruth { name: object.name.clone(), reason: reason.to_owned() };
    if object.truth.len() != pixels {
        return Err(bad("its mask has another size than its picture; make both equal"));
    }
    if !object.truth.iter().any(|&v| v != 0 && v != IGNORED) {
        return Err(bad("its mask has no object pixel (255); remove it or draw the object"));
    }
    let begun = Instant::now();
    let mut session = ClickSession::new(width, height);
    let mut predicted = Runs { width, height, runs: Vec::new() }.to_bitmap().data;
    let mut clicked = vec![false; pixels];
    let mut ious = Vec::new();
    let mut accepted: Option<(ClickSession, Vec<u8>)> = None;
    while ious.len() < options.max_clicks {
        let Some((at, positive)) = next_click(&object.truth, &predicted, &clicked, width as usize) else { break };
        clicked[at] = true;
        let (x, y) = (at % width as usize, at / width as usize);
        session.add_click(Click { x: x as f32 + 0.5, y: y as f32 + 0.5, positive });
        segmenter.predict(&object.image, &mut session)?;
        predicted = session.probability().above(options.threshold).to_bitmap().data;
        let iou = iou(&object.truth, &predicted);
        ious.push(iou);
        if iou >= options.target && accepted.is_none() {
            accepted = Some((session.clone(), predicted.clone()));
        }
        if iou >= options.target.max(0.90) {
            break;
        }
    }
    // The sequence protocol: what is accepted is the prediction that reached the target, else the truth.
    let (session, data) = accepted.unwrap_or_else(|| {
        let truth = object.truth.iter().map(|&t| u8::from(t != 0 && t != IGNORED)).collect();
        (session, truth)
    });
    let clicked_for = begun.elapsed();
    segmenter.learn(&session, Arc::new(Bitmap { width, height, data }), &|| false);
    let learning_seconds = (begun.elapsed() - clicked_for).as_secs_f64();
    Ok(ObjectResult { name: object.name.clone(), ious, seconds: clicked_for.as_secs_f64(), learning_seconds })
}

/// Intersection over union over the pixels that are not ignored; 1 if both are empty.
pub fn iou(truth: &[u8], predicted: &[u8]) -> f64 {
    let (mut both, mut either) = (0u64, 0u64);
    for (&t, &p) in truth.iter().zip(predicted).filter(|&(&t, _)| t != IGNORED) {
        both += u64::from(t != 0 && p != 0);
        either += u64::from(t != 0 || p != 0);
    }
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

/// The next click: index of the pixel and whether it is positive. The deepest point (largest distance to what is right, the
/// picture's border included) of the missed pixels if it is strictly deeper than that of the wrongly included ones, else
/// the latter's; the first in reading order of equally deep ones that was not clicked before. `None` if nothing is wrong.
pub fn next_click(truth: &[u8], predicted: &[u8], clicked: &[bool], width: usize) -> Option<(usize, bool)> {
    let height = truth.len() / width.max(1);
    let deepest = |wrong: &dyn Fn(u8, u8) -> bool| {
        let region: Vec<u8> =
            truth.iter().zip(predicted).map(|(&t, &p)| u8::from(t != IGNORED && wrong(t, p))).collect();
        let depth = squared_distance(&region, width, height);
        let mut best = (0u32, 0usize);
        for (at, &d) in depth.iter().enumerate() {
            if d > best.0 && !clicked[at] {
                best = (d, at);
            }
        }
        best
    };
    let (missed, missed_at) = deepest(&|t, p| t != 0 && p == 0);
    let (added, added_at) = deepest(&|t, p| t == 0 && p != 0);
    match (missed > added, added > 0) {
        (true, _) => Some((missed_at, true)),
        (false, true) => Some((added_at, false)),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of characters: '#' object, '.' background, 'x' ignored.
    fn map(rows: &[&str]) -> Vec<u8> {
        let value = |c| match c {
            '#' => 255,
            'x' => IGNORED,
            _ => 0,
        };
        rows.iter().flat_map(|r| r.chars().map(value)).collect()
    }

    #[test]
    fn the_first_click_is_the_first_deepest_pixel_of_the_object() {
        let truth = map(&["......", ".####.", ".####.", ".####.", "......"]);
        let none = vec![0; 30];
        assert_eq!(next_click(&truth, &none, &[false; 30], 6), Some((2 * 6 + 2, true))); // depth 2 at columns 2 and 3
        let mut clicked = [false; 30];
        clicked[2 * 6 + 2] = true;
        assert_eq!(next_click(&truth, &none, &clicked, 6), Some((2 * 6 + 3, true)));
    }

    #[test]
    fn equal_depth_is_negative_and_the_border_bounds_regions() {
        let truth = map(&["#....", "....."]);
        let predicted = map(&["....#", "....."]);
        assert_eq!(next_click(&truth, &predicted, &[false; 10], 5), Some((4, false)));
        // A region of 3x3 in the corner: deepest at its centre, not in the corner.
        let truth = map(&["###.", "###.", "###.", "...."]);
        assert_eq!(next_click(&truth, &[0; 16], &[false; 16], 4), Some((5, true)));
    }

    #[test]
    fn ignored_pixels_are_never_wrong() {
        let truth = map(&["xxx", "x#x", "xxx"]);
        assert_eq!(next_click(&truth, &[255; 9], &[false; 9], 3), None);
        assert_eq!(iou(&truth, &[255; 9]), 1.0);
        assert_eq!(iou(&truth, &[0; 9]), 0.0);
        assert_eq!(iou(&map(&["##.."]), &map(&[".##."])), 1.0 / 3.0);
    }
}
