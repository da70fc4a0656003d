// Which pixels and channels an invocation works on.
//
// Pictures are stored as planes of four channels: element (c / 4 * height + y) * width + x is a vec4 of four channels.
// Consecutive invocations work on consecutive pixels.

// The number of a workgroup along x, where what exceeds 65535 workgroups is folded into z.
fn folded(group: vec3u, groups: vec3u) -> u32 {
    return group.x + group.z * groups.x;
}
