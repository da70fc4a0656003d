//! The inputs of `tests/golden/hostile`, each as `inputs.json` there says.

use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, make};
use serde_json::Value;

use crate::{Asked, Seen, bytes, copied, models, printing};

pub const CASES: &[Asked] = &[Asked {
    name: "hostile-inputs",
    right: "no panic, abort, hang, control character or foreign log; below 600 MB",
    ask: inputs,
}];

fn inputs(case: &Folder) -> Verdict {
    let golden = limn_tests::root().join("tests/golden/hostile");
    let rows: Value = serde_json::from_slice(&bytes(golden.join("inputs.json"))).expect("the table of inputs");
    let mut seen = Seen::default();
    for row in rows.as_array().expect("rows") {
        let name = row["file"].as_str().expect("a file");
        let place = case.join(format!("in{}", seen.right + seen.wrong.len()));
        copied(&golden, &place);
        let file = place.join(name);
        let run = if row["kind"] == "model" {
            let card = models::lay_out(&place.join("model"), &bytes(&file), "m.onnx");
            models::segment(case, &card, "ort")
        } else {
            let folder = file.parent().unwrap_or(&place).display().to_string();
            let words = row["command"].as_array().expect("a command").iter().filter_map(Value::as_str);
            let filled = words.map(|word| {
                word.replace("{..}", &folder)
                    .replace("{}", &file.display().to_string())
                    .replace("{out}", &place.join("out").display().to_string())
                    .into()
            });
            case.limn(filled.collect()).seconds(60).run()
        };
        let right = run.fine() && run.peak <= 600 && !printing::raw(&run) && !run.err.contains("onnxruntime:");
        seen.note(right, format!("{name}: {run}"));
    }
    let plain = case.join("plain.png");
    make::png(plain);
    seen.verdict()
}
