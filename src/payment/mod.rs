//! The life of one payment.

mod params;

pub use params::{Hold, PayeeParams, SendParams};
