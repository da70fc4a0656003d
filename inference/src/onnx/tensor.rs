//! Tensors out of the file.

use rten_onnx::onnx::{DataLocation, DataType, TensorProto};

use super::limits::{MAX_ELEMENTS, MAX_RANK};
use super::{Refusal, invalid, unsupported};
use crate::graph::Constant;
use crate::tensor::checked_len;

/// A tensor of the file as a constant: every float type becomes `f32`, every integer type `i64`.
///
/// # Errors
/// External data, an element type that is not known, a size that does not fit the data.
pub fn constant(tensor: &TensorProto) -> Result<Constant, Refusal> {
    check_place(tensor)?;
    let shape = shape(&tensor.dims)?;
    let len = checked_len(&shape).unwrap_or(usize::MAX);
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    let raw = raw.as_ref().map(|raw| raw.as_slice());
    let data_type = tensor.data_type.unwrap_or(DataType(0));
    let fits = |found: usize| {
        if found == len {
            Ok(())
        } else {
            Err(invalid(format!("shape {shape:?} wants {len} elements, the file holds {found}")))
        }
    };
    match data_type {
        DataType::FLOAT | DataType::DOUBLE | DataType::FLOAT16 | DataType::BFLOAT16 => {
            let data: Vec<f32> = match (raw, data_type) {
                (Some(raw), DataType::FLOAT) => words(raw, f32::from_le_bytes),
                (Some(raw), DataType::DOUBLE) => words(raw, |bytes| f64::from_le_bytes(bytes) as f32),
                (Some(raw), DataType::FLOAT16) => words(raw, |bytes| half::f16::from_le_bytes(bytes).to_f32()),
                (Some(raw), _) => words(raw, |bytes| half::bf16::from_le_bytes(bytes).to_f32()),
                (None, DataType::FLOAT) => tensor.float_data.clone(),
                (None, DataType::DOUBLE) => tensor.double_data.iter().map(|&v| v as f32).collect(),
                (None, DataType::FLOAT16) => {
                    tensor.int32_data.iter().map(|&v| half::f16::from_bits(v as u16).to_f32()).collect()
                }
                (None, _) => tensor.int32_data.iter().map(|&v| half::bf16::from_bits(v as u16).to_f32()).collect(),
            };
            fits(data.len())?;
            Ok(Constant::f32(shape, data))
        }
        DataType::BOOL => {
            let data: Vec<bool> = match raw {
                Some(raw) => raw.iter().map(|&v| v != 0).collect(),
                None => tensor.int32_data.iter().map(|&v| v != 0).collect(),
            };
            fits(data.len())?;
            Ok(Constant::bool(shape, data))
        }
        _ => {
            let data = integers(tensor, data_type, raw)?;
            fits(data.len())?;
            Ok(Constant::i64(shape, data))
        }
    }
}

/// Refuses data that lie in another file: the sum of a card covers one.
///
/// # Errors
/// [`Refusal::Unsupported`].
pub fn check_place(tensor: &TensorProto) -> Result<(), Refusal> {
    if tensor.data_location == Some(DataLocation::EXTERNAL) || !tensor.external_data.is_empty() {
        return Err(unsupported("its data lie in another file; save the model as one file (no external data)"));
    }
    Ok(())
}

fn integers(tensor: &TensorProto, data_type: DataType, raw: Option<&[u8]>) -> Result<Vec<i64>, Refusal> {
    let narrow = || tensor.int32_data.iter().map(|&v| i64::from(v)).collect();
    Ok(match (data_type, raw) {
        (DataType::INT64, Some(raw)) => words(raw, i64::from_le_bytes),
        (DataType::INT32, Some(raw)) => words(raw, |bytes| i64::from(i32::from_le_bytes(bytes))),
        (DataType::INT16, Some(raw)) => words(raw, |bytes| i64::from(i16::from_le_bytes(bytes))),
        (DataType::INT8, Some(raw)) => words(raw, |bytes| i64::from(i8::from_le_bytes(bytes))),
        (DataType::UINT8, Some(raw)) => words(raw, |bytes| i64::from(u8::from_le_bytes(bytes))),
        (DataType::UINT16, Some(raw)) => words(raw, |bytes| i64::from(u16::from_le_bytes(bytes))),
        (DataType::UINT32, Some(raw)) => words(raw, |bytes| i64::from(u32::from_le_bytes(bytes))),
        (DataType::INT64, None) => tensor.int64_data.clone(),
        (DataType::INT32 | DataType::INT16 | DataType::INT8 | DataType::UINT8 | DataType::UINT16, None) => narrow(),
        (other, _) => return Err(unsupported(format!("tensors of type {other} are not read"))),
    })
}

fn words<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    if !raw.len().is_multiple_of(N) {
        // The count will not fit the shape, which is then reported.
        return Vec::new();
    }
    raw.as_chunks::<N>().0.iter().map(|&bytes| read(bytes)).collect()
}

/// Extents out of the file, checked.
///
/// # Errors
/// Negative, too many axes, too many elements.
pub fn shape(dims: &[i64]) -> Result<Vec<usize>, Refusal> {
    let shape: Option<Vec<usize>> = dims.iter().map(|&extent| usize::try_from(extent).ok()).collect();
    let Some(shape) = shape else { return Err(invalid(format!("shape {dims:?} has a negative extent"))) };
    check_shape(&shape)?;
    Ok(shape)
}

/// Checks rank and number of elements.
///
/// # Errors
/// Too many of either.
pub fn check_shape(shape: &[usize]) -> Result<(), Refusal> {
    if shape.len() > MAX_RANK {
        return Err(unsupported(format!("a tensor of {} axes; at most {MAX_RANK} are handled", shape.len())));
    }
    if checked_len(shape).is_none_or(|len| len > MAX_ELEMENTS) {
        return Err(unsupported(format!("a tensor of shape {shape:?} is too large (limit: {MAX_ELEMENTS} elements)")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn proto(data_type: DataType, dims: &[i64], raw: &[u8]) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: Some(data_type),
            raw_data: Some(RefCell::new(raw.to_vec())),
            ..TensorProto::default()
        }
    }

    #[test]
    fn every_type_becomes_one_of_three() {
        let half = half::f16::from_f32(1.5).to_le_bytes();
        assert_eq!(constant(&proto(DataType::FLOAT16, &[1], &half)).unwrap(), Constant::f32([1], [1.5]));
        assert_eq!(constant(&proto(DataType::INT8, &[2], &[255, 1])).unwrap(), Constant::i64([2], [-1, 1]));
        assert_eq!(constant(&proto(DataType::BOOL, &[], &[1])).unwrap(), Constant::bool([], [true]));
        let double = 0.25f64.to_le_bytes();
        assert_eq!(constant(&proto(DataType::DOUBLE, &[1], &double)).unwrap(), Constant::f32([1], [0.25]));
    }

    #[test]
    fn claims_are_checked_before_anything_is_made() {
        for (dims, raw) in [(&[3i64][..], &[0u8; 8][..]), (&[-1], &[]), (&[1 << 40, 1 << 40], &[]), (&[2], &[0; 7])] {
            assert!(constant(&proto(DataType::FLOAT, dims, raw)).is_err(), "{dims:?}");
        }
        let mut external = proto(DataType::FLOAT, &[1], &[0; 4]);
        external.data_location = Some(DataLocation::EXTERNAL);
        let Err(Refusal::Unsupported(reason)) = constant(&external) else { panic!("accepted") };
        assert!(reason.contains("external"), "{reason}");
    }
}
