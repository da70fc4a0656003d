//! Resampling, one axis after the other.

use rayon::prelude::*;

use super::Operand;
use crate::graph::{Coordinates, NearestRounding, Resize, ResizeMode};

/// Resamples every axis whose extent or scale changes. Parallel over the axes before it.
pub fn run(resize: &Resize, x: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let mut shape = x.shape.to_vec();
    let mut current: Option<Vec<f32>> = None;
    for axis in 0..shape.len() {
        if shape[axis] == out_shape[axis] && resize.scales[axis] == 1.0 {
            continue;
        }
        let (extent_in, extent_out) = (shape[axis], out_shape[axis]);
        let inner: usize = shape[axis + 1..].iter().product();
        let samples: Vec<Sample> =
            (0..extent_out).map(|o| sample(resize, o, resize.scales[axis], extent_in, extent_out)).collect();
        let source = current.as_deref().unwrap_or(x.data);
        let outer: usize = shape[..axis].iter().product();
        let mut next = vec![0.0; outer * extent_out * inner];
        if !next.is_empty() {
            next.par_chunks_mut(extent_out * inner).zip(source.par_chunks(extent_in * inner)).for_each(
                |(next, source)| {
                    for (next, sample) in next.chunks_mut(inner).zip(&samples) {
                        let low = &source[sample.low * inner..][..inner];
                        let high = &source[sample.high * inner..][..inner];
                        for ((next, low), high) in next.iter_mut().zip(low).zip(high) {
                            *next = low * (1.0 - sample.weight) + high * sample.weight;
                        }
                    }
                },
            );
        }
        shape[axis] = extent_out;
        current = Some(next);
    }
    out.copy_from_slice(current.as_deref().unwrap_or(x.data));
}

/// An output index comes from two neighbours: low (1 - weight) + high weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The lower neighbour.
    pub low: usize,
    /// The upper neighbour.
    pub high: usize,
    /// Weight of the upper one; 0 for nearest.
    pub weight: f32,
}

/// Where output index `o` of an axis comes from.
#[must_use]
pub fn sample(resize: &Resize, o: usize, scale: f32, extent_in: usize, extent_out: usize) -> Sample {
    let last = extent_in.saturating_sub(1);
    let o = o as f32;
    let position = match resize.coordinates {
        Coordinates::HalfPixel => (o + 0.5) / scale - 0.5,
        Coordinates::PytorchHalfPixel if extent_out > 1 => (o + 0.5) / scale - 0.5,
        Coordinates::AlignCorners if extent_out > 1 => o * last as f32 / (extent_out - 1) as f32,
        Coordinates::PytorchHalfPixel | Coordinates::AlignCorners => 0.0,
        Coordinates::Asymmetric => o / scale,
    };
    match resize.mode {
        ResizeMode::Nearest(rounding) => {
            let rounded = match rounding {
                NearestRounding::RoundPreferFloor => (position - 0.5).ceil(),
                NearestRounding::RoundPreferCeil => (position + 0.5).floor(),
                NearestRounding::Floor => position.floor(),
                NearestRounding::Ceil => position.ceil(),
            };
            let low = (rounded.max(0.0) as usize).min(last);
            Sample { low, high: low, weight: 0.0 }
        }
        ResizeMode::Linear => {
            let position = position.clamp(0.0, last as f32);
            let low = (position as usize).min(last);
            Sample { low, high: (low + 1).min(last), weight: position - low as f32 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(mode: ResizeMode, coordinates: Coordinates, x: &[f32], out: usize) -> Vec<f32> {
        let scales = vec![1.0, out as f32 / x.len() as f32];
        let resize = Resize { mode, coordinates, scales };
        let mut result = vec![0.0; out];
        run(&resize, Operand { shape: &[1, x.len()], data: x }, &[1, out], &mut result);
        result
    }

    #[test]
    fn linear_modes_by_hand() {
        let x = [0.0, 4.0];
        assert_eq!(row(ResizeMode::Linear, Coordinates::HalfPixel, &x, 4), [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(row(ResizeMode::Linear, Coordinates::AlignCorners, &x, 5), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(row(ResizeMode::Linear, Coordinates::Asymmetric, &x, 4), [0.0, 2.0, 4.0, 4.0]);
        assert_eq!(row(ResizeMode::Linear, Coordinates::PytorchHalfPixel, &x, 1), [0.0]);
        assert_eq!(row(ResizeMode::Linear, Coordinates::HalfPixel, &x, 1), [2.0]);
    }

    #[test]
    fn nearest_roundings_by_hand() {
        let x = [0.0, 1.0, 2.0, 3.0];
        // Positions 0.5 and 2.5.
        let of = |rounding| row(ResizeMode::Nearest(rounding), Coordinates::HalfPixel, &x, 2);
        assert_eq!(of(NearestRounding::RoundPreferFloor), [0.0, 2.0]);
        assert_eq!(of(NearestRounding::RoundPreferCeil), [1.0, 3.0]);
        assert_eq!(of(NearestRounding::Floor), [0.0, 2.0]);
        assert_eq!(of(NearestRounding::Ceil), [1.0, 3.0]);
    }
}
