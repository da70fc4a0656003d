//! Sessions with bound tensors.
//!
//! Every tensor (input, value between two sessions, output) is made once and bound once; a run writes into it in place.

use ort::memory::Allocator;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, Session};
use ort::value::{Tensor as OrtTensor, TensorElementType};

use super::failed;
use super::library::{self, Library};
use super::split;
use crate::calls::{Backend, Calls};
use crate::onnx::Checked;
use crate::plan::{InputId, OutputId};
use crate::{BackendKind, EngineError, EngineOptions, ExecutorInfo, TensorSpec};

/// The network in ONNX Runtime.
pub struct OrtExecutor {
    info: ExecutorInfo,
    calls: Calls,
    /// Inputs, then outputs, both in the order of the file, then what goes from one session to the next.
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
    /// Loads the library and a network that our reader took, and runs it once, so that the first click finds everything made.
    ///
    /// # Errors
    /// [`EngineError::NoOrtLibrary`], [`EngineError::Telemetry`], [`EngineError::BadModel`] in ONNX Runtime's words.
    pub fn load(checked: &Checked, options: &EngineOptions, reason: String) -> Result<Self, EngineError> {
        let library = library::load(options.ort_library.as_deref())?;
        let (inputs, outputs) = (checked.inputs(), checked.outputs());
        let split = if options.partial { split::split(&checked.model, &checked.imported) } else { None };
        let cut = split.as_ref().map_or(&[][..], |split| &split.cut);
        let cut_only = cut.iter().filter(|spec| !outputs.iter().any(|output| output.name == spec.name));
        let mut tensors = bound(inputs.iter().chain(&outputs).chain(cut_only))?;
        let all: Vec<usize> = (0..inputs.len()).collect();
        let mut parts = Vec::new();
        if let Some(split) = &split {
            parts.push(Part::new(open(&split.first, &library, options)?, &mut tensors, vec![split.input])?);
            parts.push(Part::new(open(&split.second, &library, options)?, &mut tensors, all)?);
        } else {
            parts.push(Part::new(open(&checked.bytes()?, &library, options)?, &mut tensors, all)?);
        }
        for part in &mut parts {
            part.session.run_binding(&part.binding).map_err(|error| refused(&error))?;
        }
        let pool_bytes = cut.iter().map(|spec| spec.elements() as u64 * 4).sum();
        let info = ExecutorInfo { backend: BackendKind::Ort, device: library.describe(), reason, pool_bytes };
        Ok(Self { info, calls: Calls::new(inputs, outputs), tensors, parts })
    }

    /// How many sessions the network runs in: 2 with partial evaluation, else 1.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.parts.len()
    }
}

impl Backend for OrtExecutor {
    fn about(&self) -> &ExecutorInfo {
        &self.info
    }

    fn calls(&self) -> &Calls {
        &self.calls
    }

    fn calls_mut(&mut self) -> &mut Calls {
        &mut self.calls
    }

    fn write_input(&mut self, input: InputId, data: &[f32]) -> Result<(), EngineError> {
        let (_, elements) = self.tensors[input.0].tensor.try_extract_tensor_mut::<f32>().map_err(|e| failed(&e))?;
        elements.copy_from_slice(data);
        for part in &mut self.parts {
            part.stale |= part.depends_on.contains(&input.0);
        }
        Ok(())
    }

    fn compute(&mut self, _: &[OutputId]) -> Result<(), EngineError> {
        for part in self.parts.iter_mut().filter(|part| part.stale) {
            part.session.run_binding(&part.binding).map_err(|error| failed(&error))?;
            part.stale = false;
        }
        Ok(())
    }

    fn read_computed(&mut self, output: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let bound = &self.tensors[self.calls.inputs().len() + output.0];
        let (_, elements) = bound.tensor.try_extract_tensor::<f32>().map_err(|e| failed(&e))?;
        out.resize(elements.len(), 0.0);
        out.copy_from_slice(elements);
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
            if output.dtype().tensor_type() != Some(TensorElementType::Float32) {
                let (name, kind) = (output.name(), output.dtype());
                let message = format!("output `{name}` is {kind}, only 32-bit float tensors can be read");
                return Err(EngineError::BadModel(message));
            }
            for bound in tensors.iter_mut().filter(|bound| bound.spec.name == output.name()) {
                binding.bind_output(output.name(), &mut bound.tensor).map_err(|error| failed(&error))?;
            }
        }
        Ok(Self { session, binding, depends_on, stale: true })
    }
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
    builder.commit_from_memory(onnx).map_err(|error| refused(&error))
}

/// What ONNX Runtime says against a model.
fn refused<R>(error: &ort::Error<R>) -> EngineError {
    match failed(error) {
        EngineError::Backend { message, .. } => EngineError::BadModel(format!("ONNX Runtime refuses it: {message}")),
        other => other,
    }
}
