//! The click network through every executor.

use std::path::Path;

use limn_inference::reference::ReferenceExecutor;
use limn_inference::{BackendKind, EngineError, EngineOptions, Executor, load};

fn network() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weights/edgeflow-lite0.onnx");
    std::fs::read(path).expect("the weights are part of the repository")
}

fn executor(kind: BackendKind, height: usize, width: usize) -> Box<dyn Executor> {
    executor_with(&EngineOptions::only(kind), height, width)
}

fn executor_with(options: &EngineOptions, height: usize, width: usize) -> Box<dyn Executor> {
    let (image, clicks) = ([1, 3, height, width], [1, 4, height, width]);
    let shapes: [(&str, &[usize]); 2] = [("image", &image), ("clicks", &clicks)];
    load(&network(), &shapes, options).expect("the network loads")
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
fn all_executors_agree_with_ort() {
    for (height, width) in [(128, 128), (160, 96)] {
        let kinds = [BackendKind::Ort, BackendKind::Reference, BackendKind::Wgpu, BackendKind::Rten];
        let mut executors = kinds.map(|kind| executor(kind, height, width));
        let [ort, reference, wgpu, rten] = executors.each_mut().map(|executor| {
            executor.set_input("image", &picture(height, width, 0.3)).unwrap();
            executor.set_input("clicks", &clicks(height, width, width / 3, height / 2)).unwrap();
            run(executor.as_mut())
        });
        let ours = [(BackendKind::Reference, reference), (BackendKind::Wgpu, wgpu), (BackendKind::Rten, rten)];
        for (kind, ours) in ours {
            for (ort, ours) in ort.iter().zip(&ours) {
                // Sums of some hundred products in another order, through about sixty layers.
                let difference = difference(ort, ours);
                assert!(difference < 2e-4, "{kind} {height}x{width}: {difference}");
            }
        }
    }
}

#[test]
fn partial_evaluation_equals_whole_runs() {
    let (height, width) = (96, 128);
    // ONNX Runtime fuses differently where it is cut, so a rounding may fall elsewhere; our own gives the same bits.
    let kinds =
        [(BackendKind::Reference, 0.0), (BackendKind::Wgpu, 0.0), (BackendKind::Rten, 0.0), (BackendKind::Ort, 1e-5)];
    for (kind, tolerance) in kinds {
        let mut partial = executor(kind, height, width);
        let mut whole = executor_with(&EngineOptions { partial: false, ..EngineOptions::only(kind) }, height, width);
        let changes = [(true, 30, 40), (false, 90, 20), (false, 60, 60), (true, 10, 10), (false, 11, 50)];
        for (step, (new_image, x, y)) in changes.into_iter().enumerate() {
            for executor in [&mut partial, &mut whole] {
                if new_image {
                    executor.set_input("image", &picture(height, width, step as f32)).unwrap();
                }
                executor.set_input("clicks", &clicks(height, width, x, y)).unwrap();
            }
            // The outputs one after the other, as a caller may ask for them.
            partial.run(&["mask"]).unwrap();
            let whole = run(whole.as_mut());
            let partial = run(partial.as_mut());
            for (a, b) in partial.iter().zip(&whole) {
                let difference = difference(a, b);
                assert!(difference <= tolerance, "{kind}, step {step}: {difference}");
            }
        }
    }
}

#[test]
fn only_what_clicks_change_runs_at_a_second_click() {
    let (image, clicks_shape) = ([1, 3, 64, 64], [1, 4, 64, 64]);
    let graph = limn_inference::compile(&network(), &[("image", &image), ("clicks", &clicks_shape)]).unwrap();
    let mut executor = ReferenceExecutor::new(&graph, true, String::new()).unwrap();
    executor.set_input("image", &picture(64, 64, 0.0)).unwrap();
    executor.set_input("clicks", &clicks(64, 64, 20, 20)).unwrap();
    executor.run(&[]).unwrap();
    let first = executor.last_steps().len();
    executor.set_input("clicks", &clicks(64, 64, 40, 20)).unwrap();
    executor.run(&[]).unwrap();
    let second = executor.last_steps().len();
    assert!(second < first && second > 0, "{second} of {first} nodes");
    executor.run(&[]).unwrap();
    assert_eq!(executor.last_steps().len(), 0, "nothing changed");
}
