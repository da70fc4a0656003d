// Four floats as they lie in memory. With WIDE they are moved as two 64-bit integers: a software adapter moves one component
// of one invocation at a time.

#ifdef WIDE
alias Quad = vec2<u64>;

fn loaded(quad: Quad) -> vec4f {
    return vec4f(
        bitcast<f32>(u32(quad.x)),
        bitcast<f32>(u32(quad.x >> 32u)),
        bitcast<f32>(u32(quad.y)),
        bitcast<f32>(u32(quad.y >> 32u)),
    );
}

fn stored(v: vec4f) -> Quad {
    let bits = bitcast<vec4u>(v);
    return Quad(u64(bits.x) | (u64(bits.y) << 32u), u64(bits.z) | (u64(bits.w) << 32u));
}
#else
alias Quad = vec4f;

fn loaded(quad: Quad) -> vec4f {
    return quad;
}

fn stored(v: vec4f) -> Quad {
    return v;
}
#endif
