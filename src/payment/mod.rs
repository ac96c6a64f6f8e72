//! The life of one payment.

mod interpret;
mod params;

pub use interpret::{AttemptResult, Verdict, learn_cloth, learn_lnd};
pub use params::{Hold, PayeeParams, SendParams};
