// The gradient of a batch's loss by the folded head, first stage: the sums over CHUNK cells each. One invocation per vec4 of
// the folded head and chunk.
//
// Defines: Q, CHUNK.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> cells: array<f32>;
@group(0) @binding(2) var<storage, read> folded: array<vec4f>;
@group(0) @binding(3) var<storage, read> hidden: array<vec4f>;
@group(0) @binding(4) var<storage, read> slopes: array<vec2f>;
@group(0) @binding(5) var<storage, read> totals: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> parts: array<vec4f>;

#import head

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channels = params.channels;
    let size = (channels + 3u) * {Q}u;
    if (id.x >= size) {
        return;
    }
    let row = id.x / {Q}u;
    let q = id.x % {Q}u;
    let w2 = folded[(channels + 1u) * {Q}u + q];
    let by_slope = vec2f(params.share, params.share / max(totals[params.batch].x, 1e-12));
    let end = min((id.y + 1u) * {CHUNK}u, params.count);
    var sum = vec4f(0.0);
    for (var cell = id.y * {CHUNK}u; cell < end; cell++) {
        let slope = dot(slopes[cell], by_slope);
        let h = hidden[cell * {Q}u + q];
        if (row <= channels) {
            let f = select(1.0, cells[(params.first + cell) * channels + min(row, channels - 1u)], row < channels);
            sum += select(vec4f(0.0), w2, h > vec4f(0.0)) * (slope * f);
        } else if (row == channels + 1u) {
            sum += h * slope;
        } else {
            sum += vec4f(slope);
        }
    }
    parts[(params.chunk + id.y) * size + id.x] = sum;
}
