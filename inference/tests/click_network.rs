//! The click network through the executors.

use std::path::Path;

use limn_inference::{BackendKind, EngineError, EngineOptions, Executor, load};

fn network() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weights/edgeflow-lite0.onnx");
    std::fs::read(path).expect("the weights are part of the repository")
}

fn executor(kind: BackendKind, height: usize, width: usize) -> Box<dyn Executor> {
    let (image, clicks) = ([1, 3, height, width], [1, 4, height, width]);
    let shapes: [(&str, &[usize]); 2] = [("image", &image), ("clicks", &clicks)];
    load(&network(), &shapes, &EngineOptions::only(kind)).expect("the network loads")
}

/// A picture with some structure, values in -1..1.
fn picture(height: usize, width: usize, phase: f32) -> Vec<f32> {
    let pixel = |c: usize, y: usize, x: usize| {
        ((x as f32 * 0.11 + phase).sin() * (y as f32 * 0.07 + c as f32).cos()).clamp(-1.0, 1.0)
    };
    let mut data = Vec::new();
    for c in 0..3 {
        for y in 0..height {
            data.extend((0..width).map(|x| pixel(c, y, x)));
        }
    }
    data
}

/// One positive disk of radius 5 at (x, y), no previous mask.
fn clicks(height: usize, width: usize, x: usize, y: usize) -> Vec<f32> {
    let mut data = vec![0.0; 4 * height * width];
    for py in 0..height {
        for px in 0..width {
            if px.abs_diff(x).pow(2) + py.abs_diff(y).pow(2) <= 25 {
                data[py * width + px] = 1.0;
            }
        }
    }
    data
}

fn run(executor: &mut dyn Executor) -> [Vec<f32>; 3] {
    executor.run(&[]).expect("it runs");
    ["mask", "edge", "feature"].map(|name| {
        let mut out = Vec::new();
        executor.read_output(name, &mut out).expect("the output is there");
        out
    })
}

#[test]
fn ort_writes_in_place_and_sees_new_inputs() {
    let (height, width) = (96, 64);
    let mut ort = executor(BackendKind::Ort, height, width);
    assert_eq!(ort.outputs()[2].shape, [1, 88, height / 4, width / 4]);
    let error = ort.run(&[]).unwrap_err();
    assert!(matches!(error, EngineError::NotReady { .. }), "{error}");
    ort.set_input("image", &picture(height, width, 0.0)).unwrap();
    ort.set_input("clicks", &clicks(height, width, 20, 30)).unwrap();
    let first = run(ort.as_mut());
    ort.set_input("clicks", &clicks(height, width, 50, 80)).unwrap();
    let second = run(ort.as_mut());
    assert_ne!(first[0], second[0], "another click, another mask");
    ort.set_input("clicks", &clicks(height, width, 20, 30)).unwrap();
    assert_eq!(first, run(ort.as_mut()), "the same inputs, the same bits");
    assert!(first[0].iter().all(|value| value.is_finite()));
}

#[test]
fn wrong_names_and_sizes_are_refused() {
    let mut ort = executor(BackendKind::Ort, 64, 64);
    assert!(matches!(ort.set_input("picture", &[]), Err(EngineError::UnknownTensor { .. })));
    assert!(matches!(ort.set_input("image", &[0.0; 5]), Err(EngineError::ShapeMismatch { .. })));
    let error = ort.read_output("depth", &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("depth") && error.contains("mask"), "{error}");
}

/// Largest difference between two outputs, in units of 1 + |value|.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1.0 + a.abs().max(b.abs()))).fold(0.0, f32::max)
}

#[test]
fn reference_agrees_with_ort() {
    for (height, width) in [(128, 128), (160, 96)] {
        let mut executors = [BackendKind::Ort, BackendKind::Reference].map(|kind| executor(kind, height, width));
        let [ort, reference] = executors.each_mut().map(|executor| {
            executor.set_input("image", &picture(height, width, 0.3)).unwrap();
            executor.set_input("clicks", &clicks(height, width, width / 3, height / 2)).unwrap();
            run(executor.as_mut())
        });
        for (ort, reference) in ort.iter().zip(&reference) {
            // Sums of some hundred products in another order, through about sixty layers.
            let difference = difference(ort, reference);
            assert!(difference < 2e-4, "{height}x{width}: {difference}");
        }
    }
}
