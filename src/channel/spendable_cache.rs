//! The spendable amount of each direction, cached until its channel changes.
//!
//! A payer looks at all its channels for every plan, and few of them have changed since the last one. Computing the
//! amount again reads terms and state, which seldom are in the CPU cache; this is one number.

use crate::ids::{ChannelId, DirectedChannel};
use crate::units::Msat;

/// Amounts by channel and side. Derived from the rest, so never saved.
#[derive(Clone, Debug, Default)]
pub(super) struct SpendableCache {
    amounts: Vec<[Msat; 2]>,
}

/// Not cached. No direction can send this much.
const UNKNOWN: Msat = Msat::MAX;

impl SpendableCache {
    /// What `direction` can send: the cached amount, or else the result of `compute`.
    pub(super) fn get(
        &mut self,
        direction: DirectedChannel,
        compute: impl FnOnce() -> Msat,
    ) -> Msat {
        let channel = direction.channel().index();
        if channel >= self.amounts.len() {
            self.amounts.resize(channel + 1, [UNKNOWN; 2]);
        }
        let amount = &mut self.amounts[channel][direction.from_side().index()];
        if *amount == UNKNOWN {
            *amount = compute();
        }
        *amount
    }

    /// Drops the cached amounts of `channel`, which changes.
    pub(super) fn forget(&mut self, channel: ChannelId) {
        if let Some(amounts) = self.amounts.get_mut(channel.index()) {
            *amounts = [UNKNOWN; 2];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_computed_once_until_its_channel_changes() {
        let (one, other) = (DirectedChannel(5), DirectedChannel(6));
        let mut cache = SpendableCache::default();
        assert_eq!(cache.get(one, || Msat(7)), Msat(7));
        assert_eq!(cache.get(other, || Msat(8)), Msat(8));
        assert_eq!(cache.get(one, || unreachable!("it is cached")), Msat(7));
        cache.forget(one.channel());
        assert_eq!(cache.get(one, || Msat(9)), Msat(9));
        assert_eq!(cache.get(other, || unreachable!("another channel")), Msat(8));
        cache.forget(ChannelId(99));
    }
}
