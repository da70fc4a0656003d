//! The program while it runs in a window, and where its picture lies on the screen.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use limn_tests::{Call, Folder, make};

use crate::screen::{Screen, Shot};

/// Conditions are waited for, never times; this is when a machine under load has had its chance.
const PATIENCE: Duration = Duration::from_secs(600);

/// Variables that a run has besides, or has not.
pub type Surroundings<'a> = [(&'a str, Option<&'a OsStr>)];

/// Size of the picture, with an orange disk on grey.
pub const SIZE: (u32, u32) = (480, 360);
const CENTRE: (f32, f32) = (240.0, 180.0);
const RADIUS: f32 = 110.0;

/// Which pixels the disk covers.
pub fn disk() -> Vec<bool> {
    let inside = |x: u32, y: u32| (x as f32 + 0.5 - CENTRE.0).hypot(y as f32 + 0.5 - CENTRE.1) < RADIUS;
    (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| inside(x, y))).collect()
}

/// The picture, written to `pictures/disk.png`.
pub fn lay_picture(case: &Folder) -> PathBuf {
    let mut rows = Vec::new();
    for row in disk().chunks(SIZE.0 as usize) {
        rows.push(0);
        rows.extend(row.iter().flat_map(|inside| if *inside { [225, 130, 40] } else { [90, 100, 110] }));
    }
    make::file(case.join("pictures/disk.png"), make::png_of(SIZE.0, SIZE.1, 8, 2, &[], &make::deflated(&rows)))
}

/// Where the disk is on the screen.
#[derive(Clone, Copy, PartialEq)]
pub struct Place {
    pub centre: (usize, usize),
    radius: f32,
}

impl Place {
    /// The largest orange patch, if it is a disk of some size.
    pub fn of(shot: &Shot) -> Option<Self> {
        let like = |[r, g, b]: [u8; 3]| r > 200 && (110..150).contains(&g) && b < 70;
        let ([x0, y0, x1, y1], count) = shot.largest(like)?;
        let (width, height) = ((x1 - x0) as f32, (y1 - y0) as f32);
        let disk = std::f32::consts::PI * width * height / 4.0;
        let round = (width / height - 1.0).abs() < 0.05 && (count as f32 / disk - 1.0).abs() < 0.05;
        let centre = (x0.midpoint(x1), y0.midpoint(y1));
        (round && width > 100.0).then_some(Self { centre, radius: width / 2.0 })
    }

    /// Eight places at a share of the radius, away from the click's own mark.
    fn ring(&self, share: f32) -> impl Iterator<Item = (usize, usize)> {
        let (x, y, r) = (self.centre.0 as f32, self.centre.1 as f32, self.radius * share);
        (0..8)
            .map(|i| 0.3 + i as f32 * std::f32::consts::TAU / 8.0)
            .map(move |angle| ((x + r * angle.cos()).max(0.0) as usize, (y + r * angle.sin()).max(0.0) as usize))
    }

    /// Nothing changed on the object and around it.
    fn rests(&self, before: &Shot, now: &Shot) -> bool {
        self.ring(0.6).chain(self.ring(1.25)).all(|p| before.at(p) == now.at(p))
    }

    /// The object has another colour than before, what is around it has not.
    pub fn is_masked(&self, before: &Shot, now: &Shot) -> bool {
        let changed = |p: &(usize, usize)| {
            let (a, b) = (before.at(*p), now.at(*p));
            (0..3).any(|i| a[i].abs_diff(b[i]) > 20)
        };
        self.ring(0.6).filter(changed).count() >= 7 && self.ring(1.25).filter(changed).count() <= 1
    }
}

/// The program while it runs.
pub struct Running<'a> {
    name: &'a str,
    child: Child,
    words: PathBuf,
    screen: &'a Screen,
    began: Instant,
}

impl<'a> Running<'a> {
    /// Starts the call on the screen: without a cache of shaders, and with the software driver if there is one.
    pub fn start(
        name: &'a str,
        call: &Call,
        words: PathBuf,
        screen: &'a Screen,
        surroundings: &Surroundings<'_>,
    ) -> Self {
        let mut command = call.command();
        command.env("DISPLAY", &screen.display).env("MESA_SHADER_CACHE_DISABLE", "true");
        if let Some(driver) = software_driver() {
            command.env("VK_ICD_FILENAMES", &driver).env("VK_DRIVER_FILES", &driver);
        }
        for (name, value) in surroundings {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let file = std::fs::File::create(&words).expect("a file for what it says");
        command.stdout(file.try_clone().expect("its second handle")).stderr(file);
        Self { name, child: command.spawn().expect("the program starts"), words, screen, began: Instant::now() }
    }

    /// Waits for a condition; the test fails where the program ends before it holds, or nothing comes.
    pub fn wait<T>(&mut self, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a process") {
                panic!("limn ended with {status} before {what} was there: {}", self.words());
            }
            if let Some(found) = condition() {
                println!("{}: {what} after {:.1} s", self.name, began.elapsed().as_secs_f32());
                return found;
            }
            if began.elapsed() > PATIENCE {
                let seen = self.screen.shot().save(&format!("{}-failed", self.name));
                panic!("no {what} after {PATIENCE:?}; the screen is in {}: {}", seen.display(), self.words());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until the picture of [`lay_picture`] is drawn and stays where it is: found twice at the same place.
    pub fn wait_for_picture(&mut self) -> Place {
        let mut last = None;
        let screen = self.screen;
        self.wait("the picture", || {
            let now = Place::of(&screen.shot());
            std::mem::replace(&mut last, now).filter(|before| Some(*before) == now)
        })
    }

    /// Waits until it has been running for so long.
    pub fn wait_until(&mut self, age: Duration) {
        let began = self.began;
        self.wait("its age", || (began.elapsed() >= age).then_some(()));
    }

    /// Clicks on the disk and waits for its mask.
    pub fn click_on(&mut self, place: &Place) {
        let screen = self.screen;
        // The pointer rests on the object first, so that what is shown for it already is not taken for an answer.
        screen.point(place.centre);
        let before = self.wait("a picture that rests", || {
            let shot = screen.shot();
            std::thread::sleep(Duration::from_millis(500));
            place.rests(&shot, &screen.shot()).then_some(shot)
        });
        screen.click();
        self.wait("the mask of the click", || place.is_masked(&before, &screen.shot()).then_some(()));
    }

    /// Waits for the end of the program.
    pub fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a process") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the window does not close: {}", self.words());
    }

    /// What it printed.
    pub fn words(&self) -> String {
        std::fs::read_to_string(&self.words).unwrap_or_default()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Mesa's software driver, by the file with which it is registered.
fn software_driver() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(Path::new(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd")))
        .collect();
    found.sort();
    found.pop()
}
