//! Document, invertible edits, store, media readers and annotation formats.
//!
//! Must not know: GPU, models, windows.
//!
//! * [`raster`]: the crate `limn-raster` below this one: masks as row spans, COCO run lengths, boundary rings, polygon filling
//! * [`document`]: classes, pictures, objects; [`edit`]: transactions that can be inverted
//! * [`store`]: the project, one SQLite file with its journal
//! * [`media`]: still pictures as oriented 8-bit RGB
//! * [`formats`]: twelve annotation formats, out, in and verified; `docs` has a page for each
//! * [`check`](mod@check): what is wrong or doubtful in a document
//!
//! Coordinates are pixel edges in the EXIF-oriented picture, rows from top to bottom.

pub mod check;
pub mod document;
pub mod edit;
pub mod formats;
pub use limn_media as media;
pub mod store;

pub use check::{CheckOptions, Finding, FindingKind, check};
pub use document::{
    Attribute, AttributeKind, CLASS_COLORS, Class, ClassColors, ClassId, ClickRecord, Document, ImageId, ImageRecord,
    ImageState, Object, ObjectId, Rerun,
};
pub use edit::{Edit, EditError, Transaction};
pub use formats::{
    Choice, CocoSegmentation, ExportOptions, ExportReport, Fault, Format, FormatError, ImportOptions, ImportReport,
    MaskLayout, NoProgress, ObjectCheck, Progress, Tolerance, VerifyReport, export, import, mask_png, recognise,
    verify,
};
pub use limn_raster as raster;
pub use limn_raster::{Connectivity, Mask, Outline, OutlineError, OutlineOptions, PixelRect, Ring, Span};
pub use store::{HistoryEntry, Project, Scan, ScanChange, Scanned, StoreError};
