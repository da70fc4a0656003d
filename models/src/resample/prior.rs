//! The previous mask and edge as channels of the network's input.
//!
//! The network's last outputs are carried at image resolution: pasted into the picture, then resampled into the new crop. Both
//! steps are linear and separable, so they are done at once, with up to four taps per axis; the picture-sized map between
//! them is never made.

use rayon::prelude::*;

use crate::resample::taps::Tap;

/// `out[v][u] = scale * sum rows[v] x columns[u] of source`, a `rows.len()` x `columns.len()` map.
pub fn separable<T, const N: usize>(
    source: &[T],
    stride: usize,
    columns: &[[Tap; N]],
    rows: &[[Tap; N]],
    scale: f32,
    out: &mut [f32],
) where
    T: Copy + Into<f32> + Sync,
{
    let used = || columns.iter().flatten().filter(|t| t.weight != 0.0).map(|t| t.index as usize);
    let (Some(first), Some(last)) = (used().min(), used().max()) else { return out.fill(0.0) };
    let lines = out.par_chunks_mut(columns.len()).zip(rows).with_min_len(16);
    lines.for_each_init(
        || vec![0.0f32; last + 1 - first],
        |sums, (target, row)| {
            if row.iter().all(|t| t.weight == 0.0) {
                return target.fill(0.0);
            }
            sums.fill(0.0);
            for tap in row.iter().filter(|t| t.weight != 0.0) {
                let line = &source[tap.index as usize * stride..][first..=last];
                for (sum, &value) in sums.iter_mut().zip(line) {
                    *sum += tap.weight * value.into();
                }
            }
            for (pixel, taps) in target.iter_mut().zip(columns) {
                let inside = taps.iter().filter(|t| t.weight != 0.0);
                *pixel = scale * inside.map(|t| t.weight * sums[t.index as usize - first]).sum::<f32>();
            }
        },
    );
}

/// Draws click disks: 1 where the squared distance to the pixel of the click is at most `radius` squared. `clicks` are continuous
/// pixel-edge coordinates of the `size` x `size` map; of a click outside there is as much as reaches in.
pub fn disks(clicks: impl Iterator<Item = (f64, f64)>, radius: f32, size: u32, out: &mut [f32]) {
    out.fill(0.0);
    let last = i64::from(size) - 1;
    // Far outside all are the same, and nothing can overflow.
    let pixel = |v: f64| v.floor().clamp(-1e6, 1e6) as i64;
    let reach = radius.floor() as i64;
    let limit = f64::from(radius) * f64::from(radius);
    for (x, y) in clicks {
        let (cx, cy) = (pixel(x), pixel(y));
        for v in (cy - reach).max(0)..=(cy + reach).min(last) {
            for u in (cx - reach).max(0)..=(cx + reach).min(last) {
                if ((u - cx).pow(2) + (v - cy).pow(2)) as f64 <= limit {
                    out[(v * i64::from(size) + u) as usize] = 1.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crop::CropSquare;
    use crate::resample::taps::Axis;

    #[test]
    fn a_disk_of_radius_five_has_81_pixels_and_clips_at_the_border() {
        let mut map = vec![7.0; 32 * 32];
        disks([(10.9, 12.0)].into_iter(), 5.0, 32, &mut map);
        assert_eq!(map.iter().sum::<f32>(), 81.0); // pixels with dx^2 + dy^2 <= 25
        assert_eq!((map[12 * 32 + 15], map[12 * 32 + 16], map[15 * 32 + 14], map[16 * 32 + 14]), (1.0, 0.0, 1.0, 0.0));
        disks([(0.0, 31.9)].into_iter(), 5.0, 32, &mut map);
        assert_eq!(map[31 * 32], 1.0);
        assert_eq!(map.iter().sum::<f32>(), 26.0); // the quarter with its axes: 6 + 5 + 5 + 5 + 4 + 1
        disks([(-4.0, 16.5)].into_iter(), 5.0, 32, &mut map);
        assert_eq!(map.iter().sum::<f32>(), 7.0 + 1.0); // dx = 4 reaches 3 up and down, dx = 5 the middle
        disks([(-6.0, 16.5), (f64::MAX, 3.0), (40.0, 100.0)].into_iter(), 5.0, 32, &mut map);
        assert!(map.iter().all(|&v| v == 0.0), "what lies outside says nothing at the border");
    }

    /// Paste into the picture (bilinear, 0 outside the square and the clip), then resample, each by its definition.
    #[test]
    fn the_composed_taps_equal_pasting_and_resampling() {
        let (width, height, size) = (60u32, 45u32, 32u32);
        let old = CropSquare { cx: 22.0, cy: 30.0, side: 41.0 };
        let new = CropSquare { cx: 30.0, cy: 20.0, side: 25.3 };
        let clip = ((5u32, 40u32), (12u32, 45u32));
        let net: Vec<u16> = (0..size * size).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as u16).collect();
        let mut pasted = vec![0.0f64; (width * height) as usize];
        let k = f64::from(size) / old.side;
        for j in clip.1.0..clip.1.1 {
            for i in clip.0.0..clip.0.1 {
                let (dx, dy) = (f64::from(i) + 0.5 - old.cx, f64::from(j) + 0.5 - old.cy);
                if dx.abs() > old.side / 2.0 || dy.abs() > old.side / 2.0 {
                    continue;
                }
                let last = f64::from(size - 1);
                let (x, y) = ((dx * k + 15.5).clamp(0.0, last), (dy * k + 15.5).clamp(0.0, last));
                let at = |u: f64, v: f64| f64::from(net[(v.min(last) * 32.0 + u.min(last)) as usize]);
                let (fx, fy) = (x - x.floor(), y - y.floor());
                let (u, v) = (x.floor(), y.floor());
                let upper = at(u, v) * (1.0 - fx) + at(u + 1.0, v) * fx;
                let lower = at(u, v + 1.0) * (1.0 - fx) + at(u + 1.0, v + 1.0) * fx;
                pasted[(j * width + i) as usize] = upper * (1.0 - fy) + lower * fy;
            }
        }
        let (old_x, old_y) = (Axis::x(&old, size, width), Axis::y(&old, size, height));
        let (new_x, new_y) = (Axis::x(&new, size, width), Axis::y(&new, size, height));
        let (columns, rows) = (new_x.earlier_taps(&old_x, clip.0), new_y.earlier_taps(&old_y, clip.1));
        let mut got = vec![9.0; (size * size) as usize];
        separable(&net, size as usize, &columns, &rows, 1.0 / 65535.0, &mut got);
        for v in 0..size {
            for u in 0..size {
                let (x, y) = (new_x.image_from_net(u) - 0.5, new_y.image_from_net(v) - 0.5);
                let at = |i: f64, j: f64| {
                    let inside = i >= 0.0 && j >= 0.0 && i < f64::from(width) && j < f64::from(height);
                    if inside { pasted[j as usize * width as usize + i as usize] } else { 0.0 }
                };
                let (fx, fy) = (x - x.floor(), y - y.floor());
                let (i, j) = (x.floor(), y.floor());
                let upper = at(i, j) * (1.0 - fx) + at(i + 1.0, j) * fx;
                let lower = at(i, j + 1.0) * (1.0 - fx) + at(i + 1.0, j + 1.0) * fx;
                let want = (upper * (1.0 - fy) + lower * fy) / 65535.0;
                let found = f64::from(got[(v * size + u) as usize]);
                assert!((want - found).abs() < 1e-5, "{u},{v}: {found} for {want}"); // f32 against f64
            }
        }
    }
}
