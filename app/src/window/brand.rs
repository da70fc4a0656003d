//! The icon of the window: an outline and a click, computed, so that no file is needed.

use super::theme;

/// Edge of the icon in pixels.
const EDGE: usize = 64;

/// The icon for the title bar and the task bar.
pub fn icon() -> egui::IconData {
    let [ground, ink] = [theme::DARK.accent, theme::DARK.on_accent];
    let mut rgba = Vec::with_capacity(EDGE * EDGE * 4);
    for y in 0..EDGE {
        for x in 0..EDGE {
            let (px, py) = (x as f32 + 0.5 - 32.0, y as f32 + 0.5 - 32.0);
            // Signed distances in pixels: below zero is inside; one pixel of smoothing at each edge.
            let (qx, qy) = (px.abs() - 18.0, py.abs() - 18.0);
            let square = qx.max(0.0).hypot(qy.max(0.0)) + qx.max(qy).min(0.0) - 13.0;
            let angle = py.atan2(px);
            let ring = (px.hypot(py) - 17.0 - 2.2 * (3.0 * angle + 0.6).sin()).abs() - 2.4;
            let plus = (px.abs() - 1.9).max(py.abs() - 6.5).min((px.abs() - 6.5).max(py.abs() - 1.9));
            let cover = |d: f32| (0.5 - d).clamp(0.0, 1.0);
            let white = cover(ring.min(plus));
            let mix = |a: u8, b: u8| (f32::from(a) * (1.0 - white) + f32::from(b) * white).round() as u8;
            rgba.extend([mix(ground.r(), ink.r()), mix(ground.g(), ink.g()), mix(ground.b(), ink.b())]);
            rgba.push((255.0 * cover(square)).round() as u8);
        }
    }
    egui::IconData { rgba, width: EDGE as u32, height: EDGE as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_opaque_within_and_clear_in_its_corners() {
        let icon = icon();
        let alpha = |x: usize, y: usize| icon.rgba[4 * (y * EDGE + x) + 3];
        assert_eq!(icon.rgba.len(), EDGE * EDGE * 4);
        assert_eq!((alpha(32, 32), alpha(0, 0), alpha(63, 63)), (255, 0, 0));
    }
}
