//! Leyden: a seeded discrete-event simulator of payment systems.
//!
//! A scenario (TOML) says which network, which payments and which protocol; a run drives the payments
//! over a virtual clock and writes tables, plots and a summary. A run is a pure function of scenario,
//! input files, seed and version.
//!
//! # Follow one payment
//!
//! 1. `scenarios/four-nodes.toml`: the question, with the expected numbers computed by hand.
//! 2. [`cli`]: `leyden run` loads the scenario, runs it, writes the report.
//! 3. [`scenario`]: text to a checked [`scenario::Scenario`], or all its problems at once.
//! 4. [`simulation`]: network ([`network`]), balances, workload ([`workload`]) and systems put together;
//!    every system carries the same payments in a simulation of its own ([`baselines`]: what Lightning
//!    is compared with).
//! 5. [`system::drive`]: merges demands, events and samples in the order of the virtual clock
//!    ([`engine`]).
//! 6. [`lightning`]: a [`workload::Demand`] is submitted; `Event` lists what can happen to it, in the
//!    order of its life.
//! 7. [`payment`]: the payer's algorithm plans ([`payment::Sender::next`]) and learns.
//! 8. [`routing`]: the search itself, which sees what a sender may see and nothing else.
//! 9. [`channel`]: each hop's HTLC, its commitments and the commitment dance.
//! 10. [`rows`]: the payment's end is a [`rows::PaymentRow`].
//! 11. [`metrics`] folds rows into the summary, [`report`] writes them as CSV and draws them.
//!
//! [`study`] holds claims, such as the table of the article the project started from, against many runs of a
//! scenario.
//! [`sweep`] runs a scenario many times with keys varied, in memory, and compares the summaries.
//!
//! `tests/cli.rs` runs the scenario of this tour and compares every row.
//!
//! # Who may use whom
//!
//! | module | may use |
//! | --- | --- |
//! | units | — |
//! | ids | — |
//! | math | — |
//! | declare | units (how a scenario key is declared; it knows no key) |
//! | prices | units, declare |
//! | outcome | — |
//! | rows | units, ids, outcome |
//! | metrics | units, math, prices, outcome, rows |
//! | engine | units, math |
//! | network | units, ids, math, declare, engine |
//! | workload | units, ids, math, declare, engine, network |
//! | system | units, ids, rows, engine, workload |
//! | chain | units, math, declare, rows, engine |
//! | channel | units, ids, engine |
//! | routing | units, ids, math, declare, engine, network (not `channel`: no sender can read a true balance) |
//! | payment | units, ids, declare, outcome, engine, network, workload, channel, routing |
//! | adversary | units, ids, math, declare, outcome, engine, network, channel, routing, payment (channels as `AttackerView` shows them; for a breach, as an `Opportunity`) |
//! | lightning | units, ids, math, declare, outcome, rows, engine, network, workload, system, chain, channel, routing, payment, adversary |
//! | lookahead | payment, lightning (threads that plan ahead) |
//! | rollup | units, ids, math, declare, prices, outcome, rows, engine, workload, system, chain (not `lightning`: systems that are compared share no state) |
//! | baselines | units, ids, math, declare, prices, outcome, rows, engine, workload, system, chain (likewise) |
//! | scenario | units, ids, math, declare, prices, network, workload, chain, adversary, lightning, rollup, baselines (the parameters of these) |
//! | report | units, ids, math, outcome, rows, metrics, engine, network |
//! | simulation | all above |
//! | saturate | all above |
//! | study | all above |
//! | sweep | all above |
//! | cli | all above (`main` uses nothing else) |
//!
//! `tests/layers` parses the sources, holds them to this table and refuses circles between files.

pub mod adversary;
pub mod baselines;
pub mod chain;
pub mod channel;
pub mod cli;
mod declare;
pub mod engine;
pub mod ids;
pub mod lightning;
pub mod lookahead;
pub mod math;
pub mod metrics;
pub mod network;
pub mod outcome;
pub mod payment;
pub mod prices;
pub mod report;
pub mod rollup;
pub mod routing;
pub mod rows;
pub mod saturate;
pub mod scenario;
pub mod simulation;
pub mod study;
pub mod sweep;
pub mod system;
pub mod units;
pub mod workload;
