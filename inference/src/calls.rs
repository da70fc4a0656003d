//! What every executor checks: names, lengths, and the order of the calls.
//!
//! A [`Backend`] does the work and is asked for nothing that is out of order; [`Executor`] follows from it.

use crate::plan::{InputId, OutputId};
use crate::{EngineError, Executor, ExecutorInfo, TensorSpec};

/// The tensors of a network, and what was called so far.
#[derive(Clone, Debug)]
pub struct Calls {
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    /// For every input whether it was ever set.
    is_set: Vec<bool>,
    /// For every output whether the last run computed it, and no input was set since.
    is_there: Vec<bool>,
    /// The outputs of the last run; kept for its memory.
    wanted: Vec<OutputId>,
}

impl Calls {
    /// Nothing was called.
    #[must_use]
    pub fn new(inputs: Vec<TensorSpec>, outputs: Vec<TensorSpec>) -> Self {
        let (is_set, is_there) = (vec![false; inputs.len()], vec![false; outputs.len()]);
        Self { is_set, is_there, wanted: Vec::with_capacity(outputs.len()), inputs, outputs }
    }

    /// The inputs in the order of the ONNX file.
    #[must_use]
    pub fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    /// The outputs in the order of the ONNX file.
    #[must_use]
    pub fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    /// All outputs.
    pub fn all_outputs(&self) -> impl Iterator<Item = OutputId> + use<> {
        (0..self.outputs.len()).map(OutputId)
    }

    /// Fails before every input was set.
    ///
    /// # Errors
    /// [`EngineError::NotReady`].
    pub fn check_inputs(&self) -> Result<(), EngineError> {
        match self.is_set.iter().position(|&set| !set) {
            Some(index) => Err(EngineError::NotReady {
                name: self.inputs[index].name.clone(),
                reason: "set this input before the first run".to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The input of this name, if `data` has its length.
    fn input(&self, name: &str, data: &[f32]) -> Result<InputId, EngineError> {
        let index = find_tensor(&self.inputs, "input", name)?;
        check_len(&self.inputs[index], data)?;
        Ok(InputId(index))
    }

    /// Fills `wanted` with the named outputs, each once; no name means all.
    fn find_wanted(&self, names: &[&str], wanted: &mut Vec<OutputId>) -> Result<(), EngineError> {
        wanted.clear();
        if names.is_empty() {
            wanted.extend(self.all_outputs());
        }
        for name in names {
            let output = OutputId(find_tensor(&self.outputs, "output", name)?);
            if !wanted.contains(&output) {
                wanted.push(output);
            }
        }
        Ok(())
    }

    /// The output of this name, if it is there.
    fn output(&self, name: &str) -> Result<OutputId, EngineError> {
        let index = find_tensor(&self.outputs, "output", name)?;
        if self.is_there[index] {
            return Ok(OutputId(index));
        }
        Err(EngineError::NotReady { name: name.to_owned(), reason: "call run for it first".to_owned() })
    }
}

/// An executor that may take for granted that it is called in order and with what fits.
pub trait Backend: Send {
    /// What runs, where, and why.
    fn about(&self) -> &ExecutorInfo;

    /// What was called.
    fn calls(&self) -> &Calls;

    /// The same, to be written down.
    fn calls_mut(&mut self) -> &mut Calls;

    /// Copies `data`, which has the length of the input, in, and marks the input changed.
    ///
    /// # Errors
    /// What the backend says.
    fn write_input(&mut self, input: InputId, data: &[f32]) -> Result<(), EngineError>;

    /// Computes what changed and these outputs need. Every input was set.
    ///
    /// # Errors
    /// What the backend says.
    fn compute(&mut self, wanted: &[OutputId]) -> Result<(), EngineError>;

    /// Reads an output that the last [`compute`](Self::compute) was asked for; no input was set since.
    ///
    /// # Errors
    /// What the backend says.
    fn read_computed(&mut self, output: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError>;
}

impl<B: Backend> Executor for B {
    fn info(&self) -> &ExecutorInfo {
        self.about()
    }

    fn inputs(&self) -> &[TensorSpec] {
        self.calls().inputs()
    }

    fn outputs(&self) -> &[TensorSpec] {
        self.calls().outputs()
    }

    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError> {
        let input = self.calls().input(name, data)?;
        self.calls_mut().is_there.fill(false);
        self.write_input(input, data)?;
        self.calls_mut().is_set[input.0] = true;
        Ok(())
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        let mut outputs = std::mem::take(&mut self.calls_mut().wanted);
        let found = self.calls().find_wanted(wanted, &mut outputs).and_then(|()| self.calls().check_inputs());
        let done = found.and_then(|()| {
            self.calls_mut().is_there.fill(false);
            self.compute(&outputs)
        });
        let calls = self.calls_mut();
        for output in outputs.iter().filter(|_| done.is_ok()) {
            calls.is_there[output.0] = true;
        }
        calls.wanted = outputs;
        done
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let output = self.calls().output(name)?;
        self.read_computed(output, out)
    }
}

/// Finds `name` among `specs`.
fn find_tensor(specs: &[TensorSpec], role: &'static str, name: &str) -> Result<usize, EngineError> {
    specs.iter().position(|spec| spec.name == name).ok_or_else(|| EngineError::UnknownTensor {
        role,
        name: name.to_owned(),
        known: specs.iter().map(|spec| spec.name.clone()).collect(),
    })
}

/// Checks that `data` has as many elements as `spec`.
///
/// # Errors
/// [`EngineError::ShapeMismatch`].
pub fn check_len(spec: &TensorSpec, data: &[f32]) -> Result<(), EngineError> {
    if spec.elements() == data.len() {
        return Ok(());
    }
    Err(EngineError::ShapeMismatch { name: spec.name.clone(), expected: spec.shape.clone(), got: vec![data.len()] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BackendKind;

    /// `y` is `x` plus the number of the run; a run for anything else fails.
    struct Counter {
        info: ExecutorInfo,
        calls: Calls,
        x: f32,
        runs: usize,
    }

    impl Backend for Counter {
        fn about(&self) -> &ExecutorInfo {
            &self.info
        }

        fn calls(&self) -> &Calls {
            &self.calls
        }

        fn calls_mut(&mut self) -> &mut Calls {
            &mut self.calls
        }

        fn write_input(&mut self, _: InputId, data: &[f32]) -> Result<(), EngineError> {
            self.x = data[0];
            Ok(())
        }

        fn compute(&mut self, wanted: &[OutputId]) -> Result<(), EngineError> {
            self.runs += 1;
            match wanted {
                [OutputId(0)] => Ok(()),
                _ => Err(EngineError::DeviceLost("pulled out".to_owned())),
            }
        }

        fn read_computed(&mut self, _: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError> {
            *out = vec![self.x + self.runs as f32];
            Ok(())
        }
    }

    fn counter() -> Counter {
        let spec = |name: &str| TensorSpec { name: name.to_owned(), shape: vec![1] };
        let info = ExecutorInfo {
            backend: BackendKind::Reference,
            device: String::new(),
            reason: String::new(),
            pool_bytes: 0,
        };
        Counter { info, calls: Calls::new(vec![spec("x")], vec![spec("y"), spec("z")]), x: 0.0, runs: 0 }
    }

    #[test]
    fn what_is_out_of_order_never_reaches_the_backend() {
        let mut counter = counter();
        let mut out = Vec::new();
        assert!(matches!(counter.run(&["y"]), Err(EngineError::NotReady { name, .. }) if name == "x"));
        assert!(matches!(counter.set_input("y", &[1.0]), Err(EngineError::UnknownTensor { role: "input", .. })));
        assert!(matches!(counter.set_input("x", &[1.0; 2]), Err(EngineError::ShapeMismatch { .. })));
        counter.set_input("x", &[1.0]).unwrap();
        assert!(matches!(counter.run(&["x"]), Err(EngineError::UnknownTensor { role: "output", .. })));
        assert!(matches!(counter.read_output("y", &mut out), Err(EngineError::NotReady { .. })));
        assert_eq!(counter.runs, 0);
        counter.run(&["y", "y"]).unwrap();
        counter.read_output("y", &mut out).unwrap();
        assert_eq!((out[0], counter.runs), (2.0, 1));
        assert!(matches!(counter.read_output("z", &mut out), Err(EngineError::NotReady { name, .. }) if name == "z"));
    }

    #[test]
    fn what_is_not_up_to_date_is_not_read() {
        let mut counter = counter();
        let mut out = Vec::new();
        counter.set_input("x", &[1.0]).unwrap();
        counter.run(&["y"]).unwrap();
        counter.set_input("x", &[2.0]).unwrap();
        assert!(matches!(counter.read_output("y", &mut out), Err(EngineError::NotReady { .. })), "an input changed");
        counter.run(&["y"]).unwrap();
        counter.run(&[]).unwrap_err();
        assert!(matches!(counter.read_output("y", &mut out), Err(EngineError::NotReady { .. })), "the run failed");
    }
}
