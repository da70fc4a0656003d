//! One run of the program under limits of memory and time, and how it ended.
//!
//! The limits are set and the resources counted by `under-limits` (`src/bin`), a small program between the test and `limn`:
//! what a process may take is told to it before it starts, and what it took is known only until it has been waited for.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// 2^30 bytes.
pub const GB: u64 = 1 << 30;

/// A run to be made: 6 GB of address space and 20 seconds of the processors unless told otherwise.
pub struct Call {
    program: OsString,
    arguments: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(OsString, Option<OsString>)>,
    seconds: f64,
    memory: u64,
    before: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// Exit status; the signal as a negative number.
    pub code: i32,
    /// What was printed to standard output, at most 1 MB.
    pub out: String,
    /// What was printed to standard error, at most 1 MB.
    pub err: String,
    /// Seconds on the clock.
    pub seconds: f64,
    /// Seconds of all processors.
    pub processor: f64,
    /// Largest memory in MB.
    pub peak: u64,
    /// It was stopped because its time was over.
    pub timed_out: bool,
}

impl Call {
    pub(crate) fn new(program: &OsStr, arguments: Vec<OsString>, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            arguments,
            folder: folder.to_owned(),
            environment: Vec::new(),
            seconds: 20.0,
            memory: 6 * GB,
            before: None,
        }
    }

    /// Stopped after so many seconds of the processors, or six times as many on the clock.
    #[must_use]
    pub fn seconds(mut self, seconds: u32) -> Self {
        self.seconds = f64::from(seconds);
        self
    }

    /// So many bytes of address space.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// In another folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// With a variable set.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// With a variable taken away.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// Below another program (`strace -f ...`), whose words come first.
    #[must_use]
    pub fn below(mut self, words: &[&str]) -> Self {
        let mut arguments: Vec<OsString> = words.iter().skip(1).map(OsString::from).collect();
        arguments.push(std::mem::replace(&mut self.program, words[0].into()));
        arguments.append(&mut self.arguments);
        self.arguments = arguments;
        self
    }

    /// With a line of the shell before it, in which `$$` is the process number that the program will have.
    #[must_use]
    pub fn before(mut self, line: &str) -> Self {
        self.before = Some(line.to_owned());
        self
    }

    /// The command without limits, for tests that end it themselves.
    pub fn command(&self) -> Command {
        let mut command = match &self.before {
            None => Command::new(&self.program),
            Some(line) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!("{line}\nexec \"$0\" \"$@\"")).arg(&self.program);
                shell
            }
        };
        command.args(&self.arguments).stdin(Stdio::null());
        self.surround(&mut command);
        command
    }

    fn surround(&self, command: &mut Command) {
        command.current_dir(&self.folder);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }

    /// Runs it.
    ///
    /// # Panics
    /// If it could not be started.
    pub fn run(self) -> Run {
        let files = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let report = files.path().join("report.json");
        let stream = |name: &str| {
            std::fs::File::create(files.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let inner = self.command();
        let mut outer = Command::new(under_limits());
        outer.arg(&report).arg(self.seconds.to_string()).arg(self.memory.to_string());
        outer.arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::null());
        outer.stdout(stream("out")).stderr(stream("err"));
        self.surround(&mut outer);
        let status = outer.status().unwrap_or_else(|error| panic!("under-limits: {error}"));
        let text = |name: &str| {
            let bytes = std::fs::read(files.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]).into_owned()
        };
        let numbers = std::fs::read_to_string(&report)
            .unwrap_or_else(|_| panic!("under-limits ended with {status}: {}", text("err")));
        let numbers: Vec<f64> = numbers.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [code, seconds, processor, peak, timed_out] = numbers[..] else { panic!("a report of under-limits") };
        Run {
            code: code as i32,
            out: text("out"),
            err: text("err"),
            seconds,
            processor,
            peak: peak as u64,
            timed_out: timed_out != 0.0,
        }
    }
}

/// Beside the program: `target/PROFILE/under-limits`, built with this crate's tests.
fn under_limits() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let folder = here.ancestors().nth(2).unwrap_or(&here);
    folder.join(if cfg!(windows) { "under-limits.exe" } else { "under-limits" })
}

impl Run {
    /// Ended by itself, without panic or abort.
    pub fn fine(&self) -> bool {
        !self.timed_out && self.code >= 0 && !self.panicked()
    }

    /// A panic of the program, or what a shell calls one.
    pub fn panicked(&self) -> bool {
        self.err.contains("panicked at") || matches!(self.code, 101 | 134 | 139 | -6 | -11)
    }

    /// Ended with 0.
    pub fn ok(&self) -> bool {
        self.fine() && self.code == 0
    }

    /// Everything that was printed.
    pub fn words(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// In a few words.
    pub fn how(&self) -> String {
        if self.timed_out {
            format!("hung ({:.0} s)", self.seconds)
        } else if self.code < 0 {
            format!("killed by signal {}", -self.code)
        } else {
            format!("exit {}", self.code)
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if self.err.trim().is_empty() { &self.out } else { &self.err };
        let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(150).collect();
        write!(f, "{}, {:.1} s, {} MB: {line:?}", self.how(), self.seconds, self.peak)
    }
}
