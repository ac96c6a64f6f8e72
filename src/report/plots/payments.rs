//! Payments, as the plots that look at each of them need them: the table, by far the longest, is read once for all
//! of them.

use serde::Deserialize;

use crate::outcome::Outcome;
use crate::report::error::OutputError;
use crate::report::plots::chart::Picture;
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// A plot of a system's measured payments.
pub(super) trait PaymentsPlot {
    /// Takes in the next payment of the table.
    fn add(&mut self, payment: &Payment);

    /// The picture of all, or nothing where they have nothing to show for it.
    fn picture(&self, run: &SystemRun) -> Option<Picture>;
}

/// A plot of payments: its name, and itself before the first payment.
pub(super) type Begun = (&'static str, fn() -> Box<dyn PaymentsPlot>);

/// The pictures of all these plots, by name.
pub(super) fn pictures(
    run: &SystemRun,
    plots: &[Begun],
) -> Result<Vec<(&'static str, Picture)>, OutputError> {
    let mut begun: Vec<_> = plots.iter().map(|(name, begin)| (*name, begin())).collect();
    measured(run, |payment| begun.iter_mut().for_each(|(_, plot)| plot.add(&payment)))?;
    let picture =
        |(name, plot): (&'static str, Box<dyn PaymentsPlot>)| Some((name, plot.picture(run)?));
    Ok(begun.into_iter().filter_map(picture).collect())
}

/// A row of `payments.csv`.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(deserialize_with = "read::finite")]
    amount_msat: f64,
    measured: bool,
    outcome: Outcome,
    hops: Option<usize>,
    #[serde(deserialize_with = "read::finite_or")]
    latency_s: Option<f64>,
}

/// A measured payment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Payment {
    pub(super) amount_sat: f64,
    pub(super) settled: bool,
    /// Channels of its route, of the longest where it has several parts; none where payments have no routes.
    pub(super) hops: Option<usize>,
    /// From submission until the payer knew; settled payments only.
    pub(super) latency_s: Option<f64>,
}

/// Hands every measured payment to `each`, in the order of the table.
fn measured(run: &SystemRun, mut each: impl FnMut(Payment)) -> Result<(), OutputError> {
    read::rows(&run.table("payments.csv"), |row: Row| {
        if !row.measured {
            return;
        }
        let settled = row.outcome == Outcome::Settled;
        each(Payment {
            amount_sat: row.amount_msat / 1_000.0,
            settled,
            hops: row.hops,
            latency_s: row.latency_s.filter(|_| settled),
        });
    })
}
