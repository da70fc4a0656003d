//! Random shapes and attributes, reference against ONNX Runtime.

use proptest::prelude::*;

use crate::model::Attr::{Int, Ints, Word};
use crate::model::Model;
use crate::operators::agrees;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Convolutions of every stride, dilation, padding and grouping.
    #[test]
    fn convolutions(
        (groups, per_group, out_per_group) in (1usize..4, 1usize..4, 1usize..4),
        kernel in prop::array::uniform2(1usize..5),
        strides in prop::array::uniform2(1i64..4),
        dilations in prop::array::uniform2(1i64..4),
        pads in prop::array::uniform4(0i64..4),
        room in prop::array::uniform2(0usize..9),
        bias in any::<bool>(),
    ) {
        let extent = |axis: usize| (kernel[axis] - 1) * dilations[axis] as usize + 1 + room[axis];
        let mut model = Model::new(17);
        model
            .input("x", &[1, groups * per_group, extent(0), extent(1)])
            .noise("w", &[groups * out_per_group, per_group, kernel[0], kernel[1]])
            .noise("b", &[groups * out_per_group])
            .node("Conv", if bias { "x w b" } else { "x w" }, "y", vec![
                ("strides", Ints(strides.to_vec())),
                ("dilations", Ints(dilations.to_vec())),
                ("pads", Ints(pads.to_vec())),
                ("group", Int(groups as i64)),
            ])
            .output("y");
        agrees(&model);
    }

    /// Linear resampling between any two extents.
    #[test]
    fn linear_resampling(
        from in prop::array::uniform2(1usize..12),
        to in prop::array::uniform2(1i64..24),
        mode in prop::sample::select(vec!["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]),
    ) {
        let mut model = Model::new(17);
        model
            .input("x", &[1, 2, from[0], from[1]])
            .ints("sizes", &[1, 2, to[0], to[1]])
            .node("Resize", "x - - sizes", "y", vec![
                ("mode", Word("linear")),
                ("coordinate_transformation_mode", Word(mode)),
            ])
            .output("y");
        agrees(&model);
    }

    /// Slices with any bounds and steps, as numpy cuts them.
    #[test]
    fn slices(
        extents in prop::array::uniform3(1usize..7),
        starts in prop::collection::vec(-9i64..9, 3),
        ends in prop::collection::vec(-9i64..9, 3),
        steps in prop::collection::vec(prop::sample::select(vec![-3i64, -2, -1, 1, 2, 3]), 3),
    ) {
        let mut model = Model::new(17);
        model
            .input("x", &extents)
            .ints("starts", &starts)
            .ints("ends", &ends)
            .ints("axes", &[0, 1, 2])
            .ints("steps", &steps)
            .node("Slice", "x starts ends axes steps", "y", vec![])
            .output("y");
        agrees(&model);
    }
}
