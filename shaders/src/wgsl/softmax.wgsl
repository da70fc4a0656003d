// exp(x - max) / sum along one axis of a row-major tensor [outer][axis][inner]; one invocation per row. Define LOG: its
// logarithm.

struct Params {
    // outer * inner
    rows: u32,
    axis: u32,
    inner: u32,
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#import each params.rows

fn each(row: u32, plane: u32) {
    let first = (row / params.inner) * params.axis * params.inner + row % params.inner;
    var largest = x[params.x_first + first];
    for (var i = 1u; i < params.axis; i++) {
        largest = max(largest, x[params.x_first + first + i * params.inner]);
    }
    var sum = 0.0;
    for (var i = 0u; i < params.axis; i++) {
        sum += exp(x[params.x_first + first + i * params.inner] - largest);
    }
    for (var i = 0u; i < params.axis; i++) {
        let at = first + i * params.inner;
#ifdef LOG
        y[params.y_first + at] = x[params.x_first + at] - largest - log(sum);
#else
        y[params.y_first + at] = exp(x[params.x_first + at] - largest) / sum;
#endif
    }
}
