// Depthwise convolution (one filter per channel), square kernel, dilation 1: y = clamp(conv(x, w) + bias, low, high).
//
// Each invocation makes P neighbouring pixels of one plane of four channels and reads every input column of a row once.
// Weights: [plane][tap] vec4. With SUBGROUP eight neighbouring invocations load eight taps and broadcast them.
//
// Defines: P, K (kernel), S (stride along x), COLUMNS (= (P - 1) S + K), TAPS (= K K), EIGHTHS (= TAPS / 8, rounded up),
// WG; SUBGROUP.

struct Params {
    x_width: u32,
    x_height: u32,
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_first: u32,
    // Groups of P pixels in a row.
    row_groups: u32,
    stride_y: u32,
    pad_left: i32,
    pad_top: i32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

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
    let plane = group.y;
    let tile = folded(group, groups) * {WG}u + local;
    let out_y = min(tile / params.row_groups, params.y_height - 1u);
    let out_x = (tile % params.row_groups) * {P}u;
    let left = i32(out_x * {S}u) - params.pad_left;
    let top = i32(out_y * params.stride_y) - params.pad_top;
    let x_plane = params.x_first + plane * params.x_width * params.x_height;

#ifdef SUBGROUP
    let lane = invocation & 7u;
#for q in 0..EIGHTHS
    let lane_w_{q} = weights[plane * {TAPS}u + min({q}u * 8u + lane, {TAPS}u - 1u)];
#end
#endif
    let w = array<vec4f, {EIGHTHS}u * 8u>(
#for q in 0..EIGHTHS
#for l in 0..8
#ifdef SUBGROUP
        subgroupBroadcast(lane_w_{q}, {l}u),
#else
        weights[plane * {TAPS}u + min({q}u * 8u + {l}u, {TAPS}u - 1u)],
#endif
#end
#end
    );
    let plane_bias = bias[plane];
#for p in 0..P
    var sum_{p} = plane_bias;
#end
#for c in 0..COLUMNS
    let column_{c} = u32(clamp(left + {c}, 0, i32(params.x_width) - 1));
    let in_column_{c} = left + {c} >= 0 && left + {c} < i32(params.x_width);
#end
#for r in 0..K
    {
        let tap_y = top + {r};
        let in_row = tap_y >= 0 && tap_y < i32(params.x_height);
        let row = x_plane + u32(clamp(tap_y, 0, i32(params.x_height) - 1)) * params.x_width;
        let v = array<vec4f, {COLUMNS}>(
#for c in 0..COLUMNS
            select(vec4f(0.0), x[row + column_{c}], in_row && in_column_{c}),
#end
        );
#for t in 0..K
#for p in 0..P
        sum_{p} = fma(v[{p}u * {S}u + {t}u], w[{r}u * {K}u + {t}u], sum_{p});
#end
#end
    }
#end

    let y_row = params.y_first + (plane * params.y_height + out_y) * params.y_width + out_x;
    if (tile < params.row_groups * params.y_height) {
#for p in 0..P
        if (out_x + {p}u < params.y_width) {
            y[y_row + {p}u] = clamp(sum_{p}, vec4f(params.low), vec4f(params.high));
        }
#end
    }
}
