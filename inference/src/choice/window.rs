//! The adapter that draws the window: chosen among those that did not end an earlier start, and marked until it has drawn.

use std::sync::{Arc, Mutex, PoisonError};

use super::AdapterKind;
use crate::trials::{Failure, Purpose, Subject, Trial, Trials};

/// Frames after which the window counts as drawn: the first ones build the shaders.
const FRAMES: u32 = 3;

/// The window, until it has drawn. Clones share everything.
///
/// 1. [`begin`](Self::begin) before the window is made; 2. its [`backends`](Self::backends) and [`choose`](Self::choose) go into the
///    window's graphics settings; 3. [`drew`](Self::drew) after each frame; 4. [`note`](Self::note) is shown to the person.
#[derive(Clone)]
pub struct WindowTrial {
    trials: Option<Trials>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    trial: Option<Trial>,
    drivers: Option<Failure>,
    note: Option<String>,
    frames: u32,
}

impl WindowTrial {
    /// Looks at what ended earlier starts, and marks this one. Without a folder nothing is known and nothing is marked.
    #[must_use]
    pub fn begin(trials: Option<Trials>) -> Self {
        let subject = Subject::drivers(Purpose::WindowDrivers);
        let failures = trials.as_ref().map(Trials::failures).unwrap_or_default();
        let mut failures = failures.into_iter().filter(|failure| failure.subject == subject);
        let newest = failures.next();
        // Where OpenGL failed as well, it is the turn of the usual ones again.
        let drivers = newest.filter(|_| failures.count().is_multiple_of(2));
        let note = drivers.as_ref().map(|failure| format!("{failure}; this window is drawn with OpenGL"));
        let trial = trials.as_ref().map(|trials| trials.begin(subject));
        Self { trials, state: Arc::new(Mutex::new(State { trial, drivers, note, frames: 0 })) }
    }

    /// The interfaces that the window may use of those in `usual`: where loading the usual drivers ended the last start, OpenGL
    /// alone.
    #[must_use]
    pub fn backends(&self, usual: wgpu::Backends) -> wgpu::Backends {
        let only = wgpu::Backends::GL;
        if self.state().drivers.is_some() && usual.contains(only) { only } else { usual }
    }

    /// The adapter for the window: the best that can draw on `surface` and did not end an earlier start. If each of them did, the
    /// one that did so longest ago is tried again: without a window there is nothing to lose. The mark is that of the adapter now.
    ///
    /// # Errors
    /// No adapter can draw on the surface. One line.
    pub fn choose(
        &self,
        adapters: &[wgpu::Adapter],
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<wgpu::Adapter, NoWindowAdapter> {
        let able: Vec<&wgpu::Adapter> = adapters
            .iter()
            .filter(|adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface)))
            .collect();
        let infos: Vec<wgpu::AdapterInfo> = able.iter().map(|adapter| adapter.get_info()).collect();
        let picked = pick(&infos, self.trials.as_ref());
        let mut state = self.state();
        let Some((chosen, note)) = picked else {
            // The next start looks everywhere again.
            state.trial = None;
            if let Some(trials) = &self.trials {
                trials.forgive(&Subject::drivers(Purpose::WindowDrivers));
            }
            return Err(NoWindowAdapter { looked_at: adapters.len() });
        };
        // The drivers are loaded.
        if let Some(trial) = state.trial.take()
            && state.drivers.is_none()
        {
            trial.succeed();
        }
        state.trial = self.trials.as_ref().map(|trials| trials.begin(Subject::of(Purpose::Window, &infos[chosen])));
        if note.is_some() {
            state.note = note;
        }
        Ok(able[chosen].clone())
    }

    /// A frame was drawn. After the third the adapter is found good.
    pub fn drew(&self) {
        let mut state = self.state();
        if state.frames < FRAMES {
            state.frames += 1;
            if state.frames == FRAMES
                && let Some(trial) = state.trial.take()
            {
                trial.succeed();
            }
        }
    }

    /// What the person should know: one line if an earlier start failed and this one goes another way.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.state().note.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No adapter can draw the window.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "none of {looked_at} graphics adapters can draw a window here: install a graphics driver (mesa-vulkan-drivers for one in software)"
)]
pub struct NoWindowAdapter {
    /// How many there are.
    pub looked_at: usize,
}

/// Index of the adapter to take and what is to be said about it.
fn pick(infos: &[wgpu::AdapterInfo], trials: Option<&Trials>) -> Option<(usize, Option<String>)> {
    let mut order: Vec<usize> = (0..infos.len()).collect();
    order.sort_by_key(|&at| rank(&infos[at]));
    let failures = trials.map(Trials::failures).unwrap_or_default();
    let failure = |at: usize| {
        let subject = Subject::of(Purpose::Window, &infos[at]);
        failures.iter().find(|failure| failure.subject == subject)
    };
    let first = *order.first()?;
    if let Some(&good) = order.iter().find(|&&at| failure(at).is_none()) {
        let note = failure(first).map(|failure| format!("{failure}; this window is drawn by {}", title(&infos[good])));
        return Some((good, note));
    }
    let again = order.into_iter().min_by_key(|&at| failure(at).map(|failure| failure.began))?;
    let note = failure(again)
        .map(|failure| format!("{failure}; there is no other way to draw the window, so it is tried again"));
    Some((again, note))
}

fn title(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({})", info.name, info.backend)
}

/// Fast hardware first, and OpenGL after the newer interfaces.
fn rank(info: &wgpu::AdapterInfo) -> (u8, bool) {
    (AdapterKind::from(info.device_type).rank(), info.backend == wgpu::Backend::Gl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str, kind: wgpu::DeviceType, backend: wgpu::Backend) -> wgpu::AdapterInfo {
        wgpu::AdapterInfo { name: name.into(), ..wgpu::AdapterInfo::new(kind, backend) }
    }

    fn machine() -> Vec<wgpu::AdapterInfo> {
        vec![
            info("llvmpipe", wgpu::DeviceType::Cpu, wgpu::Backend::Gl),
            info("llvmpipe", wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan),
            info("card", wgpu::DeviceType::DiscreteGpu, wgpu::Backend::Vulkan),
        ]
    }

    #[test]
    fn an_adapter_that_ended_the_last_start_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path());
        let infos = machine();
        assert_eq!(pick(&infos, None), Some((2, None)));
        assert_eq!(pick(&[], Some(&trials)), None);
        for (expected, fails) in [(2, 2), (1, 1), (0, 0)] {
            let (chosen, note) = pick(&infos, Some(&trials)).unwrap();
            assert_eq!((chosen, note.is_some()), (expected, expected != 2), "{note:?}");
            let subject = Subject::of(Purpose::Window, &infos[fails]);
            trials.died(&subject);
        }
        let (_, note) = pick(&infos, Some(&trials)).unwrap();
        assert!(note.unwrap().contains("no other way"), "all of them failed");
    }

    #[test]
    fn drivers_that_ended_the_last_start_leave_opengl() {
        let folder = tempfile::tempdir().unwrap();
        let trials = Trials::in_folder(folder.path());
        let usual = wgpu::Backends::PRIMARY | wgpu::Backends::GL;
        let first = WindowTrial::begin(Some(trials.clone()));
        assert_eq!((first.backends(usual), first.note()), (usual, None));
        drop(first);
        let subject = Subject::drivers(Purpose::WindowDrivers);
        trials.died(&subject);
        let second = WindowTrial::begin(Some(trials.clone()));
        assert_eq!(second.backends(usual), wgpu::Backends::GL);
        assert!(second.note().unwrap().contains("OpenGL"));
        trials.died(&subject);
        let third = WindowTrial::begin(Some(trials.clone()));
        assert_eq!(third.backends(usual), usual, "OpenGL did not help either");
        assert!(second.choose(&[], None).is_err());
        assert_eq!(trials.failures(), [], "nothing to draw with: the next start looks everywhere again");
    }

    #[test]
    fn three_frames_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let window = WindowTrial::begin(Some(Trials::in_folder(folder.path())));
        let marks = || folder.path().read_dir().unwrap().count();
        window.drew();
        window.drew();
        assert_eq!(marks(), 1);
        window.drew();
        assert_eq!(marks(), 0);
    }
}
