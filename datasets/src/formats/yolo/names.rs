//! Class names in `data.yaml`: written as a map, read as a map or a list, in lines or in brackets.

/// The member `names`. JSON strings are YAML strings.
pub(super) fn text(names: &[&str]) -> String {
    let line = |(index, name): (usize, &&str)| format!("  {index}: {}\n", serde_json::Value::from(*name));
    format!("names:\n{}", names.iter().enumerate().map(line).collect::<String>())
}

/// The names in the order of their indices; a gap is an empty name. `None` if there is no member `names`.
pub(super) fn parse(yaml: &str) -> Option<Vec<String>> {
    let mut lines = yaml.lines();
    let first = lines.by_ref().find_map(|line| line.strip_prefix("names:"))?.trim();
    let mut names = Vec::new();
    if !first.is_empty() && !first.starts_with('#') {
        let mut inline = first.to_owned();
        // Brackets may close on a later line.
        while !inline.contains(['}', ']']) {
            inline.push_str(lines.next()?);
        }
        let inner = inline.trim_start_matches(['{', '[']);
        let inner = inner.rfind(['}', ']']).map_or(inner, |end| &inner[..end]);
        split(inner).iter().for_each(|item| put(&mut names, item));
        return Some(names);
    }
    for line in lines {
        let item = line.trim();
        if item.is_empty() || item.starts_with('#') {
            continue;
        }
        let is_item = line.starts_with([' ', '\t']) || item.starts_with('-');
        if !is_item {
            break;
        }
        put(&mut names, item.strip_prefix('-').map_or(item, str::trim));
    }
    Some(names)
}

/// `3: name` to its place, a bare name to the end.
fn put(names: &mut Vec<String>, item: &str) {
    let item = item.trim();
    let numbered = item.split_once(':').and_then(|(index, name)| Some((index.trim().parse::<usize>().ok()?, name)));
    let (at, name) = numbered.filter(|(at, _)| *at < 1_000_000).unwrap_or((names.len(), item));
    if names.len() <= at {
        names.resize(at + 1, String::new());
    }
    names[at] = unquoted(name.trim());
}

fn unquoted(text: &str) -> String {
    if text.starts_with('"')
        && let Some(end) = text.rfind('"')
    {
        return serde_json::from_str(&text[..=end]).unwrap_or_else(|_| text.trim_matches('"').to_owned());
    }
    match text.strip_prefix('\'').and_then(|rest| rest.rfind('\'').map(|end| &rest[..end])) {
        Some(inner) => inner.replace("''", "'"),
        None => text.split(" #").next().unwrap_or(text).trim().to_owned(),
    }
}

/// At commas outside of quotes.
fn split(text: &str) -> Vec<String> {
    let (mut items, mut quote) = (vec![String::new()], None);
    for c in text.chars() {
        match (quote, c) {
            (None, ',') => items.push(String::new()),
            // An apostrophe within a bare name is no quote.
            (None, '"' | '\'')
                if items.last().is_some_and(|item| item.trim_end().ends_with(':') || item.trim().is_empty()) =>
            {
                quote = Some(c);
            }
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        if let (Some(item), true) = (items.last_mut(), quote.is_some() || c != ',') {
            item.push(c);
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_names() {
        let written = text(&["cat", "a: \"b\" #c", "ü 图"]);
        assert_eq!(parse(&format!("path: .\n{written}nc: 3\n")).unwrap(), ["cat", "a: \"b\" #c", "ü 图"]);
        for yaml in [
            "nc: 2\nnames: ['it''s', dog] # two\n",
            "names: {0: it's, 1: \"dog\"}\n",
            "names:\n- it's\n- dog\ntrain: x\n",
            "names:\n  1: dog # second\n\n  0: it's\n",
            "names: [\"it's\",\n  dog]\n",
        ] {
            assert_eq!(parse(yaml).unwrap(), ["it's", "dog"], "{yaml}");
        }
        assert_eq!(parse("names:\n  2: x\n").unwrap(), ["", "", "x"]);
        assert_eq!(parse("train: x\n"), None);
    }
}
