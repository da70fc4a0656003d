//! Lists of classes as files: one name a line, `name r g b` a line, or the categories of a COCO file.

use serde_json::{Value, json};

/// A class of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its colour, if the list says.
    pub color: Option<[u8; 3]>,
    /// Its group; may be empty.
    pub group: String,
}

/// Reads a list. Names may have spaces; three numbers at the end of every line are colours.
///
/// # Errors
/// What is wrong, in one line.
pub fn read(text: &str) -> Result<Vec<Listed>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut list = if text.trim_start().starts_with(['{', '[']) { read_json(text)? } else { read_lines(text) };
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|class| !class.name.is_empty() && seen.insert(class.name.clone()));
    if list.is_empty() { Err("the list names no class".to_owned()) } else { Ok(list) }
}

fn read_lines(text: &str) -> Vec<Listed> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let colors: Option<Vec<_>> = lines.iter().map(|line| colored(line)).collect();
    let plain = |line: &&str| Listed { name: (*line).to_owned(), color: None, group: String::new() };
    colors.unwrap_or_else(|| lines.iter().map(plain).collect())
}

/// A line that ends with three numbers from 0 to 255.
fn colored(line: &str) -> Option<Listed> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let mut number = || words.pop()?.parse::<u8>().ok();
    let (b, g, r) = (number()?, number()?, number()?);
    let name = words.join(" ");
    (!name.is_empty()).then(|| Listed { name, color: Some([r, g, b]), group: String::new() })
}

fn read_json(text: &str) -> Result<Vec<Listed>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let list = value.get("categories").unwrap_or(&value).as_array();
    let list = list.ok_or("there is no list of categories")?;
    let one = |category: &Value| {
        let name = category.get("name").unwrap_or(category).as_str()?.trim().to_owned();
        let group = category.get("supercategory").and_then(Value::as_str).unwrap_or_default().to_owned();
        let parts = category.get("color").and_then(Value::as_array);
        let color = parts.and_then(|parts| {
            let mut parts = parts.iter().map(|v| v.as_u64().and_then(|n| u8::try_from(n).ok()));
            Some([parts.next()??, parts.next()??, parts.next()??])
        });
        Some(Listed { name, color, group })
    };
    list.iter().map(|category| one(category).ok_or_else(|| format!("a category without a name: {category}"))).collect()
}

/// Writes a list: COCO categories where `json` is asked for, else `name r g b` lines.
pub fn write(classes: &[limn_datasets::Class], json: bool) -> String {
    if json {
        let list: Vec<Value> = classes
            .iter()
            .map(|c| json!({"id": c.id.0, "name": c.name, "supercategory": c.supercategory, "color": c.color}))
            .collect();
        return format!("{:#}\n", json!({ "categories": list }));
    }
    classes.iter().map(|c| format!("{} {} {} {}\n", c.name, c.color[0], c.color[1], c.color[2])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn_datasets::{Class, ClassId};

    #[test]
    fn names_with_spaces_and_any_script_come_back_from_both_forms() {
        let mut classes =
            vec![Class::new(ClassId(1), "große Kuh 2", [1, 2, 3]), Class::new(ClassId(4), "路灯", [9, 8, 7])];
        classes[1].supercategory = "street".to_owned();
        for json in [false, true] {
            let list = read(&write(&classes, json)).unwrap();
            let named: Vec<_> = list.iter().map(|c| (c.name.as_str(), c.color)).collect();
            assert_eq!(named, [("große Kuh 2", Some([1, 2, 3])), ("路灯", Some([9, 8, 7]))]);
            assert_eq!(list[1].group == "street", json);
        }
    }

    #[test]
    fn plain_names_keep_their_numbers_and_doubles_are_left_out() {
        let list = read("# traffic\ncar\r\n\nroute 66\ncar\nzone 1 2 300\n").unwrap();
        assert_eq!(list.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["car", "route 66", "zone 1 2 300"]);
        assert!(list.iter().all(|c| c.color.is_none()));
        assert!(read("").is_err() && read("{}").is_err() && read("[{\"id\": 1}]").is_err());
    }
}
