//! The order in which people expect file names: digits by value, letters without regard to case.

use std::cmp::Ordering;

/// Compares two paths: folder by folder, runs of digits by their value, letters ignoring case; the plain string
/// decides between what is then equal, so the order is total.
pub fn natural_cmp(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(p), Some(q)) if p.is_ascii_digit() && q.is_ascii_digit() => {
                let order = compare_numbers(&digits(&mut left), &digits(&mut right));
                if order != Ordering::Equal {
                    return order;
                }
            }
            (Some(p), Some(q)) => {
                // A folder ends before any other character goes on: "a/z" comes before "a b/c".
                let key = |c: char| {
                    if c == '/' { (0, '/') } else { (1, c.to_lowercase().next().unwrap_or(c)) }
                };
                let order = key(p).cmp(&key(q));
                if order != Ordering::Equal {
                    return order;
                }
                left.next();
                right.next();
            }
        }
    }
}

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits
}

fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_by_value_letters_without_case_folders_together() {
        let mut names = ["b.png", "A10.png", "a2.png", "a b/1.png", "a/2.png", "a/10.png", "img007.png", "img7.png"];
        names.sort_by(|a, b| natural_cmp(a, b));
        assert_eq!(names, ["a/2.png", "a/10.png", "a b/1.png", "a2.png", "A10.png", "b.png", "img007.png", "img7.png"]);
    }

    #[test]
    fn different_strings_never_compare_equal() {
        assert_eq!(natural_cmp("a01", "a1"), natural_cmp("a1", "a01").reverse());
        assert_ne!(natural_cmp("a01", "a1"), Ordering::Equal);
        assert_ne!(natural_cmp("A", "a"), Ordering::Equal);
    }
}
