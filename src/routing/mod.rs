//! Path search: a pure function of what the sender may see.
//!
//! A search gets [`Knowledge`] (public view, own balances, beliefs) and nothing else; this module may
//! not use `channel`, so that no sender can read a true balance. The exception says so in its type: [`Oracle`], a
//! bound and no payer's algorithm, is shown a [`Liquidity`].
//!
//! All searches run backwards from the payee, because the fee of a node depends on what it must send
//! onward: amounts and expiries grow from payee to payer, in exact integers, and the payer charges
//! itself nothing. Amounts are in msat, expiries in blocks above the current height (BOLT 4, BOLT 7).

mod amounts;
mod beliefs;
mod bidirectional;
mod cheapest;
mod cln;
mod cloth;
mod eclair;
mod edge;
mod hop;
mod inbound;
mod ldk;
mod least_amounts;
mod lists;
mod lnd;
mod local_channels;
mod max_flow;
#[cfg(test)]
mod memory_tests;
mod min_cost_flow;
mod oracle;
mod params;
mod primitives;
mod route;
mod router;
mod scratch;
mod shortest_hops;
mod single_label;
#[cfg(test)]
mod testing;
mod view;

pub use amounts::{Charge, fill_hops};
pub use beliefs::{Beliefs, Record};
pub use cheapest::Cheapest;
pub use cln::Cln;
pub use cloth::Cloth;
pub use eclair::Eclair;
pub use hop::Hop;
pub use inbound::find_route;
pub use ldk::{ChannelScores, Ldk};
pub use least_amounts::LeastAmounts;
pub use lnd::{Lnd, LndFast};
pub use max_flow::MaxFlow;
pub use min_cost_flow::{Cuts, Flow, FlowCosts, min_cost_flow, split, uncertain_arcs};
pub use oracle::{Liquidity, Oracle};
pub use params::{
    BimodalParams, CheapestParams, ClnParams, ClothParams, EclairParams, Estimator, LdkParams,
    LndParams, PickhardtParams,
};
pub use route::{Knowledge, LocalChannel, NoRoute, Query, Route};
pub use router::Router;
pub use scratch::Scratch;
pub use shortest_hops::ShortestHops;
pub use view::View;
