//! What is not given to rten: operators that nobody compared, and what its version 0.27 computes otherwise than the ONNX
//! specification says, as comparisons with ONNX Runtime on the specification's own cases and on ours showed. A wrong mask without a word
//! would be worse than a slower backend.

use rten_onnx::onnx::NodeProto;

use crate::onnx::Checked;
use crate::{BackendKind, EngineError};

/// Operator sets whose meaning rten follows. In older ones some operators mean something else (`Softmax` over all the following axes, axes
/// and limits as attributes), to which it pays no heed.
const OPSETS: std::ops::RangeInclusive<i64> = 13..=25;

/// Operators that were compared with another runtime, apart from what some of their attributes ask for; the tests hold the list against
/// what they compare.
pub const COMPARED: [&str; 75] = [
    "Abs",
    "Add",
    "And",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "ConvTranspose",
    "DepthToSpace",
    "Div",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "Flatten",
    "Floor",
    "Gather",
    "GatherElements",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "LayerNormalization",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "PRelu",
    "Pad",
    "Pow",
    "Reciprocal",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "ReduceSumSquare",
    "Relu",
    "Reshape",
    "Resize",
    "Round",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Softplus",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

/// Whether rten is given this model.
///
/// # Errors
/// [`EngineError::UnsupportedOperator`] with the first node that it is not given.
pub(super) fn check(checked: &Checked) -> Result<(), EngineError> {
    let standard = |domain: Option<&str>| matches!(domain, None | Some("" | "ai.onnx"));
    let imports = &checked.model.opset_import;
    let opset = imports.iter().find(|import| standard(import.domain.as_deref())).and_then(|import| import.version);
    let opset = opset.unwrap_or(1);
    for node in checked.model.graph.iter().flat_map(|graph| &graph.node) {
        let op = node.op_type.as_deref().unwrap_or("");
        let reason = if !OPSETS.contains(&opset) {
            Some(format!("rten follows the operator sets {} to {}, this is {opset}", OPSETS.start(), OPSETS.end()))
        } else if !COMPARED.contains(&op) {
            Some("it was not compared with another runtime".to_owned())
        } else {
            refusal(node, op).map(str::to_owned)
        };
        if let Some(reason) = reason {
            let output = node.output.first().map_or("", String::as_str);
            let node = node.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(output).to_owned();
            return Err(EngineError::UnsupportedOperator {
                node,
                op: op.to_owned(),
                reason,
                backend: Some(BackendKind::Rten),
            });
        }
    }
    Ok(())
}

/// Why this node of a compared operator is not given to rten, if it is not.
fn refusal(node: &NodeProto, op: &str) -> Option<&'static str> {
    let word = |name: &str, default: &'static str| {
        let found = node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name));
        found.and_then(|attribute| attribute.s.clone()).unwrap_or_else(|| default.to_owned())
    };
    match op {
        "Resize"
            if word("mode", "nearest") == "nearest"
                && word("nearest_mode", "round_prefer_floor") == "floor"
                && word("coordinate_transformation_mode", "half_pixel").ends_with("half_pixel") =>
        {
            Some("rten takes other pixels at `floor` with centres of pixels")
        }
        "Resize" if word("mode", "nearest") == "cubic" => Some("cubic interpolation was not compared"),
        _ => None,
    }
}
