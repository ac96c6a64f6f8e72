//! What a proof takes: the prover's parameters.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE};
use crate::declare::number::{Number, Whole};
use crate::declare::{Alternative, Choice, Key, Section};
use crate::units::SimDuration;

/// Time and price of one proof: `fixed + per_payment * n`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prover {
    /// Whatever the batch holds.
    pub fixed: SimDuration,
    /// For each operation.
    pub per_payment: SimDuration,
    /// Price of an hour of one prover, in US dollars.
    pub usd_per_hour: f64,
}

impl Prover {
    /// So long for a batch of 1,000. Default 3 min, within the original article's 1–10 min; $2 an hour, an
    /// assumption for a server with 32 cores.
    pub const fn seed(per_1000: SimDuration) -> Self {
        let per_payment = SimDuration(per_1000.0 / 1_000);
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 2.0 }
    }

    /// Loopring on a server of 2020: 130,000 constraints a payment at 640,000 a second, $0.0001 a payment
    /// (2,048 in 7 min; Loopring's DESIGN.md). Its circuit is that of a trade.
    pub const fn loopring() -> Self {
        let per_payment = SimDuration(130_000 * 1_000_000_000 / 640_000);
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 1.76 }
    }

    /// Groth16 on these cores: 31,384 constraints a payment at 25,000 a core-second (measured in November 2026
    /// with ark-groth16 0.6 over BN254, extrapolated from 16 payments), $0.05 a core-hour, an assumption.
    pub fn groth16(cores: u32) -> Self {
        let core_ns = 31_384 * 1_000_000_000_u64 / 25_000;
        let per_payment = SimDuration(core_ns / u64::from(cores));
        Self { fixed: SimDuration::ZERO, per_payment, usd_per_hour: 0.05 * f64::from(cores) }
    }

    /// How long a batch of `operations` takes.
    pub const fn time(&self, operations: u64) -> SimDuration {
        SimDuration(self.fixed.0.saturating_add(self.per_payment.0.saturating_mul(operations)))
    }

    /// What so much time of one prover costs, in US dollars.
    pub fn usd(&self, time: SimDuration) -> f64 {
        time.as_secs_f64() / 3_600.0 * self.usd_per_hour
    }
}

impl Default for Prover {
    fn default() -> Self {
        Self::seed(SimDuration::from_secs(180))
    }
}

/// Where the number of cores is not given.
const CORES: u32 = 32;
/// An amount of US dollars.
const PRICE: Number = Number { low: 0.0, high: 1e9, above: false };

impl Choice for Prover {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "seed",
            meaning: "So long for a batch of 1,000. Source: the original article's 1–10 min; the price is an \
                assumption for a server with 32 cores.",
            start: Self::default,
            read: |s| {
                let key = Key::new("per_1000", "Time to prove a batch of 1,000 payments.");
                let per_1000 = s.or(key, &DELAY_POSITIVE, Self::default().per_payment * 1_000);
                priced(s, Self::seed(per_1000))
            },
        },
        Alternative {
            name: "loopring",
            meaning: "Loopring on a server of 2020; its circuit is that of a trade. Source: 130,000 constraints a \
                payment at 640,000 a second, $0.0001 a payment (2,048 in 7 min; Loopring's DESIGN.md).",
            start: Self::loopring,
            read: |s| priced(s, Self::loopring()),
        },
        Alternative {
            name: "groth16",
            meaning: "Groth16 on some cores. Source: 31,384 constraints a payment at 25,000 a core-second, measured \
                in November 2026 with ark-groth16 0.6 over BN254, extrapolated from 16 payments; $0.05 a core-hour, an assumption.",
            start: || Self::groth16(CORES),
            read: |s| {
                let key = Key::new("cores", "Cores of one prover.");
                let cores = s.or(key, &Whole(1..=10_000_u32), CORES);
                priced(s, Self::groth16(cores))
            },
        },
        Alternative {
            name: "custom",
            meaning: "A time for every proof and a time for every payment in it.",
            start: Self::default,
            read: |s| {
                let fixed = Key::new("fixed", "Time of every proof, whatever the batch holds.");
                let per_payment = Key::new("per_payment", "Time for each payment of the batch.");
                let fixed = s.or(fixed, &DELAY, SimDuration::ZERO);
                let per_payment = s.required(per_payment, &DELAY);
                priced(s, Self { fixed, per_payment, ..Self::default() })
            },
        },
    ];
}

/// Every prover has a price.
fn priced(s: &mut Section<'_, '_>, prover: Prover) -> Prover {
    let key = Key::new("usd_per_hour", "Price of an hour of one prover, in US dollars.");
    Prover { usd_per_hour: s.or(key, &PRICE, prover.usd_per_hour), ..prover }
}
