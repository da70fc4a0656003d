//! Batched matrix product.

use rayon::prelude::*;

use super::elementwise::activate;
use super::{Operand, broadcast_strides, offset_of};
use crate::graph::MatMul;

/// Operands as at [`MatMul`], both of two axes at least. Parallel over rows of the output.
pub fn run(product: &MatMul, inputs: &[Operand<'_>], out_shape: &[usize], out: &mut [f32]) {
    let (a, b) = (inputs[0], inputs[1]);
    let rank = out_shape.len();
    let (rows, columns) = (out_shape[rank - 2], out_shape[rank - 1]);
    let (a_rank, b_rank) = (a.shape.len(), b.shape.len());
    let depth = if product.transpose_a { a.shape[a_rank - 2] } else { a.shape[a_rank - 1] };
    if columns == 0 || rows == 0 {
        return;
    }
    let batch_shape = &out_shape[..rank - 2];
    let a_strides = broadcast_strides(&a.shape[..a_rank - 2], batch_shape);
    let b_strides = broadcast_strides(&b.shape[..b_rank - 2], batch_shape);
    let bias = product.bias.then(|| (inputs[2].data, broadcast_strides(inputs[2].shape, out_shape)));
    out.par_chunks_mut(columns).enumerate().for_each(|(index, out)| {
        let (batch, row) = (index / rows, index % rows);
        let a = &a.data[offset_of(batch, batch_shape, &a_strides) * rows * depth..][..rows * depth];
        let b = &b.data[offset_of(batch, batch_shape, &b_strides) * depth * columns..][..depth * columns];
        let a_at = |k: usize| if product.transpose_a { a[k * rows + row] } else { a[row * depth + k] };
        out.fill(0.0);
        if product.transpose_b {
            for (out, b) in out.iter_mut().zip(b.chunks(depth.max(1))) {
                *out = b.iter().enumerate().map(|(k, b)| a_at(k) * b).sum();
            }
        } else {
            for (k, b) in b.chunks(columns).enumerate() {
                let a = a_at(k);
                for (out, b) in out.iter_mut().zip(b) {
                    *out += a * b;
                }
            }
        }
        for value in out.iter_mut() {
            *value *= product.alpha;
        }
        if let Some((data, strides)) = &bias {
            for (column, out) in out.iter_mut().enumerate() {
                *out += product.beta * data[offset_of(index * columns + column, out_shape, strides)];
            }
        }
        activate(product.activation, out);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Activation;

    const PLAIN: MatMul = MatMul {
        transpose_a: false,
        transpose_b: false,
        alpha: 1.0,
        bias: false,
        beta: 1.0,
        activation: Activation::None,
    };

    #[test]
    fn transposed_scaled_and_biased_by_hand() {
        let a = Operand { shape: &[2, 2], data: &[1.0, 2.0, 3.0, 4.0] };
        let b = Operand { shape: &[2, 2], data: &[5.0, 6.0, 7.0, 8.0] };
        let mut out = [0.0; 4];
        run(&PLAIN, &[a, b], &[2, 2], &mut out);
        assert_eq!(out, [19.0, 22.0, 43.0, 50.0]);
        let product = MatMul { transpose_a: true, transpose_b: true, alpha: 2.0, bias: true, beta: 0.5, ..PLAIN };
        let c = Operand { shape: &[2], data: &[2.0, 4.0] };
        run(&product, &[a, b, c], &[2, 2], &mut out);
        // aT bT = [[23, 31], [34, 46]].
        assert_eq!(out, [47.0, 64.0, 69.0, 94.0]);
    }

    #[test]
    fn batches_broadcast() {
        let a = Operand { shape: &[2, 1, 2], data: &[1.0, 1.0, 2.0, 2.0] };
        let b = Operand { shape: &[1, 2, 1], data: &[3.0, 4.0] };
        let mut out = [0.0; 2];
        run(&PLAIN, &[a, b], &[2, 1, 1], &mut out);
        assert_eq!(out, [7.0, 14.0]);
    }
}
