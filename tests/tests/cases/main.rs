//! The table of cases: small inputs as people have them, each with the right value, asked of the real program.
//!
//! A case is a folder `tests/golden/cases/NAME`: `in` is copied to where the commands run, `case.json` says what is done and
//! what must hold (`tests/golden/cases/README.md`). The table goes to the output and to `target/tests/cases.md`.
//!
//! * `steps`: the inputs laid out, the commands run; `ask`: what can be asked; `decode`: run lengths and PNG, read without the
//!   program's own readers; `python`: JSON as the patterns expect it

mod ask;
mod decode;
mod python;
mod steps;

use std::path::Path;

use limn_tests::verdicts::{self, Case, Verdict};
use serde_json::Value;

#[test]
fn every_case_is_right() {
    let golden = limn_tests::root().join("tests/golden/cases");
    let mut folders: Vec<_> = std::fs::read_dir(&golden)
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.join("case.json").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 139, "only {} cases", folders.len());
    let cases: Vec<Case<'_>> = folders
        .iter()
        .map(|folder| {
            let case = read(folder);
            let right = format!("{}: {}", text(&case, "about"), text(&case, "right"));
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Case { name, right, ask: Box::new(move || answer(folder, &case)) }
        })
        .collect();
    verdicts::run("cases", &cases);
}

fn read(folder: &Path) -> Value {
    let path = folder.join("case.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("a case without {key:?}"))
}

fn answer(folder: &Path, case: &Value) -> Verdict {
    let mut done = steps::run(folder, case);
    let mut wrong: Vec<String> = ask::list(&case["right_if"])
        .iter()
        .filter_map(|question| ask::one(&mut done, question).err().map(|why| why.0))
        .collect();
    if let Some(run) = done.runs.iter().find(|run| run.panicked()) {
        wrong.insert(0, format!("it crashed: {run}"));
    }
    if wrong.is_empty() { Ok(String::new()) } else { Err(wrong.join("; ")) }
}
