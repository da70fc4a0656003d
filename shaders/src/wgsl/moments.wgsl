// Mean and 1 / sqrt(variance + epsilon) of every row of a row-major [rows][len]; one invocation per row, two passes.

struct Params {
    rows: u32,
    len: u32,
    x_first: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// [rows][2]
@group(0) @binding(2) var<storage, read_write> moments: array<f32>;

#import each params.rows

fn each(row: u32, plane: u32) {
    let first = params.x_first + row * params.len;
    var sum = 0.0;
    for (var i = 0u; i < params.len; i++) {
        sum += x[first + i];
    }
    let mean = sum / f32(params.len);
    var squares = 0.0;
    for (var i = 0u; i < params.len; i++) {
        let distance = x[first + i] - mean;
        squares = fma(distance, distance, squares);
    }
    moments[row * 2u] = mean;
    moments[row * 2u + 1u] = 1.0 / sqrt(squares / f32(params.len) + params.epsilon);
}
