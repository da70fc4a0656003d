    // Pixel p of the tile stands at at_p of its plane, if inside_p.
#for p in 0..P
    if (inside_{p}) {
#for g in 0..G
        if (first_plane + {g}u < params.y_planes) {
            let offset = (first_plane + {g}u) * y_size + at_{p};
#ifdef RESIDUAL
            sum_{p}_{g} += residual_at(params.residual_first + offset);
#endif
            y[params.y_first + offset] = clamp(sum_{p}_{g}, vec4f(params.low), vec4f(params.high));
        }
#end
    }
#end
