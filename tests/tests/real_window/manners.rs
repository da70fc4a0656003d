//! What a window does besides: it talks to nobody, and small files that it cannot read are kept. The table is
//! `target/tests/window.md`.

use std::time::Duration;

use limn_tests::make::{self, Plan};
use limn_tests::verdicts::{self, Case, Verdict};
use limn_tests::{Folder, limn, stub};
use serde_json::json;

use crate::screen::Screen;
use crate::window::{self, Running};

/// ONNX Runtime waited a minute before it looked for somebody to talk to.
const LONG_ENOUGH: Duration = Duration::from_secs(75);

/// Asks the program in a folder of its own.
type Ask = fn(&Folder) -> Verdict;

#[test]
fn the_window_has_manners() {
    let _alone = crate::alone();
    let all: [(&str, &str, Ask); 2] = [
        ("talks-to-nobody", "open for 75 s with ONNX Runtime: no name is looked up, nothing is left at home", nobody),
        (
            "keeps-small-files",
            "settings and drafts that cannot be read are kept, not replaced by defaults",
            small_files,
        ),
    ];
    let cases: Vec<Case<'_>> = all
        .iter()
        .map(|(name, right, ask)| Case {
            name: (*name).to_owned(),
            right: (*right).to_owned(),
            ask: Box::new(move || ask(&Folder::new())),
        })
        .collect();
    verdicts::run("window", &cases);
}

fn nobody(case: &Folder) -> Verdict {
    window::lay_picture(case);
    let resolver = stub::Resolver::new(case);
    let screen = Screen::start(1600, 1000);
    let call = limn!(case; "--backend", "ort", case.join("pictures"));
    let surroundings =
        [("LD_PRELOAD", Some(resolver.library().as_os_str())), ("STUB_LOG", Some(resolver.log().as_os_str()))];
    let mut limn = Running::start("talks-to-nobody", &call, case.join("words"), &screen, &surroundings);
    let window = limn.wait("the window", || screen.window());
    let place = limn.wait_for_picture();
    limn.click_on(&place);
    limn.wait_until(LONG_ENOUGH);
    screen.close(window);
    let status = limn.ended();
    let (asked, left) = (resolver.asked(), stub::left_at_home(case));
    if status.success() && asked.is_empty() && left.is_empty() {
        Ok(String::new())
    } else {
        Err(format!("closed with {status}; looked up {asked:?}; left at home {left:?}"))
    }
}

/// One bad byte in the settings, one draft of a newer version in the view of a project.
fn small_files(case: &Folder) -> Verdict {
    let precious = "mine-precious";
    let settings = case.join("data/limn/settings.json");
    make::file(
        &settings,
        format!("{{\"theme\": \"dark\", \"keys\": {{\"accept\": \"{precious}\"}},, \"recent\": []}}"),
    );
    window::lay_picture(case);
    let path = make::project(case, &Plan { folder: "p", ..Plan::default() });
    std::fs::copy(case.join("pictures/disk.png"), case.join("p/disk.png")).expect("a picture");
    let draft = json!({"image": 1, "correcting": null, "prompts": [{"OfANewerVersion": {"text": precious}}]});
    let view = json!({"picture": "disk.png", "drafts": [draft]});
    make::sql(&path, &format!("INSERT OR REPLACE INTO meta VALUES('view', '{view}')"));
    make::settle(&path);
    let screen = Screen::start(1600, 1000);
    let call = limn!(case; "--backend", "reference", &path);
    let mut limn = Running::start("keeps-small-files", &call, case.join("words"), &screen, &[]);
    let window = limn.wait("the window", || screen.window());
    let lock = path.with_extension("limn.lock");
    limn.wait("the project", || lock.exists().then_some(()));
    // Its view is read right after it is locked.
    std::thread::sleep(Duration::from_secs(5));
    screen.close(window);
    let status = limn.ended();
    let holds = |name: &String| {
        std::fs::read(case.join(name)).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(precious))
    };
    let kept: Vec<String> = case.files_below("data").into_iter().filter(holds).collect();
    let drafts = make::ask(&path, &format!("SELECT count(*) FROM meta WHERE value LIKE '%{precious}%'"));
    let drafts = drafts.is_some_and(|n| n != "0")
        || case.files_below("p").iter().any(|name| !name.contains(".limn") && holds(name));
    if status.success() && !kept.is_empty() && drafts {
        Ok(format!("settings kept in {kept:?}"))
    } else {
        Err(format!("closed with {status}; settings kept in {kept:?}; drafts kept: {drafts}"))
    }
}
