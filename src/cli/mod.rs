//! One file per verb.

mod check;

pub use check::{Checked, check};
