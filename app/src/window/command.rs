//! Everything a person can ask of the window. Panels and tools only make commands; [`super::app::LimnApp::apply`] alone
//! changes anything.

use std::path::PathBuf;

use limn_datasets::{Class, ClassId, ImageId, ImageState, ObjectId};
use limn_models::MaskOptions;

use super::adjustments::Adjustments;
use super::dialog::Dialog;
use super::draft::edit::MaskEdit;
use super::jobs::{ExportRequest, ImportRequest};
use super::picker::Ask;
use super::settings::Settings;
use super::tool::{Tool, ToolOptions};
use super::worker::Order;

/// A property of an object that is there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFlag {
    /// VOC's `difficult`.
    Difficult,
    /// COCO's `iscrowd`.
    Crowd,
    /// VOC's `truncated`.
    Truncated,
}

/// How one mask is made of several. The first selected object gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// All pixels.
    Union,
    /// Those of the first without those of the others, which stay.
    Subtract,
    /// Those that all have.
    Intersect,
    /// Those that an odd number of them has.
    Exclude,
}

/// One wish. Points and rectangles are in picture coordinates (pixel edges) unless the name says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    // Places
    /// Asks for a folder.
    AskOpenFolder,
    /// Asks for a picture.
    AskOpenPicture,
    /// Asks for a project.
    AskOpenProject,
    /// Asks for some other path.
    Ask(Ask),
    /// Opens a picture, folder or project.
    Open(PathBuf),
    /// Opens a project only to look at it.
    OpenReadOnly(PathBuf),
    /// Looks for pictures also where links lead out of the project's folder; the answer is kept for this project.
    LookOutside,
    /// Try again to write changes that could not be written.
    WriteAgain,
    /// Says that everything is saved.
    Save,
    /// Writes the last report to a file.
    SaveReport(PathBuf),
    /// Shows what came of the last import or export, or closes that.
    ToggleReport,
    /// Says where the file of a missing picture is now; others that are there too come along.
    Relink(ImageId, PathBuf),
    /// Takes a picture and its objects out of the project; the file stays.
    TakeOut(ImageId),
    /// Shows a picture of the project.
    Show(ImageId),
    /// Shows an object in its picture.
    ShowObject(ImageId, ObjectId),
    /// So many pictures on (or back).
    Step(i32),
    /// The next picture that is not done.
    NextOpen,
    /// Done, or open again.
    ToggleDone,
    /// Reads the folder again.
    Rescan,
    /// A file in the folder was changed.
    FileChanged(PathBuf),

    // Review
    /// The picture gets this state.
    SetState(ImageState),
    /// The picture gets this state, or is open again if it has it.
    ToggleState(ImageState),
    /// The picture gets this state even if a mask of it is not accepted.
    MarkState(ImageState),
    /// What the reviewer says of a picture.
    SetRemark(ImageId, String),
    /// The tags of a picture.
    SetTags(ImageId, Vec<String>),
    /// An attribute of a picture; `None` removes it.
    SetPictureAttribute(ImageId, String, Option<serde_json::Value>),
    /// Puts the keyboard into the field for the remark.
    FocusRemark,
    /// Puts the keyboard into the field for the tags.
    FocusTags,
    /// The next (or previous) object that the filter lets through.
    NextMatch(i32),
    /// Copies the selected objects, or all, to the next picture.
    CopyToNext,
    /// Small pictures in the place of the canvas, or back.
    ToggleGrid,
    /// Shows or hides the history.
    ToggleHistory,
    /// Goes to a place of the history.
    GoTo(usize),
    /// Shows or hides the list of problems.
    ToggleProblems,
    /// Looks for problems in the whole data set.
    Check,
    /// Shows a finding.
    GoToFinding(usize),
    /// Does about some findings what can be done with one press.
    Mend(Vec<usize>),
    /// The next (or previous) finding.
    NextFinding(i32),
    /// Lists all pictures.
    ClearFilter,

    // The object at hand
    /// A click.
    AddClick {
        /// Across.
        x: f32,
        /// Down.
        y: f32,
        /// Belongs to the object.
        positive: bool,
    },
    /// Moves the keyboard's pointer: by so many steps, or picture pixels when `fine`.
    MoveCursor {
        /// Across and down.
        by: [i32; 2],
        /// Pixel by pixel.
        fine: bool,
    },
    /// A click at the keyboard's pointer.
    ClickAtCursor {
        /// Belongs to the object.
        positive: bool,
    },
    /// A box around the object: x0, y0, x1, y1.
    SetBox([f32; 4]),
    /// Makes the mask an object of the document.
    Accept {
        /// And shows the next picture.
        then_next: bool,
    },
    /// A corner of a polygon, which begins with the first one.
    AddCorner {
        /// Across.
        x: f32,
        /// Down.
        y: f32,
        /// Joined, or cut out.
        adds: bool,
    },
    /// Closes the polygon.
    CloseRing,
    /// Drops the object at hand; undo brings it back.
    DropDraft,
    /// Closes the topmost thing; with nothing open drops the object at hand, else deselects.
    Escape,
    /// Takes the last corner or click back.
    TakeBack,
    /// Deletes the object at hand, else the selected objects.
    Delete,
    /// Accepts the object at hand as another one beside that which it covers.
    KeepBoth,
    /// Goes to the next picture with a mask that is not accepted.
    NextDraft,
    /// Threshold and clean-up of the mask.
    SetMaskOptions(MaskOptions),
    /// Parts of the network's mask below this share of it are left out.
    SetCrumbs(f32),
    /// One step back.
    Undo,
    /// One step forward.
    Redo,

    // Tools
    /// Takes up a tool.
    SetTool(Tool),
    /// Settings of the tools.
    SetToolOptions(ToolOptions),
    /// Brush and eraser larger (or smaller) by so many steps.
    ResizeBrush(f32),
    /// Changes the mask of the object at hand; without one, that of the selected object or of the one under the tool.
    Edit(MaskEdit),
    /// Cuts along a line: the object at hand keeps its larger side, a finished object becomes several.
    Cut(Vec<[f32; 2]>),
    /// Takes up the finished object under a point, or the selected one, if nothing is at hand.
    TakeUp([f32; 2]),
    /// Gathers the neighbours' borders that corners hold to.
    PrepareSnap,
    /// The pointer rests over this point of the picture, or is away.
    Hover(Option<[f32; 2]>),

    // Many objects
    /// Runs a model over the objects.
    Rerun(crate::rerun::Options),
    /// The next mask that waits for a decision.
    NextProposal,
    /// Takes the new mask of the selected object, or keeps the old one, and goes on.
    DecideProposal(bool),
    /// Takes all new masks that are at least so like the old ones (IoU).
    TakeAbove(f32),
    /// Shows or hides the list of masks that wait for a decision.
    ToggleJudging,

    // Learning
    /// Which parameters learn.
    SetLearning {
        /// Those of the data set.
        global: bool,
        /// Those of the object at hand.
        local: bool,
        /// Every class for itself.
        per_class: bool,
    },
    /// Asks something of the learning.
    Learn(Order),
    /// Shows the mask of the network without learning, while a key is held.
    CompareFrozen(bool),
    /// Shows or hides the learning panel.
    ToggleLearning,

    // Classes
    /// Chooses the class of the next object.
    ChooseClass(ClassId),
    /// A digit key: chooses the class, and gives it to the selected object.
    ClassDigit(u8),
    /// The list of classes at the pointer.
    PickClass,
    /// Chooses the class and gives it to the object at hand or the selected ones.
    GiveClass(ClassId),
    /// As [`Command::GiveClass`], of a new class.
    AddAndGiveClass(String),
    /// A new class.
    AddClass(String),
    /// Several new classes at once.
    AddClasses(Vec<String>),
    /// Another name.
    RenameClass(ClassId, String),
    /// Another colour.
    RecolorClass(ClassId, [u8; 3]),
    /// A class as it is to be: group, key, attributes.
    PutClass(Box<Class>),
    /// Deletes a class; its objects get the other class, or are deleted with it.
    DeleteClass {
        /// Which.
        id: ClassId,
        /// Where its objects go; required when there are any.
        reassign: Option<ClassId>,
    },

    // Classes over the data set
    /// Gives the objects of some classes to another one and removes them.
    MergeClasses {
        /// Those that go.
        from: Vec<ClassId>,
        /// The one that stays.
        into: ClassId,
    },
    /// Makes a new class of these objects.
    SplitClass {
        /// Which.
        objects: Vec<ObjectId>,
        /// Name of the new class.
        name: String,
    },
    /// Deletes a class with its objects.
    DeleteClassAndObjects(ClassId),
    /// Another name for a question of a class; the answers follow.
    RenameAttribute {
        /// Which class.
        class: ClassId,
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Adds the classes of a list.
    ImportClasses(PathBuf),
    /// Writes the classes as a list.
    ExportClasses(PathBuf),

    // Objects
    /// Selects an object, or none.
    Select(Option<ObjectId>),
    /// Selects the object so many further in the list and goes there.
    SelectStep(i32),
    /// Selects what lies under a point.
    SelectAt(f32, f32),
    /// Gives an object another class.
    SetObjectClass(ObjectId, ClassId),
    /// Deletes an object.
    DeleteObject(ObjectId),
    /// Deletes the selected object.
    DeleteSelected,
    /// Opens an object for more clicks.
    Reopen(ObjectId),
    /// Opens the selected object for more clicks.
    ReopenSelected,
    /// Hides or shows an object.
    SetHidden(ObjectId, bool),
    /// Hides or shows the selected object.
    ToggleSelectedHidden,
    /// Moves an object up (or down) in the stack.
    Raise(ObjectId, i32),
    /// Moves the selected object.
    RaiseSelected(i32),

    // Several objects
    /// Adds an object to the selection, or takes it out.
    SelectToggle(ObjectId),
    /// Selects everything between the first selected object and this one.
    SelectRange(ObjectId),
    /// Selects all objects of the picture.
    SelectAll,
    /// Gives the selected objects another class.
    SetClassOfSelected(ClassId),
    /// Sets a flag of the selected objects.
    SetFlag(ObjectFlag, bool),
    /// Sets or clears a flag of the selected objects.
    ToggleFlag(ObjectFlag),
    /// The group number of the selected objects.
    SetGroup(Option<i64>),
    /// A new group of the selected objects.
    GroupSelected,
    /// An attribute of the selected objects; `None` removes it.
    SetAttribute(String, Option<serde_json::Value>),
    /// What was typed is not a number.
    SayNoNumber(String),
    /// Puts the selected objects upon the clipboard.
    CopyObjects {
        /// And deletes them.
        cut: bool,
    },
    /// Puts objects into the picture.
    PasteObjects {
        /// What the clipboard holds; without it, those that were copied last.
        text: Option<String>,
        /// At the pointer instead of their old place.
        at_pointer: bool,
    },
    /// Moves the selected objects by picture pixels.
    MoveSelected([i32; 2]),
    /// Keeps the selected objects as a template of this name.
    SaveTemplate(String),
    /// Puts the objects of a template into the picture.
    InsertTemplate(String),
    /// Forgets a template.
    DeleteTemplate(String),
    /// One mask out of the selected objects.
    CombineSelected(Combine),

    // View
    /// Zooms about a point of the window.
    ZoomAt {
        /// Point of the window.
        at_in_ui: [f32; 2],
        /// Factor.
        factor: f32,
    },
    /// Zooms a step about the middle.
    ZoomStep(i32),
    /// Moves the picture, in points.
    Pan([f32; 2]),
    /// The whole picture.
    Fit,
    /// One to one.
    ActualSize,
    /// Shows or hides all masks.
    ToggleMasks,
    /// How pictures are shown: brightness, contrast, gamma.
    SetAdjustments(Adjustments),
    /// Shows or hides the names of objects upon the canvas.
    ToggleNames,
    /// The card of the first minute is not needed any more.
    Begun,
    /// Colours by object instead of by class, or back.
    ToggleColors,
    /// Opacity of the fill, 0 to 1.
    SetOpacity(f32),

    // Program
    /// Puts the keyboard into the search field.
    FocusSearch,
    /// Puts the keyboard into the field for a new class.
    FocusNewClass,
    /// The export dialog.
    OpenExport,
    /// The import dialog.
    OpenImport,
    /// The settings.
    OpenSettings,
    /// Some other dialog.
    OpenDialog(Dialog),
    /// The palette of all actions.
    OpenPalette,
    /// The next language.
    SwitchLanguage,
    /// Dark instead of light, or the other way round.
    SwitchTheme,
    /// The help page.
    ToggleHelp,
    /// Asks before a class is deleted.
    OpenDeleteClass(ClassId),
    /// Closes what is open.
    CloseDialog,
    /// Starts an export.
    Export(ExportRequest),
    /// Starts an import.
    Import(ImportRequest),
    /// Stops the export or import.
    CancelJob,
    /// Holds the running work, or lets it go on.
    PauseJob(bool),
    /// New settings.
    SetSettings(Box<Settings>),
    /// Starts the engine anew.
    RestartEngine,
}

impl Command {
    /// What is typed after it is for the field or dialog that it opens.
    pub fn takes_keyboard(&self) -> bool {
        matches!(
            self,
            Self::FocusSearch
                | Self::FocusNewClass
                | Self::FocusRemark
                | Self::FocusTags
                | Self::ToggleState(ImageState::Rejected)
                | Self::OpenPalette
                | Self::PickClass
                | Self::OpenExport
                | Self::OpenImport
                | Self::OpenSettings
                | Self::OpenDialog(_)
                | Self::ToggleHelp
        )
    }
}
