//! Bilinear sampling at given places, zeros outside.

use rayon::prelude::*;

use super::Operand;

/// `x` is `[n, c, h, w]`, `grid` `[n, ho, wo, 2]` of (x, y) in -1..1. Parallel over planes.
pub fn run(align_corners: bool, x: Operand<'_>, grid: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3]);
    let plane_out = out_shape[2] * out_shape[3];
    if plane_out == 0 {
        return;
    }
    let place = |at: f32, extent: usize| {
        if align_corners { (at + 1.0) / 2.0 * (extent as f32 - 1.0) } else { ((at + 1.0) * extent as f32 - 1.0) / 2.0 }
    };
    out.par_chunks_mut(plane_out).enumerate().for_each(|(index, out)| {
        let plane = &x.data[index * height * width..][..height * width];
        let places = &grid.data[index / channels * plane_out * 2..];
        let at = |y: f32, x: f32| {
            let inside = y >= 0.0 && x >= 0.0 && y < height as f32 && x < width as f32;
            if inside { plane[y as usize * width + x as usize] } else { 0.0 }
        };
        for (out, place_at) in out.iter_mut().zip(places.chunks(2)) {
            let (px, py) = (place(place_at[0], width), place(place_at[1], height));
            let (x0, y0) = (px.floor(), py.floor());
            let (wx, wy) = (px - x0, py - y0);
            *out = at(y0, x0) * (1.0 - wx) * (1.0 - wy)
                + at(y0, x0 + 1.0) * wx * (1.0 - wy)
                + at(y0 + 1.0, x0) * (1.0 - wx) * wy
                + at(y0 + 1.0, x0 + 1.0) * wx * wy;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_centre_and_outside() {
        let x = Operand { shape: &[1, 1, 2, 2], data: &[1.0, 2.0, 3.0, 4.0] };
        let places = [-1.0, -1.0, 1.0, 1.0, 0.0, 0.0, 5.0, 0.0];
        let grid = Operand { shape: &[1, 1, 4, 2], data: &places };
        let mut out = [9.0; 4];
        run(true, x, grid, &[1, 1, 1, 4], &mut out);
        assert_eq!(out, [1.0, 4.0, 2.5, 0.0]);
        run(false, x, grid, &[1, 1, 1, 4], &mut out);
        assert_eq!(out, [0.25, 1.0, 2.5, 0.0], "outer edges: a quarter of the corner pixel");
    }
}
