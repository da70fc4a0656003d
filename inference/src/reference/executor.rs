//! The plan, replayed on the CPU.

use std::sync::Arc;

use super::kernels::{self, Operand};
use crate::executor::{check_len, find_tensor};
use crate::graph::{Graph, ValueId};
use crate::plan::{Dense, Plan, Schedule};
use crate::{BackendKind, EngineError, Executor, ExecutorInfo, TensorSpec};

/// Runs a plan in main memory. Needs nothing but the program itself.
pub struct ReferenceExecutor {
    info: ExecutorInfo,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    plan: Plan,
    schedule: Schedule,
    buffers: Vec<Vec<f32>>,
    /// For every value its elements, if it is a constant.
    constants: Vec<Option<Arc<[f32]>>>,
    /// Threads of its own, if a number was asked for.
    threads: Option<rayon::ThreadPool>,
}

impl ReferenceExecutor {
    /// Plans the graph and makes its buffers.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`] if the buffers would be absurdly large.
    pub fn new(graph: Graph, partial: bool, reason: String) -> Result<Self, EngineError> {
        let plan = Plan::new(graph, &Dense, partial);
        plan.check_size()?;
        let schedule = Schedule::new(&plan, partial);
        let constants =
            plan.graph.values.iter().map(|value| value.constant().map(crate::graph::Constant::to_f32)).collect();
        let buffers = plan.buffers.iter().map(|&bytes| vec![0.0; bytes as usize / 4]).collect();
        let info = ExecutorInfo {
            backend: BackendKind::Reference,
            device: "plain Rust on the CPU".to_owned(),
            reason,
            pool_bytes: plan.pool_bytes(),
        };
        Ok(Self {
            info,
            inputs: plan.inputs(),
            outputs: plan.outputs(),
            plan,
            schedule,
            buffers,
            constants,
            threads: None,
        })
    }

    /// Runs on so many threads of its own; 0: on those that the program shares.
    ///
    /// # Errors
    /// [`EngineError::Backend`] if the system gives no threads.
    pub fn with_threads(mut self, threads: usize) -> Result<Self, EngineError> {
        if threads > 0 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|index| format!("limn-reference-{index}"))
                .build();
            let failed = |error: rayon::ThreadPoolBuildError| EngineError::Backend {
                backend: "reference",
                message: error.to_string(),
            };
            self.threads = Some(pool.map_err(failed)?);
        }
        Ok(self)
    }

    /// The plan that is replayed.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The node indices that the last run executed, in order.
    #[must_use]
    pub fn last_steps(&self) -> &[usize] {
        self.schedule.steps()
    }

    fn step(&mut self, index: usize) {
        let Self { plan, buffers, constants, threads, .. } = self;
        let node = &plan.graph.nodes[index];
        let Some(target) = plan.buffer_of[node.output.0] else { return };
        // No operand lies in the buffer of the output, so it can be taken out while the others are read.
        let mut out = std::mem::take(&mut buffers[target]);
        {
            let operand =
                |&id: &ValueId| Operand { shape: plan.graph.shape(id), data: elements(plan, buffers, constants, id) };
            let inputs: Vec<Operand<'_>> = node.inputs.iter().map(operand).collect();
            let value = plan.graph.value(node.output);
            let mut run = || kernels::run(&node.op, &inputs, &value.shape, &mut out[..value.len()]);
            match threads {
                Some(pool) => pool.install(run),
                None => run(),
            }
        }
        buffers[target] = out;
    }
}

fn elements<'a>(plan: &Plan, buffers: &'a [Vec<f32>], constants: &'a [Option<Arc<[f32]>>], id: ValueId) -> &'a [f32] {
    match (&constants[id.0], plan.buffer_of[id.0]) {
        (Some(constant), _) => constant,
        (None, Some(buffer)) => &buffers[buffer][..plan.graph.value(id).len()],
        (None, None) => &[],
    }
}

impl Executor for ReferenceExecutor {
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
        if let Some(buffer) = self.plan.buffer_of[self.plan.graph.inputs[index].0] {
            self.buffers[buffer][..data.len()].copy_from_slice(data);
        }
        self.schedule.input_changed(&self.plan, index);
        Ok(())
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        if let Some(input) = self.schedule.missing_input() {
            return Err(EngineError::NotReady {
                name: self.inputs[input].name.clone(),
                reason: "set this input before the first run".to_owned(),
            });
        }
        for name in wanted {
            find_tensor(&self.outputs, "output", name)?;
        }
        let outputs = &self.outputs;
        let indices = wanted.iter().filter_map(|name| outputs.iter().position(|spec| spec.name == *name));
        self.schedule.prepare(&self.plan, indices);
        for at in 0..self.schedule.steps().len() {
            self.step(self.schedule.steps()[at]);
        }
        self.schedule.finish();
        Ok(())
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let index = find_tensor(&self.outputs, "output", name)?;
        let value = self.plan.graph.outputs[index].value;
        if !self.schedule.is_current(&self.plan, value) {
            return Err(EngineError::NotReady { name: name.to_owned(), reason: "call run first".to_owned() });
        }
        let elements = elements(&self.plan, &self.buffers, &self.constants, value);
        out.resize(elements.len(), 0.0);
        out.copy_from_slice(elements);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::two_inputs;

    #[test]
    fn a_second_click_gives_the_bits_of_a_fresh_run() {
        let mut kept = ReferenceExecutor::new(two_inputs(3), true, String::new()).unwrap();
        let mut fresh = ReferenceExecutor::new(two_inputs(3), false, String::new()).unwrap();
        let image = [-1.0, 2.0, -3.0, 4.0];
        kept.set_input("image", &image).unwrap();
        fresh.set_input("image", &image).unwrap();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for clicks in [[0.0; 4], [-10.0, 1.0, -1.0, 2.0]] {
            for executor in [&mut kept, &mut fresh] {
                executor.set_input("clicks", &clicks).unwrap();
                executor.run(&["mask"]).unwrap();
            }
            kept.read_output("mask", &mut a).unwrap();
            fresh.read_output("mask", &mut b).unwrap();
            assert_eq!(a, b);
        }
        assert_eq!(a, [0.0, 3.0, 2.0, 6.0]);
        assert_eq!(kept.last_steps(), [3, 4, 5, 6]);
        assert_eq!(fresh.last_steps().len(), 7);
    }
}
