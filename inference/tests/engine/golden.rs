//! Models with inputs and expected outputs out of `tests/golden`: per file a model without nodes whose initialisers are, per
//! case, `<case>/model`, `<case>/in/<name>` and `<case>/out/<name>`.

use std::collections::BTreeMap;
use std::path::Path;

use limn_inference::{BackendKind, EngineError, EngineOptions, load, onnx};
use rten_onnx::onnx::TensorProto;

/// One case.
#[derive(Default)]
pub struct Case {
    pub model: Vec<u8>,
    pub inputs: Vec<(String, Vec<usize>, Vec<f32>)>,
    pub outputs: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Case {
    /// The inputs with their shapes.
    pub fn shapes(&self) -> Vec<(&str, &[usize])> {
        self.inputs.iter().map(|(name, shape, _)| (name.as_str(), shape.as_slice())).collect()
    }
}

/// The cases of a folder of `tests/golden`, by name.
pub fn cases(folder: &str) -> BTreeMap<String, Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(folder);
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for entry in folder.read_dir().expect("the golden data are part of the repository") {
        let path = entry.expect("the folder can be listed").path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        let file = onnx::parse(&std::fs::read(&path).expect("it can be read")).expect("it is an ONNX file");
        for tensor in &file.graph.as_ref().expect("`parse` sees to it").initializer {
            let name = tensor.name.as_deref().expect("`generate.py` names them");
            let (case, rest) = name.split_once('/').expect("`case/what`");
            let case = cases.entry(case.to_owned()).or_default();
            match rest.split_once('/') {
                None => case.model = tensor.raw_data.as_ref().expect("the bytes of the model").borrow().clone(),
                Some(("in", name)) => case.inputs.push(floats(name, tensor)),
                Some((_, name)) => case.outputs.push(floats(name, tensor)),
            }
        }
    }
    cases
}

fn floats(name: &str, tensor: &TensorProto) -> (String, Vec<usize>, Vec<f32>) {
    let constant = onnx::tensor::constant(tensor).expect("a tensor of numbers");
    (name.to_owned(), constant.shape.clone(), constant.to_f32().to_vec())
}

/// The outputs of a case through an executor; their shapes are checked.
pub fn run(case: &Case, kind: BackendKind) -> Result<Vec<Vec<f32>>, EngineError> {
    let mut executor = load(&case.model, &case.shapes(), &EngineOptions::only(kind))?;
    for (name, _, data) in &case.inputs {
        executor.set_input(name, data)?;
    }
    executor.run(&[])?;
    let mut results = Vec::new();
    for (index, (name, shape, _)) in case.outputs.iter().enumerate() {
        assert_eq!(&executor.outputs()[index].shape, shape, "shape of {name}");
        let mut out = Vec::new();
        executor.read_output(name, &mut out)?;
        results.push(out);
    }
    Ok(results)
}
