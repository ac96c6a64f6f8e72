//! The optimistic rollup: a root is accepted when nobody has challenged it within the window.
//!
//! Follow a payment: [`operator`](super::operator) executes it and tells the payee → its batch is posted →
//! an assertion claims the root after it and stakes a bond → watchers who are online rebuild that root from
//! the posted bytes → nobody objects → the window ends and withdrawals can be had. The payment is final before
//! that, with the L1 block that holds its data.
//!
//! An operator that asserts a wrong root (a share of its assertions, drawn) faces each watcher that is online.
//! The first of them plays the bisection game (`game`) over real roots, one transaction a move; the chain
//! executes the last step itself, the assertion is rejected, the bond is paid to the winner or burnt, and
//! the right root is asserted anew. When no watcher is online, the wrong root stands after the window and
//! takes money of others out of the bridge: R1 then holds with the stolen sum.
//!
//! The second implementation replays batches when they are asserted, as the watchers' node would.
//!
//! Simplified: one game at a time about an assertion, moves at fixed delays, honest assertions are never
//! challenged, users claim withdrawals themselves and pay for that outside of the model.

mod game;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Calldata, EthereumEvent, Receipt};
use crate::engine::{Draws, Within};
use crate::ids::SystemName;
use crate::rollup::batch_data::{post, posted};
use crate::rollup::core::{Core, CoreOutput, RollupWorld};
use crate::rollup::events::{CoreEvent, OptimisticEvent, Tag};
use crate::rollup::expected::ExpectedBatches;
use crate::rollup::l1_sender::OPERATOR_SENDER;
use crate::rollup::operation::Operation;
use crate::rollup::optimistic::game::{Game, NextMove, RootRange};
use crate::rollup::params::OptimisticParams;
use crate::rollup::pricing::{Prior, Share};
use crate::rollup::replay::Touch;
use crate::rollup::tree::Hash;
use crate::rows::Sample;
use crate::system::{Broken, Cx, PaymentSystem};
use crate::units::{Gas, Msat, SimTime, Wei};
use crate::workload::Demand;

/// Calldata of an assertion.
const ASSERTION: Calldata = Calldata { zeros: 0, others: 128 };

/// The sender of a challenger's transactions.
const CHALLENGER_SENDER: u64 = 1;

/// A claim about the root after batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Assertion {
    first: u64,
    last: u64,
    /// When its window is over; `None`: in no block yet.
    until: Option<SimTime>,
    /// The window is over and nobody has objected.
    unchallenged: bool,
    /// What a false one will come to.
    game: Option<Box<Game>>,
    /// A watcher plays against it.
    challenged: bool,
}

/// Stakes, in wei.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bonds {
    staked: Wei,
    slashed: Wei,
    rewarded: Wei,
    burnt: Wei,
}

/// The optimistic rollup.
#[derive(Debug, Serialize, Deserialize)]
pub struct OptimisticRollup {
    core: Core,
    params: OptimisticParams,
    to_post: VecDeque<u64>,
    assertions: BTreeMap<u64, Assertion>,
    next_assertion: u64,
    /// The next batch to be asserted, and to be confirmed.
    asserted: u64,
    confirmed: u64,
    lies: Draws,
    watchers: Draws,
    bonds: Bonds,
    stolen: Msat,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, OptimisticEvent>;

impl OptimisticRollup {
    /// A rollup before its first payment.
    pub fn new(params: OptimisticParams, world: RollupWorld) -> Self {
        let seeds = world.seeds;
        let prior = prior(&params, &world);
        let mut core = Core::new(params.operator.clone(), world, &prior);
        core.operator.replays_later = true;
        Self {
            core,
            params,
            to_post: VecDeque::new(),
            assertions: BTreeMap::new(),
            next_assertion: 0,
            asserted: 0,
            confirmed: 0,
            lies: seeds.draws("rollup.lies"),
            watchers: seeds.draws("rollup.watchers"),
            bonds: Bonds::default(),
            stolen: Msat::ZERO,
        }
    }

    fn core_event(&mut self, event: CoreEvent, cx: &mut Context<'_>) {
        let mut outputs = Vec::new();
        let mut schedule = Within::new(cx.now, cx.queue, OptimisticEvent::Core);
        self.core.handle(event, &mut schedule, cx.rows, &mut outputs);
        if event == CoreEvent::Chain(EthereumEvent::Slot) {
            self.core.quote(cx.now);
        }
        for output in outputs {
            self.on_output(output, cx);
        }
    }

    fn on_output(&mut self, output: CoreOutput, cx: &mut Context<'_>) {
        match output {
            CoreOutput::Sealed(number) => {
                self.to_post.push_back(number);
                cx.queue.push(cx.now + self.params.post_within, OptimisticEvent::PostDue(number));
                while self.to_post.len() >= self.params.post_batches as usize
                    && !self.core.operator.halted
                {
                    self.post(cx.now);
                }
            }
            CoreOutput::Included(receipt) => self.included(&receipt, cx),
            CoreOutput::Final(Tag::Commit { first, last }) => self.data_final(first, last, cx),
            CoreOutput::Final(_) => {}
            CoreOutput::Resumed => self.post_up_to(u64::MAX, cx.now),
            CoreOutput::Overdue => self.force_requests(cx),
        }
    }

    /// The L1 block with the data of these batches is final, and so are their payments: every node derives
    /// the same state from the data. The challenge window is about withdrawals alone.
    fn data_final(&mut self, first: u64, last: u64, cx: &mut Context<'_>) {
        for number in first..=last {
            if let Some(batch) = self.core.batches.get_mut(&number) {
                batch.final_at = Some(cx.now);
                self.core.finish_batch(number, cx.rows);
            }
        }
    }

    /// Requests on the chain that were not served in time are part of the state all the same: nodes derive
    /// them from the chain. Where the operator has stopped, nobody posts batches any more, and users leave
    /// with what was posted, after a window.
    fn force_requests(&mut self, cx: &mut Context<'_>) {
        if self.core.operator.halted {
            cx.queue.push(cx.now + self.params.window, OptimisticEvent::Freeze);
            return;
        }
        let mut outputs = Vec::new();
        let mut schedule = Within::new(cx.now, cx.queue, OptimisticEvent::Core);
        self.core.include_requests(cx.now, &mut schedule, &mut outputs);
        for output in outputs {
            self.on_output(output, cx);
        }
    }

    fn post(&mut self, now: SimTime) {
        let most = self.params.post_batches;
        post(&mut self.core, &mut self.to_post, most, now);
    }

    fn post_up_to(&mut self, number: u64, now: SimTime) {
        while self.to_post.front().is_some_and(|first| *first <= number)
            && !self.core.operator.halted
        {
            self.post(now);
        }
    }

    fn included(&mut self, receipt: &Receipt<Tag>, cx: &mut Context<'_>) {
        match receipt.tag {
            Tag::Commit { first, last } if self.core.bridge.frozen.is_none() => {
                posted(&mut self.core, receipt, [first, last]);
            }
            Tag::Assert(number) => self.standing(number, receipt, cx),
            Tag::Move(number) => {
                cx.queue.push(cx.now + self.params.answer, OptimisticEvent::Answer(number));
            }
            Tag::Commit { .. }
            | Tag::Prove { .. }
            | Tag::Execute { .. }
            | Tag::Settle { .. }
            | Tag::Deposit(_)
            | Tag::Exit(_)
            | Tag::Escape(_) => {}
        }
    }

    /// Claims the root after all posted batches. Where the operator has stopped, a watcher does.
    fn assert_root(&mut self, cx: &mut Context<'_>) {
        self.assert_later(cx);
        let [posted, _, _] = self.core.bridge.progress();
        if posted > self.asserted {
            let (first, last) = (self.asserted, posted - 1);
            self.asserted = posted;
            let lies = self.lies.at(self.next_assertion, 0).chance(self.params.false_roots);
            let game = self.watch(first, last, lies && !self.core.operator.halted);
            self.claim(first, last, game, cx.now);
        }
    }

    fn assert_later(&mut self, cx: &mut Context<'_>) {
        let due = cx.now + self.params.assert_every;
        self.core.pricing.due = Some(due);
        cx.queue.push(due, OptimisticEvent::Assert);
    }

    fn claim(&mut self, first: u64, last: u64, game: Option<Box<Game>>, now: SimTime) {
        let number = self.next_assertion;
        self.next_assertion += 1;
        let assertion =
            Assertion { first, last, until: None, unchallenged: false, game, challenged: false };
        self.assertions.insert(number, assertion);
        self.bonds.staked += self.bond();
        let fork = self.core.chain.market().fork;
        let gas = ASSERTION.transaction_gas(self.params.assertion_gas, fork);
        self.core.send(Tag::Assert(number), OPERATOR_SENDER, gas, 0, now);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive sum of ether in wei"
    )]
    fn bond(&self) -> Wei {
        Wei((self.params.bond_eth * 1e18) as u128)
    }

    /// The watchers' node replays the batches of an assertion from their bytes. For a false one it keeps what
    /// the game needs: the right roots, and where the operator cheats.
    fn watch(&mut self, first: u64, last: u64, lies: bool) -> Option<Box<Game>> {
        let draws = &mut self.lies.at(self.next_assertion, 1);
        let cheated = first + draws.below(last - first + 1);
        let mut roots = Vec::new();
        let mut inside = None;
        for number in first..=last {
            let Some(batch) = self.core.batches.get_mut(&number) else { continue };
            roots.push(batch.before_root);
            let (before_root, root) = (batch.before_root, batch.root);
            let operations = batch.operations.max(1);
            let Some((bytes, witnesses)) = batch.unreplayed.take() else { continue };
            if lies && number == cheated {
                inside = self.step_of(&bytes, draws.below(operations), before_root);
            }
            self.core.operator.attest(number, &bytes, &witnesses, &root);
            if number == last {
                roots.push(root);
            }
        }
        let (operations, operation, touches) = inside?;
        let wrong_step = cheated - first;
        let batches = RootRange { right: roots, wrong_step };
        Some(Box::new(Game::new(batches, operations, operation, touches)))
    }

    /// The right roots inside a batch, and one operation with the paths on which it changes accounts.
    fn step_of(
        &self,
        bytes: &[u8],
        wrong_step: u64,
        before_root: Hash,
    ) -> Option<(RootRange, Operation, Vec<Touch>)> {
        let mut node = self.core.operator.replayer.as_deref()?.clone();
        let operations = node.operations(bytes).ok()?;
        let (mut right, mut found) = (vec![before_root], None);
        for (place, operation) in (0..).zip(&operations) {
            if place == wrong_step {
                found = Some((*operation, node.touches_of(operation).ok()?));
            }
            right.push(node.replay_one(operation).ok()?);
        }
        let (operation, touches) = found?;
        Some((RootRange { right, wrong_step }, operation, touches))
    }

    /// An assertion stands on the chain: its window begins, and watchers look at it.
    fn standing(&mut self, number: u64, receipt: &Receipt<Tag>, cx: &mut Context<'_>) {
        let window = self.params.window;
        let Some(assertion) = self.assertions.get_mut(&number) else { return };
        let until = receipt.seen + window;
        assertion.until = Some(until);
        cx.queue.push(until, OptimisticEvent::WindowOver(number));
        let (first, last) = (assertion.first, assertion.last);
        let watched = assertion.game.is_some();
        for batch in first..=last {
            let Some(batch) = self.core.batches.get_mut(&batch) else { continue };
            batch.proven = Some(receipt.seen);
            batch.faults += u32::from(watched);
        }
        let every = self.params.assert_every;
        self.core.charge_by_time(receipt, [first, last], every);
        let online = |watcher: u32| {
            self.watchers.at(number, u64::from(watcher)).chance(self.params.watcher_online)
        };
        if watched && (0..self.params.watchers).any(online) {
            cx.queue.push(receipt.seen + self.params.react, OptimisticEvent::React(number));
        }
    }

    /// A watcher challenges.
    fn react(&mut self, number: u64, now: SimTime) {
        let Some(assertion) = self.assertions.get_mut(&number) else { return };
        assertion.challenged = true;
        self.send_move(number, CHALLENGER_SENDER, self.params.move_gas, now);
    }

    /// The next move of a game is due.
    fn answer(&mut self, number: u64, now: SimTime) {
        let Some(assertion) = self.assertions.get_mut(&number) else { return };
        let Some(game) = &mut assertion.game else { return };
        if game.is_decided() {
            let asserter_is_right = game.asserter_is_right();
            assert!(!asserter_is_right, "R7: an honest challenger wins against a wrong root");
            self.reject(number, now);
            return;
        }
        let next = game.play();
        let sender = if game.moves.is_multiple_of(2) { CHALLENGER_SENDER } else { OPERATOR_SENDER };
        let gas = match next {
            NextMove::Answer => self.params.move_gas,
            NextMove::Step => self.params.step_gas,
        };
        self.send_move(number, sender, gas, now);
    }

    fn send_move(&mut self, number: u64, sender: u64, gas: Gas, now: SimTime) {
        let data = Calldata { zeros: 0, others: 256 };
        let gas = data.transaction_gas(gas, self.core.chain.market().fork);
        self.core.send(Tag::Move(number), sender, gas, 0, now);
    }

    /// An assertion is rejected: its bond is slashed, the right root is asserted again.
    fn reject(&mut self, number: u64, now: SimTime) {
        let Some(Assertion { first, last, .. }) = self.assertions.remove(&number) else { return };
        let bond = self.bond();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a bond, rounded down to whole wei"
        )]
        let reward = Wei(((bond.0 as f64 * self.params.reward_share) as u128).min(bond.0));
        self.bonds.staked.0 -= bond.0;
        self.bonds.slashed += bond;
        self.bonds.rewarded += reward;
        self.bonds.burnt += Wei(bond.0 - reward.0);
        for batch in first..=last {
            if let Some(batch) = self.core.batches.get_mut(&batch) {
                batch.proven = None;
            }
        }
        self.claim(first, last, None, now);
    }

    /// The window of an assertion is over. One that is challenged waits for the end of its game.
    fn window_over(&mut self, number: u64, cx: &mut Context<'_>) {
        let Some(assertion) = self.assertions.get_mut(&number) else { return };
        if assertion.challenged {
            return;
        }
        assertion.unchallenged = true;
        loop {
            let next =
                self.assertions.iter().find(|(_, a)| a.first == self.confirmed && a.unchallenged);
            let Some(number) = next.map(|(number, _)| *number) else { return };
            self.confirm(number, cx);
        }
    }

    fn confirm(&mut self, number: u64, cx: &mut Context<'_>) {
        let Some(assertion) = self.assertions.remove(&number) else { return };
        let Assertion { last, game, .. } = assertion;
        self.bonds.staked.0 -= self.bond().0;
        if game.is_some() {
            // A wrong root stands: it gives the operator a balance that nobody paid for.
            self.stolen += self.core.bridge.steal(self.params.theft);
        }
        self.core.bridge.confirm(last).expect("R7: roots are confirmed in order");
        for number in self.confirmed..=last {
            let Some(batch) = self.core.batches.get_mut(&number) else { continue };
            self.core.bridge.execute(batch).expect("R6: paid out once, in order, confirmed");
            batch.executed = Some(cx.now);
            self.core.finish_batch(number, cx.rows);
        }
        self.confirmed = last + 1;
    }

    fn note_capital(&mut self, now: SimTime) {
        let btc_usd = self.core.prices.btc_usd;
        let bonds = in_bitcoin(self.core.prices.wei_in_usd(self.bonds.staked), btc_usd);
        self.core.note_capital(u128::from(bonds.get()), now);
    }

    /// Where the run ends before the windows do, the rule says when withdrawals can be had.
    fn project_withdrawals(&mut self) {
        let mut next = self.confirmed;
        let mut latest = SimTime::ZERO;
        loop {
            let found = self.assertions.values().find(|assertion| assertion.first == next);
            let Some(Assertion { last, until: Some(until), game: None, .. }) = found else {
                return;
            };
            latest = latest.max(*until);
            for number in next..=*last {
                if let Some(batch) = self.core.batches.get_mut(&number) {
                    batch.executed = Some(latest);
                }
            }
            next = last + 1;
        }
    }

    /// Batches that the watchers' node has not seen are replayed now, so that none is left unchecked.
    fn watch_the_rest(&mut self) {
        let numbers: Vec<u64> = self.core.batches.keys().copied().collect();
        for number in numbers {
            let Some(batch) = self.core.batches.get_mut(&number) else { continue };
            let root = batch.root;
            if let Some((bytes, witnesses)) = batch.unreplayed.take() {
                self.core.operator.attest(number, &bytes, &witnesses, &root);
            }
        }
    }
}

impl PaymentSystem for OptimisticRollup {
    const NAME: SystemName = SystemName::OptimisticRollup;
    type Event = OptimisticEvent;

    fn start(&mut self, cx: &mut Context<'_>) {
        self.core.start(&mut cx.within(OptimisticEvent::Core));
        self.assert_later(cx);
        self.core.quote(cx.now);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.core.submitted, demand.amount.get());
        let mut schedule = Within::new(cx.now, cx.queue, OptimisticEvent::Core);
        self.core.submit(demand, &mut schedule, cx.rows);
        self.note_capital(cx.now);
    }

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, event: OptimisticEvent, cx: &mut Context<'_>) {
        let (kind, entity) = event.fingerprint();
        cx.fingerprint.absorb(cx.now.nanos(), kind, entity, self.core.operator.open.fees.get());
        match event {
            OptimisticEvent::Core(event) => self.core_event(event, cx),
            OptimisticEvent::PostDue(number) => self.post_up_to(number, cx.now),
            OptimisticEvent::Assert => self.assert_root(cx),
            OptimisticEvent::React(number) => self.react(number, cx.now),
            OptimisticEvent::Answer(number) => self.answer(number, cx.now),
            OptimisticEvent::WindowOver(number) => self.window_over(number, cx),
            OptimisticEvent::Freeze => {
                if self.core.bridge.frozen.is_none() && self.core.bridge.is_overdue(cx.now) {
                    let [posted, _, _] = self.core.bridge.progress();
                    self.core.freeze(posted, cx.now, cx.rows);
                }
            }
        }
        self.note_capital(cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        out.rollup = Some(self.core.sample());
    }

    fn check_size(&self) -> usize {
        self.core.check_size()
    }

    fn check(&self) -> Result<(), Broken> {
        let Bonds { slashed, rewarded, burnt, .. } = self.bonds;
        if slashed != rewarded + burnt {
            let detail = format!("{slashed:?} slashed, {rewarded:?} rewarded, {burnt:?} burnt");
            return Err(Broken { invariant: "R7", detail });
        }
        self.core.check()
    }

    fn rebuild(&mut self) {
        let Core { batches, operator, .. } = &mut self.core;
        operator.rebuild(batches.values().filter(|batch| batch.unreplayed.is_some()));
    }

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        self.note_capital(cx.now);
        self.core.window_begins(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        self.core.report_resources(cx.now, cx.rows);
        let trust = "one honest watcher online in every window; the operator's word until then";
        self.core.report_system((trust, "payer, operator and a watcher"), cx.now, cx.rows);
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        self.watch_the_rest();
        self.project_withdrawals();
        self.core.finish(cx.now, cx.rows);
    }
}

/// What a batch is expected to need: its share of a posting transaction and of an assertion.
fn prior(params: &OptimisticParams, world: &RollupWorld) -> Prior {
    let expected = ExpectedBatches::new(&params.operator, world.expected_rate);
    let fork = world.ethereum.fork.at(SimTime::ZERO);
    let posted = expected.together(params.post_within, params.post_batches);
    let assertion = ASSERTION.transaction_gas(params.assertion_gas, fork);
    Prior {
        size: expected.size,
        every_s: expected.every_s,
        most: expected.most,
        shares: [
            expected.commit_share(posted, &params.operator, fork),
            expected.share_by_time(assertion, params.assert_every),
            Share::default(),
        ],
        proving_usd: 0.0,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive figure for the report; the cast saturates"
)]
fn in_bitcoin(usd: f64, btc_usd: f64) -> Msat {
    Msat((usd / btc_usd * 1e11) as u64)
}
