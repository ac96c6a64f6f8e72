//! What directions can send, kept until their channel changes.
//!
//! A payer looks at all its channels for every plan, and few of them have changed since the last one. To work the
//! amount out again takes terms and state, which seldom are in the cache; this is one number.

use crate::ids::{ChannelId, DirectedChannel};
use crate::units::Msat;

/// Amounts by channel and side. Derived from the rest, so never saved.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    amounts: Vec<[Msat; 2]>,
}

/// No direction can send so much: it is to be worked out.
const UNKNOWN: Msat = Msat::MAX;

impl Kept {
    /// What `direction` can send: as kept, else as `reckon` says.
    pub(super) fn get(
        &mut self,
        direction: DirectedChannel,
        reckon: impl FnOnce() -> Msat,
    ) -> Msat {
        let channel = direction.channel().index();
        if channel >= self.amounts.len() {
            self.amounts.resize(channel + 1, [UNKNOWN; 2]);
        }
        let amount = &mut self.amounts[channel][direction.from_side().index()];
        if *amount == UNKNOWN {
            *amount = reckon();
        }
        *amount
    }

    /// `channel` changes.
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
    fn an_amount_is_worked_out_once_until_its_channel_changes() {
        let (one, other) = (DirectedChannel(5), DirectedChannel(6));
        let mut kept = Kept::default();
        assert_eq!(kept.get(one, || Msat(7)), Msat(7));
        assert_eq!(kept.get(other, || Msat(8)), Msat(8));
        assert_eq!(kept.get(one, || unreachable!("it is kept")), Msat(7));
        kept.forget(one.channel());
        assert_eq!(kept.get(one, || Msat(9)), Msat(9));
        assert_eq!(kept.get(other, || unreachable!("another channel")), Msat(8));
        kept.forget(ChannelId(99));
    }
}
