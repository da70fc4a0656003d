//! The click network through wgpu, on the software adapter.

use std::path::Path;

use limn_inference::{AdapterPreference, BackendKind, EngineError, EngineOptions, Executor, compile, gpu, load};

fn network() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weights/edgeflow-lite0.onnx");
    std::fs::read(path).expect("the weights are part of the repository")
}

fn executor(kind: BackendKind, height: usize, width: usize) -> Box<dyn Executor> {
    let options = EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::only(kind) };
    let (image, clicks) = ([1, 3, height, width], [1, 4, height, width]);
    load(&network(), &[("image", &image), ("clicks", &clicks)], &options).expect("the network loads")
}

/// A bright disk on a structured ground, values in -1..1.
fn picture(height: usize, width: usize) -> Vec<f32> {
    let (cy, cx, radius) = (height as f32 / 2.0, width as f32 / 3.0, height.min(width) as f32 / 5.0);
    let pixel = |c: usize, y: usize, x: usize| {
        let inside = (y as f32 - cy).hypot(x as f32 - cx) < radius;
        let ground = 0.4 * ((x as f32 * 0.3).sin() * (y as f32 * 0.2 + c as f32).cos());
        if inside { 0.8 - 0.5 * c as f32 } else { ground }
    };
    (0..3 * height * width).map(|i| pixel(i / (height * width), i / width % height, i % width)).collect()
}

/// One positive disk at (x, y) and a negative one in the corner.
fn clicks(height: usize, width: usize, x: usize, y: usize) -> Vec<f32> {
    let mut data = vec![0.0; 4 * height * width];
    for (channel, x, y) in [(0, x, y), (1, 9, 9)] {
        for py in 0..height {
            for px in 0..width {
                if px.abs_diff(x).pow(2) + py.abs_diff(y).pow(2) <= 25 {
                    data[(channel * height + py) * width + px] = 1.0;
                }
            }
        }
    }
    data
}

fn read(executor: &mut dyn Executor, name: &str) -> Vec<f32> {
    let mut out = Vec::new();
    executor.read_output(name, &mut out).expect("the output is there");
    out
}

fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[test]
fn it_agrees_with_the_other_backends() {
    let kinds = [BackendKind::Wgpu, BackendKind::Ort, BackendKind::Reference];
    for (height, width) in [(128, 128), (96, 160)] {
        let mut outputs = kinds.map(|kind| {
            let mut executor = executor(kind, height, width);
            executor.set_input("image", &picture(height, width)).unwrap();
            executor.set_input("clicks", &clicks(height, width, width / 3, height / 2)).unwrap();
            executor.run(&[]).unwrap();
            ["mask", "edge", "feature"].map(|name| read(executor.as_mut(), name))
        });
        let [wgpu, others @ ..] = &mut outputs;
        assert!(wgpu[0].iter().any(|&v| v > 0.0) && wgpu[0].iter().any(|&v| v < 0.0), "a mask, not a constant");
        for other in others {
            for output in 0..2 {
                for (a, b) in wgpu[output].iter().zip(&other[output]) {
                    // What the user may see: a thousandth of probability.
                    assert!((probability(*a) - probability(*b)).abs() < 1e-3, "{height}x{width}: {a} and {b}");
                }
            }
            for (a, b) in wgpu[2].iter().zip(&other[2]) {
                // Sums of some hundred products in another order, through about sixty layers.
                assert!((a - b).abs() < 1e-3 * (1.0 + a.abs()), "{height}x{width}: feature {a} and {b}");
            }
        }
    }
}

#[test]
fn a_second_click_equals_a_whole_run() {
    let (height, width) = (96, 96);
    let mut partial = executor(BackendKind::Wgpu, height, width);
    partial.set_input("image", &picture(height, width)).unwrap();
    for x in [20, 50] {
        partial.set_input("clicks", &clicks(height, width, x, 40)).unwrap();
        partial.run(&["mask"]).unwrap();
    }
    let mut whole = executor(BackendKind::Wgpu, height, width);
    whole.set_input("image", &picture(height, width)).unwrap();
    whole.set_input("clicks", &clicks(height, width, 50, 40)).unwrap();
    whole.run(&["mask", "edge"]).unwrap();
    assert_eq!(read(partial.as_mut(), "mask"), read(whole.as_mut(), "mask"));
    let edge = partial.read_output("edge", &mut Vec::new());
    assert!(matches!(edge, Err(EngineError::NotReady { .. })), "not computed by the last run");
    partial.run(&["edge"]).unwrap();
    assert_eq!(read(partial.as_mut(), "edge"), read(whole.as_mut(), "edge"));
}

#[test]
fn a_lost_device_is_said_and_a_new_executor_works() {
    let (image, click) = ([1, 3, 64, 64], [1, 4, 64, 64]);
    let graph = compile(&network(), &[("image", &image), ("clicks", &click)]).unwrap();
    let options = EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::default() };
    let mut executor = gpu::WgpuExecutor::new(&graph, &options, String::new()).unwrap();
    executor.set_input("image", &picture(64, 64)).unwrap();
    executor.set_input("clicks", &clicks(64, 64, 20, 30)).unwrap();
    executor.run(&["mask"]).unwrap();
    let before = read(&mut executor, "mask");
    executor.destroy_device();
    let lost = executor.run(&["mask"]);
    assert!(matches!(lost, Err(EngineError::DeviceLost(_))), "{lost:?}");
    let mut again = gpu::WgpuExecutor::new(&graph, &options, String::new()).unwrap();
    again.set_input("image", &picture(64, 64)).unwrap();
    again.set_input("clicks", &clicks(64, 64, 20, 30)).unwrap();
    again.run(&["mask"]).unwrap();
    assert_eq!(read(&mut again, "mask"), before);
}
