//! Sessions: history and what reaches the network. Results are made by hand; no network runs here.

use super::*;
use crate::picture::PixelRect;

fn click(x: f32, positive: bool) -> Click {
    Click { x, y: 5.0, positive }
}

/// A result that says `value` inside the crop.
fn outcome(session: &ClickSession, value: f32) -> Outcome {
    let crop = session.next_crop();
    let logits = vec![value; 32 * 32];
    let whole = (session.width(), session.height());
    let mask = ProbabilityMap::from_logits(whole, crop, 32, &logits, None);
    let runs = mask.above(0.5);
    let extent = runs.bounds().map(|bounds| (bounds, runs.area()));
    Outcome { crop: Some(crop), edge: mask.clone(), mask, extent, seen: None }
}

fn predict(session: &mut ClickSession, value: f32) {
    let result = outcome(session, value);
    session.store(result);
}

#[test]
fn undo_and_redo_restore_clicks_maps_and_crop_exactly() {
    let mut session = ClickSession::new(80, 60);
    let mut states = vec![session.clone()];
    for n in 0..4u8 {
        session.add_click(click(f32::from(n) * 10.0 + 3.0, n % 2 == 0));
        predict(&mut session, f32::from(n) - 1.0);
        states.push(session.clone());
    }
    let same = |a: &ClickSession, b: &ClickSession| {
        a.clicks() == b.clicks()
            && a.probability() == b.probability()
            && a.edge() == b.edge()
            && a.crop() == b.crop()
            && a.next_crop() == b.next_crop()
    };
    for state in states.iter().rev().skip(1) {
        assert!(session.undo());
        assert!(same(&session, state), "after undo to {} clicks", state.clicks().len());
    }
    assert!(!session.undo() && session.is_empty() && session.can_redo());
    for state in states.iter().skip(1) {
        assert!(session.redo());
        assert!(same(&session, state), "after redo to {} clicks", state.clicks().len());
    }
    assert!(!session.redo());
    session.undo();
    session.add_click(click(1.0, true));
    assert!(!session.can_redo() && !session.is_predicted());
    assert_eq!(session.probability(), states[3].probability(), "until it is predicted the map is the one before");
}

#[test]
fn a_repeated_prediction_builds_on_the_same_state() {
    let mut session = ClickSession::new(80, 60);
    session.add_click(click(5.0, true));
    predict(&mut session, 3.0);
    session.add_click(click(9.0, false));
    let before = session.previous().clone();
    predict(&mut session, -3.0);
    assert_eq!(*session.previous(), before);
}

#[test]
fn correction_starts_from_the_mask_and_its_gradient() {
    let mut mask = Bitmap::new(40, 40);
    for y in 10..20 {
        mask.data[y * 40 + 10..y * 40 + 20].fill(1);
    }
    let mut session = ClickSession::correcting(&mask);
    assert_eq!(session.mask(&MaskOptions::default()), mask);
    assert!(session.is_empty());
    session.add_click(Click { x: 15.0, y: 15.0, positive: true });
    // A mask to follow: the square is around it although this is the first click. 1.4 * 10 is below the least side, 40.
    let crop = session.next_crop();
    assert_eq!(crop, CropSquare::whole(40, 40));
    // At one network pixel per image pixel the channels are the mask and dilate - erode, pixel for pixel.
    let (mut p, mut e) = (vec![9.0; 1600], vec![9.0; 1600]);
    session.previous().mask.resample(&crop, 40, &mut p);
    session.previous().edge.resample(&crop, 40, &mut e);
    let edge_at = |x: i32, y: i32| {
        let inside = |r: i32| (10 - r..20 + r).contains(&x) && (10 - r..20 + r).contains(&y);
        inside(1) && !inside(-1)
    };
    for y in 0..40 {
        for x in 0..40 {
            let n = y * 40 + x;
            assert_eq!(p[n], f32::from(mask.data[n]), "mask at {x},{y}");
            assert_eq!(e[n], f32::from(u8::from(edge_at(x as i32, y as i32))), "edge at {x},{y}");
        }
    }
    session.undo();
    assert_eq!(session.mask(&MaskOptions::default()), mask);
}

#[test]
fn a_correction_crops_around_the_mask_at_once() {
    let mut mask = Bitmap::new(400, 300);
    for y in 100..200 {
        mask.data[y * 400 + 100..y * 400 + 200].fill(1);
    }
    let mut session = ClickSession::correcting(&mask);
    session.add_click(Click { x: 150.0, y: 150.0, positive: false });
    let crop = session.next_crop();
    assert!((crop.side - 140.0).abs() < 1e-9 && crop.cx == 150.0 && crop.cy == 150.0, "{crop:?}");
}

#[test]
fn a_box_chooses_the_square_in_any_corner_order() {
    let mut session = ClickSession::new(400, 300);
    session.set_box(250.0, 180.0, 150.0, 120.0);
    assert_eq!(session.box_prompt(), Some(BoxPrompt { x0: 150.0, y0: 120.0, x1: 250.0, y1: 180.0 }));
    let crop = session.next_crop();
    assert!((crop.side - 140.0).abs() < 1e-9 && crop.cx == 200.0 && crop.cy == 150.0, "{crop:?}");
    assert!(!session.is_empty() && session.clicks().is_empty());
    session.add_click(click(5.0, true));
    assert!(session.only_box().is_none());
    assert!(session.undo() && session.only_box().is_some());
    assert!(session.undo() && session.is_empty());
    assert!(session.redo() && session.only_box().is_some());
}

#[test]
fn runs_and_dense_values_of_a_map_agree() {
    let crop = CropSquare { cx: 51.0, cy: 40.5, side: 77.7 };
    let logits: Vec<f32> =
        (0..1024u32).map(|i| ((i.wrapping_mul(2_654_435_761) >> 20) as f32 / 4096.0 - 0.5) * 8.0).collect();
    for clip in [None, Some(PixelRect { x0: 30, y0: 20, x1: 60, y1: 47 })] {
        let map = ProbabilityMap::from_logits((90, 70), crop, 32, &logits, clip);
        let dense = map.to_dense();
        assert_eq!(dense.len(), 90 * 70);
        for threshold in [0.2, 0.5, 0.77] {
            let got = map.above(threshold).to_bitmap();
            for (n, (&p, &bit)) in dense.iter().zip(&got.data).enumerate() {
                // The two round differently: within 1e-6 of the threshold either is right.
                assert!((p > threshold) == (bit == 1) || (p - threshold).abs() < 1e-6, "{n}: {p} {bit}");
            }
        }
        let outside = dense.iter().enumerate().any(|(n, &p)| {
            let (x, y) = ((n % 90) as u32, (n / 90) as u32);
            let r = map.rect();
            p != 0.0 && !(r.x0..r.x1).contains(&x) | !(r.y0..r.y1).contains(&y)
        });
        assert!(!outside, "nothing outside the rectangle");
    }
}
