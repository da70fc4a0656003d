use super::*;
use crate::graph::{
    Activation, Binary, Coordinates, MatMul, NearestRounding, Pad, PadMode, Pool, PoolKind, Reduce, ReduceKind, Resize,
    ResizeMode, Slice, Unary,
};

fn input(shape: &[usize], seed: u32) -> Given {
    Given::Input(tensor(shape, seed))
}

#[test]
fn functions_of_one_operand() {
    let functions = [
        Unary::Activation(Activation::Relu),
        Unary::Activation(Activation::Clip { min: -0.5, max: 0.25 }),
        Unary::Activation(Activation::LeakyRelu { alpha: 0.2 }),
        Unary::Activation(Activation::Sigmoid),
        Unary::Activation(Activation::HardSigmoid { alpha: 0.2, beta: 0.5 }),
        Unary::Activation(Activation::HardSwish),
        Unary::Activation(Activation::Silu),
        Unary::Abs,
        Unary::Ceil,
        Unary::Erf,
        Unary::Exp,
        Unary::Floor,
        Unary::Gelu { tanh: false },
        Unary::Gelu { tanh: true },
        Unary::Neg,
        Unary::Not,
        Unary::Round,
        Unary::Sign,
        Unary::Softplus,
        Unary::Tanh,
        Unary::Elu { alpha: 0.7 },
        Unary::Truncate,
    ];
    for function in functions {
        let mut x = tensor(&[3, 7], 5);
        x.data.iter_mut().for_each(|v| *v *= 3.0);
        x.data[0] = 0.0;
        // The shading language lets exp and log err by some units in the last place.
        agrees(&Op::Unary(function), &[Given::Input(x)], &[3, 7], 3e-5);
    }
    for function in [Unary::Log, Unary::Sqrt, Unary::Reciprocal] {
        let mut x = tensor(&[1, 3, 2, 5], 6);
        x.data.iter_mut().for_each(|v| *v = v.abs() + 0.1);
        agrees(&Op::Unary(function), &[Given::Input(x)], &[1, 3, 2, 5], 1e-5);
    }
}

#[test]
fn functions_of_two_operands_broadcast() {
    use Binary::*;
    for function in
        [Add, Sub, Mul, Div, Pow, Min, Max, PRelu, Less, LessOrEqual, Greater, GreaterOrEqual, Equal, And, Or, Xor]
    {
        let mut b = tensor(&[3, 1], 8);
        b.data[1] = 2.0;
        let mut a = tensor(&[2, 3, 4], 7);
        if function == Pow {
            a.data.iter_mut().for_each(|v| *v = v.abs() + 0.01);
        }
        let tolerance = if function == Div || function == Pow { 2e-4 } else { 1e-6 };
        agrees(&Op::Binary(function), &[Given::Input(a), Given::Input(b)], &[2, 3, 4], tolerance);
    }
}

/// A node that leaves its result in planes, then one that reads it there.
fn after_planes(op: Op, given: &[Given], x_shape: &[usize], shape: &[usize]) {
    let pool = Op::Pool(Pool { kind: PoolKind::Max, kernel: [1, 1], strides: [1, 1], pads: [0; 4], dilations: [1, 1] });
    let mut graph = Graph::default();
    let x = graph.add_input("x", x_shape);
    let planes = push(&mut graph, pool, &[x], x_shape);
    let mut values = vec![planes];
    let mut tensors = vec![tensor(x_shape, 11)];
    for given in given {
        match given {
            Given::Input(tensor) => {
                values.push(graph.add_input(format!("i{}", values.len()), tensor.shape.clone()));
                tensors.push(tensor.clone());
            }
            Given::Constant(tensor) => {
                values.push(graph.add_constant("c", Constant::from(tensor.clone())));
                tensors.push(tensor.clone());
            }
        }
    }
    let output = push(&mut graph, op.clone(), &values, shape);
    graph.outputs.push(Output { name: "y".into(), value: output });
    let mut executor = WgpuExecutor::new(&graph, &options(), String::new()).unwrap();
    executor.set_input("x", &tensors[0].data).unwrap();
    for (index, given) in given.iter().enumerate() {
        if let Given::Input(tensor) = given {
            executor.set_input(&format!("i{}", index + 1), &tensor.data).unwrap();
        }
    }
    executor.run(&["y"]).unwrap();
    let mut got = Vec::new();
    executor.read_output("y", &mut got).unwrap();
    let operands: Vec<_> = tensors.iter().map(|t| Operand { shape: &t.shape, data: &t.data }).collect();
    let mut expected = vec![0.0; shape.iter().product()];
    kernels::run(&op, &operands, shape, &mut expected);
    for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
        assert!((got - expected).abs() <= 1e-5, "{op}: element {at} is {got}, the twin says {expected}");
    }
}

#[test]
fn functions_of_planes() {
    let shape = [1, 6, 3, 5];
    for other in [vec![1, 6, 3, 5], vec![1, 6, 1, 1], vec![1, 1, 3, 5], vec![1, 1, 1, 1]] {
        after_planes(Op::Binary(Binary::Mul), &[input(&other, 12)], &shape, &shape);
        after_planes(Op::Binary(Binary::Sub), &[Given::Constant(tensor(&other, 12))], &shape, &shape);
    }
    for other in [vec![6, 1, 1], vec![3, 5], vec![]] {
        after_planes(Op::Binary(Binary::Add), &[Given::Constant(tensor(&other, 13))], &shape, &shape);
    }
    after_planes(Op::Unary(Unary::Tanh), &[], &shape, &shape);
    after_planes(Op::Unary(Unary::Exp), &[], &[1, 3, 1, 1], &[1, 3, 1, 1]);
}

#[test]
fn concatenation_in_both_layouts() {
    after_planes(Op::Concat { axis: 1 }, &[input(&[1, 5, 3, 3], 14)], &[1, 8, 3, 3], &[1, 13, 3, 3]);
    after_planes(Op::Concat { axis: 1 }, &[input(&[1, 2, 3, 3], 14)], &[1, 3, 3, 3], &[1, 5, 3, 3]);
    agrees(&Op::Concat { axis: 2 }, &[input(&[2, 3, 4], 1), input(&[2, 3, 2], 2)], &[2, 3, 6], 0.0);
}

#[test]
fn slices_and_other_movement() {
    let slice = |starts: &[usize], steps: &[isize]| Op::Slice(Slice { starts: starts.to_vec(), steps: steps.to_vec() });
    after_planes(slice(&[0, 1, 0, 0], &[1; 4]), &[], &[1, 6, 3, 5], &[1, 3, 3, 5]);
    after_planes(slice(&[0, 4, 0, 0], &[1; 4]), &[], &[1, 6, 3, 5], &[1, 2, 3, 5]);
    after_planes(slice(&[0, 0, 1, 4], &[1, 1, 1, -2]), &[], &[1, 6, 3, 5], &[1, 6, 2, 3]);
    agrees(&slice(&[1, 0], &[1, 1]), &[input(&[4, 5], 1)], &[2, 5], 0.0);
    agrees(&slice(&[3, 2], &[-1, 2]), &[input(&[4, 5], 1)], &[4, 2], 0.0);
    agrees(&Op::Transpose { perm: vec![2, 0, 1] }, &[input(&[2, 3, 4], 1)], &[4, 2, 3], 0.0);
    agrees(&Op::Reshape, &[input(&[2, 6], 1)], &[3, 4], 0.0);
    agrees(&Op::Expand, &[input(&[3, 1], 1)], &[2, 3, 4], 0.0);
    agrees(&Op::Tile { repeats: vec![2, 3] }, &[input(&[2, 3], 1)], &[4, 9], 0.0);
    for channels_first in [true, false] {
        let op = Op::DepthToSpace { block: 2, channels_first };
        agrees(&op, &[input(&[1, 8, 3, 2], 1)], &[1, 2, 6, 4], 0.0);
    }
    let pad = Pad { mode: PadMode::Constant(0.5), before: vec![1, -1], after: vec![0, 2] };
    agrees(&Op::Pad(pad), &[input(&[3, 4], 1)], &[4, 5], 0.0);
    for mode in [PadMode::Edge, PadMode::Reflect] {
        let pad = Pad { mode, before: vec![0, 1, 2], after: vec![0, 3, -1] };
        agrees(&Op::Pad(pad), &[input(&[2, 3, 4], 1)], &[2, 7, 5], 0.0);
    }
    let select = [input(&[2, 1], 1), input(&[2, 3], 2), Given::Constant(tensor(&[3], 3))];
    agrees(&Op::Select, &select, &[2, 3], 0.0);
}

#[test]
fn pools() {
    let pool = |kind, kernel, strides, pads| Op::Pool(Pool { kind, kernel, strides, pads, dilations: [1, 1] });
    let mean = |count_pad| PoolKind::Average { count_pad };
    let x = || [input(&[1, 6, 9, 8], 1)];
    agrees(&pool(PoolKind::Max, [3, 3], [2, 2], [1; 4]), &x(), &[1, 6, 5, 4], 0.0);
    agrees(&pool(mean(false), [3, 3], [2, 2], [1; 4]), &x(), &[1, 6, 5, 4], 1e-6);
    agrees(&pool(mean(true), [3, 2], [1, 2], [1, 0, 1, 0]), &x(), &[1, 6, 9, 4], 1e-6);
}

#[test]
fn resampling() {
    let resize =
        |mode, coordinates, scale: f32| Op::Resize(Resize { mode, coordinates, scales: vec![1.0, 1.0, scale, scale] });
    let x = || [input(&[1, 5, 6, 4], 1)];
    for coordinates in
        [Coordinates::HalfPixel, Coordinates::AlignCorners, Coordinates::Asymmetric, Coordinates::PytorchHalfPixel]
    {
        agrees(&resize(ResizeMode::Linear, coordinates, 2.0), &x(), &[1, 5, 12, 8], 2e-6);
        agrees(&resize(ResizeMode::Linear, coordinates, 0.5), &x(), &[1, 5, 3, 2], 2e-6);
    }
    use NearestRounding::*;
    for rounding in [Floor, Ceil, RoundPreferFloor, RoundPreferCeil] {
        agrees(&resize(ResizeMode::Nearest(rounding), Coordinates::HalfPixel, 2.0), &x(), &[1, 5, 12, 8], 0.0);
        agrees(&resize(ResizeMode::Nearest(rounding), Coordinates::Asymmetric, 0.5), &x(), &[1, 5, 3, 2], 0.0);
    }
}

#[test]
fn matrix_products() {
    let op = |transpose_a, transpose_b| {
        Op::MatMul(MatMul {
            transpose_a,
            transpose_b,
            alpha: 0.5,
            bias: false,
            beta: 1.0,
            activation: Activation::None,
        })
    };
    let k = product_tolerance(7);
    agrees(&op(false, false), &[input(&[3, 7], 1), input(&[7, 5], 2)], &[3, 5], k);
    agrees(&op(true, true), &[input(&[7, 3], 1), input(&[5, 7], 2)], &[3, 5], k);
    agrees(&op(false, false), &[input(&[2, 4, 3, 7], 1), input(&[2, 4, 7, 5], 2)], &[2, 4, 3, 5], k);
    agrees(&op(false, false), &[input(&[4, 3, 7], 1), input(&[7, 5], 2)], &[4, 3, 5], k);
    let biased = MatMul {
        transpose_a: false,
        transpose_b: false,
        alpha: 1.0,
        bias: true,
        beta: 2.0,
        activation: Activation::Relu,
    };
    agrees(&Op::MatMul(biased), &[input(&[3, 7], 1), input(&[7, 5], 2), input(&[5], 3)], &[3, 5], k);
}

#[test]
fn reductions_and_softmax() {
    use ReduceKind::*;
    for kind in [Mean, Sum, Max, Min, Prod, L1, L2, SumSquare] {
        let reduce = |axes: &[usize]| Op::Reduce(Reduce { kind, axes: axes.to_vec() });
        agrees(&reduce(&[1, 3]), &[input(&[2, 3, 4, 5], 1)], &[2, 1, 4, 1], 1e-5);
        agrees(&reduce(&[0]), &[input(&[6, 3], 1)], &[3], 1e-5);
    }
    for kind in [ArgMax, ArgMin] {
        agrees(&Op::Reduce(Reduce { kind, axes: vec![1] }), &[input(&[2, 7, 3], 1)], &[2, 1, 3], 0.0);
    }
    for axis in 0..3 {
        agrees(&Op::Softmax { axis, log: false }, &[input(&[2, 4, 3], 1)], &[2, 4, 3], 1e-6);
        agrees(&Op::Softmax { axis, log: true }, &[input(&[2, 4, 3], 1)], &[2, 4, 3], 1e-5);
    }
}

#[test]
fn gathering_normalising_and_sampling() {
    use crate::graph::{Gather, Normalize};
    agrees(&Op::Gather(Gather { axis: 1, indices: vec![3, 0, 3] }), &[input(&[2, 4, 3], 1)], &[2, 3, 3], 0.0);
    // Moments in f32 against the twin's f64.
    let layer = Normalize::Layer { axis: 1, epsilon: 1e-5, shift: true };
    let given = [input(&[3, 2, 5], 1), Given::Constant(tensor(&[2, 5], 2)), Given::Constant(tensor(&[2, 5], 3))];
    agrees(&Op::Normalize(layer), &given, &[3, 2, 5], 2e-5);
    let layer = Normalize::Layer { axis: 2, epsilon: 1e-5, shift: false };
    agrees(&Op::Normalize(layer), &[input(&[3, 2, 5], 1), Given::Constant(tensor(&[5], 2))], &[3, 2, 5], 2e-5);
    let group = Normalize::Group { groups: 2, epsilon: 1e-5 };
    let given = [input(&[2, 6, 3, 3], 1), Given::Constant(tensor(&[6], 2)), Given::Constant(tensor(&[6], 3))];
    agrees(&Op::Normalize(group), &given, &[2, 6, 3, 3], 2e-5);
    for align_corners in [true, false] {
        let mut grid = tensor(&[1, 4, 5, 2], 2);
        grid.data.iter_mut().for_each(|v| *v *= 1.3);
        let given = [input(&[1, 6, 7, 5], 1), Given::Input(grid)];
        agrees(&Op::GridSample { align_corners }, &given, &[1, 6, 4, 5], 1e-5);
    }
}

#[test]
fn indices_found_at_run_time() {
    let whole = |shape: &[usize], data: &[f32]| Given::Input(Tensor::new(shape, data.to_vec()).unwrap());
    // The last two lie outside and are clamped.
    let chosen = whole(&[2, 2], &[2.0, -1.0, 9.0, -9.0]);
    agrees(&Op::GatherAt { axis: 1 }, &[input(&[2, 3, 4], 1), chosen], &[2, 2, 2, 4], 0.0);
    let each = whole(&[2, 2, 3], &[0.0, 1.0, 2.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0, 0.0, 0.0, 1.0]);
    agrees(&Op::GatherElements { axis: 1 }, &[input(&[2, 3, 4], 1), each], &[2, 2, 3], 0.0);
}
