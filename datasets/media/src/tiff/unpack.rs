//! Rows of bytes of a tile or strip become samples: predictors, byte order, few bits.

use super::super::sample::{Sample, SampleType};
use super::super::samples::Samples;
use super::directory::Order;
use super::layout::{Format, Layout};

/// The samples of rows that were decompressed; `columns * chunk_bands` of them a row.
pub(crate) fn samples(layout: &Layout, mut bytes: Vec<u8>, columns: usize) -> Samples {
    let row = columns * layout.chunk_bands();
    let stride = (row * usize::from(layout.bits)).div_ceil(8);
    if layout.predictor == 3 {
        let size = usize::from(layout.bits) / 8;
        for line in bytes.chunks_exact_mut(stride.max(1)) {
            floating(line, size, layout.chunk_bands());
        }
        // The bytes of a float lie from the most significant on now.
        let order = Order { big_endian: true, ..layout.order };
        return floats(&bytes, layout.bits, order);
    }
    match layout.sample() {
        SampleType::U8 if layout.bits == 8 => {
            let mut values = bytes;
            differences(layout, &mut values, row);
            Samples::U8(values)
        }
        SampleType::I8 => {
            differences(layout, &mut bytes, row);
            Samples::I8(bytes.into_iter().map(u8::cast_signed).collect())
        }
        SampleType::U8 => Samples::U8(few_bits(&bytes, layout, row, stride).into_iter().map(|v| v as u8).collect()),
        SampleType::U16 if layout.bits != 16 => {
            Samples::U16(few_bits(&bytes, layout, row, stride).into_iter().map(|v| v as u16).collect())
        }
        SampleType::U16 => Samples::U16(whole(layout, &bytes, row, |v| v as u16)),
        SampleType::I16 => Samples::I16(cast(whole(layout, &bytes, row, |v| v as u16))),
        SampleType::U32 => Samples::U32(whole(layout, &bytes, row, |v| v as u32)),
        SampleType::I32 => Samples::I32(cast(whole(layout, &bytes, row, |v| v as u32))),
        SampleType::U64 => Samples::U64(whole(layout, &bytes, row, |v| v)),
        SampleType::I64 => Samples::I64(cast(whole(layout, &bytes, row, |v| v))),
        // Predictor 2 takes the bits of a float for a whole number.
        SampleType::F32 if layout.bits == 16 => {
            let bits = whole(layout, &bytes, row, |v| v as u16);
            Samples::F32(bits.into_iter().map(|bits| half::f16::from_bits(bits).to_f32()).collect())
        }
        SampleType::F32 => Samples::F32(cast(whole(layout, &bytes, row, |v| v as u32))),
        SampleType::F64 => Samples::F64(cast(whole(layout, &bytes, row, |v| v))),
    }
}

/// The same bits as another type of the same size.
fn cast<A: bytemuck::Pod, B: bytemuck::Pod>(values: Vec<A>) -> Vec<B> {
    bytemuck::allocation::try_cast_vec(values).unwrap_or_else(|(_, values)| bytemuck::cast_slice(&values).to_vec())
}

/// Whole numbers of 16 to 64 bits.
fn whole<T: Sample + Wrapping>(layout: &Layout, bytes: &[u8], row: usize, of: impl Fn(u64) -> T) -> Vec<T> {
    let size = usize::from(layout.bits) / 8;
    let order = layout.order;
    let mut values: Vec<T> = bytes.chunks_exact(size.max(1)).map(|bytes| of(order.number(bytes))).collect();
    differences(layout, &mut values, row);
    values
}

fn floats(bytes: &[u8], bits: u8, order: Order) -> Samples {
    let numbers = bytes.chunks_exact(usize::from(bits / 8).max(1)).map(|bytes| order.number(bytes));
    match bits {
        16 => Samples::F32(numbers.map(|bits| half::f16::from_bits(bits as u16).to_f32()).collect()),
        32 => Samples::F32(numbers.map(|bits| f32::from_bits(bits as u32)).collect()),
        _ => Samples::F64(numbers.map(f64::from_bits).collect()),
    }
}

/// Numbers that are added modulo their range.
pub(crate) trait Wrapping: Copy {
    fn plus(self, other: Self) -> Self;
}

macro_rules! wrapping {
    ($($name:ty)*) => {$(
        impl Wrapping for $name {
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
        }
    )*};
}

wrapping! { u8 u16 u32 u64 }

/// Predictor 2: each sample is the difference to the same band of the pixel to the left.
fn differences<T: Wrapping>(layout: &Layout, values: &mut [T], row: usize) {
    if layout.predictor != 2 {
        return;
    }
    let bands = layout.chunk_bands();
    for line in values.chunks_exact_mut(row.max(1)) {
        for at in bands..line.len() {
            line[at] = line[at].plus(line[at - bands]);
        }
    }
}

/// Predictor 3 of one row: planes of bytes, the most significant first, as differences of bytes.
fn floating(line: &mut [u8], size: usize, bands: usize) {
    for at in bands..line.len() {
        line[at] = line[at].wrapping_add(line[at - bands]);
    }
    let count = line.len() / size.max(1);
    let planes = line.to_vec();
    for (at, value) in line.chunks_exact_mut(size.max(1)).enumerate() {
        for (byte, to) in value.iter_mut().enumerate() {
            *to = planes[byte * count + at];
        }
    }
}

/// Whole numbers of fewer bits than their type, from the high bits on; rows begin with whole bytes.
fn few_bits(bytes: &[u8], layout: &Layout, row: usize, stride: usize) -> Vec<u32> {
    debug_assert_eq!(layout.format, Format::Unsigned);
    let bits = u32::from(layout.bits);
    let mut out = Vec::with_capacity(bytes.len() / stride.max(1) * row);
    for line in bytes.chunks_exact(stride.max(1)) {
        let (mut held, mut count, mut next) = (0u32, 0, line.iter());
        for _ in 0..row {
            while count < bits {
                held = held << 8 | u32::from(next.next().copied().unwrap_or(0));
                count += 8;
            }
            count -= bits;
            out.push(held >> count & ((1 << bits) - 1));
            held &= (1 << count) - 1;
        }
    }
    out
}
