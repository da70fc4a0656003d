// Elements chosen by indices that are found at run time (held as floats), row-major:
// y[y_first + i] = x[x_first + i . x_step + index * axis_step], index = indices[indices_first + i . indices_step],
// for every multi-index i below the extents (eight axes). Negative indices count from the end; what is outside is clamped.

struct Params {
    extent_a: vec4u,
    extent_b: vec4u,
    x_step_a: vec4i,
    x_step_b: vec4i,
    indices_step_a: vec4i,
    indices_step_b: vec4i,
    count: u32,
    x_first: u32,
    indices_first: u32,
    y_first: u32,
    axis_extent: u32,
    axis_step: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

#import each params.count
#import axes

fn each(at: u32, plane: u32) {
    let place = strided(at, params.extent_a, params.extent_b, params.indices_step_a, params.indices_step_b);
    let given = indices[params.indices_first + u32(place)];
    let turned = select(given, given + f32(params.axis_extent), given < 0.0);
    let index = u32(clamp(turned, 0.0, f32(params.axis_extent - 1u)));
    let source = strided(at, params.extent_a, params.extent_b, params.x_step_a, params.x_step_b);
    y[params.y_first + at] = x[params.x_first + u32(source) + index * params.axis_step];
}
