//! Projects whose records break rules: the rest stays usable, and what is lost is said.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, Run, limn};
use serde_json::{Value, json};

use crate::{Asked, Seen, beside, folder_of};

pub const CASES: &[Asked] = &[
    Asked {
        name: "records-one-bad",
        right: "opened without the bad record, which is named; the other objects are exported",
        ask: one_bad,
    },
    Asked {
        name: "records-damaged-said",
        right: "check and export of a damaged project say so and do not end with 0",
        ask: damaged_said,
    },
    Asked {
        name: "records-last-id",
        right: "with the largest id taken new objects still get ids, or one line says that there are none",
        ask: last_id,
    },
    Asked {
        name: "records-large-ids",
        right: "an imported id of 2^53 - 1 makes no later id unsafe for readers with doubles",
        ask: large_ids,
    },
    Asked {
        name: "records-history",
        right: "rows of the history that claim 2^63 - 1 bytes do not throw older steps away",
        ask: history,
    },
    Asked {
        name: "records-old-versions",
        right: "every migrated file has a whole backup of its own; an old copy can be merged",
        ask: old_versions,
    },
    Asked {
        name: "records-odd-name",
        right: "a project whose name is not Unicode opens, and its backup has that name",
        ask: odd_name,
    },
    Asked {
        name: "records-half-backup",
        right: "half a backup does not count: not migrated, or a whole backup beside it",
        ask: half_backup,
    },
];

fn annotations(path: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let top: Value = serde_json::from_str(&text).unwrap_or_default();
    top["annotations"].as_array().cloned().unwrap_or_default()
}

fn one_bad(case: &Folder) -> Verdict {
    type Change = fn(&mut Value);
    let changes: [(&str, &str, Change); 5] = [
        ("mask of another size", "object", |r| {
            r["mask"]["size"] = json!([0, 0]);
            r["mask"]["counts"] = json!("");
        }),
        ("class without a name", "class", |r| r["name"] = json!("")),
        ("picture without a path", "image", |r| r["path"] = json!("")),
        ("object of no class", "object", |r| r["class"] = json!(99)),
        ("object that is a list", "object", |r| *r = json!([1, 2])),
    ];
    let mut seen = Seen::default();
    for (name, table, change) in changes {
        let folder = name.replace(' ', "");
        let path =
            make::project(case, &Plan { folder: &folder, pictures: &["a.png", "b.png", "c.png"], ..Plan::default() });
        make::change_record(&path, table, change);
        let out = case.join(format!("{folder}.json"));
        let run = limn!(case; "export", &path, "--to", data("coco", &out)).run();
        let got = annotations(&out).len();
        seen.note(got >= 2 && run.fine(), format!("{name}: {run}; {got} of the other objects are exported"));
    }
    seen.verdict()
}

fn damaged_said(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan { pictures: &["a.png", "b.png", "c.png"], ..Plan::default() });
    make::sql(&path, "UPDATE object SET record = '{broken' WHERE id = (SELECT max(id) FROM object)");
    let said = |run: &Run| {
        let words = run.words().to_lowercase();
        ["damaged", "lost", "cannot be read", "left out"].iter().any(|word| words.contains(word))
    };
    let check = limn!(case; "check", &path).run();
    let out = case.join("out.json");
    let export = limn!(case; "export", &path, "--to", data("coco", &out)).run();
    let mut seen = Seen::default();
    seen.note(check.code != 0 && said(&check), format!("check: {check}"));
    seen.note((export.code != 0 || !out.exists()) && said(&export), format!("export: {export}"));
    seen.verdict()
}

fn last_id(case: &Folder) -> Verdict {
    let top = i64::MAX;
    let mut seen = Seen::default();
    for table in ["object", "image", "class"] {
        let path = make::project(case, &Plan { folder: table, ..Plan::default() });
        make::change_record(&path, table, |record| record["id"] = json!(top));
        if table != "object" {
            make::change_record(&path, "object", |record| record[table] = json!(top));
            make::sql(&path, &format!("UPDATE object SET {table} = {top}"));
        }
        make::sql(&path, &format!("UPDATE {table} SET id = {top}"));
        make::rgb(folder_of(&path).join("b.png"), 9);
        let objects = [(0, 0, make::square(20, 12, 6)), (1, 0, make::square(9, 9, 6)), (1, 1, make::square(3, 3, 6))];
        let source =
            make::coco(case.join("m.json"), &[("a.png", 40, 30), ("b.png", 40, 30)], &objects, &["cat", "dog"]);
        let images = folder_of(&path).display().to_string();
        let run = make::import(case, &path, "coco", &source, &["--images", &images]);
        let again = limn!(case; "check", &path).run();
        let count = make::objects(&path);
        let right = if run.code == 0 { count == Some(4) } else { !run.err.contains("changed meanwhile") };
        seen.note(run.fine() && again.fine() && right, format!("{table}: {run}; then {again}; {count:?} objects"));
    }
    seen.verdict()
}

fn large_ids(case: &Folder) -> Verdict {
    let big = (1_i64 << 53) - 1;
    make::png(case.join("p/a.png"));
    let path = case.join("p/p.limn");
    let images = case.join("p").display().to_string();
    let text = make::coco_text(&[("a.png", 40, 30)], &[(0, 0, make::square(2, 2, 6))], &["cat"]);
    let mut one: Value = serde_json::from_str(&text).unwrap_or_default();
    one["annotations"][0]["id"] = json!(big);
    let one = make::file(case.join("one.json"), one.to_string());
    let first = make::import(case, &path, "coco", &one, &["--images", &images]);
    let objects: Vec<make::Outlined> = (0..3).map(|i| (0, 0, make::square(20 + i, 12, 4))).collect();
    let more = make::coco(case.join("two.json"), &[("a.png", 40, 30)], &objects, &["cat"]);
    let second = make::import(case, &path, "coco", &more, &["--images", &images]);
    let out = case.join("out.json");
    let third = limn!(case; "export", &path, "--to", data("coco", &out)).run();
    let ids: Vec<i64> = annotations(&out).iter().filter_map(|row| row["id"].as_i64()).collect();
    let mut doubles: Vec<u64> = ids.iter().map(|id| (*id as f64).to_bits()).collect();
    doubles.sort_unstable();
    doubles.dedup();
    let right = first.fine()
        && second.ok()
        && third.ok()
        && ids.len() == 4
        && doubles.len() == 4
        && ids.iter().all(|id| *id <= big);
    if right { Ok(format!("ids {ids:?}")) } else { Err(format!("{first}; {second}; {third}; ids {ids:?}")) }
}

fn history(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    make::sql(
        &path,
        &format!(
            "UPDATE journal SET bytes = {}; INSERT INTO journal SELECT seq + 1, label, bytes, edits FROM journal;
             INSERT INTO journal SELECT seq + 2, label, bytes, edits FROM journal WHERE seq = 1;
             UPDATE meta SET value = 3 WHERE key = 'cursor';",
            i64::MAX
        ),
    );
    let source = make::coco(case.join("m.json"), &[("a.png", 40, 30)], &[(0, 0, make::square(20, 12, 6))], &["cat"]);
    let run = make::import(case, &path, "coco", &source, &[]);
    let left = make::ask(&path, "SELECT count(*) FROM journal");
    if run.fine() && left.as_deref() == Some("4") {
        Ok(run.how())
    } else {
        Err(format!("{run}; {left:?} of 4 entries are left"))
    }
}

fn made_old(path: &std::path::Path) {
    make::sql(path, "PRAGMA user_version = 1");
    make::settle(path);
}

fn old_versions(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let path = make::project(case, &Plan::default());
    made_old(&path);
    limn!(case; "check", &path).run();
    make::settle(&path);
    // Another old file comes to the same path.
    make::sql(&path, "UPDATE class SET record = replace(record, 'cat', 'second')");
    made_old(&path);
    let run = limn!(case; "check", &path).run();
    let backups: Vec<String> = case
        .files_below("p")
        .into_iter()
        .filter(|name| name.contains("backup") && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    let kept = backups
        .iter()
        .any(|name| make::ask(&case.join(name), "SELECT record FROM class").is_some_and(|r| r.contains("second")));
    seen.note(kept, format!("second file at the same path: {run}; backups {backups:?} do not hold it"));
    // Reading without writing.
    let other = make::project(case, &Plan { folder: "q", ..Plan::default() });
    let copy = case.join("q-copy.limn");
    std::fs::copy(&other, &copy).expect("a copy");
    make::sql(&copy, "PRAGMA user_version = 1; PRAGMA journal_mode = WAL;");
    let run = limn!(case; "batch", &other, "--merge", &copy).seconds(60).run();
    seen.note(run.ok(), format!("an old copy is merged: {run}"));
    let left: Vec<String> = ["-wal", "-shm", ".lock"]
        .iter()
        .filter(|end| beside(&copy, end).exists())
        .map(|end| (*end).to_owned())
        .collect();
    seen.note(left.is_empty(), format!("left beside the merged copy: {left:?}"));
    seen.verdict()
}

fn odd_name(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    made_old(&path);
    let odd = case.path().join(OsStr::from_bytes(b"odd-\xff.limn"));
    std::fs::copy(&path, &odd).expect("a copy");
    let run = limn!(case; "export", &odd, "--to", data("coco", &case.join("odd.json"))).run();
    let named = std::fs::read_dir(case.path()).expect("the folder").flatten().any(|entry| {
        let name = entry.file_name();
        name.as_bytes().starts_with(b"odd-\xff") && String::from_utf8_lossy(name.as_bytes()).contains("backup")
    });
    if run.ok() && named { Ok(run.how()) } else { Err(format!("{run}; a backup of that name: {named}")) }
}

fn half_backup(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for name in ["empty", "half", "other"] {
        let path = make::project(case, &Plan { folder: name, ..Plan::default() });
        made_old(&path);
        let backup = beside(&path, ".v1.backup");
        let whole = std::fs::read(&path).expect("the project");
        let content = match name {
            "empty" => Vec::new(),
            "half" => whole[..9000.min(whole.len())].to_vec(),
            _ => b"no backup at all".repeat(1000),
        };
        make::file(&backup, content);
        let run = limn!(case; "check", &path).run();
        let version = make::ask(&path, "PRAGMA user_version");
        let files = case.files_below(name);
        let good =
            files.iter().filter(|file| file.contains("backup")).any(|file| make::objects(&case.join(file)) == Some(1));
        seen.note(
            version.as_deref() == Some("1") || good,
            format!("{name}: {run}; migrated to {version:?} without a whole backup"),
        );
    }
    seen.verdict()
}
