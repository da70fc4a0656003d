//! Plain spans beside tiles, in one run: `cargo bench -p limn-raster`. The least of several runs, in microseconds.

use std::hint::black_box;
use std::time::Instant;

use limn_raster::tiles::TileMask;
use limn_raster::{Mask, OutlineOptions, PixelRect, keyhole};

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

/// A board of single pixels, or of holes of a pixel, `count` of them.
fn board(count: u32, holes: bool) -> Mask {
    let across = f64::from(count).sqrt().ceil();
    let side = (1..).find(|&n: &u32| f64::from(n) >= across).unwrap_or(1);
    let (width, height) = (2 * side + 1, 2 * count.div_ceil(side) + 1);
    let spot = |at: u32| {
        let (x, y) = (at % width, at / width);
        x % 2 == 1 && y % 2 == 1 && y / 2 * side + x / 2 < count
    };
    let places: Vec<u32> = (0..width * height).collect();
    Mask::from_predicate(width, height, &places, |at| spot(at) != holes)
}

/// What twice as much costs: the ratio of the times should stay below 2.3.
fn growth() {
    println!("{:22}{:>12}{:>12}{:>8}", "20,000 and 40,000", "us", "us", "ratio");
    for (name, holes) in [("spots", false), ("holes", true)] {
        let masks = [board(20_000, holes), board(40_000, holes)];
        let twice = |what: &str, work: &dyn Fn(&Mask) -> u64| {
            let [a, b] = [0, 1].map(|at| least(|| work(&masks[at])));
            println!("{:22}{a:12.0}{b:12.0}{:8.2}", format!("{name}: {what}"), b / a);
        };
        twice("parts", &|m| m.components().len() as u64);
        twice("holes", &|m| m.holes().len() as u64);
        twice("rings", &|m| m.rings().len() as u64);
        twice("one ring", &|m| keyhole::one_ring(m).map_or(0, |ring| ring.0.len() as u64));
        twice("a ring a part", &|m| keyhole::rings_by_part(m).len() as u64);
        twice("grown by 3", &|m| m.grow(3.0).area());
        twice("grown by 50", &|m| m.grow(50.0).area());
        let outline = |m: &Mask| m.outline(&OutlineOptions::default());
        twice("outline, its error", &|m| outline(m).error(m).distance.to_bits());
        twice("run lengths", &|m| m.to_rle_counts().map_or(0, |counts| counts.len() as u64));
        twice("tiles, there and back", &|m| TileMask::from(m).to_spans().len() as u64);
    }
}

fn main() {
    growth();
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
