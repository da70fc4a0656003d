//! Maximum and average over a window.

use rayon::prelude::*;

use super::Operand;
use crate::graph::{Pool, PoolKind};

/// Pools `x`, `[n, c, h, w]`. Parallel over planes.
pub fn run(pool: &Pool, x: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let (height, width) = (x.shape[2], x.shape[3]);
    let (height_out, width_out) = (out_shape[2], out_shape[3]);
    if height_out * width_out == 0 {
        return;
    }
    out.par_chunks_mut(height_out * width_out).enumerate().for_each(|(plane, out)| {
        let x = &x.data[plane * height * width..][..height * width];
        for oy in 0..height_out {
            for ox in 0..width_out {
                let (mut max, mut sum, mut taps) = (f32::NEG_INFINITY, 0.0f64, 0usize);
                for ky in 0..pool.kernel[0] {
                    let y = (oy * pool.strides[0] + ky * pool.dilations[0]) as isize - pool.pads[0] as isize;
                    for kx in 0..pool.kernel[1] {
                        let x_at = (ox * pool.strides[1] + kx * pool.dilations[1]) as isize - pool.pads[1] as isize;
                        let inside = y >= 0 && x_at >= 0 && y < height as isize && x_at < width as isize;
                        let padding = y < (height + pool.pads[2]) as isize && x_at < (width + pool.pads[3]) as isize;
                        if inside {
                            let value = x[y as usize * width + x_at as usize];
                            max = max.max(value);
                            sum += f64::from(value);
                        }
                        let counts = match pool.kind {
                            PoolKind::Average { count_pad: true } => padding,
                            _ => inside,
                        };
                        taps += usize::from(counts);
                    }
                }
                out[oy * width_out + ox] = match pool.kind {
                    PoolKind::Max => max,
                    PoolKind::Average { .. } => (sum / taps.max(1) as f64) as f32,
                };
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_never_wins_and_counts_only_when_asked() {
        let x = Operand { shape: &[1, 1, 2, 2], data: &[-1.0, -2.0, -3.0, -4.0] };
        let mut pool =
            Pool { kind: PoolKind::Max, kernel: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] };
        let mut out = [0.0; 4];
        run(&pool, x, &[1, 1, 2, 2], &mut out);
        assert_eq!(out, [-1.0, -2.0, -3.0, -4.0]);
        pool.kind = PoolKind::Average { count_pad: true };
        run(&pool, x, &[1, 1, 2, 2], &mut out);
        assert_eq!(out, [-0.25, -0.5, -0.75, -1.0]);
        pool.kind = PoolKind::Average { count_pad: false };
        run(&pool, x, &[1, 1, 2, 2], &mut out);
        assert_eq!(out, [-1.0, -2.0, -3.0, -4.0]);
    }
}
