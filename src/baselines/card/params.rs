//! Parameters of the card network, and their defaults.

use serde::{Deserialize, Serialize};

use crate::baselines::card::calendar::Calendar;
use crate::baselines::card::fees::Fees;
use crate::units::{SimDuration, SimTime};

/// Everything under `[card]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardParams {
    /// Median time from a terminal's message to its answer, without queueing.
    pub latency_median: SimDuration,
    /// Standard deviation of its logarithm.
    pub latency_sigma: f64,
    /// How long a terminal waits for an answer.
    pub timeout: SimDuration,
    /// Messages that the switch passes per second.
    pub messages_per_second: f64,
    /// Messages of one authorisation on the switch.
    pub messages_per_payment: u32,
    /// Share of authorisations that issuers refuse for other reasons than funds.
    pub decline_share: f64,
    /// Outages: beginning and length, in order of time.
    pub outages: Vec<[SimDuration; 2]>,
    /// When banks are paid.
    pub calendar: Calendar,
    /// How long after the authorisation a payment can be taken back.
    pub chargeback_window: SimDuration,
    /// Share of payments that are taken back.
    pub chargeback_share: f64,
    /// What merchants pay, and what it costs.
    pub fees: Fees,
}

impl CardParams {
    /// Whether the network answers at `at`.
    pub fn is_up(&self, at: SimTime) -> bool {
        let since_start = at.since(SimTime::ZERO);
        !self.outages.iter().any(|[from, length]| {
            *from <= since_start && since_start.saturating_sub(*from) < *length
        })
    }
}

impl Default for CardParams {
    fn default() -> Self {
        Self {
            // An authorisation takes 1 to 3 s, about 2 s in the mean (cashlesstechnology.com); a
            // lognormal of median 1.5 s and 99 % at 4 s is our assumption of its shape.
            latency_median: SimDuration::from_millis(1_500),
            latency_sigma: 0.4217,
            // Terminals give up after 15 to 30 s: an assumption.
            timeout: SimDuration::from_secs(15),
            // Visa's stated capacity for years (unibulmerchantservices.com). Its peak hour of 2013
            // was 13,236/s, a stress test of 2014 reached 56,582/s; no primary source gives 65,000/s.
            messages_per_second: 24_000.0,
            // Request and answer.
            messages_per_payment: 2,
            decline_share: 0.0,
            outages: Vec::new(),
            calendar: Calendar::default(),
            // 120 days from processing or expected delivery (clear.sale, 2024).
            chargeback_window: SimDuration::from_secs(120 * 86_400),
            // 0.1 to 1 % are quoted, without a primary source: the lower end.
            chargeback_share: 0.001,
            fees: Fees::default(),
        }
    }
}
