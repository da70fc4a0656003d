//! Functions of one to three operands, casts.

use rten_onnx::onnx::DataType;

use super::Lowering;
use crate::graph::{Activation, Binary, Constant, Data, Element, Op, Unary, ValueId, shape};
use crate::onnx::{Refusal, invalid, unsupported};

/// Operators whose name says everything.
pub(super) fn by_name(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    if let Some(function) = unary_of(l) {
        let x = l.input(0)?;
        let (shape, element) = (l.shape(x), l.element(x));
        let keeps_integers = matches!(function, Unary::Abs | Unary::Neg | Unary::Sign | Unary::Not);
        if element != Element::F32 && !keeps_integers {
            return Err(unsupported(format!("its operand is of type {element:?}, only floats are handled")));
        }
        let id = l.push_as(Op::Unary(function), &[x], shape, element)?;
        return l.done(id);
    }
    if let Some(function) = binary_of(l.op) {
        let (a, b) = (l.input(0)?, l.input(1)?);
        let id = binary(l, function, a, b)?;
        return l.done(id);
    }
    Err(unsupported("no such operator here"))
}

fn unary_of(l: &Lowering<'_>) -> Option<Unary> {
    let a = l.attributes;
    Some(match l.op {
        "Relu" => Unary::Activation(Activation::Relu),
        "LeakyRelu" => Unary::Activation(Activation::LeakyRelu { alpha: a.float_or("alpha", 0.01) }),
        "Sigmoid" => Unary::Activation(Activation::Sigmoid),
        "HardSigmoid" => Unary::Activation(Activation::HardSigmoid {
            alpha: a.float_or("alpha", 0.2),
            beta: a.float_or("beta", 0.5),
        }),
        "HardSwish" => Unary::Activation(Activation::HardSwish),
        "Elu" => Unary::Elu { alpha: a.float_or("alpha", 1.0) },
        "Gelu" => Unary::Gelu { tanh: a.word_or("approximate", "none") == "tanh" },
        "Abs" => Unary::Abs,
        "Ceil" => Unary::Ceil,
        "Erf" => Unary::Erf,
        "Exp" => Unary::Exp,
        "Floor" => Unary::Floor,
        "Log" => Unary::Log,
        "Neg" => Unary::Neg,
        "Not" => Unary::Not,
        "Reciprocal" => Unary::Reciprocal,
        "Round" => Unary::Round,
        "Sign" => Unary::Sign,
        "Softplus" => Unary::Softplus,
        "Sqrt" => Unary::Sqrt,
        "Tanh" => Unary::Tanh,
        _ => return None,
    })
}

fn binary_of(op: &str) -> Option<Binary> {
    Some(match op {
        "Add" => Binary::Add,
        "Sub" => Binary::Sub,
        "Mul" => Binary::Mul,
        "Div" => Binary::Div,
        "Pow" => Binary::Pow,
        "PRelu" => Binary::PRelu,
        "Less" => Binary::Less,
        "LessOrEqual" => Binary::LessOrEqual,
        "Greater" => Binary::Greater,
        "GreaterOrEqual" => Binary::GreaterOrEqual,
        "Equal" => Binary::Equal,
        "And" => Binary::And,
        "Or" => Binary::Or,
        "Xor" => Binary::Xor,
        _ => return None,
    })
}

/// A function of two operands, broadcast.
pub(super) fn binary(l: &mut Lowering<'_>, function: Binary, a: ValueId, b: ValueId) -> Result<ValueId, Refusal> {
    let (a_shape, b_shape) = (l.shape(a), l.shape(b));
    let Some(out) = shape::broadcast(&a_shape, &b_shape) else {
        return Err(invalid(format!("shapes {a_shape:?} and {b_shape:?} do not go together")));
    };
    let element = if function.is_truth() { Element::Bool } else { l.element(a) };
    let known = l.constant(a).is_some() && l.constant(b).is_some();
    if element == Element::I64 && !known && matches!(function, Binary::Div | Binary::Pow) {
        return Err(unsupported("division of integers that depend on the contents of the inputs"));
    }
    l.push_as(Op::Binary(function), &[a, b], out, element)
}

/// `Min`, `Max`, `Sum`, `Mean` of any number of operands.
pub(super) fn many(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let function = match l.op {
        "Min" => Binary::Min,
        "Max" => Binary::Max,
        _ => Binary::Add,
    };
    let mut result = l.input(0)?;
    for index in 1..l.inputs.len() {
        let operand = l.input(index)?;
        result = binary(l, function, result, operand)?;
    }
    if l.op == "Mean" {
        let factor = l.push_constant(Constant::f32([], vec![1.0 / l.inputs.len() as f32]));
        result = binary(l, Binary::Mul, result, factor)?;
    }
    l.done(result)
}

/// `Identity`, and `Dropout`, which does nothing outside training.
pub(super) fn identity(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    l.attributes.ignore(&["ratio", "seed"]);
    if l.known_floats(2, "training_mode")?.is_some_and(|mode| mode.iter().any(|&mode| mode != 0.0)) {
        return Err(unsupported("training mode"));
    }
    let x = l.input(0)?;
    l.done(x)
}

/// `Clip`: bounds as attributes (operator sets before 11) or operands.
pub(super) fn clip(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.floats(0)?;
    let bound = |l: &Lowering<'_>, index, name: &'static str| -> Result<Option<f32>, Refusal> {
        let from_attribute = l.attributes.float(name);
        Ok(l.known_floats(index, name)?.and_then(|values| values.first().copied()).or(from_attribute))
    };
    let min = bound(l, 1, "min")?.unwrap_or(f32::NEG_INFINITY);
    let max = bound(l, 2, "max")?.unwrap_or(f32::INFINITY);
    let shape = l.shape(x);
    let activation = if min == 0.0 && max == f32::INFINITY { Activation::Relu } else { Activation::Clip { min, max } };
    l.finish(Op::Unary(Unary::Activation(activation)), &[x], shape)
}

/// `Where`.
pub(super) fn select(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (condition, a, b) = (l.input(0)?, l.input(1)?, l.input(2)?);
    let shapes = [l.shape(condition), l.shape(a), l.shape(b)];
    let out = shape::broadcast(&shapes[0], &shapes[1]).and_then(|ab| shape::broadcast(&ab, &shapes[2]));
    let Some(out) = out else { return Err(invalid(format!("shapes {shapes:?} do not go together"))) };
    let element = l.element(a);
    let id = l.push_as(Op::Select, &[condition, a, b], out, element)?;
    l.done(id)
}

/// `Cast` between floats, integers and truth values.
pub(super) fn cast(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    l.attributes.ignore(&["saturate"]);
    let x = l.input(0)?;
    let to = DataType(l.attributes.int_or("to", 0) as i32);
    let target = match to {
        DataType::FLOAT | DataType::DOUBLE => Element::F32,
        DataType::INT64 | DataType::INT32 | DataType::INT16 | DataType::INT8 | DataType::UINT8 => Element::I64,
        DataType::BOOL => Element::Bool,
        other => return Err(unsupported(format!("casts to {other} are not handled"))),
    };
    if let Some(constant) = l.constant(x) {
        let cast = cast_constant(constant, target);
        let id = l.push_constant(cast);
        return l.done(id);
    }
    let shape = l.shape(x);
    let id = match (l.element(x), target) {
        (from, to) if from == to => x,
        (Element::F32, Element::I64) => l.push_as(Op::Unary(Unary::Truncate), &[x], shape, target)?,
        (_, Element::Bool) => {
            let not = l.push_as(Op::Unary(Unary::Not), &[x], shape.clone(), target)?;
            l.push_as(Op::Unary(Unary::Not), &[not], shape, target)?
        }
        // Executors hold truth values and integers as floats already: the same numbers under another type.
        (_, target) => {
            let zero = l.push_constant(Constant::f32([], vec![0.0]));
            l.push_as(Op::Binary(Binary::Add), &[x, zero], shape, target)?
        }
    };
    l.done(id)
}

fn cast_constant(constant: &Constant, target: Element) -> Constant {
    let shape = constant.shape.clone();
    match (&constant.data, target) {
        (_, Element::F32) => Constant::f32(shape, constant.to_f32()),
        (Data::F32(data), Element::I64) => Constant::i64(shape, data.iter().map(|&v| v as i64).collect::<Vec<_>>()),
        (Data::Bool(data), Element::I64) => {
            Constant::i64(shape, data.iter().map(|&v| i64::from(v)).collect::<Vec<_>>())
        }
        (Data::F32(data), Element::Bool) => Constant::bool(shape, data.iter().map(|&v| v != 0.0).collect::<Vec<_>>()),
        (Data::I64(data), Element::Bool) => Constant::bool(shape, data.iter().map(|&v| v != 0).collect::<Vec<_>>()),
        _ => constant.clone(),
    }
}
