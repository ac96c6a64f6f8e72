//! The mempool: what waits, in what order it will be mined, and who descends from whom.
//!
//! Own transactions are ordered by the feerate of the package that they would be mined with: they and
//! their unconfirmed ancestors. Background transactions have no relatives. Ties go to the earlier arrival.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::background::Arrival;
use crate::chain::bitcoin::levels::FeerateHistogram;
use crate::chain::bitcoin::rate::Rate;
use crate::chain::bitcoin::transaction::{OutPoint, Transaction, TxId};
use crate::units::{Sat, SimTime, Weight};

/// The order of mining: dearest first, then first come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Rank {
    /// `u64::MAX` less the rate: the dearest is the smallest.
    inverse: u64,
    pub(super) id: TxId,
}

impl Rank {
    pub(super) const fn new(rate: Rate, id: TxId) -> Self {
        Self { inverse: u64::MAX - rate.0, id }
    }
    pub(super) const fn rate(&self) -> Rate {
        Rate(u64::MAX - self.inverse)
    }
}

/// A background transaction that waits. Ordered by rank, which is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct BackgroundTx {
    pub(super) rank: Rank,
    pub(super) arrived: SimTime,
    pub(super) fee: Sat,
    pub(super) weight: u32,
}

/// A set of transactions as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Package {
    pub(super) fee: Sat,
    pub(super) weight: Weight,
    pub(super) count: u16,
}

impl Package {
    fn add<T>(&mut self, tx: &Transaction<T>) {
        self.fee += tx.fee;
        self.weight.0 += tx.weight.0;
        self.count += 1;
    }
    pub(super) fn subtract<T>(&mut self, tx: &Transaction<T>) {
        self.fee -= tx.fee;
        self.weight.0 -= tx.weight.0;
        self.count -= 1;
    }
    pub(super) fn rate(&self) -> Rate {
        Rate::of(self.fee, self.weight)
    }
}

/// An own transaction that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry<T> {
    pub(super) tx: Transaction<T>,
    pub(super) arrived: SimTime,
    /// Waiting transactions whose outputs it spends, ascending.
    pub(super) parents: Vec<TxId>,
    /// Waiting transactions that spend its outputs, ascending.
    pub(super) children: Vec<TxId>,
    /// It and its waiting ancestors.
    pub(super) ancestors: Package,
    /// It and its waiting descendants.
    pub(super) descendants: Package,
}

impl<T> Entry<T> {
    pub(super) fn rate(&self) -> Rate {
        Rate::of(self.tx.fee, self.tx.weight)
    }
}

/// Everything that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pool<T> {
    pub(super) entries: BTreeMap<TxId, Entry<T>>,
    /// Own transactions by the rank of their ancestor package.
    pub(super) order: BTreeSet<Rank>,
    /// Which waiting transaction spends an output.
    pub(super) spends: BTreeMap<OutPoint, TxId>,
    pub(super) background: BTreeSet<BackgroundTx>,
    pub(super) levels: FeerateHistogram,
    /// Weight of all that waits.
    pub(super) weight: Weight,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            order: BTreeSet::new(),
            spends: BTreeMap::new(),
            background: BTreeSet::new(),
            levels: FeerateHistogram::default(),
            weight: Weight(0),
        }
    }
}

impl<T> Pool<T> {
    /// Adds a background transaction.
    pub(super) fn admit(&mut self, id: TxId, arrival: Arrival) {
        let Arrival { at, weight, fee } = arrival;
        let rank = Rank::new(arrival.rate(), id);
        self.put_back(BackgroundTx { rank, arrived: at, fee, weight });
    }

    /// Adds one again whose block is undone.
    pub(super) fn put_back(&mut self, background_tx: BackgroundTx) {
        let weight = Weight(u64::from(background_tx.weight));
        self.weight.0 += weight.0;
        self.levels.add(background_tx.rank.rate(), weight);
        self.background.insert(background_tx);
    }

    /// Removes a background transaction.
    pub(super) fn dismiss(&mut self, background_tx: BackgroundTx) {
        let weight = Weight(u64::from(background_tx.weight));
        self.background.remove(&background_tx);
        self.weight.0 -= weight.0;
        self.levels.remove(background_tx.rank.rate(), weight);
    }

    /// Waiting transactions whose outputs `tx` spends, ascending.
    pub(super) fn parents_of(&self, tx: &Transaction<T>) -> Vec<TxId> {
        let mut parents: Vec<_> = tx
            .inputs
            .iter()
            .map(|input| input.output.tx)
            .filter(|parent| self.entries.contains_key(parent))
            .collect();
        parents.sort_unstable();
        parents.dedup();
        parents
    }

    /// All waiting ancestors of something with these parents, ascending: in an order in which they
    /// can be mined, for a child always has the larger id.
    pub(super) fn ancestors_of(&self, parents: &[TxId]) -> Vec<TxId> {
        if parents.is_empty() {
            return Vec::new();
        }
        self.reach(parents, |entry| &entry.parents)
    }

    /// The transaction and all its waiting descendants, ascending.
    pub(super) fn family(&self, id: TxId) -> Vec<TxId> {
        self.reach(&[id], |entry| &entry.children)
    }

    fn reach(&self, from: &[TxId], next: impl Fn(&Entry<T>) -> &Vec<TxId>) -> Vec<TxId> {
        let mut found: BTreeSet<TxId> = from.iter().copied().collect();
        let mut open = from.to_vec();
        while let Some(id) = open.pop() {
            for &other in next(&self.entries[&id]) {
                if found.insert(other) {
                    open.push(other);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Adds an own transaction. Its parents wait here or are confirmed. If its block was undone, its
    /// children may wait here already.
    pub(super) fn insert(&mut self, id: TxId, tx: Transaction<T>, arrived: SimTime) {
        let parents = self.parents_of(&tx);
        let children = self.children_of(id, &tx);
        self.weight.0 += tx.weight.0;
        self.levels.add(Rate::of(tx.fee, tx.weight), tx.weight);
        for input in &tx.inputs {
            let before = self.spends.insert(input.output, id);
            assert!(before.is_none(), "two waiting transactions spend one output (L5)");
        }
        for parent in &parents {
            let siblings = &mut self.known(*parent).children;
            if let Err(place) = siblings.binary_search(&id) {
                siblings.insert(place, id);
            }
        }
        for child in &children {
            let others = &mut self.known(*child).parents;
            if let Err(place) = others.binary_search(&id) {
                others.insert(place, id);
            }
        }
        let (ancestors, descendants) = (Package::default(), Package::default());
        self.entries.insert(id, Entry { tx, arrived, parents, children, ancestors, descendants });
        self.recount_around(id);
    }

    fn children_of(&self, id: TxId, tx: &Transaction<T>) -> Vec<TxId> {
        let outputs = (0..).zip(&tx.outputs).map(|(index, _)| OutPoint { tx: id, index });
        let mut children: Vec<_> =
            outputs.filter_map(|output| self.spends.get(&output).copied()).collect();
        children.sort_unstable();
        children.dedup();
        children
    }

    /// Removes an own transaction and its links to its relatives.
    pub(super) fn remove(&mut self, id: TxId) -> Entry<T> {
        let family = self.neighbourhood(id);
        let entry = self.entries.remove(&id).expect("only what waits is removed");
        self.order.remove(&Rank::new(entry.ancestors.rate(), id));
        self.weight.0 -= entry.tx.weight.0;
        self.levels.remove(entry.rate(), entry.tx.weight);
        for input in &entry.tx.inputs {
            self.spends.remove(&input.output);
        }
        for parent in &entry.parents {
            self.known(*parent).children.retain(|child| *child != id);
        }
        for child in &entry.children {
            self.known(*child).parents.retain(|parent| *parent != id);
        }
        for other in family {
            self.recount(other);
        }
        entry
    }

    /// Ancestors and descendants of a waiting transaction, without itself.
    fn neighbourhood(&self, id: TxId) -> Vec<TxId> {
        let entry = &self.entries[&id];
        if entry.parents.is_empty() && entry.children.is_empty() {
            return Vec::new();
        }
        let mut all = self.ancestors_of(&entry.parents);
        all.extend(self.family(id).into_iter().filter(|&other| other != id));
        all
    }

    fn recount_around(&mut self, id: TxId) {
        for other in self.neighbourhood(id) {
            self.recount(other);
        }
        self.recount(id);
    }

    /// Computes the packages of one transaction again and puts it at its place in the order.
    fn recount(&mut self, id: TxId) {
        let entry = &self.entries[&id];
        let mut ancestors = Package::default();
        let mut descendants = Package::default();
        for other in self.ancestors_of(&entry.parents) {
            ancestors.add(&self.entries[&other].tx);
        }
        ancestors.add(&entry.tx);
        if entry.children.is_empty() {
            descendants.add(&entry.tx);
        } else {
            for other in self.family(id) {
                descendants.add(&self.entries[&other].tx);
            }
        }
        let before = entry.ancestors;
        if before.count > 0 {
            self.order.remove(&Rank::new(before.rate(), id));
        }
        self.order.insert(Rank::new(ancestors.rate(), id));
        let entry = self.known(id);
        entry.ancestors = ancestors;
        entry.descendants = descendants;
    }

    fn known(&mut self, id: TxId) -> &mut Entry<T> {
        self.entries.get_mut(&id).expect("links lead to what waits")
    }
}
