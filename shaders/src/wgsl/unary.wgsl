// An elementwise function, four elements per invocation, whatever the layout. Define FUNCTION: number of the function.

struct Params {
    // Elements (vec4).
    count: u32,
    x_first: u32,
    y_first: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

#import each params.count
#import functions

fn each(index: u32, plane: u32) {
    y[params.y_first + index] = unary({FUNCTION}u, x_at(params.x_first + index), params.alpha, params.beta);
}
