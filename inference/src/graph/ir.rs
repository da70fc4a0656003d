//! Graph, nodes, values, constants.

use std::fmt;
use std::sync::Arc;

use super::op::Op;
use crate::TensorSpec;
use crate::tensor::Tensor;

/// Index into [`Graph::values`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ValueId(pub usize);

/// Index into [`Graph::nodes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub usize);

/// Element type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Element {
    /// 32-bit float.
    F32,
    /// 64-bit integer; only constants have it, except where an executor is told to hold it as `f32`.
    I64,
    /// Truth value; at run time held as `f32` 0 or 1.
    Bool,
}

/// Elements of a constant; shared, so that a graph clones cheaply.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Floats (f16 and f64 of the file are converted).
    F32(Arc<[f32]>),
    /// Integers (every integer type of the file is converted).
    I64(Arc<[i64]>),
    /// Truth values.
    Bool(Arc<[bool]>),
}

/// A value known when the graph is built.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Elements, last axis fastest.
    pub data: Data,
}

impl Constant {
    /// A constant of floats. The caller vouches for the length.
    #[must_use]
    pub fn f32(shape: impl Into<Vec<usize>>, data: impl Into<Arc<[f32]>>) -> Self {
        Self { shape: shape.into(), data: Data::F32(data.into()) }
    }

    /// A constant of integers.
    #[must_use]
    pub fn i64(shape: impl Into<Vec<usize>>, data: impl Into<Arc<[i64]>>) -> Self {
        Self { shape: shape.into(), data: Data::I64(data.into()) }
    }

    /// A constant of truth values.
    #[must_use]
    pub fn bool(shape: impl Into<Vec<usize>>, data: impl Into<Arc<[bool]>>) -> Self {
        Self { shape: shape.into(), data: Data::Bool(data.into()) }
    }

    /// The element type.
    #[must_use]
    pub fn element(&self) -> Element {
        match self.data {
            Data::F32(_) => Element::F32,
            Data::I64(_) => Element::I64,
            Data::Bool(_) => Element::Bool,
        }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.data {
            Data::F32(data) => data.len(),
            Data::I64(data) => data.len(),
            Data::Bool(data) => data.len(),
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The floats, if that is what they are.
    #[must_use]
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            Data::F32(data) => Some(data),
            _ => None,
        }
    }

    /// The integers, if that is what they are.
    #[must_use]
    pub fn as_i64(&self) -> Option<&[i64]> {
        match &self.data {
            Data::I64(data) => Some(data),
            _ => None,
        }
    }

    /// The elements as an executor holds them: floats, truth values as 0 and 1, integers rounded to `f32`.
    #[must_use]
    pub fn to_f32(&self) -> Arc<[f32]> {
        match &self.data {
            Data::F32(data) => Arc::clone(data),
            Data::I64(data) => data.iter().map(|&v| v as f32).collect(),
            Data::Bool(data) => data.iter().map(|&v| f32::from(u8::from(v))).collect(),
        }
    }
}

impl From<Tensor> for Constant {
    fn from(tensor: Tensor) -> Self {
        Self::f32(tensor.shape, tensor.data)
    }
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The n-th input of the graph.
    Input(usize),
    /// Known when the graph is built (weights).
    Constant(Constant),
    /// An output of a node.
    Node(NodeId),
}

/// One tensor of the graph.
#[derive(Clone, Debug)]
pub struct Value {
    /// As in the ONNX file where it still exists there; for messages.
    pub name: String,
    /// Extents, outermost first; NCHW for pictures.
    pub shape: Vec<usize>,
    /// Element type.
    pub element: Element,
    /// Where it comes from.
    pub source: Source,
}

impl Value {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The constant, if it is one.
    #[must_use]
    pub fn constant(&self) -> Option<&Constant> {
        match &self.source {
            Source::Constant(constant) => Some(constant),
            _ => None,
        }
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Node {
    /// Name in the ONNX file, or of the first output; for messages.
    pub name: String,
    /// What is done.
    pub op: Op,
    /// Operands; which is which stands at [`Op`].
    pub inputs: Vec<ValueId>,
    /// The result. Operators of several results (`Split`) are lowered to one node each.
    pub output: ValueId,
}

/// A named output of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// As in the ONNX file.
    pub name: String,
    /// Which value it is (two outputs may share one, and an output may be an input or a constant).
    pub value: ValueId,
}

/// A network at fixed shapes.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Every tensor.
    pub values: Vec<Value>,
    /// Every operation, in topological order.
    pub nodes: Vec<Node>,
    /// The inputs in the order of the ONNX file.
    pub inputs: Vec<ValueId>,
    /// The outputs in the order of the ONNX file.
    pub outputs: Vec<Output>,
}

impl Graph {
    /// The value with this id.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0]
    }

    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The shape of a value.
    #[must_use]
    pub fn shape(&self, id: ValueId) -> &[usize] {
        &self.values[id.0].shape
    }

    /// The constant behind a value, if it is one.
    #[must_use]
    pub fn constant(&self, id: ValueId) -> Option<&Constant> {
        self.values[id.0].constant()
    }

    /// Adds a value.
    pub fn add_value(
        &mut self,
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        element: Element,
        source: Source,
    ) -> ValueId {
        self.values.push(Value { name: name.into(), shape: shape.into(), element, source });
        ValueId(self.values.len() - 1)
    }

    /// Adds a constant.
    pub fn add_constant(&mut self, name: impl Into<String>, constant: Constant) -> ValueId {
        let (shape, element) = (constant.shape.clone(), constant.element());
        self.add_value(name, shape, element, Source::Constant(constant))
    }

    /// Adds an `f32` input.
    pub fn add_input(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>) -> ValueId {
        let id = self.add_value(name, shape, Element::F32, Source::Input(self.inputs.len()));
        self.inputs.push(id);
        id
    }

    /// Names and shapes of the inputs.
    #[must_use]
    pub fn input_specs(&self) -> Vec<TensorSpec> {
        let inputs = self.inputs.iter().map(|&id| self.value(id));
        inputs.map(|value| TensorSpec { name: value.name.clone(), shape: value.shape.clone() }).collect()
    }

    /// Names and shapes of the outputs.
    #[must_use]
    pub fn output_specs(&self) -> Vec<TensorSpec> {
        let outputs = self.outputs.iter();
        outputs
            .map(|output| TensorSpec { name: output.name.clone(), shape: self.shape(output.value).to_vec() })
            .collect()
    }

    /// For every value, the nodes that read it (once per operand), in order.
    #[must_use]
    pub fn consumers(&self) -> Vec<Vec<NodeId>> {
        let mut consumers = vec![Vec::new(); self.values.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                consumers[input.0].push(NodeId(index));
            }
        }
        consumers
    }

    /// Whether a value is an output of the graph.
    #[must_use]
    pub fn is_output(&self, id: ValueId) -> bool {
        self.outputs.iter().any(|output| output.value == id)
    }

    /// Bytes of the constants that nodes read, as `f32`.
    #[must_use]
    pub fn constant_bytes(&self) -> u64 {
        self.values.iter().filter_map(Value::constant).map(|constant| constant.len() as u64 * 4).sum()
    }
}

/// One line per node: what tests of passes compare and what `limn doctor` can print.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &id in &self.inputs {
            let value = self.value(id);
            writeln!(f, "{} = input {:?}", value.name, value.shape)?;
        }
        for node in &self.nodes {
            let output = self.value(node.output);
            write!(f, "{} = {}(", output.name, node.op)?;
            for (index, &input) in node.inputs.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                write!(f, "{separator}{}", self.value(input).name)?;
            }
            writeln!(f, ") {:?}", output.shape)?;
        }
        for output in &self.outputs {
            writeln!(f, "output {} = {}", output.name, self.value(output.value).name)?;
        }
        Ok(())
    }
}
