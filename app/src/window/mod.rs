//! The window: open a folder, click, accept, export.
//!
//! It stands in floors; a module knows its own and those below, and a test holds that. From the bottom:
//!
//! * `lang`: every text, in each language; `theme`, `fonts`, `icons`, `brand`: looks; `settings` (`preferences`: those in force),
//!   `adjustments`, `keep`: what is remembered for a person; `tool`, `dialog`, `focus`, `report`, `remedy`, `values`: names and plain data;
//!   `stamp`, `class_list`: objects and classes as text; `place`: which opening of a project something belongs to; `ending`: when the
//!   system asks the program to end
//! * `picture`, `thumbs` (`pictures`: both): threads that read pictures; `tiles`, `readers`: the part of one that is seen; `view`, `cursor`:
//!   where it lies and what is pointed at; `shown`: the picture in sight
//! * `draft`: the object at hand
//! * `worker`: the inference thread (`engine`: as the window sees it); `jobs`, `watch`, `picker`: threads that export and import, watch the
//!   folder, ask for files
//! * `command`, `keymap`, `keys`, `heard`: what a person can ask for, with which keys, in which order
//! * `app`: the state, made of parts (`host`, `opened`, `drawing`, `selection`, `clipboard`, `last_run`, `revision`, `toasts` and those
//!   above); `facts`: what can be asked of it; `apply`: the one place that changes it
//! * widgets, which read the state and return commands: `canvas`: picture, masks, clicks; `panels`: lists around it; `dialogs`: what opens
//!   above it
//! * `frame`: what happens in each frame

mod adjustments;
pub mod app;
mod apply;
mod brand;
pub mod canvas;
mod class_list;
mod clipboard;
pub mod command;
mod cursor;
pub mod dialog;
mod dialogs;
mod draft;
mod drawing;
mod ending;
mod engine;
mod facts;
mod focus;
mod fonts;
mod frame;
mod heard;
mod host;
mod icons;
pub mod jobs;
mod keep;
pub mod keymap;
pub mod keys;
pub mod lang;
mod last_run;
mod opened;
mod panels;
pub mod picker;
mod picture;
mod pictures;
mod place;
mod preferences;
mod readers;
mod remedy;
mod report;
mod rescan;
mod revision;
mod selection;
pub mod settings;
mod shown;
mod stamp;
mod theme;
mod thumbs;
mod tiles;
mod toasts;
pub mod tool;
mod values;
mod view;
mod watch;
mod worker;
mod written;

use std::path::PathBuf;

pub use app::{LimnApp, Pieces};

/// What the command line says to the window. `None` leaves it to the settings of the person.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// What runs the network.
    pub backend: Option<limn_inference::BackendChoice>,
    /// Name of a model, or the path of its card.
    pub model: Option<String>,
}

/// Why the window did not open.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The desktop or the graphics driver refused.
    #[error("the window cannot open: {0} (is there a display? `limn segment` and `limn export` work without one)")]
    Open(String),
}

/// Opens the window, on a picture, a folder or a project if one is given, and returns when it is closed.
///
/// # Errors
/// When no window can be opened.
pub fn run(path: Option<PathBuf>, options: WindowOptions) -> Result<(), WindowError> {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Limn")
            .with_app_id("limn")
            .with_inner_size([1360.0, 860.0])
            .with_min_inner_size([820.0, 520.0])
            .with_icon(brand::icon())
            .with_drag_and_drop(true),
        ..Default::default()
    };
    let create = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        let mut app = LimnApp::new(&cc.egui_ctx, Pieces::native(&options))?;
        let software = |state: &eframe::egui_wgpu::RenderState| {
            state.adapter.get_info().device_type == eframe::wgpu::DeviceType::Cpu
        };
        if cc.wgpu_render_state.as_ref().is_some_and(software) {
            theme::without_motion(&cc.egui_ctx);
        }
        if let Err(error) = ending::listen(&cc.egui_ctx) {
            tracing::warn!("a request to end will not be heard: {error}");
        }
        if let Some(path) = path {
            app.apply(command::Command::Open(path));
        }
        Ok(Box::new(app))
    };
    eframe::run_native("limn", native, Box::new(create)).map_err(|error| WindowError::Open(error.to_string()))
}
