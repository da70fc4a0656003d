//! The ONNX project's own node test cases (`tests/golden/onnx`, made by `generate.py` there).

use limn_inference::{BackendKind, EngineError};

use super::compared;
use super::golden::{self, Case};

/// Cases that are left out (`*` stands for anything) and why. The table for people is this list.
const LEFT_OUT: &[(&str, &str)] = &[
    ("arg*select_last_index", "the last of several equal ones"),
    ("averagepool_3d*", "pictures only"),
    ("batchnorm*training_mode", "training"),
    ("convtranspose_3d", "pictures only"),
    ("dropout_default_mask*", "the mask of a dropout that drops nothing"),
    ("gridsample_bicubic*", "bilinear only"),
    ("gridsample_border_padding", "zeros outside only"),
    ("gridsample_nearest*", "bilinear only"),
    ("gridsample_reflection_padding", "zeros outside only"),
    ("gridsample_volumetric*", "pictures only"),
    (
        "layer_normalization_*",
        "mean and deviation as further outputs; the first is held against ONNX Runtime elsewhere",
    ),
    ("maxpool_3d*", "pictures only"),
    ("maxpool_with_argmax*", "places of the maxima as a further output"),
    ("pow_types_int*float32", "integers to the power of floats"),
    ("reduce_m*bool*", "a reduction of truth values"),
    ("resize*cubic*", "linear and nearest only"),
    ("resize_downsample_scales_linear_align_corners", "as ONNX Runtime does it: extents are whole numbers"),
    ("resize*linear_antialias", "no smoothing"),
    ("resize*half_pixel_symmetric", "no such mode in the networks"),
    ("resize*nearest_not*", "sizes are taken as they stand"),
    ("resize_tf_crop_and_resize*", "no such mode in the networks"),
    ("training_dropout*", "training"),
    ("wrap_pad", "constant, edge and mirror only"),
];

/// Cases whose expected values were written down with four digits.
const COARSE: &[&str] = &["averagepool_2d_ceil_last_window_starts_on_pad"];

/// The first element that differs by more than the ONNX project's own tolerance for `f32` (1e-3 relative, 1e-6 absolute
/// there; tighter here, but for transcendental functions a few ulp of the result).
fn differs(name: &str, case: &Case, results: &[Vec<f32>]) -> Option<String> {
    let tolerance = if COARSE.contains(&name) { 1e-3 } else { 2e-5 };
    for ((name, _, expected), result) in case.outputs.iter().zip(results) {
        if expected.len() != result.len() {
            return Some(format!("{name}: {} elements instead of {}", result.len(), expected.len()));
        }
        for (at, (a, b)) in expected.iter().zip(result).enumerate() {
            let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-6 + tolerance * a.abs();
            if !same {
                return Some(format!("{name}[{at}]: {b} instead of {a}"));
            }
        }
    }
    None
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(pattern, _)| matches(pattern, name))
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(beginning) else { return false };
    name.char_indices().map(|(at, _)| &name[at..]).chain([""]).any(|tail| matches(rest, tail))
}

#[test]
fn reference_passes_the_node_tests() {
    let mut failures = Vec::new();
    let (mut passed, mut left_out) = (0, 0);
    for (name, case) in golden::cases("onnx") {
        let outcome = match golden::run(&case, BackendKind::Reference) {
            Ok(results) => differs(&name, &case, &results),
            Err(error) => Some(error.to_string()),
        };
        match (outcome, is_left_out(&name)) {
            (None, false) => passed += 1,
            (None, true) => failures.push(format!("{name} passes: take it off the list of what is left out")),
            (Some(what), false) => failures.push(format!("{name}: {what}")),
            (Some(_), true) => left_out += 1,
        }
    }
    assert!(failures.is_empty(), "{passed} passed, {} failed:\n{}", failures.len(), failures.join("\n"));
    println!("{passed} of {} pass, the rest is left out for a reason", passed + left_out);
    assert!(passed > 400, "only {passed} cases were found");
}

/// On the graphics adapter a case may be refused by name, but what runs must be right.
#[test]
fn wgpu_passes_the_node_tests_or_says_what_it_lacks() {
    passes_or_refuses(BackendKind::Wgpu, 350);
}

#[test]
fn rten_passes_the_node_tests_or_says_what_it_lacks() {
    passes_or_refuses(BackendKind::Rten, 230);
}

pub fn passes_or_refuses(kind: BackendKind, least: usize) {
    let (mut failures, mut refused, mut passed) = (Vec::new(), Vec::new(), 0);
    for (name, case) in golden::cases("onnx") {
        if case.inputs.is_empty() || is_left_out(&name) {
            continue;
        }
        match golden::run(&case, kind) {
            Ok(results) => match differs(&name, &case, &results) {
                None => {
                    passed += 1;
                    if kind == BackendKind::Rten {
                        compared::is_right(&case.model, &case.shapes());
                    }
                }
                Some(what) => failures.push(format!("{name}: {what}")),
            },
            Err(EngineError::UnsupportedOperator { op, reason, .. }) => refused.push(format!("{name}: {op}: {reason}")),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    println!("{passed} passed, {} refused:\n{}", refused.len(), refused.join("\n"));
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(passed > least, "only {passed} ran");
}
