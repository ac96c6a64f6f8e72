//! The kinds of values that keys can have: how each is read, checked and printed.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::scenario::place::{Place, Sources};
use crate::scenario::problem::quoted;
use crate::scenario::quantity;
use crate::scenario::tree::{Node, Value};
use crate::units::{FeeRate, Msat, SUPPLY, Sat, SimDuration};

/// What is wrong with a value; the section adds the key.
pub(super) struct Fault {
    /// Lower case, no full stop.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
    /// The element of an array to blame, where it is not the whole value.
    pub(super) at: Option<Place>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at: None }
    }
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A value as written, and what its reading may depend on.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) node: &'a Node,
    pub(super) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(super) folder: &'a Path,
}

impl<'a> Raw<'a> {
    /// A string; for `--set` also what TOML would take for something else.
    pub(super) fn text(self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Table(_) => None,
            _ if self.node.at.is_set() => Some(self.sources.text(&self.node.at)),
            _ => None,
        }
    }
    /// The value is of another type than `what`.
    pub(super) fn expected(self, what: &str) -> Fault {
        let value = &self.node.value;
        let found = match value {
            Value::List(_) | Value::Table(_) => String::new(),
            _ => format!(" {}", quoted(self.sources.text(&self.node.at))),
        };
        Fault::new(format!("expected {what}, found {}{found}", value.type_name()))
    }
    fn with(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }
}

/// A kind of value.
pub(super) trait Kind {
    /// What it is in the model.
    type Out;
    /// Reads and checks a value.
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault>;
    /// The value as TOML.
    fn show(&self, value: &Self::Out) -> String;
    /// Some valid value, to go on with after a fault.
    fn stand_in(&self) -> Self::Out;
}

/// An integer within bounds.
pub(super) struct Whole<T>(pub(super) RangeInclusive<T>);

impl<T: Copy + Display + TryFrom<i128> + TryInto<u64> + PartialOrd> Kind for Whole<T> {
    type Out = T;
    fn parse(&self, raw: Raw<'_>) -> Result<T, Fault> {
        let Value::Integer(number) = &raw.node.value else { return Err(raw.expected("integer")) };
        let fitting = number.and_then(|number| T::try_from(number).ok());
        fitting.filter(|number| self.0.contains(number)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            let text = quoted(raw.sources.text(&raw.node.at));
            Fault::new(format!("must be {low} to {high}, but is {text}"))
        })
    }
    fn show(&self, value: &T) -> String {
        (*value).try_into().map_or_else(|_| value.to_string(), quantity::grouped)
    }
    fn stand_in(&self) -> T {
        *self.0.start()
    }
}

/// A finite number within bounds; integers are taken too.
pub(super) struct Number {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether `low` itself is refused.
    pub(super) above: bool,
}

/// A share or a probability.
pub(super) const SHARE: Number = Number { low: 0.0, high: 1.0, above: false };
/// A positive number; the bound keeps products finite.
pub(super) const POSITIVE: Number = Number { low: 0.0, high: 1e12, above: true };

impl Kind for Number {
    type Out = f64;
    fn parse(&self, raw: Raw<'_>) -> Result<f64, Fault> {
        let number = number(raw)?;
        let Self { low, high, above } = *self;
        if number < low || number > high || (above && number <= low) {
            let rule = if above {
                format!("above {low} and at most {high}")
            } else {
                format!("{low} to {high}")
            };
            let text = quoted(raw.sources.text(&raw.node.at));
            return Err(Fault::new(format!("must be {rule}, but is {text}")));
        }
        // Turns −0.0 into 0.0.
        Ok(number + 0.0)
    }
    fn show(&self, value: &f64) -> String {
        format!("{value:?}")
    }
    fn stand_in(&self) -> f64 {
        if self.above { 1.0 } else { self.low }
    }
}

fn number(raw: Raw<'_>) -> Result<f64, Fault> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number written as an integer means the nearest float"
    )]
    let number = match &raw.node.value {
        Value::Integer(Some(integer)) => *integer as f64,
        Value::Float(float) => *float,
        _ => return Err(raw.expected("number")),
    };
    if number.is_finite() { Ok(number) } else { Err(not_finite(raw)) }
}

fn not_finite(raw: Raw<'_>) -> Fault {
    let text = quoted(raw.sources.text(&raw.node.at));
    Fault::new(format!("must be a finite number, but is {text}"))
}

/// The text of a quantity; bare numbers lack their unit.
fn quantity_text<'a>(raw: Raw<'a>, what: &str, example: &str) -> Result<&'a str, Fault> {
    let text = quoted(raw.sources.text(&raw.node.at));
    match &raw.node.value {
        Value::Text(text) => Ok(text),
        Value::Float(float) if !float.is_finite() => Err(not_finite(raw)),
        Value::Integer(_) | Value::Float(_) => Err(Fault::new(format!("{text} lacks a unit"))
            .help(format!("write it as a string with a unit, as in \"{example}\""))),
        _ => Err(raw.expected(what)),
    }
}

/// A span of time within bounds.
pub(super) struct Time {
    pub(super) low: SimDuration,
    pub(super) high: SimDuration,
}

const YEAR: u64 = 365 * 86_400;
/// The longest run: 2^64 ns are 584 years, and some of it must be left for what comes last.
pub(super) const LONGEST: SimDuration = SimDuration::from_secs(500 * YEAR);
/// The length of a run, or of a part of it.
pub(super) const RUN: Time = Time { low: SimDuration::ZERO, high: LONGEST };
/// The same, and not nothing.
pub(super) const RUN_POSITIVE: Time = Time { low: SimDuration(1), high: LONGEST };
/// A delay. A year at most, so that no sum of them leaves the clock.
pub(super) const DELAY: Time = Time { low: SimDuration::ZERO, high: SimDuration::from_secs(YEAR) };
/// The same, and not nothing.
pub(super) const DELAY_POSITIVE: Time =
    Time { low: SimDuration(1), high: SimDuration::from_secs(YEAR) };

impl Kind for Time {
    type Out = SimDuration;
    fn parse(&self, raw: Raw<'_>) -> Result<SimDuration, Fault> {
        let text = quantity_text(raw, "duration", "60 s")?;
        let units = || format!("the units are {}", quantity::names(&quantity::TIME));
        let nanos = quantity::exact(text, &quantity::TIME, "nanoseconds")
            .map_err(|message| Fault::new(message).help(units()))?;
        let shown = quoted(text);
        if nanos < u128::from(self.low.get()) {
            return Err(Fault::new(format!("must be longer than 0, but is `{shown}`")));
        }
        match u64::try_from(nanos) {
            Ok(nanos) if nanos <= self.high.get() => Ok(SimDuration(nanos)),
            _ => {
                let years = self.high.get() / (YEAR * 1_000_000_000);
                Err(Fault::new(format!("must be at most {years} year, but is `{shown}`")))
            }
        }
    }
    fn show(&self, value: &SimDuration) -> String {
        format!("\"{}\"", quantity::show_time(*value))
    }
    fn stand_in(&self) -> SimDuration {
        self.low
    }
}

/// An amount of at least `0` millisatoshis and at most all bitcoin.
pub(super) struct Money(pub(super) Msat);

/// An amount that may be nothing.
pub(super) const MONEY: Money = Money(Msat::ZERO);
/// An amount of at least 1 msat.
pub(super) const MONEY_POSITIVE: Money = Money(Msat(1));

impl Kind for Money {
    type Out = Msat;
    fn parse(&self, raw: Raw<'_>) -> Result<Msat, Fault> {
        let text = quantity_text(raw, "amount", "10_000 sat")?;
        let units = || format!("the units are {}", quantity::names(&quantity::MONEY));
        let msat = quantity::exact(text, &quantity::MONEY, "millisatoshis")
            .map_err(|message| Fault::new(message).help(units()))?;
        let shown = quoted(text);
        if msat < u128::from(self.0.get()) {
            return Err(Fault::new(format!("must be at least {}, but is `{shown}`", self.0)));
        }
        match u64::try_from(msat) {
            Ok(msat) if msat <= SUPPLY.to_msat().get() => Ok(Msat(msat)),
            _ => Err(Fault::new(format!("must be at most 21_000_000 btc, but is `{shown}`"))),
        }
    }
    fn show(&self, value: &Msat) -> String {
        format!("\"{}\"", quantity::show_money(*value))
    }
    fn stand_in(&self) -> Msat {
        self.0
    }
}

/// An on-chain amount: whole satoshis, at least one.
pub(super) struct WholeSat;

impl Kind for WholeSat {
    type Out = Sat;
    fn parse(&self, raw: Raw<'_>) -> Result<Sat, Fault> {
        let msat = Money(Msat(1_000)).parse(raw)?;
        let sat = msat.to_sat_floor();
        if sat.to_msat() == msat {
            Ok(sat)
        } else {
            Err(Fault::new(format!("must be whole satoshis, but is {msat}")))
        }
    }
    fn show(&self, value: &Sat) -> String {
        MONEY.show(&value.to_msat())
    }
    fn stand_in(&self) -> Sat {
        Sat(1)
    }
}

/// Payments per second.
pub(super) struct Rate;

impl Rate {
    /// A thousand million payments per second: far beyond any system, and gaps stay above 1 ns.
    const HIGHEST: f64 = 1e9;
}

impl Kind for Rate {
    type Out = f64;
    fn parse(&self, raw: Raw<'_>) -> Result<f64, Fault> {
        if let Value::Integer(_) | Value::Float(_) = &raw.node.value {
            // So that a float too large or negative is told what is worse than the missing unit.
            let number = number(raw)?;
            let text = quoted(raw.sources.text(&raw.node.at));
            if number < 0.0 {
                return Err(Fault::new(format!("must not be negative, but is {text}")));
            }
            if number > Self::HIGHEST {
                return Err(Fault::new(format!("{text} is more than 10^9 payments per second")));
            }
        }
        let text = quantity_text(raw, "rate", "10 /s")?;
        let units = || format!("the units are {}", quantity::rate_names());
        let rate = quantity::rate(text).map_err(|message| Fault::new(message).help(units()))?;
        if rate > Self::HIGHEST {
            let shown = quoted(text);
            return Err(Fault::new(format!("`{shown}` is more than 10^9 payments per second")));
        }
        Ok(rate)
    }
    fn show(&self, value: &f64) -> String {
        format!("\"{value} /s\"")
    }
    fn stand_in(&self) -> f64 {
        1.0
    }
}

/// A feerate of Bitcoin transactions.
pub(super) struct Feerate;

impl Kind for Feerate {
    type Out = FeeRate;
    fn parse(&self, raw: Raw<'_>) -> Result<FeeRate, Fault> {
        let text = quantity_text(raw, "feerate", "10 sat/vB")?;
        let units = || format!("the units are {}", quantity::names(&quantity::FEERATE));
        let rate = quantity::exact(text, &quantity::FEERATE, "satoshis per 1,000 weight units")
            .map_err(|message| Fault::new(message).help(units()))?;
        u32::try_from(rate).map(FeeRate).map_err(|_| {
            Fault::new(format!("must be at most {} sat/kw, but is `{}`", u32::MAX, quoted(text)))
        })
    }
    fn show(&self, value: &FeeRate) -> String {
        format!("\"{}\"", quantity::show(u64::from(value.0), &quantity::FEERATE))
    }
    fn stand_in(&self) -> FeeRate {
        FeeRate(1)
    }
}

/// True or false.
pub(super) struct Flag;

impl Kind for Flag {
    type Out = bool;
    fn parse(&self, raw: Raw<'_>) -> Result<bool, Fault> {
        match raw.node.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(raw.expected("boolean")),
        }
    }
    fn show(&self, value: &bool) -> String {
        value.to_string()
    }
    fn stand_in(&self) -> bool {
        false
    }
}

/// A name that is safe in output: `[A-Za-z0-9_.:-]{1,80}`.
pub(super) struct Name;

impl Name {
    const RULE: &'static str =
        "must be 1 to 80 of the characters A-Z, a-z, 0-9, `_`, `.`, `:` and `-`";
    /// Whether a character may stand in a name.
    pub(super) const fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-')
    }
}

impl Kind for Name {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        // A name becomes a folder: these two would be others than its own.
        let is_dots = matches!(text, "." | "..");
        if text.chars().all(Self::allows) && (1..=80).contains(&text.len()) && !is_dots {
            Ok(text.to_owned())
        } else {
            Err(Fault::new(format!("{}, but is `{}`", Self::RULE, quoted(text))))
        }
    }
    fn show(&self, value: &String) -> String {
        format!("\"{value}\"")
    }
    fn stand_in(&self) -> String {
        "x".to_owned()
    }
}

/// One of a closed list of words.
pub(super) struct Word<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Kind for Word<T> {
    type Out = T;
    fn parse(&self, raw: Raw<'_>) -> Result<T, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        self.0.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = self.0.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            Fault::new(format!("unknown value `{}`", quoted(text)))
                .help(format!("use one of {}", words.join(", ")))
        })
    }
    fn show(&self, value: &T) -> String {
        let found = self.0.iter().find(|(_, other)| other == value);
        format!("\"{}\"", found.expect("every value has a word").0)
    }
    fn stand_in(&self) -> T {
        self.0[0].1
    }
}

/// A path as the program uses it, and as the resolved scenario shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InputPath {
    pub(super) used: PathBuf,
    shown: String,
}

/// An input that must exist. Relative to the scenario's folder, on the command line to the current one.
pub(super) struct Input {
    /// Whether a folder will do.
    pub(super) folder: bool,
}

impl Kind for Input {
    type Out = InputPath;
    fn parse(&self, raw: Raw<'_>) -> Result<InputPath, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        if text.is_empty() || text.contains('\0') {
            return Err(Fault::new(format!("expected a path, found `{}`", quoted(text))));
        }
        let path = if raw.node.at.is_set() {
            InputPath { used: PathBuf::from(text), shown: seen_from(raw.folder, text) }
        } else {
            InputPath { used: raw.folder.join(text), shown: text.to_owned() }
        };
        let at = quoted(&path.used.to_string_lossy());
        match std::fs::metadata(&path.used) {
            Ok(found) if found.is_dir() && !self.folder => {
                Err(Fault::new(format!("`{at}` is a folder, not a file")))
            }
            Ok(_) => Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let base = if raw.node.at.is_set() {
                    "the current folder"
                } else {
                    "the scenario's folder"
                };
                Err(Fault::new(format!("no such file: `{at}`"))
                    .help(format!("relative paths start from {base} here")))
            }
            Err(error) => Err(Fault::new(format!("cannot read `{at}`: {error}"))),
        }
    }
    fn show(&self, value: &InputPath) -> String {
        text_literal(&value.shown)
    }
    fn stand_in(&self) -> InputPath {
        InputPath { used: PathBuf::new(), shown: String::new() }
    }
}

/// A path relative to the current folder, written relative to `folder`.
fn seen_from(folder: &Path, path: &str) -> String {
    use std::path::Component;
    let steps: Vec<_> = folder.components().filter(|step| *step != Component::CurDir).collect();
    let is_below = steps.iter().all(|step| matches!(step, Component::Normal(_)));
    if Path::new(path).is_absolute() || steps.is_empty() {
        return path.to_owned();
    }
    if is_below {
        return format!("{}{path}", "../".repeat(steps.len()));
    }
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |p| p.to_string_lossy().into_owned())
}

/// A string as TOML.
pub(super) fn text_literal(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An array whose elements are all of one kind.
pub(super) struct List<K>(pub(super) K);

impl<K: Kind> Kind for List<K> {
    type Out = Vec<K::Out>;
    fn parse(&self, raw: Raw<'_>) -> Result<Vec<K::Out>, Fault> {
        let Value::List(nodes) = &raw.node.value else { return Err(raw.expected("array")) };
        nodes
            .iter()
            .map(|node| {
                self.0.parse(raw.with(node)).map_err(|fault| Fault {
                    at: Some(fault.at.unwrap_or_else(|| node.at.clone())),
                    ..fault
                })
            })
            .collect()
    }
    fn show(&self, values: &Vec<K::Out>) -> String {
        let shown: Vec<_> = values.iter().map(|value| self.0.show(value)).collect();
        format!("[{}]", shown.join(", "))
    }
    fn stand_in(&self) -> Vec<K::Out> {
        Vec::new()
    }
}

/// Payer, payee and weight: `["Alice", "Dave", 1.0]`.
pub(super) struct Pair;

impl Kind for Pair {
    type Out = (String, String, f64);
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault> {
        let Value::List(nodes) = &raw.node.value else { return Err(raw.expected("array")) };
        let [payer, payee, weight] = nodes.as_slice() else {
            return Err(Fault::new("expected [payer, payee, weight]"));
        };
        let payer_name = Name.parse(raw.with(payer))?;
        let payee_name = Name.parse(raw.with(payee))?;
        if payer_name == payee_name {
            return Err(Fault::new(format!("`{payer_name}` cannot pay itself")));
        }
        Ok((payer_name, payee_name, POSITIVE.parse(raw.with(weight))?))
    }
    fn show(&self, (payer, payee, weight): &Self::Out) -> String {
        format!("[\"{payer}\", \"{payee}\", {weight:?}]")
    }
    fn stand_in(&self) -> Self::Out {
        ("a".to_owned(), "b".to_owned(), 1.0)
    }
}
