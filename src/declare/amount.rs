//! Kinds with a unit: times, money, rates and feerates.

use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::{Wrapped, not_finite, number};
use crate::declare::problem::quoted;
use crate::declare::quantity;
use crate::declare::tree::Value;
use crate::units::{FeeRate, GasPrice, Msat, SUPPLY, Sat, SimDuration, SimTime};

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
pub(crate) struct Time {
    pub(crate) low: SimDuration,
    pub(crate) high: SimDuration,
}

const YEAR: u64 = 365 * 86_400;
/// The longest run: 2^64 ns are 584 years, and some of it must be left for what comes last.
pub(crate) const LONGEST: SimDuration = SimDuration::from_secs(500 * YEAR);
/// The length of a run, or of a part of it.
pub(crate) const RUN: Time = Time { low: SimDuration::ZERO, high: LONGEST };
/// The same, and not nothing.
pub(crate) const RUN_POSITIVE: Time = Time { low: SimDuration(1), high: LONGEST };
/// A delay. A year at most, so that no sum of them leaves the clock.
pub(crate) const DELAY: Time = Time { low: SimDuration::ZERO, high: SimDuration::from_secs(YEAR) };
/// The same, and not nothing.
pub(crate) const DELAY_POSITIVE: Time =
    Time { low: SimDuration(1), high: SimDuration::from_secs(YEAR) };

/// A moment of the run, as the time from its start.
pub(crate) const MOMENT: Wrapped<Time, SimTime> =
    Wrapped { kind: RUN, wrap: |span| SimTime(span.get()), unwrap: |at| at.since(SimTime::ZERO) };
/// The same, and not its start.
pub(crate) const MOMENT_POSITIVE: Wrapped<Time, SimTime> = Wrapped { kind: RUN_POSITIVE, ..MOMENT };

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
    fn form(&self) -> Form {
        Form::Quantity { what: "time", units: &quantity::TIME, example: "60 s" }
    }
}

/// A span of time as it is written in a scenario, for the command line.
///
/// # Errors
/// What is wrong, and the units.
pub(crate) fn parse_time(text: &str) -> Result<SimDuration, String> {
    let units = || format!("the units are {}", quantity::names(&quantity::TIME));
    let nanos = quantity::exact(text, &quantity::TIME, "nanoseconds")
        .map_err(|message| format!("{message}; {}", units()))?;
    u64::try_from(nanos)
        .ok()
        .map(SimDuration)
        .filter(|span| (1..=LONGEST.get()).contains(&span.get()))
        .ok_or_else(|| "must be longer than 0 and at most 500 year".to_owned())
}

/// An amount of at least `0` millisatoshis and at most all bitcoin.
pub(crate) struct Money(pub(crate) Msat);

/// An amount that may be nothing.
pub(crate) const MONEY: Money = Money(Msat::ZERO);
/// An amount of at least 1 msat.
pub(crate) const MONEY_POSITIVE: Money = Money(Msat(1));

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
    fn form(&self) -> Form {
        Form::Quantity { what: "money", units: &quantity::MONEY, example: "10_000 sat" }
    }
}

/// An on-chain amount: whole satoshis, at least one.
pub(crate) struct WholeSat;

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
    fn form(&self) -> Form {
        Form::Quantity {
            what: "money in whole satoshis",
            units: &quantity::MONEY,
            example: "10_000 sat",
        }
    }
}

/// Payments per second.
pub(crate) struct Rate;

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
    fn form(&self) -> Form {
        Form::Quantity { what: "rate", units: &quantity::RATE, example: "10 /s" }
    }
}

/// A feerate of Bitcoin transactions.
pub(crate) struct Feerate;

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
    fn form(&self) -> Form {
        Form::Quantity { what: "feerate", units: &quantity::FEERATE, example: "10 sat/vB" }
    }
}

/// A price of gas.
pub(crate) struct PerGas;

impl Kind for PerGas {
    type Out = GasPrice;
    fn parse(&self, raw: Raw<'_>) -> Result<GasPrice, Fault> {
        /// A million gwei: 21,000 gas would cost 21 ether.
        const HIGHEST: u64 = 1_000_000_000_000_000;
        let text = quantity_text(raw, "gas price", "1 gwei")?;
        let units = || format!("the units are {}", quantity::names(&quantity::GAS_PRICE));
        let wei = quantity::exact(text, &quantity::GAS_PRICE, "wei")
            .map_err(|message| Fault::new(message).help(units()))?;
        match u64::try_from(wei) {
            Ok(wei) if wei <= HIGHEST => Ok(GasPrice(wei)),
            _ => Err(Fault::new(format!(
                "must be at most 1_000_000 gwei, but is `{}`",
                quoted(text)
            ))),
        }
    }
    fn show(&self, value: &GasPrice) -> String {
        format!("\"{}\"", quantity::show(value.0, &quantity::GAS_PRICE))
    }
    fn stand_in(&self) -> GasPrice {
        GasPrice::GWEI
    }
    fn form(&self) -> Form {
        Form::Quantity { what: "gas price", units: &quantity::GAS_PRICE, example: "1 gwei" }
    }
}
