// The weights of a dense convolution: rows of 4 G vec4 (over four input channels), one per output channel of the block.
//
// With SUBGROUP each of eight neighbouring invocations loads two of them and broadcasts them: I loads of M planes of output
// channels (G = I M). Without, every invocation loads them all, the same address everywhere in a workgroup.

#import pair

#ifdef SUBGROUP
@group(0) @binding(2) var<storage, read> weights: array<Pair>;
#else
@group(0) @binding(2) var<storage, read> weights: array<Quad>;
#endif
