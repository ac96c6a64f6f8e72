//! An attack in the run: its strategy's state, its nodes, and what it has locked so far.

use serde::{Deserialize, Serialize};

use crate::adversary::kinds::AttackState;
use crate::ids::NodeId;
use crate::outcome::AttackKind;
use crate::units::{Msat, SimTime};

/// An attack in the run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name in the scenario.
    pub name: String,
    /// Its kind.
    pub kind: AttackKind,
    /// When it starts and ends.
    pub span: [SimTime; 2],
    /// The attacker's nodes; the first one sends.
    pub nodes: Vec<NodeId>,
    /// What it does.
    pub state: AttackState,
    /// What it has locked, by label.
    pub meters: Vec<Meter>,
    /// Rows reported so far.
    pub reported: u64,
}

impl Campaign {
    /// Whether it runs at `now`.
    pub fn runs_at(&self, now: SimTime) -> bool {
        (self.span[0]..self.span[1]).contains(&now)
    }

    /// The meter of a label.
    pub fn meter(&mut self, label: u32) -> &mut Meter {
        let place = label as usize;
        if self.meters.len() <= place {
            self.meters.resize(place + 1, Meter::default());
        }
        &mut self.meters[place]
    }
}

/// How much of other nodes' money and how many of their slots an attempt has kept, and for how long: exact integrals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    locked: Msat,
    /// HTLCs that other nodes have offered for it.
    slots: u64,
    since: SimTime,
    /// In msat · ns.
    integral: u128,
    /// In slots · ns.
    slot_time: u128,
    /// Fees paid whatever became of the HTLCs.
    pub fees: Msat,
}

impl Meter {
    /// Another node offered so much for the attacker.
    pub fn lock(&mut self, amount: Msat, now: SimTime) {
        self.advance(now);
        self.locked += amount;
        self.slots += 1;
    }

    /// It has the money back, or has passed it on.
    pub fn unlock(&mut self, amount: Msat, now: SimTime) {
        self.advance(now);
        self.locked -= amount;
        self.slots -= 1;
    }

    /// Locked money times time until `now`, in msat · s, rounded down.
    pub fn read(&mut self, now: SimTime) -> u64 {
        self.advance(now);
        u64::try_from(self.integral / 1_000_000_000).unwrap_or(u64::MAX)
    }

    /// Slots of other nodes times time until `now`, in slots · s, rounded down.
    pub fn read_slots(&mut self, now: SimTime) -> u64 {
        self.advance(now);
        u64::try_from(self.slot_time / 1_000_000_000).unwrap_or(u64::MAX)
    }

    fn advance(&mut self, now: SimTime) {
        self.slot_time += u128::from(self.slots) * u128::from(now.since(self.since).get());
        self.integral += u128::from(self.locked.get()) * u128::from(now.since(self.since).get());
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_integrates_what_is_locked_exactly() {
        let mut meter = Meter::default();
        let second = |s: u64| SimTime(s * 1_000_000_000);
        meter.lock(Msat(100), second(10));
        meter.lock(Msat(50), second(12));
        meter.unlock(Msat(100), second(13));
        // 100 for 2 s, 150 for 1 s, 50 for 7 s.
        assert_eq!(meter.read(second(20)), 200 + 150 + 350);
        // One slot for 2 s, two for 1 s, one for 7 s.
        assert_eq!(meter.read_slots(second(20)), 2 + 2 + 7);
    }
}
