//! What models report: one struct per kind of row, and the trait that takes them.
//!
//! Models emit rows and never format, average or write anything: [`Rows`] is implemented by the
//! metrics (folds over rows) and by the report (files). Fields are those of the output columns, in
//! their order; a value without a meaning is `None` and becomes an empty cell.

mod attack;
mod bitcoin;
mod network;
mod payment;
mod rollup;
mod sample;
mod system;
#[cfg(test)]
pub(crate) mod testing;
mod window;

pub use attack::{AttackRow, CampaignRow, TowerRow};
pub use bitcoin::{BlockRow, ClosureRow, LossRow, OpenedRow};
pub use network::{ChannelRow, NodeRow};
pub use payment::{AcknowledgedRow, AttemptRow, OfferedRow, PaymentRow, Settlement};
pub use rollup::{BatchRow, EthereumBlockRow};
pub use sample::{BitcoinSample, CardSample, ChannelSample, EthereumSample, RollupSample, Sample};
pub use system::{Capital, ChannelMeans, ResourceRow, SystemRow};
pub use window::Window;

/// Takes what a system reports, in the order in which it happens.
///
/// Whoever writes or folds rows matches every kind, without a wildcard: a new kind does not compile
/// until each of them has decided what to do with it.
pub trait Rows {
    /// Takes one row.
    fn record(&mut self, row: Row<'_>);
}

/// Declares [`Row`] and counts its kinds, so that tests can tell that they have seen them all.
macro_rules! rows {
    ($($(#[$doc:meta])* $kind:ident($row:ty),)*) => {
        /// What a system reports, by kind.
        #[derive(Clone, Copy, Debug)]
        pub enum Row<'a> {
            $($(#[$doc])* $kind(&'a $row),)*
        }

        impl Row<'_> {
            /// The names of all kinds, in the order of the declaration.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($kind)),*];

            /// The name of its kind.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($kind),)*
                }
            }
        }
    };
}

rows! {
    /// A demand was submitted.
    Offered(OfferedRow),
    /// A payee learnt that it is paid, long before the payment is final.
    Acknowledged(AcknowledgedRow),
    /// A payment ended, or was still pending at the end of the run.
    Payment(PaymentRow),
    /// An attempt (one part on one route) ended.
    Attempt(AttemptRow<'a>),
    /// A sampling interval ended; the state holds at its end.
    Sample(Sample),
    /// A channel opened during the run: rows may speak of it from now on.
    Opened(OpenedRow<'a>),
    /// A channel is closed for good.
    Closure(ClosureRow),
    /// A node lost money to others.
    Loss(LossRow),
    /// A block of Bitcoin was found.
    Block(BlockRow),
    /// A block of Ethereum, of a system that settles there.
    EthereumBlock(EthereumBlockRow),
    /// A batch of a rollup is final, or the run ended first.
    Batch(BatchRow),
    /// An attack is to come.
    Campaign(CampaignRow),
    /// An attempt of an attack ended, or was still pending at the end of the run.
    Attack(AttackRow<'a>),
    /// What watchtowers keep, at the end.
    Towers(TowerRow),
    /// Final state of a channel.
    Channel(ChannelRow),
    /// Final state of a node.
    Node(NodeRow),
    /// How much of something limited was used; one for each such thing, when the window for statistics ends.
    Resource(ResourceRow),
    /// What holds of the system as a whole, when the window for statistics ends.
    System(SystemRow),
}
