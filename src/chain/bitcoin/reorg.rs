//! Blocks that lose against a longer branch: everything that they did is taken back (L7).
//!
//! When a block is found it may come with another branch, as long as what it replaces and one block
//! more. The other branch is built from what waits once the lost blocks are undone.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::coins::Coin;
use crate::chain::bitcoin::pool::Stranger;
use crate::chain::bitcoin::transaction::{Fate, Notice, Transaction, TxId};
use crate::chain::bitcoin::{Bitcoin, Outbox};
use crate::units::{FeeRate, SimTime};

/// What a block did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done<T> {
    /// When the block before was found.
    pub(super) found_before: SimTime,
    /// Own transactions: when they arrived, and what they spent.
    pub(super) own: Vec<(TxId, Transaction<T>, SimTime, Vec<Coin>)>,
    pub(super) strangers: Vec<Stranger>,
    /// What the fee estimation forgot for it.
    pub(super) forgotten: Option<FeeRate>,
}

impl<T: Copy> Bitcoin<T> {
    /// Remembers a block, where it can be undone at all.
    pub(super) fn remember(&mut self, done: Done<T>) {
        let most = usize::from(self.params.reorgs.deepest);
        if self.params.reorgs.probability <= 0.0 || most == 0 {
            return;
        }
        if self.recent.len() == most {
            self.recent.pop_front();
        }
        self.recent.push_back(done);
    }

    /// How many blocks the branch that comes with the next block replaces; mostly none.
    pub(super) fn lost_branch(&self) -> u8 {
        let reorgs = self.params.reorgs;
        if reorgs.probability <= 0.0 || self.recent.is_empty() {
            return 0;
        }
        let mut draws = self.branches.at(u64::from(self.height.0), self.found.nanos());
        if !draws.chance(reorgs.probability) {
            return 0;
        }
        let most = u8::try_from(self.recent.len()).unwrap_or(u8::MAX).min(reorgs.deepest);
        let mut depth = 1;
        // At most as many draws as one step has.
        while depth < most.min(16) && draws.chance(0.5) {
            depth += 1;
        }
        depth
    }

    /// Undoes the last block.
    pub(super) fn undo(&mut self, out: &mut Outbox<T>) {
        let done = self.recent.pop_back().expect("only remembered blocks are undone");
        self.history.pop(done.forgotten);
        for (tx, transaction, arrived, spent) in done.own.into_iter().rev() {
            self.coins.revert(tx, &transaction, &spent);
            out.notices.push(Notice { tx, tag: transaction.tag, fate: Fate::Undone });
            self.pool.insert(tx, transaction, arrived);
        }
        for stranger in done.strangers {
            self.pool.put_back(stranger);
        }
        self.height.0 -= 1;
        self.found = done.found_before;
    }

    /// What waits and can no longer stand in the next block leaves, with all that hangs on it.
    pub(super) fn drop_unfinal(&mut self, out: &mut Outbox<T>) {
        let waiting: Vec<TxId> = self.pool.entries.keys().copied().collect();
        for id in waiting {
            let Some(tx) = self.waiting(id) else { continue };
            let is_early = tx.lock_height.0 > 0 && tx.lock_height > self.height;
            let locked = tx.inputs.iter().any(|input| {
                let next = self.height.0 + 1;
                let height = self.coin(input.output).map_or(next, |coin| coin.height.0);
                height + u32::from(input.relative_lock) > next
            });
            if is_early || locked {
                self.evict(id, out);
            }
        }
    }
}
