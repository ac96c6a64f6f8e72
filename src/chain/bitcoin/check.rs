//! Invariants of mempool and blocks, against a second computation (L1, L4, L5, M3).

use std::collections::BTreeMap;

use crate::chain::bitcoin::Bitcoin;
use crate::chain::bitcoin::levels::FeerateHistogram;
use crate::chain::bitcoin::packing::Content;
use crate::chain::bitcoin::pool::{Package, Pool, Rank};
use crate::chain::bitcoin::transaction::TxId;
use crate::units::{Sat, SimTime, Weight};

impl<T: Copy + PartialEq> Bitcoin<T> {
    /// How many things [`Self::check`] looks at.
    pub fn check_size(&self) -> usize {
        // A transaction of the program's own is compared with those that it stands on.
        const PER_ENTRY: usize = 8;
        self.utxos.len() + self.pool.background.len() + PER_ENTRY * self.pool.entries.len()
    }

    /// Checks everything; O(what waits and what is unspent).
    pub fn check(&self) -> Result<(), String> {
        self.utxos.check()?;
        self.pool.check()?;
        for (id, entry) in &self.pool.entries {
            for input in &entry.tx.inputs {
                let exists = self.utxos.get(input.output).is_some()
                    || self.pool.entries.contains_key(&input.output.tx);
                if !exists {
                    return Err(format!("transaction {} spends nothing (L1)", id.0));
                }
            }
        }
        if self.pool.weight > self.params.relay.mempool_weight {
            return Err(format!("a mempool of {:?} (L5)", self.pool.weight));
        }
        Ok(())
    }
}

impl<T> Pool<T> {
    /// Weight, levels, order, links and spends are what the transactions say.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut levels = FeerateHistogram::default();
        let mut weight = Weight(0);
        let mut spends = BTreeMap::new();
        for background_tx in &self.background {
            levels.add(background_tx.rank.rate(), Weight(u64::from(background_tx.weight)));
            weight.0 += u64::from(background_tx.weight);
        }
        for (&id, entry) in &self.entries {
            levels.add(entry.rate(), entry.tx.weight);
            weight.0 += entry.tx.weight.0;
            for input in &entry.tx.inputs {
                if spends.insert(input.output, id).is_some() {
                    return Err(format!("{:?} is spent twice (L5)", input.output));
                }
            }
            let ancestors = self.summed(&self.ancestors_of(&entry.parents), id);
            if entry.parents != self.parents_of(&entry.tx)
                || entry.ancestors != ancestors
                || !self.order.contains(&Rank::new(ancestors.rate(), id))
            {
                return Err(format!("transaction {} stands in the wrong place (L4)", id.0));
            }
        }
        if weight != self.weight || levels != self.levels || spends != self.spends {
            return Err(format!("{weight:?} waits, but {:?} is counted (L5)", self.weight));
        }
        if self.order.len() != self.entries.len() {
            return Err("a place in the order without a transaction (L4)".to_owned());
        }
        Ok(())
    }

    fn summed(&self, others: &[TxId], id: TxId) -> Package {
        let mut package = Package::default();
        for member in others.iter().chain([&id]) {
            let tx = &self.entries[member].tx;
            package.fee += tx.fee;
            package.weight.0 += tx.weight.0;
            package.count += 1;
        }
        package
    }

    /// L4: nothing that is left behind, with what it needs, pays more than the cheapest package taken
    /// and still fits. Checked for blocks that are not so full that small leftovers stop being tried.
    pub(super) fn check_packing(
        &self,
        content: &Content,
        limit: Weight,
        cutoff: SimTime,
    ) -> Result<(), String> {
        /// Below this, the packer may close the block without having tried everything.
        const TRIED: u64 = 4_000;
        let room = limit.0 - content.weight.0;
        let Some(lowest) = content.lowest.filter(|_| room > TRIED) else { return Ok(()) };
        let left = |id: &TxId| content.own.binary_search(id).is_err() && !content.own.contains(id);
        for (&id, entry) in self.entries.iter().filter(|(id, _)| left(id)) {
            let mut members = self.ancestors_of(&entry.parents);
            members.push(id);
            members.retain(left);
            let fee: Sat = members.iter().map(|member| self.entries[member].tx.fee).sum();
            let weight: u64 = members.iter().map(|m| self.entries[m].tx.weight.0).sum();
            let ready = members.iter().all(|member| self.entries[member].arrived <= cutoff);
            let rate = crate::chain::bitcoin::rate::Rate::of(fee, Weight(weight));
            if ready && weight <= room && rate > lowest {
                return Err(format!("transaction {} was left behind (L4)", id.0));
            }
        }
        Ok(())
    }
}
