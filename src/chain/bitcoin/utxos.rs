//! The UTXO set, and the sums that account for every satoshi of the owner's transactions (M3, L1, L3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::transaction::{OutPoint, Transaction, TxId};
use crate::units::{BlockHeight, Sat};

/// An unspent output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utxo {
    /// Its value.
    pub value: Sat,
    /// The height at which it was confirmed.
    pub height: BlockHeight,
}

/// All tracked unspent outputs, and the sums that they must agree with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UtxoSet {
    unspent: BTreeMap<OutPoint, Utxo>,
    sums: Sums,
}

/// Where money came from and where it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Value of all unspent outputs.
    pub unspent: Sat,
    /// Outputs that existed before the run.
    pub introduced: Sat,
    /// Money that confirmed transactions took from wallets.
    pub from_wallets: Sat,
    /// Money that confirmed transactions gave to wallets.
    pub to_wallets: Sat,
    /// Fees of confirmed transactions.
    pub fees: Sat,
}

impl UtxoSet {
    pub(super) fn get(&self, output: OutPoint) -> Option<Utxo> {
        self.unspent.get(&output).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.unspent.len()
    }

    pub(super) const fn sums(&self) -> &Sums {
        &self.sums
    }

    /// An output that existed before the run.
    pub(super) fn introduce(&mut self, output: OutPoint, utxo: Utxo) {
        self.sums.introduced += utxo.value;
        self.create(output, utxo);
    }

    /// Applies a confirmed transaction. Returns the outputs that it spends, in order.
    pub(super) fn apply<T>(
        &mut self,
        id: TxId,
        tx: &Transaction<T>,
        height: BlockHeight,
    ) -> Vec<Utxo> {
        assert!(
            tx.lock_height < height || tx.lock_height.0 == 0,
            "transaction {} is locked until {} and stands in block {} (L3)",
            id.0,
            tx.lock_height.0,
            height.0
        );
        let mut spent = Vec::with_capacity(tx.inputs.len());
        for input in &tx.inputs {
            let utxo = self.unspent.remove(&input.output);
            let utxo = utxo.expect("an input exists and is spent once (L1)");
            let age = height.0 - utxo.height.0;
            assert!(
                age >= u32::from(input.relative_lock),
                "an output is spent after {age} blocks, but is locked for {} (L3)",
                input.relative_lock
            );
            self.sums.unspent -= utxo.value;
            spent.push(utxo);
        }
        let paid_in = spent.iter().map(|utxo| utxo.value).sum::<Sat>() + tx.from_wallets;
        let paid_out = tx.outputs.iter().copied().sum::<Sat>() + tx.to_wallets + tx.fee;
        assert!(paid_in == paid_out, "transaction {}: {paid_in} in, {paid_out} out (L1)", id.0);
        for (index, &value) in (0..).zip(&tx.outputs) {
            self.create(OutPoint { tx: id, index }, Utxo { value, height });
        }
        self.sums.from_wallets += tx.from_wallets;
        self.sums.to_wallets += tx.to_wallets;
        self.sums.fees += tx.fee;
        spent
    }

    /// Takes a confirmed transaction back; `spent` is what [`Self::apply`] returned.
    pub(super) fn revert<T>(&mut self, id: TxId, tx: &Transaction<T>, spent: &[Utxo]) {
        for (index, value) in (0..).zip(&tx.outputs) {
            let utxo = self.unspent.remove(&OutPoint { tx: id, index });
            assert!(utxo.is_some(), "outputs are undone in reverse order (L7)");
            self.sums.unspent -= *value;
        }
        for (input, &utxo) in tx.inputs.iter().zip(spent) {
            self.create(input.output, utxo);
        }
        self.sums.from_wallets -= tx.from_wallets;
        self.sums.to_wallets -= tx.to_wallets;
        self.sums.fees -= tx.fee;
    }

    fn create(&mut self, output: OutPoint, utxo: Utxo) {
        let before = self.unspent.insert(output, utxo);
        assert!(before.is_none(), "an output is created once (L1)");
        self.sums.unspent += utxo.value;
    }

    /// M3: unspent outputs are what came in and did not go out.
    pub(super) fn check(&self) -> Result<(), String> {
        let counted: Sat = self.unspent.values().map(|utxo| utxo.value).sum();
        let Sums { unspent, introduced, from_wallets, to_wallets, fees } = self.sums;
        if counted != unspent || introduced + from_wallets != unspent + to_wallets + fees {
            return Err(format!("{counted} unspent, but {:?} (M3)", self.sums));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::bitcoin::transaction::Input;
    use crate::units::Weight;

    const FUNDING: OutPoint = OutPoint { tx: TxId(0), index: 0 };

    fn spend(relative_lock: u16, lock_height: u32) -> Transaction<()> {
        Transaction {
            tag: (),
            weight: Weight(500),
            fee: Sat(10),
            inputs: vec![Input { output: FUNDING, relative_lock }],
            outputs: vec![Sat(60)],
            from_wallets: Sat(5),
            to_wallets: Sat(35),
            lock_height: BlockHeight(lock_height),
            truc: false,
        }
    }

    fn utxos() -> UtxoSet {
        let mut utxos = UtxoSet::default();
        utxos.introduce(FUNDING, Utxo { value: Sat(100), height: BlockHeight(1_000) });
        utxos
    }

    #[test]
    fn what_is_applied_and_reverted_leaves_no_trace() {
        let (mut utxos, before) = (utxos(), utxos());
        let spent = utxos.apply(TxId(1), &spend(144, 0), BlockHeight(1_144));
        assert_eq!(utxos.check(), Ok(()));
        assert_eq!(utxos.sums().fees, Sat(10));
        utxos.revert(TxId(1), &spend(144, 0), &spent);
        assert_eq!(utxos, before);
    }

    #[test]
    #[should_panic(expected = "locked for 144 (L3)")]
    fn a_relative_lock_holds_one_block_before_its_end() {
        utxos().apply(TxId(1), &spend(144, 0), BlockHeight(1_143));
    }

    #[test]
    #[should_panic(expected = "is locked until 1200")]
    fn a_lock_height_itself_is_too_early() {
        utxos().apply(TxId(1), &spend(0, 1_200), BlockHeight(1_200));
    }

    #[test]
    #[should_panic(expected = "spent once (L1)")]
    fn a_second_spend_stops_the_run() {
        let mut utxos = utxos();
        for id in 1..3 {
            utxos.apply(TxId(id), &spend(0, 0), BlockHeight(1_001));
        }
    }

    #[test]
    fn lost_money_is_found() {
        let mut utxos = utxos();
        utxos.sums.fees += Sat(1);
        assert!(utxos.check().unwrap_err().contains("(M3)"));
    }
}
