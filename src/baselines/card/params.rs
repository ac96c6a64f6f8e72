//! Parameters of the card network, and their defaults.

use serde::{Deserialize, Serialize};

use crate::baselines::card::calendar::Calendar;
use crate::baselines::card::fees::Fees;
use crate::declare::amount::{DELAY, DELAY_POSITIVE, RUN, Rate};
use crate::declare::number::{SHARE, SIGMA, Whole};
use crate::declare::text_kinds::List;
use crate::declare::{Key, Section, params};
use crate::units::{SimDuration, SimTime};

/// Messages of one payment beyond which a number is a mistake.
const MOST_MESSAGES: u32 = 1_000;

params! {
    /// The card network: authorisation, switch, outages, calendar, chargebacks, fees.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CardParams: Default {
        /// Median time from a terminal's message to its answer, without queueing. Source: an
        /// authorisation takes 1 to 3 s, about 2 s in the mean (cashlesstechnology.com); a lognormal
        /// of median 1.5 s and 99 % at 4 s is an assumption about its shape.
        latency_median: SimDuration = or(SimDuration::from_millis(1_500), DELAY_POSITIVE),
        /// Standard deviation of the logarithm of that time. Source: as for `latency_median`.
        latency_sigma: f64 = or(0.4217, SIGMA),
        /// How long a terminal waits for an answer. Source: an assumption; terminals give up after
        /// 15 to 30 s.
        timeout: SimDuration = or(SimDuration::from_secs(15), DELAY_POSITIVE),
        /// Messages that the switch passes per second. Source: Visa's stated capacity for years
        /// (unibulmerchantservices.com); its peak hour of 2013 was 13,236/s, a stress test of 2014
        /// reached 56,582/s; no primary source gives 65,000/s.
        messages_per_second: f64 = or(24_000.0, Rate),
        /// Messages of one authorisation on the switch. Source: request and answer.
        messages_per_payment: u32 = or(2, Whole(1..=MOST_MESSAGES)),
        /// Share of authorisations that issuers refuse for other reasons than funds.
        decline_share: f64 = or(0.0, SHARE),
        /// Outages of the switch: beginning and length of each, in order of time.
        outages: Vec<[SimDuration; 2]> = with(Vec::new(), outages),
        /// When banks are paid.
        calendar: Calendar = flatten(),
        /// How long after the authorisation a payment can be taken back. Source: 120 days from
        /// processing or expected delivery (clear.sale, 2024).
        chargeback_window: SimDuration = or(SimDuration::from_secs(120 * 86_400), DELAY),
        /// Share of payments that are taken back. Source: 0.1 to 1 % are quoted, without a primary
        /// source; the lower end.
        chargeback_share: f64 = or(0.001, SHARE),
        /// What merchants pay, and what it costs the network.
        fees: Fees = choice("credit"),
    }
    check check_switch;
}

fn check_switch(read: &CardParams, s: &mut Section<'_, '_>) {
    s.rule(&["messages_per_second"], read.messages_per_second > 0.0, || {
        "a switch that passes no message carries no payment".to_owned()
    });
}

/// Pairs of beginning and length.
fn outages(s: &mut Section<'_, '_>, key: Key) -> Vec<[SimDuration; 2]> {
    let written = s.or(key, &List(List(RUN)), Vec::new());
    let pairs = written.iter().all(|outage| outage.len() == 2);
    s.rule(&["outages"], pairs, || {
        "each outage is a beginning and a length, as in [\"8 h\", \"30 min\"]".to_owned()
    });
    written
        .iter()
        .filter_map(|outage| <[SimDuration; 2]>::try_from(outage.as_slice()).ok())
        .collect()
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
