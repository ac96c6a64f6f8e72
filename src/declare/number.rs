//! Kinds without a unit: integers, finite numbers, true and false.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::problem::quoted;
use crate::declare::quantity;
use crate::declare::tree::Value;
use crate::units::{Gas, Msat, Ppm, Weight};

/// An integer within bounds.
pub(crate) struct Whole<T>(pub(crate) RangeInclusive<T>);

impl<T: Copy + Display + TryFrom<i128> + TryInto<u64> + TryInto<i128> + PartialOrd> Kind
    for Whole<T>
{
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
        let number: Result<u64, _> = (*value).try_into();
        number.map_or_else(|_| value.to_string(), quantity::grouped)
    }
    fn stand_in(&self) -> T {
        *self.0.start()
    }
    fn form(&self) -> Form {
        let bound = |bound: T| bound.try_into().unwrap_or(i128::MAX);
        Form::Integer { low: bound(*self.0.start()), high: bound(*self.0.end()) }
    }
}

/// A finite number within bounds; integers are taken too.
pub(crate) struct Number {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether `low` itself is refused.
    pub(crate) above: bool,
}

/// A share or a probability.
pub(crate) const SHARE: Number = Number { low: 0.0, high: 1.0, above: false };
/// A positive number; the bound keeps products finite.
pub(crate) const POSITIVE: Number = Number { low: 0.0, high: 1e12, above: true };

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
    fn form(&self) -> Form {
        let Self { low, high, above } = *self;
        Form::Number { low, high, above }
    }
}

/// A finite number, written with or without a point.
pub(crate) fn number(raw: Raw<'_>) -> Result<f64, Fault> {
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

pub(crate) fn not_finite(raw: Raw<'_>) -> Fault {
    let text = quoted(raw.sources.text(&raw.node.at));
    Fault::new(format!("must be a finite number, but is {text}"))
}

/// True or false.
pub(crate) struct Flag;

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
    fn form(&self) -> Form {
        Form::Flag
    }
}

/// A kind whose value is wrapped in a type of its own, such as an integer in `Gas`.
pub(crate) struct Wrapped<K: Kind, T> {
    pub(crate) kind: K,
    pub(crate) wrap: fn(K::Out) -> T,
    pub(crate) unwrap: fn(&T) -> K::Out,
}

impl<K: Kind, T> Kind for Wrapped<K, T> {
    type Out = T;
    fn parse(&self, raw: Raw<'_>) -> Result<T, Fault> {
        self.kind.parse(raw).map(self.wrap)
    }
    fn show(&self, value: &T) -> String {
        self.kind.show(&(self.unwrap)(value))
    }
    fn stand_in(&self) -> T {
        (self.wrap)(self.kind.stand_in())
    }
    fn form(&self) -> Form {
        self.kind.form()
    }
}

/// Parts per million.
pub(crate) const fn ppm(high: u32) -> Wrapped<Whole<u32>, Ppm> {
    Wrapped { kind: Whole(0..=high), wrap: Ppm, unwrap: |ppm| ppm.0 }
}

/// Millisatoshis, written without their unit.
pub(crate) const fn msat(high: u64) -> Wrapped<Whole<u64>, Msat> {
    Wrapped { kind: Whole(0..=high), wrap: Msat, unwrap: |msat| msat.0 }
}

/// Gas within bounds.
pub(crate) const fn gas(low: u64, high: u64) -> Wrapped<Whole<u64>, Gas> {
    Wrapped { kind: Whole(low..=high), wrap: Gas, unwrap: |gas| gas.0 }
}

/// A weight within bounds, in weight units.
pub(crate) const fn weight(low: u64, high: u64) -> Wrapped<Whole<u64>, Weight> {
    Wrapped { kind: Whole(low..=high), wrap: Weight, unwrap: |weight| weight.0 }
}

/// A standard deviation of a logarithm: 100 already spreads over more than all floats.
pub(crate) const SIGMA: Number = Number { low: 0.0, high: 100.0, above: false };
