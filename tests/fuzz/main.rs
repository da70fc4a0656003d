//! Files that are nearly right: readers end by themselves, within bounds of memory and time, whatever the bytes are.
//!
//! Every target begins with whole files (`golden/hostile`, the inputs of `golden/cases`, exports of a small project) and changes them,
//! the same in every run: `LIMN_FUZZ=5000` inputs a target instead of 150, `LIMN_FUZZ_FIRST=N` begins elsewhere. The inputs run in a
//! child under limits; one that ends it is kept as `target/tests/fuzz-TARGET-NUMBER`, and the message says how to run it again.
//!
//! * `mutate`: how bytes are changed; `targets`: what is read, and where the whole files come from

#![cfg(unix)]

mod mutate;
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use limn_tests::verdicts::{self, Case, Verdict};
use limn_tests::{Folder, GB};
use targets::{TARGETS, Target};

/// In a child: `TARGET:FIRST:COUNT:FOLDER`.
const CHILD: &str = "LIMN_FUZZ_CHILD";
/// One input may take so long, in a build that is not optimised and on a machine that is busy.
const SLOW: Duration = Duration::from_secs(10);

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn changed_files_end_every_reader_by_itself() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let (first, count) = (number("LIMN_FUZZ_FIRST", 0), number("LIMN_FUZZ", 150));
    let cases: Vec<Case<'_>> = TARGETS
        .iter()
        .map(|target| Case {
            name: target.name.to_owned(),
            right: format!("{count} inputs end by themselves, within {SLOW:?} and 3 GB each"),
            ask: Box::new(move || inputs(target, first, count)),
        })
        .collect();
    verdicts::run("fuzz", &cases);
}

fn inputs(target: &Target, first: u64, count: u64) -> Verdict {
    let (mut next, mut faults) = (first, Vec::new());
    // The rest goes on after an input that ended the child; three are enough.
    while next < first + count && faults.len() < 3 {
        match run_child(target, next, first + count - next) {
            Ok(()) => break,
            Err((at, why)) => {
                let again = format!("again with: LIMN_CASES={} LIMN_FUZZ_FIRST={at} LIMN_FUZZ=1", target.name);
                faults.push(format!("{at}: {why} ({again})"));
                next = at + 1;
            }
        }
    }
    if faults.is_empty() { Ok(String::new()) } else { Err(faults.join("; ")) }
}

/// Runs inputs in a child; the number of the one that ended it, and how.
fn run_child(target: &Target, first: u64, count: u64) -> Result<(), (u64, String)> {
    let case = Folder::new();
    let task = format!("{}:{first}:{count}:{}", target.name, case.path().display());
    let me = std::env::current_exe().expect("this test");
    let arguments = ["--exact", "in_the_child", "--nocapture", "--test-threads=1"].map(Into::into).into();
    let seconds = 60 + u32::try_from(count).unwrap_or(u32::MAX) / 2;
    let run = case.run_other(&me, arguments).env(CHILD, task).memory(3 * GB).seconds(seconds).run();
    let at: Option<u64> = std::fs::read_to_string(case.join("number")).ok().and_then(|text| text.parse().ok());
    if run.ok() && run.out.contains("all read") {
        return Ok(());
    }
    let at = at.unwrap_or(first);
    let kept = limn_tests::reports().join(format!("fuzz-{}-{at}", target.name));
    std::fs::copy(case.join("input"), &kept).ok();
    let said: String = run.words().lines().filter(|line| !line.trim().is_empty()).take(8).collect::<Vec<_>>().join(" ");
    Err((at, format!("{}, {} MB, kept as {}: {said}", run.how(), run.peak, kept.display())))
}

#[test]
fn in_the_child() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let parts: Vec<&str> = task.splitn(4, ':').collect();
    let [name, first, count, folder] = parts[..] else { panic!("{task}") };
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let (first, count): (u64, u64) = (first.parse().expect("a number"), count.parse().expect("a number"));
    let folder = PathBuf::from(folder);
    let whole = targets::whole_files(target, &folder);
    assert!(!whole.is_empty(), "{name} has no whole files to begin with");
    for number in first..first + count {
        one(target, &whole, number, &folder);
    }
    println!("all read");
}

fn one(target: &Target, whole: &[Vec<u8>], number: u64, folder: &Path) {
    let bytes = mutate::changed(whole, number);
    std::fs::write(folder.join("number"), number.to_string()).expect("written");
    std::fs::write(folder.join("input"), &bytes).expect("written");
    let place = folder.join("work");
    std::fs::remove_dir_all(&place).ok();
    std::fs::create_dir(&place).expect("a folder");
    let began = Instant::now();
    (target.read)(&bytes, &place);
    assert!(began.elapsed() < SLOW, "took {:?}", began.elapsed());
}

#[test]
fn the_same_number_gives_the_same_bytes() {
    let whole = [b"{\"a\": [1, 2, 3]}".to_vec(), b"0 0.1 0.2".to_vec()];
    for number in 0..50 {
        assert_eq!(mutate::changed(&whole, number), mutate::changed(&whole, number));
    }
    assert!((0..50).any(|number| !whole.contains(&mutate::changed(&whole, number))));
}
