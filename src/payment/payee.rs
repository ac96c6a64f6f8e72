//! How payees answer: they may be offline, hold the payment, and then settle or refuse it.
//!
//! All draws are keyed by the payment's number, so a payee answers the same on every attempt.

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds};
use crate::payment::{Hold, PayeeParams};
use crate::units::SimDuration;

/// The payees of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payees {
    params: PayeeParams,
    draws: Draws,
}

/// How the payee of one payment answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayeeResponse {
    /// It cannot be reached.
    pub offline: bool,
    /// It refuses.
    pub refuses: bool,
    /// It takes so long to answer.
    pub hold: SimDuration,
}

impl Payees {
    /// Payees that behave by `params`.
    pub fn new(params: PayeeParams, seeds: Seeds) -> Self {
        Self { params, draws: seeds.draws("payee") }
    }

    /// How long they wait for missing parts.
    pub const fn mpp_timeout(&self) -> SimDuration {
        self.params.mpp_timeout
    }

    /// The response to payment `number`.
    pub fn response(&self, number: u64) -> PayeeResponse {
        let mut draws = self.draws.at(number, 0);
        let offline = draws.chance(self.params.offline_share);
        let refuses = draws.chance(self.params.fail_share);
        let hold = match self.params.hold {
            Hold::Constant(hold) => hold,
            Hold::Exponential(mean) => {
                SimDuration::from_secs_f64(mean.as_secs_f64() * draws.exponential())
            }
        };
        PayeeResponse { offline, refuses, hold }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_out_as_given_and_answers_repeat() {
        let params = PayeeParams {
            hold: Hold::Exponential(SimDuration::from_secs(2)),
            fail_share: 0.2,
            offline_share: 0.1,
            ..PayeeParams::default()
        };
        let payees = Payees::new(params, Seeds::new(5, 0));
        let n = 20_000;
        let responses: Vec<PayeeResponse> = (0..n).map(|i| payees.response(i)).collect();
        let share = |f: fn(&PayeeResponse) -> bool| {
            let hits = u32::try_from(responses.iter().filter(|a| f(a)).count()).unwrap();
            f64::from(hits) / 20_000.0
        };
        // 3.3 standard errors of a share p of n: 3.3 * sqrt(p (1 - p) / n).
        assert!((share(|a| a.offline) - 0.1).abs() < 0.007);
        assert!((share(|a| a.refuses) - 0.2).abs() < 0.010);
        assert!((share(|a| a.hold > SimDuration::from_secs(2)) - 0.3679).abs() < 0.012);
        assert_eq!(payees.response(7), responses[7]);
    }
}
