    // The sums start with the bias.
    let first_plane = group.y * {G}u;
    let x_size = params.x_width * params.x_height;
    let y_size = params.y_width * params.y_height;
#ifdef SUBGROUP
    let lane_bias = bias[first_plane + min(invocation & 7u, {G}u - 1u)];
#endif
#for g in 0..G
#ifdef SUBGROUP
    let bias_{g} = subgroupBroadcast(lane_bias, {g}u);
#else
    let bias_{g} = bias[first_plane + {g}u];
#endif
#for p in 0..P
    var sum_{p}_{g} = bias_{g};
#end
#end
    var weight = group.y * params.kernel_width * params.kernel_height * params.x_planes * {G*4}u;
#ifdef SUBGROUP
    weight += invocation & {LASTLANE}u;
#endif
