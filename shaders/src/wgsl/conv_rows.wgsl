// Two-dimensional convolution of one group, kernel width, stride and dilation along x known beforehand:
// y = clamp(conv(x, w) + bias [+ residual], low, high).
//
// As conv.wgsl, but the P pixels of an invocation are neighbours in a row, so that the columns of a row of taps are loaded
// once and used by every tap that meets them: for a 3x3 kernel half the loads.
// Weights: [output block][kernel row][input plane][kernel column][4 G output channels] vec4 over the four input channels.
//
// With PAIRS (even widths, an even number of pixels per invocation) pixels are read and written two at a time, from SHIFT
// columns further left, so that the first is an even one.
//
// Defines: P, G, K (kernel width), S (stride along x), D (dilation along x), COLUMNS (= (P - 1) S + (K - 1) D + 1), WG;
// SUBGROUP with I, M (see weights), WIDE, RESIDUAL, SHIFT, PAIRS (= (COLUMNS + SHIFT) /
// 2, rounded up) with HALF (= P / 2).

#import pair

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
#ifdef PAIRS
alias Element = Pair;
#else
alias Element = Quad;
#endif
@group(0) @binding(1) var<storage, read> x: array<Element>;
@group(0) @binding(3) var<storage, read> bias: array<Quad>;
@group(0) @binding(4) var<storage, read_write> y: array<Element>;
#ifdef RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Element>;
#endif

#import weights
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
    let first_plane = group.y * {G}u;
    let y_size = params.y_width * params.y_height;
    let x_size = params.x_width * params.x_height;
    let tile = folded(group, groups) * {WG}u + local;
    let out_y = min(tile / params.row_groups, params.y_height - 1u);
    let out_x = (tile % params.row_groups) * {P}u;
    let left = i32(out_x * {S}u) - params.pad_left;
    let top = i32(out_y * params.stride_y) - params.pad_top;

#ifdef SUBGROUP
    let lane_bias = loaded(bias[first_plane + min(invocation & 7u, {G}u - 1u)]);
#endif
#for g in 0..G
#ifdef SUBGROUP
    let bias_{g} = subgroupBroadcast(lane_bias, {g}u);
#else
    let bias_{g} = loaded(bias[first_plane + {g}u]);
#endif
#for p in 0..P
    var sum_{p}_{g} = bias_{g};
#end
#end
#ifdef PAIRS
#for u in 0..PAIRS
    let start_{u} = left + {u*2} - {SHIFT};
    let in_pair_{u} = start_{u} >= 0 && start_{u} < i32(params.x_width);
    let pair_{u} = u32(clamp(start_{u}, 0, i32(params.x_width) - 2)) / 2u;
#end
#else
#for c in 0..COLUMNS
    let in_column_{c} = left + {c} >= 0 && left + {c} < i32(params.x_width);
    let column_{c} = u32(clamp(left + {c}, 0, i32(params.x_width) - 1));
#end
#endif

#ifdef SUBGROUP
    var weight = group.y * params.kernel_height * params.x_planes * {K}u * {G*2}u + (invocation & {LASTLANE}u);
#else
    var weight = group.y * params.kernel_height * params.x_planes * {K}u * {G*4}u;
#endif
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        let tap_y = top + i32(ky * params.dilation_y);
        let in_row = tap_y >= 0 && tap_y < i32(params.x_height);
        var row = params.x_first + select(0u, u32(tap_y) * params.x_width, in_row);
#ifdef PAIRS
#for u in 0..PAIRS
        let valid_{u} = in_row && in_pair_{u};
#end
#else
#for c in 0..COLUMNS
        let valid_{c} = in_row && in_column_{c};
#end
#endif
        for (var plane = 0u; plane < params.x_planes; plane++) {
#ifdef PAIRS
#for u in 0..PAIRS
            let both_{u} = x[row / 2u + pair_{u}];
            let v_{u*2} = select(vec4f(0.0), loaded_first(both_{u}), valid_{u});
            let v_{u*2+1} = select(vec4f(0.0), loaded_second(both_{u}), valid_{u});
#end
#else
#for c in 0..COLUMNS
            let v_{c} = select(vec4f(0.0), loaded(x[row + column_{c}]), valid_{c});
#end
#endif
            row += x_size;
#for k in 0..K
#ifdef SUBGROUP
#for n in 0..I
            let lane_w_{n}_{k} = weights[weight + {k*G*2}u + {n}u * {M*2}u];
#for m in 0..M
#for r in 0..2
            let wa_{n*M+m}_{r}_{k} = subgroupBroadcast(loaded_first(lane_w_{n}_{k}), {m*2+r}u);
            let wb_{n*M+m}_{r}_{k} = subgroupBroadcast(loaded_second(lane_w_{n}_{k}), {m*2+r}u);
#for i in 0..4
#for p in 0..P
            sum_{p}_{n*M+m}[{r*2}] = fma(v_{p*S+k*D+SHIFT}[{i}], wa_{n*M+m}_{r}_{k}[{i}], sum_{p}_{n*M+m}[{r*2}]);
            sum_{p}_{n*M+m}[{r*2+1}] = fma(v_{p*S+k*D+SHIFT}[{i}], wb_{n*M+m}_{r}_{k}[{i}], sum_{p}_{n*M+m}[{r*2+1}]);
#end
#end
#end
#end
#end
#else
#for g in 0..G
#for c in 0..4
            let w_{g}_{c}_{k} = loaded(weights[weight + {k*G*4}u + {g*4+c}u]);
#for i in 0..4
#for p in 0..P
            sum_{p}_{g}[{c}] = fma(v_{p*S+k*D+SHIFT}[{i}], w_{g}_{c}_{k}[{i}], sum_{p}_{g}[{c}]);
#end
#end
#end
#end
#endif
#end
#ifdef SUBGROUP
            weight += {K*G*2}u;
#else
            weight += {K*G*4}u;
#endif
        }
    }

    let pixel = out_y * params.y_width + out_x;
    if (tile < params.row_groups * params.y_height) {
#ifdef PAIRS
#for h in 0..HALF
        if (out_x + {h*2}u < params.y_width) {
#for g in 0..G
            if (first_plane + {g}u < params.y_planes) {
                let offset = ((first_plane + {g}u) * y_size + pixel) / 2u + {h}u;
#ifdef RESIDUAL
                let other_{g} = residual[params.residual_first / 2u + offset];
                sum_{h*2}_{g} += loaded_first(other_{g});
                sum_{h*2+1}_{g} += loaded_second(other_{g});
#endif
                y[params.y_first / 2u + offset] = stored_pair(
                    clamp(sum_{h*2}_{g}, vec4f(params.low), vec4f(params.high)),
                    clamp(sum_{h*2+1}_{g}, vec4f(params.low), vec4f(params.high)),
                );
            }
#end
        }
#end
#else
#for p in 0..P
        if (out_x + {p}u < params.y_width) {
#for g in 0..G
            if (first_plane + {g}u < params.y_planes) {
                let offset = (first_plane + {g}u) * y_size + pixel + {p}u;
#ifdef RESIDUAL
                sum_{p}_{g} += loaded(residual[params.residual_first + offset]);
#endif
                y[params.y_first + offset] = stored(clamp(sum_{p}_{g}, vec4f(params.low), vec4f(params.high)));
            }
#end
        }
#end
#endif
    }
}
