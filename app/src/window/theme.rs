//! Design tokens: every colour, distance and type size of the window, and the two themes made of them.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2};

/// Distances in points. One scale, used everywhere.
pub mod space {
    /// Between an icon and its text.
    pub const XS: f32 = 4.0;
    /// Between neighbours that belong together.
    pub const S: f32 = 6.0;
    /// Inside panels.
    pub const M: f32 = 10.0;
    /// Between groups.
    pub const L: f32 = 16.0;
    /// Around what stands alone on a page.
    pub const XL: f32 = 28.0;
    /// Height of a row in a list.
    pub const ROW: f32 = 26.0;
    /// Edge of an icon.
    pub const ICON: f32 = 16.0;
}

/// Type sizes in points.
pub mod size {
    /// Hints and table heads.
    pub const SMALL: f32 = 11.5;
    /// Text.
    pub const BODY: f32 = 13.5;
    /// Titles of dialogs.
    pub const TITLE: f32 = 18.0;
    /// The name of the program on the empty page.
    pub const DISPLAY: f32 = 34.0;
}

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind the picture.
    pub canvas: Color32,
    /// Panels.
    pub panel: Color32,
    /// Buttons, cards, dialogs.
    pub raised: Color32,
    /// A button under the pointer.
    pub hover: Color32,
    /// A pressed button.
    pub pressed: Color32,
    /// Lines between things.
    pub border: Color32,
    /// Text.
    pub text: Color32,
    /// Text that may be overlooked.
    pub weak: Color32,
    /// What can be done next, what is selected.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Row of a list that is selected.
    pub selected: Color32,
    /// Text on `selected`, and the ring around what has the keyboard.
    pub on_selected: Color32,
    /// Done, positive.
    pub good: Color32,
    /// Attention.
    pub warn: Color32,
    /// Failure, negative.
    pub bad: Color32,
    /// Text fields.
    pub field: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub const DARK: Palette = Palette {
    canvas: rgb(0x141619),
    panel: rgb(0x1c1f24),
    raised: rgb(0x282c33),
    hover: rgb(0x333841),
    pressed: rgb(0x3d434e),
    border: rgb(0x30353d),
    text: rgb(0xe3e6ea),
    weak: rgb(0x969fab),
    accent: rgb(0x4c8df6),
    on_accent: rgb(0xffffff),
    selected: rgb(0x253857),
    on_selected: rgb(0xa9caff),
    good: rgb(0x4fb886),
    warn: rgb(0xe2ae55),
    bad: rgb(0xec6a6a),
    field: rgb(0x15171b),
};

/// The light theme.
pub const LIGHT: Palette = Palette {
    canvas: rgb(0xdfe2e6),
    panel: rgb(0xf6f7f9),
    raised: rgb(0xffffff),
    hover: rgb(0xe9edf3),
    pressed: rgb(0xdce3ec),
    border: rgb(0xd3d8df),
    text: rgb(0x1d2229),
    weak: rgb(0x5d6774),
    accent: rgb(0x1f66d6),
    on_accent: rgb(0xffffff),
    selected: rgb(0xd6e5fb),
    on_selected: rgb(0x154ea8),
    good: rgb(0x187a4b),
    warn: rgb(0x9a6600),
    bad: rgb(0xc43232),
    field: rgb(0xffffff),
};

/// What a new mask adds, and what it takes away: blue and orange, which nobody's eyes confuse.
pub const ADDED: Color32 = rgb(0x3b9dff);
/// See [`ADDED`].
pub const TAKEN: Color32 = rgb(0xff9430);

pub use limn_datasets::CLASS_COLORS;

/// The colour of an outline: that of its mask, light enough to be seen within its dark border.
pub fn line_of(color: Color32) -> Color32 {
    let weight = (u32::from(color.r()) * 3 + u32::from(color.g()) * 6 + u32::from(color.b())) / 10;
    let lift = 150_u32.saturating_sub(weight);
    let lighter = |v: u8| (u32::from(v) + (255 - u32::from(v)) * lift / 255).min(255) as u8;
    Color32::from_rgb(lighter(color.r()), lighter(color.g()), lighter(color.b()))
}

/// A colour that no class has yet, while there is one.
pub fn next_class_color(classes: &[limn_datasets::Class]) -> [u8; 3] {
    limn_datasets::ClassColors::without(classes.iter().map(|class| class.color)).take()
}

/// The palette of the theme that is on.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    palette_of(ui.visuals().dark_mode)
}

/// The palette of the dark or the light theme.
pub fn palette_of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// A class colour as an egui colour.
pub fn class_color(color: [u8; 3]) -> Color32 {
    Color32::from_rgb(color[0], color[1], color[2])
}

/// Puts both themes into the context.
pub fn install(ctx: &egui::Context) {
    ctx.set_style_of(egui::Theme::Dark, style(&DARK, true));
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT, false));
}

/// Nothing fades: where the processor draws, a fade costs seconds and shows a ghost meanwhile.
pub fn without_motion(ctx: &egui::Context) {
    ctx.all_styles_mut(|style| style.animation_time = 0.0);
}

fn style(p: &Palette, dark: bool) -> egui::Style {
    let mut style = egui::Style::default();
    let proportional = |points| FontId::new(points, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, proportional(size::SMALL)),
        (TextStyle::Body, proportional(size::BODY)),
        (TextStyle::Button, proportional(size::BODY)),
        (TextStyle::Heading, proportional(size::TITLE)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(space::S, space::S);
    style.spacing.button_padding = Vec2::new(space::M, 5.0);
    style.spacing.interact_size = Vec2::new(32.0, 26.0);
    style.spacing.window_margin = Margin::same(space::L as i8);
    style.spacing.menu_margin = Margin::same(space::S as i8);
    style.spacing.slider_width = 130.0;
    style.spacing.slider_rail_height = 4.0;
    style.spacing.icon_width = 16.0;
    style.spacing.icon_width_inner = 9.0;
    style.spacing.combo_width = 120.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = 0.08;

    let mut v = if dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    let radius = CornerRadius::same(5);
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.border);
    v.window_corner_radius = CornerRadius::same(10);
    v.menu_corner_radius = CornerRadius::same(7);
    v.window_shadow =
        Shadow { offset: [0, 8], blur: 28, spread: 0, color: Color32::from_black_alpha(if dark { 120 } else { 50 }) };
    v.popup_shadow =
        Shadow { offset: [0, 4], blur: 14, spread: 0, color: Color32::from_black_alpha(if dark { 100 } else { 40 }) };
    v.extreme_bg_color = p.field;
    v.text_edit_bg_color = Some(p.field);
    v.faint_bg_color = p.hover;
    v.code_bg_color = p.raised;
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.bad;
    v.weak_text_color = Some(p.weak);
    v.selection.bg_fill = p.selected;
    v.selection.stroke = Stroke::new(1.0, p.on_selected);
    v.slider_trailing_fill = true;
    v.text_cursor.stroke = Stroke::new(1.5, p.accent);

    let widgets = &mut v.widgets;
    for (w, fill, line, ink) in [
        (&mut widgets.noninteractive, p.panel, p.border, p.text),
        (&mut widgets.inactive, p.raised, p.border, p.text),
        (&mut widgets.hovered, p.hover, p.border, p.text),
        (&mut widgets.active, p.pressed, p.accent, p.text),
        (&mut widgets.open, p.hover, p.border, p.text),
    ] {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = Stroke::new(1.0, line);
        w.fg_stroke = Stroke::new(1.0, ink);
        w.corner_radius = radius;
        w.expansion = 0.0;
    }
    // Check boxes and slider rails need an inner colour that is seen on the panel.
    widgets.inactive.bg_fill = if dark { p.pressed } else { rgb(0xc4cbd5) };
    widgets.inactive.bg_stroke = Stroke::new(1.0, if dark { p.pressed } else { rgb(0xc4cbd5) });
    style.visuals = v;
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f32 {
        let linear = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |c: Color32| 0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b());
        let (x, y) = (luminance(a), luminance(b));
        (x.max(y) + 0.05) / (x.min(y) + 0.05)
    }

    /// WCAG 2.1 asks for 4.5 for text and 3 for what is drawn.
    #[test]
    fn text_is_legible_in_both_themes() {
        for p in [&DARK, &LIGHT] {
            for ground in [p.panel, p.raised, p.field, p.selected] {
                assert!(contrast(p.text, ground) >= 4.5, "text on {ground:?}");
            }
            for ink in [p.weak, p.good, p.warn, p.bad] {
                assert!(contrast(ink, p.panel) >= 4.5, "{ink:?} on {:?}: {}", p.panel, contrast(ink, p.panel));
            }
            assert!(contrast(p.accent, p.panel) >= 3.0);
            assert!(contrast(p.on_selected, p.selected) >= 4.5);
        }
    }
}
