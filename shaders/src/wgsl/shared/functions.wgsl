// Elementwise functions by number; the numbers are those of `limn_shaders::functions`.
// The number is a constant where this is called, so that the compiler keeps one case.

fn unary(function: u32, v: vec4f, alpha: f32, beta: f32) -> vec4f {
    switch function {
        case 0u: { return clamp(v, vec4f(alpha), vec4f(beta)); }
        case 1u: { return select(v, v * alpha, v < vec4f(0.0)); }
        case 2u: { return sigmoid(v); }
        case 3u: { return clamp(v * alpha + beta, vec4f(0.0), vec4f(1.0)); }
        case 4u: { return v * clamp(v / 6.0 + 0.5, vec4f(0.0), vec4f(1.0)); }
        case 5u: { return v * sigmoid(v); }
        case 6u: { return abs(v); }
        case 7u: { return ceil(v); }
        case 8u: { return erf(v); }
        case 9u: { return exp(v); }
        case 10u: { return floor(v); }
        case 11u: { return 0.5 * v * (1.0 + erf(v * 0.70710678)); }
        case 12u: { return 0.5 * v * (1.0 + tanh_safe(0.7978845608 * (v + 0.044715 * v * v * v))); }
        case 13u: { return log(v); }
        case 14u: { return -v; }
        case 15u: { return select(vec4f(0.0), vec4f(1.0), v == vec4f(0.0)); }
        case 16u: { return 1.0 / v; }
        case 17u: { return round(v); }
        case 18u: { return sign(v); }
        case 19u: { return max(v, vec4f(0.0)) + log(1.0 + exp(-abs(v))); }
        case 20u: { return sqrt(v); }
        case 21u: { return tanh_safe(v); }
        case 22u: { return select(v, alpha * (exp(min(v, vec4f(0.0))) - 1.0), v < vec4f(0.0)); }
        case 23u: { return trunc(v); }
        default: { return v; }
    }
}

fn binary(function: u32, a: vec4f, b: vec4f) -> vec4f {
    switch function {
        case 0u: { return a + b; }
        case 1u: { return a - b; }
        case 2u: { return a * b; }
        case 3u: { return a / b; }
        case 4u: { return power(a, b); }
        case 5u: { return min(a, b); }
        case 6u: { return max(a, b); }
        case 7u: { return select(a, a * b, a < vec4f(0.0)); }
        case 8u: { return truth(a < b); }
        case 9u: { return truth(a <= b); }
        case 10u: { return truth(a > b); }
        case 11u: { return truth(a >= b); }
        case 12u: { return truth(a == b); }
        case 13u: { return truth((a != vec4f(0.0)) & (b != vec4f(0.0))); }
        case 14u: { return truth((a != vec4f(0.0)) | (b != vec4f(0.0))); }
        default: { return truth((a != vec4f(0.0)) != (b != vec4f(0.0))); }
    }
}

fn truth(v: vec4<bool>) -> vec4f {
    return select(vec4f(0.0), vec4f(1.0), v);
}

fn sigmoid(v: vec4f) -> vec4f {
    return 1.0 / (1.0 + exp(-v));
}

// tanh overflows on some drivers.
fn tanh_safe(v: vec4f) -> vec4f {
    return tanh(clamp(v, vec4f(-15.0), vec4f(15.0)));
}

// |error| < 2e-7: Abramowitz and Stegun 7.1.26 is 1.5e-7 in exact arithmetic.
fn erf(v: vec4f) -> vec4f {
    let a = abs(v);
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(v) * (1.0 - poly * exp(-a * a));
}

// pow is undefined for a negative base: whole exponents keep their sign, others give what the power of the magnitude is.
fn power(a: vec4f, b: vec4f) -> vec4f {
    let magnitude = pow(abs(a), b);
    let odd = abs(b - 2.0 * floor(b * 0.5)) == vec4f(1.0);
    let signed_power = select(magnitude, -magnitude, odd & (a < vec4f(0.0)));
    return select(signed_power, vec4f(1.0), b == vec4f(0.0));
}
