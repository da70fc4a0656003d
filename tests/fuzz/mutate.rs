//! Changing bytes by a number: the same number, the same change.

/// Splitmix64: small, and good enough to choose places.
pub struct Dice(u64);

impl Dice {
    pub fn new(number: u64) -> Self {
        Self(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 where nothing is.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }
}

/// Numbers that readers stumble over, as text.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e308",
    "-0.5",
    "NaN",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551616",
    "1e-320",
];

/// Words that change what a text file means.
const WORDS: [&str; 12] =
    ["null", "true", "[]", "{}", "\"\"", "[[", "]]", "\u{feff}", "../../x", "\u{0}", "\u{1b}[2J", "&x;"];

/// One of the whole files, changed in a few places.
pub fn changed(whole: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut dice = Dice::new(number);
    let mut bytes = whole[dice.below(whole.len())].clone();
    for _ in 0..1 + dice.below(6) {
        change(&mut bytes, whole, &mut dice);
        bytes.truncate(1 << 20);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, whole: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len());
    match dice.below(10) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        1 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
        // A word of the file as a large number.
        2 if bytes.len() >= 4 => {
            let at = dice.below(bytes.len() - 3);
            let value = [0_u32, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0001_0000][dice.below(6)];
            let word = if dice.below(2) == 0 { value.to_be_bytes() } else { value.to_le_bytes() };
            bytes[at..at + 4].copy_from_slice(&word);
        }
        3 => bytes.truncate(at),
        4 => {
            let end = (at + 1 + dice.below(64)).min(bytes.len());
            bytes.drain(at..end);
        }
        // A piece once more, or many times.
        5 => {
            let end = (at + 1 + dice.below(64)).min(bytes.len());
            let piece = bytes[at..end].repeat([1, 2, 50][dice.below(3)]);
            bytes.splice(at..at, piece);
        }
        6 => replace_number(bytes, at, NUMBERS[dice.below(NUMBERS.len())]),
        7 => drop(bytes.splice(at..at, WORDS[dice.below(WORDS.len())].bytes())),
        // A piece of another file.
        8 => {
            let other = &whole[dice.below(whole.len())];
            let from = dice.below(other.len());
            let piece = other[from..(from + 1 + dice.below(200)).min(other.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        _ => replace_number(bytes, at, &dice.below(100_000).to_string()),
    }
}

/// The next number written in digits after `at`, replaced.
fn replace_number(bytes: &mut Vec<u8>, at: usize, with: &str) {
    let Some(first) = bytes[at.min(bytes.len())..].iter().position(u8::is_ascii_digit).map(|n| n + at) else { return };
    let length = bytes[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.splice(first..first + length, with.bytes());
}
