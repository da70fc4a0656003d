//! A network in `rten`.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, OnceLock};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueView};

use super::{VERSION, refusals};
use crate::calls::{Backend, Calls, check_len};
use crate::onnx::Checked;
use crate::onnxruntime::library::cores;
use crate::plan::{InputId, OutputId, dependence};
use crate::{BackendKind, EngineError, EngineOptions, ExecutorInfo, TensorSpec};

/// Runs a network on the processor.
pub struct RtenExecutor {
    info: ExecutorInfo,
    model: Model,
    options: RunOptions,
    calls: Calls,
    inputs: Vec<Input>,
    outputs: Vec<NodeId>,
    /// Index of the input that is evaluated ahead of the others.
    ahead: Option<usize>,
    /// What depends on that input alone, if it did not change since.
    kept: Option<Vec<(NodeId, Value)>>,
    /// For every output its elements, if they are up to date.
    results: Vec<Option<Vec<f32>>>,
}

/// An input of the network.
struct Input {
    node: NodeId,
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl RtenExecutor {
    /// Loads a network that our reader took.
    ///
    /// # Errors
    /// [`EngineError::UnsupportedOperator`] or [`EngineError::BadModel`] in rten's words.
    pub fn load(checked: &Checked, options: &EngineOptions, reason: String) -> Result<Self, EngineError> {
        refusals::check(checked)?;
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(checked.bytes()?).map_err(|error| {
            EngineError::UnsupportedOperator {
                node: error.node().unwrap_or("a node").to_owned(),
                op: format!("{:?}", error.kind()),
                reason: one_line(&error.to_string()),
                backend: Some(BackendKind::Rten),
            }
        })?;
        let node = |name: &str| {
            let found = model.node_id(name);
            found.map_err(|error| EngineError::BadModel(one_line(&error.to_string())))
        };
        let (input_specs, output_specs) = (checked.inputs(), checked.outputs());
        let mut inputs = Vec::new();
        for spec in &input_specs {
            let (node, data) = (node(&spec.name)?, vec![0.0; spec.elements()]);
            inputs.push(Input { node, shape: spec.shape.clone(), data });
        }
        let outputs = output_specs.iter().map(|spec| node(&spec.name)).collect::<Result<Vec<_>, _>>()?;
        let ahead = if options.partial {
            dependence::heaviest_input(&checked.graph, &dependence::of_values(&checked.graph))
        } else {
            None
        };
        let threads = if options.threads == 0 { shared_threads() } else { new_threads(options.threads) };
        let info = ExecutorInfo {
            backend: BackendKind::Rten,
            device: format!("rten {VERSION} on the CPU"),
            reason,
            pool_bytes: 0,
        };
        let results = outputs.iter().map(|_| None).collect();
        let options = RunOptions::default().with_thread_pool(Some(threads));
        let calls = Calls::new(input_specs, output_specs);
        let mut executor = Self { info, calls, model, options, inputs, outputs, ahead, kept: None, results };
        executor.try_out()?;
        Ok(executor)
    }

    /// A run on zeros: what rten cannot do shows only then, and another backend may.
    fn try_out(&mut self) -> Result<(), EngineError> {
        self.compute_all((0..self.outputs.len()).collect()).map_err(|error| match error {
            EngineError::Backend { message, .. } => EngineError::UnsupportedOperator {
                node: "unnamed".to_owned(),
                op: "tried on zeros".to_owned(),
                reason: message,
                backend: Some(BackendKind::Rten),
            },
            other => other,
        })?;
        self.kept = None;
        self.results.fill_with(|| None);
        Ok(())
    }

    /// Computes these outputs out of the inputs as they are.
    fn compute_all(&mut self, indices: Vec<usize>) -> Result<(), EngineError> {
        if let Some(ahead) = self.ahead
            && self.kept.is_none()
        {
            self.run_ahead(ahead)?;
        }
        let others = self.inputs.iter().enumerate().filter(|&(index, _)| self.ahead != Some(index));
        let mut values = others.map(|(_, input)| input.value()).collect::<Result<Vec<_>, _>>()?;
        let kept = self.kept.iter().flatten();
        values.extend(kept.map(|(node, value)| (*node, ValueOrView::from(value))));
        let nodes: Vec<NodeId> = indices.iter().map(|&index| self.outputs[index]).collect();
        let options = Some(self.options.clone());
        let results = guarded(|| self.model.run(values, &nodes, options))?;
        for (index, value) in indices.into_iter().zip(results) {
            self.results[index] = Some(floats(value, &self.calls.outputs()[index])?);
        }
        Ok(())
    }

    /// Computes what depends on the input ahead alone.
    fn run_ahead(&mut self, ahead: usize) -> Result<(), EngineError> {
        let input = self.inputs[ahead].value()?;
        let options = Some(self.options.clone());
        self.kept = Some(guarded(|| self.model.partial_run(vec![input], &self.outputs, options))?);
        Ok(())
    }
}

impl Input {
    fn value(&self) -> Result<(NodeId, ValueOrView<'_>), EngineError> {
        let view = ValueView::from_shape(&self.shape, &self.data).map_err(|error| failed(&error))?;
        Ok((self.node, view.into()))
    }
}

impl Backend for RtenExecutor {
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
        self.inputs[input.0].data.copy_from_slice(data);
        if self.ahead == Some(input.0) {
            self.kept = None;
        }
        self.results.fill_with(|| None);
        Ok(())
    }

    fn compute(&mut self, wanted: &[OutputId]) -> Result<(), EngineError> {
        let missing = wanted.iter().map(|output| output.0).filter(|&index| self.results[index].is_none());
        let missing: Vec<usize> = missing.collect();
        if missing.is_empty() { Ok(()) } else { self.compute_all(missing) }
    }

    fn read_computed(&mut self, output: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let elements = self.results[output.0].as_deref().unwrap_or_default();
        out.resize(elements.len(), 0.0);
        out.copy_from_slice(elements);
        Ok(())
    }
}

/// The elements of an output, checked against the shape that our reader worked out.
fn floats(value: Value, spec: &TensorSpec) -> Result<Vec<f32>, EngineError> {
    let elements = match value {
        Value::FloatTensor(tensor) => tensor.into_data(),
        // Indices and truth values.
        Value::Int32Tensor(tensor) => tensor.into_data().into_iter().map(|value| value as f32).collect(),
        other => {
            let (name, kind) = (&spec.name, other.dtype());
            return Err(EngineError::BadModel(format!("output `{name}` is {kind:?}, only floats can be read")));
        }
    };
    check_len(spec, &elements)?;
    Ok(elements)
}

/// Threads that all networks share, as many as there are cores.
fn shared_threads() -> Arc<ThreadPool> {
    static SHARED: OnceLock<Arc<ThreadPool>> = OnceLock::new();
    Arc::clone(SHARED.get_or_init(|| new_threads(cores())))
}

fn new_threads(count: usize) -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(count))
}

/// A run of rten; a panic in it becomes an error, for the file may come from anybody.
fn guarded<T, E: std::error::Error>(run: impl FnOnce() -> Result<T, E>) -> Result<T, EngineError> {
    match panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| failed(&error)),
        Err(_) => Err(EngineError::Backend {
            backend: BackendKind::Rten.name(),
            message: "it gave up on this network (panic)".to_owned(),
        }),
    }
}

fn failed(error: &dyn std::error::Error) -> EngineError {
    EngineError::Backend { backend: BackendKind::Rten.name(), message: one_line(&error.to_string()) }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
