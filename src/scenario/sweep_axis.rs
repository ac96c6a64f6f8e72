//! One axis of a sweep: a key of the scenario and its values, listed or spread over a range.
//!
//! Values stay TOML text until a point is read: so every rule of the key holds for them. Ranges are
//! spread in floats (in the smallest unit) and rounded to whole numbers where the key has these.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::math;
use crate::scenario::hint::nearest;
use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::number::Whole;
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, quoted};
use crate::scenario::quantity::{self, FEERATE, MONEY, TIME, show_money, show_time};
use crate::scenario::section::Section;
use crate::scenario::tree::{Node, Table, Value, elements, is_path, through_array};
use crate::scenario::word::Word;
use crate::units::{Msat, SimDuration};

/// A key that is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its dotted path in the scenario.
    pub key: String,
    /// What it takes.
    pub levels: Levels,
}

/// The values of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Levels {
    /// TOML texts.
    List(Vec<String>),
    /// A range; its ends belong to it.
    Range(Range),
}

/// A range of numbers or of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The first value, in `unit`.
    pub from: f64,
    /// The last value, in `unit`.
    pub to: f64,
    /// How values between are spread.
    pub scale: Scale,
    /// What the numbers count.
    pub unit: AxisUnit,
    /// How many values, both ends included; `None`: only designs that draw them can use it.
    pub steps: Option<u64>,
    /// The distance of neighbours, where it was given in place of `steps`.
    step: Option<f64>,
}

/// How values of a range are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
}

/// What the numbers of a range count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisUnit {
    /// Whole numbers.
    Integer,
    /// Any numbers.
    Number,
    /// Nanoseconds.
    Time,
    /// Millisatoshis.
    Money,
    /// Satoshis per 1,000 weight units.
    Feerate,
    /// Per second.
    Rate,
}

const SCALES: [(&str, Scale); 2] = [("linear", Scale::Linear), ("log", Scale::Log)];

impl Axis {
    /// How many values it has; `None` where they are drawn from a range without steps.
    pub fn length(&self) -> Option<u64> {
        match &self.levels {
            Levels::List(values) => Some(values.len() as u64),
            Levels::Range(range) => range.steps,
        }
    }

    /// The value at `index`, as TOML.
    pub fn level(&self, index: u64) -> String {
        match &self.levels {
            Levels::List(values) => {
                let at = usize::try_from(index).unwrap_or(usize::MAX).min(values.len() - 1);
                values[at].clone()
            }
            Levels::Range(range) => range.level(index),
        }
    }

    /// The value at a share in `0..1` of the way, as TOML: for designs that draw.
    pub fn at(&self, share: f64) -> String {
        match (self.length(), &self.levels) {
            (None, Levels::Range(range)) => range.at(share),
            (length, _) => self.level(index_at(share, length.unwrap_or(1))),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share in 0..1 of at most 100,000 values"
)]
fn index_at(share: f64, length: u64) -> u64 {
    ((share * length as f64) as u64).min(length - 1)
}

impl Range {
    #[expect(clippy::cast_precision_loss, reason = "at most 100,000 steps are used")]
    fn level(&self, index: u64) -> String {
        if let Some(step) = self.step {
            return self.show(self.from + step * index as f64);
        }
        let last = self.steps.unwrap_or(1).saturating_sub(1).max(1);
        match index {
            0 => self.show(self.from),
            _ if index == last => self.show(self.to),
            _ => self.show(self.between(index as f64 / last as f64)),
        }
    }

    /// Whole numbers get equal shares of the way, ends included.
    fn at(&self, share: f64) -> String {
        if self.unit == AxisUnit::Integer && self.scale == Scale::Linear {
            let width = (self.to - self.from).abs() + 1.0;
            let offset = (share * width).floor().min(width - 1.0);
            return self.show(self.from + if self.to < self.from { -offset } else { offset });
        }
        self.show(self.between(share))
    }

    fn between(&self, share: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.from + (self.to - self.from) * share,
            Scale::Log => self.from * math::pow(self.to / self.from, share),
        }
    }

    /// A value as TOML.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ends were whole numbers that fit, and the cast saturates"
    )]
    fn show(&self, value: f64) -> String {
        let whole = value.round();
        match self.unit {
            AxisUnit::Integer => format!("{}", whole as i64),
            AxisUnit::Number => format!("{:?}", twelve_digits(value)),
            AxisUnit::Time => format!("\"{}\"", show_time(SimDuration(whole as u64))),
            AxisUnit::Money => {
                // Between whole satoshis there are whole satoshis: many keys take nothing else.
                let is_sat = [self.from, self.to].iter().all(|end| end % 1_000.0 == 0.0);
                let msat = if is_sat { (value / 1_000.0).round() * 1_000.0 } else { whole };
                format!("\"{}\"", show_money(Msat(msat as u64)))
            }
            AxisUnit::Feerate => format!("\"{}\"", quantity::show(whole as u64, &FEERATE)),
            AxisUnit::Rate => format!("\"{} /s\"", twelve_digits(value)),
        }
    }
}

/// Without the binary noise of 0.1 + 0.2.
fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// What a value of an axis is in tables and plots.
#[derive(Clone, Debug, PartialEq)]
pub enum LevelValue {
    /// A number, and the suffix that says its unit.
    Number(f64, &'static str),
    /// Anything else.
    Word(String),
}

/// Reads a TOML text as a number where it is one: time in seconds, money in satoshis, rates per second.
pub fn level_value(text: &str) -> LevelValue {
    let word = |text: &str| LevelValue::Word(text.to_owned());
    let Ok(table) = toml::from_str::<toml::Table>(&format!("x = {text}")) else {
        return word(text);
    };
    #[expect(clippy::cast_precision_loss, reason = "for tables and plots")]
    let exact = |text: &str, units, per: f64, suffix| {
        let value = quantity::exact(text, units, "").ok()?;
        Some(LevelValue::Number(value as f64 / per, suffix))
    };
    #[expect(clippy::cast_precision_loss, reason = "for tables and plots")]
    match table.get("x") {
        Some(toml::Value::Integer(number)) => LevelValue::Number(*number as f64, ""),
        Some(toml::Value::Float(number)) => LevelValue::Number(*number, ""),
        Some(toml::Value::String(text)) => exact(text, &TIME, 1e9, "_s")
            .or_else(|| exact(text, &MONEY, 1e3, "_sat"))
            .or_else(|| exact(text, &FEERATE, 1.0, "_sat_per_kw"))
            .or_else(|| quantity::rate(text).ok().map(|rate| LevelValue::Number(rate, "_per_s")))
            .unwrap_or_else(|| word(text)),
        _ => word(text),
    }
}

/// Reads `[sweep.axes]`.
pub(super) fn axes(s: &mut Section<'_, '_>) -> Vec<Axis> {
    s.declare("axes");
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
        .into_iter()
        .map(
            |(table, key)| if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") },
        )
        .filter(|key| key != "sweep" && !key.starts_with("sweep."))
        .collect();
    let mut found: Vec<Axis> = Vec::new();
    let is_empty = written.is_empty();
    for (key, node) in written {
        if let Some(problem) = misfit(&key, &found, &keys, s.reader.root) {
            refuse(s, &key, &node.key, problem);
        } else if s.reader.set_keys.iter().any(|set| overlap(set, &key)) {
            s.doubt("axes", || format!("`{key}` is not varied: --set gives it a value"));
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
    let range = s.reader.section(path, Some(table), node.key.clone(), false).run(read_range);
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
    let (from, unit) = s.required("from", &Bound);
    let (to, unit_to) = s.required("to", &Bound);
    let scale = s.or("scale", &Word(&SCALES), Scale::Linear);
    let steps = s.optional("steps", &Whole(1..=u64::MAX), "see `step`; drawn designs need none");
    let step = s.optional("step", &Bound, "see `steps`");
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64, steps: u64, scale: Scale, unit: AxisUnit) -> Vec<String> {
        let range = Range { from, to, scale, unit, steps: Some(steps), step: None };
        let axis = Axis { key: "x".to_owned(), levels: Levels::Range(range) };
        (0..steps).map(|index| axis.level(index)).collect()
    }

    #[test]
    fn ranges_hold_their_ends_and_are_spread_evenly() {
        assert_eq!(range(1.0, 5.0, 3, Scale::Linear, AxisUnit::Integer), ["1", "3", "5"]);
        assert_eq!(range(0.1, 0.3, 3, Scale::Linear, AxisUnit::Number), ["0.1", "0.2", "0.3"]);
        assert_eq!(
            range(1e6, 1e8, 3, Scale::Log, AxisUnit::Money),
            ["\"1_000 sat\"", "\"10_000 sat\"", "\"100_000 sat\""]
        );
        assert_eq!(range(1e9, 1e10, 2, Scale::Log, AxisUnit::Time), ["\"1 s\"", "\"10 s\""]);
        assert_eq!(range(1e8, 1e10, 5, Scale::Log, AxisUnit::Money)[1], "\"316_228 sat\"");
        assert_eq!(range(5.0, 1.0, 2, Scale::Linear, AxisUnit::Rate), ["\"5 /s\"", "\"1 /s\""]);
    }

    #[test]
    fn drawn_whole_numbers_reach_both_ends_equally_often() {
        let range = Range {
            from: 1.0,
            to: 3.0,
            scale: Scale::Linear,
            unit: AxisUnit::Integer,
            steps: None,
            step: None,
        };
        let axis = Axis { key: "x".to_owned(), levels: Levels::Range(range) };
        let drawn: Vec<String> = (0..6).map(|i| axis.at(f64::from(i) / 6.0)).collect();
        assert_eq!(drawn, ["1", "1", "2", "2", "3", "3"]);
        assert_eq!(axis.at(0.999_999_999), "3");
    }

    #[test]
    fn values_are_numbers_in_one_unit_or_words() {
        for (text, value, suffix) in [
            ("5", 5.0, ""),
            ("0.25", 0.25, ""),
            ("\"1_000 sat\"", 1_000.0, "_sat"),
            ("\"1_500 msat\"", 1.5, "_sat"),
            ("\"2 min\"", 120.0, "_s"),
            ("\"30 /min\"", 0.5, "_per_s"),
            ("\"10 sat/vB\"", 2_500.0, "_sat_per_kw"),
        ] {
            assert_eq!(level_value(text), LevelValue::Number(value, suffix), "{text}");
        }
        assert_eq!(level_value("\"lnd\""), LevelValue::Word("lnd".to_owned()));
        assert_eq!(level_value("{ lnd = {} }"), LevelValue::Word("{ lnd = {} }".to_owned()));
    }
}
