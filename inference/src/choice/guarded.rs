//! Faults of the program (panics) inside an executor become errors: the person loses a prediction, not the window.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{BackendKind, EngineError, Executor, ExecutorInfo, TensorSpec};

/// An executor whose faults are errors. After one it is not used any more.
struct Guarded {
    inner: Box<dyn Executor>,
    backend: BackendKind,
    fault: Option<String>,
}

/// Reads a model.
///
/// # Errors
/// Those of `read`; [`EngineError::BadModel`] if it panics.
pub(super) fn read<T>(read: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        Err(EngineError::BadModel(format!("reading it met a fault in the program: {}", words(panic.as_ref()))))
    })
}

/// Builds an executor (or what will be one).
///
/// # Errors
/// Those of `build`; [`EngineError::Panicked`].
pub(super) fn build<T>(backend: BackendKind, build: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(build))
        .unwrap_or_else(|panic| Err(EngineError::Panicked { backend, message: words(panic.as_ref()) }))
}

/// The same executor, whose faults are errors.
#[must_use]
pub(super) fn guarded(inner: Box<dyn Executor>) -> Box<dyn Executor> {
    let backend = inner.info().backend;
    Box::new(Guarded { inner, backend, fault: None })
}

impl Guarded {
    fn call<T>(&mut self, work: impl FnOnce(&mut dyn Executor) -> Result<T, EngineError>) -> Result<T, EngineError> {
        let backend = self.backend;
        if let Some(fault) = &self.fault {
            return Err(EngineError::Panicked { backend, message: fault.clone() });
        }
        let inner = self.inner.as_mut();
        catch_unwind(AssertUnwindSafe(|| work(inner))).unwrap_or_else(|panic| {
            let message = words(panic.as_ref());
            self.fault = Some(message.clone());
            Err(EngineError::Panicked { backend, message })
        })
    }
}

impl Executor for Guarded {
    fn info(&self) -> &ExecutorInfo {
        self.inner.info()
    }

    fn inputs(&self) -> &[TensorSpec] {
        self.inner.inputs()
    }

    fn outputs(&self) -> &[TensorSpec] {
        self.inner.outputs()
    }

    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError> {
        self.call(|inner| inner.set_input(name, data))
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        self.call(|inner| inner.run(wanted))
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        self.call(|inner| inner.read_output(name, out))
    }
}

/// What a panic said, on one line.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no words").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Breaks at the second run.
    struct Brittle {
        info: ExecutorInfo,
        runs: u32,
    }

    impl Executor for Brittle {
        fn info(&self) -> &ExecutorInfo {
            &self.info
        }

        fn inputs(&self) -> &[TensorSpec] {
            &[]
        }

        fn outputs(&self) -> &[TensorSpec] {
            &[]
        }

        fn set_input(&mut self, _: &str, _: &[f32]) -> Result<(), EngineError> {
            Ok(())
        }

        fn run(&mut self, _: &[&str]) -> Result<(), EngineError> {
            self.runs += 1;
            assert!(self.runs < 2, "index out\nof bounds");
            Ok(())
        }

        fn read_output(&mut self, _: &str, _: &mut Vec<f32>) -> Result<(), EngineError> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_an_error_and_the_executor_is_not_used_again() {
        let (backend, device, reason) = (BackendKind::Reference, String::new(), String::new());
        let info = ExecutorInfo { backend, device, reason, pool_bytes: 0 };
        let mut executor = guarded(Box::new(Brittle { info, runs: 0 }));
        executor.run(&[]).unwrap();
        for error in [executor.run(&[]).unwrap_err(), executor.set_input("x", &[]).unwrap_err()] {
            assert!(error.needs_new_executor() && error.to_string().contains("index out of bounds"), "{error}");
        }
        let error = read::<()>(|| panic!("at byte 7")).unwrap_err();
        assert!(matches!(&error, EngineError::BadModel(what) if what.contains("byte 7")), "{error}");
    }
}
