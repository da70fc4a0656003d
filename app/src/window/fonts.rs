//! Signs that the built-in fonts of egui lack. A small font in the program holds what the texts of the window need, so
//! the Chinese interface always works; names that a person types may need any sign, for those a font of the system is
//! looked for once, on a thread of its own, when first needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use egui::{Context, FontData, FontDefinitions, FontFamily};

/// The signs of the texts of the window, out of Noto Sans CJK SC (assets/fonts).
const SMALL: &[u8] = include_bytes!("../../../assets/fonts/limn-cjk.otf");

/// The fonts of the window.
#[derive(Default)]
pub struct Fonts {
    asked: bool,
    /// Signs that names on the screen need.
    shown: String,
    missing: bool,
    coming: Option<Receiver<Option<FontData>>>,
}

impl Fonts {
    /// Puts the small font behind those of egui.
    pub fn install(ctx: &Context) -> Self {
        ctx.set_fonts(definitions(None));
        Self::default()
    }

    /// Looks for a font of the system, once. `shown`: a text on the screen; its signs must not be missing silently.
    pub fn need(&mut self, ctx: &Context, shown: &str) {
        self.shown.extend(shown.chars().filter(|c| is_east_asian(*c)));
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        let (sender, receiver) = bounded(1);
        let ctx = ctx.clone();
        let look = move || {
            // Nobody listens any more only when the window has closed.
            sender.send(find().and_then(|path| load(&path))).ok();
            ctx.request_repaint();
        };
        match std::thread::Builder::new().name("fonts".into()).spawn(look) {
            Ok(_) => self.coming = Some(receiver),
            Err(error) => tracing::warn!("cannot start the thread that looks for fonts: {error}"),
        }
    }

    /// Takes in the font that was found; true, once, when one is needed and there is none. Typed signs ask for one by
    /// themselves.
    pub fn poll(&mut self, ctx: &Context) -> bool {
        let typed: String = ctx.input(|i| {
            let texts = i.events.iter().map(|e| match e {
                egui::Event::Text(text) | egui::Event::Paste(text) if needs_more(text) => text.as_str(),
                _ => "",
            });
            texts.collect()
        });
        if !typed.is_empty() {
            self.need(ctx, &typed);
        }
        let found = match self.coming.as_ref().map(Receiver::try_recv) {
            Some(Ok(found)) => found,
            Some(Err(TryRecvError::Disconnected)) => None,
            Some(Err(TryRecvError::Empty)) | None => return self.is_lacking(ctx),
        };
        self.coming = None;
        match found {
            Some(font) => ctx.set_fonts(definitions(Some(font))),
            None => self.missing = true,
        }
        false
    }

    /// There is no font of the system, and the fonts there are lack a sign that is shown; true once.
    fn is_lacking(&mut self, ctx: &Context) -> bool {
        // A context has no fonts before its first frame.
        if !self.missing || self.shown.is_empty() || ctx.cumulative_pass_nr() == 0 {
            return false;
        }
        let shown = std::mem::take(&mut self.shown);
        let lacking = ctx.fonts_mut(|f| !f.has_glyphs(&egui::FontId::default(), &shown));
        self.missing = !lacking;
        lacking
    }
}

/// A text has signs that the fonts of egui lack.
pub fn needs_more(text: &str) -> bool {
    text.chars().any(is_east_asian)
}

fn is_east_asian(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x11ff | 0x2e80..=0xd7ff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

fn definitions(system: Option<FontData>) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert("limn-cjk".into(), Arc::new(FontData::from_static(SMALL)));
    let mut names = vec!["limn-cjk".to_owned()];
    if let Some(font) = system {
        fonts.font_data.insert("system-cjk".into(), Arc::new(font));
        names.insert(0, "system-cjk".to_owned());
    }
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts.families.entry(family).or_default().extend(names.iter().cloned());
    }
    fonts
}

/// Parts of file names, the best first, in lower case.
const KNOWN: [&str; 16] = [
    "notosanscjk-regular",
    "notosanscjksc-regular",
    "notosanssc-regular",
    "sourcehansanssc-regular",
    "sourcehansanscn-regular",
    "pingfang",
    "msyh.",
    "wqy-microhei",
    "wqy-zenhei",
    "hiragino sans gb",
    "stheiti light",
    "droidsansfallback",
    "simhei",
    "simsun",
    "uming",
    "arial unicode",
];

fn find() -> Option<PathBuf> {
    let mut dirs: Vec<PathBuf> = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/run/current-system/sw/share/X11/fonts",
        "/System/Library/Fonts",
        "/System/Library/AssetsV2",
        "/Library/Fonts",
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    if let Some(home) = std::env::home_dir() {
        dirs.extend([".local/share/fonts", ".fonts", "Library/Fonts"].map(|d| home.join(d)));
    }
    if let Some(windows) = std::env::var_os("WINDIR") {
        dirs.push(PathBuf::from(windows).join("Fonts"));
    }
    let mut best = None;
    for dir in dirs {
        look(&dir, 0, &mut best);
    }
    best.map(|(_, path)| path)
}

/// Keeps the best font below `dir`.
fn look(dir: &Path, depth: usize, best: &mut Option<(usize, PathBuf)>) {
    const DEEPEST: usize = 5;
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if depth < DEEPEST {
                look(&path, depth + 1, best);
            }
            continue;
        }
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let font = [".ttf", ".ttc", ".otf"].iter().any(|e| name.ends_with(e));
        let Some(rank) = KNOWN.iter().position(|known| name.contains(known)).filter(|_| font) else { continue };
        let better = |(r, p): &(usize, PathBuf)| (rank, &path) < (*r, p);
        if best.as_ref().is_none_or(better) {
            *best = Some((rank, path));
        }
    }
}

fn load(path: &Path) -> Option<FontData> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let mut font = FontData::from_owned(bytes);
            // The collection holds Japanese, Korean, simplified Chinese ... in this order.
            let collection = path.extension().is_some_and(|e| e == "ttc");
            let noto = path.to_string_lossy().to_lowercase().contains("notosanscjk");
            font.index = if collection && noto { 2 } else { 0 };
            Some(font)
        }
        Err(error) => {
            tracing::warn!("font not read: {error}: {}", path.display());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::lang;

    #[test]
    fn the_fonts_in_the_program_have_every_sign_of_every_text() {
        let ctx = Context::default();
        ctx.set_fonts(definitions(None));
        let mut missing = String::new();
        // A context makes its fonts in its first frame.
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        let id = egui::FontId::proportional(14.0);
        let names = lang::Language::ALL.map(|(_, name)| name);
        let texts = lang::all().flat_map(|(_, text)| lang::Language::ALL.map(|(language, _)| text.of(language)));
        for sign in texts.chain(names).flat_map(str::chars).filter(|c| *c != '\n') {
            if !ctx.fonts_mut(|f| f.has_glyph(&id, sign)) && !missing.contains(sign) {
                missing.push(sign);
            }
        }
        assert!(missing.is_empty(), "add these signs to the small font, as assets/fonts/README.md says: {missing}");
    }

    #[test]
    fn a_missing_sign_is_told_once_and_only_if_it_is_missing() {
        let ctx = Context::default();
        let mut fonts = Fonts { asked: true, missing: true, ..Fonts::default() };
        ctx.set_fonts(definitions(None));
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        fonts.need(&ctx, "中文 cat");
        assert!(!fonts.poll(&ctx), "the small font has these");
        fonts.need(&ctx, "鑫");
        assert!(fonts.poll(&ctx));
        fonts.need(&ctx, "鑫");
        assert!(!fonts.poll(&ctx));
    }

    #[test]
    fn only_east_asian_scripts_ask_for_a_font() {
        assert!(needs_more("猫") && needs_more("한") && needs_more("カ"));
        assert!(!needs_more("käse, Ωmega, кот ..."));
    }
}
