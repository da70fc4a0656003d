//! A small set of line icons, drawn with the painter on a 16 x 16 grid: crisp at any scale, coloured like the text.

use egui::{Atom, Button, Color32, Painter, Pos2, Rect, Response, Stroke, StrokeKind, Ui, Vec2, pos2};

use super::theme::space;

/// The icons of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A folder.
    Folder,
    /// A picture.
    Picture,
    /// A project file.
    Project,
    /// One step back.
    Undo,
    /// One step forward.
    Redo,
    /// The whole picture.
    Fit,
    /// One picture pixel on one screen pixel.
    ActualSize,
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// Shown.
    Eye,
    /// Not shown.
    EyeOff,
    /// Remove.
    Trash,
    /// Re-open, rename.
    Pencil,
    /// Add.
    Plus,
    /// Accept, done.
    Check,
    /// Close, drop.
    Cross,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
    /// Previous.
    Left,
    /// Next.
    Right,
    /// Search.
    Search,
    /// Out of the program.
    Export,
    /// Into the program.
    Import,
    /// Settings.
    Sliders,
    /// Help.
    Help,
    /// Conditions on a list.
    Filter,
    /// Small pictures.
    Grid,
    /// The same once more.
    Copy,
    /// What was done.
    Clock,
    /// Figures.
    Chart,
    /// Attention.
    Warning,
    /// Learning.
    Learn,
    /// A click.
    Target,
    /// Paint.
    Brush,
    /// Take away.
    Eraser,
    /// Corner by corner.
    Polygon,
    /// Free shape.
    Lasso,
    /// Pixels of one colour.
    Wand,
    /// Cut.
    Scissors,
    /// Parts and holes.
    Parts,
    /// Corners of an outline.
    Corners,
}

/// Draws `icon` into `rect`.
pub fn paint(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let k = rect.width().min(rect.height()) / 16.0;
    let origin = rect.center() - Vec2::splat(8.0 * k);
    let at = |x: f32, y: f32| -> Pos2 { pos2(origin.x + x * k, origin.y + y * k) };
    let stroke = Stroke::new((1.4 * k).max(1.0), color);
    let line = |points: &[(f32, f32)]| {
        painter.line(points.iter().map(|&(x, y)| at(x, y)).collect(), stroke);
    };
    let circle = |x: f32, y: f32, r: f32| {
        painter.circle_stroke(at(x, y), r * k, stroke);
    };
    let arc = |x: f32, y: f32, r: f32, from: f32, to: f32| {
        let points: Vec<_> = (0..=14)
            .map(|i| {
                let angle = from + (to - from) * i as f32 / 14.0;
                at(x + r * angle.cos(), y + r * angle.sin())
            })
            .collect();
        painter.line(points, stroke);
    };
    match icon {
        Icon::Folder => {
            line(&[(1.5, 13.0), (1.5, 3.5), (6.0, 3.5), (7.5, 5.5), (14.5, 5.5), (14.5, 13.0), (1.5, 13.0)])
        }
        Icon::Picture => {
            painter.rect_stroke(Rect::from_min_max(at(1.5, 2.5), at(14.5, 13.5)), 1.5 * k, stroke, StrokeKind::Middle);
            circle(5.2, 6.0, 1.3);
            line(&[(2.0, 12.5), (6.0, 8.8), (8.5, 11.0), (11.0, 7.5), (14.2, 11.5)]);
        }
        Icon::Project => {
            line(&[(3.0, 1.8), (10.0, 1.8), (13.0, 4.8), (13.0, 14.2), (3.0, 14.2), (3.0, 1.8)]);
            line(&[(9.8, 2.0), (9.8, 5.0), (12.8, 5.0)]);
            line(&[(5.5, 8.5), (10.5, 8.5)]);
            line(&[(5.5, 11.2), (10.5, 11.2)]);
        }
        Icon::Undo => {
            line(&[(5.5, 2.8), (2.2, 6.0), (5.5, 9.2)]);
            line(&[(2.4, 6.0), (9.5, 6.0)]);
            arc(9.5, 9.6, 3.6, -std::f32::consts::FRAC_PI_2, std::f32::consts::FRAC_PI_2);
            line(&[(9.5, 13.2), (6.0, 13.2)]);
        }
        Icon::Redo => {
            line(&[(10.5, 2.8), (13.8, 6.0), (10.5, 9.2)]);
            line(&[(13.6, 6.0), (6.5, 6.0)]);
            arc(6.5, 9.6, 3.6, -std::f32::consts::FRAC_PI_2, -3.0 * std::f32::consts::FRAC_PI_2);
            line(&[(6.5, 13.2), (10.0, 13.2)]);
        }
        Icon::Fit => {
            line(&[(2.0, 5.5), (2.0, 2.0), (5.5, 2.0)]);
            line(&[(10.5, 2.0), (14.0, 2.0), (14.0, 5.5)]);
            line(&[(14.0, 10.5), (14.0, 14.0), (10.5, 14.0)]);
            line(&[(5.5, 14.0), (2.0, 14.0), (2.0, 10.5)]);
        }
        Icon::ActualSize => {
            line(&[(2.2, 5.2), (4.4, 3.6), (4.4, 12.6)]);
            line(&[(10.6, 5.2), (12.8, 3.6), (12.8, 12.6)]);
            painter.circle_filled(at(7.8, 6.2), 0.95 * k, color);
            painter.circle_filled(at(7.8, 10.6), 0.95 * k, color);
        }
        Icon::ZoomIn | Icon::ZoomOut | Icon::Search => {
            circle(7.0, 7.0, 4.6);
            line(&[(10.4, 10.4), (14.2, 14.2)]);
            if icon != Icon::Search {
                line(&[(5.0, 7.0), (9.0, 7.0)]);
            }
            if icon == Icon::ZoomIn {
                line(&[(7.0, 5.0), (7.0, 9.0)]);
            }
        }
        Icon::Eye | Icon::EyeOff => {
            arc(8.0, 11.4, 7.2, -2.6, -0.54);
            arc(8.0, 4.6, 7.2, 2.6, 0.54);
            circle(8.0, 8.0, 2.0);
            if icon == Icon::EyeOff {
                line(&[(3.0, 13.6), (13.0, 2.4)]);
            }
        }
        Icon::Trash => {
            line(&[(2.5, 4.2), (13.5, 4.2)]);
            line(&[(6.0, 4.0), (6.0, 2.2), (10.0, 2.2), (10.0, 4.0)]);
            line(&[(3.8, 4.4), (4.6, 14.0), (11.4, 14.0), (12.2, 4.4)]);
            line(&[(6.6, 6.8), (6.8, 11.6)]);
            line(&[(9.4, 6.8), (9.2, 11.6)]);
        }
        Icon::Pencil => {
            line(&[(2.4, 13.6), (3.2, 10.4), (11.2, 2.4), (13.6, 4.8), (5.6, 12.8), (2.4, 13.6)]);
            line(&[(9.4, 4.2), (11.8, 6.6)]);
        }
        Icon::Plus => {
            line(&[(8.0, 3.0), (8.0, 13.0)]);
            line(&[(3.0, 8.0), (13.0, 8.0)]);
        }
        Icon::Check => line(&[(2.8, 8.6), (6.4, 12.2), (13.4, 4.0)]),
        Icon::Cross => {
            line(&[(3.6, 3.6), (12.4, 12.4)]);
            line(&[(12.4, 3.6), (3.6, 12.4)]);
        }
        Icon::Up => line(&[(3.5, 10.2), (8.0, 5.6), (12.5, 10.2)]),
        Icon::Down => line(&[(3.5, 5.8), (8.0, 10.4), (12.5, 5.8)]),
        Icon::Left => line(&[(10.2, 3.0), (5.4, 8.0), (10.2, 13.0)]),
        Icon::Right => line(&[(5.8, 3.0), (10.6, 8.0), (5.8, 13.0)]),
        Icon::Export | Icon::Import => {
            line(&[(2.4, 9.5), (2.4, 13.6), (13.6, 13.6), (13.6, 9.5)]);
            line(&[(8.0, 2.2), (8.0, 10.0)]);
            if icon == Icon::Export {
                line(&[(4.8, 5.2), (8.0, 2.0), (11.2, 5.2)]);
            } else {
                line(&[(4.8, 7.0), (8.0, 10.2), (11.2, 7.0)]);
            }
        }
        Icon::Sliders => {
            for (y, x) in [(3.6, 10.2), (8.0, 5.4), (12.4, 9.0)] {
                line(&[(1.8, y), (x - 1.8, y)]);
                circle(x, y, 1.7);
                line(&[(x + 1.8, y), (14.2, y)]);
            }
        }
        Icon::Help => {
            circle(8.0, 8.0, 6.4);
            arc(8.0, 6.4, 2.1, -2.9, 0.9);
            line(&[(9.3, 8.0), (8.0, 9.0), (8.0, 9.9)]);
            painter.circle_filled(at(8.0, 11.8), 0.9 * k, color);
        }
        Icon::Filter => line(&[(2.0, 3.0), (14.0, 3.0), (9.4, 8.6), (9.4, 13.6), (6.6, 12.0), (6.6, 8.6), (2.0, 3.0)]),
        Icon::Grid => {
            for (x, y) in [(2.0, 2.0), (9.0, 2.0), (2.0, 9.0), (9.0, 9.0)] {
                let cell = Rect::from_min_max(at(x, y), at(x + 5.0, y + 5.0));
                painter.rect_stroke(cell, 1.0 * k, stroke, StrokeKind::Middle);
            }
        }
        Icon::Copy => {
            line(&[(5.5, 5.5), (13.8, 5.5), (13.8, 13.8), (5.5, 13.8), (5.5, 5.5)]);
            line(&[(3.4, 10.5), (2.2, 10.5), (2.2, 2.2), (10.5, 2.2), (10.5, 3.4)]);
        }
        Icon::Clock => {
            circle(8.0, 8.0, 6.2);
            line(&[(8.0, 4.4), (8.0, 8.2), (10.8, 9.8)]);
        }
        Icon::Learn => {
            line(&[(1.8, 13.6), (5.4, 9.4), (8.6, 10.6), (13.6, 3.4)]);
            line(&[(9.8, 3.2), (13.8, 3.0), (14.0, 7.0)]);
        }
        Icon::Target => {
            circle(8.0, 8.0, 4.6);
            for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                line(&[(8.0 + 2.6 * dx, 8.0 + 2.6 * dy), (8.0 + 6.8 * dx, 8.0 + 6.8 * dy)]);
            }
        }
        Icon::Brush => {
            line(&[(13.8, 2.2), (7.4, 8.6)]);
            line(&[(12.4, 1.4), (14.6, 3.6)]);
            line(&[(7.6, 8.4), (5.0, 8.6), (3.6, 11.0), (2.0, 13.6), (5.4, 13.2), (7.8, 11.2), (7.6, 8.4)]);
        }
        Icon::Eraser => {
            line(&[(2.0, 10.0), (9.0, 3.0), (14.0, 8.0), (8.4, 13.6), (5.6, 13.6), (2.0, 10.0)]);
            line(&[(5.5, 6.5), (10.5, 11.5)]);
            line(&[(5.6, 13.6), (14.0, 13.6)]);
        }
        Icon::Polygon | Icon::Corners => {
            line(&[(3.0, 5.0), (9.0, 2.4), (13.6, 7.0), (11.0, 13.4), (4.2, 12.4), (3.0, 5.0)]);
            if icon == Icon::Corners {
                for (x, y) in [(3.0, 5.0), (9.0, 2.4), (13.6, 7.0), (11.0, 13.4), (4.2, 12.4)] {
                    painter.circle_filled(at(x, y), 1.9 * k, color);
                }
            }
        }
        Icon::Lasso => {
            arc(8.0, 6.4, 5.6, 0.0, std::f32::consts::TAU * 0.92);
            line(&[(12.6, 3.6), (13.4, 6.4), (11.0, 9.8), (7.4, 11.2), (6.6, 14.2)]);
        }
        Icon::Wand => {
            line(&[(2.2, 13.8), (9.2, 6.8)]);
            for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                line(&[(11.4 + 1.6 * dx, 4.6 + 1.6 * dy), (11.4 + 3.4 * dx, 4.6 + 3.4 * dy)]);
            }
            painter.circle_filled(at(11.4, 4.6), 0.9 * k, color);
        }
        Icon::Scissors => {
            circle(4.0, 12.0, 2.1);
            circle(12.0, 12.0, 2.1);
            line(&[(5.2, 10.3), (11.4, 1.8)]);
            line(&[(10.8, 10.3), (4.6, 1.8)]);
        }
        Icon::Parts => {
            painter.rect_stroke(Rect::from_min_max(at(1.6, 1.6), at(8.2, 8.2)), 1.5 * k, stroke, StrokeKind::Middle);
            painter.rect_filled(Rect::from_min_max(at(9.6, 9.6), at(14.4, 14.4)), 1.5 * k, color);
        }
        Icon::Chart => {
            line(&[(2.2, 2.0), (2.2, 13.8), (14.0, 13.8)]);
            for (x, y) in [(5.4, 9.0), (8.8, 5.0), (12.2, 7.4)] {
                line(&[(x, 13.4), (x, y)]);
            }
        }
        Icon::Warning => {
            line(&[(8.0, 2.2), (14.6, 13.6), (1.4, 13.6), (8.0, 2.2)]);
            line(&[(8.0, 6.6), (8.0, 9.8)]);
            painter.circle_filled(at(8.0, 11.7), 0.85 * k, color);
        }
    }
}

/// The icon as a part of a button or a label; it takes the colour of the text beside it.
pub fn atom(icon: Icon) -> Atom<'static> {
    Atom::paint(Vec2::splat(space::ICON), move |ui: &Ui, args| {
        paint(ui.painter(), args.rect, icon, args.fallback_text_color);
    })
}

/// As [`atom`], in a colour of its own.
pub fn colored_atom(icon: Icon, color: Color32) -> Atom<'static> {
    Atom::paint(Vec2::splat(space::ICON), move |ui: &Ui, args| paint(ui.painter(), args.rect, icon, color))
}

/// A frameless button that shows an icon alone; `label` is its accessible name and its tooltip.
pub fn button(ui: &mut Ui, icon: Icon, label: &str) -> Response {
    toggle(ui, icon, label, false, true)
}

/// As [`button`], with a pressed and a disabled state.
pub fn toggle(ui: &mut Ui, icon: Icon, label: &str, selected: bool, enabled: bool) -> Response {
    let widget = Button::selectable(selected, atom(icon)).min_size(Vec2::splat(26.0));
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::splat(5.0);
            ui.add_enabled(enabled, widget)
        })
        .inner;
    response.accessible_name(label).on_hover_text(label).on_disabled_hover_text(label)
}
