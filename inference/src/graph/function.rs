//! Functions of single numbers: activations, functions of one and of two operands.

/// A function applied in the epilogue of a convolution or matrix product.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Activation {
    /// The identity.
    #[default]
    None,
    /// max(x, 0).
    Relu,
    /// min(max(x, min), max); ReLU6 is 0 to 6.
    Clip {
        /// Lower bound.
        min: f32,
        /// Upper bound.
        max: f32,
    },
    /// x, or alpha x where x is negative.
    LeakyRelu {
        /// Slope of the negative side.
        alpha: f32,
    },
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// min(max(alpha x + beta, 0), 1).
    HardSigmoid {
        /// Slope.
        alpha: f32,
        /// Offset.
        beta: f32,
    },
    /// x min(max(x / 6 + 1/2, 0), 1).
    HardSwish,
    /// x / (1 + exp(-x)).
    Silu,
}

/// An elementwise function of one operand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Unary {
    /// One of the functions that also fuse into convolutions; never `Activation::None`.
    Activation(Activation),
    /// Absolute value.
    Abs,
    /// Smallest integer not below.
    Ceil,
    /// Gauss error function.
    Erf,
    /// e^x.
    Exp,
    /// Largest integer not above.
    Floor,
    /// x Phi(x); with `tanh` the usual approximation.
    Gelu {
        /// Use 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
        tanh: bool,
    },
    /// Natural logarithm.
    Log,
    /// -x.
    Neg,
    /// 1 where the operand is 0, else 0.
    Not,
    /// 1/x.
    Reciprocal,
    /// Nearest integer, halves to even.
    Round,
    /// -1, 0 or 1.
    Sign,
    /// ln(1 + e^x).
    Softplus,
    /// Square root.
    Sqrt,
    /// Hyperbolic tangent.
    Tanh,
    /// x or alpha (e^x - 1) where x is negative.
    Elu {
        /// Scale of the negative side.
        alpha: f32,
    },
    /// Towards zero (a cast to an integer).
    Truncate,
}

/// An elementwise function of two operands, broadcast as numpy does. Comparisons and logic give 0 or 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binary {
    /// a + b.
    Add,
    /// a - b.
    Sub,
    /// a b.
    Mul,
    /// a / b.
    Div,
    /// a^b.
    Pow,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// a where a >= 0, else a b (b is the slope).
    PRelu,
    /// a < b.
    Less,
    /// a <= b.
    LessOrEqual,
    /// a > b.
    Greater,
    /// a >= b.
    GreaterOrEqual,
    /// a = b.
    Equal,
    /// Both.
    And,
    /// Either.
    Or,
    /// Exactly one.
    Xor,
}

impl Binary {
    /// Whether the result is a truth value.
    #[must_use]
    pub const fn is_truth(self) -> bool {
        matches!(
            self,
            Self::Less
                | Self::LessOrEqual
                | Self::Greater
                | Self::GreaterOrEqual
                | Self::Equal
                | Self::And
                | Self::Or
                | Self::Xor
        )
    }
}
