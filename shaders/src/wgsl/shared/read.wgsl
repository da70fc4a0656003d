// The vec4s that are read at binding $2: $1_at(index). With TEXELS they are the texels of a picture 2048 wide, row by row:
// a software adapter reads a texture much faster than a buffer (and writes it more slowly).
#ifdef TEXELS
@group(0) @binding($2) var $1: texture_storage_2d<rgba32float, read>;

fn $1_at(index: u32) -> vec4f {
    return textureLoad($1, vec2u(index & 2047u, index >> 11u));
}
#else
@group(0) @binding($2) var<storage, read> $1: array<vec4f>;

fn $1_at(index: u32) -> vec4f {
    return $1[index];
}
#endif
