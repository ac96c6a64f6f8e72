//! Dense ids: indices into the tables of their owner, append-only, never reused for another thing
//! while anything still refers to it.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The place of this id in its table.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
            /// The id of place `index`.
            ///
            /// # Panics
            /// When the table has outgrown `u32`.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables stay below 2^32 entries"))
            }
        }
    };
}

id! {
    /// A Lightning node.
    NodeId
}
id! {
    /// A payment channel.
    ChannelId
}
id! {
    /// A payment under way.
    PaymentId
}
id! {
    /// One part (HTLC set along one route) of a payment under way.
    PartId
}
id! {
    /// One direction of a channel: `channel << 1 | direction`. Direction 0 is node 1 to node 2.
    DirectedChannel
}

macro_rules! systems {
    ($($(#[doc = $doc:literal])* $variant:ident => $name:literal,)+) => {
        /// A payment system that can be run. Declared in the order in which a run starts them, heaviest
        /// first.
        ///
        /// This is the one list of systems: a new one is a line here, and the compiler then names the
        /// places that must know it (`simulation` lists the steps).
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum SystemName { $($(#[doc = $doc])* $variant,)+ }

        impl SystemName {
            /// Every system, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in scenarios, output folders and tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is, in a sentence.
            pub(crate) const fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*),)+ }
            }
        }
    };
}

systems! {
    /// Payment channels.
    Lightning => "lightning",
    /// A rollup with validity proofs.
    ZkRollup => "zk_rollup",
    /// A rollup with challenges.
    OptimisticRollup => "optimistic_rollup",
    /// Ethereum, a transfer per payment.
    Ethereum => "ethereum",
    /// Bitcoin, a transaction per payment.
    Bitcoin => "bitcoin",
    /// A federated sidechain of Bitcoin.
    Sidechain => "sidechain",
    /// A card network.
    Card => "card",
}

impl std::fmt::Display for SystemName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// `node1` of the channel.
    One,
    /// `node2` of the channel.
    Two,
}

impl Side {
    /// Both ends, in order.
    pub const BOTH: [Self; 2] = [Self::One, Self::Two];

    /// 0 for the first end, 1 for the second: an index into `[T; 2]`.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::One => Self::Two,
            Self::Two => Self::One,
        }
    }
}

impl Default for DirectedChannel {
    fn default() -> Self {
        Self::NONE
    }
}

impl DirectedChannel {
    /// No direction at all: tables stay below this.
    pub const NONE: Self = Self(u32::MAX);

    /// The direction of `channel` in which `from` is the sender.
    pub const fn new(channel: ChannelId, from: Side) -> Self {
        Self(channel.0 << 1 | from as u32)
    }
    /// The channel of which this is a direction.
    pub const fn channel(self) -> ChannelId {
        ChannelId(self.0 >> 1)
    }
    /// The end that sends in this direction.
    pub const fn from_side(self) -> Side {
        if self.0 & 1 == 0 { Side::One } else { Side::Two }
    }
    /// The other direction of the same channel.
    #[must_use]
    pub const fn reverse(self) -> Self {
        Self(self.0 ^ 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directed_channel_keeps_its_channel_and_its_sender() {
        let there = DirectedChannel::new(ChannelId(7), Side::Two);
        assert_eq!((there.0, there.channel(), there.from_side()), (15, ChannelId(7), Side::Two));
        assert_eq!(there.reverse(), DirectedChannel::new(ChannelId(7), Side::One));
    }
}
