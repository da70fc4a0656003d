//! Transposed convolution in gather form.

use rayon::prelude::*;

use super::Operand;
use super::elementwise::activate;
use crate::graph::ConvTranspose;

/// Operands as at [`ConvTranspose`]. Parallel over output planes.
pub fn run(conv: &ConvTranspose, inputs: &[Operand<'_>], out_shape: &[usize], out: &mut [f32]) {
    let (x, weights) = (inputs[0], inputs[1]);
    let bias = conv.bias.then(|| inputs[2].data);
    let (channels_out, height_out, width_out) = (out_shape[1], out_shape[2], out_shape[3]);
    let (channels_in, height, width) = (x.shape[1], x.shape[2], x.shape[3]);
    let (in_per_group, out_per_group) = (channels_in / conv.groups, channels_out / conv.groups);
    let [kernel_h, kernel_w] = conv.kernel;
    if height_out * width_out == 0 {
        return;
    }
    out.par_chunks_mut(height_out * width_out).enumerate().for_each(|(index, out)| {
        let (n, co) = (index / channels_out, index % channels_out);
        let group = co / out_per_group;
        for oy in 0..height_out {
            for ox in 0..width_out {
                let mut sum = bias.map_or(0.0, |bias| bias[co]);
                for ci in group * in_per_group..(group + 1) * in_per_group {
                    let plane = &x.data[(n * channels_in + ci) * height * width..];
                    let taps = &weights.data[(ci * out_per_group + co % out_per_group) * kernel_h * kernel_w..];
                    for ky in 0..kernel_h {
                        let Some(y) = source(oy, ky, conv.pads[0], conv.strides[0], conv.dilations[0], height) else {
                            continue;
                        };
                        for kx in 0..kernel_w {
                            if let Some(x) = source(ox, kx, conv.pads[1], conv.strides[1], conv.dilations[1], width) {
                                sum += plane[y * width + x] * taps[ky * kernel_w + kx];
                            }
                        }
                    }
                }
                out[oy * width_out + ox] = sum;
            }
        }
        activate(conv.activation, out);
    });
}

/// The input index that reaches output `o` through tap `k`, if there is one.
fn source(o: usize, k: usize, pad: usize, stride: usize, dilation: usize, extent: usize) -> Option<usize> {
    let position = (o + pad).checked_sub(k * dilation)?;
    (position % stride == 0 && position / stride < extent).then_some(position / stride)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Activation;

    #[test]
    fn stride_two_spreads_the_kernel() {
        let conv = ConvTranspose {
            kernel: [1, 2],
            strides: [1, 2],
            pads: [0; 4],
            dilations: [1, 1],
            groups: 1,
            bias: true,
            activation: Activation::None,
        };
        let inputs = [
            Operand { shape: &[1, 1, 1, 2], data: &[1.0, 2.0] },
            Operand { shape: &[1, 1, 1, 2], data: &[3.0, 5.0] },
            Operand { shape: &[1], data: &[0.5] },
        ];
        let mut out = [0.0; 4];
        run(&conv, &inputs, &[1, 1, 1, 4], &mut out);
        assert_eq!(out, [3.5, 5.5, 6.5, 10.5]);
    }
}
