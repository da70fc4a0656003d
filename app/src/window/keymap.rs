//! Every action of the window, once: what it is called, its standard keys, the command it gives. The help page, the
//! palette and the page of keys in the settings are made of this table; `keys` says which keys are in force.

use egui::{Key, Modifiers};
use limn_datasets::ImageState;

use super::command::{Combine, Command, ObjectFlag};
use super::dialog::Dialog;
use super::draft::edit::MaskEdit;
use super::keys;
use super::lang::{self, Text};
use super::tool::Tool;

/// Headings of the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Clicks and the object at hand.
    Outline,
    /// Drawing by hand.
    Tools,
    /// Going from picture to picture.
    Pictures,
    /// Finished objects and classes.
    Objects,
    /// Zoom and display.
    View,
    /// Files and the program.
    Program,
}

impl Group {
    /// All, in the order of the help page.
    pub const ALL: [Self; 6] = [Self::Outline, Self::Tools, Self::Pictures, Self::Objects, Self::View, Self::Program];

    /// Heading.
    pub fn title(self) -> Text {
        match self {
            Self::Outline => lang::GROUP_OUTLINE,
            Self::Tools => lang::GROUP_TOOLS,
            Self::Pictures => lang::GROUP_PICTURES,
            Self::Objects => lang::GROUP_OBJECTS,
            Self::View => lang::GROUP_VIEW,
            Self::Program => lang::GROUP_PROGRAM,
        }
    }
}

/// Something that can be done without a pointer.
pub struct Action {
    /// Name in the settings file; never changes.
    pub id: &'static str,
    /// Heading under which help shows it.
    pub group: Group,
    /// What it does.
    pub text: Text,
    /// Its keys while the person has chosen no others.
    pub standard: &'static [(Modifiers, Key)],
    /// The command it gives; none where it acts as long as its key is held.
    pub command: Option<fn() -> Command>,
}

impl Action {
    /// The command it gives, if it gives one.
    pub fn gives(&self) -> Option<Command> {
        self.command.map(|command| command())
    }
}

const NONE: Modifiers = Modifiers::NONE;
const ALT: Modifiers = Modifiers::ALT;
const ALT_SHIFT: Modifiers = Modifiers::ALT.plus(Modifiers::SHIFT);
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

use Group::{Objects, Outline, Pictures, Program, Tools, View};

fn cursor(by: [i32; 2], fine: bool) -> Command {
    Command::MoveCursor { by, fine }
}

const fn act(
    id: &'static str,
    group: Group,
    text: Text,
    standard: &'static [(Modifiers, Key)],
    command: fn() -> Command,
) -> Action {
    Action { id, group, text, standard, command: Some(command) }
}

/// What acts while its key is held.
const fn held(id: &'static str, group: Group, text: Text, standard: &'static [(Modifiers, Key)]) -> Action {
    Action { id, group, text, standard, command: None }
}

/// The key held to look at the bare picture.
pub const PEEK: &str = "peek";

/// The keys held to see only the old or only the new mask while one is judged.
pub const OLD: &str = "old-only";
/// See [`OLD`].
pub const NEW: &str = "new-only";

/// The key held to see the mask as the network without learning would have it.
pub const FROZEN: &str = "frozen";

/// The actions, in the order of the help page. Those without keys are found in the palette.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    act("accept", Outline, lang::ACT_ACCEPT, &[(NONE, Key::Enter), (NONE, Key::Space)], || Command::Accept { then_next: false }),
    act("accept-next", Outline, lang::ACT_ACCEPT_NEXT, &[(SHIFT, Key::Enter)], || Command::Accept { then_next: true }),
    act("keep-both", Outline, lang::ACT_KEEP_BOTH, &[(CTRL, Key::Enter)], || Command::KeepBoth),
    act("drop", Outline, lang::ACT_DROP, &[(NONE, Key::Escape)], || Command::Escape),
    act("take-back", Outline, lang::ACT_TAKE_BACK, &[(NONE, Key::Backspace)], || Command::TakeBack),
    act("undo", Outline, lang::ACT_UNDO, &[(CTRL, Key::Z)], || Command::Undo),
    act("redo", Outline, lang::ACT_REDO, &[(CTRL, Key::Y), (CTRL_SHIFT, Key::Z)], || Command::Redo),

    act("cursor-left", Outline, lang::ACT_CURSOR_LEFT, &[(ALT, Key::ArrowLeft)], || cursor([-1, 0], false)),
    act("cursor-right", Outline, lang::ACT_CURSOR_RIGHT, &[(ALT, Key::ArrowRight)], || cursor([1, 0], false)),
    act("cursor-up", Outline, lang::ACT_CURSOR_UP, &[(ALT, Key::ArrowUp)], || cursor([0, -1], false)),
    act("cursor-down", Outline, lang::ACT_CURSOR_DOWN, &[(ALT, Key::ArrowDown)], || cursor([0, 1], false)),
    act("cursor-left-fine", Outline, lang::ACT_CURSOR_LEFT_FINE, &[(ALT_SHIFT, Key::ArrowLeft)], || cursor([-1, 0], true)),
    act("cursor-right-fine", Outline, lang::ACT_CURSOR_RIGHT_FINE, &[(ALT_SHIFT, Key::ArrowRight)], || cursor([1, 0], true)),
    act("cursor-up-fine", Outline, lang::ACT_CURSOR_UP_FINE, &[(ALT_SHIFT, Key::ArrowUp)], || cursor([0, -1], true)),
    act("cursor-down-fine", Outline, lang::ACT_CURSOR_DOWN_FINE, &[(ALT_SHIFT, Key::ArrowDown)], || cursor([0, 1], true)),
    act("click-here", Outline, lang::ACT_CLICK_HERE, &[(NONE, Key::M)], || Command::ClickAtCursor { positive: true }),
    act("click-not-here", Outline, lang::ACT_CLICK_NOT_HERE, &[(SHIFT, Key::M)], || Command::ClickAtCursor { positive: false }),

    act("tool-click", Tools, lang::TOOL_CLICK, &[(NONE, Key::A)], || Command::SetTool(Tool::Click)),
    act("tool-brush", Tools, lang::TOOL_BRUSH, &[(NONE, Key::B)], || Command::SetTool(Tool::Brush)),
    act("tool-eraser", Tools, lang::TOOL_ERASER, &[(NONE, Key::X)], || Command::SetTool(Tool::Eraser)),
    act("tool-polygon", Tools, lang::TOOL_POLYGON, &[(NONE, Key::G)], || Command::SetTool(Tool::Polygon)),
    act("tool-lasso", Tools, lang::TOOL_LASSO, &[(NONE, Key::L)], || Command::SetTool(Tool::Lasso)),
    act("tool-wand", Tools, lang::TOOL_WAND, &[(NONE, Key::W)], || Command::SetTool(Tool::Wand)),
    act("tool-cut", Tools, lang::TOOL_CUT, &[(NONE, Key::T)], || Command::SetTool(Tool::Cut)),
    act("tool-parts", Tools, lang::TOOL_PARTS, &[(NONE, Key::I)], || Command::SetTool(Tool::Parts)),
    act("tool-corners", Tools, lang::TOOL_CORNERS, &[(NONE, Key::O)], || Command::SetTool(Tool::Corners)),
    act("brush-larger", Tools, lang::ACT_LARGER_BRUSH, &[(NONE, Key::Period)], || Command::ResizeBrush(1.0)),
    act("brush-smaller", Tools, lang::ACT_SMALLER_BRUSH, &[(NONE, Key::Comma)], || Command::ResizeBrush(-1.0)),
    act("clean", Tools, lang::ACT_CLEAN, &[(NONE, Key::S)], || Command::Edit(MaskEdit::Clean)),
    act("fill-holes", Tools, lang::CLEAN_FILL_HOLES, &[(SHIFT, Key::H)], || Command::Edit(MaskEdit::FillHoles)),
    act("largest-part", Tools, lang::CLEAN_LARGEST, &[(SHIFT, Key::L)], || Command::Edit(MaskEdit::LargestPart)),
    act("smooth", Tools, lang::ACT_SMOOTH, &[(SHIFT, Key::S)], || Command::Edit(MaskEdit::Smooth(2.0))),
    act("grow", Tools, lang::ACT_GROW, &[(SHIFT, Key::G)], || Command::Edit(MaskEdit::Grow(1.0))),
    act("shrink", Tools, lang::ACT_SHRINK, &[(SHIFT, Key::K)], || Command::Edit(MaskEdit::Shrink(1.0))),

    act("next", Pictures, lang::ACT_NEXT, &[(NONE, Key::PageDown), (NONE, Key::ArrowRight), (NONE, Key::N)], || Command::Step(1)),
    act("previous", Pictures, lang::ACT_PREVIOUS, &[(NONE, Key::PageUp), (NONE, Key::ArrowLeft), (NONE, Key::P)], || Command::Step(-1)),
    act("next-draft", Pictures, lang::ACT_NEXT_DRAFT, &[(ALT, Key::N)], || Command::NextDraft),
    act("next-open", Pictures, lang::ACT_NEXT_OPEN, &[(SHIFT, Key::N)], || Command::NextOpen),
    act("done", Pictures, lang::ACT_TOGGLE_DONE, &[(NONE, Key::D)], || Command::ToggleDone),
    act("checked", Pictures, lang::ACT_CHECKED, &[(SHIFT, Key::D)], || Command::ToggleState(ImageState::Checked)),
    act("rejected", Pictures, lang::ACT_REJECTED, &[(ALT, Key::D)], || Command::ToggleState(ImageState::Rejected)),
    act("remark", Pictures, lang::ACT_REMARK, &[(CTRL, Key::R)], || Command::FocusRemark),
    act("tags", Pictures, lang::ACT_TAGS, &[(CTRL, Key::T)], || Command::FocusTags),
    act("copy-to-next", Pictures, lang::ACT_COPY_TO_NEXT, &[(CTRL_SHIFT, Key::D)], || Command::CopyToNext),
    act("thumbnails", Pictures, lang::ACT_THUMBNAILS, &[(NONE, Key::F2)], || Command::ToggleGrid),
    act("clear-filter", Pictures, lang::ACT_CLEAR_FILTER, &[], || Command::ClearFilter),
    act("search", Pictures, lang::ACT_SEARCH, &[(CTRL, Key::F)], || Command::FocusSearch),
    act("rescan", Pictures, lang::ACT_RESCAN, &[], || Command::Rescan),

    act("select-previous", Objects, lang::ACT_SELECT_PREVIOUS, &[(NONE, Key::K)], || Command::SelectStep(-1)),
    act("select-next", Objects, lang::ACT_SELECT_NEXT, &[(NONE, Key::J)], || Command::SelectStep(1)),
    act("next-match", Objects, lang::ACT_NEXT_MATCH, &[(NONE, Key::F4)], || Command::NextMatch(1)),
    act("previous-match", Objects, lang::ACT_PREVIOUS_MATCH, &[(SHIFT, Key::F4)], || Command::NextMatch(-1)),
    act("reopen", Objects, lang::ACT_REOPEN, &[(NONE, Key::E)], || Command::ReopenSelected),
    act("delete", Objects, lang::ACT_DELETE, &[(NONE, Key::Delete)], || Command::Delete),
    act("hide", Objects, lang::ACT_HIDE, &[(NONE, Key::V)], || Command::ToggleSelectedHidden),
    act("raise", Objects, lang::ACT_RAISE, &[(NONE, Key::CloseBracket)], || Command::RaiseSelected(1)),
    act("lower", Objects, lang::ACT_LOWER, &[(NONE, Key::OpenBracket)], || Command::RaiseSelected(-1)),
    act("select-all", Objects, lang::ACT_SELECT_ALL, &[(CTRL, Key::A)], || Command::SelectAll),
    act("group", Objects, lang::ACT_GROUP, &[(CTRL, Key::G)], || Command::GroupSelected),
    act("ungroup", Objects, lang::ACT_UNGROUP, &[(CTRL_SHIFT, Key::G)], || Command::SetGroup(None)),
    act("union", Objects, lang::ACT_UNION, &[(CTRL, Key::U)], || Command::CombineSelected(Combine::Union)),
    act("subtract", Objects, lang::ACT_SUBTRACT, &[], || Command::CombineSelected(Combine::Subtract)),
    act("intersect", Objects, lang::ACT_INTERSECT, &[], || Command::CombineSelected(Combine::Intersect)),
    act("exclude", Objects, lang::ACT_EXCLUDE, &[], || Command::CombineSelected(Combine::Exclude)),
    act("copy", Objects, lang::ACT_COPY, &[], || Command::CopyObjects { cut: false }),
    act("cut-out", Objects, lang::ACT_CUT, &[], || Command::CopyObjects { cut: true }),
    act("paste", Objects, lang::ACT_PASTE, &[], || Command::PasteObjects { text: None, at_pointer: false }),
    act("templates", Objects, lang::TEMPLATES_TITLE, &[(NONE, Key::F9)], || Command::OpenDialog(Dialog::Templates)),
    act("move-left", Objects, lang::ACT_MOVE_LEFT, &[(CTRL, Key::ArrowLeft)], || Command::MoveSelected([-1, 0])),
    act("move-right", Objects, lang::ACT_MOVE_RIGHT, &[(CTRL, Key::ArrowRight)], || Command::MoveSelected([1, 0])),
    act("move-up", Objects, lang::ACT_MOVE_UP, &[(CTRL, Key::ArrowUp)], || Command::MoveSelected([0, -1])),
    act("move-down", Objects, lang::ACT_MOVE_DOWN, &[(CTRL, Key::ArrowDown)], || Command::MoveSelected([0, 1])),
    act("difficult", Objects, lang::ACT_DIFFICULT, &[], || Command::ToggleFlag(ObjectFlag::Difficult)),
    act("crowd", Objects, lang::ACT_CROWD, &[], || Command::ToggleFlag(ObjectFlag::Crowd)),
    act("truncated", Objects, lang::ACT_TRUNCATED, &[], || Command::ToggleFlag(ObjectFlag::Truncated)),
    act("classes", Objects, lang::CLASSES_TITLE, &[(NONE, Key::F8)], || Command::OpenDialog(Dialog::Classes)),
    act("pick-class", Objects, lang::PICK_CLASS, &[(NONE, Key::Slash)], || Command::PickClass),
    act("new-class", Objects, lang::ACT_NEW_CLASS, &[(NONE, Key::C)], || Command::FocusNewClass),
    act("class-1", Objects, lang::ACT_CLASS_1, &[(NONE, Key::Num1)], || Command::ClassDigit(1)),
    act("class-2", Objects, lang::ACT_CLASS_2, &[(NONE, Key::Num2)], || Command::ClassDigit(2)),
    act("class-3", Objects, lang::ACT_CLASS_3, &[(NONE, Key::Num3)], || Command::ClassDigit(3)),
    act("class-4", Objects, lang::ACT_CLASS_4, &[(NONE, Key::Num4)], || Command::ClassDigit(4)),
    act("class-5", Objects, lang::ACT_CLASS_5, &[(NONE, Key::Num5)], || Command::ClassDigit(5)),
    act("class-6", Objects, lang::ACT_CLASS_6, &[(NONE, Key::Num6)], || Command::ClassDigit(6)),
    act("class-7", Objects, lang::ACT_CLASS_7, &[(NONE, Key::Num7)], || Command::ClassDigit(7)),
    act("class-8", Objects, lang::ACT_CLASS_8, &[(NONE, Key::Num8)], || Command::ClassDigit(8)),
    act("class-9", Objects, lang::ACT_CLASS_9, &[(NONE, Key::Num9)], || Command::ClassDigit(9)),

    act("fit", View, lang::ACT_FIT, &[(NONE, Key::F)], || Command::Fit),
    act("actual-size", View, lang::ACT_ACTUAL_SIZE, &[(NONE, Key::Num0)], || Command::ActualSize),
    act("larger", View, lang::ACT_LARGER, &[(NONE, Key::Plus), (NONE, Key::Equals)], || Command::ZoomStep(1)),
    act("smaller", View, lang::ACT_SMALLER, &[(NONE, Key::Minus)], || Command::ZoomStep(-1)),
    act("masks", View, lang::ACT_TOGGLE_MASKS, &[(NONE, Key::H)], || Command::ToggleMasks),
    act("colors", View, lang::ACT_COLORS, &[(SHIFT, Key::C)], || Command::ToggleColors),
    act("names", View, lang::ACT_NAMES, &[(SHIFT, Key::V)], || Command::ToggleNames),
    held(OLD, View, lang::ACT_OLD_ONLY, &[(NONE, Key::Z)]),
    held(NEW, View, lang::ACT_NEW_ONLY, &[(NONE, Key::Semicolon)]),
    held(PEEK, View, lang::ACT_PEEK, &[(NONE, Key::R)]),
    held(FROZEN, View, lang::ACT_FROZEN, &[(NONE, Key::Q)]),

    act("palette", Program, lang::ACT_PALETTE, &[(CTRL, Key::K)], || Command::OpenPalette),
    act("open-folder", Program, lang::ACT_OPEN_FOLDER, &[(CTRL, Key::O)], || Command::AskOpenFolder),
    act("open-picture", Program, lang::ACT_OPEN_PICTURE, &[(CTRL_SHIFT, Key::O)], || Command::AskOpenPicture),
    act("open-project", Program, lang::ACT_OPEN_PROJECT, &[(CTRL, Key::P)], || Command::AskOpenProject),
    act("save", Program, lang::ACT_SAVE, &[(CTRL, Key::S)], || Command::Save),
    act("report", Program, lang::ACT_REPORT, &[], || Command::ToggleReport),
    act("export", Program, lang::ACT_EXPORT, &[(CTRL, Key::E)], || Command::OpenExport),
    act("import", Program, lang::ACT_IMPORT, &[(CTRL, Key::I)], || Command::OpenImport),
    act("statistics", Program, lang::ACT_STATISTICS, &[(NONE, Key::F3)], || Command::OpenDialog(Dialog::Statistics)),
    act("batch", Program, lang::ACT_BATCH, &[(CTRL, Key::B)], || Command::OpenDialog(Dialog::Batch)),
    act("proposal-take", Objects, lang::ACT_PROPOSAL_TAKE, &[(NONE, Key::Y)], || Command::DecideProposal(true)),
    act("proposal-keep", Objects, lang::ACT_PROPOSAL_KEEP, &[(NONE, Key::U)], || Command::DecideProposal(false)),
    act("proposal-next", Objects, lang::ACT_PROPOSAL_NEXT, &[(SHIFT, Key::Y)], || Command::NextProposal),
    act("judging", Program, lang::JUDGING, &[(SHIFT, Key::B)], || Command::ToggleJudging),
    act("learning", Program, lang::ACT_LEARNING, &[(NONE, Key::F7)], || Command::ToggleLearning),
    act("problems", Program, lang::ACT_PROBLEMS, &[(NONE, Key::F5)], || Command::ToggleProblems),
    act("check", Program, lang::ACT_CHECK, &[(CTRL, Key::F5)], || Command::Check),
    act("next-problem", Program, lang::ACT_NEXT_PROBLEM, &[(SHIFT, Key::F5)], || Command::NextFinding(1)),
    act("previous-problem", Program, lang::ACT_PREVIOUS_PROBLEM, &[], || Command::NextFinding(-1)),
    act("history", Program, lang::ACT_HISTORY, &[(NONE, Key::F6)], || Command::ToggleHistory),
    act("keys", Program, lang::KEYS_TITLE, &[], || Command::OpenDialog(Dialog::Keys)),
    act("settings", Program, lang::ACT_SETTINGS, &[(CTRL, Key::Comma)], || Command::OpenSettings),
    act("language", Program, lang::ACT_LANGUAGE, &[], || Command::SwitchLanguage),
    act("theme", Program, lang::ACT_THEME, &[], || Command::SwitchTheme),
    act("engine", Program, lang::ACT_RESTART_ENGINE, &[], || Command::RestartEngine),
    act("help", Program, lang::ACT_HELP, &[(NONE, Key::F1)], || Command::ToggleHelp),
];

/// What the mouse does; for the help page only.
pub const MOUSE: &[(Group, Text, Text)] = &[
    (Outline, lang::MOUSE_LEFT, lang::MOUSE_BELONGS),
    (Outline, lang::MOUSE_RIGHT, lang::MOUSE_NOT),
    (Outline, lang::MOUSE_CTRL_DRAG, lang::MOUSE_BOX),
    (Tools, lang::MOUSE_SHIFT_WHEEL, lang::MOUSE_BRUSH_SIZE),
    (Tools, lang::MOUSE_CONTRARY_KEYS, lang::MOUSE_CONTRARY),
    (Tools, lang::MOUSE_ALT, lang::MOUSE_NO_SNAP),
    (Objects, lang::MOUSE_CTRL_CLICK, lang::MOUSE_SELECT),
    (Objects, lang::MOUSE_LIST_CLICK, lang::MOUSE_SELECT_MORE),
    (Objects, lang::MOUSE_CLIPBOARD, lang::MOUSE_COPY_PASTE),
    (Objects, lang::MOUSE_PASTE_HERE, lang::MOUSE_AT_POINTER),
    (View, lang::MOUSE_WHEEL, lang::MOUSE_ZOOM),
    (View, lang::MOUSE_MIDDLE, lang::MOUSE_PAN),
];

/// The command of a key that was pressed. A chord with more modifiers goes before one with fewer.
pub fn command_of(key: Key, modifiers: Modifiers) -> Option<Command> {
    let keys = keys::now();
    let mut chords = keys.chords();
    let pressed =
        |chord: &egui::KeyboardShortcut| chord.logical_key == key && modifiers.matches_logically(chord.modifiers);
    chords.find(|(chord, action)| pressed(chord) && action.command.is_some()).and_then(|(_, action)| action.gives())
}

/// The command of the bare space bar.
pub fn of_space() -> Option<Command> {
    let space = keys::chord(NONE, Key::Space);
    keys::now().owner(&space).and_then(Action::gives)
}

/// A key of the action is held and no text field has the keyboard.
pub fn is_held(ctx: &egui::Context, id: &str) -> bool {
    let keys = keys::now();
    let mut chords = keys.chords().filter(|(_, action)| action.id == id).map(|(chord, _)| *chord);
    let down = |input: &egui::InputState, chord: egui::KeyboardShortcut| {
        input.key_down(chord.logical_key) && input.modifiers.matches_logically(chord.modifiers)
    };
    !ctx.text_edit_focused() && ctx.input(|input| chords.any(|chord| down(input, chord)))
}

/// The keys that choose the class of a digit.
pub fn keys_of_digit(digit: u8) -> String {
    keys_of(&Command::ClassDigit(digit))
}

/// The keys of a command as text, "Ctrl+Y, Ctrl+Shift+Z"; empty where it has none.
pub fn keys_of(command: &Command) -> String {
    let keys = keys::now();
    let texts: Vec<_> =
        ACTIONS.iter().filter(|a| a.gives().as_ref() == Some(command)).map(|a| keys.text_of(a)).collect();
    texts.join(", ")
}

/// The tooltip of a button: its label and the keys of its command.
pub fn hint(label: &str, command: &Command) -> String {
    let keys = keys_of(command);
    if keys.is_empty() { label.to_owned() } else { format!("{label}  ({keys})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_and_no_key_is_given_twice() {
        let chords: Vec<_> =
            ACTIONS.iter().flat_map(|a| a.standard.iter().map(move |(m, k)| (keys::chord(*m, *k), a.id))).collect();
        for (i, (a, id)) in chords.iter().enumerate() {
            for (b, other) in &chords[i + 1..] {
                assert!(a != b, "{} is the key of {id} and of {other}", keys::text(a));
            }
        }
        for (i, a) in ACTIONS.iter().enumerate() {
            assert!(ACTIONS[i + 1..].iter().all(|b| b.id != a.id), "{} is there twice", a.id);
        }
    }

    #[test]
    fn hints_name_the_keys() {
        assert_eq!(
            hint("Undo", &Command::Undo),
            if cfg!(target_os = "macos") { "Undo  (Cmd+Z)" } else { "Undo  (Ctrl+Z)" }
        );
        assert_eq!(hint("Nothing", &Command::CloseDialog), "Nothing");
    }
}
