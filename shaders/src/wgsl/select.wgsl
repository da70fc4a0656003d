// a where the condition is not 0, else b; row-major tensors, broadcast (a step of 0).

struct Params {
    extent_a: vec4u,
    extent_b: vec4u,
    c_step_a: vec4i,
    c_step_b: vec4i,
    a_step_a: vec4i,
    a_step_b: vec4i,
    b_step_a: vec4i,
    b_step_b: vec4i,
    count: u32,
    c_first: u32,
    a_first: u32,
    b_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

#import each params.count
#import axes

fn each(index: u32, plane: u32) {
    let from_c = strided(index, params.extent_a, params.extent_b, params.c_step_a, params.c_step_b);
    let from_a = strided(index, params.extent_a, params.extent_b, params.a_step_a, params.a_step_b);
    let from_b = strided(index, params.extent_a, params.extent_b, params.b_step_a, params.b_step_b);
    let chosen = condition[u32(i32(params.c_first) + from_c)] != 0.0;
    let left = a[u32(i32(params.a_first) + from_a)];
    let right = b[u32(i32(params.b_first) + from_b)];
    y[params.y_first + index] = select(right, left, chosen);
}
