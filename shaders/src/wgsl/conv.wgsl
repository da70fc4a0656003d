// Two-dimensional convolution of one group: y = clamp(conv(x, w) + bias [+ residual], low, high).
//
// An implicit matrix product. Each invocation holds a register tile of P pixels by 4 G output channels and walks over
// taps and input channels in steps of four.
// Weights: [output block][tap][input plane][4 G output channels] vec4 over the four input channels, zeros where there
// are none.
// With PAIRS (1x1 and an even number of pixels) pixels are read and written two at a time.
//
// Defines: P, G, WG; SUBGROUP with I, M (see weights), WIDE, TAPS (else 1x1, stride 1, no padding), PAIRS (half of P),
// RESIDUAL.

#import pair

struct Params {
    x_width: u32,
    x_height: u32,
    x_planes: u32,
    // First element of x, residual and y in their buffers.
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_planes: u32,
    y_first: u32,
    kernel_width: u32,
    kernel_height: u32,
    stride_x: u32,
    stride_y: u32,
    dilation_x: u32,
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
    let first = folded(group, groups) * {WG}u * {P}u + local;

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
    // Everything in pairs from here.
    let pairs = y_size / 2u;
    let first_pair = folded(group, groups) * {WG}u * {PAIRS}u + local;
#for u in 0..PAIRS
    let pair_{u} = first_pair + {u}u * {WG}u;
    var from_{u} = params.x_first / 2u + min(pair_{u}, pairs - 1u);
#end
#else
#for p in 0..P
    let pixel_{p} = first + {p}u * {WG}u;
    let inside_{p} = min(pixel_{p}, y_size - 1u);
#ifdef TAPS
    let left_{p} = i32((inside_{p} % params.y_width) * params.stride_x) - params.pad_left;
    let top_{p} = i32((inside_{p} / params.y_width) * params.stride_y) - params.pad_top;
#else
    var from_{p} = params.x_first + inside_{p};
#endif
#end
#endif

#ifdef SUBGROUP
    var weight = group.y * params.kernel_width * params.kernel_height * params.x_planes * {G*2}u + (invocation & {LASTLANE}u);
#else
    var weight = group.y * params.kernel_width * params.kernel_height * params.x_planes * {G*4}u;
#endif
#ifdef TAPS
    for (var ky = 0u; ky < params.kernel_height; ky++) {
    for (var kx = 0u; kx < params.kernel_width; kx++) {
#for p in 0..P
    let tap_x_{p} = left_{p} + i32(kx * params.dilation_x);
    let tap_y_{p} = top_{p} + i32(ky * params.dilation_y);
    let valid_{p} = tap_x_{p} >= 0 && tap_x_{p} < i32(params.x_width) && tap_y_{p} >= 0 && tap_y_{p} < i32(params.x_height);
    var from_{p} = params.x_first + select(0u, u32(tap_y_{p}) * params.x_width + u32(tap_x_{p}), valid_{p});
#end
#endif
    for (var plane = 0u; plane < params.x_planes; plane++) {
#ifdef PAIRS
#for u in 0..PAIRS
        let pair_x_{u} = x[from_{u}];
        let x_{u*2} = loaded_first(pair_x_{u});
        let x_{u*2+1} = loaded_second(pair_x_{u});
        from_{u} += x_size / 2u;
#end
#else
#for p in 0..P
#ifdef TAPS
        let x_{p} = select(vec4f(0.0), loaded(x[from_{p}]), valid_{p});
#else
        let x_{p} = loaded(x[from_{p}]);
#endif
        from_{p} += x_size;
#end
#endif
#ifdef SUBGROUP
#for n in 0..I
        let lane_w_{n} = weights[weight + {n}u * {M*2}u];
#for m in 0..M
#for r in 0..2
        let wa_{n*M+m}_{r} = subgroupBroadcast(loaded_first(lane_w_{n}), {m*2+r}u);
        let wb_{n*M+m}_{r} = subgroupBroadcast(loaded_second(lane_w_{n}), {m*2+r}u);
#for i in 0..4
#for p in 0..P
        sum_{p}_{n*M+m}[{r*2}] = fma(x_{p}[{i}], wa_{n*M+m}_{r}[{i}], sum_{p}_{n*M+m}[{r*2}]);
        sum_{p}_{n*M+m}[{r*2+1}] = fma(x_{p}[{i}], wb_{n*M+m}_{r}[{i}], sum_{p}_{n*M+m}[{r*2+1}]);
#end
#end
#end
#end
#end
#else
#for g in 0..G
#for c in 0..4
        let w_{g}_{c} = loaded(weights[weight + {g*4+c}u]);
#for i in 0..4
#for p in 0..P
        sum_{p}_{g}[{c}] = fma(x_{p}[{i}], w_{g}_{c}[{i}], sum_{p}_{g}[{c}]);
#end
#end
#end
#end
#endif
#ifdef SUBGROUP
        weight += {G*2}u;
#else
        weight += {G*4}u;
#endif
    }
#ifdef TAPS
    }
    }
#endif

#ifdef PAIRS
#for u in 0..PAIRS
    if (pair_{u} < pairs) {
#for g in 0..G
        if (first_plane + {g}u < params.y_planes) {
            let offset = (first_plane + {g}u) * pairs + pair_{u};
#ifdef RESIDUAL
            let other_{g} = residual[params.residual_first / 2u + offset];
            sum_{u*2}_{g} += loaded_first(other_{g});
            sum_{u*2+1}_{g} += loaded_second(other_{g});
#endif
            y[params.y_first / 2u + offset] = stored_pair(
                clamp(sum_{u*2}_{g}, vec4f(params.low), vec4f(params.high)),
                clamp(sum_{u*2+1}_{g}, vec4f(params.low), vec4f(params.high)),
            );
        }
#end
    }
#end
#else
#for p in 0..P
    if (pixel_{p} < y_size) {
#for g in 0..G
        if (first_plane + {g}u < params.y_planes) {
            let offset = (first_plane + {g}u) * y_size + pixel_{p};
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
