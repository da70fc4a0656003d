//! The program talks to nobody: no name is looked up, no socket to anywhere is opened, ONNX Runtime leaves nothing at home.
//!
//! The window is asked in `tests/real_window` with the same stub. The stub answers every look-up with "no such name" and writes
//! down what was asked, so nothing leaves the machine.

use limn_tests::make;
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, GB, limn, stub};

use crate::{Asked, Seen};

pub const CASES: &[Asked] = &[
    Asked {
        name: "telemetry-command-line",
        right: "segment with ONNX Runtime looks up no name, opens no internet socket, leaves no file at home",
        ask: command_line,
    },
    Asked {
        name: "telemetry-traced",
        right: "the same seen by the system's calls: no AF_INET, no resolv.conf",
        ask: traced,
    },
];

fn command_line(case: &Folder) -> Verdict {
    let picture = make::rgb(case.join("a.png"), 90);
    let resolver = stub::Resolver::new(case);
    let run = limn!(case; "segment", &picture, "--click", "20,15", "--backend", "ort", "--out", case.join("m.png"))
        .env("LD_PRELOAD", resolver.library())
        .env("STUB_LOG", resolver.log())
        .memory(64 * GB)
        .seconds(120)
        .run();
    let mut seen = Seen::default();
    seen.note(run.ok() && case.join("m.png").exists(), format!("the network did not run with ONNX Runtime: {run}"));
    seen.note(resolver.asked().is_empty(), format!("looked up: {:?}", resolver.asked()));
    let left = stub::left_at_home(case);
    seen.note(left.is_empty(), format!("left at home: {left:?}"));
    seen.verdict()
}

fn traced(case: &Folder) -> Verdict {
    let picture = make::rgb(case.join("a.png"), 90);
    let trace = case.join("trace");
    let run = limn!(case; "segment", &picture, "--click", "20,15", "--backend", "ort", "--out", case.join("m.png"))
        .below(&["strace", "-f", "-qq", "-o", &trace.to_string_lossy(), "-e", "trace=socket,connect,sendto,openat"])
        .memory(64 * GB)
        .seconds(200)
        .run();
    let text = std::fs::read_to_string(&trace).unwrap_or_default();
    let mut seen = Seen::default();
    seen.note(
        run.ok() && !text.is_empty(),
        format!("strace and the program did not run (install strace with: cargo xtask setup): {run}"),
    );
    for part in ["AF_INET", "/etc/resolv.conf"] {
        let line = text.lines().find(|line| line.contains(part)).unwrap_or_default();
        seen.note(line.is_empty(), line);
    }
    seen.verdict()
}
