//! The invariants over the whole world (docs/invariants.md: M1, M4, M5, M6, M11, H4, H5, H7, H8, O1). H2, H3 and H6 are asserted
//! where they could be broken: in `payments` and in `chain`.

use crate::lightning::Lightning;
use crate::lightning::books::accounts::Accounts;
use crate::lightning::chain::OnChain;
use crate::lightning::core::Core;
use crate::system::Broken;

impl Lightning {
    /// How many things [`Self::check_world`] looks at.
    pub(super) fn check_world_size(&self) -> usize {
        let Core { channels, world, .. } = &self.core;
        let htlcs = usize::try_from(channels.under_way()).unwrap_or(usize::MAX);
        let on_chain = self.chain.onchain.as_ref().map_or(0, OnChain::check_size);
        // Channels are looked at for themselves, and from either end for M5 and M11.
        4 * channels.len() + 2 * world.network.node_count() + htlcs.saturating_add(on_chain)
    }

    /// Checks everything; O(channels + nodes + HTLCs + what is on the chain).
    pub(super) fn check_world(&self) -> Result<(), Broken> {
        self.core
            .channels
            .check()
            .map_err(|detail| Broken { invariant: "M1/C/H1 channel", detail })?;
        self.check_total()?;
        self.check_counts()?;
        self.check_parts()?;
        self.check_sets()?;
        if let Some(onchain) = &self.chain.onchain {
            onchain.check().map_err(|detail| Broken { invariant: "M3/M4/L chain", detail })?;
        }
        let is_quiet = self.chain.onchain.as_ref().is_none_or(OnChain::is_quiet);
        if self.payments.is_empty() && is_quiet {
            self.check_accounts()?;
        }
        Ok(())
    }

    /// M11: what all nodes own in channels is what the open channels hold.
    fn check_total(&self) -> Result<(), Broken> {
        let network = &self.core.world.network;
        let owned: u128 =
            network.node_ids().map(|n| u128::from(self.accounts().in_channels(n).get())).sum();
        let held: u128 = network
            .channel_ids()
            .filter(|&c| !self.core.channels.is_closed(c))
            .map(|c| u128::from(self.core.channels.terms(c).capacity.to_msat().get()))
            .sum();
        if owned == held {
            return Ok(());
        }
        let detail = format!("nodes own {owned} msat, channels hold {held} msat");
        Err(Broken { invariant: "M11 total", detail })
    }

    /// H5, H7: along the route of each part expiries fall by what each forwarder asks for, and no direction is
    /// taken twice.
    fn check_parts(&self) -> Result<(), Broken> {
        let network = &self.core.world.network;
        for part in self.payments.parts() {
            let broken = |invariant| Err(Broken { invariant, detail: format!("{part:?}") });
            for pair in part.legs.windows(2) {
                let [above, below] = [pair[0], pair[1]];
                let policy = network.policy(below.hop.channel);
                let delta = policy.map_or(0, |policy| u32::from(policy.cltv_expiry_delta));
                let both = above.htlc.is_some() && below.htlc.is_some();
                if both && above.hop.cltv < below.hop.cltv + delta {
                    return broken("H5 expiries");
                }
            }
            let mut directions: Vec<_> = part.legs.iter().map(|leg| leg.hop.channel).collect();
            directions.sort_unstable();
            if directions.windows(2).any(|pair| pair[0] == pair[1]) {
                return broken("H7 loop");
            }
        }
        Ok(())
    }

    /// H8: a payee has claimed all parts of a payment or none, unless the sender's are no set.
    fn check_sets(&self) -> Result<(), Broken> {
        if !self.core.world.sender().is_atomic() {
            return Ok(());
        }
        self.payments.claimed_in_part().map_or(Ok(()), |payment| {
            Err(Broken { invariant: "H8 set", detail: format!("{payment:?}") })
        })
    }

    /// M5: a node's change of wealth is what its account says. Holds exactly when nothing is under way.
    ///
    /// M6, H4: over all nodes, what was received, earned and won is what was sent, paid and lost: nobody's loss is
    /// left out.
    fn check_accounts(&self) -> Result<(), Broken> {
        let accounts = self.accounts();
        let mut sum = 0;
        for node in self.core.world.network.node_ids() {
            let tally = self.books.ledger.node(node);
            let [before, after] =
                [accounts.initial_wealth(node), accounts.wealth(node)].map(|m| i128::from(m.get()));
            let got = tally.received_amount + tally.fees_earned + tally.won + tally.other_in;
            let plus = i128::from(got.get());
            let gave = tally.sent_amount + tally.fees_paid + tally.onchain_fees + tally.lost;
            let minus = i128::from((gave + tally.other_out).get());
            sum += plus - minus + i128::from(tally.onchain_fees.get());
            if after - before != plus - minus {
                let detail = format!(
                    "node {}: wealth {before} -> {after} msat, but its account says +{plus} -{minus}",
                    self.core.world.network.node(node).name
                );
                return Err(Broken { invariant: "M5 account", detail });
            }
        }
        if sum == 0 {
            return Ok(());
        }
        let detail = format!("all accounts together made {sum} msat out of nothing");
        Err(Broken { invariant: "M6 accounts", detail })
    }

    /// O1: every payment submitted has ended or is under way.
    fn check_counts(&self) -> Result<(), Broken> {
        let payments = &self.payments;
        let (submitted, ended) = (payments.submitted(), payments.ended());
        let live = payments.under_way();
        if submitted == ended + live {
            return Ok(());
        }
        let detail = format!("{submitted} submitted, {ended} ended, {live} under way");
        Err(Broken { invariant: "O1 counts", detail })
    }

    const fn accounts(&self) -> Accounts<'_> {
        let Self { core, books, chain, senders, topology, .. } = self;
        Accounts { core, books, chain, senders, topology }
    }
}
