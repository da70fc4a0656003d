// Two-dimensional convolution of one group, kernel width K, stride S and dilation D along x known beforehand.
//
// As conv.wgsl, but the P pixels of an invocation are neighbours in a row, so that the columns of a row of taps are loaded
// once and used by every tap that meets them: for a 3x3 kernel half the loads.
// Weights: [output block][kernel row][input plane][kernel column][4 G output channels].
//
// Defines: as conv.wgsl, and COLUMNS (= (P - 1) S + (K - 1) D + 1).

#import dense

@compute @workgroup_size({WG})
fn main(
    @builtin(local_invocation_index) local: u32,
#ifdef SUBGROUP
    @builtin(subgroup_invocation_id) invocation: u32,
#endif
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
#import dense_start
    let tile = folded(group, groups) * {WG}u + local;
    let in_tile = tile < params.row_groups * params.y_height;
    let out_y = min(tile / params.row_groups, params.y_height - 1u);
    let out_x = (tile % params.row_groups) * {P}u;
    let left = i32(out_x * {S}u) - params.pad_left;
    let top = i32(out_y * params.stride_y) - params.pad_top;
#for p in 0..P
    let at_{p} = out_y * params.y_width + out_x + {p}u;
    let inside_{p} = in_tile && out_x + {p}u < params.y_width;
#end
#for c in 0..COLUMNS
    let in_column_{c} = left + {c} >= 0 && left + {c} < i32(params.x_width);
    let column_{c} = u32(clamp(left + {c}, 0, i32(params.x_width) - 1));
#end
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        let tap_y = top + i32(ky * params.dilation_y);
        let in_row = tap_y >= 0 && tap_y < i32(params.x_height);
        var row = params.x_first + select(0u, u32(tap_y) * params.x_width, in_row);
#for c in 0..COLUMNS
        let valid_{c} = in_row && in_column_{c};
#end
        for (var plane = 0u; plane < params.x_planes; plane++) {
#for c in 0..COLUMNS
            let v_{c} = select(vec4f(0.0), x_at(row + column_{c}), valid_{c});
#end
            row += x_size;
#import dense_product
        }
    }
#import dense_end
}
