//! Reductions over axes.

use rayon::prelude::*;

use super::{Operand, offset_of, strides};
use crate::graph::{Reduce, ReduceKind};

/// Reduces `x`; `out` holds the axes that stay, in order. Sums are kept in f64. Parallel over outputs.
pub fn run(reduce: &Reduce, x: Operand<'_>, out: &mut [f32]) {
    let own = strides(x.shape);
    let (mut kept, mut reduced) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (axis, (&extent, &stride)) in x.shape.iter().zip(&own).enumerate() {
        let side = if reduce.axes.contains(&axis) { &mut reduced } else { &mut kept };
        side.0.push(extent);
        side.1.push(stride);
    }
    let count: usize = reduced.0.iter().product();
    let offsets: Vec<usize> = (0..count).map(|index| offset_of(index, &reduced.0, &reduced.1)).collect();
    out.par_iter_mut().enumerate().for_each(|(index, out)| {
        let base = offset_of(index, &kept.0, &kept.1);
        let elements = offsets.iter().map(|offset| x.data[base + offset]);
        *out = reduced_to(reduce.kind, elements, count);
    });
}

fn reduced_to(kind: ReduceKind, elements: impl Iterator<Item = f32>, count: usize) -> f32 {
    let wide =
        |elements: &mut dyn Iterator<Item = f32>, f: fn(f64) -> f64| -> f64 { elements.map(|x| f(f64::from(x))).sum() };
    let mut elements = elements;
    match kind {
        ReduceKind::Mean => (wide(&mut elements, |x| x) / count as f64) as f32,
        ReduceKind::Sum => wide(&mut elements, |x| x) as f32,
        ReduceKind::Max => elements.fold(f32::NEG_INFINITY, f32::max),
        ReduceKind::Min => elements.fold(f32::INFINITY, f32::min),
        ReduceKind::Prod => elements.map(f64::from).product::<f64>() as f32,
        ReduceKind::L1 => wide(&mut elements, f64::abs) as f32,
        ReduceKind::L2 => wide(&mut elements, |x| x * x).sqrt() as f32,
        ReduceKind::SumSquare => wide(&mut elements, |x| x * x) as f32,
        ReduceKind::ArgMax => first_best(elements, |x, best| x > best),
        ReduceKind::ArgMin => first_best(elements, |x, best| x < best),
    }
}

fn first_best(elements: impl Iterator<Item = f32>, better: fn(f32, f32) -> bool) -> f32 {
    let mut best = (0, None);
    for (index, x) in elements.enumerate() {
        if best.1.is_none_or(|value| better(x, value)) {
            best = (index, Some(x));
        }
    }
    best.0 as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_over_the_first_axis() {
        let x = Operand { shape: &[2, 2], data: &[1.0, -2.0, 3.0, 4.0] };
        let of = |kind| {
            let mut out = [0.0; 2];
            run(&Reduce { kind, axes: vec![0] }, x, &mut out);
            out
        };
        assert_eq!(of(ReduceKind::Mean), [2.0, 1.0]);
        assert_eq!(of(ReduceKind::Sum), [4.0, 2.0]);
        assert_eq!(of(ReduceKind::Max), [3.0, 4.0]);
        assert_eq!(of(ReduceKind::Min), [1.0, -2.0]);
        assert_eq!(of(ReduceKind::Prod), [3.0, -8.0]);
        assert_eq!(of(ReduceKind::L1), [4.0, 6.0]);
        assert_eq!(of(ReduceKind::SumSquare), [10.0, 20.0]);
        assert_eq!(of(ReduceKind::ArgMax), [1.0, 1.0]);
        assert_eq!(of(ReduceKind::ArgMin), [0.0, 0.0]);
    }
}
