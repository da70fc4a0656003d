//! The network in two: what depends on one input alone, and the rest.
//!
//! ONNX Runtime runs whole sessions, so partial evaluation needs two of them. The cut runs through values that the first
//! part makes and the second reads. Arithmetic on shapes is replaced by its results on the way, so that no such value is
//! an integer.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rten_onnx::onnx::{DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

use crate::TensorSpec;
use crate::graph::{Constant, Data, Element, ValueId};
use crate::onnx::Imported;
use crate::onnx::checked::{value_info, write};
use crate::plan::InputSet;
use crate::plan::dependence;

/// Bytes of all cut values together; beyond that a second session costs more than it saves.
const MAX_CUT_BYTES: usize = 256 << 20;

/// A network in two parts.
pub struct Split {
    /// ONNX bytes of the part that depends on one input alone.
    pub first: Vec<u8>,
    /// ONNX bytes of the rest.
    pub second: Vec<u8>,
    /// Index of that one input.
    pub input: usize,
    /// The values handed from the first part to the second.
    pub cut: Vec<TensorSpec>,
}

/// Splits a model, or `None` where that is not possible or not worth it.
#[must_use]
pub fn split(model: &ModelProto, imported: &Imported) -> Option<Split> {
    let source = model.graph.as_ref()?;
    if uses_other_types(source) {
        return None;
    }
    let names = Names::new(imported);
    let input = dependence::heaviest_input(&imported.graph, &names.depends)?;
    let alone = InputSet::one(input);

    let (mut first, mut second) = (Vec::new(), Vec::new());
    for node in &source.node {
        let depends = node.output.iter().filter(|name| !name.is_empty()).map(|name| names.depends_of(name));
        let depends = depends.collect::<Option<Vec<_>>>()?.into_iter().fold(InputSet::EMPTY, InputSet::union);
        if depends == alone {
            first.push(node);
        } else if !depends.is_empty() {
            second.push(node);
        } else if !node.output.iter().all(|name| name.is_empty() || names.constant(name).is_some()) {
            return None;
        }
    }
    let made_first: BTreeSet<&str> = first.iter().flat_map(|node| &node.output).map(String::as_str).collect();
    let read_second: BTreeSet<&str> = second.iter().flat_map(|node| &node.input).map(String::as_str).collect();
    let mut cut = Vec::new();
    for name in made_first.intersection(&read_second) {
        let value = imported.graph.value(names.find(name)?);
        if value.element != Element::F32 {
            return None;
        }
        cut.push(TensorSpec { name: (*name).to_owned(), shape: value.shape.clone() });
    }
    let is_first = |output: &&ValueInfoProto| made_first.contains(output.name.as_deref().unwrap_or(""));
    let (outputs_first, outputs_second): (Vec<_>, Vec<_>) = source.output.iter().partition(is_first);
    let too_large = cut.iter().map(TensorSpec::elements).sum::<usize>() > MAX_CUT_BYTES / 4;
    if cut.is_empty() || outputs_second.is_empty() || too_large {
        return None;
    }
    let specs = |cut: &[TensorSpec]| cut.iter().map(value_info).collect::<Vec<_>>();
    // An output of the network that the second part reads is cut already.
    let only_out = outputs_first
        .into_iter()
        .filter(|output| !cut.iter().any(|spec| Some(spec.name.as_str()) == output.name.as_deref()));
    let first_outputs = specs(&cut).into_iter().chain(only_out.cloned()).collect();
    let second_outputs = outputs_second.into_iter().cloned().collect();
    Some(Split {
        first: part(model, &names, &first, Vec::new(), first_outputs)?,
        second: part(model, &names, &second, specs(&cut), second_outputs)?,
        input,
        cut,
    })
}

/// What the names of the file stand for.
struct Names<'a> {
    imported: &'a Imported,
    depends: Vec<InputSet>,
}

impl<'a> Names<'a> {
    fn new(imported: &'a Imported) -> Self {
        Self { imported, depends: dependence::of_values(&imported.graph) }
    }

    fn find(&self, name: &str) -> Option<ValueId> {
        let names = &self.imported.names;
        names.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok().map(|at| names[at].1)
    }

    fn depends_of(&self, name: &str) -> Option<InputSet> {
        self.find(name).map(|id| self.depends[id.0])
    }

    fn constant(&self, name: &str) -> Option<&'a Constant> {
        self.find(name).and_then(|id| self.imported.graph.constant(id))
    }
}

/// Constants are read as three types; a model with others would change when they are written back.
fn uses_other_types(graph: &GraphProto) -> bool {
    let is_other = |kind: Option<DataType>| !matches!(kind, Some(DataType::FLOAT | DataType::INT64 | DataType::BOOL));
    let in_attributes = |node: &NodeProto| {
        node.attribute.iter().any(|attribute| {
            let tensor = attribute.t.as_ref().is_some_and(|tensor| is_other(tensor.data_type));
            let cast = node.op_type.as_deref() == Some("Cast")
                && attribute.name.as_deref() == Some("to")
                && is_other(attribute.i.map(|to| DataType(to as i32)));
            tensor || cast
        })
    };
    graph.initializer.iter().any(|tensor| is_other(tensor.data_type)) || graph.node.iter().any(in_attributes)
}

/// The ONNX bytes of some nodes with the constants they read.
fn part(
    model: &ModelProto,
    names: &Names<'_>,
    nodes: &[&NodeProto],
    mut inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
) -> Option<Vec<u8>> {
    let source = model.graph.as_ref()?;
    let made: BTreeSet<&str> = nodes.iter().flat_map(|node| &node.output).map(String::as_str).collect();
    let given: BTreeSet<String> = inputs.iter().filter_map(|input| input.name.clone()).collect();
    let read: BTreeSet<&str> = nodes.iter().flat_map(|node| &node.input).map(String::as_str).collect();
    let mut initialisers = Vec::new();
    for name in read.into_iter().filter(|name| !name.is_empty() && !made.contains(name) && !given.contains(*name)) {
        let original = source.initializer.iter().find(|tensor| tensor.name.as_deref() == Some(name));
        if let Some(original) = original {
            initialisers.push(original.clone());
        } else if let Some(constant) = names.constant(name) {
            initialisers.push(tensor(name, constant));
        } else {
            let id = names.find(name)?;
            let is_input = names.imported.graph.inputs.contains(&id);
            let shape = names.imported.graph.shape(id).to_vec();
            inputs.push(is_input.then(|| value_info(&TensorSpec { name: name.to_owned(), shape }))?);
        }
    }
    let graph = GraphProto {
        node: nodes.iter().map(|&node| node.clone()).collect(),
        initializer: initialisers,
        input: inputs,
        output: outputs,
        value_info: Vec::new(),
    };
    write(model, graph).ok()
}

fn tensor(name: &str, constant: &Constant) -> TensorProto {
    let (data_type, raw): (_, Vec<u8>) = match &constant.data {
        Data::F32(data) => (DataType::FLOAT, data.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Data::I64(data) => (DataType::INT64, data.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Data::Bool(data) => (DataType::BOOL, data.iter().map(|&value| u8::from(value)).collect()),
    };
    TensorProto {
        dims: constant.shape.iter().map(|&extent| extent as i64).collect(),
        data_type: Some(data_type),
        raw_data: Some(RefCell::new(raw)),
        name: Some(name.to_owned()),
        ..TensorProto::default()
    }
}
