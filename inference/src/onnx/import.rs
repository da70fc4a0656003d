//! The walk over the nodes of a file.

use rten_onnx::onnx::{DataType, ModelProto, NodeProto, ValueInfoProto};

use super::attributes::Attributes;
use super::builder::Builder;
use super::lower::{self, Lowering};
use super::{Refusal, guard, tensor};
use crate::EngineError;
use crate::graph::{Graph, Output, ValueId};
use crate::plan::InputSet;

/// Operator sets that were read when this was written. What an old one did differently shows in attributes that are then
/// not known.
const OPSETS: std::ops::RangeInclusive<i64> = 1..=28;

/// A graph with the names it had in the file.
pub struct Imported {
    /// The graph, not yet optimised.
    pub graph: Graph,
    /// Every name of the file with its value, in alphabetical order.
    pub names: Vec<(String, ValueId)>,
}

/// Reads the message, nothing more.
///
/// # Errors
/// [`EngineError::BadModel`].
pub fn parse(onnx: &[u8]) -> Result<ModelProto, EngineError> {
    guard::check(onnx)?;
    let model = ModelProto::parse_buf(onnx)
        .map_err(|error| EngineError::BadModel(format!("it is not an ONNX file: {error}")))?;
    if model.graph.is_none() {
        return Err(EngineError::BadModel("it holds no graph".to_owned()));
    }
    Ok(model)
}

/// Builds the graph at fixed input shapes.
///
/// # Errors
/// [`EngineError::BadModel`], [`EngineError::ShapeMismatch`], [`EngineError::UnsupportedOperator`].
pub fn import(model: &ModelProto, input_shapes: &[(&str, &[usize])]) -> Result<Imported, EngineError> {
    let bad = |message: String| EngineError::BadModel(message);
    let graph = model.graph.as_ref().ok_or_else(|| bad("it holds no graph".to_owned()))?;
    let opset = opset(model)?;
    let mut builder = Builder::default();
    for initialiser in &graph.initializer {
        let name = initialiser.name.as_deref().unwrap_or("");
        let constant = tensor::constant(initialiser).map_err(|refusal| refused(refusal, name, "initialiser"))?;
        let id = builder.graph.add_constant(name, constant);
        builder.name(name, id, false).map_err(|refusal| refused(refusal, name, "initialiser"))?;
    }
    for input in &graph.input {
        let name = input.name.as_deref().unwrap_or("");
        // Files of the first versions list their weights among the inputs.
        if builder.find(name).is_none() {
            let shape = input_shape(input, name, input_shapes)?;
            let id = builder.graph.add_input(name, shape);
            builder.name(name, id, false).map_err(|refusal| refused(refusal, name, "input"))?;
        }
    }
    if builder.graph.inputs.len() > InputSet::MAX_INPUTS {
        return Err(bad(format!("more than {} inputs", InputSet::MAX_INPUTS)));
    }
    for (name, _) in input_shapes {
        if !builder.graph.inputs.iter().any(|&id| builder.graph.value(id).name == *name) {
            return Err(EngineError::UnknownTensor {
                role: "input",
                name: (*name).to_owned(),
                known: builder.graph.inputs.iter().map(|&id| builder.graph.value(id).name.clone()).collect(),
            });
        }
    }
    for node in &graph.node {
        import_node(&mut builder, node, opset)?;
    }
    for output in &graph.output {
        let name = output.name.as_deref().unwrap_or("");
        let value = builder.find(name).ok_or_else(|| refused(builder.why_missing(name), name, "output"))?;
        builder.graph.outputs.push(Output { name: name.to_owned(), value });
    }
    if builder.graph.outputs.is_empty() {
        return Err(bad("it has no outputs".to_owned()));
    }
    let (graph, names) = builder.into_parts();
    Ok(Imported { graph, names })
}

fn opset(model: &ModelProto) -> Result<i64, EngineError> {
    let default = |domain: Option<&str>| matches!(domain, None | Some("" | "ai.onnx"));
    let import = model.opset_import.iter().find(|import| default(import.domain.as_deref()));
    let version = import.and_then(|import| import.version).unwrap_or(1);
    if OPSETS.contains(&version) {
        return Ok(version);
    }
    Err(EngineError::BadModel(format!(
        "it uses ONNX operator set {version}; {} to {} are handled: export it again",
        OPSETS.start(),
        OPSETS.end()
    )))
}

fn import_node(builder: &mut Builder, node: &NodeProto, opset: i64) -> Result<(), EngineError> {
    let op = node.op_type.as_deref().unwrap_or("");
    let first_output = node.output.first().map_or("", String::as_str);
    let name = node.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(first_output);
    let mut inputs = Vec::with_capacity(node.input.len());
    for input in &node.input {
        inputs.push(if input.is_empty() {
            None
        } else {
            Some(builder.find(input).ok_or_else(|| refused(builder.why_missing(input), name, op))?)
        });
    }
    let domain = node.domain.as_deref().unwrap_or("");
    let result = if domain.is_empty() || domain == "ai.onnx" {
        let attributes = Attributes::new(node);
        let mut lowering = Lowering::new(builder, name, op, opset, inputs, &node.output, &attributes);
        lower::lower(&mut lowering)
    } else {
        Err(super::unsupported(format!("operators of the domain `{domain}` are not known")))
    };
    result.map_err(|refusal| refused(refusal, name, op))
}

fn refused(refusal: Refusal, node: &str, op: &str) -> EngineError {
    match refusal {
        Refusal::Unsupported(reason) => {
            EngineError::UnsupportedOperator { node: node.to_owned(), op: op.to_owned(), reason, backend: None }
        }
        Refusal::Invalid(reason) => EngineError::BadModel(format!("`{node}` ({op}): {reason}")),
    }
}

fn input_shape(
    input: &ValueInfoProto,
    name: &str,
    input_shapes: &[(&str, &[usize])],
) -> Result<Vec<usize>, EngineError> {
    let declared = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let element = declared.and_then(|tensor| tensor.elem_type).unwrap_or(DataType::FLOAT);
    if element != DataType::FLOAT {
        return Err(EngineError::BadModel(format!(
            "input `{name}` is {element}, only 32-bit float tensors can be fed"
        )));
    }
    let Some((_, given)) = input_shapes.iter().find(|(given, _)| *given == name) else {
        return Err(EngineError::BadModel(format!("no shape was given for input `{name}`")));
    };
    tensor::check_shape(given).map_err(|refusal| refused(refusal, name, "input"))?;
    if let Some(shape) = declared.and_then(|tensor| tensor.shape.as_ref()) {
        let fixed = |dim: &rten_onnx::onnx::Dimension| dim.dim_value.and_then(|extent| usize::try_from(extent).ok());
        let fits = shape.dim.len() == given.len()
            && shape.dim.iter().zip(*given).all(|(dim, given)| fixed(dim).is_none_or(|extent| extent == *given));
        if !fits {
            return Err(EngineError::ShapeMismatch {
                name: name.to_owned(),
                expected: shape.dim.iter().map(|dim| fixed(dim).unwrap_or(0)).collect(),
                got: given.to_vec(),
            });
        }
    }
    Ok(given.to_vec())
}
