//! The stream of demands: what every system under comparison is given, in the same order.

use std::iter::Copied;

use crate::engine::Source;
use crate::units::SimTime;
use crate::workload::amounts::Amounts;
use crate::workload::arrivals::ArrivalTimes;
use crate::workload::demand::Demand;
use crate::workload::funded::{FundedParties, Redrawn};

/// A prepared workload. Each call of [`Workload::iter`] gives the same demands, in order of time.
#[derive(Clone, Debug)]
pub struct Workload(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Replayed(Vec<Demand>),
    Generated(Box<Generator>),
}

/// Three independent models, each with the stream of draws it starts from.
#[derive(Clone, Debug)]
pub(crate) struct Generator {
    pub(crate) arrivals: ArrivalTimes,
    pub(crate) amounts: Amounts,
    pub(crate) amount_draws: Source,
    pub(crate) parties: FundedParties,
    pub(crate) party_draws: Source,
    /// At most so many demands.
    pub(crate) most: u64,
}

impl Workload {
    pub(crate) const fn replayed(demands: Vec<Demand>) -> Self {
        Self(Kind::Replayed(demands))
    }

    pub(crate) fn generated(generator: Generator) -> Self {
        Self(Kind::Generated(Box::new(generator)))
    }

    /// All demands from the first on. `iter().skip(n)` continues after `n` demands.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Kind::Replayed(demands) => Position::Replayed(demands.iter().copied()),
            Kind::Generated(generator) => Position::Generated(Box::new(Generated {
                amounts: &generator.amounts,
                parties: &generator.parties,
                arrivals: generator.arrivals.clone(),
                amount_draws: generator.amount_draws.clone(),
                party_draws: generator.party_draws.clone(),
                redrawn: Redrawn::default(),
                next: 0,
                most: generator.most,
            })),
        })
    }
}

impl<'a> IntoIterator for &'a Workload {
    type Item = Demand;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Generator {
    /// The last arrival, where the number of payments ends them; `None` where their time does.
    pub(crate) fn end_by_count(&self) -> Option<SimTime> {
        let last = usize::try_from(self.most).ok()?.checked_sub(1)?;
        self.arrivals.clone().nth(last)
    }
}

/// The demands of a [`Workload`], in order of time.
#[derive(Clone, Debug)]
pub struct Iter<'a>(Position<'a>);

#[derive(Clone, Debug)]
enum Position<'a> {
    Replayed(Copied<std::slice::Iter<'a, Demand>>),
    Generated(Box<Generated<'a>>),
}

/// A place in a generated stream.
#[derive(Clone, Debug)]
struct Generated<'a> {
    amounts: &'a Amounts,
    parties: &'a FundedParties,
    arrivals: ArrivalTimes,
    amount_draws: Source,
    party_draws: Source,
    redrawn: Redrawn,
    next: u64,
    most: u64,
}

impl Iter<'_> {
    /// How many of the demands so far have other ends than the endpoints' model drew, because those
    /// lacked the funds.
    pub fn redrawn(&self) -> Redrawn {
        match &self.0 {
            Position::Replayed(_) => Redrawn::default(),
            Position::Generated(generated) => generated.redrawn,
        }
    }
}

impl Iterator for Iter<'_> {
    type Item = Demand;

    fn next(&mut self) -> Option<Demand> {
        match &mut self.0 {
            Position::Replayed(rows) => rows.next(),
            Position::Generated(generated) => generated.next(),
        }
    }

    /// A replay goes to its place at once, a generated stream draws its way there.
    fn nth(&mut self, n: usize) -> Option<Demand> {
        match &mut self.0 {
            Position::Replayed(rows) => rows.nth(n),
            Position::Generated(generated) => generated.nth(n),
        }
    }
}

impl Iterator for Generated<'_> {
    type Item = Demand;

    fn next(&mut self) -> Option<Demand> {
        if self.next == self.most {
            return None;
        }
        let at = self.arrivals.next()?;
        let amount = self.amounts.draw(&mut self.amount_draws);
        let id = self.next;
        let [payer, payee] =
            self.parties.draw((id, amount), &mut self.party_draws, &mut self.redrawn);
        self.next += 1;
        Some(Demand { id, payer, payee, amount, at })
    }
}
