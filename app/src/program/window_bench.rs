//! `limn bench --ui`: the window's own work per frame, without a screen, on a project as large as they come.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// How often something is changed, and frames that are looked at after a change.
const TIMES: usize = 20;
const AFTER: usize = 20;

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
    let objects = i64::from(given.objects);
    let path = large_project(folder.path(), objects)?;
    let mut window = Window::new()?;
    bar.set_message("opening it");
    let begun = Instant::now();
    window.app.apply(Command::Open(path.clone()));
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
        window.measure("wheel over the pictures", |k, centre| {
            let at = pos2(0.95 * WINDOW[0], 0.8 * centre.y);
            let delta = vec2(0.0, if k % 60 < 30 { -90.0 } else { 90.0 });
            let unit = egui::MouseWheelUnit::Point;
            let (phase, source) = (egui::TouchPhase::Move, egui::MouseWheelSource::Unknown);
            vec![Event::PointerMoved(at), Event::MouseWheel { unit, delta, modifiers: Modifiers::NONE, phase, source }]
        }),
    ];
    bar.set_message("changes");
    let mut frames = frames;
    frames.push(window.accept(TIMES, "accept"));
    frames.push(window.command(TIMES, "undo", || Command::Undo));
    frames.push({
        let slow = SlowDisk::start(&path)?;
        let row = window.accept(TIMES, "accept, slow disk");
        drop(slow);
        row
    });
    window.rest()?;
    let mut number = 0;
    let add = || {
        number += 1;
        let name = folder.path().join(format!("new {number}.png"));
        if let Err(error) = small_picture(&name) {
            tracing::warn!("no new picture: {error}");
        }
        Command::Rescan
    };
    frames.push(window.command(3, "a new picture on disk", add));
    window.rest()?;
    frames.push(window.command(1, "delete a twentieth with its class", || Command::DeleteClassAndObjects(ClassId(3))));
    window.rest()?;
    bar.finish_and_clear();
    let report = Report { pictures: PICTURES, objects, window: WINDOW, open_seconds, memory_mib: memory(), frames };
    if let Some(to) = &given.json {
        return output::write_json(to, &report);
    }
    say!(
        "{PICTURES} pictures, {objects} objects, {OBJECTS} of them on one picture, window of {} x {} points",
        WINDOW[0],
        WINDOW[1]
    );
    say!("opened in {open_seconds:.2} s, {} MiB in use", report.memory_mib.map_or("?".into(), |m| m.to_string()));
    say!("{:<34} {:>10} {:>12} {:>10}", "per frame", "median ms", "a tenth over", "worst ms");
    for row in &report.frames {
        say!("{:<34} {:>10.2} {:>12.2} {:>10.2}", row.movement, row.median_ms, row.tenth_ms, row.worst_ms);
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

    /// Waits until nothing is outstanding.
    fn rest(&mut self) -> Result<()> {
        let begun = Instant::now();
        while self.app.is_busy() {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
            if begun.elapsed() > Duration::from_secs(120) {
                bail!("the window does not come to rest: {:?}", self.app.messages());
            }
        }
        Ok(())
    }

    /// A command and the frames after it, some of which follow what it set going.
    fn command(&mut self, times: usize, movement: &'static str, mut command: impl FnMut() -> Command) -> Row {
        let mut all = Vec::new();
        for _ in 0..times {
            let command = command();
            let begun = Instant::now();
            self.app.apply(command);
            let applied = begun.elapsed();
            all.push(applied + self.frame(Vec::new()));
            for _ in 0..AFTER {
                std::thread::sleep(PACE);
                all.push(self.frame(Vec::new()));
            }
        }
        Row::of(movement, all)
    }

    /// Draws a stroke and accepts it; the stroke is not in it.
    fn accept(&mut self, times: usize, movement: &'static str) -> Row {
        let [w, h] = WINDOW;
        let mut all = Vec::new();
        for k in 0..times {
            let centre = pos2(0.5 * w, 0.5 * h) + vec2(7.0 * k as f32, 0.0);
            for step in [0, FRAMES / 2, FRAMES - 1] {
                self.frame(drag(step, centre, PointerButton::Primary));
            }
            let begun = Instant::now();
            self.app.apply(Command::Accept { then_next: false });
            let applied = begun.elapsed();
            all.push(applied + self.frame(Vec::new()));
        }
        Row::of(movement, all)
    }

    fn measure(&mut self, movement: &'static str, events: impl Fn(usize, Pos2) -> Vec<Event>) -> Row {
        let [w, h] = WINDOW;
        let centre = pos2(0.5 * w, 0.5 * h);
        let frame = |k: usize| {
            let took = self.frame(events(k, centre));
            // At the pace of a screen, because what is put off for a moment would else never be seen.
            std::thread::sleep(PACE.saturating_sub(took));
            took
        };
        Row::of(movement, (0..FRAMES).map(frame).collect())
    }
}

impl Row {
    /// Of at least one frame.
    fn of(movement: &'static str, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        let part = |of: usize| ms(times.get(times.len() * of / 10));
        Self { movement, median_ms: part(5), tenth_ms: part(9), worst_ms: ms(times.last()) }
    }
}

/// A disk on which every change takes a while: somebody else has the project's file most of the time.
struct SlowDisk {
    ends: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl SlowDisk {
    fn start(path: &Path) -> Result<Self> {
        let (ends, theirs) = (Arc::new(AtomicBool::new(false)), path.to_path_buf());
        let ended = Arc::clone(&ends);
        let thread = std::thread::Builder::new().name("slow disk".to_owned()).spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                if let Err(error) = Project::hold(&theirs, Duration::from_millis(300)) {
                    tracing::warn!("the disk is as fast as it is: {error}");
                    return;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
        })?;
        Ok(Self { ends, thread: Some(thread) })
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the slow disk stopped");
        }
    }
}

fn small_picture(path: &Path) -> Result<()> {
    output::write_file(path, &limn_datasets::mask_png(8, 8, &[9; 64])?)
}

/// A project with many pictures, of which only the first is there, full of small discs.
fn large_project(folder: &Path, objects: i64) -> Result<PathBuf> {
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
    for id in 1..=objects {
        let (column, row) = ((id - 1) % 100, (id - 1) / 100 % 100);
        let centre = [20.0 + 39.6 * column as f32, 15.0 + 29.7 * row as f32];
        let mask = Mask::stroke(width, height, &[centre], 8.0 + (id % 9) as f32);
        let image = if id <= OBJECTS { 1 } else { 2 + id % (PICTURES - 1) };
        let object = Object::new(ObjectId(id), ImageId(image), ClassId(1 + id % 20), mask);
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
