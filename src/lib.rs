//! Leyden: a seeded discrete-event simulator of payment systems.

pub mod channel;
pub mod cli;
pub mod engine;
pub mod ids;
pub mod lightning;
pub mod math;
pub mod metrics;
pub mod network;
pub mod outcome;
pub mod payment;
pub mod report;
pub mod routing;
pub mod rows;
pub mod scenario;
pub mod system;
pub mod units;
pub mod workload;
