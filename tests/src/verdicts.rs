//! The table of a suite of cases: what is right, what was seen; and the cases that are known to be wrong at the moment.
//!
//! A case that is wrong and not listed fails the suite; a listed one that is right is named, and leaves the list when that is
//! written anew (what it asks may depend on how busy the machine is). `LIMN_WRITE_KNOWN=1` writes the list anew; `LIMN_CASES=PART,PART` runs the cases whose names hold one of the parts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The line of a list that says that its suite was not yet measured on a quiet machine: what is wrong is shown and fails nothing.
const SHOWN_ONLY: &str = "*";

/// The answer of one case: `Err` says what is wrong.
pub type Verdict = Result<String, String>;

/// One row of the table.
pub struct Row {
    /// Short and stable.
    pub name: String,
    /// What is right, in words.
    pub right: String,
    /// What was seen.
    pub verdict: Verdict,
    /// How long it took.
    pub seconds: f64,
}

/// A case before it ran.
pub struct Case<'a> {
    /// Short and stable.
    pub name: String,
    /// What is right, in words.
    pub right: String,
    /// Asks the program; a panic is an answer as well.
    pub ask: Box<dyn Fn() -> Verdict + Send + Sync + 'a>,
}

/// Runs the cases that are asked for, several at once, and judges them by `tests/golden/known-wrong/SUITE.txt`.
///
/// # Panics
/// If a case is wrong that is not known to be; and where table or list cannot be written.
pub fn run(suite: &str, cases: &[Case<'_>]) {
    let known_wrong = crate::root().join(format!("tests/golden/known-wrong/{suite}.txt"));
    let parts = std::env::var("LIMN_CASES").unwrap_or_default();
    let parts: Vec<&str> = parts.split(',').filter(|part| !part.is_empty()).collect();
    let asked: Vec<&Case<'_>> =
        cases.iter().filter(|case| parts.is_empty() || parts.iter().any(|part| case.name.contains(part))).collect();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = judged(case);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by(|a: &Row, b: &Row| a.name.cmp(&b.name));
    assert_eq!(rows.len(), asked.len(), "every case has an answer");
    finish(suite, &rows, &known_wrong, parts.is_empty());
}

fn judged(case: &Case<'_>) -> Row {
    let began = Instant::now();
    let verdict = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (case.ask)())).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(text.unwrap_or("a panic of the case").to_owned())
    });
    Row { name: case.name.clone(), right: case.right.clone(), verdict, seconds: began.elapsed().as_secs_f64() }
}

fn finish(suite: &str, rows: &[Row], known_wrong: &Path, all: bool) {
    let mut table = String::from("| case | what is right | result |\n|---|---|---|\n");
    for row in rows {
        let result = match &row.verdict {
            Ok(seen) if seen.is_empty() => "right".to_owned(),
            Ok(seen) => format!("right: {}", cell(seen)),
            Err(why) => format!("**wrong**: {}", cell(why)),
        };
        writeln!(table, "| {} | {} | {result} |", row.name, cell(&row.right)).unwrap_or_default();
    }
    println!("{table}");
    let mut slow: Vec<&Row> = rows.iter().collect();
    slow.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let slow: Vec<String> = slow.iter().take(5).map(|row| format!("{} {:.1} s", row.name, row.seconds)).collect();
    let wrong: BTreeSet<&str> = rows.iter().filter(|row| row.verdict.is_err()).map(|row| row.name.as_str()).collect();
    println!(
        "{suite}: {} right, {} wrong of {}; longest: {}",
        rows.len() - wrong.len(),
        wrong.len(),
        rows.len(),
        slow.join(", ")
    );
    if all {
        write(&crate::reports().join(format!("{suite}.md")), &table);
    }
    let text = std::fs::read_to_string(known_wrong).unwrap_or_default();
    let known: BTreeSet<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if all && std::env::var_os("LIMN_WRITE_KNOWN").is_some() {
        let list: String = wrong.iter().map(|name| format!("{name}\n")).collect();
        write(
            known_wrong,
            &format!("# Cases that are wrong at the moment; one that is right everywhere leaves.\n{list}"),
        );
        return;
    }
    if known.contains(SHOWN_ONLY) {
        println!("{suite}: shown only, as {} says", known_wrong.display());
        return;
    }
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut complaints: Vec<String> = rows
        .iter()
        .filter(|row| !known.contains(row.name.as_str()))
        .filter_map(|row| row.verdict.as_ref().err().map(|why| format!("{} is wrong: {why}", row.name)))
        .collect();
    for name in &known {
        if names.contains(name) && !wrong.contains(name) {
            println!("{name} is right here and can leave {}", known_wrong.display());
        } else if all && !names.contains(name) {
            complaints.push(format!("{name} of {} is no case", known_wrong.display()));
        }
    }
    assert!(complaints.is_empty(), "{} of {suite}:\n{}", complaints.len(), complaints.join("\n"));
}

/// In one line of a table.
fn cell(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    line.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect::<String>()
        .replace('|', "\\|")
}

fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        panic!("cannot write {}: {error}", path.display());
    }
}
