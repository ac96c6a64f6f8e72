//! The scenario as written: TOML values with the places of their keys, the `--set` ones laid over them.
//!
//! Nothing in here knows any key.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeArray, DeTable, DeValue, Error};

use crate::declare::place::{Place, Sources};
use crate::declare::problem::{Problem, Problems, quoted};

/// A table: keys in alphabetical order.
pub(crate) type Table = BTreeMap<String, Node>;

/// A value with its key.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where its key stands; for an element of an array, the value itself.
    pub(crate) key: Place,
    /// Where its value stands.
    pub(crate) at: Place,
    /// The value.
    pub(crate) value: Value,
}

/// A TOML value. Numbers that fit nowhere keep no value: their text is in the source.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(Option<i128>),
    Float(f64),
    Flag(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

impl Value {
    /// What TOML calls it.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Flag(_) => "boolean",
            Self::Date => "datetime",
            Self::List(_) => "array",
            Self::Table(_) => "table",
        }
    }
}

impl Node {
    /// Whether it, or anything in it, was given by `--set`.
    pub(crate) fn is_set(&self) -> bool {
        self.key.is_set()
            || self.at.is_set()
            || matches!(&self.value, Value::Table(table) if table.values().any(Self::is_set))
    }

    /// What to underline when the value breaks a rule: the value, or the name of a table.
    pub(crate) const fn blamed(&self) -> &Place {
        match self.value {
            Value::Table(_) => &self.key,
            _ => &self.at,
        }
    }

    /// The table in it, if it is one.
    pub(crate) const fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// The node at a dotted path of bare keys.
pub(crate) fn find<'a>(table: &'a Table, path: &str) -> Option<&'a Node> {
    match path.split_once('.') {
        Some((first, rest)) => find(table.get(first)?.table()?, rest),
        None => table.get(path),
    }
}

/// Parses the file; on syntax errors, all that can be told apart.
pub(crate) fn parse(sources: &Sources) -> Result<Table, Problems> {
    let text = sources.file();
    let (document, errors) = DeTable::parse_recoverable(text);
    let tree = table(document.get_ref(), &Place::in_file(0..text.len()));
    if errors.is_empty() {
        return Ok(tree);
    }
    let mut problems = Problems::errors();
    for error in worth_telling(&errors, text) {
        problems.push(|| syntax_problem(sources, error));
    }
    problems.sort();
    Err(problems)
}

/// One mistake makes the parser stumble more than once: the first error of each line, and duplicate
/// keys only where nothing else is wrong.
fn worth_telling<'e>(errors: &'e [Error], text: &str) -> Vec<&'e Error> {
    let start = |error: &Error| error.span().map_or(0, |span| span.start).min(text.len());
    let mut sorted: Vec<_> = errors.iter().filter(|error| error.message() != DUPLICATE).collect();
    if sorted.is_empty() {
        sorted = errors.iter().collect();
    }
    sorted.sort_by_key(|error| start(error));
    sorted
        .dedup_by(|later, earlier| !text.as_bytes()[start(earlier)..start(later)].contains(&b'\n'));
    sorted
}

/// The parser's message.
const DUPLICATE: &str = "duplicate key";

fn syntax_problem(sources: &Sources, error: &Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let place = Place::in_file(span);
    let mark = sources.mark(&place, "");
    let mut message = error.message().to_owned();
    if message == DUPLICATE {
        let before = sources.before_end(&place);
        let path = written_paths(before).last().map(|(path, _)| path).unwrap_or_default();
        let first =
            written_paths(before).find(|(other, at)| *other == path && at.end < place.start());
        let first =
            first.map(|(_, range)| sources.mark(&Place::in_file(range), "first given here"));
        if let Some(line) = first.as_ref().and_then(|mark| mark.line) {
            message = format!("duplicate key: `{}` was given on line {line}", quoted(&path));
        }
        let mut problem = Problem::new(path, message, mark).help("keep one of the two");
        problem.marks.extend(first);
        return problem;
    }
    Problem::new("", format!("not valid TOML: {message}"), mark)
}

/// The dotted path that each line of a document sets or opens, and where. Good for pointing at
/// duplicates, which the parser does not keep; a line inside a long string may look like a key.
fn written_paths(document: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let mut header = String::new();
    let mut offset = 0;
    document.split_inclusive('\n').filter_map(move |line| {
        let start = offset + line.len() - line.trim_start_matches(BLANK).len();
        offset += line.len();
        let written = line.trim_matches(BLANK);
        let path = if written.starts_with('[') {
            header = bare(written.split(']').next().unwrap_or_default());
            header.clone()
        } else {
            let key = bare(written.split('=').next().unwrap_or_default());
            if header.is_empty() { key } else { format!("{header}.{key}") }
        };
        let is_empty = written.is_empty() || written.starts_with('#');
        (!is_empty).then(|| (path, start..start + written.len()))
    })
}

const BLANK: [char; 5] = [' ', '\t', '\r', '\n', '\u{feff}'];

/// A dotted key without blanks, quotes and brackets.
fn bare(key: &str) -> String {
    key.replace([' ', '\t', '"', '\'', '[', ']'], "")
}

fn table(from: &DeTable<'_>, base: &Place) -> Table {
    from.iter()
        .map(|(key, value)| {
            let node = Node {
                key: base.within(&key.span()),
                at: base.within(&value.span()),
                value: convert(value.get_ref(), base),
            };
            (key.get_ref().to_string(), node)
        })
        .collect()
}

fn list(from: &DeArray<'_>, base: &Place) -> Vec<Node> {
    from.iter()
        .map(|value| {
            let at = base.within(&value.span());
            Node { key: at.clone(), at, value: convert(value.get_ref(), base) }
        })
        .collect()
}

/// `base` is where the parsed text starts in its source.
fn convert(value: &DeValue<'_>, base: &Place) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => {
            Value::Integer(i128::from_str_radix(integer.as_str(), integer.radix()).ok())
        }
        DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(list(items, base)),
        DeValue::Table(items) => Value::Table(table(items, base)),
    }
}

/// Lays `--set KEY=VALUE` over the tree. The value is TOML, or else a bare string.
pub(crate) fn apply(
    tree: &mut Table,
    sources: &mut Sources,
    key: &str,
    value: &str,
) -> Result<(), Problem> {
    let (key_at, value_at) = sources.add_set(key, value);
    if !is_path(key) {
        let message = format!("`{}` is not a key path", quoted(key));
        return Err(Problem::new(quoted(key), message, sources.mark(&key_at, ""))
            .help("write it as `--set table.key=value`"));
    }
    let parsed = match DeValue::parse(value) {
        Ok(parsed) => convert(parsed.get_ref(), &value_at),
        Err(_) => Value::Text(value.to_owned()),
    };
    put(tree, key, (&key_at, value_at), parsed);
    Ok(())
}

/// Lays the value of an axis, written as TOML, over the tree.
pub(crate) fn apply_axis(tree: &mut Table, sources: &mut Sources, key: &str, value: &str) {
    let (key_at, value_at) = sources.add_axis(key, value);
    let parsed = match DeValue::parse(value) {
        Ok(parsed) => convert(parsed.get_ref(), &value_at),
        Err(_) => Value::Text(value.to_owned()),
    };
    put(tree, key, (&key_at, value_at), parsed);
}

/// Whether a text is a dotted path of bare keys.
pub(crate) fn is_path(key: &str) -> bool {
    let is_bare = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    key.split('.').all(is_bare)
}

/// Puts a value at a path, making the tables on the way.
fn put(tree: &mut Table, key: &str, (key_at, value_at): (&Place, Place), parsed: Value) {
    let mut table = tree;
    let mut start = 0;
    let parts: Vec<&str> = key.split('.').collect();
    let (last, parents) = parts.split_last().expect("split yields at least one part");
    let mut parents = parents.iter().peekable();
    while let Some(part) = parents.next() {
        let place = key_at.within(&(start..start + part.len()));
        start += part.len() + 1;
        let mut node = table.entry((*part).to_owned()).or_insert_with(|| Node {
            key: place.clone(),
            at: place.clone(),
            value: Value::Table(Table::new()),
        });
        if let Some(number) = parents.peek().and_then(|part| element(node, part)) {
            start += parents.next().map_or(0, |part| part.len() + 1);
            let Value::List(elements) = &mut node.value else { unreachable!("it has elements") };
            node = &mut elements[number];
        }
        if node.table().is_none() {
            *node = Node { key: place.clone(), at: place, value: Value::Table(Table::new()) };
        }
        let Value::Table(inner) = &mut node.value else { unreachable!("it was made one above") };
        table = inner;
    }
    let key = key_at.within(&(start..start + last.len()));
    table.insert((*last).to_owned(), Node { key, at: value_at, value: parsed });
}

/// Which element of an array of tables a part of a path means, if it does: by its number from 0, or by
/// its `name`.
fn element(node: &Node, part: &str) -> Option<usize> {
    let Value::List(elements) = &node.value else { return None };
    let number = match part.parse() {
        Ok(number) => number,
        Err(_) => elements.iter().position(|element| is_called(element, part))?,
    };
    elements.get(number)?.table().map(|_| number)
}

fn is_called(element: &Node, name: &str) -> bool {
    let written = element.table().and_then(|table| table.get("name"));
    matches!(written.map(|node| &node.value), Some(Value::Text(text)) if text == name)
}

/// What a path leads through that is an array of tables: the path of the array, and the part after it,
/// which must say which element is meant.
pub(crate) fn through_array<'k>(tree: &Table, key: &'k str) -> Option<(&'k str, &'k str)> {
    let (mut table, mut start) = (tree, 0);
    while let Some(dot) = key[start..].find('.') {
        let node = table.get(&key[start..start + dot])?;
        if matches!(node.value, Value::List(_)) {
            let rest = &key[start + dot + 1..];
            let part = rest.split('.').next().unwrap_or(rest);
            return Some((&key[..start + dot], part));
        }
        table = node.table()?;
        start += dot + 1;
    }
    None
}

/// The names or else numbers of the tables in the array at `path`, for a hint; and whether `part` means
/// one of them.
pub(crate) fn elements(tree: &Table, path: &str, part: &str) -> (Vec<String>, bool) {
    let Some(node) = find(tree, path) else { return (Vec::new(), false) };
    let Value::List(nodes) = &node.value else { return (Vec::new(), false) };
    let name = |(number, node): (usize, &Node)| {
        let written = node.table().and_then(|table| table.get("name"));
        match written.map(|node| &node.value) {
            Some(Value::Text(text)) => text.clone(),
            _ => number.to_string(),
        }
    };
    (nodes.iter().enumerate().map(name).collect(), element(node, part).is_some())
}

/// The header of a table at `path` in TOML: `a[0]` is an element of the array `a`, and `a[0].b` a table of
/// the element that was begun last.
pub(crate) fn header(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        rest = after.split_once(']').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    if path.ends_with(']') { format!("[[{plain}]]") } else { format!("[{plain}]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Sources {
        Sources::of_file("a.toml".to_owned(), text.to_owned())
    }

    fn lines(text: &str) -> Vec<Vec<Option<usize>>> {
        let problems = parse(&file(text)).unwrap_err();
        problems.iter().map(|p| p.marks.iter().map(|m| m.line).collect()).collect()
    }

    #[test]
    fn headers_of_elements_have_double_brackets() {
        assert_eq!(header("network.generate"), "[network.generate]");
        assert_eq!(header("attack[12]"), "[[attack]]");
        assert_eq!(header("attack[0].jamming"), "[attack.jamming]");
    }

    #[test]
    fn a_duplicate_key_names_both_lines() {
        assert_eq!(lines("[a]\nx = 1\n[b]\nx = 1\nx = 2\n"), [[Some(5), Some(4)]]);
        assert_eq!(lines("[a.b]\nx = 1\n[c]\n[a.b]\n"), [[Some(4), Some(1)]]);
    }

    #[test]
    fn set_values_are_toml_or_else_bare_strings() {
        let mut sources = file("a.b = 1\nc = 2\n");
        let mut tree = parse(&sources).unwrap();
        for (key, value) in [("a.b", "2"), ("a.d.e", "5 sat"), ("c", "[1, 2]"), ("c.x", "true")] {
            apply(&mut tree, &mut sources, key, value).unwrap();
        }
        assert!(matches!(find(&tree, "a.b").unwrap().value, Value::Integer(Some(2))));
        let text = find(&tree, "a.d.e").unwrap();
        assert!(matches!(&text.value, Value::Text(text) if text == "5 sat"));
        assert_eq!((sources.text(&text.key), sources.text(&text.at)), ("e", "5 sat"));
        assert!(matches!(find(&tree, "c.x").unwrap().value, Value::Flag(true)));
        assert!(tree["a"].is_set() && !tree["a"].key.is_set());
    }

    #[test]
    fn set_reaches_into_arrays_of_tables_by_number() {
        let mut sources = file("[[a]]\nx = 1\n[[a]]\nx = 2\n");
        let mut tree = parse(&sources).unwrap();
        apply(&mut tree, &mut sources, "a.1.x", "7").unwrap();
        let Value::List(tables) = &tree["a"].value else { panic!("an array") };
        let values = tables.iter().map(|t| find(t.table().unwrap(), "x").unwrap());
        let values: Vec<_> = values
            .map(|node| if let Value::Integer(Some(value)) = node.value { value } else { 0 })
            .collect();
        assert_eq!(values, [1, 7]);
    }

    #[test]
    fn set_reaches_into_arrays_of_tables_by_name() {
        let mut sources = file("[[a]]\nname = \"one\"\n[[a]]\nname = \"two\"\n[a.b]\nx = 2\n");
        let mut tree = parse(&sources).unwrap();
        apply(&mut tree, &mut sources, "a.two.b.x", "7").unwrap();
        let Value::List(tables) = &tree["a"].value else { panic!("an array") };
        assert!(tables[0].table().unwrap().get("b").is_none());
        let value = find(tables[1].table().unwrap(), "b.x").unwrap();
        assert!(matches!(value.value, Value::Integer(Some(7))));
        assert_eq!(through_array(&tree, "a.two.b.x"), Some(("a", "two")));
        assert_eq!(through_array(&tree, "b.two"), None);
        assert_eq!(elements(&tree, "a", "1"), (vec!["one".to_owned(), "two".to_owned()], true));
        assert!(!elements(&tree, "a", "three").1);
    }

    #[test]
    fn set_refuses_what_is_no_path() {
        let mut sources = file("");
        let problem = apply(&mut Table::new(), &mut sources, "a..b", "1").unwrap_err();
        assert_eq!((problem.line(), problem.marks[0].origin.as_str()), (None, "command line"));
    }
}
