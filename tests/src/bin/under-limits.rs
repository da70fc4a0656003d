//! `under-limits REPORT SECONDS BYTES PROGRAM [ARGUMENT ...]`: runs a program with a bound on its time and its address space.
//!
//! The seconds are those of the processors, so that a busy machine changes nothing; on the clock it may take six times as long.
//! Writes `EXIT-STATUS SECONDS PROCESSOR-SECONDS PEAK-MB TIMED-OUT` into REPORT (a signal is a negative status). Used by the
//! tests of the built program only; see `call.rs`. The limits are set by `prlimit` (util-linux), what was used is read out of
//! `/proc`: the largest memory while it runs, the processor time when it has ended and is not yet waited for.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    match linux::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("under-limits: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("under-limits: the tests under limits need Linux");
    std::process::exit(1);
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    type Error = Box<dyn std::error::Error>;

    /// How often the memory is looked at. What a process takes after the last look is at most some 20 MB.
    const LOOK: Duration = Duration::from_millis(4);

    pub fn run() -> Result<(), Error> {
        let mut arguments = std::env::args_os().skip(1);
        let mut next = || arguments.next().ok_or("REPORT SECONDS BYTES PROGRAM [ARGUMENT ...]");
        let report = next()?;
        let limit = Duration::from_secs_f64(next()?.to_string_lossy().parse()?);
        let bytes: u64 = next()?.to_string_lossy().parse()?;
        let program = next()?;
        let mut command = Command::new("prlimit");
        command.arg(format!("--as={bytes}")).args(["--core=0", "--"]).arg(program).args(arguments);
        let began = Instant::now();
        // A group of its own, so that what it starts ends with it.
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let (mut peak, mut timed_out) = (0, false);
        let (status, processor) = loop {
            let (ended, processor) = state(child.id())?;
            if ended {
                break (child.wait()?, processor);
            }
            peak = peak.max(memory(child.id()).unwrap_or(0));
            let over = Duration::from_secs_f64(processor) > limit || began.elapsed() > limit * 6;
            if over && !timed_out {
                timed_out = true;
                // The shell's own `kill`: as a program it is not everywhere.
                Command::new("sh").args(["-c", &format!("kill -s KILL -- -{}", child.id())]).status()?;
            }
            std::thread::sleep(LOOK.min(began.elapsed() / 20 + Duration::from_micros(200)));
        };
        let seconds = began.elapsed().as_secs_f64();
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or(1));
        let timed_out = i32::from(timed_out);
        std::fs::write(report, format!("{code} {seconds} {processor} {} {timed_out}\n", peak / 1024))?;
        Ok(())
    }

    /// Whether a process has ended, and its processor seconds, from `/proc/PID/stat`.
    fn state(process: u32) -> Result<(bool, f64), Error> {
        let text = std::fs::read(format!("/proc/{process}/stat"))?;
        let text = String::from_utf8_lossy(&text);
        // The name in brackets may hold anything.
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        // Counted from the state, which is field 3 of proc(5): user time is 14, system time 15; in ticks of 10 ms.
        Ok((matches!(fields.first(), Some(&"Z" | &"X")), (ticks(11) + ticks(12)) / 100.0))
    }

    /// Largest memory so far in KB.
    fn memory(process: u32) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}
