// Batched matrix product of row-major tensors: y[b, m, n] = clamp(alpha a[b, m, :] . b[b, :, n] + beta c[..], low, high).
// Steps say how each operand is laid out (transposes, broadcast). One invocation per element, neighbours along n.

struct Params {
    m: u32,
    n: u32,
    k: u32,
    a_first: u32,
    a_m: u32,
    a_k: u32,
    b_first: u32,
    b_k: u32,
    b_n: u32,
    c_first: u32,
    c_m: u32,
    c_n: u32,
    y_first: u32,
    alpha: f32,
    // 0: there is no c.
    beta: f32,
    low: f32,
    high: f32,
    // Steps between matrices of the batch.
    a_batch: u32,
    b_batch: u32,
    c_batch: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

#import each params.m*params.n

fn each(index: u32, plane: u32) {
    let size = params.m * params.n;
    let row = index / params.n;
    let column = index % params.n;
    var from_a = params.a_first + plane * params.a_batch + row * params.a_m;
    var from_b = params.b_first + plane * params.b_batch + column * params.b_n;
    var sum = 0.0;
    for (var k = 0u; k < params.k; k++) {
        sum = fma(a[from_a], b[from_b], sum);
        from_a += params.a_k;
        from_b += params.b_k;
    }
    sum *= params.alpha;
    if (params.beta != 0.0) {
        sum += params.beta * c[params.c_first + plane * params.c_batch + row * params.c_m + column * params.c_n];
    }
    y[params.y_first + plane * size + index] = clamp(sum, params.low, params.high);
}
