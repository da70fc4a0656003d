// The sums of a batch's values, in one workgroup and always in the same order.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec4f>;

#import head

var<workgroup> part: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
    var sum = vec4f(0.0);
    for (var cell = local; cell < params.count; cell += 64u) {
        sum += values[cell];
    }
    part[local] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (local < half) {
            part[local] += part[local + half];
        }
    }
    if (local == 0u) {
        totals[params.batch] = part[0];
    }
}
