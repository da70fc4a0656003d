//! Convolution (cross-correlation), NCHW.

use rayon::prelude::*;

use super::Operand;
use super::elementwise::activate;
use crate::graph::Conv;

/// Pixels that are summed up together: a row of the accumulator stays in the first-level cache.
const CHUNK: usize = 2048;

/// y = activation(conv(x, w) + bias + residual); operands as at [`Conv`]. Parallel over output planes.
pub fn run(conv: &Conv, inputs: &[Operand<'_>], out_shape: &[usize], out: &mut [f32]) {
    let (x, weights) = (inputs[0], inputs[1]);
    let bias = conv.bias.then(|| inputs[2].data);
    let residual = conv.residual.then(|| inputs[inputs.len() - 1].data);
    let (channels_out, plane) = (out_shape[1], out_shape[2] * out_shape[3]);
    if plane == 0 {
        return;
    }
    out.par_chunks_mut(plane).enumerate().for_each(|(index, out)| {
        let (n, co) = (index / channels_out, index % channels_out);
        out.fill(bias.map_or(0.0, |bias| bias[co]));
        if is_pointwise(conv) {
            pointwise(conv, x, weights, n, co, channels_out, out);
        } else {
            spatial(conv, x, weights, n, co, out_shape, out);
        }
        if let Some(residual) = residual {
            for (out, residual) in out.iter_mut().zip(&residual[index * plane..]) {
                *out += residual;
            }
        }
        activate(conv.activation, out);
    });
}

fn is_pointwise(conv: &Conv) -> bool {
    conv.kernel == [1, 1] && conv.strides == [1, 1] && conv.pads == [0; 4]
}

/// One output plane of a 1x1 convolution.
fn pointwise(
    conv: &Conv,
    x: Operand<'_>,
    weights: Operand<'_>,
    n: usize,
    co: usize,
    channels_out: usize,
    out: &mut [f32],
) {
    let (channels_in, per_group, plane) = (x.shape[1], weights.shape[1], out.len());
    let first = co / (channels_out / conv.groups) * per_group;
    for start in (0..plane).step_by(CHUNK) {
        let end = (start + CHUNK).min(plane);
        for ci in 0..per_group {
            let base = (n * channels_in + first + ci) * plane;
            add_scaled(&mut out[start..end], &x.data[base + start..base + end], weights.data[co * per_group + ci]);
        }
    }
}

/// One output plane of any convolution.
fn spatial(
    conv: &Conv,
    x: Operand<'_>,
    weights: Operand<'_>,
    n: usize,
    co: usize,
    out_shape: &[usize],
    out: &mut [f32],
) {
    let [kernel_h, kernel_w] = conv.kernel;
    let (channels_in, height, width) = (x.shape[1], x.shape[2], x.shape[3]);
    let per_group = weights.shape[1];
    let first = co / (out_shape[1] / conv.groups) * per_group;
    for (oy, out) in out.chunks_mut(out_shape[3]).enumerate() {
        for ci in 0..per_group {
            let plane = &x.data[(n * channels_in + first + ci) * height * width..][..height * width];
            let taps = &weights.data[(co * per_group + ci) * kernel_h * kernel_w..][..kernel_h * kernel_w];
            for ky in 0..kernel_h {
                let y = (oy * conv.strides[0] + ky * conv.dilations[0]) as isize - conv.pads[0] as isize;
                if y < 0 || y >= height as isize {
                    continue;
                }
                let row = &plane[y as usize * width..][..width];
                for kx in 0..kernel_w {
                    add_row(conv, row, kx, taps[ky * kernel_w + kx], out);
                }
            }
        }
    }
}

/// out[ox] += weight row[ox stride + kx dilation - pad] where that lies inside the row.
fn add_row(conv: &Conv, row: &[f32], kx: usize, weight: f32, out: &mut [f32]) {
    let stride = conv.strides[1];
    let shift = (kx * conv.dilations[1]) as isize - conv.pads[1] as isize;
    // The first ox with ox stride + shift >= 0, and the first one behind the end of the row.
    let from = if shift < 0 { (-shift as usize).div_ceil(stride) } else { 0 };
    let room = row.len() as isize - shift;
    let to = if room > 0 { (room as usize).div_ceil(stride).min(out.len()) } else { 0 };
    if from >= to {
        return;
    }
    let start = (from * stride) as isize + shift;
    let row = &row[start as usize..];
    if stride == 1 {
        add_scaled(&mut out[from..to], &row[..to - from], weight);
    } else {
        for (out, x) in out[from..to].iter_mut().zip(row.iter().step_by(stride)) {
            *out += weight * x;
        }
    }
}

/// out += weight x.
fn add_scaled(out: &mut [f32], x: &[f32], weight: f32) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += weight * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Activation;

    fn conv(kernel: [usize; 2]) -> Conv {
        Conv {
            kernel,
            strides: [1, 1],
            pads: [0; 4],
            dilations: [1, 1],
            groups: 1,
            bias: false,
            residual: false,
            activation: Activation::None,
        }
    }

    fn operand<'a>(shape: &'a [usize], data: &'a [f32]) -> Operand<'a> {
        Operand { shape, data }
    }

    #[test]
    fn three_by_three_with_padding_by_hand() {
        // A picture with a single 1 in the middle gives back the kernel, turned around.
        let mut x = [0.0; 9];
        x[4] = 1.0;
        let w: Vec<f32> = (1..10).map(|v| v as f32).collect();
        let mut out = [0.0; 9];
        let conv = Conv { pads: [1; 4], ..conv([3, 3]) };
        run(&conv, &[operand(&[1, 1, 3, 3], &x), operand(&[1, 1, 3, 3], &w)], &[1, 1, 3, 3], &mut out);
        assert_eq!(out, [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    }

    #[test]
    fn stride_dilation_and_one_sided_padding_by_hand() {
        // 1x2 kernel (1, 10) with distance 2 on a row 1 2 3 4 5, one zero on the left, stride 2.
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let conv = Conv { strides: [1, 2], dilations: [1, 2], pads: [0, 1, 0, 0], ..conv([1, 2]) };
        let mut out = [0.0; 2];
        run(&conv, &[operand(&[1, 1, 1, 5], &x), operand(&[1, 1, 1, 2], &[1.0, 10.0])], &[1, 1, 1, 2], &mut out);
        assert_eq!(out, [20.0, 2.0 + 40.0]);
    }

    #[test]
    fn groups_bias_residual_and_activation_by_hand() {
        // Two groups of one channel each: out = relu(w x + b + r).
        let conv = Conv { groups: 2, bias: true, residual: true, activation: Activation::Relu, ..conv([1, 1]) };
        let inputs = [
            operand(&[1, 2, 1, 2], &[1.0, 2.0, 3.0, 4.0]),
            operand(&[2, 1, 1, 1], &[2.0, -1.0]),
            operand(&[2], &[0.5, 0.5]),
            operand(&[1, 2, 1, 2], &[0.0, -10.0, 3.0, 3.0]),
        ];
        let mut out = [9.0; 4];
        run(&conv, &inputs, &[1, 2, 1, 2], &mut out);
        assert_eq!(out, [2.5, 0.0, 0.5, 0.0]);
    }
}
