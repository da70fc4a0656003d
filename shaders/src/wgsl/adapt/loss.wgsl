// What the goals of a batch say about its answers, a cell at a time.
//
// slopes: the gradient of the squared terms, and of the labels before they are divided by the sum of their weights.
// values: weight of a label, weighted cross entropy, squared term, squared term of a click.

struct Goal {
    // 0 click, 1 keep, 2 label.
    kind: u32,
    weight: f32,
    wanted: f32,
    // Not of the goal: the frozen network's logit.
    base: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> goals: array<Goal>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> slopes: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> values: array<vec4f>;

#import head

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let cell = id.x;
    if (cell >= params.count) {
        return;
    }
    let goal = goals[params.first + cell];
    let logit = goal.base + y[cell];
    // exp of nothing positive: no overflow for far logits.
    let e = exp(-abs(logit));
    let p = select(e, 1.0, logit >= 0.0) / (1.0 + e);
    let miss = p - goal.wanted;
    if (goal.kind == 2u) {
        let weight = goal.weight * (params.lowest_weight + miss * miss);
        let entropy = max(logit, 0.0) + log(1.0 + e) - goal.wanted * logit;
        slopes[cell] = vec2f(0.0, weight * miss);
        values[cell] = vec4f(weight, weight * entropy, 0.0, 0.0);
    } else {
        let value = goal.weight * miss * miss;
        slopes[cell] = vec2f(goal.weight * 2.0 * miss * p * (1.0 - p), 0.0);
        values[cell] = vec4f(0.0, 0.0, value, select(0.0, value, goal.kind == 0u));
    }
}
