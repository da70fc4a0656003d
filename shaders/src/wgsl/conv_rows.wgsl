// Two-dimensional convolution of one group, kernel width, stride and dilation along x known beforehand:
// y = clamp(conv(x, w) + bias [+ residual], low, high).
//
// As conv.wgsl, but the P pixels of an invocation are neighbours in a row, so that the columns of a row of taps are loaded
// once and used by every tap that meets them: for a 3x3 kernel half the loads.
// Weights: [output block][kernel row][input plane][kernel column][8 J output channels] vec4 over the four input channels.
//
// Defines: P, J, K (kernel width), S (stride along x), D (dilation along x), COLUMNS (= (P - 1) S + (K - 1) D + 1), WG;
// SUBGROUP, WIDE, RESIDUAL.

#import quad

struct Params {
    x_width: u32,
    x_height: u32,
    x_planes: u32,
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_planes: u32,
    y_first: u32,
    // Groups of P pixels in a row.
    row_groups: u32,
    kernel_height: u32,
    stride_y: u32,
    dilation_y: u32,
    pad_left: i32,
    pad_top: i32,
    residual_first: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Quad>;
@group(0) @binding(2) var<storage, read> weights: array<Quad>;
@group(0) @binding(3) var<storage, read> bias: array<Quad>;
@group(0) @binding(4) var<storage, read_write> y: array<Quad>;
#ifdef RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Quad>;
#endif

#import tile

@compute @workgroup_size({WG})
fn main(
    @builtin(local_invocation_index) local: u32,
#ifdef SUBGROUP
    @builtin(subgroup_invocation_id) invocation: u32,
#endif
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let first_plane = group.y * {J}u * 2u;
    let y_size = params.y_width * params.y_height;
    let x_size = params.x_width * params.x_height;
    let tile = folded(group, groups) * {WG}u + local;
    let out_y = min(tile / params.row_groups, params.y_height - 1u);
    let out_x = (tile % params.row_groups) * {P}u;
    let left = i32(out_x * {S}u) - params.pad_left;
    let top = i32(out_y * params.stride_y) - params.pad_top;

#ifdef SUBGROUP
    let lane = invocation & 7u;
    let lane_bias = loaded(bias[first_plane + min(lane, {J}u * 2u - 1u)]);
#endif
#for j in 0..J
#for h in 0..2
#ifdef SUBGROUP
    let bias_{j}_{h} = subgroupBroadcast(lane_bias, {j}u * 2u + {h}u);
#else
    let bias_{j}_{h} = loaded(bias[first_plane + {j}u * 2u + {h}u]);
#endif
#for p in 0..P
    var sum_{p}_{j}_{h} = bias_{j}_{h};
#end
#end
#end
#for c in 0..COLUMNS
    let in_column_{c} = left + {c} >= 0 && left + {c} < i32(params.x_width);
    let column_{c} = u32(clamp(left + {c}, 0, i32(params.x_width) - 1));
#end

    var weight = group.y * params.kernel_height * params.x_planes * {K}u * 8u * {J}u;
#ifdef SUBGROUP
    weight += lane;
#endif
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        let tap_y = top + i32(ky * params.dilation_y);
        let in_row = tap_y >= 0 && tap_y < i32(params.x_height);
        var row = params.x_first + select(0u, u32(tap_y) * params.x_width, in_row);
#for c in 0..COLUMNS
        let valid_{c} = in_row && in_column_{c};
#end
        for (var plane = 0u; plane < params.x_planes; plane++) {
#for c in 0..COLUMNS
            let v_{c} = select(vec4f(0.0), loaded(x[row + column_{c}]), valid_{c});
#end
            row += x_size;
#for k in 0..K
#for j in 0..J
#ifdef SUBGROUP
            let lane_w_{k}_{j} = loaded(weights[weight + ({k}u * {J}u + {j}u) * 8u]);
#endif
#for h in 0..2
#for c in 0..4
#ifdef SUBGROUP
            let w_{k}_{j}_{h}_{c} = subgroupBroadcast(lane_w_{k}_{j}, {h}u * 4u + {c}u);
#else
            let w_{k}_{j}_{h}_{c} = loaded(weights[weight + ({k}u * {J}u + {j}u) * 8u + {h}u * 4u + {c}u]);
#endif
#for i in 0..4
#for p in 0..P
            sum_{p}_{j}_{h}[{c}] = fma(v_{p*S+k*D}[{i}], w_{k}_{j}_{h}_{c}[{i}], sum_{p}_{j}_{h}[{c}]);
#end
#end
#end
#end
#end
#end
            weight += {K}u * 8u * {J}u;
        }
    }

    let pixel = out_y * params.y_width + out_x;
    if (tile < params.row_groups * params.y_height) {
#for p in 0..P
        if (out_x + {p}u < params.y_width) {
#for j in 0..J
#for h in 0..2
            if (first_plane + {j}u * 2u + {h}u < params.y_planes) {
                let offset = (first_plane + {j}u * 2u + {h}u) * y_size + pixel + {p}u;
#ifdef RESIDUAL
                sum_{p}_{j}_{h} += loaded(residual[params.residual_first + offset]);
#endif
                y[params.y_first + offset] = stored(clamp(sum_{p}_{j}_{h}, vec4f(params.low), vec4f(params.high)));
            }
#end
#end
        }
#end
    }
}
