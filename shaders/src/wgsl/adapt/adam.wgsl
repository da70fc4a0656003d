// One step of Adam (arXiv 1412.6980), unless the click terms say that the lesson is over. One invocation per parameter.
//
// report: the loss before this step, the number of the last step that was made.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> totals: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> theta: array<f32>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> square: array<f32>;
@group(0) @binding(6) var<storage, read_write> report: array<f32>;

#import head

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let at = id.x;
    if (at > start_b2()) {
        return;
    }
    var loss = 0.0;
    var asked = 0.0;
    for (var batch = 0u; batch < params.batch; batch++) {
        let total = totals[batch];
        loss += params.share * (total.y / max(total.x, 1e-12) + total.z);
        asked += params.share * total.w;
    }
    // Nothing changes when the lesson is over, so that the following steps come to the same end.
    let over = asked < params.enough;
    if (at == 0u) {
        report[0] = loss;
        report[1] = select(f32(params.step), report[1], over);
    }
    if (over) {
        return;
    }
    let g = gradient[at];
    let m = 0.9 * mean[at] + 0.1 * g;
    let v = 0.999 * square[at] + 0.001 * g * g;
    mean[at] = m;
    square[at] = v;
    theta[at] -= params.rate * (m / params.first_correction) / (sqrt(v / params.second_correction) + 1e-8);
}
