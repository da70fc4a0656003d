// Depthwise convolution (one filter per channel), square kernel, dilation 1: y = clamp(conv(x, w) + bias, low, high).
//
// Each invocation makes R rows of P neighbouring pixels of one plane of four channels and reads every input pixel once.
// Weights: [plane][tap] vec4. With SUBGROUP each of LANES neighbouring invocations loads a tap and broadcasts it.
//
// Defines: P, R, K (kernel), S (stride), COLUMNS (= (P - 1) S + K), ROWS (= (R - 1) S + K), TAPS (= K K), LANES, LASTLANE (=
// LANES - 1), LOADS (= TAPS / LANES, rounded up), WG; SUBGROUP, TEXELS, HALF.

struct Params {
    x_width: u32,
    x_height: u32,
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_first: u32,
    // Groups of P pixels in a row.
    row_groups: u32,
    pad_left: i32,
    pad_top: i32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
#import read_weights
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
    let out_y = (tile / params.row_groups) * {R}u;
    let out_x = (tile % params.row_groups) * {P}u;
    let left = i32(out_x * {S}u) - params.pad_left;
    let top = i32(out_y * {S}u) - params.pad_top;
    let x_plane = params.x_first + plane * params.x_width * params.x_height;

#ifdef SUBGROUP
    let lane = invocation & {LASTLANE}u;
#for q in 0..LOADS
    let lane_w_{q} = weights_at(plane * {TAPS}u + min({q*LANES}u + lane, {TAPS}u - 1u));
#end
#endif
#for q in 0..LOADS
#for l in 0..LANES
#ifdef SUBGROUP
    let w_{q*LANES+l} = subgroupBroadcast(lane_w_{q}, {l}u);
#else
    let w_{q*LANES+l} = weights_at(plane * {TAPS}u + min({q*LANES+l}u, {TAPS}u - 1u));
#endif
#end
#end
    let plane_bias = bias[plane];
#for c in 0..COLUMNS
    let column_{c} = u32(clamp(left + {c}, 0, i32(params.x_width) - 1));
    let in_column_{c} = left + {c} >= 0 && left + {c} < i32(params.x_width);
#end
#for i in 0..ROWS
    let in_row_{i} = top + {i} >= 0 && top + {i} < i32(params.x_height);
    let row_{i} = x_plane + u32(clamp(top + {i}, 0, i32(params.x_height) - 1)) * params.x_width;
#for c in 0..COLUMNS
    let v_{i}_{c} = select(vec4f(0.0), x_at(row_{i} + column_{c}), in_row_{i} && in_column_{c});
#end
#end

    let y_row = params.y_first + (plane * params.y_height + out_y) * params.y_width + out_x;
#for q in 0..R
#for p in 0..P
    var sum_{q}_{p} = plane_bias;
#for r in 0..K
#for t in 0..K
    sum_{q}_{p} = fma(v_{q*S+r}_{p*S+t}, w_{r*K+t}, sum_{q}_{p});
#end
#end
    if (out_y + {q}u < params.y_height && out_x + {p}u < params.y_width) {
        y[y_row + {q}u * params.y_width + {p}u] = clamp(sum_{q}_{p}, vec4f(params.low), vec4f(params.high));
    }
#end
#end
}
