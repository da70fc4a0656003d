//! `limn bench --ui`: the window's own work per frame, without a screen, on a project as large as they come.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use limn_datasets::{Class, ClassId, Edit, ImageId, ImageRecord, Mask, Object, ObjectId, Project, Transaction};
use serde::Serialize;

use crate::cli::args::{BenchArgs, Common};
use crate::cli::output;
use crate::cli::output::say;
use crate::window::command::Command;
use crate::window::{LimnApp, Pieces, WindowOptions};

/// Pictures in the project.
const PICTURES: i64 = 100_000;
/// Objects on its first picture.
const OBJECTS: i64 = 10_000;
/// Size of that picture.
const SIZE: [u32; 2] = [4000, 3000];
/// Size of the window in points.
const WINDOW: [f32; 2] = [1600.0, 1000.0];
/// Frames of each movement.
const FRAMES: usize = 120;

/// Time from one frame to the next.
const PACE: Duration = Duration::from_micros(16_667);

/// Work of one movement, in milliseconds a frame.
#[derive(Debug, Serialize)]
struct Row {
    movement: &'static str,
    median_ms: f64,
    /// A tenth of the frames take longer.
    tenth_ms: f64,
    worst_ms: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    pictures: i64,
    objects: i64,
    window: [f32; 2],
    open_seconds: f64,
    memory_mib: Option<u64>,
    frames: Vec<Row>,
}

/// Runs the benchmark.
///
/// # Errors
/// When the temporary project cannot be written.
pub fn run(given: &BenchArgs, common: &Common) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("limn-bench-").tempdir().context("no folder for the benchmark")?;
    let bar = output::bar("bench", common.quiet);
    bar.set_message("making a large project");
    let path = large_project(folder.path())?;
    let mut window = Window::new()?;
    bar.set_message("opening it");
    let begun = Instant::now();
    window.app.apply(Command::Open(path));
    while window.app.is_busy() || !window.app.picture_is_ready() {
        window.frame(Vec::new());
        std::thread::sleep(Duration::from_millis(2));
        if begun.elapsed() > Duration::from_secs(120) {
            bail!("the project did not open within two minutes: {:?}", window.app.messages());
        }
    }
    let open_seconds = begun.elapsed().as_secs_f64();
    bar.set_message("frames");
    let frames = vec![
        window.measure("at rest", |_, _| Vec::new()),
        window.measure("pointer moves", |k, centre| {
            vec![Event::PointerMoved(centre + vec2((k % 40) as f32 * 6.0 - 120.0, (k % 25) as f32 * 4.0))]
        }),
        window.measure("pan", |k, centre| drag(k, centre, PointerButton::Middle)),
        window.measure("zoom", |k, centre| {
            let delta = vec2(0.0, if k % 60 < 30 { 12.0 } else { -12.0 });
            let unit = egui::MouseWheelUnit::Point;
            let (phase, source) = (egui::TouchPhase::Move, egui::MouseWheelSource::Unknown);
            vec![
                Event::PointerMoved(centre),
                Event::MouseWheel { unit, delta, modifiers: Modifiers::NONE, phase, source },
            ]
        }),
        {
            window.app.apply(Command::SetTool(crate::window::tool::Tool::Brush));
            window.measure("brush stroke", |k, centre| drag(k, centre, PointerButton::Primary))
        },
    ];
    bar.finish_and_clear();
    let report =
        Report { pictures: PICTURES, objects: OBJECTS, window: WINDOW, open_seconds, memory_mib: memory(), frames };
    if let Some(to) = &given.json {
        return output::write_json(to, &report);
    }
    say!("{PICTURES} pictures, {OBJECTS} objects on one of them, window of {} x {} points", WINDOW[0], WINDOW[1]);
    say!("opened in {open_seconds:.2} s, {} MiB in use", report.memory_mib.map_or("?".into(), |m| m.to_string()));
    say!("{:<16} {:>10} {:>12} {:>10}", "per frame", "median ms", "a tenth over", "worst ms");
    for row in &report.frames {
        say!("{:<16} {:>10.2} {:>12.2} {:>10.2}", row.movement, row.median_ms, row.tenth_ms, row.worst_ms);
    }
    Ok(())
}

/// Pressed on the first frame, moved, let go on the last.
fn drag(k: usize, centre: Pos2, button: PointerButton) -> Vec<Event> {
    let angle = k as f32 * 0.08;
    let pos = centre + 120.0 * vec2(angle.cos(), angle.sin());
    let mut events = vec![Event::PointerMoved(pos)];
    if k == 0 || k + 1 == FRAMES {
        events.push(Event::PointerButton { pos, button, pressed: k == 0, modifiers: Modifiers::NONE });
    }
    events
}

/// The window without a screen, and its clock.
struct Window {
    ctx: egui::Context,
    app: LimnApp,
    time: f64,
}

impl Window {
    fn new() -> Result<Self> {
        let ctx = egui::Context::default();
        let pieces = Pieces {
            engines: Box::new(|_| Arc::new(|_| Err("there is no engine in this benchmark".to_owned()))),
            settings_path: None,
            watch: false,
            ..Pieces::native(&WindowOptions::default())
        };
        let app = LimnApp::new(&ctx, pieces).context("the window cannot start its threads")?;
        Ok(Self { ctx, app, time: 0.0 })
    }

    /// One frame up to the triangles; what the graphics card does with them is not in it.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += PACE.as_secs_f64();
        let screen = Rect::from_min_size(Pos2::ZERO, WINDOW.into());
        let input = RawInput { screen_rect: Some(screen), time: Some(self.time), events, ..RawInput::default() };
        let begun = Instant::now();
        let mut output = self.ctx.run_ui(input, |ui| self.app.headless(ui));
        // There is no graphics card that would take the textures.
        output.textures_delta.clear();
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = begun.elapsed();
        drop(triangles);
        took
    }

    fn measure(&mut self, movement: &'static str, events: impl Fn(usize, Pos2) -> Vec<Event>) -> Row {
        let [w, h] = WINDOW;
        let centre = pos2(0.5 * w, 0.5 * h);
        let frame = |k: usize| {
            let took = self.frame(events(k, centre));
            // At the pace of a screen, because what is put off for a moment would else never be seen.
            std::thread::sleep(PACE.saturating_sub(took));
            took.as_secs_f64() * 1e3
        };
        let mut times: Vec<f64> = (0..FRAMES).map(frame).collect();
        times.sort_unstable_by(f64::total_cmp);
        let worst_ms = times.last().copied().unwrap_or(0.0);
        let part = |of: usize| times[times.len() * of / 10];
        Row { movement, median_ms: part(5), tenth_ms: part(9), worst_ms }
    }
}

/// A project with many pictures, of which only the first is there, full of small discs.
fn large_project(folder: &Path) -> Result<PathBuf> {
    let [width, height] = SIZE;
    let pixels: Vec<u8> = (0..width * height).map(|i| ((i % width) / 16 + (i / width) / 12) as u8).collect();
    output::write_file(&folder.join("000000.png"), &limn_datasets::mask_png(width, height, &pixels)?)?;
    let path = folder.join("large.limn");
    let mut project = Project::create(&path, folder)?;
    let mut all = Transaction::new("Make a large project");
    for id in 1..=20 {
        let class = Class::new(ClassId(id), format!("class {id}"), [(id * 12) as u8, (255 - id * 9) as u8, 140]);
        all.edits.push(Edit::Class { before: None, after: Some(class) });
    }
    for id in 1..=PICTURES {
        let mut image = ImageRecord::new(ImageId(id), format!("{:06}.png", id - 1));
        (image.width, image.height) = (width, height);
        all.edits.push(Edit::Image { before: None, after: Some(image) });
    }
    for id in 1..=OBJECTS {
        let (column, row) = ((id - 1) % 100, (id - 1) / 100);
        let centre = [20.0 + 39.6 * column as f32, 15.0 + 29.7 * row as f32];
        let mask = Mask::stroke(width, height, &[centre], 8.0 + (id % 9) as f32);
        let object = Object::new(ObjectId(id), ImageId(1), ClassId(1 + id % 20), mask);
        all.edits.push(Edit::Object { before: None, after: Some(object) });
    }
    project.commit(all)?;
    Ok(path)
}

/// Memory of the process in MiB, where the system says it.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
