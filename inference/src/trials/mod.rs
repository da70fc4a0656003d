//! Marks of what is being tried with a graphics driver, so that the next start knows what ended the last one.
//!
//! A driver that crashes takes the process with it, and one that hangs is killed: nothing can be said then. So a mark is laid into
//! a folder of the user before drivers are loaded and before shaders are built on an adapter, and taken away afterwards. Who finds
//! the mark of a process that is no more knows what ended it, says so, and takes another way. The mark counts for that adapter with
//! that driver and this version of the program, for two weeks; what a person asks for by name is always tried, and if it succeeds
//! the marks are gone.
//!
//! * [`mark`]: the files, whose they are, and how all of the folder are written. A living process holds the lock of its mark, so that two at once fool nobody.
//! * [`Speeds`]: how fast the backends were, remembered beside the marks.
//! * `shaders`: what the driver of an adapter compiled, kept beside the marks too.
//! * [`Trials`], [`Trial`]: looking, and trying. For the adapter of the window: [`crate::choice::WindowTrial`].

pub mod mark;
mod shaders;
mod speeds;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use mark::{Entry, Held};
pub use speeds::Speeds;

/// How long a failure is believed.
pub const BELIEVED: Duration = Duration::from_secs(14 * 24 * 3600);
/// How long building the shaders of an adapter may take before it counts as hung.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// A program that is closed in the middle of a trial says nothing about the driver, unless the trial took as long as this.
const SUSPICIOUS: Duration = Duration::from_secs(20);

/// For what an adapter is tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// Loading the drivers and asking what adapters there are.
    Drivers,
    /// The network.
    Engine,
    /// Learning from clicks.
    Learning,
    /// Drawing the window.
    Window,
    /// Loading the drivers for the window.
    WindowDrivers,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Drivers, Self::Engine, Self::Learning, Self::Window, Self::WindowDrivers];

    /// Its name in marks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drivers => "drivers",
            Self::Engine => "engine",
            Self::Learning => "learning",
            Self::Window => "window",
            Self::WindowDrivers => "window-drivers",
        }
    }
}

/// What is tried.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Subject {
    /// For what.
    pub purpose: Purpose,
    /// Name and interface of the adapter, e.g. `llvmpipe (LLVM 15.0.6, 256 bits) (vulkan)`; empty where none is chosen yet.
    pub adapter: String,
    /// Driver and its version; empty where none is chosen yet.
    pub driver: String,
}

impl Subject {
    /// An adapter.
    #[must_use]
    pub fn of(purpose: Purpose, info: &wgpu::AdapterInfo) -> Self {
        let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            purpose,
            adapter: line(format!("{} ({})", info.name, info.backend)),
            driver: line(format!("{} {}", info.driver, info.driver_info)),
        }
    }

    /// What comes before an adapter is chosen.
    #[must_use]
    pub const fn drivers(purpose: Purpose) -> Self {
        Self { purpose, adapter: String::new(), driver: String::new() }
    }
}

/// How a trial failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// The process ended in the middle of it: a crash, or somebody killed it.
    Ended,
    /// It did not come to an end in time.
    Hung,
}

/// A trial of an earlier process that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What was tried.
    pub subject: Subject,
    /// How it failed.
    pub fault: Fault,
    /// When it began.
    pub began: SystemTime,
    /// Number of the process.
    pub process: u32,
}

/// One line: what happened and when.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { purpose, adapter, .. } = &self.subject;
        let driver =
            if self.subject.driver.is_empty() { String::new() } else { format!(" (driver {})", self.subject.driver) };
        let what = match purpose {
            Purpose::Drivers | Purpose::WindowDrivers => "the graphics drivers were being loaded".to_owned(),
            Purpose::Engine => format!("shaders of the network were being built on {adapter}{driver}"),
            Purpose::Learning => format!("shaders for learning were being built on {adapter}{driver}"),
            Purpose::Window => format!("the window was being drawn by {adapter}{driver}"),
        };
        let ago = ago(self.began.elapsed().unwrap_or_default());
        match self.fault {
            Fault::Ended => write!(f, "{ago} the program ended while {what}"),
            Fault::Hung => write!(f, "{ago} the program hung while {what}"),
        }
    }
}

fn ago(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        2..120 => format!("{minutes} minutes ago"),
        120..2880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// The folder with the marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trials {
    folder: PathBuf,
    /// Marks of other versions of the program say nothing.
    program: String,
}

impl Trials {
    /// In this folder of the user, which need not exist yet.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), program: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// How an earlier process failed at this, if the last one that tried it did.
    #[must_use]
    pub fn failure(&self, subject: &Subject) -> Option<Failure> {
        self.failures().into_iter().find(|failure| failure.subject == *subject)
    }

    /// Every failure that counts today, the newest first. Marks that no longer count are taken away.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        let mut failures: Vec<Failure> =
            mark::read_all(&self.folder).into_iter().filter_map(|entry| self.judge(entry)).collect();
        failures.sort_by_key(|failure| std::cmp::Reverse(failure.began));
        failures
    }

    fn judge(&self, entry: Entry) -> Option<Failure> {
        let age = entry.mark.began.elapsed().unwrap_or_default();
        let fault = match (entry.mark.slow, entry.alive) {
            (true, _) => Fault::Hung,
            (false, true) if age > PATIENCE => Fault::Hung,
            (false, true) => return None,
            (false, false) => Fault::Ended,
        };
        if age > BELIEVED || entry.mark.program != self.program {
            if !entry.alive {
                mark::remove(&entry.path);
            }
            return None;
        }
        let Entry { mark, .. } = entry;
        Some(Failure { subject: mark.subject, fault, began: mark.began, process: mark.process })
    }

    /// Lays the mark. Where that is not possible (no room, a folder that cannot be written) the trial goes on without.
    #[must_use]
    pub fn begin(&self, subject: Subject) -> Trial {
        let held = Held::lay(&self.folder, &self.program, &subject)
            .inspect_err(|error| tracing::warn!("no mark in {}: {error}", self.folder.display()))
            .ok();
        let shared = Arc::new(Mutex::new(Shared { held, begun: Instant::now(), purpose: subject.purpose }));
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|trial| trial.strong_count() > 0);
        running.push(Arc::downgrade(&shared));
        Trial { shared, trials: self.clone(), subject }
    }

    /// Takes away every mark of this subject that is not of a living process.
    pub fn forgive(&self, subject: &Subject) {
        self.forgive_where(|other| other == subject);
    }

    /// A person chose how the network is to run: what failed is tried again.
    pub fn forgive_engines(&self) {
        let purposes = [Purpose::Drivers, Purpose::Engine, Purpose::Learning];
        self.forgive_where(|subject| purposes.contains(&subject.purpose));
    }

    fn forgive_where(&self, is_meant: impl Fn(&Subject) -> bool) {
        for entry in mark::read_all(&self.folder) {
            if is_meant(&entry.mark.subject) && !entry.alive {
                mark::remove(&entry.path);
            }
        }
    }
}

#[cfg(test)]
impl Trials {
    /// What a process leaves behind that dies in the middle of a trial.
    pub(crate) fn died(&self, subject: &Subject) {
        Held::lay(&self.folder, &self.program, subject).unwrap().abandon();
    }
}

/// Trials of this process that are not over.
static RUNNING: Mutex<Vec<Weak<Mutex<Shared>>>> = Mutex::new(Vec::new());

struct Shared {
    held: Option<Held>,
    begun: Instant,
    purpose: Purpose,
}

/// Something is being tried. However it is dropped, the process lives, so that the mark goes.
pub struct Trial {
    shared: Arc<Mutex<Shared>>,
    trials: Trials,
    subject: Subject,
}

impl Trial {
    /// It works: older failures are forgiven as well.
    pub fn succeed(self) {
        self.trials.forgive(&self.subject);
    }

    /// What is tried.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = shared.held.take() {
            held.take_away();
        }
    }
}

fn running() -> Vec<Arc<Mutex<Shared>>> {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.iter().filter_map(Weak::upgrade).collect()
}

/// Nobody waits any longer for what this process tries for this purpose: the marks stay and say so.
pub fn give_up(purpose: Purpose) {
    for trial in running() {
        let mut shared = trial.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.purpose == purpose
            && let Some(held) = shared.held.take()
        {
            held.leave();
        }
    }
}

/// The program ends in good order. What was being tried in other threads was not to blame, unless it took suspiciously long.
pub fn at_exit() {
    for trial in running() {
        let mut shared = trial.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = shared.held.take() {
            if shared.begun.elapsed() < SUSPICIOUS { held.take_away() } else { held.leave() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(driver: &str) -> Subject {
        Subject { purpose: Purpose::Engine, adapter: "card (vulkan)".into(), driver: driver.into() }
    }

    fn trials() -> (tempfile::TempDir, Trials) {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path().join("marks"));
        (folder, trials)
    }

    #[test]
    fn only_what_died_counts() {
        let (_folder, trials) = trials();
        assert_eq!(trials.failures(), []);
        let trial = trials.begin(subject("1"));
        assert_eq!(trials.failure(&subject("1")), None, "it is being tried by a living process");
        drop(trial);
        assert_eq!(trials.failures(), [], "an error is no crash");
        trials.died(&subject("1"));
        let failure = trials.failure(&subject("1")).unwrap();
        assert_eq!(failure.fault, Fault::Ended);
        let line = failure.to_string();
        assert!(line.contains("card (vulkan)") && line.contains("just now") && !line.contains('\n'), "{line}");
    }

    /// This test again in a process of its own, which lays a mark and waits, until it is killed or told to end.
    #[test]
    fn two_processes_at_once_and_then_one_is_killed() {
        use std::io::{BufRead as _, BufReader, Write as _};
        use std::process::{Command, Stdio};
        const FOLDER: &str = "LIMN_TEST_MARKS";
        if let Some(folder) = std::env::var_os(FOLDER) {
            let trial = Trials::in_folder(folder).begin(subject("1"));
            println!("laid");
            std::io::stdin().read_line(&mut String::new()).unwrap();
            at_exit();
            drop(trial);
            return;
        }
        let (_folder, trials) = trials();
        let start = || {
            let mut other = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "--nocapture", "trials::tests::two_processes_at_once_and_then_one_is_killed"])
                .env(FOLDER, &trials.folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(other.stdout.take().unwrap()).lines();
            let mut lines = lines.map_while(Result::ok);
            assert!(lines.any(|line| line.contains("laid")));
            (other, lines)
        };
        let ((mut good, _good_lines), (mut bad, _bad_lines)) = (start(), start());
        assert_eq!(trials.failures(), [], "both live");
        good.stdin.take().unwrap().write_all(b"end\n").unwrap();
        good.wait().unwrap();
        assert_eq!(trials.failures(), [], "one ended in good order, the other lives");
        bad.kill().unwrap();
        bad.wait().unwrap();
        let failures = trials.failures();
        assert_eq!(failures.len(), 1);
        assert_eq!((failures[0].fault, failures[0].process), (Fault::Ended, bad.id()));
    }

    #[test]
    fn another_driver_version_is_tried_again() {
        let (_folder, trials) = trials();
        trials.died(&subject("1"));
        assert_eq!(trials.failure(&subject("2")), None);
        let newer = Trials { program: "99.0.0".into(), ..trials.clone() };
        assert_eq!(newer.failure(&subject("1")), None, "another version of the program tries again");
        assert_eq!(trials.failure(&subject("1")), None, "and its mark is gone");
    }

    #[test]
    fn success_forgives() {
        let (_folder, trials) = trials();
        trials.died(&subject("1"));
        trials.died(&subject("2"));
        trials.begin(subject("1")).succeed();
        assert_eq!(trials.failure(&subject("1")), None);
        assert!(trials.failure(&subject("2")).is_some());
    }

    #[test]
    fn what_is_given_up_stays_and_is_called_a_hang() {
        let (_folder, trials) = trials();
        let other = Subject { purpose: Purpose::Learning, ..subject("1") };
        let (hung, fine) = (trials.begin(subject("1")), trials.begin(other.clone()));
        give_up(Purpose::Engine);
        assert_eq!(trials.failure(&subject("1")).unwrap().fault, Fault::Hung);
        drop((hung, fine));
        assert_eq!(trials.failure(&subject("1")).unwrap().fault, Fault::Hung, "also when it comes to an end at last");
        assert_eq!(trials.failure(&other), None);
    }

    #[test]
    fn failures_are_believed_for_two_weeks() {
        let (_folder, trials) = trials();
        trials.died(&subject("1"));
        let entry = mark::read_all(&trials.folder).remove(0);
        let long_ago = SystemTime::now() - BELIEVED - Duration::from_secs(60);
        let text = std::fs::read_to_string(&entry.path).unwrap();
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
        std::fs::write(&entry.path, text.replace(&seconds(entry.mark.began), &seconds(long_ago))).unwrap();
        assert_eq!(trials.failure(&subject("1")), None);
        assert!(!entry.path.exists());
    }

    #[test]
    fn without_a_folder_to_write_into_work_goes_on() {
        let (folder, _) = trials();
        let file = folder.path().join("file");
        std::fs::write(&file, b"no folder").unwrap();
        let trials = Trials::in_folder(&file);
        trials.begin(subject("1")).succeed();
        assert_eq!(trials.failures(), []);
    }

    #[test]
    fn a_file_of_somebody_else_is_no_mark() {
        let (_folder, trials) = trials();
        std::fs::create_dir_all(&trials.folder).unwrap();
        for (name, text) in [("a.mark", "hello"), ("b.mark", ""), ("c.txt", "limn mark 1\npurpose: engine\n")] {
            std::fs::write(trials.folder.join(name), text).unwrap();
        }
        assert_eq!(trials.failures(), []);
        assert!(trials.folder.join("a.mark").exists());
    }
}
