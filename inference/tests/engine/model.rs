//! Small ONNX models, written in Rust.

use std::cell::RefCell;

use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

/// A model under construction.
pub struct Model {
    graph: GraphProto,
    shapes: Vec<(String, Vec<usize>)>,
    opset: i64,
}

/// An attribute value.
pub enum Attr {
    Int(i64),
    Float(f32),
    Word(&'static str),
    Ints(Vec<i64>),
    Tensor(TensorProto),
}

impl Model {
    /// Without nodes, for this operator set.
    pub fn new(opset: i64) -> Self {
        Self { graph: GraphProto::default(), shapes: Vec::new(), opset }
    }

    /// An input of floats.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> &mut Self {
        self.graph.input.push(value_info(name, Some(shape)));
        self.shapes.push((name.to_owned(), shape.to_vec()));
        self
    }

    /// A constant of floats with these elements.
    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[f32]) -> &mut Self {
        self.graph.initializer.push(float_tensor(name, shape, data));
        self
    }

    /// A constant of floats that look random.
    pub fn noise(&mut self, name: &str, shape: &[usize]) -> &mut Self {
        let data = noise(shape.iter().product(), name.len() as u32 + 7);
        self.floats(name, shape, &data)
    }

    /// A constant list of integers.
    pub fn ints(&mut self, name: &str, data: &[i64]) -> &mut Self {
        self.graph.initializer.push(TensorProto {
            dims: vec![data.len() as i64],
            data_type: Some(DataType::INT64),
            raw_data: Some(RefCell::new(data.iter().flat_map(|value| value.to_le_bytes()).collect())),
            name: Some(name.to_owned()),
            ..TensorProto::default()
        });
        self
    }

    /// A node; operands and results separated by spaces, `-` for one that is left out.
    pub fn node(&mut self, op: &str, inputs: &str, outputs: &str, attributes: Vec<(&str, Attr)>) -> &mut Self {
        let names = |list: &str| -> Vec<String> {
            list.split_whitespace().map(|name| if name == "-" { String::new() } else { name.to_owned() }).collect()
        };
        self.graph.node.push(NodeProto {
            domain: None,
            name: Some(format!("{op}_{}", self.graph.node.len())),
            input: names(inputs),
            output: names(outputs),
            op_type: Some(op.to_owned()),
            attribute: attributes.into_iter().map(|(name, value)| attribute(name, value)).collect(),
        });
        self
    }

    /// An output of floats.
    pub fn output(&mut self, name: &str) -> &mut Self {
        self.graph.output.push(value_info(name, None));
        self
    }

    /// The names and shapes of the inputs.
    pub fn shapes(&self) -> Vec<(&str, &[usize])> {
        self.shapes.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect()
    }

    /// The ONNX file.
    pub fn bytes(&self) -> Vec<u8> {
        let model = ModelProto {
            ir_version: Some(8),
            graph: Some(self.graph.clone()),
            opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(self.opset) }],
            ..ModelProto::default()
        };
        model.write_buf().expect("a model in memory can be written")
    }
}

/// A tensor of floats.
pub fn float_tensor(name: &str, shape: &[usize], data: &[f32]) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|&extent| extent as i64).collect(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(data.iter().flat_map(|value| value.to_le_bytes()).collect())),
        name: Some(name.to_owned()),
        ..TensorProto::default()
    }
}

/// Numbers in -1..1 that look random and are always the same (a linear congruence, Numerical Recipes).
pub fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761);
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

fn attribute(name: &str, value: Attr) -> AttributeProto {
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..AttributeProto::default() };
    let kind = match value {
        Attr::Int(value) => {
            attribute.i = Some(value);
            AttributeType::INT
        }
        Attr::Float(value) => {
            attribute.f = Some(value);
            AttributeType::FLOAT
        }
        Attr::Word(value) => {
            attribute.s = Some(value.to_owned());
            AttributeType::STRING
        }
        Attr::Ints(values) => {
            attribute.ints = values;
            AttributeType::INTS
        }
        Attr::Tensor(tensor) => {
            attribute.t = Some(tensor);
            AttributeType::TENSOR
        }
    };
    attribute.r#type = Some(kind);
    attribute
}

fn value_info(name: &str, shape: Option<&[usize]>) -> ValueInfoProto {
    let dim = |&extent: &usize| Dimension { dim_value: Some(extent as i64), dim_param: None };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TypeProtoTensor {
                elem_type: Some(DataType::FLOAT),
                shape: shape.map(|shape| TensorShapeProto { dim: shape.iter().map(dim).collect() }),
            }),
            sequence: None,
        }),
    }
}
