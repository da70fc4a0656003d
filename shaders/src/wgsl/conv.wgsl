// Two-dimensional convolution of one group: y = clamp(conv(x, w) + bias [+ residual], low, high).
//
// An implicit matrix product. Each invocation holds a register tile of P pixels by 8 J output channels and walks over
// taps and input channels in steps of four.
// Weights: [output block][tap][input plane][8 J output channels] vec4 over the four input channels, zeros where there
// are none. With SUBGROUP each of eight neighbouring invocations loads one eighth of the weights of a step and
// broadcasts it; without, every invocation loads them all (the same address everywhere in a workgroup).
//
// Defines: P, J, WG; SUBGROUP, WIDE, TAPS (else 1x1, stride 1, no padding), RESIDUAL.

#import quad

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
    let first = folded(group, groups) * {WG}u * {P}u + local;

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

    var weight = group.y * params.kernel_width * params.kernel_height * params.x_planes * 8u * {J}u;
#ifdef SUBGROUP
    weight += lane;
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
#for p in 0..P
#ifdef TAPS
        let x_{p} = select(vec4f(0.0), loaded(x[from_{p}]), valid_{p});
#else
        let x_{p} = loaded(x[from_{p}]);
#endif
        from_{p} += x_size;
#end
#for j in 0..J
#ifdef SUBGROUP
        let lane_w_{j} = loaded(weights[weight + {j}u * 8u]);
#endif
#for h in 0..2
#for c in 0..4
#ifdef SUBGROUP
        let w_{j}_{h}_{c} = subgroupBroadcast(lane_w_{j}, {h}u * 4u + {c}u);
#else
        let w_{j}_{h}_{c} = loaded(weights[weight + {j}u * 8u + {h}u * 4u + {c}u]);
#endif
#for k in 0..4
#for p in 0..P
        sum_{p}_{j}_{h}[{c}] = fma(x_{p}[{k}], w_{j}_{h}_{c}[{k}], sum_{p}_{j}_{h}[{c}]);
#end
#end
#end
#end
#end
        weight += 8u * {J}u;
    }
#ifdef TAPS
    }
    }
#endif

#for p in 0..P
    if (pixel_{p} < y_size) {
#for j in 0..J
#for h in 0..2
        if (first_plane + {j}u * 2u + {h}u < params.y_planes) {
            let offset = (first_plane + {j}u * 2u + {h}u) * y_size + pixel_{p};
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
