//! Small files of a person: settings and templates, read with care and written whole.
//!
//! * `lenient`: reading what can be understood

pub mod lenient;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use limn_files::{Beneath, FileError, Replacement};
use serde_json::Value;

/// Larger files are none of a person's small ones.
const LARGEST: u64 = 64 << 20;

/// Reads a JSON file. A file that is no JSON is kept aside under another name, which comes back, so that nothing overwrites
/// it.
pub fn read(path: &Path) -> (Option<Value>, Option<PathBuf>) {
    let text = match limn_files::read_bytes(path, LARGEST) {
        Ok(text) => text,
        Err(error) => {
            if !error.is_missing() {
                tracing::warn!("not read: {error}");
            }
            return (None, None);
        }
    };
    match serde_json::from_slice(&text) {
        Ok(value) => (Some(value), None),
        Err(error) => {
            tracing::warn!("not understood: {error}: {}", path.display());
            (None, set_aside(path))
        }
    }
}

/// Copies a file that was not (wholly) understood to a name of its own.
pub fn set_aside(path: &Path) -> Option<PathBuf> {
    let named = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{n}"));
        PathBuf::from(name)
    };
    let kept = (1..100).map(named).find(|name| !name.exists())?;
    match limn_files::read_bytes(path, LARGEST).and_then(|bytes| limn_files::replace(&kept, &bytes)) {
        Ok(()) => Some(kept),
        Err(error) => {
            tracing::warn!("no copy of the damaged file: {error}");
            None
        }
    }
}

/// Writes a file that a person chose or that is theirs, making its folder: there is always a whole one, also when two windows
/// write at once. Where a link stands (settings kept elsewhere), the file that it leads to is replaced.
///
/// # Errors
/// One line that names the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Beneath::make(folder)?;
    }
    let mut new = Replacement::begin_behind_link(path)?;
    new.write_all(bytes).map_err(|error| FileError::from_io("write", path, error))?;
    new.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_kept_aside_and_two_writers_leave_a_whole_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("deep").join("settings.json");
        assert_eq!(read(&path), (None, None));
        write(&path, b"{\"a\": 1").expect("written");
        let (value, aside) = read(&path);
        let aside = aside.expect("a copy");
        assert_eq!(value, None);
        assert_eq!(std::fs::read_to_string(aside).expect("the copy"), "{\"a\": 1");
        std::thread::scope(|scope| {
            for n in 0..4 {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| write(path, format!("[{n}]").as_bytes()).expect("written")));
            }
        });
        assert!(read(&path).0.is_some());
        let names = std::fs::read_dir(dir.path().join("deep")).expect("a folder").count();
        assert_eq!(names, 2, "no parts stay behind");
    }
}
