//! Files of kinds that are not read, known by their first bytes or their names: what they are and what to do.

use std::path::Path;

/// A kind of file, and what a person does to have pictures of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Foreign {
    /// Its name.
    pub kind: &'static str,
    /// What to do.
    pub advice: &'static str,
}

const PHOTO: &str = "convert it to JPEG or PNG (for example with ImageMagick: magick in.heic out.png)";
const FILM: &str = "export its frames as pictures (for example with ffmpeg: ffmpeg -i in.mp4 frame%05d.png)";
const VOLUME: &str = "export its slices as PNG or TIFF with your viewer";
const OTHER: &str = "export it as PNG, TIFF or JPEG with the program that made it";
const DIRECTORY: &str = "unpack it and name what was in it";

const HEIC: Foreign = Foreign { kind: "a HEIC picture", advice: PHOTO };
const AVIF: Foreign = Foreign { kind: "an AVIF picture", advice: PHOTO };
const JXL: Foreign = Foreign { kind: "a JPEG XL picture", advice: PHOTO };
const RAW: Foreign = Foreign { kind: "a camera's raw picture", advice: PHOTO };
const DICOM: Foreign = Foreign { kind: "a DICOM file", advice: VOLUME };
const NIFTI: Foreign = Foreign { kind: "a NIfTI volume", advice: VOLUME };
const NRRD: Foreign = Foreign { kind: "an NRRD volume", advice: VOLUME };
const MP4: Foreign = Foreign { kind: "a film", advice: FILM };
const PSD: Foreign = Foreign { kind: "a Photoshop file", advice: OTHER };
const PDF: Foreign = Foreign { kind: "a PDF", advice: OTHER };
const SVG: Foreign = Foreign { kind: "an SVG drawing", advice: OTHER };
const EXR: Foreign = Foreign { kind: "an OpenEXR picture", advice: OTHER };
const PACKED: Foreign = Foreign { kind: "a packed file (ZIP, gzip or the like)", advice: DIRECTORY };

/// So many bytes of the beginning tell the kind.
pub(super) const HEAD: usize = 512;

/// The kind of a file by its first [`HEAD`] bytes.
pub(super) fn by_content(head: &[u8]) -> Option<Foreign> {
    let at = |offset: usize, bytes: &[u8]| head.get(offset..offset + bytes.len()) == Some(bytes);
    // The 128 bytes before it are free, and may look like a TIFF.
    if at(128, b"DICM") {
        return Some(DICOM);
    }
    let starts: [(&[u8], Foreign); 13] = [
        (b"\xff\x0a", JXL),
        (b"\0\0\0\x0cJXL ", JXL),
        (b"NRRD0", NRRD),
        (b"\x1a\x45\xdf\xa3", MP4),
        (b"8BPS", PSD),
        (b"%PDF", PDF),
        (b"<svg", SVG),
        (b"\x76\x2f\x31\x01", EXR),
        (b"II\x1a\0\0\0HEAPCCDR", RAW),
        (b"IIU\0", RAW),
        (b"IIRO", RAW),
        (b"FUJIFILM", RAW),
        (b"\x1f\x8b", PACKED),
    ];
    if let Some((_, foreign)) = starts.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(*foreign);
    }
    if at(8, b"CR\x02") {
        return Some(RAW);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Some(PACKED);
    }
    if head.starts_with(b"RIFF") && at(8, b"AVI ") {
        return Some(MP4);
    }
    if at(344, b"n+1\0") || at(344, b"ni1\0") || at(4, b"n+2\0") {
        return Some(NIFTI);
    }
    if at(4, b"ftyp") {
        return Some(match head.get(8..12).unwrap_or_default() {
            b"avif" | b"avis" => AVIF,
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => HEIC,
            b"crx " => RAW,
            _ => MP4,
        });
    }
    None
}

/// The kind of a file by its name, for lists of what a folder holds besides pictures.
pub fn by_name(path: &Path) -> Option<Foreign> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "heic" | "heif" => HEIC,
        "avif" => AVIF,
        "jxl" => JXL,
        "cr2" | "cr3" | "nef" | "arw" | "dng" | "raf" | "rw2" | "orf" => RAW,
        "dcm" | "dicom" => DICOM,
        "nii" => NIFTI,
        "gz" if name.ends_with(".nii.gz") => NIFTI,
        "nrrd" | "nhdr" => NRRD,
        "mp4" | "mov" | "avi" | "mkv" | "webm" | "m4v" | "wmv" => MP4,
        "psd" => PSD,
        "exr" => EXR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_their_first_bytes() {
        let mut dicom = b"II*\0".to_vec();
        dicom.resize(128, 0);
        dicom.extend(b"DICM");
        let mut nifti = vec![0; 344];
        nifti.extend(b"n+1\0");
        for (head, kind) in [
            (dicom.as_slice(), "DICOM"),
            (&nifti, "NIfTI"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"\0\0\0\x18ftypavif", "AVIF"),
            (b"\0\0\0\x18ftypisom", "film"),
            (b"NRRD0004\n", "NRRD"),
        ] {
            assert!(by_content(head).is_some_and(|foreign| foreign.kind.contains(kind)), "{kind}");
        }
        for head in [&b"\x89PNG\r\n\x1a\n"[..], b"II*\0", b"\xff\xd8\xff", b""] {
            assert_eq!(by_content(head), None);
        }
        assert_eq!(by_name(Path::new("x/a.nii.GZ")), Some(NIFTI));
        assert_eq!(by_name(Path::new("a.png")), None);
    }
}
