//! Path search: a pure function of what the sender may see.
//!
//! A search gets [`Knowledge`] (public view, own balances, beliefs) and nothing else; this module may
//! not use `channel`, so that no sender can read a true balance.

mod params;

pub use params::{ClothParams, LndParams, RouterChoice};
