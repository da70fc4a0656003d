// Two-dimensional convolution of one group as an implicit matrix product: taps and input planes one after the other.
// Weights: [output block][tap][input plane][4 G output channels].
//
// Defines: P, G, WG; LANES, LASTLANE (= LANES - 1), LOADS (= 4 G / LANES), HOLDS (= LANES / 4); K, S, D (all 1); SUBGROUP,
// TEXELS, HALF, RESIDUAL; TAPS (else 1x1, stride 1, no padding).

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
    let first = folded(group, groups) * {WG*P}u + local;
#for p in 0..P
    let at_{p} = first + {p*WG}u;
    let inside_{p} = at_{p} < y_size;
    let pixel_{p} = min(at_{p}, y_size - 1u);
#ifdef TAPS
    let left_{p} = i32((pixel_{p} % params.y_width) * params.stride_x) - params.pad_left;
    let top_{p} = i32((pixel_{p} / params.y_width) * params.stride_y) - params.pad_top;
#else
    var from_{p} = params.x_first + pixel_{p};
#endif
#end
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
        let v_{p} = select(vec4f(0.0), x_at(from_{p}), valid_{p});
#else
        let v_{p} = x_at(from_{p});
#endif
        from_{p} += x_size;
#end
#import dense_product
    }
#ifdef TAPS
    }
    }
#endif
#import dense_end
}
