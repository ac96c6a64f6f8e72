//! Blocks that lose against a longer branch: everything that they did is taken back (L7).
//!
//! When a block is found it may come with another branch, as long as what it replaces and one block
//! more. The other branch is built from what waits once the lost blocks are undone.

use crate::chain::bitcoin::block_undo::BlockUndo;
use crate::chain::bitcoin::transaction::{Fate, Notice, TxId};
use crate::chain::bitcoin::{Bitcoin, Outbox};

impl<T: Copy> Bitcoin<T> {
    /// Remembers a block, where it can be undone at all.
    pub(super) fn remember(&mut self, done: BlockUndo<T>) {
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
            self.utxos.revert(tx, &transaction, &spent);
            out.notices.push(Notice { tx, tag: transaction.tag, fate: Fate::Undone });
            self.pool.insert(tx, transaction, arrived);
        }
        for background_tx in done.background {
            self.pool.put_back(background_tx);
        }
        self.height.0 -= 1;
        self.found = done.found_before;
    }

    /// Evicts what can no longer be mined in the next block, with its descendants.
    pub(super) fn drop_unfinal(&mut self, out: &mut Outbox<T>) {
        let waiting: Vec<TxId> = self.pool.entries.keys().copied().collect();
        for id in waiting {
            let Some(tx) = self.waiting(id) else { continue };
            let is_early = tx.lock_height.0 > 0 && tx.lock_height > self.height;
            let locked = tx.inputs.iter().any(|input| {
                let next = self.height.0 + 1;
                let height = self.utxo(input.output).map_or(next, |utxo| utxo.height.0);
                height + u32::from(input.relative_lock) > next
            });
            if is_early || locked {
                self.evict(id, out);
            }
        }
    }
}
