//! The rhythm of a system: how far apart its blocks or batches are, and how far its finality.
//!
//! A window in which there are few of them says little: one long gap looks like a queue, a few short ones hide it.

use crate::ids::SystemName;
use crate::scenario::Scenario;
use crate::units::SimDuration;

/// Blocks or batches that a window should have.
const MANY: u64 = 100;

/// Slots of an epoch of Ethereum: finality comes by epochs.
const SLOTS_PER_EPOCH: u64 = 32;

/// Times between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// Between blocks or batches; nothing where a system has none.
    pub(crate) step: SimDuration,
    /// Between steps of finality, which are as far apart or further.
    pub(super) finality: SimDuration,
    /// Whether steps come at random times, and not at even ones.
    at_random: bool,
}

impl Cycle {
    /// Steps of equal length.
    pub(super) const fn even(step: SimDuration) -> Self {
        Self { step, finality: step, at_random: false }
    }

    pub(crate) fn of(scenario: &Scenario, system: SystemName) -> Self {
        let even = Self::even;
        let slot = scenario.ethereum.chain.slot;
        let epoch = slot * SLOTS_PER_EPOCH;
        match system {
            SystemName::Lightning | SystemName::Card => even(SimDuration::ZERO),
            SystemName::Bitcoin => {
                Self { at_random: true, ..even(scenario.bitcoin.chain.block_interval) }
            }
            SystemName::Sidechain => even(scenario.sidechain.block_interval),
            SystemName::Ethereum => Self { finality: epoch, ..even(slot) },
            SystemName::ZkRollup => {
                let age = scenario.zk_rollup.operator.seal.age;
                Self { finality: age.max(epoch), ..even(age) }
            }
            SystemName::OptimisticRollup => {
                let params = &scenario.optimistic_rollup;
                let age = params.operator.seal.age;
                Self { finality: age.max(epoch).max(params.assert_every), ..even(age) }
            }
        }
    }

    /// A drain in which what waited neither long nor for ever becomes final.
    pub(crate) fn drain(self) -> SimDuration {
        /// Steps of finality: six blocks of Bitcoin within less come too late once in a hundred times.
        const STEPS: u64 = 16;
        self.finality * STEPS
    }

    /// By how much means of a time of `level_s` may differ between the first and the last third of a window of so many
    /// seconds for no other reason than where its steps happen to lie.
    pub(super) fn chance_s(self, level_s: f64, window_s: f64) -> f64 {
        /// Standard deviations.
        const FAR: f64 = 3.0;
        let (step, phase) = (self.step.as_secs_f64(), self.finality.as_secs_f64());
        if !self.at_random || step <= 0.0 {
            return phase;
        }
        // Exponential gaps: the mean of n of them is off by one part in √n, a difference of two by √2 of that.
        let steps = (window_s / 3.0 / step).max(1.0);
        phase.max(FAR * level_s * (2.0 / steps).sqrt())
    }

    /// The length of a window with many steps.
    pub(crate) fn long_enough(self) -> SimDuration {
        self.step * MANY
    }
}
