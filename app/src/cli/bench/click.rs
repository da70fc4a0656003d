//! Whole clicks: crop, resampling, disks, network, and the mask back in the picture.

use std::sync::Arc;

use anyhow::Result;
use limn_inference::{BackendKind, EngineOptions};
use limn_models::{Card, Click, ClickSession, MaskOptions, RgbLevels, Segmenter};
use serde::Serialize;

use super::{median, timed};

/// Clicks on one picture through one backend.
#[derive(Debug, Serialize)]
pub struct ClickRow {
    /// `wgpu` or `ort`.
    pub backend: String,
    /// Width and height of the picture.
    pub picture: [u32; 2],
    /// Which click: `first` (whole picture), `second` (a new crop), `third` (the crop stays).
    pub click: &'static str,
    /// The whole click, the mask of the whole picture included (median).
    pub whole_ms: f64,
    /// The bare network through this backend in the same rounds, both inputs changed (median).
    pub bare_ms: f64,
    /// `whole_ms / bare_ms`.
    pub ratio_to_bare: f64,
    /// Parts of it (medians): crop, resampling, disks, upload.
    pub prepare_ms: f64,
    /// The network.
    pub network_ms: f64,
    /// Back to the picture.
    pub paste_ms: f64,
    /// The mask of the whole picture.
    pub mask_ms: f64,
    /// Whether the image's part of the network was kept.
    pub reused_image_part: bool,
}

/// Samples of one of the three clicks.
#[derive(Default)]
struct Samples {
    whole: Vec<f64>,
    prepare: Vec<f64>,
    network: Vec<f64>,
    paste: Vec<f64>,
    mask: Vec<f64>,
    reused: bool,
}

/// Three clicks on the object in the middle, again and again; between them the bare network.
///
/// # Errors
/// What the engine reports.
pub fn measure(
    weights: &[u8],
    card: &Card,
    kind: BackendKind,
    picture: &Arc<dyn RgbLevels>,
    runs: usize,
) -> Result<Vec<ClickRow>> {
    let options = EngineOptions::only(kind);
    let mut segmenter = Segmenter::new(weights, card, &options)?;
    let side = card.input.size as usize;
    let shapes: [(&str, &[usize]); 2] = [("image", &[1, 3, side, side]), ("clicks", &[1, 4, side, side])];
    let mut bare = limn_inference::load(weights, &shapes, &options)?;
    let (image, clicks) = (vec![0.1; 3 * side * side], vec![0.0; 4 * side * side]);
    let (mut mask, mut edge) = (Vec::new(), Vec::new());

    let mut samples: [Samples; 3] = Default::default();
    let mut bare_ms = Vec::new();
    let [width, height] = picture.size();
    let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
    for round in 0..=runs {
        let mut session = ClickSession::new(width, height);
        for (n, into) in samples.iter_mut().enumerate() {
            let shift = n as f32 * width as f32 / 50.0;
            let begun = std::time::Instant::now();
            session.add_click(Click { x: x + shift, y, positive: true });
            let timing = segmenter.predict(picture, &mut session)?;
            let predicted = begun.elapsed().as_secs_f64() * 1e3;
            let found = session.mask(&MaskOptions::default());
            let whole = begun.elapsed().as_secs_f64() * 1e3;
            std::hint::black_box(found);
            if round > 0 {
                into.whole.push(whole);
                into.mask.push(whole - predicted);
                into.prepare.push(timing.prepare_ms);
                into.network.push(timing.network_ms);
                into.paste.push(timing.paste_ms);
                into.reused = timing.reused_image_part;
            }
        }
        let run = timed(|| {
            bare.set_input("image", &image)?;
            bare.set_input("clicks", &clicks)?;
            bare.run(&["mask", "edge"])?;
            bare.read_output("mask", &mut mask)?;
            bare.read_output("edge", &mut edge)?;
            Ok(())
        })?;
        if round > 0 {
            bare_ms.push(run);
        }
    }
    let bare_ms = median(&bare_ms);
    let row = |(click, s): (&'static str, &Samples)| ClickRow {
        backend: kind.to_string(),
        picture: [width, height],
        click,
        whole_ms: median(&s.whole),
        bare_ms,
        ratio_to_bare: median(&s.whole) / bare_ms,
        prepare_ms: median(&s.prepare),
        network_ms: median(&s.network),
        paste_ms: median(&s.paste),
        mask_ms: median(&s.mask),
        reused_image_part: s.reused,
    };
    Ok(["first", "second", "third"].into_iter().zip(&samples).map(row).collect())
}
