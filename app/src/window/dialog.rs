//! Which dialogs there are.

use limn_datasets::{ClassId, ImageState};

/// The dialog that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Export.
    Export,
    /// Import.
    Import,
    /// A model over many objects.
    Batch,
    /// Settings.
    Settings,
    /// Keys.
    Help,
    /// All actions, to be found by typing.
    Palette,
    /// A class by its name, at the pointer.
    PickClass,
    /// Choosing other keys.
    Keys,
    /// All classes of the data set.
    Classes,
    /// Figures of the data set.
    Statistics,
    /// Objects kept under a name.
    Templates,
    /// Another window has the project.
    Locked,
    /// An export would replace files that this project did not write.
    Replace,
    /// What was opened is a data set of a known format.
    DataSet,
    /// A picture is to be done while a mask of it is not accepted.
    OpenMask(ImageState),
    /// What happens to the objects of a class that is deleted.
    DeleteClass(ClassId),
}
