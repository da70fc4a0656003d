use std::os::unix::fs::symlink;

use super::*;

fn folder() -> (tempfile::TempDir, Beneath) {
    let temporary = tempfile::tempdir().unwrap();
    std::fs::create_dir(temporary.path().join("in")).unwrap();
    std::fs::write(temporary.path().join("outside.txt"), "mine").unwrap();
    let beneath = Beneath::open(&temporary.path().join("in")).unwrap();
    (temporary, beneath)
}

#[test]
fn no_link_is_followed_on_the_way_or_at_the_end() {
    let (temporary, beneath) = folder();
    symlink("..", beneath.path().join("up")).unwrap();
    symlink("../outside.txt", beneath.path().join("file")).unwrap();
    symlink("../planted.txt", beneath.path().join("dangling")).unwrap();
    beneath.write_new("own.txt", b"own").unwrap();
    let link = |result: Result<(), FileError>| assert!(matches!(result, Err(FileError::Link { .. })), "{result:?}");
    link(beneath.write_new("up/x", b""));
    link(beneath.write_new("dangling", b""));
    link(beneath.create_new("file").map(drop));
    link(beneath.open_file("file").map(drop));
    link(beneath.open_file("up/outside.txt").map(drop));
    link(beneath.open_existing("file").map(drop));
    link(beneath.make_folder("up/new").map(drop));
    link(beneath.remove_file("up/outside.txt"));
    link(beneath.rename_over("own.txt", "file"));
    link(beneath.rename_new("own.txt", "up/x"));
    link(beneath.rename_new("up/outside.txt", "x"));
    link(beneath.facts("up/outside.txt").map(drop));
    assert_eq!(beneath.facts("file").unwrap().unwrap().kind, Kind::Link);
    assert!(!temporary.path().join("planted.txt").exists());
    assert_eq!(std::fs::read(temporary.path().join("outside.txt")).unwrap(), b"mine");
    beneath.remove_file("file").unwrap();
    assert!(temporary.path().join("outside.txt").exists(), "the link is removed, not the file");
}

#[test]
fn what_stands_there_stays() {
    let (_temporary, beneath) = folder();
    beneath.write_new("a", b"1").unwrap();
    beneath.write_new("b", b"2").unwrap();
    assert!(beneath.write_new("a", b"3").is_err() && beneath.rename_new("b", "a").is_err());
    assert_eq!(beneath.read("a", 9).unwrap(), b"1");
    beneath.rename_over("b", "a").unwrap();
    assert_eq!((beneath.read("a", 9).unwrap(), beneath.facts("b").unwrap()), (b"2".to_vec(), None));
    assert!(matches!(beneath.read("a", 0), Err(FileError::TooLarge { .. })));
    assert!(beneath.remove_folder("a").is_err());
    assert_eq!(beneath.names().unwrap(), ["a"]);
    assert!(beneath.make_folder("a/b").is_err());
}

#[test]
fn pipes_are_not_opened() {
    let (_temporary, beneath) = folder();
    let path = beneath.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    assert!(matches!(beneath.open_file("pipe"), Err(FileError::NotAFile { what: "a pipe", .. })));
    assert!(matches!(beneath.open_existing("pipe"), Err(FileError::NotAFile { .. })));
    assert!(matches!(crate::read_bytes(&path, 9), Err(FileError::NotAFile { what: "a pipe", .. })));
}

#[test]
fn an_opened_folder_stays_itself_when_a_link_takes_its_name() {
    let (temporary, beneath) = folder();
    let inner = beneath.make_folder("sub").unwrap();
    std::fs::rename(beneath.path().join("sub"), temporary.path().join("moved")).unwrap();
    symlink("..", beneath.path().join("sub")).unwrap();
    inner.write_new("x", b"").unwrap();
    assert!(temporary.path().join("moved/x").exists() && !temporary.path().join("x").exists());
}
