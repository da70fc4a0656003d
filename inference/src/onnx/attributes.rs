//! Attributes of a node, each asked for by name; what nobody asked for is refused.

use std::cell::RefCell;

use rten_onnx::onnx::{AttributeProto, NodeProto, TensorProto};

use super::limits::MAX_WINDOW;
use super::{Refusal, invalid, unsupported};

/// The attributes of one node.
pub struct Attributes<'a> {
    all: &'a [AttributeProto],
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Attributes<'a> {
    /// Of this node.
    #[must_use]
    pub fn new(node: &'a NodeProto) -> Self {
        Self { all: &node.attribute, asked: RefCell::new(Vec::new()) }
    }

    fn find(&self, name: &'static str) -> Option<&'a AttributeProto> {
        self.asked.borrow_mut().push(name);
        self.all.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// An integer.
    pub fn int(&self, name: &'static str) -> Option<i64> {
        self.find(name).map(|attribute| attribute.i.unwrap_or(0))
    }

    /// An integer, or this.
    pub fn int_or(&self, name: &'static str, default: i64) -> i64 {
        self.int(name).unwrap_or(default)
    }

    /// An integer that means yes or no.
    pub fn flag(&self, name: &'static str, default: bool) -> bool {
        self.int(name).map_or(default, |value| value != 0)
    }

    /// A float, or this.
    pub fn float_or(&self, name: &'static str, default: f32) -> f32 {
        self.float(name).unwrap_or(default)
    }

    /// A float.
    pub fn float(&self, name: &'static str) -> Option<f32> {
        self.find(name).map(|attribute| attribute.f.unwrap_or(0.0))
    }

    /// A word, or this.
    pub fn word_or(&self, name: &'static str, default: &'static str) -> &'a str {
        self.find(name).map_or(default, |attribute| attribute.s.as_deref().unwrap_or(""))
    }

    /// A list of integers.
    pub fn ints(&self, name: &'static str) -> Option<&'a [i64]> {
        self.find(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A list of floats.
    pub fn floats(&self, name: &'static str) -> Option<&'a [f32]> {
        self.find(name).map(|attribute| attribute.floats.as_slice())
    }

    /// A tensor.
    pub fn tensor(&self, name: &'static str) -> Option<&'a TensorProto> {
        self.find(name).and_then(|attribute| attribute.t.as_ref())
    }

    /// `N` window sizes (kernel, strides, pads ...), or this everywhere.
    ///
    /// # Errors
    /// Another number of them, or one that is below `least` or far too large.
    pub fn window<const N: usize>(
        &self,
        name: &'static str,
        default: usize,
        least: i64,
    ) -> Result<[usize; N], Refusal> {
        let Some(given) = self.ints(name) else { return Ok([default; N]) };
        if given.len() != N {
            return Err(unsupported(format!(
                "`{name}` has {} numbers, only two-dimensional pictures ({N} numbers) are handled",
                given.len()
            )));
        }
        if let Some(wrong) = given.iter().find(|&&value| value < least || value > MAX_WINDOW) {
            return Err(invalid(format!("`{name}` holds {wrong}, which must lie in {least} to {MAX_WINDOW}")));
        }
        let mut window = [default; N];
        for (window, &given) in window.iter_mut().zip(given) {
            *window = given as usize;
        }
        Ok(window)
    }

    /// Attributes that mean nothing here.
    pub fn ignore(&self, names: &[&'static str]) {
        self.asked.borrow_mut().extend_from_slice(names);
    }

    /// Refuses attributes that nobody asked for.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] with the name.
    pub fn finish(&self) -> Result<(), Refusal> {
        let asked = self.asked.borrow();
        for attribute in self.all {
            let name = attribute.name.as_deref().unwrap_or("");
            if !asked.contains(&name) {
                return Err(unsupported(format!("attribute `{name}` is not known")));
            }
            // Other runtimes go by the type that is written down, not by the name.
            if attribute.g.is_some() {
                return Err(unsupported(format!("attribute `{name}` is a graph")));
            }
            if let Some(tensor) = &attribute.t {
                super::tensor::check_place(tensor)?;
            }
        }
        Ok(())
    }
}
