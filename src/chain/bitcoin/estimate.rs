//! Fee estimation: what a wallet bids to be in one of the next blocks.
//!
//! Looks at the mempool (the feerate above which no more waits than fits into so many blocks) and at
//! the recent blocks (what the cheapest package paid where a block was full). For a block or two the
//! dearer of both counts, for longer targets the mempool and the median of the recent blocks.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::units::FeeRate;

/// Blocks that are remembered: two hours.
const REMEMBERED: usize = 12;
/// Targets up to this many blocks are urgent.
const URGENT: u32 = 2;

/// What the recent blocks asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    /// The cheapest package of each, the latest last; 0 where the block had room.
    lowest: VecDeque<FeeRate>,
}

impl History {
    /// A block was found. Returns what is forgotten for it.
    pub(super) fn push(&mut self, lowest: FeeRate) -> Option<FeeRate> {
        let forgotten =
            if self.lowest.len() == REMEMBERED { self.lowest.pop_front() } else { None };
        self.lowest.push_back(lowest);
        forgotten
    }

    /// The last block is undone.
    pub(super) fn pop(&mut self, forgotten: Option<FeeRate>) {
        self.lowest.pop_back();
        if let Some(lowest) = forgotten {
            self.lowest.push_front(lowest);
        }
    }

    /// What the recent blocks ask of someone who waits at most `target` blocks.
    pub(super) fn asks(&self, target: u32) -> FeeRate {
        let mut lowest: Vec<_> = self.lowest.iter().copied().collect();
        if target <= URGENT {
            // The last hour.
            lowest.drain(..lowest.len().saturating_sub(REMEMBERED / 2));
            return lowest.into_iter().max().unwrap_or_default();
        }
        lowest.sort_unstable();
        lowest.get(lowest.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urgent_pay_the_dearest_of_the_last_hour_and_others_the_median() {
        let mut history = History::default();
        assert_eq!(history.asks(1), FeeRate(0));
        for rate in [900, 0, 0, 0, 0, 0, 100, 200, 300, 200, 100, 400] {
            assert_eq!(history.push(FeeRate(rate)), None);
        }
        assert_eq!((history.asks(2), history.asks(3)), (FeeRate(400), FeeRate(100)));
        let before = history.clone();
        let forgotten = history.push(FeeRate(500));
        assert_eq!(forgotten, Some(FeeRate(900)));
        history.pop(forgotten);
        assert_eq!(history, before);
    }
}
