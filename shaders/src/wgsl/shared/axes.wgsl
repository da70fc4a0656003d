// Strided access to row-major tensors of up to eight axes.

// The offset of element `index` (row-major over the extents) under the given steps; `a` holds the outer four axes, `b` the
// inner four.
fn strided(index: u32, extent_a: vec4u, extent_b: vec4u, step_a: vec4i, step_b: vec4i) -> i32 {
    var rest = index;
    var offset = 0;
#for i in 0..4
    offset += i32(rest % extent_b[3u - {i}u]) * step_b[3u - {i}u];
    rest /= extent_b[3u - {i}u];
#end
#for i in 0..4
    offset += i32(rest % extent_a[3u - {i}u]) * step_a[3u - {i}u];
    rest /= extent_a[3u - {i}u];
#end
    return offset;
}
