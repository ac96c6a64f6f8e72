//! Reads `[sweep.axes]`: which keys are varied, and over which values.

use std::collections::BTreeSet;

use crate::declare::form::Form;
use crate::declare::hint::nearest;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::Whole;
use crate::declare::place::Place;
use crate::declare::problem::{Problem, quoted};
use crate::declare::quantity::{self, FEERATE, MONEY, TIME};
use crate::declare::text_kinds::Word;
use crate::declare::tree::{Node, Table, Value, elements, is_path, through_array};
use crate::declare::{Entry, Key, Role, Section};
use crate::scenario::sweep_axis::{Axis, AxisUnit, Levels, Range, Scale};

/// Reads `[sweep.axes]`.
pub(super) fn axes(s: &mut Section<'_, '_>, key: Key) -> Vec<Axis> {
    s.declare(key, || Role::Table { absent: None });
    if s.is_exploring() {
        let one = Key::new("*", "One axis: the path of a key; a list of values, or this table.");
        s.reader.enter("sweep.axes", one, || Role::Table { absent: None });
        let at = s.at.clone();
        drop(s.reader.section(("sweep.axes.*".to_owned(), ""), None, at, false).run(read_range));
    }
    let node = s.table.and_then(|table| table.get("axes"));
    let Some(table) = s.as_table("sweep.axes", node) else {
        if node.is_none() && s.reader.catalogue.is_none() {
            s.missing(&["axes"], Some("name a key to vary, e.g. \"payments\" = [1_000, 10_000]"));
        }
        return Vec::new();
    };
    let mut written = Vec::new();
    gather(table, "", &mut written);
    written.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
    let keys: BTreeSet<String> = s
        .reader
        .explore()
        .entries
        .iter()
        .map(Entry::path)
        .filter(|key| key != "sweep" && !key.starts_with("sweep."))
        .collect();
    let mut found: Vec<Axis> = Vec::new();
    let is_empty = written.is_empty();
    for (key, node) in written {
        if let Some(problem) = misfit(&key, &found, &keys, s.reader.root) {
            refuse(s, &key, &node.key, problem);
        } else if s.reader.set_keys.iter().any(|set| overlap(set, &key)) {
            s.warn("axes", || format!("`{key}` is not varied: --set gives it a value"));
        } else if let Some(levels) = levels(s, &key, node) {
            found.push(Axis { key, levels });
        }
    }
    if is_empty && !s.is_bad("axes") {
        s.missing(&["axes"], Some("at least one key must be varied"));
    }
    found
}

/// The axes below a table, whose keys may be written quoted or as nested tables.
fn gather<'a>(table: &'a Table, before: &str, found: &mut Vec<(String, &'a Node)>) {
    for (name, node) in table {
        let key = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        match node.table() {
            Some(inner) if !inner.contains_key("from") && !inner.contains_key("values") => {
                gather(inner, &key, found);
            }
            _ => found.push((key, node)),
        }
    }
}

/// Whether one path is the other, or a table around it.
fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    long == short || long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
}

/// Why a key cannot be an axis, and what to do.
fn misfit(
    key: &str,
    found: &[Axis],
    keys: &BTreeSet<String>,
    root: Option<&Table>,
) -> Option<(String, Option<String>)> {
    if let Some(other) = found.iter().find(|axis| overlap(&axis.key, key)) {
        let message = if other.key == key {
            format!("`{}` is swept twice", quoted(key))
        } else {
            format!("`{}` and `{}` sweep the same table", quoted(key), quoted(&other.key))
        };
        return Some((message, Some("keep one of the two".to_owned())));
    }
    // The element of an array is no part of the key's name: attack.thieves.start is attack.start.
    let through = root.and_then(|root| Some((root, through_array(root, key)?)));
    let mut plain = key.to_owned();
    if let Some((root, (array, part))) = through {
        let (names, is_there) = elements(root, array, part);
        if !is_there {
            let message = format!("`{array}` has no element `{}`", quoted(part));
            let first = names.first().map_or("", String::as_str);
            let rest = key[array.len() + 1..].strip_prefix(part).unwrap_or_default();
            let (names, array) = (quoted(&names.join(", ")), quoted(array));
            let help =
                format!("name one of {names}, e.g. `{array}.{}{}`", quoted(first), quoted(rest));
            return Some((message, Some(help)));
        }
        plain.replace_range(array.len()..=array.len() + part.len(), "");
    }
    if is_path(key) && keys.contains(&plain) {
        return None;
    }
    let near = nearest_path(&plain, keys);
    let help = near.map(|near| {
        let near = match through {
            Some((_, (array, part))) => match near.strip_prefix(array) {
                Some(rest) => format!("{array}.{part}{rest}"),
                None => near.to_owned(),
            },
            None => near.to_owned(),
        };
        format!("did you mean `{near}`?")
    });
    Some((format!("the scenario has no key `{}`", quoted(key)), help))
}

/// The key that was meant: alike as a whole, or with an equal end.
fn nearest_path<'k>(key: &str, keys: &'k BTreeSet<String>) -> Option<&'k str> {
    let last = key.rsplit('.').next().unwrap_or(key);
    let same_end = keys.iter().filter(|known| known.rsplit('.').next() == Some(last));
    nearest(key, same_end.map(String::as_str))
        .or_else(|| nearest(key, keys.iter().map(String::as_str)))
}

fn refuse(
    s: &mut Section<'_, '_>,
    key: &str,
    at: &Place,
    (message, help): (String, Option<String>),
) {
    s.reader.bad.insert("sweep.axes".to_owned());
    s.reader.problem(|sources| {
        let full = format!("sweep.axes.{}", quoted(key));
        let mut problem =
            Problem::new(full, format!("`sweep.axes`: {message}"), sources.mark(at, ""));
        problem.help = help;
        problem
    });
}

/// The values of an axis: a list, or a table with `values` or a range.
fn levels<'a>(s: &mut Section<'_, 'a>, key: &str, node: &'a Node) -> Option<Levels> {
    let path = format!("sweep.axes.\"{key}\"");
    let list = match &node.value {
        Value::List(_) => node,
        Value::Table(table) if table.contains_key("values") => &table["values"],
        Value::Table(table) => return range(s, key, path, node, table),
        other => {
            let message = format!("`{key}`: expected array or range, found {}", other.type_name());
            let help = "write [VALUE, …] or { from = …, to = …, steps = …, scale = \"log\" }";
            refuse(s, key, &node.at, (message, Some(help.to_owned())));
            return None;
        }
    };
    let Value::List(items) = &list.value else {
        refuse(s, key, &list.at, (format!("`{key}`: `values` must be an array"), None));
        return None;
    };
    if items.is_empty() {
        let help = Some("give at least one value".to_owned());
        refuse(s, key, &list.at, (format!("`{key}`: the list is empty"), help));
        return None;
    }
    let texts: Vec<String> =
        items.iter().map(|item| s.reader.sources.text(&item.at).trim().to_owned()).collect();
    for (index, text) in texts.iter().enumerate() {
        if texts[..index].contains(text) {
            let message = format!("`{key}`: the value {} is listed twice", quoted(text));
            refuse(s, key, &items[index].at, (message, None));
            return None;
        }
    }
    s.reader.block(path, format!("values = [{}]", texts.join(", ")));
    Some(Levels::List(texts))
}

fn range<'a>(
    s: &mut Section<'_, 'a>,
    key: &str,
    path: String,
    node: &'a Node,
    table: &'a Table,
) -> Option<Levels> {
    let before = s.reader.problems.count();
    let range = s.reader.section((path, ""), Some(table), node.key.clone(), false).run(read_range);
    if s.reader.problems.count() > before {
        s.reader.bad.insert("sweep.axes".to_owned());
        return None;
    }
    match range {
        Ok(range) => Some(Levels::Range(range)),
        Err(message) => {
            refuse(s, key, &node.at, (format!("`{key}`: {message}"), None));
            None
        }
    }
}

/// Reads a range; an error says which rule between its keys is broken.
fn read_range(s: &mut Section<'_, '_>) -> Result<Range, String> {
    let from = Key::new("from", "First value of a range.");
    let to = Key::new("to", "Last value of a range.");
    let scale = Key::new("scale", "How values between are spread.");
    let steps = Key::new("steps", "Number of values, both ends included.");
    let step = Key::new("step", "Distance of neighbouring values, in place of `steps`.");
    let (from, unit) = s.required(from, &Bound);
    let (to, unit_to) = s.required(to, &Bound);
    let scale = s.or(scale, &Word::ANY, Scale::Linear);
    let steps = s.optional(steps, &Whole(1..=u64::MAX), "see `step`; drawn designs need none");
    let step = s.optional(step, &Bound, "see `steps`");
    let unit = match (unit, unit_to) {
        (AxisUnit::Integer, AxisUnit::Number) | (AxisUnit::Number, AxisUnit::Integer) => {
            AxisUnit::Number
        }
        _ if unit == unit_to => unit,
        _ => return Err("`from` and `to` have different units".to_owned()),
    };
    if scale == Scale::Log && (from <= 0.0 || to <= 0.0) {
        return Err("a logarithmic range must stay above 0".to_owned());
    }
    let mut range = Range { from, to, scale, unit, steps, step: None };
    if let Some(given) = step {
        (range.steps, range.step) = counted(&range, given)?;
    }
    if unit == AxisUnit::Integer && range.step.is_some_and(|step| step.fract().abs() > 0.0) {
        range.unit = AxisUnit::Number;
    }
    Ok(range)
}

/// How many values lie `step` apart, and the step.
fn counted(
    range: &Range,
    (step, unit): (f64, AxisUnit),
) -> Result<(Option<u64>, Option<f64>), String> {
    let is_plain = |unit| matches!(unit, AxisUnit::Integer | AxisUnit::Number);
    if unit != range.unit && !(is_plain(unit) && is_plain(range.unit)) {
        return Err("`step` has another unit than `from`".to_owned());
    }
    if range.steps.is_some() {
        return Err("`step` and `steps` exclude each other".to_owned());
    }
    if range.scale == Scale::Log {
        return Err("a logarithmic range takes `steps`, not `step`".to_owned());
    }
    if step == 0.0 {
        return Err("`step` must not be 0".to_owned());
    }
    let intervals = (range.to - range.from) / step;
    if intervals < 0.0 {
        let (from, to) = (range.show(range.from), range.show(range.to));
        return Err(format!("`step` leads away from the end: from {from} to {to} by {step}"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; the cast saturates, and too many are refused later"
    )]
    let steps = ((intervals + 1e-9).floor() as u64).saturating_add(1);
    Ok((Some(steps), Some(step)))
}

/// An end of a range: a number or a quantity.
struct Bound;

impl Kind for Bound {
    type Out = (f64, AxisUnit);
    #[expect(clippy::cast_precision_loss, reason = "ranges are spread in floats")]
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault> {
        let text = match &raw.node.value {
            Value::Integer(Some(number)) => return Ok((*number as f64, AxisUnit::Integer)),
            Value::Float(number) if number.is_finite() => return Ok((*number, AxisUnit::Number)),
            Value::Text(text) => text,
            _ => return Err(raw.expected("number or quantity")),
        };
        for (units, unit) in
            [(&TIME[..], AxisUnit::Time), (&MONEY, AxisUnit::Money), (&FEERATE, AxisUnit::Feerate)]
        {
            if let Ok(value) = quantity::exact(text, units, "") {
                return Ok((value as f64, unit));
            }
        }
        quantity::rate(text).map(|rate| (rate, AxisUnit::Rate)).map_err(|_| {
            let message = format!("`{}` is neither a number nor a quantity", quoted(text));
            Fault::new(message).help("e.g. 500, 0.5, \"10 s\", \"1_000 sat\" or \"5 /s\"")
        })
    }
    fn show(&self, (value, unit): &Self::Out) -> String {
        let range = Range {
            from: *value,
            to: *value,
            scale: Scale::Linear,
            unit: *unit,
            steps: None,
            step: None,
        };
        range.show(*value)
    }
    fn stand_in(&self) -> Self::Out {
        (1.0, AxisUnit::Integer)
    }
    fn form(&self) -> Form {
        const BOUND: Form = Form::Number { low: f64::MIN, high: f64::MAX, above: false };
        let text = Form::Text { what: "quantity with its unit", pattern: "^[0-9+-]" };
        Form::Either(Box::new([BOUND, text]))
    }
}
