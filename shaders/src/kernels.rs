//! The table of kernels.

use crate::preprocess::{PreprocessError, expand};

/// What stands at a binding of group 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// The uniform buffer with the kernel's `Params`.
    Params,
    /// A storage buffer that is read.
    Read,
    /// A storage buffer that is written; never one of those that are read.
    Write,
    /// vec4s that are read: a storage buffer, with `TEXELS` a storage texture of [`TEXELS_IN_ROW`] texels in a row.
    ReadTexels,
    /// The same; with `HALF` of half precision.
    ReadWeights,
}

/// Width of the textures that hold vec4s: element i is texel (i % width, i / width).
pub const TEXELS_IN_ROW: u32 = 2048;

/// One WGSL file.
#[derive(Debug)]
pub struct KernelSpec {
    /// Path under `wgsl/` without extension.
    pub name: &'static str,
    /// The text before preprocessing.
    pub source: &'static str,
    /// The bindings of group 0, from 0.
    pub bindings: &'static [Binding],
    /// A further binding if a define is there.
    pub optional: Option<(&'static str, Binding)>,
    /// Permutations the tests validate: every define takes every value it is used with somewhere.
    pub permutations: &'static [&'static [(&'static str, u32)]],
}

/// Name of the entry point of every kernel.
pub const ENTRY: &str = "main";

impl KernelSpec {
    /// The WGSL text of a permutation.
    ///
    /// # Errors
    /// A mistake in the file or a define it needs and does not get.
    pub fn expand(&self, defines: &[(&str, u32)]) -> Result<String, PreprocessError> {
        expand(self.source, defines, &shared)
    }

    /// The bindings of a permutation.
    pub fn bindings(&self, defines: &[(&str, u32)]) -> impl Iterator<Item = Binding> + use<'_> {
        let optional = self.optional.filter(|(define, _)| defines.iter().any(|(name, _)| name == define));
        self.bindings.iter().copied().chain(optional.map(|(_, binding)| binding))
    }
}

/// The kernel of that name.
#[must_use]
pub fn kernel(name: &str) -> Option<&'static KernelSpec> {
    KERNELS.iter().find(|kernel| kernel.name == name)
}

/// Elementwise functions of one operand; the position is the number `FUNCTION` of `unary.wgsl`.
/// `alpha` and `beta` are what the graph gives them: bounds of `clip`, slope, scale and offset.
pub const UNARY: &[&str] = &[
    "clip",
    "leaky_relu",
    "sigmoid",
    "hard_sigmoid",
    "hard_swish",
    "silu",
    "abs",
    "ceil",
    "erf",
    "exp",
    "floor",
    "gelu",
    "gelu_tanh",
    "log",
    "neg",
    "not",
    "reciprocal",
    "round",
    "sign",
    "softplus",
    "sqrt",
    "tanh",
    "elu",
    "truncate",
];

/// Elementwise functions of two operands; the position is the number `FUNCTION` of `binary.wgsl`.
pub const BINARY: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "min",
    "max",
    "prelu",
    "less",
    "less_or_equal",
    "greater",
    "greater_or_equal",
    "equal",
    "and",
    "or",
    "xor",
];

const fn spec(
    name: &'static str,
    source: &'static str,
    bindings: &'static [Binding],
    permutations: &'static [&'static [(&'static str, u32)]],
) -> KernelSpec {
    KernelSpec { name, source, bindings, optional: None, permutations }
}

use Binding::{Params, Read, ReadTexels, ReadWeights, Write};

macro_rules! wgsl {
    ($name:literal) => {
        include_str!(concat!("wgsl/", $name, ".wgsl"))
    };
}

/// Kernels with no other define than `TEXELS`.
const PLAIN: &[&[(&str, u32)]] = &[&[], &[("TEXELS", 1)]];

/// The defines of a `conv` permutation: those given, and those that are the same in all or follow.
macro_rules! dense {
    ($($name:ident: $value:literal),*; $lanes:literal) => {
        &[$((stringify!($name), $value),)* ("LASTLANE", $lanes - 1), ("HOLDS", $lanes / 4), ("K", 1), ("S", 1), ("D", 1)]
    };
}

/// Every kernel.
pub static KERNELS: &[KernelSpec] = &[
    KernelSpec {
        name: "conv",
        source: wgsl!("conv"),
        bindings: &[Params, ReadTexels, ReadWeights, Read, Write],
        optional: Some(("RESIDUAL", ReadTexels)),
        permutations: &[
            dense!(P: 4, G: 4, WG: 64, LANES: 8, LOADS: 2; 8),
            dense!(P: 4, G: 2, WG: 16, LANES: 8, LOADS: 1, TAPS: 1, HALF: 1; 8),
            dense!(P: 2, G: 4, WG: 16, LANES: 8, LOADS: 2, RESIDUAL: 1, SUBGROUP: 1; 8),
            dense!(P: 4, G: 8, WG: 16, LANES: 16, LOADS: 2, RESIDUAL: 1, SUBGROUP: 1, TEXELS: 1; 16),
            dense!(P: 4, G: 4, WG: 16, LANES: 8, LOADS: 2, TAPS: 1, SUBGROUP: 1, TEXELS: 1, HALF: 1; 8),
        ],
    },
    KernelSpec {
        name: "conv_rows",
        source: wgsl!("conv_rows"),
        bindings: &[Params, ReadTexels, ReadWeights, Read, Write],
        optional: Some(("RESIDUAL", ReadTexels)),
        permutations: &[
            &[
                ("P", 4),
                ("G", 4),
                ("WG", 16),
                ("LANES", 16),
                ("LASTLANE", 15),
                ("LOADS", 1),
                ("HOLDS", 4),
                ("K", 3),
                ("S", 1),
                ("D", 2),
                ("COLUMNS", 8),
                ("SUBGROUP", 1),
                ("TEXELS", 1),
            ],
            &[
                ("P", 2),
                ("G", 2),
                ("WG", 16),
                ("LANES", 8),
                ("LASTLANE", 7),
                ("LOADS", 1),
                ("HOLDS", 2),
                ("K", 5),
                ("S", 2),
                ("D", 1),
                ("COLUMNS", 7),
                ("RESIDUAL", 1),
            ],
        ],
    },
    spec(
        "depthwise",
        wgsl!("depthwise"),
        &[Params, ReadTexels, ReadWeights, Read, Write],
        &[
            &[
                ("P", 4),
                ("R", 2),
                ("K", 3),
                ("S", 1),
                ("COLUMNS", 6),
                ("ROWS", 4),
                ("TAPS", 9),
                ("LANES", 16),
                ("LASTLANE", 15),
                ("LOADS", 1),
                ("WG", 16),
                ("SUBGROUP", 1),
                ("TEXELS", 1),
            ],
            &[
                ("P", 2),
                ("R", 1),
                ("K", 5),
                ("S", 2),
                ("COLUMNS", 7),
                ("ROWS", 5),
                ("TAPS", 25),
                ("LANES", 8),
                ("LASTLANE", 7),
                ("LOADS", 4),
                ("WG", 64),
            ],
        ],
    ),
    spec("pack", wgsl!("pack"), &[Params, Read, Write], PLAIN),
    spec("unpack", wgsl!("unpack"), &[Params, ReadTexels, Write], PLAIN),
    spec("copy_planes", wgsl!("copy_planes"), &[Params, ReadTexels, Write], PLAIN),
    KernelSpec {
        name: "resize",
        source: wgsl!("resize"),
        bindings: &[Params, ReadTexels, Write],
        optional: Some(("NEAREST", Read)),
        permutations: &[&[], &[("NEAREST", 1), ("TEXELS", 1)]],
    },
    spec("pool", wgsl!("pool"), &[Params, ReadTexels, Write], &[&[("TEXELS", 1)], &[("MAX", 1)]]),
    spec(
        "unary",
        wgsl!("unary"),
        &[Params, ReadTexels, Write],
        &[&[("FUNCTION", 0)], &[("FUNCTION", 23), ("TEXELS", 1)]],
    ),
    spec(
        "binary_planes",
        wgsl!("binary_planes"),
        &[Params, ReadTexels, ReadTexels, Write],
        &[&[("FUNCTION", 0)], &[("FUNCTION", 15), ("TEXELS", 1)]],
    ),
    spec("binary", wgsl!("binary"), &[Params, Read, Read, Write], &[&[("FUNCTION", 0)], &[("FUNCTION", 15)]]),
    spec("select", wgsl!("select"), &[Params, Read, Read, Read, Write], &[&[]]),
    spec("copy", wgsl!("copy"), &[Params, Read, Write], &[&[]]),
    spec("matmul", wgsl!("matmul"), &[Params, Read, Read, Read, Write], &[&[]]),
    spec("reduce", wgsl!("reduce"), &[Params, Read, Write], &[&[("KIND", 0)], &[("KIND", 9)]]),
    spec("gather", wgsl!("gather"), &[Params, Read, Read, Write], &[&[]]),
    spec("pick", wgsl!("pick"), &[Params, Read, Read, Write], &[&[]]),
    spec("moments", wgsl!("moments"), &[Params, Read, Write], &[&[]]),
    spec("normalize", wgsl!("normalize"), &[Params, Read, Read, Read, Read, Write], &[&[]]),
    spec(
        "grid_sample",
        wgsl!("grid_sample"),
        &[Params, ReadTexels, Read, Write],
        &[&[], &[("ALIGN_CORNERS", 1), ("TEXELS", 1)]],
    ),
    spec("softmax", wgsl!("softmax"), &[Params, Read, Write], &[&[], &[("LOG", 1)]]),
    spec("adapt/fold", wgsl!("adapt/fold"), &[Params, Read, Write], &[&[("Q", 4)]]),
    spec("adapt/forward", wgsl!("adapt/forward"), &[Params, Read, Read, Write, Write], &[&[("Q", 4)]]),
    spec("adapt/loss", wgsl!("adapt/loss"), &[Params, Read, Read, Write, Write], &[&[]]),
    spec("adapt/total", wgsl!("adapt/total"), &[Params, Read, Write], &[&[]]),
    spec(
        "adapt/backward",
        wgsl!("adapt/backward"),
        &[Params, Read, Read, Read, Read, Read, Write],
        &[&[("Q", 4), ("CHUNK", 64)]],
    ),
    spec("adapt/reduce", wgsl!("adapt/reduce"), &[Params, Read, Write], &[&[("Q", 4)]]),
    spec("adapt/unfold", wgsl!("adapt/unfold"), &[Params, Read, Read, Read, Write], &[&[("Q", 4)]]),
    spec("adapt/adam", wgsl!("adapt/adam"), &[Params, Read, Read, Write, Write, Write, Write], &[&[]]),
];

fn shared(name: &str) -> Option<&'static str> {
    match name {
        "axes" => Some(wgsl!("shared/axes")),
        "dense" => Some(wgsl!("shared/dense")),
        "dense_start" => Some(wgsl!("shared/dense_start")),
        "dense_product" => Some(wgsl!("shared/dense_product")),
        "dense_end" => Some(wgsl!("shared/dense_end")),
        "functions" => Some(wgsl!("shared/functions")),
        "head" => Some(wgsl!("shared/head")),
        "read" => Some(wgsl!("shared/read")),
        "read_weights" => Some(wgsl!("shared/read_weights")),
        "each" => Some(wgsl!("shared/each")),
        "tile" => Some(wgsl!("shared/tile")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    /// Parses and validates every permutation and compares its bindings with the table: no adapter needed.
    #[test]
    fn every_permutation_is_valid_wgsl() {
        let mut failures = Vec::new();
        for kernel in KERNELS {
            for defines in kernel.permutations {
                if let Err(message) = validate(kernel, defines) {
                    failures.push(format!("{} {defines:?}: {message}", kernel.name));
                }
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    fn validate(kernel: &KernelSpec, defines: &[(&str, u32)]) -> Result<(), String> {
        let text = kernel.expand(defines).map_err(|e| e.to_string())?;
        let module = naga::front::wgsl::parse_str(&text).map_err(|e| e.emit_to_string(&text))?;
        // `unpack2x16float`, which every interface that has compute shaders has.
        let capabilities = Capabilities::SUBGROUP | Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        Validator::new(ValidationFlags::all(), capabilities).validate(&module).map_err(|e| e.emit_to_string(&text))?;
        let entry = module.entry_points.first().ok_or("no entry point")?;
        if entry.name != ENTRY || entry.workgroup_size.iter().product::<u32>() > 256 {
            return Err(format!("entry point {} {:?}", entry.name, entry.workgroup_size));
        }
        let mut found: Vec<(u32, Binding)> = module
            .global_variables
            .iter()
            .filter_map(|(_, global)| {
                let binding = match global.space {
                    naga::AddressSpace::Uniform => Params,
                    naga::AddressSpace::Storage { access } if access.contains(naga::StorageAccess::STORE) => Write,
                    naga::AddressSpace::Handle => ReadTexels,
                    _ => Read,
                };
                global.binding.as_ref().map(|at| (at.binding, binding))
            })
            .collect();
        found.sort_by_key(|&(at, _)| at);
        let texels = defines.iter().any(|&(name, _)| name == "TEXELS");
        let expected = (0..).zip(kernel.bindings(defines)).map(|(at, binding)| match binding {
            ReadTexels | ReadWeights if !texels => (at, Read),
            ReadWeights => (at, ReadTexels),
            other => (at, other),
        });
        let expected: Vec<_> = expected.collect();
        (found == expected).then_some(()).ok_or_else(|| format!("bindings {found:?}, table {expected:?}"))
    }

    #[test]
    fn every_function_has_a_case() {
        let text = shared("functions").unwrap();
        for table in [UNARY.len() - 1, BINARY.len() - 2] {
            assert!(text.contains(&format!("case {table}u: ")), "function {table}");
        }
        assert!(!text.contains(&format!("case {}u: ", UNARY.len())), "a function without a name");
    }

    #[test]
    fn a_missing_define_is_an_error() {
        let conv = kernel("conv").unwrap();
        assert!(conv.expand(&[]).is_err());
        assert!(kernel("no_such_kernel").is_none());
    }
}
