//! Fields to which the keyboard can go.

/// Where the keyboard is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Search field of the pictures.
    Search,
    /// Field for a new class.
    NewClass,
    /// The remark of the picture.
    Remark,
    /// The tags of the picture.
    Tags,
}
