//! Plain spans beside tiles, in one run: `cargo bench -p limn-raster`. The least of several runs, in microseconds.

use std::hint::black_box;
use std::time::Instant;

use limn_raster::tiles::TileMask;
use limn_raster::{Mask, PixelRect};

fn least(mut work: impl FnMut() -> u64) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..15 {
        let start = Instant::now();
        black_box(work());
        best = best.min(start.elapsed().as_secs_f64() * 1e6);
    }
    best
}

/// An object with a wavy rim of about `share` of the picture's width.
fn blob(width: u32, height: u32, at: [f64; 2], share: f64) -> Mask {
    let radius = f64::from(width.min(height)) * share;
    let ring: Vec<[f64; 2]> = (0..720)
        .map(|n| {
            let angle = f64::from(n) * std::f64::consts::TAU / 720.0;
            let r = radius * (1.0 + 0.15 * (7.0 * angle).sin() + 0.05 * (41.0 * angle).cos());
            [f64::from(width) * at[0] + r * angle.cos(), f64::from(height) * at[1] + r * angle.sin()]
        })
        .collect();
    Mask::from_area(width, height, &[ring])
}

fn line(what: &str, plain: f64, tiles: f64) {
    println!("  {what:18}{plain:12.1}{tiles:12.1}{:8.2}", tiles / plain);
}

fn tile_counts(mask: &TileMask) -> u64 {
    let mut counts: Vec<u64> = Vec::new();
    let each = mask.each_rle_count(|count| {
        counts.push(count);
        Ok(())
    });
    each.map_or(0, |()| counts.len() as u64)
}

fn main() {
    for (width, height, share) in
        [(600, 400, 0.05), (600, 400, 0.3), (1920, 1080, 0.3), (4000, 3000, 0.05), (4000, 3000, 0.35)]
    {
        let (a, b) = (blob(width, height, [0.45, 0.5], share), blob(width, height, [0.55, 0.48], share));
        let tiled = |m: &Mask| TileMask::from_spans(width, height, m.spans().to_vec());
        let (ta, tb) = (tiled(&a), tiled(&b));
        let bytes = a.to_bytes();
        println!(
            "{width}x{height}, {} px, {} spans, {} and {} bytes",
            a.area(),
            a.spans().len(),
            a.heap_bytes(),
            ta.heap_bytes()
        );
        println!("  {:18}{:>12}{:>12}{:>8}", "", "spans us", "tiles us", "ratio");
        line("union", least(|| a.union(&b).area()), least(|| ta.union(&tb).area()));
        line("subtract", least(|| a.subtract(&b).area()), least(|| ta.subtract(&tb).area()));
        line("complement", least(|| a.complement().area()), least(|| ta.complement().area()));
        line("common area", least(|| a.intersection_area(&b)), least(|| ta.intersection_area(&tb)));
        line(
            "from bytes",
            least(|| Mask::from_bytes(width, height, &bytes).area()),
            least(|| TileMask::from_bytes(width, height, &bytes).area()),
        );
        let spans = a.spans().to_vec();
        line(
            "from spans",
            least(|| Mask::from_spans(width, height, spans.clone()).area()),
            least(|| TileMask::from_spans(width, height, spans.clone()).area()),
        );
        line("to spans", least(|| a.spans().to_vec().len() as u64), least(|| ta.to_spans().len() as u64));
        line(
            "spans one by one",
            least(|| a.spans().iter().map(|s| u64::from(s.x0)).sum()),
            least(|| ta.spans().map(|s| u64::from(s.x0)).sum()),
        );
        let counts = |m: &Mask| m.to_rle_counts().map_or(0, |c| c.len() as u64);
        line("run lengths", least(|| counts(&a)), least(|| tile_counts(&ta)));
        let all = PixelRect { x0: 3, y0: 5, x1: width - 9, y1: height - 4 };
        line(
            "rectangle",
            least(|| Mask::rectangle(width, height, all).area()),
            least(|| TileMask::rectangle(width, height, all).area()),
        );
    }
}
