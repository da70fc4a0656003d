// The weights at binding 2: weights_at(index). With HALF they are stored with half precision; f32 is what is computed with.
#ifdef HALF
#ifdef TEXELS
@group(0) @binding(2) var weights: texture_storage_2d<rgba16float, read>;

fn weights_at(index: u32) -> vec4f {
    return textureLoad(weights, vec2u(index & 2047u, index >> 11u));
}
#else
@group(0) @binding(2) var<storage, read> weights: array<vec2u>;

fn weights_at(index: u32) -> vec4f {
    let halves = weights[index];
    return vec4f(unpack2x16float(halves.x), unpack2x16float(halves.y));
}
#endif
#else
#import read weights 2
#endif
