//! A model that passed: read, and small enough for any backend. Nothing runs a model that is not one of these.

use std::collections::BTreeSet;

use rten_onnx::onnx::{
    DataType, Dimension, GraphProto, ModelProto, OperatorSetIdProto, TensorShapeProto, TypeProto, TypeProtoTensor,
    ValueInfoProto,
};

use super::import::{Imported, import, parse};
use super::limits::{MAX_CONSTANT, MAX_WORK};
use crate::graph::{Graph, passes, work};
use crate::plan::{Memory, dependence};
use crate::reference;
use crate::{EngineError, TensorSpec};

/// A model at fixed input shapes that every backend may be given.
pub struct Checked {
    /// What our reader kept of the file and the outputs need: no function, no subgraph, no data in other files.
    pub model: ModelProto,
    /// The same as a graph, every name of the file with its value.
    pub imported: Imported,
    /// What our own executors run.
    pub graph: Graph,
}

impl Checked {
    /// Reads a model and holds it against the limits that no backend may exceed. With `partial` the values that a later run needs
    /// count as memory.
    ///
    /// # Errors
    /// [`EngineError::BadModel`], [`EngineError::ShapeMismatch`], [`EngineError::UnsupportedOperator`],
    /// [`EngineError::OutOfMemory`].
    pub fn read(onnx: &[u8], input_shapes: &[(&str, &[usize])], partial: bool) -> Result<Self, EngineError> {
        let mut model = parse(onnx)?;
        let imported = import(&model, input_shapes)?;
        let graph = passes::optimise(imported.graph.clone());
        check_constants(&graph)?;
        check_work(&graph)?;
        Memory::new(&reference::lower::lower(&graph), partial).check_size()?;
        if let Some(graph) = &mut model.graph {
            prune(graph);
        }
        Ok(Self { model, imported, graph })
    }

    /// The inputs in the order of the file.
    #[must_use]
    pub fn inputs(&self) -> Vec<TensorSpec> {
        self.imported.graph.input_specs()
    }

    /// The outputs in the order of the file.
    #[must_use]
    pub fn outputs(&self) -> Vec<TensorSpec> {
        self.imported.graph.output_specs()
    }

    /// An ONNX file for another runtime: what our reader did not look at is not in it. The shapes of the inputs are fixed.
    ///
    /// # Errors
    /// [`EngineError::BadModel`] if it cannot be written.
    pub fn bytes(&self) -> Result<Vec<u8>, EngineError> {
        let source = self.model.graph.clone().unwrap_or_default();
        let input = self.inputs().iter().map(value_info).collect();
        write(&self.model, GraphProto { input, value_info: Vec::new(), ..source })
    }
}

/// Drops nodes and constants that no output needs.
fn prune(graph: &mut GraphProto) {
    let mut needed: BTreeSet<String> = graph.output.iter().filter_map(|output| output.name.clone()).collect();
    let mut live = vec![false; graph.node.len()];
    for (node, live) in graph.node.iter().zip(&mut live).rev() {
        if node.output.iter().any(|name| needed.contains(name)) {
            *live = true;
            needed.extend(node.input.iter().filter(|name| !name.is_empty()).cloned());
        }
    }
    let mut live = live.into_iter();
    graph.node.retain(|_| live.next().unwrap_or(false));
    graph.initializer.retain(|tensor| tensor.name.as_deref().is_some_and(|name| needed.contains(name)));
}

/// A graph as a file, with version and operator set of the model it comes from.
///
/// # Errors
/// [`EngineError::BadModel`] if it cannot be written.
pub fn write(model: &ModelProto, graph: GraphProto) -> Result<Vec<u8>, EngineError> {
    let ours = |opset: &&OperatorSetIdProto| matches!(opset.domain.as_deref(), None | Some("" | "ai.onnx"));
    let opsets = model.opset_import.iter().filter(ours);
    ModelProto {
        ir_version: model.ir_version,
        graph: Some(graph),
        opset_import: opsets
            .map(|opset| OperatorSetIdProto { domain: opset.domain.clone(), version: opset.version })
            .collect(),
        ..ModelProto::default()
    }
    .write_buf()
    .map_err(|error| EngineError::BadModel(format!("it cannot be handed on: {error}")))
}

/// A tensor of floats among the inputs or outputs of a graph.
#[must_use]
pub fn value_info(spec: &TensorSpec) -> ValueInfoProto {
    let dim = |&extent: &usize| Dimension { dim_value: Some(extent as i64), dim_param: None };
    ValueInfoProto {
        name: Some(spec.name.clone()),
        r#type: Some(TypeProto {
            tensor_type: Some(TypeProtoTensor {
                elem_type: Some(DataType::FLOAT),
                shape: Some(TensorShapeProto { dim: spec.shape.iter().map(dim).collect() }),
            }),
            sequence: None,
        }),
    }
}

/// Runtimes compute what depends on no input while they load, all of it at once.
fn check_constants(graph: &Graph) -> Result<(), EngineError> {
    let depends = dependence::of_values(graph);
    let constant = graph.nodes.iter().filter(|node| depends[node.output.0].is_empty());
    let elements = constant.map(|node| graph.value(node.output).len()).fold(0usize, usize::saturating_add);
    if elements <= MAX_CONSTANT {
        return Ok(());
    }
    Err(EngineError::BadModel(format!(
        "{elements} elements are computed out of constants (limit: {MAX_CONSTANT}): store the result in the file"
    )))
}

fn check_work(graph: &Graph) -> Result<(), EngineError> {
    let total = graph.nodes.iter().fold(0u64, |sum, node| {
        let operands: Vec<&[usize]> = node.inputs.iter().map(|&id| graph.shape(id)).collect();
        sum.saturating_add(work::of(&node.op, &operands, graph.shape(node.output)))
    });
    if total <= MAX_WORK {
        return Ok(());
    }
    Err(EngineError::BadModel(format!(
        "a run takes {} thousand million multiplications (limit: {}): use a smaller network input",
        total / 1_000_000_000,
        MAX_WORK / 1_000_000_000
    )))
}

#[cfg(test)]
mod tests {
    use rten_onnx::onnx::{NodeProto, TensorProto};

    use super::*;

    #[test]
    fn what_no_output_needs_is_dropped() {
        let node = |inputs: &[&str], output: &str| NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned(), String::new()],
            ..NodeProto::default()
        };
        let tensor = |name: &str| TensorProto { name: Some(name.to_owned()), ..TensorProto::default() };
        let mut graph = GraphProto {
            node: vec![node(&["x", "", "w"], "a"), node(&["a", "v"], "dead"), node(&["a"], "y")],
            initializer: vec![tensor("w"), tensor("v")],
            output: vec![ValueInfoProto { name: Some("y".into()), ..ValueInfoProto::default() }],
            ..GraphProto::default()
        };
        prune(&mut graph);
        let made: Vec<&str> = graph.node.iter().map(|node| node.output[0].as_str()).collect();
        assert_eq!((made, graph.initializer.len()), (vec!["a", "y"], 1));
    }
}
