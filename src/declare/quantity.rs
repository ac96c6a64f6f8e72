//! Numbers with a unit, such as `"100 ms"` or `"10_000 sat"`, exact to the last digit.
//!
//! Money and time never pass through a float: a value that is not a whole number of the smallest
//! unit is refused, not rounded. Rates are floats, as in the model.

use crate::declare::problem::quoted;
use crate::units::{self, Msat, SimDuration};

/// A unit and how many of the smallest unit make one. Aliases follow the name to print.
pub(crate) type Unit = (&'static [&'static str], u64);

/// Time, in nanoseconds. A year has 365 days.
pub(crate) const TIME: [Unit; 9] = [
    (&["ns"], 1),
    (&["us", "µs"], 1_000),
    (&["ms"], 1_000_000),
    (&["s"], NANOS),
    (&["min"], 60 * NANOS),
    (&["h"], 3_600 * NANOS),
    (&["day", "days"], 86_400 * NANOS),
    (&["week", "weeks"], 7 * 86_400 * NANOS),
    (&["year", "years"], 365 * 86_400 * NANOS),
];
const NANOS: u64 = 1_000_000_000;

/// Money, in millisatoshis.
pub(crate) const MONEY: [Unit; 3] =
    [(&["msat"], 1), (&["sat"], 1_000), (&["btc"], 100_000_000_000)];

/// Feerates, in satoshis per 1,000 weight units; a virtual byte is four weight units (BIP 141).
pub(crate) const FEERATE: [Unit; 2] = [(&["sat/kw"], 1), (&["sat/vB"], 250)];

/// Prices of gas, in wei.
pub(crate) const GAS_PRICE: [Unit; 2] = [(&["wei"], 1), (&["gwei"], NANOS)];

/// Payments per time: the seconds in each.
pub(crate) const RATE: [Unit; 4] =
    [(&["/s"], 1), (&["/min"], 60), (&["/h"], 3_600), (&["/day"], 86_400)];

/// A number and its unit, read exactly: so many of the smallest unit.
///
/// # Errors
/// What is wrong, as the second half of a message.
pub(crate) fn exact(text: &str, units: &[Unit], smallest: &str) -> Result<u128, String> {
    let (number, unit) = split(text, units)?;
    let too_large = || format!("`{}` is too large", quoted(text));
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let digits = format!("{whole}{fraction}");
    let digits: u128 = digits.parse().map_err(|_| too_large())?;
    let product = digits.checked_mul(u128::from(unit)).ok_or_else(too_large)?;
    let places = u32::try_from(fraction.len()).map_err(|_| too_large())?;
    let scale = 10_u128.checked_pow(places).ok_or_else(too_large)?;
    if product % scale != 0 {
        return Err(format!("`{}` is not a whole number of {smallest}", quoted(text)));
    }
    Ok(product / scale)
}

/// A rate per second.
///
/// # Errors
/// What is wrong, as the second half of a message.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let (number, seconds) = split(text, &RATE)?;
    let number: f64 =
        number.parse().map_err(|_| format!("`{}` is not a number", quoted(&number)))?;
    #[expect(clippy::cast_precision_loss, reason = "86,400 is exact")]
    let rate = number / seconds as f64;
    Ok(rate)
}

/// Checked decimal digits without separators, and the size of the unit.
fn split(text: &str, units: &[Unit]) -> Result<(String, u64), String> {
    let text = text.trim();
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '_' | '.' | '+' | '-');
    let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim());
    if number.starts_with('-') {
        return Err(format!("must not be negative, but is `{}`", quoted(text)));
    }
    let plain = number.strip_prefix('+').unwrap_or(number);
    if !is_decimal(plain) {
        return Err(format!("expected a number and a unit, found `{}`", quoted(text)));
    }
    let size = units.iter().find(|(names, _)| names.contains(&unit)).map(|(_, size)| *size);
    match size {
        Some(size) => Ok((plain.replace('_', ""), size)),
        None if unit.is_empty() => Err(format!("`{}` lacks a unit", quoted(text))),
        None => Err(format!("unknown unit `{}` in `{}`", quoted(unit), quoted(text))),
    }
}

/// Digits with single underscores between them, and at most one point with digits on both sides.
fn is_decimal(number: &str) -> bool {
    let is_digits = |digits: &str| {
        digits
            .split('_')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match number.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(number),
    }
}

/// The names of units, for a message.
pub(crate) fn names(units: &[Unit]) -> String {
    units.iter().map(|(names, _)| names[0]).collect::<Vec<_>>().join(", ")
}

/// The names of the units of rates.
pub(crate) fn rate_names() -> String {
    names(&RATE)
}

/// In the largest unit that needs no fraction.
pub(crate) fn show(value: u64, units: &[Unit]) -> String {
    let (names, size) = units
        .iter()
        .rev()
        .find(|(_, size)| value >= *size && value.is_multiple_of(*size))
        .unwrap_or(&units[0]);
    format!("{} {}", grouped(value / size), names[0])
}

/// A span in the largest unit that needs no fraction; no time is `0 s`.
pub(crate) fn show_time(value: SimDuration) -> String {
    // Weeks and years would surprise where days were written.
    let usual = &TIME[..7];
    if value == SimDuration::ZERO { "0 s".to_owned() } else { show(value.get(), usual) }
}

/// An amount in satoshis, or in millisatoshis where it has a rest.
pub(crate) fn show_money(value: Msat) -> String {
    show(value.get(), &MONEY[..2])
}

/// An integer with an underscore between thousands.
pub(crate) fn grouped(value: u64) -> String {
    units::grouped(value, '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_in_every_unit() {
        for (text, nanos) in [
            ("1 ns", 1),
            ("2us", 2_000),
            ("0.3 ms", 300_000),
            ("100 ms", 100_000_000),
            ("+1.5 s", 1_500_000_000),
            ("1 min", 60_000_000_000),
            ("1 h", 3_600_000_000_000),
            ("1 day", 86_400_000_000_000),
            ("2 weeks", 1_209_600_000_000_000),
            ("1 year", 31_536_000_000_000_000),
        ] {
            assert_eq!(exact(text, &TIME, "nanoseconds"), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn money_is_exact_beyond_what_a_float_can_hold() {
        for (text, msat) in [
            ("1 msat", 1),
            ("10_000 sat", 10_000_000),
            ("0.5 btc", 50_000_000_000),
            ("20999999.99999999999 btc", 2_099_999_999_999_999_999),
            ("0.50 sat", 500),
        ] {
            assert_eq!(exact(text, &MONEY, "millisatoshis"), Ok(msat), "{text}");
        }
    }

    #[test]
    fn what_lacks_a_unit_or_would_be_rounded_is_refused() {
        for (text, fragment) in [
            ("5", "lacks a unit"),
            ("0.5 msat", "not a whole number"),
            ("1 fortnight", "unknown unit `fortnight`"),
            ("-1 sat", "must not be negative"),
            ("1,5 sat", "unknown unit `,5 sat`"),
            ("1e3 sat", "unknown unit `e3 sat`"),
            ("1__0 sat", "expected a number"),
            (".5 sat", "expected a number"),
            ("sat", "expected a number"),
            ("inf sat", "expected a number"),
            ("", "expected a number"),
            ("999999999999999999999999999999999999999 sat", "too large"),
        ] {
            let message = exact(text, &MONEY, "millisatoshis").unwrap_err();
            assert!(message.contains(fragment), "{text}: {message}");
        }
        assert!(exact("0.3 ns", &TIME, "nanoseconds").is_err());
    }

    #[test]
    fn rates_are_per_second() {
        for (text, per_second) in [("10 /s", 10.0), ("30/min", 0.5), ("36 /h", 0.01), ("0 /s", 0.0)]
        {
            assert!((rate(text).unwrap() - per_second).abs() < 1e-15, "{text}");
        }
    }

    #[test]
    fn values_are_shown_in_the_largest_whole_unit() {
        assert_eq!(show_time(SimDuration::from_secs(90)), "90 s");
        assert_eq!(show_time(SimDuration::from_secs(14 * 86_400)), "14 day");
        assert_eq!(show_money(Msat(10_000_000)), "10_000 sat");
        assert_eq!(show_money(Msat(1_500)), "1_500 msat");
        assert_eq!(show_money(Msat(0)), "0 msat");
        assert_eq!(show(2_500, &FEERATE), "10 sat/vB");
        assert_eq!(grouped(1_234_567), "1_234_567");
    }
}
