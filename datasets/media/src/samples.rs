//! Samples as a file holds them: typed, no display in them.

use super::sample::{Sample, SampleType, Value};

/// Samples of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// See [`SampleType::U8`].
    U8(Vec<u8>),
    /// See [`SampleType::I8`].
    I8(Vec<i8>),
    /// See [`SampleType::U16`].
    U16(Vec<u16>),
    /// See [`SampleType::I16`].
    I16(Vec<i16>),
    /// See [`SampleType::U32`].
    U32(Vec<u32>),
    /// See [`SampleType::I32`].
    I32(Vec<i32>),
    /// See [`SampleType::U64`].
    U64(Vec<u64>),
    /// See [`SampleType::I64`].
    I64(Vec<i64>),
    /// See [`SampleType::F32`].
    F32(Vec<f32>),
    /// See [`SampleType::F64`].
    F64(Vec<f64>),
}

/// Does the same with the samples of every type.
macro_rules! with_each {
    ($samples:expr, $values:ident => $result:expr) => {
        match $samples {
            Samples::U8($values) => $result,
            Samples::I8($values) => $result,
            Samples::U16($values) => $result,
            Samples::I16($values) => $result,
            Samples::U32($values) => $result,
            Samples::I32($values) => $result,
            Samples::U64($values) => $result,
            Samples::I64($values) => $result,
            Samples::F32($values) => $result,
            Samples::F64($values) => $result,
        }
    };
}

/// Makes samples of the same type out of those of every type.
macro_rules! each {
    ($samples:expr, $values:ident => $result:expr) => {
        match $samples {
            Samples::U8($values) => Samples::U8($result),
            Samples::I8($values) => Samples::I8($result),
            Samples::U16($values) => Samples::U16($result),
            Samples::I16($values) => Samples::I16($result),
            Samples::U32($values) => Samples::U32($result),
            Samples::I32($values) => Samples::I32($result),
            Samples::U64($values) => Samples::U64($result),
            Samples::I64($values) => Samples::I64($result),
            Samples::F32($values) => Samples::F32($result),
            Samples::F64($values) => Samples::F64($result),
        }
    };
}

/// Does the same with two of the same type.
macro_rules! both {
    ($to:expr, $from:expr, $a:ident, $b:ident => $result:expr) => {
        match ($to, $from) {
            (Samples::U8($a), Samples::U8($b)) => $result,
            (Samples::I8($a), Samples::I8($b)) => $result,
            (Samples::U16($a), Samples::U16($b)) => $result,
            (Samples::I16($a), Samples::I16($b)) => $result,
            (Samples::U32($a), Samples::U32($b)) => $result,
            (Samples::I32($a), Samples::I32($b)) => $result,
            (Samples::U64($a), Samples::U64($b)) => $result,
            (Samples::I64($a), Samples::I64($b)) => $result,
            (Samples::F32($a), Samples::F32($b)) => $result,
            (Samples::F64($a), Samples::F64($b)) => $result,
            _ => debug_assert!(false, "blocks of two types"),
        }
    };
}

pub(crate) use {both, each, with_each};

impl Samples {
    /// So many zeros.
    pub fn zeros(of: SampleType, count: usize) -> Self {
        match of {
            SampleType::U8 => Self::U8(vec![0; count]),
            SampleType::I8 => Self::I8(vec![0; count]),
            SampleType::U16 => Self::U16(vec![0; count]),
            SampleType::I16 => Self::I16(vec![0; count]),
            SampleType::U32 => Self::U32(vec![0; count]),
            SampleType::I32 => Self::I32(vec![0; count]),
            SampleType::U64 => Self::U64(vec![0; count]),
            SampleType::I64 => Self::I64(vec![0; count]),
            SampleType::F32 => Self::F32(vec![0.0; count]),
            SampleType::F64 => Self::F64(vec![0.0; count]),
        }
    }

    /// Their type.
    pub fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::I8(_) => SampleType::I8,
            Self::U16(_) => SampleType::U16,
            Self::I16(_) => SampleType::I16,
            Self::U32(_) => SampleType::U32,
            Self::I32(_) => SampleType::I32,
            Self::U64(_) => SampleType::U64,
            Self::I64(_) => SampleType::I64,
            Self::F32(_) => SampleType::F32,
            Self::F64(_) => SampleType::F64,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        with_each!(self, values => values.len())
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them as a number; those of 64 bits are rounded.
    pub fn get(&self, index: usize) -> Option<f64> {
        with_each!(self, values => values.get(index).map(|value| value.number()))
    }

    /// One of them with all its digits.
    pub fn value(&self, index: usize) -> Option<Value> {
        Some(match self {
            Self::U64(values) => Value::Unsigned(*values.get(index)?),
            Self::I64(values) => Value::Signed(*values.get(index)?),
            Self::U8(values) => Value::Unsigned((*values.get(index)?).into()),
            Self::U16(values) => Value::Unsigned((*values.get(index)?).into()),
            Self::U32(values) => Value::Unsigned((*values.get(index)?).into()),
            Self::I8(values) => Value::Signed((*values.get(index)?).into()),
            Self::I16(values) => Value::Signed((*values.get(index)?).into()),
            Self::I32(values) => Value::Signed((*values.get(index)?).into()),
            Self::F32(values) => Value::Real((*values.get(index)?).into()),
            Self::F64(values) => Value::Real(*values.get(index)?),
        })
    }

    /// All of them the value nearest to a number.
    pub(crate) fn fill(&mut self, number: f64) {
        fn with<T: Sample>(values: &mut [T], number: f64) {
            values.fill(T::nearest(number));
        }
        with_each!(self, values => with(values, number));
    }

    /// Their bytes, in the order of this machine.
    pub fn bytes(&self) -> &[u8] {
        with_each!(self, values => bytemuck::cast_slice(values))
    }

    /// Their bytes, to be written over.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        with_each!(self, values => bytemuck::cast_slice_mut(values))
    }
}
