//! The compute shaders against the plain trainer, on the software adapter.

use super::*;
use crate::AdapterPreference;
use crate::adapt::head::uniform;
use crate::adapt::{Batch, Goal, PlainTrainer};

fn gpu() -> GpuTrainer {
    GpuTrainer::new(&EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::default() }).unwrap()
}

/// A head whose every parameter has moved from its start.
fn busy(shape: HeadShape) -> Head<f32> {
    let mut head = Head::new(shape);
    let mut state = 7;
    for value in &mut head.theta {
        *value += uniform(&mut state) as f32 - 0.5;
    }
    head
}

/// Cells, logits and goals of a batch.
struct Owned {
    cells: Vec<f32>,
    base: Vec<f32>,
    goals: Vec<Goal>,
}

fn batch(channels: usize, count: usize, seed: u64, goal: impl Fn(usize) -> Goal) -> Owned {
    let mut state = seed;
    let mut noise = |len: usize, scale: f32| -> Vec<f32> {
        (0..len).map(|_| scale * (uniform(&mut state) as f32 * 2.0 - 1.0)).collect()
    };
    Owned { cells: noise(channels * count, 2.0), base: noise(count, 3.0), goals: (0..count).map(goal).collect() }
}

fn borrowed(batches: &[Owned]) -> Vec<Batch<'_>> {
    batches.iter().map(|b| Batch { cells: &b.cells, base: &b.base, goals: &b.goals }).collect()
}

/// The goals of a click: two disks and what should stay.
fn clicked(at: usize) -> Goal {
    match at {
        0..9 => Goal::click(true, 9),
        9..14 => Goal::click(false, 5),
        _ => Goal::keep((at % 7) as f32 / 7.0, 3.0, 186),
    }
}

const OPTIONS: TrainOptions = TrainOptions { anchor: 1e-3, decay: 1e-2, floor: 0.05, enough: 0.0 };

/// Trains with both and compares parameters, the optimiser's state and the loss.
fn compare(shape: HeadShape, batches: &[Owned], steps: &[Vec<usize>], options: &TrainOptions, steps_made: usize) {
    let batches = borrowed(batches);
    let lesson = Lesson { batches: &batches, steps };
    let (mut plain, mut head) = (PlainTrainer::default(), busy(shape));
    let (mut adam, mut gpu_head) = (Adam::new(shape.len(), 3e-3), head.clone());
    let mut gpu_adam = adam.clone();
    let expected = plain.train(&mut head, &mut adam, &lesson, options).unwrap();
    let got = gpu().train(&mut gpu_head, &mut gpu_adam, &lesson, options).unwrap();
    assert_eq!((got.steps, expected.steps), (steps_made, steps_made));
    assert_eq!(gpu_adam.step, adam.step);
    assert!((got.loss - expected.loss).abs() <= 1e-5 * (1.0 + expected.loss.abs()), "{got:?} {expected:?}");
    // The gradients are sums of some hundred terms in another order, 1e-5 relative to the largest; Adam divides a gradient by
    // its own size, so that a small one may end up a good part of a step elsewhere. A thousandth of the way is far below
    // anything that a wrong gradient would leave.
    let close = |name: &str, a: &[f32], b: &[f32], tolerance: f32| {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            assert!((a - b).abs() <= tolerance, "{name} {at}: {a} {b}");
        }
    };
    let largest = |values: &[f32]| values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    close("mean", &gpu_adam.mean, &adam.mean, 1e-4 * largest(&adam.mean));
    close("square", &gpu_adam.square, &adam.square, 1e-4 * largest(&adam.square));
    let moved: f32 = head.theta.iter().zip(&gpu_head.theta).map(|(a, b)| (a - b).abs()).sum();
    let way = 3e-3 * steps_made as f32 * shape.len() as f32;
    assert!(moved <= 1e-3 * way, "{moved} of {way}");
}

#[test]
fn clicks_are_learned_as_in_plain_rust() {
    let shape = HeadShape { channels: 11, hidden: 6 };
    compare(shape, &[batch(11, 200, 3, clicked)], &[vec![0]], &OPTIONS, 1);
    compare(shape, &[batch(11, 200, 3, clicked)], &vec![vec![0]; 6], &OPTIONS, 6);
}

#[test]
fn labels_are_learned_as_in_plain_rust() {
    let shape = HeadShape { channels: 88, hidden: 16 };
    let batches: Vec<Owned> =
        (0..3).map(|seed| batch(88, 150 + 37 * seed as usize, seed, |at| Goal::label(at % 3 == 0))).collect();
    compare(shape, &batches, &[vec![2, 0], vec![1], vec![0, 1, 2]], &OPTIONS, 3);
}

#[test]
fn goals_may_be_mixed() {
    let mixed = |at: usize| if at.is_multiple_of(2) { clicked(at) } else { Goal::label(at.is_multiple_of(3)) };
    compare(HeadShape { channels: 5, hidden: 4 }, &[batch(5, 90, 1, mixed)], &[vec![0], vec![0]], &OPTIONS, 2);
}

#[test]
fn a_lesson_is_over_when_the_clicks_are_satisfied() {
    let shape = HeadShape { channels: 5, hidden: 4 };
    let batches = [batch(5, 60, 1, clicked)];
    let enough = |enough| TrainOptions { enough, ..OPTIONS };
    compare(shape, &batches, &vec![vec![0]; 4], &enough(100.0), 0);
    // Somewhere on the way: as many steps as the plain trainer says.
    let lesson_of = borrowed(&batches);
    let steps = vec![vec![0]; 40];
    let (mut head, mut adam) = (busy(shape), Adam::new(shape.len(), 3e-3));
    let lesson = Lesson { batches: &lesson_of, steps: &steps[..1] };
    let asked = PlainTrainer::default().train(&mut head, &mut adam, &lesson, &enough(0.0)).unwrap().loss;
    let lesson = Lesson { batches: &lesson_of, steps: &steps };
    let (mut head, mut adam) = (busy(shape), Adam::new(shape.len(), 3e-2));
    let options = enough(0.3 * asked);
    let made = PlainTrainer::default().train(&mut head.clone(), &mut adam.clone(), &lesson, &options).unwrap().steps;
    let got = gpu().train(&mut head, &mut adam, &lesson, &options).unwrap().steps;
    assert!(made > 0 && made < 40, "{made}");
    assert_eq!(got, made);
}

#[test]
fn answers_are_those_of_the_plain_trainer() {
    let head = busy(HeadShape { channels: 88, hidden: 16 });
    let cells = batch(88, 301, 9, |_| Goal::label(true)).cells;
    let (mut expected, mut got) = (Vec::new(), vec![1.0]);
    PlainTrainer::default().forward(&head, &cells, &mut expected).unwrap();
    let mut gpu = gpu();
    gpu.forward(&head, &cells, &mut got).unwrap();
    assert_eq!(got.len(), 301);
    // Sums of 88 products and then of 16, in another order.
    assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-5 * (1.0 + b.abs())), "{got:?} {expected:?}");
    gpu.forward(&head, &[], &mut got).unwrap();
    assert!(got.is_empty());
}

#[test]
fn reruns_are_bit_identical() {
    let shape = HeadShape { channels: 88, hidden: 16 };
    let batches = [batch(88, 200, 3, clicked), batch(88, 180, 4, |at| Goal::label(at % 4 == 0))];
    let batches = borrowed(&batches);
    let lesson = Lesson { batches: &batches, steps: &vec![vec![0, 1]; 5] };
    let run = |trainer: &mut GpuTrainer| {
        let (mut head, mut adam) = (busy(shape), Adam::new(shape.len(), 2e-2));
        trainer.train(&mut head, &mut adam, &lesson, &OPTIONS).unwrap();
        head
    };
    let mut trainer = gpu();
    let first = run(&mut trainer);
    assert_eq!(first, run(&mut trainer));
    assert_eq!(first, run(&mut gpu()));
}

#[test]
fn a_lost_device_is_an_error_and_nothing_is_changed() {
    let shape = HeadShape { channels: 5, hidden: 4 };
    let batches = [batch(5, 60, 1, clicked)];
    let batches = borrowed(&batches);
    let lesson = Lesson { batches: &batches, steps: &vec![vec![0]; 2] };
    let (mut head, mut adam) = (busy(shape), Adam::new(shape.len(), 2e-2));
    let mut trainer = gpu();
    trainer.train(&mut head, &mut adam, &lesson, &OPTIONS).unwrap();
    trainer.destroy_device();
    let before = head.clone();
    let error = trainer.train(&mut head, &mut adam, &lesson, &OPTIONS).unwrap_err();
    assert!(matches!(error, EngineError::DeviceLost(_)), "{error}");
    assert_eq!((&head, adam.step), (&before, 2));
    let error = trainer.forward(&head, batches[0].cells, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, EngineError::DeviceLost(_)), "{error}");
    PlainTrainer::default().train(&mut head, &mut adam, &lesson, &OPTIONS).unwrap();
    assert_eq!(adam.step, 4);
}

#[test]
fn lessons_that_do_not_fit_are_refused() {
    let shape = HeadShape { channels: 5, hidden: 4 };
    let batches = [batch(4, 60, 1, clicked)];
    let batches = borrowed(&batches);
    for steps in [vec![vec![0]], vec![vec![1]], vec![vec![]]] {
        let lesson = Lesson { batches: &batches, steps: &steps };
        let (mut head, mut adam) = (busy(shape), Adam::new(shape.len(), 2e-2));
        let error = gpu().train(&mut head, &mut adam, &lesson, &OPTIONS).unwrap_err();
        assert!(matches!(error, EngineError::ShapeMismatch { .. }), "{error}");
    }
}
