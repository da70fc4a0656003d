//! `limn`: entry point only; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(unsafe_code, reason = "the environment is changed while this is the only thread, as `set_var` asks")]
    // SAFETY: nothing has been started yet.
    unsafe {
        // ONNX Runtime looks at it while its library is loaded; without it the library sends what it likes to its makers.
        std::env::set_var(limn_inference::onnxruntime::NO_TELEMETRY, "1");
    }
    let code = limn::program::main();
    limn_inference::trials::at_exit();
    code
}
