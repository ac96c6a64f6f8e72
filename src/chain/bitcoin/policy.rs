//! Mempool policy: what is relayed, what it replaces, and what is evicted.
//!
//! The mempool is one, shared by all: a second spend of an output is either refused or, if it pays
//! for it by BIP 125, takes the place of the first. So only one of two spends can be mined.
//! Which one is decided here, by time of arrival and by fee.
//!
//! Sources: BIP 125 (all transactions can be replaced, as since Bitcoin Core 28), BIP 431 (TRUC),
//! Bitcoin Core's `policy.h` (package limits, the carve-out for one more child).

use std::collections::BTreeSet;

use crate::chain::bitcoin::params::Relay;
use crate::chain::bitcoin::pool::{Pool, Rank};
use crate::chain::bitcoin::rate::{Rate, fee_for};
use crate::chain::bitcoin::transaction::{OutPoint, Refused, Transaction, TxId};
use crate::chain::bitcoin::utxos::UtxoSet;
use crate::units::{BlockHeight, FeeRate, Sat, Weight};

/// `MAX_STANDARD_TX_WEIGHT`.
const HEAVIEST: Weight = Weight(400_000);
/// BIP 125, rule 5.
const MOST_REPLACED: usize = 100;
/// Weight of the one further child that the carve-out allows (`EXTRA_DESCENDANT_TX_SIZE_LIMIT`).
const CARVE_OUT: Weight = Weight(40_000);
/// Largest parent and child of BIP 431.
const TRUC_PARENT: Weight = Weight(40_000);
const TRUC_CHILD: Weight = Weight(4_000);
/// The relay rules, applied to the mempool as it is.
pub(super) struct MempoolPolicy<'a, T> {
    pub(super) pool: &'a Pool<T>,
    pub(super) utxos: &'a UtxoSet,
    pub(super) relay: &'a Relay,
    /// The lowest feerate that is relayed now.
    pub(super) minimum: FeeRate,
    /// Most weight of transactions in a block.
    pub(super) room: Weight,
    /// Height of the next block.
    pub(super) next: BlockHeight,
}

impl<T> MempoolPolicy<'_, T> {
    /// Whether `tx` is relayed; if so, what it replaces, ascending. `package`: the feerate together with
    /// a child that comes with it. `instead`: what it replaces although no input conflicts.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub(super) fn accept(
        &self,
        tx: &Transaction<T>,
        package: Option<Rate>,
        instead: Option<TxId>,
    ) -> Result<Vec<TxId>, Refused> {
        if tx.weight > HEAVIEST.min(self.room) {
            return Err(Refused::TooHeavy);
        }
        self.check_final(tx)?;
        let rate = Rate::of(tx.fee, tx.weight);
        if package.unwrap_or(rate).max(rate) < Rate::from_feerate(self.minimum) {
            return Err(Refused::BelowMinimum { minimum: self.minimum });
        }
        let mut conflicts = self.conflicts(tx);
        conflicts.extend(instead);
        let parents = self.pool.parents_of(tx);
        self.check_truc(tx, &parents, &mut conflicts)?;
        let replaced = self.check_replacement(tx, rate, &conflicts, &parents)?;
        self.check_package(tx, &parents, &replaced)?;
        Ok(replaced)
    }

    /// Inputs exist, and all locks have run out by the next block.
    fn check_final(&self, tx: &Transaction<T>) -> Result<(), Refused> {
        let mut first = if tx.lock_height.0 == 0 { 0 } else { tx.lock_height.0 + 1 };
        for input in &tx.inputs {
            let confirmed = self.utxos.get(input.output).map(|utxo| utxo.height);
            let height = match confirmed {
                Some(height) => height,
                // An unconfirmed output can be confirmed in the next block at the earliest.
                None if self.is_waiting_output(input.output) => self.next,
                None => return Err(Refused::MissingInput(input.output)),
            };
            first = first.max(height.0 + u32::from(input.relative_lock));
        }
        if first > self.next.0 {
            return Err(Refused::NotYetFinal { first: BlockHeight(first) });
        }
        Ok(())
    }

    fn is_waiting_output(&self, output: OutPoint) -> bool {
        let entry = self.pool.entries.get(&output.tx);
        entry.is_some_and(|entry| usize::from(output.index) < entry.tx.outputs.len())
    }

    /// Waiting transactions that spend the same outputs, ascending.
    fn conflicts(&self, tx: &Transaction<T>) -> BTreeSet<TxId> {
        let spent = tx.inputs.iter().filter_map(|input| self.pool.spends.get(&input.output));
        spent.copied().collect()
    }

    /// BIP 431. A second child takes the place of the first, if it pays for it.
    fn check_truc(
        &self,
        tx: &Transaction<T>,
        parents: &[TxId],
        conflicts: &mut BTreeSet<TxId>,
    ) -> Result<(), Refused> {
        if !tx.truc {
            let mixes = parents.iter().any(|parent| self.pool.entries[parent].tx.truc);
            return if mixes { Err(Refused::Truc) } else { Ok(()) };
        }
        let limit = if parents.is_empty() { TRUC_PARENT } else { TRUC_CHILD };
        if parents.len() > 1 || tx.weight > limit {
            return Err(Refused::Truc);
        }
        if let Some(parent) = parents.first().map(|parent| &self.pool.entries[parent]) {
            if !parent.tx.truc || !parent.parents.is_empty() {
                return Err(Refused::Truc);
            }
            conflicts.extend(&parent.children);
        }
        Ok(())
    }

    /// BIP 125 rules 2 to 5, and that the feerate beats that of each direct conflict. Returns all that
    /// is replaced.
    fn check_replacement(
        &self,
        tx: &Transaction<T>,
        rate: Rate,
        conflicts: &BTreeSet<TxId>,
        parents: &[TxId],
    ) -> Result<Vec<TxId>, Refused> {
        if conflicts.is_empty() {
            return Ok(Vec::new());
        }
        let families = conflicts.iter().flat_map(|&id| self.pool.family(id));
        let replaced: BTreeSet<TxId> = families.collect();
        if replaced.len() > MOST_REPLACED {
            return Err(Refused::TooManyReplaced);
        }
        let known = |parent: &TxId| {
            conflicts.iter().any(|id| self.pool.entries[id].parents.contains(parent))
        };
        if !parents.iter().all(|parent| !replaced.contains(parent) && known(parent)) {
            return Err(Refused::NewUnconfirmedInput);
        }
        let evicted: Sat = replaced.iter().map(|id| self.pool.entries[id].tx.fee).sum();
        let mut needed = evicted + fee_for(self.relay.incremental_feerate, tx.weight);
        let dearest = conflicts.iter().map(|id| self.pool.entries[id].rate()).max();
        let beats = dearest.is_none_or(|dearest| rate > dearest);
        if !beats {
            let dearest = dearest.map_or(FeeRate(0), Rate::to_feerate);
            needed = needed.max(fee_for(FeeRate(dearest.0.saturating_add(1)), tx.weight));
        }
        if tx.fee < needed || !beats {
            return Err(Refused::Replacement { needed });
        }
        Ok(replaced.into_iter().collect())
    }

    /// Count and weight of ancestors, and of the descendants of each ancestor.
    fn check_package(
        &self,
        tx: &Transaction<T>,
        parents: &[TxId],
        replaced: &[TxId],
    ) -> Result<(), Refused> {
        let ancestors = self.pool.ancestors_of(parents);
        let weight: u64 = ancestors.iter().map(|id| self.pool.entries[id].tx.weight.0).sum();
        let most = usize::from(self.relay.package_count);
        if ancestors.len() + 1 > most || weight + tx.weight.0 > self.relay.package_weight.0 {
            return Err(Refused::Package);
        }
        let carved_out = ancestors.len() == 1 && tx.weight <= CARVE_OUT;
        let gone = |ancestor: &TxId| {
            let family = self.pool.family(*ancestor);
            let gone = family.into_iter().filter(|id| replaced.binary_search(id).is_ok());
            gone.fold((0, 0), |(count, weight), id| {
                (count + 1, weight + self.pool.entries[&id].tx.weight.0)
            })
        };
        for ancestor in &ancestors {
            let (count, weight) = gone(ancestor);
            let package = &self.pool.entries[ancestor].descendants;
            let count = usize::from(package.count) - count + 1;
            let weight = package.weight.0 - weight + tx.weight.0;
            let extra = usize::from(carved_out);
            let room = self.relay.package_weight.0 + if carved_out { CARVE_OUT.0 } else { 0 };
            if count > most + extra || weight > room {
                return Err(Refused::Package);
            }
        }
        Ok(())
    }
}

/// What is evicted next from a mempool that is too full.
pub(super) enum EvictionCandidate {
    Background(Rank),
    /// An own transaction with its descendants.
    Family(TxId),
}

impl<T> Pool<T> {
    /// What would be mined last. An own transaction counts by its own rate or that of its
    /// descendants with it, whichever is higher.
    pub(super) fn eviction_candidate(&self) -> Option<EvictionCandidate> {
        let background_tx = self.background.last().map(|background_tx| background_tx.rank);
        let mut worst: Option<(Rate, TxId)> = None;
        for rank in self.order.iter().rev() {
            let so_far =
                worst.map(|(rate, _)| rate).into_iter().chain(background_tx.map(|r| r.rate()));
            // A simplification: a cheap child of a dear parent stands where both together do, so it
            // may stay a little longer than it should.
            if so_far.min().is_some_and(|least| rank.rate() >= least) {
                break;
            }
            let entry = &self.entries[&rank.id];
            let rate = entry.rate().max(entry.descendants.rate());
            if worst.is_none_or(|(least, _)| rate < least) {
                worst = Some((rate, rank.id));
            }
        }
        match (worst, background_tx) {
            (Some((rate, id)), Some(background_tx)) if rate < background_tx.rate() => {
                Some(EvictionCandidate::Family(id))
            }
            (Some((_, id)), None) => Some(EvictionCandidate::Family(id)),
            (_, Some(background_tx)) => Some(EvictionCandidate::Background(background_tx)),
            (None, None) => None,
        }
    }

    /// The feerate at which a candidate is evicted.
    pub(super) fn eviction_rate(&self, eviction_candidate: &EvictionCandidate) -> Rate {
        match eviction_candidate {
            EvictionCandidate::Background(rank) => rank.rate(),
            EvictionCandidate::Family(id) => {
                let entry = &self.entries[id];
                entry.rate().max(entry.descendants.rate())
            }
        }
    }
}
