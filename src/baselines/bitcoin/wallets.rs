//! What wallets spend: confirmed outputs first, else the change of the shortest chain of own payments that wait.
//!
//! A wallet holds so many outputs (`bitcoin.wallets.outputs`). A payment spends one of them, and its change takes that
//! one's place. Payments that hang on each other are mined in order, a later one pays for those before it (CPFP), and
//! no more of them wait than a package may hold (`bitcoin.relay.package_count`), for each output.
//!
//! Which one is spent: that with the fewest of the wallet's payments waiting on it, of several the first. So it is a
//! confirmed one as long as there is one, as in Bitcoin Core's `AutomaticCoinSelection`, which takes unconfirmed change
//! only then, and that with the fewest unconfirmed ancestors first.
//!
//! A simplification: every output covers every payment; what they are worth together is the owner's account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::OutPoint;
use crate::ids::NodeId;

/// An output of a wallet, and the payments that wait on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Output {
    /// Payments that wait, each spending the change of the one before.
    unconfirmed: Vec<u32>,
    /// Change of the last confirmed payment; `None`: as it was before the run.
    change: Option<OutPoint>,
}

/// Which of a wallet's outputs a payment spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    owner: NodeId,
    output: u16,
}

/// All wallets that have paid, by owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wallets {
    /// Outputs of a wallet.
    most: u16,
    /// Those that have been spent, for each owner in the order of their first use.
    used: BTreeMap<NodeId, Vec<Output>>,
}

impl Wallets {
    /// Wallets with so many outputs each.
    pub(super) const fn new(outputs: u16) -> Self {
        Self { most: outputs, used: BTreeMap::new() }
    }

    /// The output that the owner's next payment spends.
    pub(super) fn choose(&self, owner: NodeId) -> Place {
        let used = self.used.get(&owner).map_or(&[][..], Vec::as_slice);
        let shortest = (0..).zip(used).min_by_key(|(_, output)| output.unconfirmed.len());
        let fresh = u16::try_from(used.len()).expect("no more than a wallet has");
        let output = match shortest {
            Some((index, output)) if output.unconfirmed.is_empty() || fresh >= self.most => index,
            _ => fresh,
        };
        Place { owner, output }
    }

    /// The last payment that waits there, whose change can be spent.
    pub(super) fn last(&self, place: Place) -> Option<u32> {
        self.output(place)?.unconfirmed.last().copied()
    }

    /// Change of the last confirmed payment there.
    pub(super) fn change(&self, place: Place) -> Option<OutPoint> {
        self.output(place)?.change
    }

    /// A payment was sent.
    pub(super) fn sent(&mut self, place: Place, payment: u32) {
        let used = self.used.entry(place.owner).or_default();
        if usize::from(place.output) == used.len() {
            used.push(Output::default());
        }
        used[usize::from(place.output)].unconfirmed.push(payment);
    }

    /// A payment stands in a block.
    pub(super) fn confirmed(&mut self, place: Place, payment: u32, change: OutPoint) {
        let output = self.known(place);
        output.unconfirmed.retain(|other| *other != payment);
        output.change = Some(change);
    }

    /// The block of a payment was undone: it waits again, before those that spend its change.
    pub(super) fn undone(&mut self, place: Place, payment: u32, spent: Option<OutPoint>) {
        let output = self.known(place);
        output.unconfirmed.insert(0, payment);
        output.change = spent;
    }

    /// A payment was evicted.
    pub(super) fn evicted(&mut self, place: Place, payment: u32) {
        self.known(place).unconfirmed.retain(|other| *other != payment);
    }

    fn output(&self, place: Place) -> Option<&Output> {
        self.used.get(&place.owner)?.get(usize::from(place.output))
    }

    fn known(&mut self, Place { owner, output }: Place) -> &mut Output {
        let used = self.used.get_mut(&owner).expect("the owner has paid");
        &mut used[usize::from(output)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::bitcoin::TxId;

    const ALICE: NodeId = NodeId(3);

    fn pay(wallets: &mut Wallets, payment: u32) -> u16 {
        let place = wallets.choose(ALICE);
        wallets.sent(place, payment);
        place.output
    }

    #[test]
    fn confirmed_outputs_are_spent_first_and_then_the_shortest_chain() {
        let mut wallets = Wallets::new(3);
        let places: Vec<_> = (0..7).map(|payment| pay(&mut wallets, payment)).collect();
        assert_eq!(places, [0, 1, 2, 0, 1, 2, 0]);
        // Both payments on the second are mined: it is confirmed again, and the only one.
        let second = Place { owner: ALICE, output: 1 };
        for payment in [1, 4] {
            let change = OutPoint { tx: TxId(u64::from(payment)), index: 0 };
            wallets.confirmed(second, payment, change);
        }
        assert_eq!(wallets.choose(ALICE), second);
        assert_eq!(wallets.change(second), Some(OutPoint { tx: TxId(4), index: 0 }));
        assert_eq!(
            [0, 1, 2].map(|output| wallets.last(Place { owner: ALICE, output })),
            [Some(6), None, Some(5)]
        );
    }

    #[test]
    fn who_waits_for_each_payment_spends_one_output_only() {
        let mut wallets = Wallets::new(40);
        for payment in 0..10 {
            assert_eq!(pay(&mut wallets, payment), 0);
            let change = OutPoint { tx: TxId(u64::from(payment)), index: 0 };
            wallets.confirmed(Place { owner: ALICE, output: 0 }, payment, change);
        }
        assert_eq!(wallets.used[&ALICE].len(), 1);
    }
}
