// An elementwise function of two pictures in planes of four channels, broadcast. Define FUNCTION: number of the function.
// The result is clamped to low..high (a fused activation).

struct Params {
    width: u32,
    size: u32,
    y_first: u32,
    // Per operand: first element, steps (0 where broadcast), 1 if its one channel stands for all.
    a_first: u32,
    a_plane: u32,
    a_row: u32,
    a_column: u32,
    a_splat: u32,
    b_first: u32,
    b_plane: u32,
    b_row: u32,
    b_column: u32,
    b_splat: u32,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read a 1
#import read b 2
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

#import each params.size
#import functions

fn each(pixel: u32, plane: u32) {
    let row = pixel / params.width;
    let column = pixel % params.width;
    var left = a_at(params.a_first + plane * params.a_plane + row * params.a_row + column * params.a_column);
    var right = b_at(params.b_first + plane * params.b_plane + row * params.b_row + column * params.b_column);
    left = select(left, left.xxxx, params.a_splat != 0u);
    right = select(right, right.xxxx, params.b_splat != 0u);
    let value = binary({FUNCTION}u, left, right);
    y[params.y_first + plane * params.size + pixel] = clamp(value, vec4f(params.low), vec4f(params.high));
}
