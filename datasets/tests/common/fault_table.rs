//! The table `target/tests/faults.md`, to which several test files add.

use super::table;

/// Notes the result of a fault.
pub fn row(fault: &str, result: &str) {
    let folder = table::folder().join("faults");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(fault), format!("| {fault} | {result} |\n")).unwrap();
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut rows: Vec<String> =
        entries.filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok()).collect();
    rows.sort();
    table::write("faults.md", &format!("| fault | result |\n|---|---|\n{}", rows.concat()));
}
