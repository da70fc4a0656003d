//! Shapes: changed, and as values.

use super::Lowering;
use crate::graph::{Constant, Data, Element, Op};
use crate::onnx::{Refusal, invalid, limits, tensor, unsupported};

/// `Reshape`: 0 keeps an extent, -1 is worked out.
pub(super) fn reshape(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let own = l.shape(x);
    let allow_zero = l.attributes.flag("allowzero", false);
    let from_attribute = l.attributes.ints("shape").map(<[i64]>::to_vec);
    let asked = l.integers(1, "shape")?.or(from_attribute).ok_or_else(|| invalid("`shape` is missing"))?;
    let wrong = || invalid(format!("a tensor of shape {own:?} cannot become {asked:?}"));
    let mut out = Vec::with_capacity(asked.len());
    let mut open = None;
    for (index, &extent) in asked.iter().enumerate() {
        match extent {
            -1 if open.is_none() => {
                open = Some(index);
                out.push(1);
            }
            0 if !allow_zero => out.push(*own.get(index).ok_or_else(wrong)?),
            extent => out.push(usize::try_from(extent).map_err(|_| wrong())?),
        }
    }
    tensor::check_shape(&out)?;
    let (have, rest): (usize, usize) = (own.iter().product(), out.iter().product());
    if let Some(open) = open {
        out[open] = have.checked_div(rest).ok_or_else(wrong)?;
    }
    if out.iter().product::<usize>() != have {
        return Err(wrong());
    }
    into(l, out)
}

/// `Flatten`.
pub(super) fn flatten(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let own = l.shape(l.input(0)?);
    let axis = l.attributes.int_or("axis", 1);
    let axis = if axis == own.len() as i64 { own.len() } else { l.axis(axis, own.len())? };
    into(l, vec![own[..axis].iter().product(), own[axis..].iter().product()])
}

/// `Squeeze` and `Unsqueeze`; axes as an attribute (before operator set 13) or an operand.
pub(super) fn squeeze(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let own = l.shape(l.input(0)?);
    let from_attribute = l.attributes.ints("axes").map(<[i64]>::to_vec);
    let axes = l.integers(1, "axes")?.or(from_attribute);
    if l.op == "Unsqueeze" {
        let axes = axes.ok_or_else(|| invalid("`axes` is missing"))?;
        if axes.len() > limits::MAX_RANK {
            return Err(unsupported("too many axes"));
        }
        let axes = l.axes(&axes, own.len() + axes.len())?;
        let mut out = own;
        for axis in axes {
            out.insert(axis, 1);
        }
        return into(l, out);
    }
    let axes = match axes {
        Some(axes) => l.axes(&axes, own.len())?,
        None => (0..own.len()).filter(|&axis| own[axis] == 1).collect(),
    };
    if axes.iter().any(|&axis| own[axis] != 1) {
        return Err(invalid(format!("axes {axes:?} of shape {own:?} are not all 1")));
    }
    let out = own.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &extent)| extent).collect();
    into(l, out)
}

fn into(l: &mut Lowering<'_>, out: Vec<usize>) -> Result<(), Refusal> {
    let x = l.input(0)?;
    let element = l.element(x);
    let id = l.push_as(Op::Reshape, &[x], out, element)?;
    l.done(id)
}

/// `Shape` (with `start` and `end`) and `Size`: known, because every shape is.
pub(super) fn shape(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let own: Vec<i64> = l.shape(l.input(0)?).into_iter().map(|extent| extent as i64).collect();
    let constant = if l.op == "Size" {
        Constant::i64([], vec![own.iter().product::<i64>()])
    } else {
        let rank = own.len() as i64;
        let turn = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
        let (start, end) = (turn(l.attributes.int_or("start", 0)), turn(l.attributes.int_or("end", rank)));
        let part = own[start..end.max(start)].to_vec();
        Constant::i64([part.len()], part)
    };
    let id = l.push_constant(constant);
    l.done(id)
}

/// `Constant` in all numeric forms.
pub(super) fn constant(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let a = l.attributes;
    let constant = if let Some(value) = a.tensor("value") {
        tensor::constant(value)?
    } else if let Some(value) = a.float("value_float") {
        Constant::f32([], vec![value])
    } else if let Some(values) = a.floats("value_floats") {
        Constant::f32([values.len()], values.to_vec())
    } else if let Some(value) = a.int("value_int") {
        Constant::i64([], vec![value])
    } else if let Some(values) = a.ints("value_ints") {
        Constant::i64([values.len()], values.to_vec())
    } else {
        return Err(unsupported("a constant that is no number"));
    };
    let id = l.push_constant(constant);
    l.done(id)
}

/// `ConstantOfShape`: one value, expanded.
pub(super) fn constant_of_shape(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let out = tensor::shape(&l.integers(0, "shape")?.ok_or_else(|| invalid("`shape` is missing"))?)?;
    let value = match l.attributes.tensor("value") {
        Some(value) => tensor::constant(value)?,
        None => Constant::f32([1], vec![0.0]),
    };
    if value.len() != 1 {
        return Err(invalid("`value` holds more than one element"));
    }
    let element = value.element();
    let value = l.push_constant(Constant { shape: Vec::new(), ..value });
    let id = l.push_as(Op::Expand, &[value], out, element)?;
    l.done(id)
}

/// `Range` of known bounds.
pub(super) fn range(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let known = |index: usize| -> Result<(Data, Element), Refusal> {
        let constant = l.constant(l.input(index)?).ok_or_else(|| unsupported("bounds that depend on the inputs"))?;
        if constant.len() == 1 {
            Ok((constant.data.clone(), constant.element()))
        } else {
            Err(invalid("a bound that is no number"))
        }
    };
    let limit = |count: f64| {
        if count <= limits::MAX_FOLDED as f64 {
            Ok(count.max(0.0) as usize)
        } else {
            Err(unsupported("a range that long"))
        }
    };
    let constant = match (known(0)?, known(1)?, known(2)?) {
        ((Data::I64(start), _), (Data::I64(end), _), (Data::I64(step), _)) if step[0] != 0 => {
            let count = limit(((end[0] as f64 - start[0] as f64) / step[0] as f64).ceil())?;
            let values: Vec<i64> =
                (0..count as i64).map(|index| start[0].wrapping_add(index.wrapping_mul(step[0]))).collect();
            Constant::i64([values.len()], values)
        }
        ((Data::F32(start), _), (Data::F32(end), _), (Data::F32(step), _)) if step[0] != 0.0 => {
            let count = limit(((f64::from(end[0]) - f64::from(start[0])) / f64::from(step[0])).ceil())?;
            let values: Vec<f32> = (0..count).map(|index| start[0] + index as f32 * step[0]).collect();
            Constant::f32([values.len()], values)
        }
        _ => return Err(invalid("bounds of different types, or a step of 0")),
    };
    let id = l.push_constant(constant);
    l.done(id)
}
