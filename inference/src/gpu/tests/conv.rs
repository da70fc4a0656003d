use super::*;
use crate::graph::{Activation, Conv, ConvTranspose};

fn base(kernel: usize, groups: usize) -> Conv {
    Conv {
        kernel: [kernel, kernel],
        strides: [1, 1],
        pads: [kernel / 2; 4],
        dilations: [1, 1],
        groups,
        bias: true,
        residual: false,
        activation: Activation::None,
    }
}

fn check(conv: Conv, channels: [usize; 2], size: [usize; 2]) {
    let [ci, co] = channels;
    let extent = |axis: usize| {
        let window = conv.dilations[axis] * (conv.kernel[axis] - 1) + 1;
        (size[axis] + conv.pads[axis] + conv.pads[axis + 2] - window) / conv.strides[axis] + 1
    };
    let shape = [1, co, extent(0), extent(1)];
    let k = ci / conv.groups * conv.kernel[0] * conv.kernel[1];
    let mut given = vec![
        Given::Input(tensor(&[1, ci, size[0], size[1]], 1)),
        Given::Constant(tensor(&[co, ci / conv.groups, conv.kernel[0], conv.kernel[1]], 2)),
    ];
    if conv.bias {
        given.push(Given::Constant(tensor(&[co], 3)));
    }
    if conv.residual {
        given.push(Given::Input(tensor(&shape, 4)));
    }
    agrees(&Op::Conv(conv), &given, &shape, product_tolerance(k));
}

/// Weights of half precision: every product is off by 2^-11 of itself at most, and products of noise average a quarter.
#[test]
fn half_precision_is_stored_and_not_computed_with() {
    let own = Context::new(AdapterPreference::Software).unwrap().tuning();
    let tunings = [
        Tuning { half: true, ..own },
        Tuning { software: false, lanes: 0, texels: false, half: true },
        Tuning { software: false, lanes: 8, texels: false, half: true },
    ];
    let cases = [(base(1, 1), [32, 24]), (base(3, 1), [9, 20]), (base(3, 16), [16, 16]), (base(5, 1), [4, 8])];
    for (conv, [ci, co]) in cases {
        let k = ci / conv.groups * conv.kernel[0] * conv.kernel[1];
        let given = [
            Given::Input(tensor(&[1, ci, 9, 12], 1)),
            Given::Constant(tensor(&[co, ci / conv.groups, conv.kernel[0], conv.kernel[1]], 2)),
            Given::Constant(tensor(&[co], 3)),
        ];
        let tolerance = product_tolerance(k) + k as f32 * 0.25 / 2048.0;
        agrees_with(&tunings, &Op::Conv(conv), &given, &[1, co, 9, 12], tolerance);
    }
}

/// What half precision cannot hold stays as it is.
#[test]
fn large_weights_keep_their_precision() {
    let own = Context::new(AdapterPreference::Software).unwrap().tuning();
    let given = [
        Given::Input(Tensor::new([1, 4, 2, 2], vec![1.0; 16]).unwrap()),
        Given::Constant(Tensor::new([1, 4, 1, 1], vec![1e6, 1.0, 2.0, 3.0]).unwrap()),
    ];
    let conv = Conv { bias: false, ..base(1, 1) };
    agrees_with(&[Tuning { half: true, ..own }], &Op::Conv(conv), &given, &[1, 1, 2, 2], 0.0);
}

#[test]
fn pointwise() {
    check(base(1, 1), [32, 24], [9, 11]);
    check(Conv { activation: Activation::Relu, ..base(1, 1) }, [5, 3], [7, 7]);
    check(Conv { residual: true, activation: Activation::Clip { min: 0.0, max: 0.5 }, ..base(1, 1) }, [16, 40], [8, 8]);
}

#[test]
fn dense_with_padding_stride_and_dilation() {
    check(base(3, 1), [33, 32], [10, 13]);
    check(Conv { residual: true, dilations: [2, 1], pads: [2, 1, 2, 1], ..base(3, 1) }, [7, 18], [9, 10]);
    check(Conv { strides: [2, 2], bias: false, ..base(3, 1) }, [3, 32], [16, 18]);
    check(Conv { dilations: [2, 2], pads: [2; 4], residual: true, ..base(3, 1) }, [8, 8], [12, 9]);
    check(Conv { kernel: [1, 3], pads: [0, 1, 0, 1], ..base(3, 1) }, [9, 17], [5, 11]);
    check(Conv { kernel: [1, 5], pads: [0, 2, 0, 2], ..base(3, 1) }, [6, 10], [5, 9]);
    check(Conv { pads: [0, 1, 2, 0], strides: [2, 1], ..base(3, 1) }, [4, 4], [9, 7]);
}

#[test]
fn rows_of_even_width_are_moved_in_pairs() {
    check(base(3, 1), [9, 32], [10, 14]);
    check(Conv { strides: [2, 2], activation: Activation::Relu, ..base(3, 1) }, [4, 16], [16, 36]);
    check(Conv { dilations: [2, 2], pads: [2; 4], residual: true, ..base(3, 1) }, [7, 18], [9, 10]);
    check(Conv { pads: [1, 0, 1, 0], ..base(3, 1) }, [4, 20], [5, 12]);
}

#[test]
fn depthwise() {
    check(base(3, 32), [32, 32], [9, 13]);
    check(
        Conv { strides: [2, 2], activation: Activation::Clip { min: 0.0, max: 6.0 }, ..base(5, 10) },
        [10, 10],
        [12, 11],
    );
    check(Conv { strides: [2, 2], ..base(3, 8) }, [8, 8], [12, 12]);
    check(base(5, 12), [12, 12], [6, 6]);
}

#[test]
fn groups_and_odd_depthwise_take_the_dense_kernel() {
    check(base(3, 2), [8, 12], [7, 7]);
    check(Conv { dilations: [2, 2], pads: [2; 4], ..base(3, 6) }, [6, 6], [9, 9]);
    check(Conv { residual: true, ..base(3, 8) }, [8, 8], [6, 7]);
}

#[test]
fn activations_that_take_a_step_of_their_own() {
    check(Conv { activation: Activation::HardSwish, ..base(1, 1) }, [8, 6], [5, 5]);
    check(Conv { activation: Activation::Sigmoid, ..base(3, 8) }, [8, 8], [5, 5]);
}

#[test]
fn transposed_without_overlap() {
    let op = ConvTranspose {
        kernel: [2, 2],
        strides: [2, 2],
        pads: [0; 4],
        dilations: [1, 1],
        groups: 1,
        bias: true,
        activation: Activation::Relu,
    };
    let given = [
        Given::Input(tensor(&[1, 6, 5, 4], 1)),
        Given::Constant(tensor(&[6, 3, 2, 2], 2)),
        Given::Constant(tensor(&[3], 3)),
    ];
    agrees(&Op::ConvTranspose(op), &given, &[1, 3, 10, 8], product_tolerance(6));
}

fn transpose(kernel: [usize; 2], strides: [usize; 2], pads: [usize; 4], groups: usize) -> ConvTranspose {
    ConvTranspose { kernel, strides, pads, dilations: [1, 1], groups, bias: true, activation: Activation::Relu }
}

#[test]
fn transposed_with_overlap() {
    let check = |op: ConvTranspose, [ci, co]: [usize; 2], out: [usize; 2]| {
        let taps = op.kernel[0] * op.kernel[1];
        let given = [
            Given::Input(tensor(&[1, ci, 5, 4], 1)),
            Given::Constant(tensor(&[ci, co / op.groups, op.kernel[0], op.kernel[1]], 2)),
            Given::Constant(tensor(&[co], 3)),
        ];
        agrees(&Op::ConvTranspose(op), &given, &[1, co, out[0], out[1]], product_tolerance(ci * taps));
    };
    check(transpose([3, 3], [2, 2], [1; 4], 1), [6, 9], [9, 7]);
    // One row and column more than the kernel reaches (output padding), other steps on both axes.
    check(transpose([4, 2], [2, 1], [1, 0, 0, 1], 2), [6, 4], [12, 4]);
    check(ConvTranspose { dilations: [2, 1], ..transpose([3, 3], [1, 2], [0; 4], 1) }, [3, 8], [9, 10]);
}

#[test]
fn several_pictures_one_after_the_other() {
    let given = [
        Given::Input(tensor(&[3, 5, 6, 7], 1)),
        Given::Constant(tensor(&[8, 5, 3, 3], 2)),
        Given::Constant(tensor(&[8], 3)),
        Given::Input(tensor(&[3, 8, 6, 7], 4)),
    ];
    let conv = Conv { residual: true, ..base(3, 1) };
    agrees(&Op::Conv(conv), &given, &[3, 8, 6, 7], product_tolerance(45));
}
