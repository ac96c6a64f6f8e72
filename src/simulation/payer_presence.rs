//! A system whose payers are not always there.
//!
//! Lightning's nodes go down and come up (`[lightning.availability]`), and what that means there is told in
//! `lightning`. Every other system gets the same people with the same times: who is not there cannot pay.
//! Whether the payee is there makes no difference to these systems, which is the point of comparing them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::baselines::failed;
use crate::ids::SystemName;
use crate::outcome::Failure;
use crate::rows::{Row, Sample};
use crate::system::{Broken, Cx, PaymentSystem};
use crate::units::SimTime;
use crate::workload::{Demand, Presence};

/// A system, and who is there.
#[derive(Serialize, Deserialize)]
#[serde(bound = "S: Serialize + DeserializeOwned")]
pub(super) struct PayerPresence<S: PaymentSystem> {
    pub(super) system: S,
    /// `None`: everybody, always.
    pub(super) presence: Option<Presence>,
    /// Payments before this time are kept out of statistics.
    pub(super) warmup: SimTime,
}

impl<S: PaymentSystem> PaymentSystem for PayerPresence<S> {
    const NAME: SystemName = S::NAME;
    type Event = S::Event;

    fn start(&mut self, cx: &mut Cx<'_, S::Event>) {
        self.system.start(cx);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Cx<'_, S::Event>) {
        let is_there =
            self.presence.as_mut().is_none_or(|presence| presence.is_online(demand.payer, cx.now));
        if is_there {
            return self.system.submit(demand, cx);
        }
        cx.fingerprint.absorb(cx.now.nanos(), 0, demand.id, demand.amount.get());
        cx.rows.record(Row::Payment(&failed(
            demand,
            self.warmup,
            Failure::PayerOffline,
            0,
            cx.now,
        )));
    }

    fn prepare(&mut self, upcoming: &[Demand], threads: usize) {
        self.system.prepare(upcoming, threads);
    }

    fn handle(&mut self, event: S::Event, cx: &mut Cx<'_, S::Event>) {
        self.system.handle(event, cx);
    }

    fn sample(&mut self, out: &mut Sample) {
        self.system.sample(out);
    }

    fn check_size(&self) -> usize {
        self.system.check_size()
    }

    fn check(&self) -> Result<(), Broken> {
        self.system.check()
    }

    fn look_ahead(&self) -> (u64, u64) {
        self.system.look_ahead()
    }

    fn is_quiet(&self) -> bool {
        self.system.is_quiet()
    }

    fn window_begins(&mut self, cx: &mut Cx<'_, S::Event>) {
        self.system.window_begins(cx);
    }

    fn window_ends(&mut self, cx: &mut Cx<'_, S::Event>) {
        self.system.window_ends(cx);
    }

    fn rebuild(&mut self) {
        self.system.rebuild();
    }

    fn finish(&mut self, cx: &mut Cx<'_, S::Event>) {
        self.system.finish(cx);
    }
}
