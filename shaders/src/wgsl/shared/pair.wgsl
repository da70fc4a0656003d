// Two neighbouring Quads, for what is moved in pairs: a software adapter walks over the invocations once per access.

#import quad

#ifdef WIDE
alias Pair = vec4<u64>;

fn loaded_first(pair: Pair) -> vec4f {
    return loaded(pair.xy);
}

fn loaded_second(pair: Pair) -> vec4f {
    return loaded(pair.zw);
}

fn stored_pair(first: vec4f, second: vec4f) -> Pair {
    return Pair(stored(first), stored(second));
}
#else
alias Pair = mat2x4f;

fn loaded_first(pair: Pair) -> vec4f {
    return pair[0];
}

fn loaded_second(pair: Pair) -> vec4f {
    return pair[1];
}

fn stored_pair(first: vec4f, second: vec4f) -> Pair {
    return Pair(first, second);
}
#endif
