// Strided copy between row-major tensors: slice, transpose, expand, concatenation, depth to space.
// y[y_first + i . y_step] = x[x_first + i . x_step] for every multi-index i below the extents (eight axes).

struct Params {
    extent_a: vec4u,
    extent_b: vec4u,
    x_step_a: vec4i,
    x_step_b: vec4i,
    y_step_a: vec4i,
    y_step_b: vec4i,
    count: u32,
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#import each params.count
#import axes

fn each(index: u32, plane: u32) {
    let source = strided(index, params.extent_a, params.extent_b, params.x_step_a, params.x_step_b);
    let target_offset = strided(index, params.extent_a, params.extent_b, params.y_step_a, params.y_step_b);
    y[u32(i32(params.y_first) + target_offset)] = x[u32(i32(params.x_first) + source)];
}
