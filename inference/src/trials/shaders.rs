//! Compiled shaders of an adapter, kept beside the marks so that the next start need not compile them again.
//!
//! What is read goes to the driver, so it is believed only if this version of the program wrote it for this driver, it is whole, and no
//! trial of the adapter failed since: a driver that crashes over it leaves the mark of the trial, and then the file goes.

use std::io::{self, Read as _};
use std::path::PathBuf;

use super::{Purpose, Subject, Trials};

const FIRST_LINE: &str = "limn shaders 1";
/// Bytes of a file at most.
const MAX_BYTES: u64 = 64 << 20;

impl Trials {
    /// What [`keep_shaders`](Self::keep_shaders) was given for this adapter and driver under this name, if it is still good.
    #[must_use]
    pub fn shaders(&self, name: &str, subject: &Subject) -> Option<Vec<u8>> {
        let path = self.shaders_path(name);
        let failed = |failure: &super::Failure| {
            let Subject { purpose, adapter, driver } = &failure.subject;
            *purpose != Purpose::Window && *adapter == subject.adapter && *driver == subject.driver
        };
        if self.failures().iter().any(failed) {
            super::mark::remove(&path);
            return None;
        }
        let about = path.symlink_metadata().ok()?;
        if !about.is_file() || about.len() > MAX_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        let rest = bytes.strip_prefix(self.shaders_head(subject).as_bytes())?;
        let (sum, data) = rest.split_at_checked(8)?;
        (sum == checksum(data).to_le_bytes()).then(|| data.to_vec())
    }

    /// Keeps what a driver compiled.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::FileTooLarge`] beyond 64 MiB.
    pub fn keep_shaders(&self, name: &str, subject: &Subject, data: &[u8]) -> io::Result<()> {
        let head = self.shaders_head(subject);
        if (head.len() + 8 + data.len()) as u64 > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let bytes = [head.as_bytes(), &checksum(data).to_le_bytes(), data].concat();
        super::mark::replace(&self.shaders_path(name), &bytes)
    }

    fn shaders_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.shaders"))
    }

    fn shaders_head(&self, subject: &Subject) -> String {
        let Subject { adapter, driver, .. } = subject;
        format!("{FIRST_LINE}\nprogram: {}\nadapter: {adapter}\ndriver: {driver}\n", self.program)
    }
}

/// FNV-1a with 64 bits: tells damage, not malice.
fn checksum(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(driver: &str) -> Subject {
        Subject { purpose: Purpose::Engine, adapter: "card (vulkan)".into(), driver: driver.into() }
    }

    #[test]
    fn shaders_come_back_for_the_same_driver_only() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path().join("marks"));
        assert_eq!(trials.shaders("a", &subject("1")), None);
        for data in [&b"older and longer"[..], b"code"] {
            trials.keep_shaders("a", &subject("1"), data).unwrap();
        }
        assert_eq!(trials.shaders("a", &subject("1")).unwrap(), b"code");
        let learning = Subject { purpose: Purpose::Learning, ..subject("1") };
        assert_eq!(trials.shaders("a", &learning).unwrap(), b"code", "all shaders of an adapter lie in one file");
        assert_eq!(trials.shaders("a", &subject("2")), None);
        assert_eq!(trials.shaders("b", &subject("1")), None);
        assert_eq!(trials.failures(), [], "it is no mark");
        let newer = Trials { program: "99.0.0".into(), ..trials };
        assert_eq!(newer.shaders("a", &subject("1")), None);
    }

    #[test]
    fn what_is_damaged_foreign_or_too_large_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path());
        let path = folder.path().join("a.shaders");
        trials.keep_shaders("a", &subject("1"), b"some code").unwrap();
        let good = std::fs::read(&path).unwrap();
        let flipped =
            |at: usize| good.iter().enumerate().map(|(i, &byte)| byte ^ u8::from(i == at)).collect::<Vec<u8>>();
        for bad in [&[][..], b"MZ", &good[..good.len() - 1], &flipped(good.len() - 1), &flipped(3)] {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(trials.shaders("a", &subject("1")), None, "{bad:?}");
        }
        std::fs::File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(trials.shaders("a", &subject("1")), None);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(trials.shaders("a", &subject("1")), None);
        let too_large = trials.keep_shaders("b", &subject("1"), &vec![0; MAX_BYTES as usize]);
        assert_eq!(too_large.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_crash_over_them_is_not_met_twice() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path());
        trials.keep_shaders("a", &subject("1"), b"some code").unwrap();
        trials.died(&Subject { purpose: Purpose::Learning, ..subject("1") });
        assert_eq!(trials.shaders("a", &subject("1")), None);
        assert!(!folder.path().join("a.shaders").exists(), "nor later, when the failure is forgiven");
    }
}
