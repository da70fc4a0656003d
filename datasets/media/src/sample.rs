//! One sample: its type, its value, what is reckoned with it.

use serde::{Deserialize, Serialize};

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleType {
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 64 bits.
    I64,
    /// IEEE 754 of 32 bits; those of 16 bits are widened to it.
    F32,
    /// IEEE 754 of 64 bits.
    F64,
}

/// A Rust type that samples have.
pub(crate) trait Sample: Copy + Default + PartialOrd + Send + Sync + bytemuck::Pod {
    /// As a number; 64 bits are rounded to it.
    fn number(self) -> f64;

    /// The nearest value of the type: what lies beyond its range becomes its end, what is no number 0 in whole types.
    fn nearest(number: f64) -> Self;

    /// The mean, rounded to the nearest (halves up) in whole types; 0 of none.
    fn mean(values: &[Self]) -> Self;
}

macro_rules! whole_sample {
    ($($name:ty, $sum:ty;)*) => {$(
        impl Sample for $name {
            fn number(self) -> f64 {
                self as f64
            }

            fn nearest(number: f64) -> Self {
                number.round() as Self
            }

            fn mean(values: &[Self]) -> Self {
                let count = values.len().max(1) as $sum;
                (values.iter().map(|value| <$sum>::from(*value)).sum::<$sum>() + count / 2).div_euclid(count) as Self
            }
        }
    )*};
}

whole_sample! { u8, u32; i8, i32; u16, u32; i16, i32; u32, u64; i32, i64; u64, u128; i64, i128; }

macro_rules! real_sample {
    ($($name:ty;)*) => {$(
        impl Sample for $name {
            fn number(self) -> f64 {
                f64::from(self)
            }

            fn nearest(number: f64) -> Self {
                number as Self
            }

            fn mean(values: &[Self]) -> Self {
                values.iter().sum::<Self>() / values.len().max(1) as Self
            }
        }
    )*};
}

real_sample! { f32; f64; }

impl SampleType {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// True for whole numbers.
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// The least and the largest value; of floating point 0 and 1.
    pub fn range(self) -> [f64; 2] {
        match self {
            Self::U8 => [0.0, f64::from(u8::MAX)],
            Self::I8 => [f64::from(i8::MIN), f64::from(i8::MAX)],
            Self::U16 => [0.0, f64::from(u16::MAX)],
            Self::I16 => [f64::from(i16::MIN), f64::from(i16::MAX)],
            Self::U32 => [0.0, f64::from(u32::MAX)],
            Self::I32 => [f64::from(i32::MIN), f64::from(i32::MAX)],
            Self::U64 => [0.0, u64::MAX.number()],
            Self::I64 => [i64::MIN.number(), i64::MAX.number()],
            Self::F32 | Self::F64 => [0.0, 1.0],
        }
    }
}

/// A sample as it is told: whole numbers of 64 bits with all their digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Unsigned types.
    Unsigned(u64),
    /// Signed types.
    Signed(i64),
    /// Floating point.
    Real(f64),
}

impl Value {
    /// As a number; 64 bits are rounded to it.
    pub fn number(self) -> f64 {
        match self {
            Self::Unsigned(value) => value.number(),
            Self::Signed(value) => value.number(),
            Self::Real(value) => value,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsigned(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Real(value) => value.fmt(f),
        }
    }
}

/// A number; what JSON has no number for becomes `"nan"`, `"inf"` or `"-inf"`.
impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Real(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::Real(value) if value.is_nan() => serializer.serialize_str("nan"),
            Self::Real(value) => serializer.serialize_str(if *value > 0.0 { "inf" } else { "-inf" }),
        }
    }
}

/// Whether a sample has the value that marks what is missing.
pub(crate) fn is_nodata(value: f64, nodata: f64) -> bool {
    value.total_cmp(&nodata).is_eq() || value == nodata || (value.is_nan() && nodata.is_nan())
}
