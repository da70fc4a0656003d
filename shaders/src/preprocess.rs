//! The preprocessor of the WGSL files: imports, conditions, unrolled loops.
//!
//! | line | meaning |
//! |---|---|
//! | `#import name a b` | the text of `wgsl/shared/name.wgsl` with `a` for `$1` and `b` for `$2`, once per file |
//! | `#ifdef A`, `#ifndef A`, `#else`, `#endif` | the lines between, if `A` is (not) defined |
//! | `#for v in 0..N`, `#end` | the lines between, once per value of `v`; `N` is a number or a define |
//!
//! In every other line `{v}` and `{A}` are replaced by the value of a loop variable or define, and so are sums of products
//! of names and numbers, `{p*S+t}`. Unrolling is done here, and not left to drivers, because a register tile held in an
//! array that is indexed by a loop ends up in memory.

use std::borrow::Cow;
use std::fmt;

/// A mistake in a WGSL file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreprocessError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for PreprocessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for PreprocessError {}

/// Expands `source` with `defines`; `shared` finds the text of an import.
///
/// # Errors
/// An unknown directive, import, name or an unbalanced block, with its line.
pub fn expand(
    source: &str,
    defines: &[(&str, u32)],
    shared: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<String, PreprocessError> {
    let lines: Vec<(usize, &str)> = source.lines().enumerate().collect();
    let mut state = State {
        names: defines.iter().map(|&(name, v)| (name.to_owned(), v)).collect(),
        imported: Vec::new(),
        shared,
        out: String::with_capacity(source.len() * 2),
    };
    state.block(&lines)?;
    Ok(state.out)
}

struct State<'a> {
    names: Vec<(String, u32)>,
    imported: Vec<String>,
    shared: &'a dyn Fn(&str) -> Option<&'static str>,
    out: String,
}

impl State<'_> {
    fn value(&self, name: &str) -> Option<u32> {
        let known = self.names.iter().rev().find(|(known, _)| known == name);
        known.map(|&(_, value)| value)
    }

    /// The value of a sum of products of names and numbers; `None` if a name is unknown.
    fn evaluate(&self, expression: &str) -> Option<u32> {
        let (mut sum, mut product, mut start) = (0, 1, 0);
        for (at, sign) in expression.bytes().chain([b'+']).enumerate() {
            if sign == b'+' || sign == b'*' {
                let factor = &expression[start..at];
                product *= factor.parse().ok().or_else(|| self.value(factor))?;
                start = at + 1;
            }
            if sign == b'+' {
                sum += product;
                product = 1;
            }
        }
        Some(sum)
    }

    fn block(&mut self, lines: &[(usize, &str)]) -> Result<(), PreprocessError> {
        let mut at = 0;
        while at < lines.len() {
            let (number, text) = lines[at];
            if !text.trim_start().starts_with('#') {
                self.substitute(text);
                self.out.push('\n');
                at += 1;
                continue;
            }
            let fail = |message: String| PreprocessError { line: number + 1, message };
            let words: Vec<&str> = text.split_whitespace().collect();
            match *words.as_slice() {
                ["#import", name, ref arguments @ ..] => {
                    if !self.imported.iter().any(|known| known == text) {
                        self.imported.push(text.to_owned());
                        let text = (self.shared)(name).ok_or_else(|| fail(format!("no shared file `{name}`")))?;
                        let text = (1..).zip(arguments).fold(Cow::from(text), |text, (position, argument)| {
                            text.replace(&format!("${position}"), argument).into()
                        });
                        let inner: Vec<_> = text.lines().map(|line| (number, line)).collect();
                        self.block(&inner)?;
                    }
                }
                [directive @ ("#ifdef" | "#ifndef"), name] => {
                    let (middle, end) = matching(lines, at).ok_or_else(|| fail("no #endif".into()))?;
                    let taken = self.value(name).is_some() == (directive == "#ifdef");
                    let stop = middle.unwrap_or(end);
                    if taken {
                        self.block(&lines[at + 1..stop])?;
                    } else if stop < end {
                        self.block(&lines[stop + 1..end])?;
                    }
                    at = end;
                }
                ["#for", name, "in", range] => {
                    let (_, end) = matching(lines, at).ok_or_else(|| fail("no #end".into()))?;
                    let last = range.strip_prefix("0..").unwrap_or_default();
                    let count = last.parse().ok().or_else(|| self.value(last));
                    let count = count.ok_or_else(|| fail(format!("`{range}` is no range")))?;
                    for value in 0..count {
                        self.names.push((name.to_owned(), value));
                        self.block(&lines[at + 1..end])?;
                        self.names.pop();
                    }
                    at = end;
                }
                _ => return Err(fail(format!("unexpected `{}`", text.trim()))),
            }
            at += 1;
        }
        Ok(())
    }

    /// Appends `text` with `{name}` replaced; braces around anything else are WGSL's own.
    fn substitute(&mut self, mut text: &str) {
        // Byte by byte: most lines and names are too short for the searches of the standard library to pay.
        while let Some(open) = text.bytes().position(|byte| byte == b'{') {
            let (before, rest) = text.split_at(open);
            self.out.push_str(before);
            let length = rest.bytes().skip(1).position(|byte| byte == b'}').unwrap_or(rest.len() - 1);
            let name = &rest[1..=length];
            match self.evaluate(name) {
                Some(value) if rest.len() > name.len() + 1 => {
                    self.out.push_str(&value.to_string());
                    text = &rest[name.len() + 2..];
                }
                _ => {
                    self.out.push('{');
                    text = &rest[1..];
                }
            }
        }
        self.out.push_str(text);
    }
}

/// The lines of the `#else` and of the end that belong to the block opened at `start`.
fn matching(lines: &[(usize, &str)], start: usize) -> Option<(Option<usize>, usize)> {
    let (mut depth, mut middle) = (0, None);
    for (at, (_, text)) in lines.iter().enumerate().skip(start) {
        match text.split_whitespace().next() {
            Some("#ifdef" | "#ifndef" | "#for") => depth += 1,
            Some("#else") if depth == 1 => middle = Some(at),
            Some("#endif" | "#end") => {
                depth -= 1;
                if depth == 0 {
                    return Some((middle, at));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(source: &str, defines: &[(&str, u32)]) -> Result<String, PreprocessError> {
        expand(source, defines, &|name| match name {
            "one" => Some("let one = 1;"),
            "given" => Some("let $1 = $2;"),
            _ => None,
        })
    }

    #[test]
    fn conditions_nest_and_take_the_right_side() {
        let source = "#ifdef A\na\n#ifdef B\nab\n#else\na-\n#endif\n#else\n-\n#endif";
        assert_eq!(run(source, &[]).unwrap(), "-\n");
        assert_eq!(run(source, &[("A", 1)]).unwrap(), "a\na-\n");
        assert_eq!(run(source, &[("A", 1), ("B", 1)]).unwrap(), "a\nab\n");
        assert_eq!(run("#ifndef A\nx\n#endif", &[("A", 1)]).unwrap(), "");
    }

    #[test]
    fn loops_unroll_and_names_are_replaced() {
        let source = "#for i in 0..N\n#for j in 0..2\nx_{i}_{j} = {N}u; { y }\n#end\n#end";
        let lines: Vec<_> = run(source, &[("N", 2)]).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[2], "x_1_0 = 2u; { y }");
        assert_eq!(
            run("#for i in 0..2\nx_{i*N+1}, {i+K} { 3 }\n#end", &[("N", 4)]).unwrap(),
            "x_1, {i+K} { 3 }\nx_5, {i+K} { 3 }\n"
        );
    }

    #[test]
    fn imports_come_once_and_mistakes_have_a_line() {
        assert_eq!(run("#import one\n#import one", &[]).unwrap(), "let one = 1;\n");
        assert_eq!(run("#import given a 1\n#import given b 2", &[]).unwrap(), "let a = 1;\nlet b = 2;\n");
        assert_eq!(run("a\n#import two", &[]).unwrap_err().line, 2);
        assert_eq!(run("#ifdef A", &[]).unwrap_err().line, 1);
        assert_eq!(run("#for i in 0..M\n#end", &[]).unwrap_err().line, 1);
        assert_eq!(run("a\n\n#elif", &[]).unwrap_err().line, 3);
    }
}
