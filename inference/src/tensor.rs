//! A dense `f32` array in main memory.

use crate::EngineError;

/// A dense `f32` array, row-major; pictures are NCHW.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Extent of every axis, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// The elements, last axis fastest; as many as the product of `shape`.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Puts a shape and its elements together.
    ///
    /// # Errors
    /// [`EngineError::ShapeMismatch`] if the product of `shape` is not the number of elements.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Result<Self, EngineError> {
        let shape = shape.into();
        if checked_len(&shape) == Some(data.len()) {
            Ok(Self { shape, data })
        } else {
            Err(EngineError::ShapeMismatch { name: "tensor".to_owned(), expected: shape, got: vec![data.len()] })
        }
    }

    /// A tensor of zeros.
    #[must_use]
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let len = shape.iter().product();
        Self { shape, data: vec![0.0; len] }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

/// The product of the extents, or `None` if it does not fit `usize`.
#[must_use]
pub fn checked_len(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |len, &extent| len.checked_mul(extent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_data_must_agree() {
        assert!(Tensor::new([2, 3], vec![0.0; 6]).is_ok());
        let error = Tensor::new([2, 3], vec![0.0; 5]).unwrap_err();
        assert!(matches!(error, EngineError::ShapeMismatch { .. }), "{error}");
        assert_eq!(Tensor::zeros([]).len(), 1, "a scalar has one element");
        assert_eq!(checked_len(&[usize::MAX, 2]), None);
    }
}
