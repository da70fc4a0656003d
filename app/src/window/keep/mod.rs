//! Small files of a person: settings and templates, read with care and written whole.
//!
//! * `lenient`: reading what can be understood

pub mod lenient;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Reads a JSON file. A file that is no JSON is kept aside under another name, which comes back, so that nothing overwrites
/// it.
pub fn read(path: &Path) -> (Option<Value>, Option<PathBuf>) {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!("not read: {error}: {}", path.display());
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
    match std::fs::copy(path, &kept) {
        Ok(_) => Some(kept),
        Err(error) => {
            tracing::warn!("no copy of the damaged file: {error}: {}", path.display());
            None
        }
    }
}

/// Writes a file under a name of its own, and renames it when all of it is on the disk: there is always a whole one, also
/// when two windows write at once.
///
/// # Errors
/// What the file system says.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut part = tempfile::Builder::new().prefix(".limn-").suffix(".part").tempfile_in(folder)?;
    part.write_all(text.as_bytes())?;
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    // The name is safe when the folder is; some systems cannot open a folder for that.
    if let Ok(folder) = std::fs::File::open(folder) {
        folder.sync_all().ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_kept_aside_and_two_writers_leave_a_whole_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("deep").join("settings.json");
        assert_eq!(read(&path), (None, None));
        write(&path, "{\"a\": 1").expect("written");
        let (value, aside) = read(&path);
        let aside = aside.expect("a copy");
        assert_eq!(value, None);
        assert_eq!(std::fs::read_to_string(aside).expect("the copy"), "{\"a\": 1");
        std::thread::scope(|scope| {
            for n in 0..4 {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| write(path, &format!("[{n}]")).expect("written")));
            }
        });
        assert!(read(&path).0.is_some());
        let names = std::fs::read_dir(dir.path().join("deep")).expect("a folder").count();
        assert_eq!(names, 2, "no parts stay behind");
    }
}
