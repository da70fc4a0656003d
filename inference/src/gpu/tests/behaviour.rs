use super::*;
use crate::EngineError;
use crate::graph::{Activation, Binary, Conv, Unary};

/// image -> conv -> conv \
///                         add -> conv -> mask (one output), and the first conv (the other output)
/// clicks -> conv ------- /
fn two_branches() -> Graph {
    let conv = || {
        Op::Conv(Conv {
            kernel: [3, 3],
            strides: [1, 1],
            pads: [1; 4],
            dilations: [1, 1],
            groups: 1,
            bias: false,
            residual: false,
            activation: Activation::Relu,
        })
    };
    let mut graph = Graph::default();
    let image = graph.add_input("image", [1, 3, 16, 16]);
    let clicks = graph.add_input("clicks", [1, 2, 16, 16]);
    let weights =
        |graph: &mut Graph, co, ci, seed| graph.add_constant("w", Constant::from(tensor(&[co, ci, 3, 3], seed)));
    let w = weights(&mut graph, 8, 3, 1);
    let first = push(&mut graph, conv(), &[image, w], &[1, 8, 16, 16]);
    let w = weights(&mut graph, 8, 8, 2);
    let second = push(&mut graph, conv(), &[first, w], &[1, 8, 16, 16]);
    let w = weights(&mut graph, 8, 2, 3);
    let clicked = push(&mut graph, conv(), &[clicks, w], &[1, 8, 16, 16]);
    let sum = push(&mut graph, Op::Binary(Binary::Add), &[second, clicked], &[1, 8, 16, 16]);
    let w = weights(&mut graph, 1, 8, 4);
    let mask = push(&mut graph, conv(), &[sum, w], &[1, 1, 16, 16]);
    graph.outputs.push(Output { name: "mask".into(), value: mask });
    graph.outputs.push(Output { name: "feature".into(), value: first });
    graph
}

fn ready(options: &EngineOptions) -> WgpuExecutor {
    let mut executor = WgpuExecutor::new(&two_branches(), options, "test".into()).unwrap();
    executor.set_input("image", &noise(3 * 256, 1)).unwrap();
    executor.set_input("clicks", &noise(2 * 256, 2)).unwrap();
    executor
}

fn read(executor: &mut WgpuExecutor, name: &str) -> Vec<f32> {
    let mut out = Vec::new();
    executor.read_output(name, &mut out).unwrap();
    out
}

#[test]
fn a_second_click_gives_what_a_whole_run_gives() {
    let mut executor = ready(&options());
    executor.run(&["mask"]).unwrap();
    let clicks = noise(2 * 256, 3);
    executor.set_input("clicks", &clicks).unwrap();
    executor.run(&["mask"]).unwrap();
    let steps = executor.program.steps.iter().filter(|step| step.kernel.key.kernel == "conv");
    let ran = executor.ran().iter().filter(|&&at| executor.program.steps[at].kernel.key.kernel == "conv").count();
    assert_eq!((steps.count(), ran), (4, 2), "the two convolutions of the image must not run again");
    let partial = read(&mut executor, "mask");

    let mut whole = ready(&EngineOptions { partial: false, ..options() });
    whole.set_input("clicks", &clicks).unwrap();
    whole.run(&[]).unwrap();
    assert_eq!(partial, read(&mut whole, "mask"));
    assert!(partial.iter().any(|&v| v > 0.0));

    // An output that was not wanted before is still to be had, and nothing wanted changes.
    executor.run(&["feature", "mask"]).unwrap();
    assert_eq!(read(&mut executor, "feature"), read(&mut whole, "feature"));
    assert_eq!(read(&mut executor, "mask"), partial);
}

#[test]
fn a_rerun_gives_the_same_bits() {
    let mut executor = ready(&EngineOptions { partial: false, ..options() });
    executor.run(&[]).unwrap();
    let first = read(&mut executor, "mask");
    executor.run(&[]).unwrap();
    assert_eq!(first, read(&mut executor, "mask"));
    let mut other = ready(&options());
    other.run(&[]).unwrap();
    assert_eq!(first, read(&mut other, "mask"), "another device of the same adapter");
}

#[test]
fn what_the_driver_compiled_is_kept_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trials = Some(crate::trials::Trials::in_folder(folder.path()));
    let kept = || {
        let files = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "shaders")).collect::<Vec<_>>()
    };
    let mut results = Vec::new();
    for damage in [false, false, true] {
        if damage {
            for path in kept() {
                std::fs::write(path, b"limn shaders 1\nnonsense").unwrap();
            }
        }
        let mut executor = ready(&EngineOptions { trials: trials.clone(), ..options() });
        let has_cache = executor.context().device.features().contains(wgpu::Features::PIPELINE_CACHE);
        assert_eq!(kept().len(), usize::from(has_cache), "one file for an adapter");
        assert_eq!(folder.path().read_dir().unwrap().count(), kept().len(), "and no mark is left");
        executor.run(&[]).unwrap();
        results.push(read(&mut executor, "mask"));
        let startup = executor.startup();
        assert_eq!(startup.first_runs.len(), executor.pipelines.len());
        assert!(startup.total() > startup.first_run());
    }
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn a_lost_device_is_said_and_a_new_executor_works() {
    let mut executor = ready(&options());
    executor.run(&[]).unwrap();
    let before = read(&mut executor, "mask");
    executor.destroy_device();
    let lost = executor.set_input("clicks", &noise(2 * 256, 2)).and_then(|()| executor.run(&[]));
    assert!(matches!(lost, Err(EngineError::DeviceLost(_))), "{lost:?}");
    let again = executor.run(&[]);
    assert!(matches!(again, Err(EngineError::DeviceLost(_))), "it stays lost: {again:?}");

    let mut fresh = ready(&options());
    fresh.run(&[]).unwrap();
    assert_eq!(read(&mut fresh, "mask"), before);
}

#[test]
fn without_memory_there_is_an_error_and_no_executor() {
    // Nothing at all, and too little for the last buffers.
    for limit in [0, 300 << 10] {
        let limited = EngineOptions { memory_limit: Some(limit), ..options() };
        let error = WgpuExecutor::new(&two_branches(), &limited, String::new()).err().unwrap();
        assert!(matches!(error, EngineError::OutOfMemory(_)), "{error}");
    }
    WgpuExecutor::new(&two_branches(), &EngineOptions { memory_limit: Some(64 << 20), ..options() }, String::new())
        .unwrap();
}

#[test]
fn what_the_device_reports_fails_the_next_run_and_no_other() {
    let mut executor = ready(&options());
    executor.run(&[]).unwrap();
    let before = read(&mut executor, "mask");
    // More than any device has, as an allocation that a driver refuses in the middle of the work.
    let size = executor.context().device.limits().max_buffer_size + 4;
    let usage = wgpu::BufferUsages::STORAGE;
    let label = Some("too large");
    let descriptor = wgpu::BufferDescriptor { label, size, usage, mapped_at_creation: false };
    drop(executor.context().device.create_buffer(&descriptor));
    let error = executor.run(&[]).unwrap_err();
    assert!(matches!(error, EngineError::Backend { .. } | EngineError::OutOfMemory(_)), "{error}");
    executor.run(&[]).unwrap();
    assert_eq!(read(&mut executor, "mask"), before);
}

#[test]
fn no_submission_holds_more_than_its_share() {
    let mut executor = ready(&options());
    assert_eq!(executor.submissions().unwrap().len(), 1, "a small network is one submission");
    executor.run(&[]).unwrap();
}

#[test]
fn calls_out_of_order_are_errors() {
    let mut executor = WgpuExecutor::new(&two_branches(), &options(), String::new()).unwrap();
    assert!(matches!(executor.run(&[]), Err(EngineError::NotReady { .. })));
    assert!(matches!(executor.set_input("picture", &[]), Err(EngineError::UnknownTensor { .. })));
    assert!(matches!(executor.set_input("image", &[0.0; 3]), Err(EngineError::ShapeMismatch { .. })));
    let mut executor = ready(&options());
    executor.run(&["mask"]).unwrap();
    assert!(matches!(executor.run(&["masc"]), Err(EngineError::UnknownTensor { .. })));
    executor.run(&["mask"]).unwrap();
    let mut out = Vec::new();
    assert!(matches!(executor.read_output("feature", &mut out), Err(EngineError::NotReady { .. })));
    let info = executor.info();
    assert!(info.pool_bytes > 0 && !info.device.is_empty() && info.reason == "test");
}

#[test]
fn a_node_without_a_kernel_is_named_with_the_reason() {
    let mut graph = Graph::default();
    let x = graph.add_input("x", [4, 3]);
    let y = push(&mut graph, Op::Unary(Unary::Abs), &[x], &[4, 3]);
    let top = crate::graph::TopK { axis: 0, largest: true, indices: false };
    let y = push(&mut graph, Op::TopK(top), &[y], &[2, 3]);
    graph.outputs.push(Output { name: "y".into(), value: y });
    let Err(EngineError::UnsupportedOperator { node, op, reason, .. }) =
        WgpuExecutor::new(&graph, &options(), String::new())
    else {
        panic!("accepted")
    };
    assert_eq!((node.as_str(), op.as_str()), ("n1", "TopK"));
    assert!(reason.contains("no shader"), "{reason}");
}

#[test]
fn no_dispatch_reads_the_buffer_it_writes() {
    let executor = ready(&options());
    for step in &executor.program.steps {
        let written = executor.piece(step.writes);
        assert!(step.reads.iter().all(|&slot| executor.piece(slot) != written), "{}", step.kernel.node);
    }
}

/// Parts of a concatenation that are made from each other, directly and through a view.
#[test]
fn concatenation_in_place_never_reads_what_it_writes() {
    let mut graph = Graph::default();
    let x = graph.add_input("x", [1, 8, 4, 4]);
    let pool = |kernel: usize| {
        Op::Pool(crate::graph::Pool {
            kind: crate::graph::PoolKind::Max,
            kernel: [kernel, kernel],
            strides: [1, 1],
            pads: [kernel / 2; 4],
            dilations: [1, 1],
        })
    };
    let a = push(&mut graph, pool(1), &[x], &[1, 8, 4, 4]);
    let b = push(&mut graph, pool(3), &[a], &[1, 8, 4, 4]);
    let slice = Op::Slice(crate::graph::Slice { starts: vec![0, 4, 0, 0], steps: vec![1; 4] });
    let view = push(&mut graph, slice, &[a], &[1, 4, 4, 4]);
    let c = push(&mut graph, pool(3), &[view], &[1, 4, 4, 4]);
    let joined = push(&mut graph, Op::Concat { axis: 1 }, &[a, b, c, a], &[1, 28, 4, 4]);
    graph.outputs.push(Output { name: "y".into(), value: joined });
    let data = noise(128, 9);
    let run = |executor: &mut dyn Executor| {
        executor.set_input("x", &data).unwrap();
        executor.run(&[]).unwrap();
        let mut out = Vec::new();
        executor.read_output("y", &mut out).unwrap();
        out
    };
    let mut executor = WgpuExecutor::new(&graph, &options(), String::new()).unwrap();
    for step in &executor.program.steps {
        assert!(!step.reads.contains(&step.writes), "{}", step.kernel.node);
    }
    let got = run(&mut executor);
    let mut twin = crate::reference::ReferenceExecutor::new(&graph, true, String::new()).unwrap();
    assert_eq!(got, run(&mut twin));
}

#[test]
fn a_profile_has_every_step() {
    let mut executor = ready(&options());
    let profile = executor.profile(1).unwrap();
    assert_eq!(profile.len(), executor.program.steps.len());
    let macs: u64 = profile.iter().map(|step| step.macs).sum();
    assert_eq!(macs, 256 * 9 * (8 * 3 + 8 * 8 + 8 * 2 + 8));
    assert!(profile.iter().any(|step| step.depends == ["image", "clicks"]));
    executor.run(&[]).unwrap();
}
