//! Which modules a Rust source names: its paths, read without a compiler. Enough for rules about who may use whom.

/// All paths of a source that begin with `crate`, `super` or `self`, in `use` and elsewhere, with their lines; groups are taken
/// apart.
pub fn use_paths(text: &str) -> Vec<(usize, Vec<String>)> {
    let code: Vec<char> = code_only(text).chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < code.len() {
        let begins = at == 0 || !(is_word(code[at - 1]) || code[at - 1] == ':');
        if begins && is_word(code[at]) {
            let end = word_end(&code, at);
            let word: String = code[at..end].iter().collect();
            let more = code[blank_end(&code, end)..].starts_with(&[':', ':']);
            if more && matches!(word.as_str(), "crate" | "super" | "self") {
                let mut paths = Vec::new();
                let after = take_apart(&code, at, &[], &mut paths);
                let lines_to = |end: usize| code[at..end].iter().filter(|sign| **sign == '\n').count();
                found.extend(paths.into_iter().map(|(end, path)| (line + lines_to(end), path)));
                line += lines_to(after);
                at = after;
                continue;
            }
            at = end;
            continue;
        }
        line += usize::from(code[at] == '\n');
        at += 1;
    }
    found
}

/// Reads one path (or the group that ends it) from `at` on, with the place where each ends; where all of it ends.
fn take_apart(code: &[char], mut at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = before.to_vec();
    loop {
        at = blank_end(code, at);
        match code.get(at) {
            Some('{') => {
                at += 1;
                loop {
                    at = blank_end(code, at);
                    match code.get(at) {
                        None => return at,
                        Some('}') => return at + 1,
                        Some(',') => at += 1,
                        Some(_) => {
                            at = take_apart(code, at, &path, found);
                            // A new name is of no interest.
                            while code.get(at).is_some_and(|sign| !matches!(sign, ',' | '}')) {
                                at += 1;
                            }
                        }
                    }
                }
            }
            Some(sign) if is_word(*sign) => {
                let end = word_end(code, at);
                let word: String = code[at..end].iter().collect();
                // `{self, Kind}`: the group's own module.
                if word != "self" || path.is_empty() {
                    path.push(word);
                }
                at = end;
            }
            Some('*') => {
                found.push((at, path));
                return at + 1;
            }
            _ => {
                found.push((at, path));
                return at;
            }
        }
        let next = blank_end(code, at);
        if !code[next..].starts_with(&[':', ':']) {
            found.push((at, path));
            return at;
        }
        at = next + 2;
    }
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

fn word_end(code: &[char], at: usize) -> usize {
    at + code[at..].iter().take_while(|sign| is_word(**sign)).count()
}

fn blank_end(code: &[char], at: usize) -> usize {
    at + code[at.min(code.len())..].iter().take_while(|sign| sign.is_whitespace()).count()
}

/// A source without what its comments and texts say; its lines stay.
fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let raw_hashes = rest.strip_prefix('r').map(|r| r.len() - r.trim_start_matches('#').len());
        let raw = raw_hashes
            .filter(|hashes| rest[1 + hashes..].starts_with('"') && !out.chars().next_back().is_some_and(is_word));
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = 2 + hashes;
            rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
        } else if sign == '"' {
            let mut escaped = false;
            let closing = |(_, c): &(usize, char)| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            };
            rest[1..].char_indices().find(closing).map_or(rest.len(), |(at, _)| at + 2)
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            escaped.char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(rest.len(), |(at, _)| at + 3)
        } else if sign == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at)
        } else {
            out.push(sign);
            rest = &rest[sign.len_utf8()..];
            continue;
        };
        out.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
        out.push(' ');
        rest = &rest[skipped..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_out_of_groups_over_several_lines() {
        let text = r#"
    use crate::{
        engine::{self, Predictor},
        window::{
            panels as lists, // crate::cli::args
            lang::{tf, t},
        },
    };
    use super::draft::{Draft, edit::*};
    const TEXT: &str = "crate::program \" crate::rerun";
    fn f<'a>(c: char) -> bool { c == '"' || crate::keep::lenient::<u8>(c) || self::own(c) || c == '\'' }
    "#;
        let found = use_paths(text);
        let paths: Vec<(usize, String)> = found.into_iter().map(|(line, path)| (line, path.join("::"))).collect();
        let expected = [
            (3, "crate::engine"),
            (3, "crate::engine::Predictor"),
            (5, "crate::window::panels"),
            (6, "crate::window::lang::tf"),
            (6, "crate::window::lang::t"),
            (9, "super::draft::Draft"),
            (9, "super::draft::edit"),
            (11, "crate::keep::lenient"),
            (11, "self::own"),
        ];
        assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
    }
}
