//! Every operator, reference against ONNX Runtime, on small graphs.

use limn_inference::{BackendKind, EngineError, EngineOptions, load};

use crate::compared;
use crate::model::Attr::{self, Float, Int, Ints, Tensor, Word};
use crate::model::{Model, float_tensor, noise};

/// Attributes of a node.
type Attributes = Vec<(&'static str, Attr)>;
type Shape = &'static [usize];

/// Every test of this file.
pub const ALL: [fn(); 19] = [
    convolutions,
    transposed_convolutions,
    fused_blocks,
    functions_of_one_operand,
    functions_of_two_operands_broadcast,
    products,
    softmax_on_any_axis,
    pools,
    reductions,
    resampling,
    sampling_at_given_places,
    movement,
    shape_arithmetic_vanishes,
    normalisations,
    constants_of_every_form,
    truth_values,
    constants_and_transposed_convolutions_in_full,
    indices_found_at_run_time,
    lengths,
];

/// All outputs of the model on noise.
fn outputs(model: &Model, kind: BackendKind) -> Result<Vec<Vec<f32>>, EngineError> {
    let mut executor = load(&model.bytes(), &model.shapes(), &EngineOptions::only(kind))?;
    for (index, (name, shape)) in model.shapes().into_iter().enumerate() {
        executor.set_input(name, &noise(shape.iter().product(), index as u32 + 1))?;
    }
    executor.run(&[])?;
    let mut all = Vec::new();
    for spec in executor.outputs().to_vec() {
        let mut out = Vec::new();
        executor.read_output(&spec.name, &mut out)?;
        assert_eq!(out.len(), spec.elements(), "{kind} {spec:?}");
        all.push(out);
    }
    Ok(all)
}

/// Runs the model on noise through ONNX Runtime, the reference, and rten if it takes it, and compares all outputs.
#[track_caller]
pub fn agrees(model: &Model) {
    let expected = outputs(model, BackendKind::Ort).expect("ONNX Runtime");
    for kind in [BackendKind::Reference, BackendKind::Rten] {
        let ours = match outputs(model, kind) {
            Ok(ours) => ours,
            Err(EngineError::UnsupportedOperator { .. } | EngineError::Backend { .. }) if kind == BackendKind::Rten => {
                continue;
            }
            Err(error) => panic!("{kind}: {error}"),
        };
        for (index, (ort, ours)) in expected.iter().zip(&ours).enumerate() {
            assert_eq!(ort.len(), ours.len(), "{kind}, output {index}");
            for (at, (a, b)) in ort.iter().zip(ours).enumerate() {
                // Sums of at most some hundred numbers below 1 in another order; exp and erf to a few ulp.
                let near = (a - b).abs() <= 1e-5 * (1.0 + a.abs());
                assert!(near, "output {index}, element {at}: ort {a}, {kind} {b}");
            }
        }
        if kind == BackendKind::Rten {
            compared::is_right(&model.bytes(), &model.shapes());
        }
    }
}

/// One node on the input `x` of this shape, with further operands.
fn one(opset: i64, op: &str, shape: &[usize], more: &str, attributes: Attributes) -> Model {
    let mut model = Model::new(opset);
    model.input("x", shape).node(op, &format!("x {more}"), "y", attributes).output("y");
    model
}

#[test]
fn convolutions() {
    let cases: [(Shape, Shape, Attributes); 8] = [
        (&[1, 3, 9, 7], &[4, 3, 3, 3], vec![("pads", Ints(vec![1, 1, 1, 1]))]),
        (&[2, 3, 9, 8], &[4, 3, 3, 3], vec![("strides", Ints(vec![2, 2])), ("pads", Ints(vec![0, 1, 2, 0]))]),
        (
            &[1, 4, 9, 9],
            &[6, 2, 3, 3],
            vec![("group", Int(2)), ("dilations", Ints(vec![2, 3])), ("pads", Ints(vec![2, 3, 2, 3]))],
        ),
        (
            &[1, 6, 8, 8],
            &[6, 1, 5, 5],
            vec![("group", Int(6)), ("strides", Ints(vec![2, 2])), ("pads", Ints(vec![2, 2, 2, 2]))],
        ),
        (&[1, 5, 4, 6], &[3, 5, 1, 1], vec![]),
        (&[1, 2, 7, 7], &[3, 2, 2, 2], vec![("auto_pad", Word("SAME_UPPER"))]),
        (&[1, 2, 7, 7], &[3, 2, 4, 2], vec![("auto_pad", Word("SAME_LOWER")), ("strides", Ints(vec![2, 3]))]),
        (&[1, 2, 6, 5], &[3, 2, 1, 3], vec![("auto_pad", Word("VALID")), ("kernel_shape", Ints(vec![1, 3]))]),
    ];
    for (shape, weights, attributes) in cases {
        let mut model = one(17, "Conv", shape, "w b", attributes);
        model.noise("w", weights).noise("b", &weights[..1]);
        agrees(&model);
    }
}

#[test]
fn transposed_convolutions() {
    let cases: [(usize, Attributes); 4] = [
        (2, vec![("strides", Ints(vec![2, 2]))]),
        (
            2,
            vec![("strides", Ints(vec![2, 3])), ("pads", Ints(vec![1, 0, 1, 2])), ("output_padding", Ints(vec![1, 1]))],
        ),
        (4, vec![("dilations", Ints(vec![2, 1])), ("group", Int(2))]),
        (2, vec![("strides", Ints(vec![2, 2])), ("auto_pad", Word("SAME_UPPER"))]),
    ];
    for (channels_out, attributes) in cases {
        let mut model = one(17, "ConvTranspose", &[1, 4, 5, 4], "w b", attributes);
        model.noise("w", &[4, 2, 3, 3]).noise("b", &[channels_out]);
        agrees(&model);
    }
}

#[test]
fn fused_blocks() {
    // conv -> batch norm -> relu6 -> conv -> add -> relu, as every trunk has it.
    let mut model = Model::new(17);
    model.input("x", &[1, 4, 6, 6]);
    for name in ["scale", "shift", "mean"] {
        model.noise(name, &[4]);
    }
    model.floats("variance", &[4], &[0.5, 1.0, 2.0, 0.25]).floats("low", &[], &[0.0]).floats("high", &[], &[6.0]);
    model.noise("w1", &[4, 4, 3, 3]).noise("w22", &[4, 4, 1, 1]).noise("b22", &[4]);
    model
        .node("Conv", "x w1", "a", vec![("pads", Ints(vec![1, 1, 1, 1]))])
        .node("BatchNormalization", "a scale shift mean variance", "b", vec![("epsilon", Float(1e-3))])
        .node("Clip", "b low high", "c", vec![])
        .node("Conv", "c w22 b22", "d", vec![])
        .node("Add", "x d", "e", vec![])
        .node("Relu", "e", "y", vec![])
        .output("y");
    agrees(&model);
}

#[test]
fn functions_of_one_operand() {
    let plain = [
        "Relu",
        "Sigmoid",
        "Tanh",
        "Exp",
        "Erf",
        "Abs",
        "Neg",
        "Floor",
        "Ceil",
        "Round",
        "Reciprocal",
        "Softplus",
        "Sign",
        "HardSwish",
        "HardSigmoid",
        "LeakyRelu",
        "Elu",
        "Identity",
    ];
    for op in plain {
        agrees(&one(17, op, &[2, 3, 5], "", vec![]));
    }
    agrees(&one(17, "HardSigmoid", &[9], "", vec![("alpha", Float(1.0 / 6.0)), ("beta", Float(0.4))]));
    agrees(&one(17, "LeakyRelu", &[9], "", vec![("alpha", Float(0.2))]));
    agrees(&one(20, "Gelu", &[9], "", vec![]));
    agrees(&one(20, "Gelu", &[9], "", vec![("approximate", Word("tanh"))]));
    for op in ["Sqrt", "Log"] {
        let mut model = Model::new(17);
        model.input("x", &[7]).node("Abs", "x", "a", vec![]).node(op, "a", "y", vec![]).output("y");
        agrees(&model);
    }
    agrees(&one(10, "Clip", &[9], "", vec![("min", Float(-0.5)), ("max", Float(0.25))]));
}

#[test]
fn functions_of_two_operands_broadcast() {
    for op in ["Add", "Sub", "Mul", "Div", "PRelu"] {
        for other in [&[1, 3, 1, 1][..], &[3, 4, 5], &[5], &[1]] {
            let mut model = one(17, op, &[2, 3, 4, 5], "other", vec![]);
            model.noise("other", other);
            agrees(&model);
        }
    }
    let mut model = Model::new(17);
    model.input("x", &[2, 1, 3]).input("z", &[1, 4, 1]);
    for (index, op) in ["Add", "Max", "Min", "Sum", "Mean"].into_iter().enumerate() {
        model.node(op, "x z", &format!("y{index}"), vec![]).output(&format!("y{index}"));
    }
    for (index, op) in ["Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"].into_iter().enumerate() {
        let (truth, y) = (format!("t{index}"), format!("c{index}"));
        model.node(op, "x z", &truth, vec![]).node("Where", &format!("{truth} x z"), &y, vec![]).output(&y);
        let cast = format!("f{index}");
        model.node("Not", &truth, &format!("n{index}"), vec![]);
        model.node("Cast", &format!("n{index}"), &cast, vec![("to", Int(1))]).output(&cast);
    }
    model.node("And", "t0 t2", "and", vec![]).node("Cast", "and", "and_f", vec![("to", Int(1))]).output("and_f");
    agrees(&model);
    let mut model = Model::new(17);
    model.input("x", &[6]).floats("two", &[], &[2.0]);
    model.node("Abs", "x", "a", vec![]).node("Pow", "a two", "y", vec![]).output("y");
    agrees(&model);
}

#[test]
fn products() {
    for (a, b) in [
        (&[3, 4][..], &[4, 5][..]),
        (&[2, 3, 4], &[4, 5]),
        (&[2, 1, 3, 4], &[1, 5, 4, 2]),
        (&[4], &[4, 3]),
        (&[3, 4], &[4]),
    ] {
        let mut model = one(17, "MatMul", a, "b", vec![]);
        model.noise("b", b);
        agrees(&model);
    }
    let mut model = one(
        17,
        "Gemm",
        &[4, 3],
        "b c",
        vec![("transA", Int(1)), ("transB", Int(1)), ("alpha", Float(0.5)), ("beta", Float(2.0))],
    );
    model.noise("b", &[5, 4]).noise("c", &[5]);
    agrees(&model);
    let mut model = one(17, "Gemm", &[4, 3], "b c", vec![]);
    model.noise("b", &[3, 5]).noise("c", &[4, 1]);
    agrees(&model);
}

#[test]
fn softmax_on_any_axis() {
    for axis in [0, 1, 2, -1] {
        agrees(&one(17, "Softmax", &[2, 3, 4], "", vec![("axis", Int(axis))]));
        agrees(&one(11, "Softmax", &[2, 3, 4], "", vec![("axis", Int(axis))]));
    }
    agrees(&one(17, "LogSoftmax", &[2, 5], "", vec![]));
}

#[test]
fn pools() {
    let kernel = |k: [i64; 2]| ("kernel_shape", Ints(k.to_vec()));
    let max: [Attributes; 4] = [
        vec![kernel([2, 2]), ("strides", Ints(vec![2, 2]))],
        vec![kernel([3, 3]), ("strides", Ints(vec![2, 2])), ("pads", Ints(vec![1, 1, 1, 1]))],
        vec![kernel([3, 2]), ("strides", Ints(vec![2, 2])), ("ceil_mode", Int(1))],
        vec![kernel([2, 2]), ("dilations", Ints(vec![2, 3]))],
    ];
    for attributes in max {
        agrees(&one(17, "MaxPool", &[1, 2, 8, 7], "", attributes));
    }
    for count in [0, 1] {
        let attributes = vec![
            kernel([3, 3]),
            ("strides", Ints(vec![2, 2])),
            ("pads", Ints(vec![1, 0, 1, 2])),
            ("count_include_pad", Int(count)),
        ];
        agrees(&one(17, "AveragePool", &[2, 2, 8, 7], "", attributes));
        let attributes = vec![
            kernel([3, 3]),
            ("strides", Ints(vec![2, 2])),
            ("ceil_mode", Int(1)),
            ("count_include_pad", Int(count)),
        ];
        agrees(&one(19, "AveragePool", &[1, 2, 8, 7], "", attributes));
    }
    agrees(&one(17, "GlobalAveragePool", &[2, 3, 5, 4], "", vec![]));
    agrees(&one(17, "GlobalMaxPool", &[2, 3, 5, 4], "", vec![]));
}

#[test]
fn reductions() {
    for op in ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare"] {
        for (axes, keep) in [(vec![1], 1), (vec![-1, 0], 0), (vec![2, 3], 1)] {
            agrees(&one(17, op, &[2, 3, 4, 5], "", vec![("axes", Ints(axes)), ("keepdims", Int(keep))]));
        }
        agrees(&one(17, op, &[2, 3], "", vec![]));
    }
    let mut model = one(17, "ReduceSum", &[2, 3, 4], "axes", vec![("keepdims", Int(0))]);
    model.ints("axes", &[1]);
    agrees(&model);
    for op in ["ArgMax", "ArgMin"] {
        let mut model = Model::new(17);
        model.input("x", &[2, 5, 3]).node(op, "x", "i", vec![("axis", Int(1)), ("keepdims", Int(0))]);
        model.node("Cast", "i", "y", vec![("to", Int(1))]).output("y");
        agrees(&model);
    }
}

#[test]
fn resampling() {
    let modes = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
    for mode in modes {
        for sizes in [[1, 2, 8, 14], [1, 2, 3, 5], [1, 2, 1, 7], [1, 2, 5, 7]] {
            let attributes = vec![("mode", Word("linear")), ("coordinate_transformation_mode", Word(mode))];
            let mut model = one(17, "Resize", &[1, 2, 4, 7], "- - sizes", attributes);
            model.ints("sizes", &sizes);
            agrees(&model);
        }
        for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] {
            for scales in [[1.0, 1.0, 2.0, 1.5], [1.0, 1.0, 0.5, 0.6]] {
                let attributes = vec![
                    ("mode", Word("nearest")),
                    ("coordinate_transformation_mode", Word(mode)),
                    ("nearest_mode", Word(rounding)),
                ];
                let mut model = one(17, "Resize", &[1, 2, 6, 10], "- scales", attributes);
                model.floats("scales", &[4], &scales);
                agrees(&model);
            }
        }
    }
    let mut model = one(9, "Upsample", &[1, 2, 3, 4], "scales", vec![("mode", Word("linear"))]);
    model.floats("scales", &[4], &[1.0, 1.0, 2.0, 3.0]);
    agrees(&model);
}

#[test]
fn sampling_at_given_places() {
    for align in [0, 1] {
        let mut model = one(16, "GridSample", &[2, 3, 5, 4], "grid", vec![("align_corners", Int(align))]);
        model.input("grid", &[2, 6, 3, 2]);
        agrees(&model);
    }
}

#[test]
fn movement() {
    let mut model = Model::new(17);
    model.input("x", &[2, 6, 4]);
    model
        .ints("parts", &[1, 3, 2])
        .ints("from", &[-1, 5])
        .ints("to", &[-100, 1])
        .ints("axes", &[2, 1])
        .ints("steps", &[-1, -2]);
    model
        .ints("pads", &[0, 1, 2, 0, 0, 1])
        .ints("repeats", &[1, 2, 3])
        .ints("wide", &[3, 2, 6, 4])
        .ints("which", &[3, -1, 0]);
    model
        .node("Split", "x parts", "s0 s1 s2", vec![("axis", Int(1))])
        .node("Concat", "s2 s0 s1", "joined", vec![("axis", Int(1))])
        .node("Slice", "x from to axes steps", "sliced", vec![])
        .node("Transpose", "x", "turned", vec![("perm", Ints(vec![2, 0, 1]))])
        .node("Pad", "x pads", "padded", vec![])
        .node("Pad", "x pads", "edged", vec![("mode", Word("edge"))])
        .node("Pad", "x pads", "mirrored", vec![("mode", Word("reflect"))])
        .node("Tile", "x repeats", "tiled", vec![])
        .node("Expand", "x wide", "wider", vec![])
        .node("Gather", "x which", "picked", vec![("axis", Int(2))]);
    for name in ["joined", "sliced", "turned", "padded", "edged", "mirrored", "tiled", "wider", "picked"] {
        model.output(name);
    }
    agrees(&model);
    for mode in ["DCR", "CRD"] {
        agrees(&one(17, "DepthToSpace", &[1, 8, 2, 3], "", vec![("blocksize", Int(2)), ("mode", Word(mode))]));
    }
}

#[test]
fn shape_arithmetic_vanishes() {
    // Reshape to [n, c / 2, -1] and scale by the number of pixels, all worked out from Shape.
    let mut model = Model::new(17);
    model.input("x", &[2, 6, 4, 5]);
    model.ints("one", &[1]).ints("two", &[2]).ints("rest", &[-1]).ints("zero", &[0]);
    model
        .node("Shape", "x", "shape", vec![])
        .node("Gather", "shape one", "c", vec![])
        .node("Gather", "shape zero", "n", vec![])
        .node("Div", "c two", "half", vec![])
        .node("Concat", "n half rest", "target", vec![("axis", Int(0))])
        .node("Reshape", "x target", "flat", vec![])
        .node("Shape", "x", "spatial", vec![("start", Int(2))])
        .node("ReduceProd", "spatial", "pixels", vec![("keepdims", Int(0))])
        .node("Cast", "pixels", "count", vec![("to", Int(1))])
        .node("Mul", "flat count", "scaled", vec![])
        .node("Unsqueeze", "scaled one", "tall", vec![])
        .node("Flatten", "tall", "y", vec![("axis", Int(2))])
        .output("y");
    agrees(&model);
    let graph = limn_inference::compile(&model.bytes(), &model.shapes()).unwrap();
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.op.name()).collect();
    assert_eq!(names.iter().filter(|&&name| name != "Reshape").collect::<Vec<_>>(), [&"Binary"], "{graph}");
}

#[test]
fn normalisations() {
    let mut model = one(17, "LayerNormalization", &[2, 3, 4], "scale shift", vec![("axis", Int(-2))]);
    model.noise("scale", &[3, 4]).noise("shift", &[3, 4]);
    agrees(&model);
    let mut model = one(17, "InstanceNormalization", &[2, 3, 4, 5], "scale shift", vec![]);
    model.noise("scale", &[3]).noise("shift", &[3]);
    agrees(&model);
    let mut model = one(21, "GroupNormalization", &[2, 4, 3, 5], "scale shift", vec![("num_groups", Int(2))]);
    model.noise("scale", &[4]).noise("shift", &[4]);
    agrees(&model);
    let mut model = one(17, "BatchNormalization", &[2, 3, 4, 5], "scale shift mean variance", vec![]);
    model.noise("scale", &[3]).noise("shift", &[3]).noise("mean", &[3]).floats("variance", &[3], &[0.1, 1.0, 4.0]);
    agrees(&model);
}

#[test]
fn constants_of_every_form() {
    let mut model = Model::new(17);
    model.input("x", &[2, 3]).ints("shape", &[2, 3]);
    let value = || float_tensor("", &[1], &[0.5]);
    model
        .node("Constant", "", "half", vec![("value", Tensor(value()))])
        .node("Constant", "", "third", vec![("value_float", Float(1.0 / 3.0))])
        .node("ConstantOfShape", "shape", "filled", vec![("value", Tensor(value()))])
        .node("ConstantOfShape", "shape", "zeros", vec![])
        .node("Constant", "", "start", vec![("value_int", Int(1))])
        .node("Constant", "", "end", vec![("value_int", Int(7))])
        .node("Constant", "", "step", vec![("value_int", Int(2))])
        .node("Range", "start end step", "range", vec![])
        .node("Cast", "range", "row", vec![("to", Int(1))])
        .node("Sum", "x half third filled zeros row", "y", vec![])
        .output("y");
    agrees(&model);
}

/// Indices that the network finds itself: the channels with the best mean are picked, scaled and put back.
/// Truth values alone: the models above that have them also have what rten lacks.
#[test]
fn truth_values() {
    let mut model = Model::new(17);
    model.input("x", &[2, 1, 3]).input("z", &[1, 4, 1]);
    model
        .node("Round", "x", "rx", vec![])
        .node("Round", "z", "rz", vec![])
        .node("Equal", "rx rz", "t0", vec![])
        .node("Less", "x z", "t1", vec![])
        .node("Not", "t0", "t2", vec![])
        .node("And", "t1 t2", "t3", vec![])
        .node("Or", "t0 t1", "t4", vec![]);
    for index in 0..5 {
        let y = format!("y{index}");
        model.node("Cast", &format!("t{index}"), &y, vec![("to", Int(1))]).output(&y);
    }
    agrees(&model);
}

/// What rten takes of constants and of transposed convolutions: it wants every attribute of these written down.
#[test]
fn constants_and_transposed_convolutions_in_full() {
    let mut model = Model::new(17);
    model.input("x", &[2, 3]).ints("shape", &[2, 3]);
    let value = || float_tensor("", &[1], &[0.5]);
    model
        .node("Constant", "", "half", vec![("value", Tensor(value()))])
        .node("ConstantOfShape", "shape", "filled", vec![("value", Tensor(value()))])
        .node("Mul", "x half", "scaled", vec![])
        .node("Add", "scaled filled", "y", vec![])
        .output("y");
    agrees(&model);
    let attributes = vec![
        ("strides", Ints(vec![2, 2])),
        ("pads", Ints(vec![1, 1, 1, 1])),
        ("dilations", Ints(vec![1, 1])),
        ("kernel_shape", Ints(vec![3, 3])),
        ("group", Int(1)),
    ];
    let mut model = one(17, "ConvTranspose", &[1, 4, 5, 4], "w b", attributes);
    model.noise("w", &[4, 2, 3, 3]).noise("b", &[2]);
    agrees(&model);
}

#[test]
fn indices_found_at_run_time() {
    let mut model = Model::new(18);
    model.input("x", &[1, 6, 4, 5]).ints("k", &[3]).ints("hw", &[2, 3]).ints("flat", &[3]).ints("first", &[0]);
    model
        .node("ReduceMean", "x hw", "mean", vec![("keepdims", Int(0))])
        .node("TopK", "mean k", "best which", vec![("axis", Int(1))])
        .node("Reshape", "which flat", "channels", vec![])
        .node("Gather", "x channels", "picked", vec![("axis", Int(1))])
        .node("GatherElements", "mean which", "again", vec![("axis", Int(1))])
        .node("ScatterElements", "mean which best", "put", vec![("axis", Int(1)), ("reduction", Word("add"))]);
    for name in ["best", "picked", "again", "put"] {
        model.output(name);
    }
    agrees(&model);
}

/// Operators over one axis, and several pictures at once.
#[test]
fn lengths() {
    let mut model = Model::new(17);
    model.input("x", &[2, 4, 13]).noise("w", &[6, 2, 3]).noise("t", &[6, 3, 4]);
    let (strides, pads) = (|s| ("strides", Ints(vec![s])), |a, b| ("pads", Ints(vec![a, b])));
    model
        .node("Conv", "x w", "c", vec![("group", Int(2)), strides(2), pads(1, 2), ("dilations", Ints(vec![2]))])
        .node("Relu", "c", "r", vec![])
        .node("ConvTranspose", "r t", "u", vec![strides(3), pads(1, 0), ("output_padding", Ints(vec![1]))])
        .node("MaxPool", "u", "m", vec![("kernel_shape", Ints(vec![3])), strides(2), pads(1, 1)])
        .node("AveragePool", "m", "y", vec![("kernel_shape", Ints(vec![2])), ("auto_pad", Word("SAME_UPPER"))])
        .output("c")
        .output("y");
    agrees(&model);
}
