//! The tools and what is set for them.

use egui::Key;
use limn_datasets::OutlineOptions;
use serde::{Deserialize, Serialize};

use crate::window::icons::Icon;
use crate::window::lang::{self, Text};

/// What the pointer does on the canvas. All tools but the first change the mask without the network, which then goes on
/// from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Clicks for the network.
    #[default]
    Click,
    /// Paints.
    Brush,
    /// Takes away.
    Eraser,
    /// A polygon, corner by corner.
    Polygon,
    /// A free shape.
    Lasso,
    /// The connected pixels of about one colour.
    Wand,
    /// A line that cuts.
    Cut,
    /// Parts and holes.
    Parts,
    /// Drags the corners of the outline.
    Corners,
}

impl Tool {
    /// All, in the order of the bar.
    pub const ALL: [Self; 9] = [
        Self::Click,
        Self::Brush,
        Self::Eraser,
        Self::Polygon,
        Self::Lasso,
        Self::Wand,
        Self::Cut,
        Self::Parts,
        Self::Corners,
    ];

    /// Name.
    pub fn label(self) -> Text {
        match self {
            Self::Click => lang::TOOL_CLICK,
            Self::Brush => lang::TOOL_BRUSH,
            Self::Eraser => lang::TOOL_ERASER,
            Self::Polygon => lang::TOOL_POLYGON,
            Self::Lasso => lang::TOOL_LASSO,
            Self::Wand => lang::TOOL_WAND,
            Self::Cut => lang::TOOL_CUT,
            Self::Parts => lang::TOOL_PARTS,
            Self::Corners => lang::TOOL_CORNERS,
        }
    }

    /// One line for the foot of the canvas.
    pub fn help(self) -> Text {
        match self {
            Self::Click => lang::HELP_CLICK,
            Self::Brush => lang::HELP_BRUSH,
            Self::Eraser => lang::HELP_ERASER,
            Self::Polygon => lang::HELP_POLYGON,
            Self::Lasso => lang::HELP_LASSO,
            Self::Wand => lang::HELP_WAND,
            Self::Cut => lang::HELP_CUT,
            Self::Parts => lang::HELP_PARTS,
            Self::Corners => lang::HELP_CORNERS,
        }
    }

    /// Its picture on the bar.
    pub fn icon(self) -> Icon {
        match self {
            Self::Click => Icon::Target,
            Self::Brush => Icon::Brush,
            Self::Eraser => Icon::Eraser,
            Self::Polygon => Icon::Polygon,
            Self::Lasso => Icon::Lasso,
            Self::Wand => Icon::Wand,
            Self::Cut => Icon::Scissors,
            Self::Parts => Icon::Parts,
            Self::Corners => Icon::Corners,
        }
    }

    /// The key that takes it up.
    pub const fn key(self) -> Key {
        match self {
            Self::Click => Key::A,
            Self::Brush => Key::B,
            Self::Eraser => Key::X,
            Self::Polygon => Key::G,
            Self::Lasso => Key::L,
            Self::Wand => Key::W,
            Self::Cut => Key::T,
            Self::Parts => Key::I,
            Self::Corners => Key::O,
        }
    }
}

/// What happens where the object at hand meets its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Neighbours {
    /// Objects may overlap.
    #[default]
    Overlap,
    /// Pixels of other objects are not taken.
    Respect,
    /// The pixels are taken from the other objects when the object is accepted.
    Take,
}

impl Neighbours {
    /// All, in the order of the list.
    pub const ALL: [Self; 3] = [Self::Overlap, Self::Respect, Self::Take];

    /// Name.
    pub fn label(self) -> Text {
        match self {
            Self::Overlap => lang::MAY_OVERLAP,
            Self::Respect => lang::KEEP_OFF,
            Self::Take => lang::TAKE_FROM,
        }
    }
}

/// What is set for the tools; kept with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolOptions {
    /// Radius of brush and eraser in picture pixels.
    pub brush: f32,
    /// Largest difference of a colour channel for the wand.
    pub wand: u8,
    /// Pixels of grow, shrink and smooth.
    pub step: f32,
    /// Largest distance of the corners' outline from the mask, in pixels.
    pub tolerance: f64,
    /// Right angles for the corners' outline.
    pub orthogonal: bool,
    /// Where the object meets its neighbours.
    pub neighbours: Neighbours,
    /// Shows what a click would do while the pointer rests.
    pub preview: bool,
}

impl Default for ToolOptions {
    fn default() -> Self {
        Self {
            brush: 8.0,
            wand: 24,
            step: 2.0,
            tolerance: 1.0,
            orthogonal: false,
            neighbours: Neighbours::Overlap,
            preview: true,
        }
    }
}

/// Smallest and largest radius of the brush.
pub const BRUSH: std::ops::RangeInclusive<f32> = 0.5..=500.0;

impl ToolOptions {
    /// How the corners' outline is derived.
    pub fn outline(&self) -> OutlineOptions {
        OutlineOptions { tolerance: self.tolerance, orthogonal: self.orthogonal }
    }

    /// A brush larger (or smaller) by some steps of a sixth.
    pub fn brush_by(&self, steps: f32) -> f32 {
        (self.brush * 1.18_f32.powf(steps)).clamp(*BRUSH.start(), *BRUSH.end())
    }
}
