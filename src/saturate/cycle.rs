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
pub(super) struct Cycle {
    /// Between blocks or batches; nothing where a system has none.
    step: SimDuration,
    /// Between steps of finality, which are as far apart or further.
    pub(super) finality: SimDuration,
}

impl Cycle {
    pub(super) fn of(scenario: &Scenario, system: SystemName) -> Self {
        let even = |step| Self { step, finality: step };
        let slot = scenario.ethereum.chain.slot;
        let epoch = slot * SLOTS_PER_EPOCH;
        match system {
            SystemName::Lightning | SystemName::Card => even(SimDuration::ZERO),
            SystemName::Bitcoin => even(scenario.bitcoin.chain.block_interval),
            SystemName::Sidechain => even(scenario.sidechain.block_interval),
            SystemName::Ethereum => Self { step: slot, finality: epoch },
            SystemName::ZkRollup => {
                let age = scenario.zk_rollup.operator.seal.age;
                Self { step: age, finality: age.max(epoch) }
            }
            SystemName::OptimisticRollup => {
                let params = &scenario.optimistic_rollup;
                let age = params.operator.seal.age;
                Self { step: age, finality: age.max(epoch).max(params.assert_every) }
            }
        }
    }

    /// A drain in which what waited neither long nor for ever becomes final.
    pub(super) fn drain(self) -> SimDuration {
        /// Steps of finality: six blocks of Bitcoin within less come too late once in a hundred times.
        const STEPS: u64 = 16;
        self.finality * STEPS
    }

    /// The length of a window with many steps.
    pub(super) fn long_enough(self) -> SimDuration {
        self.step * MANY
    }
}
