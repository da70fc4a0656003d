//! How fast each backend ran a network on this machine: measured once, remembered in the user's folder.
//!
//! Figures count for one processor, adapter, driver and version of the program; anything else is measured anew.

use std::fmt;
use std::io::{self, Read as _};
use std::time::Duration;

use super::Trials;
use crate::BackendKind;

const FIRST_LINE: &str = "limn speeds 1";
const NAME: &str = "speeds";
const MAX_BYTES: u64 = 4096;

/// Time of one run of a network by backend, the fastest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speeds(Vec<(BackendKind, Duration)>);

impl Speeds {
    /// Orders what was measured.
    #[must_use]
    pub fn new(mut times: Vec<(BackendKind, Duration)>) -> Self {
        times.sort_by_key(|&(_, time)| time);
        Self(times)
    }

    /// Backends, the fastest first.
    pub fn order(&self) -> impl Iterator<Item = BackendKind> + '_ {
        self.0.iter().map(|&(kind, _)| kind)
    }

    /// Whether nothing ran.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `wgpu 99 ms, rten 190 ms`.
impl fmt::Display for Speeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, time)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{kind} {:.0} ms", time.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }
}

impl Trials {
    /// What was measured on this `machine` (processor, adapter and driver on a line), if it was.
    #[must_use]
    pub fn speeds(&self, machine: &str) -> Option<Speeds> {
        let path = self.folder.join(NAME);
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut text = String::new();
        std::fs::File::open(path).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
        read(&text, &self.head(machine))
    }

    /// Remembers figures for this `machine`.
    ///
    /// # Errors
    /// What the system says.
    pub fn remember(&self, machine: &str, speeds: &Speeds) -> io::Result<()> {
        let mut text = self.head(machine);
        for (kind, time) in &speeds.0 {
            text.push_str(&format!("{kind}: {}\n", time.as_micros()));
        }
        super::mark::replace(&self.folder.join(NAME), text.as_bytes())
    }

    fn head(&self, machine: &str) -> String {
        format!("{FIRST_LINE}\nprogram: {}\nmachine: {}\n", self.program, machine.replace(['\n', '\r'], " "))
    }
}

fn read(text: &str, head: &str) -> Option<Speeds> {
    let times = text.strip_prefix(head)?.lines().filter_map(|line| {
        let (name, micros) = line.split_once(": ")?;
        let kind = BackendKind::ALL.into_iter().find(|kind| kind.name() == name)?;
        Some((kind, Duration::from_micros(micros.parse().ok()?)))
    });
    Some(Speeds::new(times.collect())).filter(|speeds| !speeds.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_come_back_for_the_same_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path().join("marks"));
        assert_eq!(trials.speeds("a"), None);
        let times = [(BackendKind::Rten, 190), (BackendKind::Wgpu, 99)];
        let speeds = Speeds::new(times.map(|(kind, ms)| (kind, Duration::from_millis(ms))).to_vec());
        for _ in 0..2 {
            trials.remember("a", &speeds).unwrap();
        }
        assert_eq!(trials.speeds("a"), Some(speeds.clone()));
        assert_eq!(trials.speeds("b"), None);
        assert_eq!(speeds.to_string(), "wgpu 99 ms, rten 190 ms");
        assert_eq!(trials.failures(), [], "it is no mark");
        let newer = Trials { program: "99.0.0".into(), ..trials };
        assert_eq!(newer.speeds("a"), None);
    }
}
