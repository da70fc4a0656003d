//! The picture that is clicked on: a smooth bright disk on a striped ground, at any size.

use std::sync::Arc;

use anyhow::Result;
use limn_models::{Rgb8, RgbLevels, WholeRgb};

/// A disk of a quarter of the shorter side in the middle; the ground and the disk carry some texture.
///
/// # Errors
/// A picture without pixels.
pub fn synthetic(width: u32, height: u32) -> Result<Arc<dyn RgbLevels>> {
    let radius = f64::from(width.min(height)) / 4.0;
    let (cx, cy) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (f64::from(x) + 0.5 - cx, f64::from(y) + 0.5 - cy);
            let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) >> 28;
            let inside = dx * dx + dy * dy < radius * radius;
            let shade = (40.0 * (dx + dy) / radius) as i32;
            let base = if inside { [210 + shade / 4, 120 + shade, 60] } else { [70, 95 + shade / 8, 110] };
            data.extend(base.map(|v| (v + grain as i32).clamp(0, 255) as u8));
        }
    }
    Ok(Arc::new(WholeRgb::new(Rgb8 { width, height, data })?))
}
