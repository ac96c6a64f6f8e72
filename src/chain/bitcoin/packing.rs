//! What goes into a block: the package with the highest feerate first, until nothing more fits.
//!
//! As Bitcoin Core's `BlockAssembler`: a transaction is taken with all its waiting ancestors, by the
//! feerate of them all together; descendants of what is already taken are ranked without it (L4).

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::bitcoin::pool::{BackgroundTx, Entry, Package, Pool, Rank};
use crate::chain::bitcoin::rate::Rate;
use crate::chain::bitcoin::transaction::TxId;
use crate::units::{Sat, SimTime, Weight};

/// Transactions that did not fit in a row after which a block that is nearly full is closed
/// (`MAX_CONSECUTIVE_FAILURES` of Bitcoin Core).
const MOST_MISSES: u32 = 1_000;
/// What counts as nearly full (`BLOCK_FULL_ENOUGH_WEIGHT_DELTA` of Bitcoin Core).
const NEARLY_FULL: u64 = 4_000;

/// The content of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Own transactions, in the order of the block.
    pub(super) own: Vec<TxId>,
    pub(super) background: Vec<BackgroundTx>,
    pub(super) weight: Weight,
    pub(super) fees: Sat,
    /// Rate of the cheapest package; `None`: empty.
    pub(super) lowest: Option<Rate>,
    /// Rate of the package at which half of the weight was reached.
    pub(super) median: Option<Rate>,
    /// Whether something eligible was left behind.
    pub(super) is_full: bool,
}

impl<T> Pool<T> {
    /// The best block of at most `limit` from what arrived by `cutoff`.
    pub(super) fn pack(&self, limit: Weight, cutoff: SimTime) -> Content {
        let mut packer = Packer {
            pool: self,
            limit,
            cutoff,
            content: Content::default(),
            taken: BTreeSet::new(),
            changed: BTreeSet::new(),
            rest: BTreeMap::new(),
        };
        packer.run();
        let mut content = packer.content;
        content.median = packer.pool.median(&content);
        content
    }

    /// The rate of the transaction in the middle of the block's weight, each by its own rate.
    fn median(&self, content: &Content) -> Option<Rate> {
        let background = content.background.iter().map(|s| (s.rank.rate(), u64::from(s.weight)));
        let own = content.own.iter().map(|id| {
            let entry = &self.entries[id];
            (entry.rate(), entry.tx.weight.0)
        });
        let mut all: Vec<_> = background.chain(own).collect();
        all.sort_unstable();
        let mut weight = 0;
        all.into_iter()
            .find(|(_, own)| {
                weight += own;
                2 * weight >= content.weight.0
            })
            .map(|(rate, _)| rate)
    }
}

struct Packer<'a, T> {
    pool: &'a Pool<T>,
    limit: Weight,
    cutoff: SimTime,
    content: Content,
    /// Own transactions taken that are tied to others.
    taken: BTreeSet<TxId>,
    /// Places of those whose ancestors are taken in part.
    changed: BTreeSet<Rank>,
    /// Their packages without the ancestors already taken.
    rest: BTreeMap<TxId, Package>,
}

/// What comes next in the order.
#[derive(Clone, Copy)]
enum Candidate {
    Own(TxId),
    Changed(Rank),
    Background(BackgroundTx),
}

impl<T> Packer<'_, T> {
    fn run(&mut self) {
        let mut own = self.pool.order.iter().copied().peekable();
        let mut background = self.pool.background.iter().copied().peekable();
        let mut misses = 0;
        loop {
            // What was taken with another, or whose package changed, has its place elsewhere.
            while own
                .next_if(|r| self.taken.contains(&r.id) || self.rest.contains_key(&r.id))
                .is_some()
            {}
            let ranks = [
                own.peek().copied(),
                self.changed.first().copied(),
                background.peek().map(|background_tx| background_tx.rank),
            ];
            let Some(best) = ranks.into_iter().flatten().min() else { return };
            let next = if ranks[0] == Some(best) {
                own.next();
                Candidate::Own(best.id)
            } else if ranks[1] == Some(best) {
                self.changed.pop_first();
                Candidate::Changed(best)
            } else {
                Candidate::Background(background.next().expect("it was seen"))
            };
            if self.take(next) {
                misses = 0;
            } else {
                misses += 1;
                let room = self.limit.0 - self.content.weight.0;
                if misses > MOST_MISSES && room <= NEARLY_FULL {
                    return;
                }
            }
        }
    }

    /// Takes what comes next, if it may and fits.
    fn take(&mut self, next: Candidate) -> bool {
        match next {
            Candidate::Background(background_tx) => self.take_background(background_tx),
            Candidate::Own(id) => self.take_package(id, self.pool.entries[&id].ancestors),
            Candidate::Changed(rank) => {
                let package = self.rest[&rank.id];
                self.take_package(rank.id, package)
            }
        }
    }

    fn take_background(&mut self, background_tx: BackgroundTx) -> bool {
        let weight = Weight(u64::from(background_tx.weight));
        if background_tx.arrived > self.cutoff || !self.fits(weight) {
            return false;
        }
        self.count(weight, background_tx.fee, background_tx.rank.rate());
        self.content.background.push(background_tx);
        true
    }

    fn take_package(&mut self, id: TxId, package: Package) -> bool {
        let entry = &self.pool.entries[&id];
        let mut members = self.pool.ancestors_of(&entry.parents);
        members.retain(|member| !self.taken.contains(member));
        members.push(id);
        let ready = |member: &TxId| self.pool.entries[member].arrived <= self.cutoff;
        if !members.iter().all(ready) || !self.fits(package.weight) {
            return false;
        }
        self.count(package.weight, package.fee, package.rate());
        for &member in &members {
            self.content.own.push(member);
            let entry = &self.pool.entries[&member];
            if !entry.parents.is_empty() || !entry.children.is_empty() {
                self.taken.insert(member);
                self.release(member, entry);
            }
        }
        true
    }

    /// Ranks the descendants of `id` without it from now on.
    fn release(&mut self, id: TxId, entry: &Entry<T>) {
        if let Some(package) = self.rest.remove(&id) {
            self.changed.remove(&Rank::new(package.rate(), id));
        }
        if entry.children.is_empty() {
            return;
        }
        for other in self.pool.family(id) {
            if other == id || self.taken.contains(&other) {
                continue;
            }
            let known = self.rest.get(&other).copied();
            let mut package = known.unwrap_or(self.pool.entries[&other].ancestors);
            self.changed.remove(&Rank::new(package.rate(), other));
            package.subtract(&entry.tx);
            self.changed.insert(Rank::new(package.rate(), other));
            self.rest.insert(other, package);
        }
    }

    fn fits(&mut self, weight: Weight) -> bool {
        let fits = self.content.weight.0 + weight.0 <= self.limit.0;
        self.content.is_full |= !fits;
        fits
    }

    fn count(&mut self, weight: Weight, fee: Sat, rate: Rate) {
        self.content.weight.0 += weight.0;
        self.content.fees += fee;
        self.content.lowest = Some(self.content.lowest.map_or(rate, |lowest| lowest.min(rate)));
    }
}
