//! Measures both rollups over the window for statistics, and reports that when it ends.

use crate::chain::ethereum::OwnGas;
use crate::rollup::core::Core;
use crate::rollup::operation::OPERATOR;
use crate::rollup::over_window::OverWindow;
use crate::rows::{Row, Rows, SystemRow};
use crate::system::WorkBefore;
use crate::units::{Gas, SimTime};

/// Who has to be trusted, and who online.
type Words = (&'static str, &'static str);

impl Core {
    /// The window begins.
    pub(super) fn window_begins(&mut self, now: SimTime) {
        self.over_window = OverWindow {
            sequencer: WorkBefore::new(self.operator.sequencer.work(now), now),
            blobs: self.blobs,
            height: self.chain.height(),
            base_fees: (0, 0),
            gas: OwnGas::default(),
            ..self.over_window
        };
        self.over_window.capital.restart(now);
    }

    /// The money in the rollup, with so many millisatoshis of bonds: what users hold there; what is on its way in
    /// and out through the bridge; what the operator has staked, and holds there itself.
    pub(super) fn note_capital(&mut self, bonds: u128, now: SimTime) {
        let state = self.operator.ledger.total();
        let own = self.operator.ledger.account(OPERATOR);
        let own = own.map_or(0, |account| u128::from(account.balance.0));
        let spendable = self.is_limited.then(|| state - own - self.idle);
        // Less than nothing where a wrong root took money of others.
        let locked = self.bridge.escrow().saturating_sub(state);
        self.over_window.capital.set(spendable, locked, bonds + own, now);
    }

    /// How much of what limits both rollups was used and asked for: the sequencer, and the chain's blobs and gas, of
    /// which the targets can be had for long.
    pub(super) fn report_resources(&self, now: SimTime, rows: &mut dyn Rows) {
        let before = &self.over_window;
        let sequencer = self.operator.sequencer.work(now);
        rows.record(Row::Resource(&before.sequencer.row("sequencer", sequencer, 1, now)));
        let target = self.chain.market().fork.blobs().target_blob_count;
        let most = (self.chain.height() - before.height) * target;
        if most > 0 {
            rows.record(Row::Resource(&self.blobs.row(&before.blobs, most)));
            rows.record(Row::Resource(&before.gas.row()));
        }
    }

    /// The system as a whole over the window. Accounts are opened by deposits, at its mean base fee.
    pub(super) fn report_system(&self, (trust, online): Words, now: SimTime, rows: &mut dyn Rows) {
        let gas = Gas(self.operator.params.gas.user_deposit.0 * u64::from(self.nodes));
        let base_fee = self.over_window.base_fee().unwrap_or(self.chain.market().base_fee);
        let price = base_fee.saturating_add(self.operator.params.tip);
        rows.record(Row::System(&SystemRow {
            capital: self.over_window.capital.means(now),
            setup_usd: self.prices.wei_in_usd(price.of(gas)),
            setup_weight: 0.0,
            channels: None,
            trust,
            online_required: online,
        }));
    }
}
