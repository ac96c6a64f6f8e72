//! The payers' algorithms, and the one list of them.
//!
//! A router comes with a search in [`crate::routing`] and an entry here: its variant and its sender. The sender is called once
//! per plan through a pointer; the search below it is compiled for its router alone.

mod cloth;
mod one_part;
mod requests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::payment::sender::Sender;
use crate::payment::senders::cloth::ClothSender;
use crate::payment::senders::one_part::OnePart;
use crate::routing::{Cheapest, CheapestParams, ClothParams, Lnd, LndFast, LndParams};

/// Which algorithm finds routes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum RouterChoice {
    /// Least fee over capacities: the seed's router made correct.
    Cheapest(CheapestParams),
    /// lnd's cost and apriori mission control.
    Lnd(LndParams),
    /// The best routes by lnd's cost, with the same mission control.
    LndFast(LndParams),
    /// CLoTH's sender, a clone of lnd 0.9/0.10 with its quirks.
    Cloth(ClothParams),
}

impl RouterChoice {
    /// The payers' algorithm.
    pub fn sender(&self) -> Arc<dyn Sender> {
        match *self {
            Self::Cheapest(learning) => Arc::new(OnePart { router: Cheapest, learning }),
            Self::Lnd(params) => Arc::new(OnePart { router: Lnd { params }, learning: params }),
            Self::LndFast(params) => {
                Arc::new(OnePart { router: LndFast { params }, learning: params })
            }
            Self::Cloth(params) => Arc::new(ClothSender::new(params)),
        }
    }

    /// Whether forwarders keep to the channel that the sender named, where a scenario does not say.
    pub const fn is_strict(&self) -> bool {
        matches!(self, Self::Cloth(_))
    }

    /// Whether payers count inbound fees (lnd 0.18). Others pay without the discount, which forwarders accept.
    pub const fn counts_inbound_fees(&self) -> bool {
        matches!(self, Self::Lnd(_) | Self::LndFast(_))
    }
}
