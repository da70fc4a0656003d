//! A file without a name, for what does not fit into memory: it is gone with the last handle, whatever ends the program.

use std::fs::File;
use std::io;
use std::path::Path;

/// A file that no folder shows, read and written at any place by several threads at once.
#[derive(Debug)]
pub struct Scratch {
    file: File,
}

impl Scratch {
    /// Makes one on the disk that holds `folder`; where that cannot be written, in the system's folder for such files.
    ///
    /// # Errors
    /// When neither takes a file.
    pub fn new(folder: Option<&Path>) -> io::Result<Self> {
        let here = folder.and_then(|folder| tempfile::tempfile_in(folder).ok());
        Ok(Self { file: here.map_or_else(tempfile::tempfile, Ok)? })
    }

    /// Writes all bytes at this offset; the file grows as it must.
    ///
    /// # Errors
    /// A full disk, or another fault of it.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        write_all_at(&self.file, bytes, offset)
    }

    /// Fills all bytes from this offset on.
    ///
    /// # Errors
    /// A fault of the disk, or an end of the file before that.
    pub fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        read_exact_at(&self.file, bytes, offset)
    }
}

/// Fills all bytes from this offset of a file on; several threads may do so at once, and on Unix none moves the file's cursor.
///
/// # Errors
/// A fault of the disk, or an end of the file before that.
#[cfg(unix)]
pub fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Fills all bytes from this offset of a file on; several threads may do so at once.
///
/// # Errors
/// A fault of the disk, or an end of the file before that.
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        offset += read as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_at_its_place_and_no_name_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(Some(folder.path())).unwrap();
        scratch.write_at(b"later", 1000).unwrap();
        scratch.write_at(b"sooner", 3).unwrap();
        let mut read = [0; 5];
        scratch.read_at(&mut read, 1000).unwrap();
        assert_eq!(&read, b"later");
        assert!(scratch.read_at(&mut read, 1001).is_err(), "beyond the end there is nothing");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(Scratch::new(Some(Path::new("/nowhere"))).is_ok(), "another disk takes it");
    }
}
