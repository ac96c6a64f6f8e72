//! HTLCs by the height of their expiry: what a block has to look at.
//!
//! With payments that are held, hundreds of thousands of HTLCs are under way, and a block concerns only
//! those that expire soon. An HTLC is entered under its expiry when it is offered. It is not taken out when
//! it ends, which would cost a search on every payment: entries of HTLCs that have ended are dropped when
//! their height is looked at, and all at once when more than half of the entries are such. So an HTLC costs
//! one entry, and there are never many more entries than HTLCs under way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::htlc::{Htlc, HtlcId};
use crate::engine::Slab;
use crate::units::BlockHeight;

/// Entries of HTLCs that have ended, above as many as are under way, at which all of them are dropped.
const SLACK: usize = 1_024;

/// HTLCs by expiry, and some that have ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Calendar {
    heights: BTreeMap<BlockHeight, Vec<HtlcId>>,
    entries: usize,
}

impl Calendar {
    /// An HTLC was offered: one of `htlcs`, all that are under way.
    pub(super) fn enter(&mut self, id: HtlcId, htlcs: &Slab<Htlc>) {
        self.heights.entry(htlcs.get(id.0).cltv_expiry).or_default().push(id);
        self.entries += 1;
        if self.entries > 2 * htlcs.len() + SLACK {
            self.tidy(BlockHeight(u32::MAX), htlcs);
        }
    }

    /// The HTLCs under way that expire at `last` or before, by id.
    pub(super) fn until(&mut self, last: BlockHeight, htlcs: &Slab<Htlc>) -> Vec<HtlcId> {
        self.tidy(last, htlcs);
        let due = self.heights.range(..=last).flat_map(|(_, ids)| ids.iter().copied());
        let mut due: Vec<HtlcId> = due.collect();
        due.sort_unstable();
        due
    }

    /// Drops, up to a height, what has ended. Ids are used again, so one may stand there twice.
    fn tidy(&mut self, last: BlockHeight, htlcs: &Slab<Htlc>) {
        let mut dropped = 0;
        for (height, ids) in self.heights.range_mut(..=last) {
            let before = ids.len();
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| htlcs.find(id.0).is_some_and(|htlc| htlc.cltv_expiry == *height));
            dropped += before - ids.len();
        }
        self.entries -= dropped;
        self.heights.retain(|_, ids| !ids.is_empty());
    }

    /// Whether every HTLC under way is entered (H6: none is forgotten beyond its expiry).
    pub(super) fn is_complete(&self, htlcs: &Slab<Htlc>) -> bool {
        let mut copy = self.clone();
        copy.tidy(BlockHeight(u32::MAX), htlcs);
        let standing: usize = copy.heights.values().map(Vec::len).sum();
        standing == htlcs.len() && copy.entries == standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::htlc::{Add, Status};
    use crate::ids::{ChannelId, DirectedChannel, Side};
    use crate::units::Msat;

    fn offer(calendar: &mut Calendar, htlcs: &mut Slab<Htlc>, expiry: u32) -> HtlcId {
        let direction = DirectedChannel::new(ChannelId(0), Side::One);
        let cltv_expiry = BlockHeight(expiry);
        let add = Add { amount: Msat(1), lock: [0; 32], cltv_expiry, tag: 0 };
        let htlc = Htlc::new(direction, &add, Status::Offered, [true; 2]);
        let id = HtlcId(htlcs.insert(htlc));
        calendar.enter(id, htlcs);
        id
    }

    #[test]
    fn a_height_has_what_expires_until_then_by_id_and_nothing_that_has_ended() {
        let (mut calendar, mut htlcs) = (Calendar::default(), Slab::default());
        let ids = [30, 10, 20, 10].map(|expiry| offer(&mut calendar, &mut htlcs, expiry));
        assert_eq!(calendar.until(BlockHeight(9), &htlcs), []);
        assert_eq!(calendar.until(BlockHeight(20), &htlcs), ids[1..]);
        htlcs.remove(ids[1].0);
        // The same id again, at another height and at the same.
        assert_eq!(offer(&mut calendar, &mut htlcs, 30), ids[1]);
        assert_eq!(calendar.until(BlockHeight(20), &htlcs), ids[2..]);
        htlcs.remove(ids[1].0);
        assert_eq!(offer(&mut calendar, &mut htlcs, 30), ids[1]);
        assert_eq!(calendar.until(BlockHeight(30), &htlcs), ids);
        assert!(calendar.is_complete(&htlcs));
        calendar.heights.remove(&BlockHeight(20));
        assert!(!calendar.is_complete(&htlcs));
    }

    #[test]
    fn entries_stay_near_the_number_under_way_however_many_have_ended() {
        let (mut calendar, mut htlcs) = (Calendar::default(), Slab::default());
        let held: Vec<_> = (0..50).map(|i| offer(&mut calendar, &mut htlcs, 100 + i)).collect();
        for i in 0..100_000 {
            let id = offer(&mut calendar, &mut htlcs, 100 + i % 90);
            htlcs.remove(id.0);
            assert!(calendar.entries <= 2 * 51 + SLACK);
        }
        assert_eq!(calendar.until(BlockHeight(1_000), &htlcs), held);
        assert_eq!(calendar.entries, 50);
    }
}
