//! Cards and networks of strangers: one file, below our limits, whatever engine runs it.

use std::path::{Path, PathBuf};

use limn_tests::make;
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, GB, Run, limn};

use crate::{Asked, Seen, bytes, pipe};

pub const CASES: &[Asked] = &[
    Asked {
        name: "models-card-names-others",
        right: "a card's file is a plain name; no sum of a file elsewhere is shown; below 200 MB",
        ask: card,
    },
    Asked {
        name: "models-external-data",
        right: "weights in another file are refused by every engine, which advise no other engine",
        ask: external,
    },
    Asked {
        name: "models-limits",
        right: "our reader's limits hold for ONNX Runtime: one line, below 600 MB, nothing of its log",
        ask: limits,
    },
    Asked { name: "models-plain", right: "control: a plain network runs with every engine", ask: plain },
];

/// A card and its network below `folder`.
pub fn lay_out(folder: &Path, network: &[u8], file: &str) -> PathBuf {
    let golden = limn_tests::root().join("tests/golden/hostile");
    let card = String::from_utf8(bytes(golden.join("card.toml"))).unwrap_or_default();
    make::file(folder.join("m.onnx"), network);
    let card = card.replace("SUM", &make::sha256(network)).replace("m.onnx", file);
    make::file(folder.join("m.toml"), card)
}

fn golden(name: &str) -> Vec<u8> {
    bytes(limn_tests::root().join("tests/golden/hostile").join(name))
}

/// One click with the model.
pub fn segment(case: &Folder, card: &Path, backend: &str) -> Run {
    let picture = make::rgb(case.join("a.png"), 0);
    // ONNX Runtime reserves address space for its threads.
    let memory = if backend == "ort" { 20 * GB } else { 6 * GB };
    limn!(case; "segment", &picture, "--click", "9,9", "--model", card, "--backend", backend)
        .memory(memory)
        .seconds(60)
        .run()
}

fn card(case: &Folder) -> Verdict {
    let secret = make::file(case.join("secret"), "0000");
    pipe(case.join("pipe"));
    let mut seen = Seen::default();
    for (name, file) in [
        ("elsewhere", secret.display().to_string()),
        ("above", "../secret".into()),
        ("device", "/dev/zero".into()),
        ("pipe", "../pipe".into()),
    ] {
        let card = lay_out(&case.join(format!("m-{name}")), b"none", &file);
        let run = segment(case, &card, "reference");
        let told = run.err.contains(&make::sha256(b"0000")[..8]);
        let quick = run.fine() && run.code == 1 && run.processor < 20.0 && run.peak < 200;
        seen.note(quick && !told, format!("{name}: {run}{}", if told { "; tells the sum of the file" } else { "" }));
    }
    seen.verdict()
}

fn external(case: &Folder) -> Verdict {
    let card = lay_out(&case.join("m"), &golden("external-data.onnx"), "m.onnx");
    make::file(case.join("secret.bin"), 0.5_f32.to_le_bytes().repeat(14));
    make::file(case.join("m/secret.bin"), 0.5_f32.to_le_bytes().repeat(14));
    let mut seen = Seen::default();
    for backend in ["reference", "ort", "wgpu", "rten"] {
        let run = segment(case, &card, backend);
        // An engine that this build does not have is a wrong usage.
        let refused = run.fine() && matches!(run.code, 1 | 2) && !run.err.contains("`ort` backend");
        let named = run.code == 2 || run.err.to_lowercase().contains("external");
        seen.note(refused && named && !run.err.contains("onnxruntime:"), format!("{backend}: {run}"));
    }
    seen.verdict()
}

fn limits(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for name in
        ["folding", "doubling", "huge-expand", "huge-kernel", "huge-initialiser", "negative-initialiser", "cyclic"]
    {
        let card = lay_out(&case.join(name), &golden(&format!("{name}.onnx")), "m.onnx");
        for backend in ["ort", "rten", "reference"] {
            let run = segment(case, &card, backend);
            let right = run.fine() && run.peak <= 600 && run.processor < 30.0 && !run.err.contains("onnxruntime:");
            seen.note(right, format!("{name} {backend}: {run}"));
        }
    }
    seen.verdict()
}

fn plain(case: &Folder) -> Verdict {
    let card = lay_out(&case.join("m"), &golden("plain.onnx"), "m.onnx");
    let mut seen = Seen::default();
    for backend in ["reference", "ort"] {
        let run = segment(case, &card, backend);
        seen.note(run.ok(), format!("{backend}: {run}"));
    }
    seen.verdict()
}
