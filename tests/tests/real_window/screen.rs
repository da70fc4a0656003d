//! A screen of its own for the real window: Xvfb, and the X protocol for looking, pointing, typing and closing.
//!
//! No window manager runs on it, so the message of a closing button is sent as one would send it, and the keyboard is given to
//! the window by hand.

use std::io::{BufRead as _, BufReader, IoSlice};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use limn_tests::make;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

/// Keysym of the Return key.
pub const RETURN: u32 = 0xff0d;

/// A screen that ends with the test.
pub struct Screen {
    server: Child,
    /// What `DISPLAY` is to be.
    pub display: String,
    connection: RustConnection,
    root: Window,
    size: (u16, u16),
}

/// What a screen shows: rows of RGB.
#[derive(Clone)]
pub struct Shot {
    pub width: usize,
    pub height: usize,
    rgb: Vec<[u8; 3]>,
}

impl Screen {
    /// Starts Xvfb on a number that is free.
    pub fn start(width: u16, height: u16) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("Xvfb cannot be started ({error}); install it with: cargo xtask setup"));
        let mut number = String::new();
        let out = server.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut number).expect("Xvfb says its number");
        let display = format!(":{}", number.trim());
        let (connection, at) = x11rb::connect(Some(&display)).unwrap_or_else(|error| panic!("{display}: {error}"));
        let root = connection.setup().roots[at].root;
        Self { server, display, connection, root, size: (width, height) }
    }

    /// What is to be seen now.
    pub fn shot(&self) -> Shot {
        let (width, height) = self.size;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX)
            .expect("asking for the picture")
            .reply()
            .expect("the picture of the screen");
        let rgb = image.data.chunks_exact(4).map(|bgr| [bgr[2], bgr[1], bgr[0]]).collect();
        Shot { width: width.into(), height: height.into(), rgb }
    }

    /// The shown window of the program, if it is there: it names the closing protocol.
    pub fn window(&self) -> Option<Window> {
        let tree = self.connection.query_tree(self.root).ok()?.reply().ok()?;
        tree.children.into_iter().find(|window| {
            let shown = self.connection.get_window_attributes(*window).ok().and_then(|cookie| cookie.reply().ok());
            shown.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
                && self.protocols(*window).contains(&self.atom("WM_DELETE_WINDOW"))
        })
    }

    fn protocols(&self, window: Window) -> Vec<u32> {
        let name = self.atom("WM_PROTOCOLS");
        let asked = self.connection.get_property(false, window, name, AtomEnum::ATOM, 0, 16).ok();
        let reply = asked.and_then(|cookie| cookie.reply().ok());
        reply.and_then(|property| property.value32().map(Iterator::collect)).unwrap_or_default()
    }

    fn atom(&self, name: &str) -> u32 {
        self.connection.intern_atom(false, name.as_bytes()).expect("asking for a name").reply().expect("a name").atom
    }

    /// Gives the keyboard to a window.
    pub fn focus(&self, window: Window) {
        self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).expect("focus");
        self.settle();
    }

    /// Moves the pointer to a place on the screen.
    pub fn point(&self, (x, y): (usize, usize)) {
        self.fake(6, 0, (x as i16, y as i16));
    }

    /// Presses and lets go of the left button where the pointer is.
    pub fn click(&self) {
        self.fake(4, 1, (0, 0));
        std::thread::sleep(Duration::from_millis(80));
        self.fake(5, 1, (0, 0));
    }

    /// Presses and lets go of a key.
    pub fn key(&self, sym: u32) {
        let setup = self.connection.setup();
        let (low, high) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(low, high - low + 1).expect("keys").reply().expect("keys");
        let per = usize::from(map.keysyms_per_keycode);
        let at = map.keysyms.chunks(per).position(|syms| syms.contains(&sym)).expect("a key with that meaning");
        let code = low + u8::try_from(at).expect("a key code");
        self.fake(2, code, (0, 0));
        std::thread::sleep(Duration::from_millis(80));
        self.fake(3, code, (0, 0));
    }

    /// `FakeInput` of the XTEST extension: type of the event, its detail (button or key), for a motion the place.
    ///
    /// Written out here, because the crate's own would build the window's crates another time with one more feature.
    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) {
        let extension = self.connection.query_extension(b"XTEST").expect("asking").reply().expect("XTEST");
        let mut request = vec![extension.major_opcode, 2];
        request.extend(9_u16.to_ne_bytes());
        request.extend([kind, detail, 0, 0]);
        request.extend(0_u32.to_ne_bytes());
        request.extend(self.root.to_ne_bytes());
        request.extend([0; 8]);
        request.extend(x.to_ne_bytes());
        request.extend(y.to_ne_bytes());
        request.extend([0; 8]);
        let sent = self.connection.send_request_without_reply(&[IoSlice::new(&request)], Vec::new());
        sent.expect("an event").check().expect("an event that the server takes");
    }

    /// What a window manager sends when its closing button is pressed.
    pub fn close(&self, window: Window) {
        let data = [self.atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, self.atom("WM_PROTOCOLS"), data);
        self.connection.send_event(false, window, EventMask::NO_EVENT, message).expect("the message");
        self.settle();
    }

    /// Waits until the server has done what it was asked.
    fn settle(&self) {
        self.connection.get_input_focus().expect("asking").reply().expect("an answer");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

impl Shot {
    pub fn at(&self, (x, y): (usize, usize)) -> [u8; 3] {
        self.rgb[y * self.width + x]
    }

    /// The largest patch of pixels of which `like` is true: its bounding box x0, y0, x1, y1 (ends excluded) and their number.
    pub fn largest(&self, like: impl Fn([u8; 3]) -> bool) -> Option<([usize; 4], usize)> {
        let mut open: Vec<bool> = self.rgb.iter().map(|rgb| like(*rgb)).collect();
        let mut best: Option<([usize; 4], usize)> = None;
        for start in 0..open.len() {
            if !std::mem::take(&mut open[start]) {
                continue;
            }
            let (mut bounds, mut count, mut edge) = ([usize::MAX, usize::MAX, 0, 0], 0, vec![start]);
            while let Some(i) = edge.pop() {
                let (x, y) = (i % self.width, i / self.width);
                bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x + 1), bounds[3].max(y + 1)];
                count += 1;
                let beside = [(x > 0, i.wrapping_sub(1)), (x + 1 < self.width, i + 1)];
                let across = [(y > 0, i.wrapping_sub(self.width)), (y + 1 < self.height, i + self.width)];
                for (_, next) in beside.into_iter().chain(across).filter(|(there, _)| *there) {
                    if std::mem::take(&mut open[next]) {
                        edge.push(next);
                    }
                }
            }
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((bounds, count));
            }
        }
        best
    }

    /// Written where a person can look at it.
    pub fn save(&self, name: &str) -> std::path::PathBuf {
        let path = limn_tests::reports().join(format!("{name}.png"));
        let rows = self.rgb.chunks(self.width).flat_map(|row| std::iter::once(0).chain(row.iter().flatten().copied()));
        let packed = make::deflated(&rows.collect::<Vec<u8>>());
        make::file(&path, make::png_of(self.width as u32, self.height as u32, 8, 2, &[], &packed));
        path
    }
}
