//! Networks of the block types of PP-LiteSeg, PP-MobileSeg, U-HRNet, PP-HumanSeg and PP-Matting with random weights
//! (`tests/golden/blocks`, made by `generate.py` there), through every executor.

use limn_inference::BackendKind;

use super::golden;

/// Every executor against what ONNX Runtime wrote down without its optimisations.
fn all_agree(kind: BackendKind) {
    let cases = golden::cases("blocks");
    assert_eq!(cases.len(), 5);
    for (name, case) in cases {
        let results = golden::run(&case, kind).unwrap_or_else(|error| panic!("{name}: {error}"));
        for ((output, _, expected), result) in case.outputs.iter().zip(&results) {
            let largest = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            let worst = expected.iter().zip(result).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Some sixty layers of sums of up to a few hundred products, each rounded to 6e-8 of its terms, in another order and
            // with normalisation folded into weights: 1e-4 of the range is far below what a wrong operator would leave.
            assert!(worst <= 1e-4 * largest, "{name}/{output}: {worst} of {largest}");
        }
    }
}

#[test]
fn reference_runs_the_block_types() {
    all_agree(BackendKind::Reference);
}

#[test]
fn wgpu_runs_the_block_types() {
    all_agree(BackendKind::Wgpu);
}

#[test]
fn ort_runs_the_block_types() {
    all_agree(BackendKind::Ort);
}
