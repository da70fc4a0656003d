//! Decompresses tiles and strips into rows of bytes as they would lie in a file that is not compressed. Never more bytes come out than the
//! layout has room for.

use std::io::{Cursor, Read};

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use super::layout::{Compression, Layout, Photometric};

/// Why a tile or strip does not decode, in a few words.
pub(crate) type Fault = String;

/// Bytes of a tile or strip of so many rows.
pub(crate) fn row_bytes(layout: &Layout) -> usize {
    let bits = layout.chunk[0] as usize * layout.chunk_bands() * usize::from(layout.bits);
    bits.div_ceil(8)
}

/// Decompresses a tile or a strip of `rows` rows: `rows * row_bytes(layout)` bytes.
///
/// # Errors
/// Damaged data, or less of it than rows.
pub(crate) fn decompressed(layout: &Layout, mut packed: Vec<u8>, rows: u32) -> Result<Vec<u8>, Fault> {
    let expected = row_bytes(layout) * rows as usize;
    let pictures = matches!(layout.compression, Compression::Jpeg | Compression::WebP);
    if layout.reversed && !pictures {
        packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    }
    let mut out = match layout.compression {
        Compression::None => packed,
        Compression::Lzw => lzw(&packed, expected)?,
        Compression::Deflate => deflate(&packed, expected)?,
        Compression::PackBits => pack_bits(&packed, expected),
        Compression::Zstandard => zstandard(&packed, expected)?,
        Compression::Jpeg => jpeg(layout, &packed, rows)?,
        Compression::WebP => webp(layout, &packed, rows)?,
    };
    if out.len() < expected {
        return Err(format!("it holds {} of {expected} bytes", out.len()));
    }
    out.truncate(expected);
    Ok(out)
}

/// Many streams have no end code: what was decoded counts.
fn lzw(packed: &[u8], expected: usize) -> Result<Vec<u8>, Fault> {
    // Files of before TIFF 6.0 have the codes the other way round.
    let old = matches!(packed, [0, second, ..] if second & 1 == 1);
    let mut decoder = if old {
        weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8)
    } else {
        weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .with_yield_on_full_buffer(true)
            .build()
    };
    let mut out = vec![0; expected];
    let (mut read, mut written) = (0, 0);
    while written < expected {
        let step = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(format!("its LZW data are damaged: {error}")),
        }
    }
    out.truncate(written);
    Ok(out)
}

fn deflate(packed: &[u8], expected: usize) -> Result<Vec<u8>, Fault> {
    read_up_to(flate2::read::ZlibDecoder::new(packed), expected, "deflate")
}

fn zstandard(packed: &[u8], expected: usize) -> Result<Vec<u8>, Fault> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(packed)
        .map_err(|error| format!("its Zstandard data are damaged: {error}"))?;
    read_up_to(decoder, expected, "Zstandard")
}

fn read_up_to(decoder: impl Read, expected: usize, name: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let read = decoder.take(expected as u64).read_to_end(&mut out);
    // What comes after the last byte that is wanted does not matter.
    match read {
        Err(error) if out.len() < expected => Err(format!("its {name} data are damaged: {error}")),
        _ => Ok(out),
    }
}

/// TIFF 6.0, section 9.
fn pack_bits(packed: &[u8], expected: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while out.len() < expected {
        let Some(&head) = packed.get(at) else { break };
        at += 1;
        let head = i16::from(head.cast_signed());
        if head >= 0 {
            let count = head as usize + 1;
            let end = (at + count).min(packed.len());
            out.extend_from_slice(&packed[at.min(end)..end]);
            at += count;
        } else if head > -128 {
            let Some(&value) = packed.get(at) else { break };
            out.extend(std::iter::repeat_n(value, (1 - head) as usize));
            at += 1;
        }
    }
    out
}

/// A whole JPEG file, its tables in front. The photometric interpretation says whether its colours are turned into RGB, whatever marks there
/// are in the stream.
fn jpeg(layout: &Layout, packed: &[u8], rows: u32) -> Result<Vec<u8>, Fault> {
    let fault = |what: &dyn std::fmt::Display| format!("its JPEG data are damaged: {what}");
    let tables = layout.jpeg_tables.as_deref().unwrap_or_default();
    let stream = match (tables.strip_suffix(&[0xff, 0xd9]).filter(|tables| tables.len() > 2), packed) {
        (Some(tables), [0xff, 0xd8, rest @ ..]) => [tables, rest].concat(),
        _ => packed.to_vec(),
    };
    let options = || DecoderOptions::default().set_max_width(1 << 16).set_max_height(1 << 16).set_strict_mode(false);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(stream), options());
    decoder.decode_headers().map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| fault(&"it has no frame"))?;
    if width > layout.chunk[0] as usize + 64 || height > layout.chunk[1] as usize + 64 {
        return Err(fault(&format!(
            "a picture of {width} x {height} pixels in a part of {} x {}",
            layout.chunk[0], rows
        )));
    }
    let stored = decoder.input_colorspace().ok_or_else(|| fault(&"it has no frame"))?;
    let wanted = match layout.chunk_bands() {
        1 => ColorSpace::Luma,
        3 if layout.photometric == Photometric::YCbCr => ColorSpace::RGB,
        _ => stored,
    };
    decoder.set_options(options().jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().map_err(|error| fault(&error))?;
    let bands = pixels.len() / (width * height).max(1);
    fitted(layout, &pixels, [width, height], bands, rows)
}

fn webp(layout: &Layout, packed: &[u8], rows: u32) -> Result<Vec<u8>, Fault> {
    let fault = |what: &dyn std::fmt::Display| format!("its WebP data are damaged: {what}");
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(packed)).map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions();
    if width > layout.chunk[0] || height > layout.chunk[1] {
        return Err(fault(&format!(
            "a picture of {width} x {height} pixels in a part of {} x {}",
            layout.chunk[0], rows
        )));
    }
    let bands = if decoder.has_alpha() { 4 } else { 3 };
    let mut pixels = vec![0; width as usize * height as usize * bands];
    decoder.read_image(&mut pixels).map_err(|error| fault(&error))?;
    fitted(layout, &pixels, [width as usize, height as usize], bands, rows)
}

/// Cuts a decoded picture to the rows and bands of the layout; opacity that a picture leaves out is full.
fn fitted(layout: &Layout, pixels: &[u8], size: [usize; 2], bands: usize, rows: u32) -> Result<Vec<u8>, Fault> {
    let wanted = layout.chunk_bands();
    let (columns, rows) = (layout.chunk[0] as usize, rows as usize);
    let opaque = wanted == bands + 1 && bands == 3;
    if layout.bits != 8 || (wanted > bands && !opaque) || bands == 0 {
        return Err(format!("it holds {bands} bands of 8 bits where {wanted} of {} are said", layout.bits));
    }
    if size[0] < columns || size[1] < rows {
        return Err(format!("it holds {} x {} pixels where {columns} x {rows} are said", size[0], size[1]));
    }
    let mut out = Vec::with_capacity(columns * rows * wanted);
    for row in pixels.chunks_exact(size[0] * bands).take(rows) {
        if wanted == bands {
            out.extend_from_slice(&row[..columns * bands]);
            continue;
        }
        for pixel in row[..columns * bands].chunks_exact(bands) {
            out.extend(pixel.iter().copied().chain([255]).take(wanted));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_of_the_specification() {
        let packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
        let plain = [
            0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa, 0xaa, 0xaa,
            0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
        ];
        assert_eq!(pack_bits(&packed, plain.len()), plain);
        for end in 0..packed.len() {
            assert!(plain.starts_with(&pack_bits(&packed[..end], plain.len())));
        }
    }

    #[test]
    fn lzw_with_and_without_its_end_and_cut_off() {
        let plain: Vec<u8> = (0..20_000u32).map(|i| ((i * i) >> 7) as u8).collect();
        let packed = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(&plain).unwrap();
        assert_eq!(lzw(&packed, plain.len()).unwrap(), plain);
        assert_eq!(lzw(&packed[..packed.len() - 2], plain.len() - 4).unwrap(), plain[..plain.len() - 4]);
        assert_eq!(lzw(&packed, 100).unwrap(), plain[..100]);
        assert!(lzw(&packed[..packed.len() / 2], plain.len()).unwrap().len() < plain.len());
        assert!(lzw(&[], 10).unwrap().is_empty());
    }

    #[test]
    fn zstandard_and_deflate_end_where_enough_is_there() {
        use std::io::Write;
        let plain = vec![7; 1000];
        let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        deflated.write_all(&plain).unwrap();
        let deflated = deflated.finish().unwrap();
        assert_eq!(deflate(&deflated, 10).unwrap(), plain[..10]);
        assert!(deflate(&deflated[..6], 1000).is_err());
        let packed = ruzstd::encoding::compress_to_vec(&plain[..], ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(zstandard(&packed, 1000).unwrap(), plain);
        assert!(zstandard(&packed[..5], 1000).is_err() && zstandard(b"nothing", 3).is_err());
    }
}
