//! Sessions with bound tensors.
//!
//! Every tensor (input, value between two sessions, output) is made once and bound once; a run writes into it in place.

use ort::memory::Allocator;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, Session};
use ort::value::{Tensor as OrtTensor, TensorElementType};

use super::failed;
use super::library::{self, Library};
use super::split::{self, Split};
use crate::executor::{check_len, find_tensor};
use crate::{BackendKind, EngineError, EngineOptions, Executor, ExecutorInfo, TensorSpec};

/// The network in ONNX Runtime.
pub struct OrtExecutor {
    info: ExecutorInfo,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    /// Whether the input of this index was ever set.
    is_set: Vec<bool>,
    tensors: Vec<Bound>,
    parts: Vec<Part>,
}

/// A tensor that lives as long as the executor.
struct Bound {
    spec: TensorSpec,
    tensor: OrtTensor<f32>,
}

/// One session: the whole network, or what depends on one input alone, or the rest.
struct Part {
    session: Session,
    binding: IoBinding,
    /// Indices of the network inputs it depends on.
    depends_on: Vec<usize>,
    stale: bool,
}

impl OrtExecutor {
    /// Loads the library and the network at fixed input shapes.
    ///
    /// # Errors
    /// [`EngineError::NoOrtLibrary`], [`EngineError::BadModel`] in ONNX Runtime's words, [`EngineError::ShapeMismatch`].
    pub fn load(
        onnx: &[u8],
        input_shapes: &[(&str, &[usize])],
        options: &EngineOptions,
        reason: String,
    ) -> Result<Self, EngineError> {
        crate::onnx::guard::check(onnx).map_err(EngineError::BadModel)?;
        let library = library::load(options.ort_library.as_deref())?;
        if options.partial
            && let Some(split) = try_split(onnx, input_shapes)
        {
            return Self::in_two(onnx, input_shapes, options, &library, reason, &split);
        }
        Self::whole(onnx, input_shapes, options, &library, reason)
    }

    /// One session for the whole network, from the bytes as they are.
    fn whole(
        onnx: &[u8],
        input_shapes: &[(&str, &[usize])],
        options: &EngineOptions,
        library: &Library,
        reason: String,
    ) -> Result<Self, EngineError> {
        let mut session = open(onnx, library, options)?;
        let inputs = input_specs(&session, input_shapes)?;
        let outputs = measure_outputs(&mut session, &inputs)?;
        let mut tensors = bound(inputs.iter().chain(&outputs))?;
        let parts = vec![Part::new(session, &mut tensors, (0..inputs.len()).collect())?];
        let info = info(library, reason, 0);
        Ok(Self { info, is_set: vec![false; inputs.len()], inputs, outputs, tensors, parts })
    }

    /// Two sessions: the first runs only when its one input changed.
    fn in_two(
        onnx: &[u8],
        input_shapes: &[(&str, &[usize])],
        options: &EngineOptions,
        library: &Library,
        reason: String,
        split: &Split,
    ) -> Result<Self, EngineError> {
        // The whole session checks the model and tells the shapes; then it goes.
        let (inputs, outputs) = {
            let mut session = open(onnx, library, options)?;
            let inputs = input_specs(&session, input_shapes)?;
            let outputs = measure_outputs(&mut session, &inputs)?;
            (inputs, outputs)
        };
        let cut_only = split.cut.iter().filter(|spec| !outputs.iter().any(|output| output.name == spec.name));
        let mut tensors = bound(inputs.iter().chain(&outputs).chain(cut_only))?;
        let parts = vec![
            Part::new(open(&split.first, library, options)?, &mut tensors, vec![split.input])?,
            Part::new(open(&split.second, library, options)?, &mut tensors, (0..inputs.len()).collect())?,
        ];
        let cut_bytes = split.cut.iter().map(|spec| spec.elements() as u64 * 4).sum();
        let info = info(library, reason, cut_bytes);
        Ok(Self { info, is_set: vec![false; inputs.len()], inputs, outputs, tensors, parts })
    }

    /// How many sessions the network runs in: 2 with partial evaluation, else 1.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.parts.len()
    }
}

/// The network in two parts, if our own reader understands it and it is worth it.
fn try_split(onnx: &[u8], input_shapes: &[(&str, &[usize])]) -> Option<Split> {
    let model = crate::onnx::parse(onnx).ok()?;
    match crate::onnx::import(&model, input_shapes) {
        Ok(imported) => split::split(&model, &imported),
        Err(error) => {
            tracing::info!("the network runs in one piece: {error}");
            None
        }
    }
}

impl Executor for OrtExecutor {
    fn info(&self) -> &ExecutorInfo {
        &self.info
    }

    fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError> {
        let index = find_tensor(&self.inputs, "input", name)?;
        check_len(&self.inputs[index], data)?;
        if let Some(bound) = self.tensors.iter_mut().find(|bound| bound.spec.name == name) {
            let (_, elements) = bound.tensor.try_extract_tensor_mut::<f32>().map_err(|e| failed(&e))?;
            elements.copy_from_slice(data);
        }
        self.is_set[index] = true;
        for part in &mut self.parts {
            part.stale |= part.depends_on.contains(&index);
        }
        Ok(())
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        for name in wanted {
            find_tensor(&self.outputs, "output", name)?;
        }
        if let Some(index) = self.is_set.iter().position(|&set| !set) {
            return Err(EngineError::NotReady {
                name: self.inputs[index].name.clone(),
                reason: "set this input before the first run".to_owned(),
            });
        }
        for part in self.parts.iter_mut().filter(|part| part.stale) {
            part.session.run_binding(&part.binding).map_err(|error| failed(&error))?;
            part.stale = false;
        }
        Ok(())
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let index = find_tensor(&self.outputs, "output", name)?;
        if self.parts.iter().any(|part| part.stale) {
            return Err(EngineError::NotReady {
                name: self.outputs[index].name.clone(),
                reason: "call run first".to_owned(),
            });
        }
        if let Some(bound) = self.tensors.iter().find(|bound| bound.spec.name == name) {
            let (_, elements) = bound.tensor.try_extract_tensor::<f32>().map_err(|e| failed(&e))?;
            out.resize(elements.len(), 0.0);
            out.copy_from_slice(elements);
        }
        Ok(())
    }
}

fn bound<'a>(specs: impl Iterator<Item = &'a TensorSpec>) -> Result<Vec<Bound>, EngineError> {
    specs
        .map(|spec| {
            let tensor = OrtTensor::<f32>::new(&Allocator::default(), spec.shape.clone());
            Ok(Bound { spec: spec.clone(), tensor: tensor.map_err(|error| failed(&error))? })
        })
        .collect()
}

impl Part {
    fn new(session: Session, tensors: &mut [Bound], depends_on: Vec<usize>) -> Result<Self, EngineError> {
        let mut binding = session.create_binding().map_err(|error| failed(&error))?;
        for input in session.inputs() {
            for bound in tensors.iter().filter(|bound| bound.spec.name == input.name()) {
                binding.bind_input(input.name(), &bound.tensor).map_err(|error| failed(&error))?;
            }
        }
        for output in session.outputs() {
            for bound in tensors.iter_mut().filter(|bound| bound.spec.name == output.name()) {
                binding.bind_output(output.name(), &mut bound.tensor).map_err(|error| failed(&error))?;
            }
        }
        Ok(Self { session, binding, depends_on, stale: true })
    }
}

fn info(library: &Library, reason: String, pool_bytes: u64) -> ExecutorInfo {
    ExecutorInfo { backend: BackendKind::Ort, device: library.describe(), reason, pool_bytes }
}

fn open(onnx: &[u8], library: &Library, options: &EngineOptions) -> Result<Session, EngineError> {
    let mut builder = Session::builder(&library.environment)
        .map_err(|error| failed(&error))?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|error| failed(&error))?;
    if options.threads != 0 {
        builder = builder
            .with_independent_thread_pool()
            .map_err(|error| failed(&error))?
            .with_intra_threads(options.threads)
            .map_err(|error| failed(&error))?;
    }
    builder.commit_from_memory(onnx).map_err(|error| match failed(&error) {
        EngineError::Backend { message, .. } => EngineError::BadModel(format!("ONNX Runtime refuses it: {message}")),
        other => other,
    })
}

/// The inputs of a session at the shapes asked for.
fn input_specs(session: &Session, input_shapes: &[(&str, &[usize])]) -> Result<Vec<TensorSpec>, EngineError> {
    let mut specs = Vec::new();
    for input in session.inputs() {
        let name = input.name();
        if input.dtype().tensor_type() != Some(TensorElementType::Float32) {
            return Err(EngineError::BadModel(format!(
                "input `{name}` is {}, only 32-bit float tensors can be fed",
                input.dtype()
            )));
        }
        let Some((_, shape)) = input_shapes.iter().find(|(given, _)| *given == name) else {
            return Err(EngineError::BadModel(format!("no shape was given for input `{name}`")));
        };
        let declared = input.dtype().tensor_shape().map_or(&[][..], |shape| &shape[..]);
        let fits =
            declared.len() == shape.len() && declared.iter().zip(*shape).all(|(&d, &s)| d < 0 || d as usize == s);
        if !fits {
            return Err(EngineError::ShapeMismatch {
                name: name.to_owned(),
                expected: declared.iter().map(|&d| usize::try_from(d).unwrap_or(0)).collect(),
                got: shape.to_vec(),
            });
        }
        specs.push(TensorSpec { name: name.to_owned(), shape: shape.to_vec() });
    }
    for (name, _) in input_shapes {
        find_tensor(&specs, "input", name)?;
    }
    Ok(specs)
}

/// Output shapes, learnt by a first run on zeros (which also warms the session up).
fn measure_outputs(session: &mut Session, inputs: &[TensorSpec]) -> Result<Vec<TensorSpec>, EngineError> {
    let names: Vec<String> = session.outputs().iter().map(|output| output.name().to_owned()).collect();
    let mut values = Vec::new();
    for spec in inputs {
        let zeros = OrtTensor::<f32>::new(&Allocator::default(), spec.shape.clone()).map_err(|error| failed(&error))?;
        values.push((spec.name.clone(), zeros));
    }
    let results = session.run(values).map_err(|error| failed(&error))?;
    let mut outputs = Vec::new();
    for name in names {
        let Some(value) = results.get(&name) else { continue };
        let Ok((shape, _)) = value.try_extract_tensor::<f32>() else {
            return Err(EngineError::BadModel(format!(
                "output `{name}` is {}, only 32-bit float tensors can be read",
                value.dtype()
            )));
        };
        let shape = shape.iter().map(|&extent| usize::try_from(extent).unwrap_or(0)).collect();
        outputs.push(TensorSpec { name, shape });
    }
    Ok(outputs)
}
