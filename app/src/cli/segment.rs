//! `limn segment`: one object of one picture.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::CommandFactory;
use limn_models::{Click, ClickSession, MaskOptions, Timing};
use serde_json::json;

use super::args::{Args, Common, SegmentArgs};
use super::{engine, output};
use crate::cli::output::say;

/// Runs the command.
///
/// # Errors
/// A bad picture, mask, click or model; an output that cannot be written.
pub fn run(given: &SegmentArgs, common: &Common) -> Result<()> {
    if given.clicks.is_empty() && given.bounds.is_none() {
        let kind = clap::error::ErrorKind::MissingRequiredArgument;
        Args::command().error(kind, "segment needs at least one --click X,Y or a --box X0,Y0,X1,Y1").exit();
    }
    for to in given.out.iter().chain(&given.json) {
        output::refuse_inputs(to, [given.image.as_path()].into_iter().chain(given.mask.as_deref()))?;
    }
    let picture = engine::picture(&given.image)?;
    let [width, height] = picture.size();
    for click in &given.clicks {
        check_inside(click, width, height)?;
    }
    let mut session = match &given.mask {
        Some(path) => ClickSession::correcting(&engine::bitmap(path, (width, height))?),
        None => ClickSession::new(width, height),
    };
    let loading = Instant::now();
    let mut segmenter = engine::segmenter(common)?;
    let load_ms = ms(loading);

    // Click by click, as in the window: every prediction builds on the one before.
    let mut times: Vec<Timing> = Vec::new();
    if let Some(super::args::Corners([x0, y0, x1, y1])) = given.bounds {
        session.set_box(x0, y0, x1, y1);
        times.push(segmenter.predict(&picture, &mut session)?);
    }
    for &click in &given.clicks {
        session.add_click(click);
        times.push(segmenter.predict(&picture, &mut session)?);
    }
    let options = MaskOptions {
        threshold: given.threshold,
        largest_component: given.largest,
        fill_holes: given.fill_holes,
        min_area: given.min_area,
    };
    let runs = session.runs(&options);
    let (area, bounds) = (runs.area(), runs.bounds());
    if let Some(path) = &given.out {
        output::write_mask(path, &runs.to_bitmap())?;
    }
    let info = segmenter.info();
    if let Some(path) = &given.json {
        let mask = engine::mask_from_runs(&runs);
        let time = |t: &Timing| {
            json!({
                "prepare_ms": t.prepare_ms, "network_ms": t.network_ms, "paste_ms": t.paste_ms,
                "total_ms": t.total_ms(), "reused_image_part": t.reused_image_part,
            })
        };
        let value = json!({
            "image": given.image.to_string_lossy(),
            "width": width,
            "height": height,
            "clicks": given.clicks.iter().map(|c| json!({"x": c.x, "y": c.y, "positive": c.positive})).collect::<Vec<_>>(),
            "box": given.bounds.map(|b| b.0),
            "crop": session.crop().map(|c| json!({"cx": c.cx, "cy": c.cy, "side": c.side})),
            "area": area,
            "bounds": bounds.map(|b| [b.x0, b.y0, b.x1, b.y1]),
            "rle": { "size": [height, width], "counts": mask.to_rle_string()? },
            "mask": given.out.as_ref().map(|p| p.to_string_lossy()),
            "threshold": options.threshold,
            "model": segmenter.model(),
            "backend": info.backend.to_string(),
            "device": info.device,
            "times": { "load_ms": load_ms, "clicks": times.iter().map(time).collect::<Vec<_>>() },
        });
        output::write_json(path, &value)?;
    }
    if !common.quiet && given.json.as_deref() != Some(std::path::Path::new("-")) {
        let place = bounds.map_or_else(String::new, |b| format!(" in x {}..{}, y {}..{}", b.x0, b.x1, b.y0, b.y1));
        let last = times.last().map_or(0.0, Timing::total_ms);
        say!("{area} px{place}; last click {last:.0} ms on {} ({})", info.backend, info.device);
    }
    Ok(())
}

fn check_inside(click: &Click, width: u32, height: u32) -> Result<()> {
    let inside = |v: f32, end: u32| v >= 0.0 && v <= end as f32;
    if !inside(click.x, width) || !inside(click.y, height) {
        bail!(
            "click {},{} lies outside the picture of {width}x{height} px; give pixel coordinates inside it",
            click.x,
            click.y
        );
    }
    Ok(())
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
