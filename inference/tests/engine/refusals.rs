//! Files that are damaged, hostile, or need what is not there: one clear message, nothing run, no panic.

use limn_inference::choice::load_first;
use limn_inference::{AdapterPreference, BackendChoice, BackendKind, EngineError, EngineOptions, compile, load};
use proptest::prelude::*;
use rten_onnx::onnx::{DataLocation, StringStringEntryProto, TensorProto};

use crate::model::Attr::{Int, Ints, Tensor, Word};
use crate::model::{Model, float_tensor};

fn reference(bytes: &[u8], shapes: &[(&str, &[usize])]) -> Result<(), EngineError> {
    let mut executor = load(bytes, shapes, &EngineOptions::only(BackendKind::Reference))?;
    for (name, shape) in shapes {
        executor.set_input(name, &vec![0.5; shape.iter().product()])?;
    }
    executor.run(&[])
}

fn refused(model: &Model) -> EngineError {
    reference(&model.bytes(), &model.shapes()).expect_err("it was taken")
}

/// A model with something of everything.
fn small() -> Model {
    let mut model = Model::new(17);
    model.input("x", &[1, 2, 6, 6]).noise("w", &[3, 2, 3, 3]).noise("b", &[3]).ints("sizes", &[1, 3, 12, 12]);
    model.ints("target", &[0, -1, 2]).ints("from", &[1]).ints("to", &[100]).ints("axis", &[2]);
    model
        .node("Conv", "x w b", "c", vec![("pads", Ints(vec![1, 1, 1, 1])), ("dilations", Ints(vec![1, 1]))])
        .node("Resize", "c - - sizes", "r", vec![("mode", Word("linear"))])
        .node("MaxPool", "r", "p", vec![("kernel_shape", Ints(vec![2, 2])), ("strides", Ints(vec![2, 2]))])
        .node("Slice", "p from to axis", "s", vec![])
        .node("Constant", "", "k", vec![("value", Tensor(float_tensor("", &[1], &[2.0])))])
        .node("Mul", "s k", "m", vec![])
        .node("Reshape", "m target", "y", vec![])
        .node("Softmax", "y", "z", vec![("axis", Int(1))])
        .output("z");
    model
}

/// The driver refuses the first buffer, and the answer comes all the same.
#[test]
fn without_graphics_memory_the_next_backend_answers_and_says_why() {
    let model = small();
    let options =
        EngineOptions { memory_limit: Some(1 << 10), adapter: AdapterPreference::Software, ..EngineOptions::default() };
    let order = [BackendKind::Wgpu, BackendKind::Reference];
    let mut executor = load_first(&order, "first".into(), &model.bytes(), &model.shapes(), &options).unwrap();
    assert_eq!(executor.info().backend, BackendKind::Reference);
    let reason = &executor.info().reason;
    assert!(reason.contains("wgpu") && reason.contains("memory") && !reason.contains('\n'), "{reason}");
    executor.set_input("x", &[0.5; 72]).unwrap();
    executor.run(&[]).unwrap();
    let mut out = Vec::new();
    executor.read_output("z", &mut out).unwrap();
    assert!(out.iter().all(|v| v.is_finite()) && !out.is_empty());

    let enough = EngineOptions { memory_limit: None, ..options };
    let executor = load_first(&order, "first".into(), &model.bytes(), &model.shapes(), &enough).unwrap();
    assert_eq!((executor.info().backend, executor.info().reason.as_str()), (BackendKind::Wgpu, "first"));
}

#[test]
fn the_small_model_is_good_as_it_is() {
    let model = small();
    reference(&model.bytes(), &model.shapes()).unwrap();
}

#[test]
fn an_unknown_operator_is_refused_by_name() {
    let mut model = Model::new(17);
    model.input("x", &[4]).node("Relu", "x", "a", vec![]).node("Einsum", "a", "y", vec![]).output("y");
    let EngineError::UnsupportedOperator { node, op, reason, backend: None } = refused(&model) else {
        panic!("another error")
    };
    assert_eq!((node.as_str(), op.as_str()), ("Einsum_1", "Einsum"));
    assert!(!reason.is_empty());
}

#[test]
fn an_unknown_attribute_is_refused_by_name() {
    let mut model = Model::new(17);
    model.input("x", &[4]).node("Relu", "x", "y", vec![("slope", Int(1))]).output("y");
    let error = refused(&model).to_string();
    assert!(error.contains("Relu_0") && error.contains("`slope`"), "{error}");
}

#[test]
fn what_is_supported_in_part_says_which_part_is_not() {
    let mut model = Model::new(17);
    model.input("x", &[1, 1, 4, 4]).floats("scales", &[4], &[1.0, 1.0, 2.0, 2.0]);
    model.node("Resize", "x - scales", "y", vec![("mode", Word("cubic"))]).output("y");
    assert!(refused(&model).to_string().contains("`cubic`"));
    let mut model = Model::new(17);
    model.input("x", &[1, 2, 4, 4, 4]).noise("w", &[2, 2, 3, 3, 3]).node("Conv", "x w", "y", vec![]).output("y");
    assert!(refused(&model).to_string().contains("5 axes"), "{}", refused(&model));
}

#[test]
fn graphs_that_are_wrong_are_bad_models() {
    let cases: [(&str, Model); 5] = [
        ("nothing before it makes", {
            let mut model = Model::new(17);
            model.input("x", &[4]).node("Add", "x ghost", "y", vec![]).output("y");
            model
        }),
        ("do not go together", {
            let mut model = Model::new(17);
            model.input("x", &[4]).noise("b", &[3]).node("Add", "x b", "y", vec![]).output("y");
            model
        }),
        ("`z`, which nothing", {
            let mut model = Model::new(17);
            model.input("x", &[4]).node("Relu", "x", "y", vec![]).output("z");
            model
        }),
        ("two values", {
            let mut model = Model::new(17);
            model.input("x", &[4]).node("Relu", "x", "y", vec![]).node("Relu", "x", "y", vec![]).output("y");
            model
        }),
        ("operator set 99", {
            let mut model = Model::new(99);
            model.input("x", &[4]).node("Relu", "x", "y", vec![]).output("y");
            model
        }),
    ];
    for (expected, model) in cases {
        let error = refused(&model);
        assert!(matches!(error, EngineError::BadModel(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn another_input_shape_than_the_model_says_is_named() {
    let model = small();
    let error = reference(&model.bytes(), &[("x", &[1, 3, 6, 6])]).unwrap_err();
    assert!(matches!(&error, EngineError::ShapeMismatch { name, .. } if name == "x"), "{error}");
    let error = reference(&model.bytes(), &[("y", &[1])]).unwrap_err();
    assert!(error.to_string().contains("`x`"), "{error}");
}

#[test]
fn enormous_claims_are_refused_before_anything_is_allocated() {
    let mut model = Model::new(17);
    model.input("x", &[4]).ints("shape", &[1 << 20, 1 << 20]).node("Expand", "x shape", "y", vec![]).output("y");
    let error = refused(&model).to_string();
    assert!(error.contains("does not broadcast") || error.contains("too large"), "{error}");
    // Every value just within the limit, all of them together not.
    let mut model = Model::new(17);
    model.input("x", &[1]).ints("shape", &[1 << 26]);
    for index in 0..20 {
        model.node("Expand", "x shape", &format!("y{index}"), vec![]).output(&format!("y{index}"));
    }
    assert!(matches!(refused(&model), EngineError::OutOfMemory(_)), "{}", refused(&model));
}

/// What every backend says; all must refuse the model for itself, and advise no other backend.
fn refused_by_all(model: &Model) -> Vec<String> {
    BackendKind::ALL
        .into_iter()
        .map(|kind| {
            let loaded = load(&model.bytes(), &model.shapes(), &EngineOptions::only(kind));
            let Err(error) = loaded else { panic!("{kind} took it") };
            let text = error.to_string();
            assert!(!text.contains("`ort`") && !text.contains('\n'), "{kind}: {text}");
            text
        })
        .collect()
}

#[test]
fn no_backend_is_given_what_the_reader_refuses() {
    let mut unknown = Model::new(17);
    unknown.input("x", &[4]).node("Einsum", "x", "y", vec![]).output("y");
    // Runtimes compute constants while they load, each of these 64 MiB.
    let mut constants = Model::new(17);
    constants.input("x", &[1]).ints("shape", &[1 << 12, 1 << 12]).node("ConstantOfShape", "shape", "c0", vec![]);
    for index in 0..10 {
        constants.node("Exp", &format!("c{index}"), &format!("c{}", index + 1), vec![]);
    }
    constants.node("ReduceSum", "c10", "s", vec![]).node("Add", "x s", "y", vec![]).output("y");
    let mut work = Model::new(17);
    work.input("x", &[1, 64, 512, 512]).noise("w", &[64, 64, 33, 33]);
    work.node("Conv", "x w", "y", vec![("pads", Ints(vec![16; 4]))]).output("y");
    let mut elsewhere = Model::new(17);
    let tensor = TensorProto {
        data_location: Some(DataLocation::EXTERNAL),
        external_data: vec![StringStringEntryProto { key: Some("location".into()), value: Some("secret.bin".into()) }],
        ..float_tensor("", &[1], &[1.0])
    };
    elsewhere.input("x", &[4]).node("Constant", "", "k", vec![("value", Tensor(tensor))]);
    elsewhere.node("Add", "x k", "y", vec![]).output("y");
    let mut escape = Model::new(17);
    escape.input("x", &[4]).node("Relu", "x", "a\x1b[31mb", vec![]).output("a\x1b[31mb");
    let cases = [
        ("Einsum", unknown),
        ("out of constants", constants),
        ("multiplications", work),
        ("another file", elsewhere),
        ("control characters", escape),
    ];
    for (expected, model) in cases {
        for text in refused_by_all(&model) {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}

#[test]
fn what_no_output_needs_is_given_to_no_backend() {
    let mut model = Model::new(17);
    model.input("x", &[4]).ints("shape", &[1 << 13, 1 << 13]).node("ConstantOfShape", "shape", "c0", vec![]);
    for index in 0..10 {
        model.node("Exp", &format!("c{index}"), &format!("c{}", index + 1), vec![]);
    }
    model.node("Relu", "x", "y", vec![]).output("y");
    for kind in BackendKind::ALL {
        let begun = std::time::Instant::now();
        let mut executor = load(&model.bytes(), &model.shapes(), &EngineOptions::only(kind)).unwrap();
        executor.set_input("x", &[-1.0, 2.0, -3.0, 4.0]).unwrap();
        executor.run(&[]).unwrap();
        let mut out = Vec::new();
        executor.read_output("y", &mut out).unwrap();
        assert_eq!(out, [0.0, 2.0, 0.0, 4.0]);
        assert!(begun.elapsed().as_secs() < 20, "{kind} computed 2.6 GiB that nobody asked for");
    }
}

#[test]
fn every_backend_says_bad_model_to_a_damaged_file() {
    let model = small();
    let mut bytes = model.bytes();
    bytes.truncate(bytes.len() / 2);
    let choices = BackendKind::ALL.map(BackendChoice::Only).into_iter().chain([BackendChoice::Auto]);
    for backend in choices {
        let options = EngineOptions { backend, ..EngineOptions::default() };
        let Err(error) = load(&bytes, &model.shapes(), &options) else { panic!("{backend} took it") };
        assert!(error.is_of_the_model(), "{backend}: {error}");
        assert!(matches!(error, EngineError::Damaged(_)), "{backend}: {error}");
    }
}

#[test]
fn every_truncation_is_refused_or_harmless() {
    let model = small();
    let bytes = model.bytes();
    for len in 0..bytes.len() {
        // Only the tail after the graph may be missing without harm.
        let result = reference(&bytes[..len], &model.shapes());
        assert!(result.is_err(), "{len} of {} bytes were taken", bytes.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Bytes changed, cut out or doubled anywhere: an error or a result, never a panic.
    #[test]
    fn damaged_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of((any::<prop::sample::Index>(), 0usize..40)),
    ) {
        let model = small();
        let mut bytes = model.bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some((at, len)) = cut {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + len).min(bytes.len()));
        }
        // The result does not matter, that there is one does. A changed size may make a good model that is merely large:
        // running it shows nothing more.
        if let Ok(graph) = compile(&bytes, &model.shapes())
            && graph.values.iter().all(|value| value.len() < 1 << 16)
        {
            drop(reference(&bytes, &model.shapes()));
        }
    }
}
