//! Being asked to end: the window closes as if its cross were pressed, with everything saved.

/// Listens for SIGTERM and Ctrl+C; asked a second time, the process ends at once.
///
/// # Errors
/// When the system gives no thread or no place for the signals.
#[cfg(unix)]
pub fn listen(ctx: &egui::Context) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT])?;
    let ctx = ctx.clone();
    std::thread::Builder::new().name("ending".into()).spawn(move || {
        for (before, signal) in signals.forever().enumerate() {
            if before > 0 {
                std::process::exit(128 + signal);
            }
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            ctx.request_repaint();
        }
    })?;
    Ok(())
}

/// Other systems close windows in their own way.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn listen(_ctx: &egui::Context) -> std::io::Result<()> {
    Ok(())
}
