//! Payers that have what they pay: who could not send an amount at the start is drawn anew.
//!
//! Nobody pays with a wallet that shows less than the price. With payers drawn whatever they own, over a
//! network most of whose nodes hold one small channel, failures say how poor leaves were drawn, and little
//! about the network: `docs/workload.md` argues it.
//!
//! Payments whose payer has enough stay as the endpoints' model drew them, so that the same payments are
//! asked for whether or not payers must be funded, but for those that could not be made. Further draws are
//! keyed by the payment: another node's balance moves the payments of that node alone, as far as the first
//! few draws find somebody; then one draw among all who have enough.

use crate::engine::{Draws, Seeds, Source};
use crate::ids::NodeId;
use crate::units::{self, Msat};
use crate::workload::endpoints::Parties;
use crate::workload::parties::Funded;
use crate::workload::weights::Weights;

/// What each node can send and receive over its channels at the start of a run, by node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liquidity {
    /// The sum of what it can offer in each of its channels.
    pub outbound: Vec<Msat>,
    /// The sum of what each of its peers can offer to it.
    pub inbound: Vec<Msat>,
}

/// Draws for a node among all, before one among those who have enough. With the last one, far fewer than
/// the 32 of a key.
const TRIES: u32 = 8;

/// Nodes of which one is drawn that has enough.
#[derive(Clone, Debug)]
struct Candidates {
    /// Ascending by what they have, then by id.
    nodes: Vec<NodeId>,
    /// What each has.
    funds: Vec<Msat>,
    weights: Weights,
    /// The same in the order of ids: what one node has moves no other's place.
    by_id: (Vec<NodeId>, Weights),
}

impl Candidates {
    /// `nodes` ascend, with the weight of each beside it; `funds` is by node.
    fn new(nodes: &[NodeId], weights: &Weights, funds: &[Msat]) -> Self {
        let mut places: Vec<usize> = (0..nodes.len()).collect();
        places.sort_by_key(|&place| funds[nodes[place].index()]);
        let sorted = Weights::new(places.iter().map(|&place| weights.weight(place)));
        Self {
            nodes: places.iter().map(|&place| nodes[place]).collect(),
            funds: places.iter().map(|&place| funds[nodes[place].index()]).collect(),
            weights: sorted.expect("the same weights in another order"),
            by_id: (nodes.to_vec(), weights.clone()),
        }
    }

    /// A node other than `other` that has `amount`, by weight; `None`: there is none.
    fn draw(
        &self,
        amount: Msat,
        other: NodeId,
        funds: &[Msat],
        draws: &mut Source,
    ) -> Option<NodeId> {
        let (nodes, weights) = &self.by_id;
        for _ in 0..TRIES {
            let node = nodes[weights.draw(draws)];
            if node != other && funds[node.index()] >= amount {
                return Some(node);
            }
        }
        let first = self.funds.partition_point(|has| *has < amount);
        let left_out = self.place_of(other, funds).filter(|place| *place >= first);
        let place = self.weights.draw_from(first, left_out, draws)?;
        Some(self.nodes[place])
    }

    /// Where a node stands; `None`: it is no candidate.
    fn place_of(&self, node: NodeId, funds: &[Msat]) -> Option<usize> {
        let key = |other: &NodeId| (funds[other.index()], *other);
        self.nodes.binary_search_by_key(&key(&node), key).ok()
    }
}

/// Who pays whom, with the funds for it.
#[derive(Clone, Debug)]
pub(crate) struct FundedParties {
    parties: Parties,
    /// `None`: as the endpoints' model draws them.
    redraw: Option<Box<Redraw>>,
}

#[derive(Clone, Debug)]
struct Redraw {
    liquidity: Liquidity,
    payers: Candidates,
    /// Where payees must be able to receive the amount: anybody, and the merchants.
    payees: Option<(Candidates, Option<Candidates>)>,
    draws: Draws,
}

/// How many payments have other ends than the endpoints' model drew, and how many should have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redrawn {
    /// Payers drawn anew.
    pub payers: u64,
    /// Payees drawn anew.
    pub payees: u64,
    /// Payments of amounts for which no node has the funds: they stay as they are.
    pub unfunded: u64,
}

impl Redrawn {
    /// What there is to say about it.
    pub fn notes(self) -> Vec<String> {
        let Self { payers, payees, unfunded } = self;
        let counts = [
            ("payers drawn anew because they could not send the amount at the start", payers),
            ("payees drawn anew because they could not receive the amount at the start", payees),
            ("payments of amounts that no node has the funds for at the start", unfunded),
        ];
        let told = counts.iter().filter(|(_, count)| *count > 0);
        told.map(|(what, count)| format!("{what}: {}", units::grouped(*count, ','))).collect()
    }
}

impl FundedParties {
    /// `liquidity` is needed where somebody must be funded.
    ///
    /// # Panics
    /// When it is missing then.
    pub(crate) fn new(
        parties: Parties,
        funded: Funded,
        liquidity: Option<&Liquidity>,
        seeds: Seeds,
    ) -> Self {
        let redraw = match funded {
            Funded::Nobody => None,
            Funded::Payer | Funded::PayerAndPayee => {
                let liquidity = liquidity.expect("who asks for funds gives what nodes have");
                Redraw::new(&parties, funded, liquidity, seeds).map(Box::new)
            }
        };
        Self { parties, redraw }
    }

    /// The payer and the payee of payment number `id`, which is of `amount`; `draws` is the stream of
    /// the endpoints' model.
    pub(crate) fn draw(
        &self,
        (id, amount): (u64, Msat),
        draws: &mut Source,
        redrawn: &mut Redrawn,
    ) -> [NodeId; 2] {
        let ends = self.parties.draw(draws);
        match &self.redraw {
            Some(redraw) => redraw.funded(ends, id, amount, redrawn),
            None => ends,
        }
    }
}

impl Redraw {
    /// `None` where the model says who pays whom: nobody else can pay in their place.
    fn new(parties: &Parties, funded: Funded, liquidity: &Liquidity, seeds: Seeds) -> Option<Self> {
        let (nodes, weights, merchants) = match parties {
            Parties::Uniform { nodes } => (nodes, Weights::equal(nodes.len()), None),
            Parties::Weighted { nodes, weights } => (nodes, weights.clone(), None),
            Parties::Merchants { nodes, merchants, .. } => {
                (nodes, Weights::equal(nodes.len()), Some(merchants))
            }
            Parties::Partners { .. } | Parties::Pairs { .. } => return None,
        };
        let payees = (funded == Funded::PayerAndPayee).then(|| {
            let inbound = &liquidity.inbound;
            let merchants = merchants.map(|merchants| {
                Candidates::new(merchants, &Weights::equal(merchants.len()), inbound)
            });
            (Candidates::new(nodes, &weights, inbound), merchants)
        });
        Some(Self {
            payers: Candidates::new(nodes, &weights, &liquidity.outbound),
            payees,
            liquidity: liquidity.clone(),
            draws: seeds.draws("workload.funded"),
        })
    }

    /// The payment with ends that have the funds, as far as there are any.
    fn funded(
        &self,
        [mut payer, mut payee]: [NodeId; 2],
        id: u64,
        amount: Msat,
        redrawn: &mut Redrawn,
    ) -> [NodeId; 2] {
        let Liquidity { outbound, inbound } = &self.liquidity;
        let mut lacking = false;
        if let Some((anybody, merchants)) = &self.payees
            && inbound[payee.index()] < amount
        {
            // A merchant's place is taken by another merchant.
            let merchants = merchants.as_ref().filter(|all| all.place_of(payee, inbound).is_some());
            let found = merchants.unwrap_or(anybody).draw(
                amount,
                payer,
                inbound,
                &mut self.draws.at(id, 1),
            );
            redrawn.payees += u64::from(found.is_some());
            lacking |= found.is_none();
            payee = found.unwrap_or(payee);
        }
        if outbound[payer.index()] < amount {
            let found = self.payers.draw(amount, payee, outbound, &mut self.draws.at(id, 0));
            redrawn.payers += u64::from(found.is_some());
            lacking |= found.is_none();
            payer = found.unwrap_or(payer);
        }
        redrawn.unfunded += u64::from(lacking);
        [payer, payee]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::statistics::chi_squared;

    /// Of nodes 0 to 3.
    const OUTBOUND: [u64; 4] = [40, 10, 30, 20];
    const INBOUND: [u64; 4] = [10, 40, 20, 30];

    fn liquidity() -> Liquidity {
        let [outbound, inbound] = [OUTBOUND, INBOUND].map(|all| all.map(Msat).to_vec());
        Liquidity { outbound, inbound }
    }

    fn uniform() -> Parties {
        Parties::Uniform { nodes: (0..4).map(NodeId).collect() }
    }

    fn merchants(merchants: &[u32], share: f64) -> Parties {
        let [nodes, merchants] =
            [&[0, 1, 2, 3][..], merchants].map(|ids| ids.iter().map(|&id| NodeId(id)).collect());
        Parties::Merchants { nodes, merchants, share }
    }

    fn parties(parties: Parties, funded: Funded) -> FundedParties {
        FundedParties::new(parties, funded, Some(&liquidity()), Seeds::new(3, 0))
    }

    /// The ends of `payments` payments of `amount`, and what was drawn anew.
    fn drawn(parties: &FundedParties, amount: u64, payments: u64) -> (Vec<[usize; 2]>, Redrawn) {
        let mut draws = Seeds::new(1, 0).stream("workload.endpoints");
        let mut redrawn = Redrawn::default();
        let ends =
            (0..payments).map(|id| parties.draw((id, Msat(amount)), &mut draws, &mut redrawn));
        (ends.map(|ends| ends.map(NodeId::index)).collect(), redrawn)
    }

    /// How often each ordered pair comes.
    fn counts(parties: &FundedParties, amount: u64, payments: u64) -> [[u32; 4]; 4] {
        let mut counts = [[0; 4]; 4];
        for [payer, payee] in drawn(parties, amount, payments).0 {
            counts[payer][payee] += 1;
        }
        counts
    }

    #[test]
    fn payers_are_drawn_among_those_that_can_send_the_amount_and_payees_stay_uniform() {
        // Of 30: nodes 0 and 2 pay. Each of the four is the payee of 12,000. Where it is 0 or 2, the other of
        // the two pays; where it is 1 or 3, each of them pays half.
        let drawn = counts(&parties(uniform(), Funded::Payer), 30, 48_000);
        let expected = [[0, 6_000, 12_000, 6_000], [0; 4], [12_000, 6_000, 0, 6_000], [0; 4]];
        let (mut seen, mut wanted) = (Vec::new(), Vec::new());
        for (drawn, expected) in drawn.as_flattened().iter().zip(expected.as_flattened()) {
            assert!(*expected > 0 || *drawn == 0, "{drawn} draws of a pair that cannot pay");
            if *expected > 0 {
                seen.push(*drawn);
                wanted.push(f64::from(*expected));
            }
        }
        chi_squared(&seen, &wanted, 5);
    }

    #[test]
    fn payments_whose_payer_has_the_funds_stay_as_they_are() {
        let (plain, none) = drawn(&parties(uniform(), Funded::Nobody), 20, 1_000);
        let (funded, redrawn) = drawn(&parties(uniform(), Funded::Payer), 20, 1_000);
        assert_eq!(none, Redrawn::default());
        let mut anew = 0;
        for (plain, funded) in plain.iter().zip(&funded) {
            assert_eq!(plain[1], funded[1], "payees are the same");
            anew += u64::from(plain[0] != funded[0]);
            assert_eq!(plain[0] == funded[0], OUTBOUND[plain[0]] >= 20);
        }
        assert_eq!(redrawn, Redrawn { payers: anew, payees: 0, unfunded: 0 });
        assert_eq!(
            redrawn.notes(),
            [format!(
                "payers drawn anew because they could not send the amount at the start: {anew}"
            )]
        );
    }

    #[test]
    fn another_nodes_balance_moves_the_payments_of_that_node_alone() {
        let mut other = liquidity();
        other.outbound[3] = Msat(5);
        let other = FundedParties::new(uniform(), Funded::Payer, Some(&other), Seeds::new(3, 0));
        let before = drawn(&parties(uniform(), Funded::Payer), 20, 1_000).0;
        let after = drawn(&other, 20, 1_000).0;
        let moved: Vec<_> = before.iter().zip(&after).filter(|(one, two)| one != two).collect();
        assert!(moved.len() > 100 && moved.iter().all(|(before, _)| before[0] == 3), "{moved:?}");
    }

    #[test]
    fn payees_that_must_be_able_to_receive_are_drawn_among_those_that_can() {
        // Of 30: nodes 0 and 2 can send, 1 and 3 can receive.
        let drawn = counts(&parties(uniform(), Funded::PayerAndPayee), 30, 4_000);
        let pairs = (0..4).flat_map(|i| (0..4).map(move |j| (i, j)));
        let met: Vec<_> = pairs.filter(|&(i, j)| drawn[i][j] > 0).collect();
        assert_eq!(met, [(0, 1), (0, 3), (2, 1), (2, 3)]);
    }

    #[test]
    fn a_merchant_that_cannot_receive_gives_way_to_one_that_can() {
        let parties = parties(merchants(&[0, 1, 2], 1.0), Funded::PayerAndPayee);
        let (ends, redrawn) = drawn(&parties, 30, 2_000);
        // Merchant 1 alone can receive 30; it pays the merchants 0 and 2 where it is drawn as payer, and
        // gives way to 0 and 2, which can send.
        assert!(ends.iter().all(|[payer, _]| [0, 2].contains(payer)));
        // Two of three merchants cannot receive it: 1,333 of 2,000, within 3.3 standard errors of 21.
        assert!((redrawn.payees + redrawn.unfunded).abs_diff(1_333) < 70, "{redrawn:?}");
        assert!(redrawn.payers > 500, "{redrawn:?}");
        let paid = ends.iter().filter(|[_, payee]| *payee == 1).count() as u64;
        assert_eq!(
            2_000 - paid,
            redrawn.unfunded,
            "where 1 was the payer, no other merchant can receive"
        );
    }

    #[test]
    fn payments_that_nobody_has_the_funds_for_stay_as_they_are_and_are_counted() {
        let plain = drawn(&parties(uniform(), Funded::Nobody), 41, 500).0;
        let (funded, redrawn) = drawn(&parties(uniform(), Funded::PayerAndPayee), 41, 500);
        assert_eq!(plain, funded);
        assert_eq!(redrawn, Redrawn { payers: 0, payees: 0, unfunded: 500 });
    }

    #[test]
    fn the_only_one_with_the_funds_does_not_pay_itself() {
        let (ends, redrawn) = drawn(&parties(uniform(), Funded::Payer), 40, 2_000);
        assert!(ends.iter().all(|[payer, payee]| payer != payee));
        let unfunded = ends.iter().filter(|[payer, _]| *payer != 0).count() as u64;
        assert_eq!(redrawn.unfunded, unfunded);
        assert!(ends.iter().all(|&[payer, payee]| payer == 0 || payee == 0));
    }

    #[test]
    fn weights_hold_among_those_that_have_the_funds_whether_found_at_once_or_at_last() {
        // 1 of 1,001 parts of the weight has the funds, in proportions 1 to 3: eight tries hardly find it.
        let nodes: Vec<NodeId> = (0..4).map(NodeId).collect();
        let weights = Weights::new([2_000, 2_000, 1, 3]).unwrap();
        let funds = [0, 0, 7, 7].map(Msat);
        let candidates = Candidates::new(&nodes, &weights, &funds);
        let draws = Seeds::new(9, 0).draws("funded");
        let mut seen = [0_u32; 2];
        for id in 0..8_000 {
            let node = candidates.draw(Msat(7), NodeId(0), &funds, &mut draws.at(id, 0)).unwrap();
            seen[node.index() - 2] += 1;
        }
        chi_squared(&seen, &[2_000.0, 6_000.0], 1);
        assert_eq!(candidates.draw(Msat(8), NodeId(0), &funds, &mut draws.at(0, 0)), None);
    }
}
