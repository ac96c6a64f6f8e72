//! Money, rates and time as integers with their unit in the type.
//!
//! Money is `u64`; products go through `u128`, so an amount of 21 million bitcoin times the largest
//! proportional fee cannot overflow. There is no division on money: rounding is always written
//! ([`Msat::to_sat_floor`], [`Ppm::of`]). Time is `u64` nanoseconds on the virtual clock.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// All bitcoin that can exist, in satoshis (21 million coins of 10^8 sat).
pub const SUPPLY: Sat = Sat(2_100_000_000_000_000);

/// A whole number with `separator` between thousands: `17,324` for readers, `17_324` in scenarios.
pub fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The largest representable value, used for "no limit".
            pub const MAX: Self = Self(u64::MAX);

            /// The bare number, in this type's unit.
            pub const fn get(self) -> u64 {
                self.0
            }
            /// The sum, or `None` on overflow.
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }
            /// The difference, or `None` when it would be negative.
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Some(Self(rest)),
                    None => None,
                }
            }
            /// The difference, or zero when it would be negative.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
            /// The sum, or the largest value on overflow.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Mul<u64> for $name {
            type Output = Self;
            fn mul(self, times: u64) -> Self {
                Self(self.0 * times)
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
    };
}

amount! {
    /// Millisatoshis: the unit in which Lightning moves money. 1 sat = 1,000 msat.
    Msat
}
amount! {
    /// Satoshis: the unit of the chain. 1 BTC = 10^8 sat.
    Sat
}
amount! {
    /// A span of virtual time, in nanoseconds.
    SimDuration
}

amount! {
    /// Gas of Ethereum transactions.
    Gas
}

impl Msat {
    /// Whole satoshis, the rest dropped (an on-chain output cannot hold it).
    pub const fn to_sat_floor(self) -> Sat {
        Sat(self.0 / 1_000)
    }
}

impl Sat {
    /// The same money in millisatoshis. At most [`SUPPLY`] fits without overflow.
    pub const fn to_msat(self) -> Msat {
        Msat(self.0 * 1_000)
    }
}

impl fmt::Display for Msat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} msat", self.0)
    }
}

impl fmt::Display for Sat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sat", self.0)
    }
}

/// A share in millionths, as `fee_proportional_millionths` of BOLT 7.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(pub u32);

impl Ppm {
    /// This share of `amount`, rounded down as BOLT 7 asks; `None` when it exceeds `u64`.
    pub fn of(self, amount: Msat) -> Option<Msat> {
        let product = u128::from(amount.0) * u128::from(self.0) / 1_000_000;
        u64::try_from(product).ok().map(Msat)
    }
}

/// A feerate in satoshis per 1,000 weight units (`feerate_per_kw` of BOLT 2). 1 sat/vB = 250.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FeeRate(pub u32);

impl FeeRate {
    /// The fee for `weight`: `floor(feerate * weight / 1000)`, BOLT 3.
    pub const fn fee(self, weight: Weight) -> Sat {
        Sat(self.0 as u64 * weight.0 / 1_000)
    }

    /// In satoshi per 1,000 virtual bytes, as people and output files have it: a virtual byte is 4 WU.
    pub fn per_kvb(self) -> u64 {
        u64::from(self.0) * 4
    }
}

/// Ether in wei: 1 ETH = 10^18 wei. All ether is some 1.2 * 10^26 wei, which only `u128` holds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Wei(pub u128);

impl Wei {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// In ether, for reports only: state stays integer.
    #[expect(clippy::cast_precision_loss, reason = "reports show fewer digits than an f64 holds")]
    pub fn as_eth_f64(self) -> f64 {
        self.0 as f64 / 1e18
    }
}

impl Add for Wei {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl AddAssign for Wei {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
impl Sum for Wei {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

/// Wei per gas.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct GasPrice(pub u64);

impl GasPrice {
    /// 10^9 wei per gas.
    pub const GWEI: Self = Self(1_000_000_000);

    /// What so much gas costs.
    pub fn of(self, gas: Gas) -> Wei {
        Wei(u128::from(self.0) * u128::from(gas.0))
    }
    /// The sum, or the largest price on overflow.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// The difference, or zero when it would be negative.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Transaction weight in weight units (BIP 141).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Weight(pub u64);

/// A height of the block chain, or a number of blocks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BlockHeight(pub u32);

/// A moment on the virtual clock, in nanoseconds since the start of the run.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than every event.
    pub const NEVER: Self = Self(u64::MAX);

    /// Nanoseconds since the start.
    pub const fn nanos(self) -> u64 {
        self.0
    }
    /// Seconds since the start, for reports only: state stays integer.
    pub fn as_secs_f64(self) -> f64 {
        SimDuration(self.0).as_secs_f64()
    }
    /// The span since `earlier`; zero when `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    /// What would come after the end of the clock, 584 years, comes never.
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09} s", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

impl SimDuration {
    /// A span of whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }
    /// A span of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }
    /// A span given in seconds, rounded to the nearest nanosecond; negative and NaN become zero.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, which is what a span needs"
    )]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9 + 0.5) as u64)
    }
    /// The span in seconds, for reports only.
    #[expect(clippy::cast_precision_loss, reason = "reports show at most nanosecond digits")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 999, 1_000, 17_324, 1_000_000].map(|n| grouped(n, ','));
        assert_eq!(texts, ["0", "999", "1,000", "17,324", "1,000,000"]);
        assert_eq!(grouped(u64::MAX, '_'), "18_446_744_073_709_551_615");
    }

    #[test]
    fn a_proportional_fee_is_rounded_down_as_in_bolt_7() {
        assert_eq!(Ppm(2_000).of(Msat(4_999_999)), Some(Msat(9_999)));
        assert_eq!(Ppm(4_000).of(Msat(4_999_999)), Some(Msat(19_999)));
    }

    #[test]
    fn a_fee_on_the_whole_supply_neither_overflows_nor_wraps() {
        assert_eq!(Ppm(1_000_000).of(SUPPLY.to_msat()), Some(SUPPLY.to_msat()));
        assert_eq!(Ppm(u32::MAX).of(SUPPLY.to_msat()), None);
    }

    #[test]
    fn the_commitment_fee_of_bolt_3_rounds_down() {
        assert_eq!(FeeRate(15_000).fee(Weight(724)), Sat(10_860));
        assert_eq!(FeeRate(647).fee(Weight(724 + 5 * 172)), Sat(1_024));
    }

    #[test]
    fn times_print_all_nine_digits() {
        assert_eq!(SimTime(1_000_000_005).to_string(), "1.000000005 s");
    }
}
