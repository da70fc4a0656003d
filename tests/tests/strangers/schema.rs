//! Projects whose schema somebody else wrote: triggers, views and computed columns do not run.

use limn_tests::make::{self, Plan};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, GB, limn};

use crate::{Asked, Seen};

pub const CASES: &[Asked] = &[
    Asked {
        name: "schema-triggers-and-views",
        right: "refused in one line or rescued, at once; what is said to be done is on disk",
        ask: triggers,
    },
    Asked {
        name: "schema-computed-columns",
        right: "the same where columns, checks and indices compute; below 200 MB",
        ask: computed,
    },
    Asked { name: "schema-many", right: "20,000 tables or a name of a megabyte: within 10 s and 500 MB", ask: many },
];

const ENDLESS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";

fn triggers(case: &Folder) -> Verdict {
    let view = format!(
        "ALTER TABLE class RENAME TO class_; CREATE VIEW class AS {ENDLESS} SELECT id, record FROM class_ WHERE (SELECT max(n) FROM r) > 0;"
    );
    let meta = format!(
        "ALTER TABLE meta RENAME TO meta_; CREATE VIEW meta AS {ENDLESS} SELECT key, value FROM meta_ WHERE (SELECT count(*) FROM r) > 0;"
    );
    let when = format!(
        "CREATE TRIGGER t AFTER INSERT ON object WHEN ({ENDLESS} SELECT max(n) FROM r) > 0 BEGIN SELECT 1; END;"
    );
    let variants = [
        ("discard", "CREATE TRIGGER t AFTER INSERT ON object BEGIN DELETE FROM object WHERE id = NEW.id; END;"),
        ("ignore", "CREATE TRIGGER t BEFORE INSERT ON object BEGIN SELECT RAISE(IGNORE); END;"),
        ("journal", "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM object; END;"),
        ("update", "CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM object; END;"),
        ("when", &when),
        ("view", &view),
        ("meta", &meta),
    ];
    let mut seen = Seen::default();
    for (name, statements) in variants {
        let path = make::project(case, &Plan { folder: name, ..Plan::default() });
        make::sql(&path, statements);
        let source =
            make::coco(case.join("more.json"), &[("a.png", 40, 30)], &[(0, 0, make::square(20, 12, 6))], &["cat"]);
        let run = limn!(case; "import", &path, "--from", make::data("coco", &source)).seconds(15).memory(3 * GB).run();
        let count = make::ask(&path, "SELECT count(*) FROM object");
        let lost = run.code == 0 && count.as_deref() != Some("2");
        seen.note(run.fine() && !lost, format!("{name}: {run}; {count:?} objects on disk"));
    }
    seen.verdict()
}

fn computed(case: &Folder) -> Verdict {
    let huge = "hex(zeroblob(400000000))";
    let column = format!(
        "ALTER TABLE meta RENAME TO m_; CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT GENERATED ALWAYS AS ({huge}));
         INSERT INTO meta(key) SELECT key FROM m_;"
    );
    let check = format!(
        "ALTER TABLE class RENAME TO c_;
         CREATE TABLE class(id INTEGER PRIMARY KEY, record TEXT NOT NULL CHECK(length({huge}) > 0)); INSERT INTO class SELECT * FROM c_;"
    );
    let default = format!("ALTER TABLE class ADD COLUMN more TEXT GENERATED ALWAYS AS ({huge}) VIRTUAL;");
    let index = "CREATE INDEX i ON class(length(replace(hex(zeroblob(length(record) * 0 + 4000000)), '0', record)));";
    let mut seen = Seen::default();
    for (name, statements) in [("column", &column[..]), ("check", &check), ("default", &default), ("index", index)] {
        let path = make::project(case, &Plan { folder: name, ..Plan::default() });
        make::sql(&path, statements);
        let run = limn!(case; "check", &path).seconds(15).run();
        seen.run(name, &run, 5.0, 200);
    }
    seen.verdict()
}

fn many(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let tables: String = (0..20_000).map(|i| format!("CREATE TABLE t{i}(a);")).collect();
    let name = "n".repeat(1 << 20);
    for (what, statements) in
        [("tables", format!("BEGIN; {tables} COMMIT;")), ("name", format!("CREATE TABLE \"{name}\"(a);"))]
    {
        let path = make::project(case, &Plan { folder: what, ..Plan::default() });
        make::sql(&path, &statements);
        seen.run(what, &limn!(case; "check", &path).seconds(20).run(), 10.0, 500);
    }
    seen.verdict()
}
