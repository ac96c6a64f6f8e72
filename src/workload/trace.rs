//! Replay of a file of payments.
//!
//! Three kinds of header, told apart by the column of the time; other columns are passed over:
//! - Leyden's traces: `id,payer,payee,amount_msat,at_s`, with names from the network;
//! - Leyden's own `payments.csv`, which has `submitted_s` instead, to run the payments of one run again;
//! - `CLoTH`'s: `id,sender_id,receiver_id,amount,start_time`, with amounts in msat, times in ms and
//!   node ids as names.
//!
//! Rows stand in order of time. Only `payments.csv` is written in order of completion; its rows are
//! put in order of (time, id).

use std::collections::BTreeMap;
use std::path::Path;

use crate::ids::NodeId;
use crate::network::{DataError, Network};
use crate::units::SimTime;
use crate::workload::demand::Demand;
use crate::workload::params::Stop;
use crate::workload::table::{Table, digits, shown};

/// The payments of a file that fall before the stop.
pub(crate) struct Trace {
    /// In order of time.
    pub(crate) demands: Vec<Demand>,
    /// Rows left out because they start at or after the stop's time.
    pub(crate) too_late: usize,
    /// Rows left out because they come after the stop's number of payments.
    pub(crate) too_many: usize,
    /// blake3 of the file.
    pub(crate) hash: String,
}

/// Reads and checks the whole file, then cuts it at the stop.
pub(crate) fn read(path: &Path, network: &Network, stop: Stop) -> Result<Trace, DataError> {
    let mut table = Table::open(path)?;
    let columns = Columns::find(&table)?;
    let nodes = names(network);
    let mut demands: Vec<Demand> = Vec::new();
    let mut lines: Vec<u64> = Vec::new();
    while table.next_row()? {
        let demand = columns.demand(&table, &nodes)?;
        if let (Some(before), Some(line)) = (demands.last(), lines.last())
            && demand.at < before.at
            && !columns.by_completion
        {
            let message =
                format!("the time {} lies before {} of line {line}", demand.at, before.at);
            return Err(table.error(columns.time, message).help("sort the rows by time"));
        }
        demands.push(demand);
        lines.push(table.line());
    }
    if demands.is_empty() {
        return Err(DataError::new(path, "no payment in the file"));
    }
    refuse_duplicates(path, &demands, &lines)?;
    demands.sort_by_key(|demand| (demand.at, columns.by_completion.then_some(demand.id)));
    Ok(cut(demands, stop, table.hash()))
}

/// Node ids by name.
pub(crate) fn names(network: &Network) -> BTreeMap<&[u8], NodeId> {
    network.node_ids().map(|node| (network.node(node).name.as_bytes(), node)).collect()
}

/// Where the values of a row stand, and in which unit its time is.
struct Columns {
    id: usize,
    payer: usize,
    payee: usize,
    amount: usize,
    time: usize,
    unit: TimeUnit,
    /// Rows may stand in any order: the file is a run's `payments.csv`.
    by_completion: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TimeUnit {
    /// Decimal, with at most nine digits after the point.
    Seconds,
    /// Whole.
    Millis,
}

impl Columns {
    fn find(table: &Table) -> Result<Self, DataError> {
        let is_cloth = ["sender_id", "receiver_id", "start_time"].map(|name| table.find(name));
        let is_leyden = ["payer", "payee", "at_s", "submitted_s"].map(|name| table.find(name));
        if is_cloth.iter().chain(&is_leyden).all(Option::is_none) {
            return Err(table
                .at_line("the first line is not a header of a payments file")
                .help("expected `id,payer,payee,amount_msat,at_s`, or CLoTH's `id,sender_id,receiver_id,amount,start_time`"));
        }
        let cloth = is_leyden.iter().flatten().count() < is_cloth.iter().flatten().count();
        let by_completion =
            !cloth && table.find("at_s").is_none() && table.find("submitted_s").is_some();
        let [payer, payee, amount, time] = if cloth {
            ["sender_id", "receiver_id", "amount", "start_time"]
        } else if by_completion {
            ["payer", "payee", "amount_msat", "submitted_s"]
        } else {
            ["payer", "payee", "amount_msat", "at_s"]
        };
        Ok(Self {
            id: table.column("id")?,
            payer: table.column(payer)?,
            payee: table.column(payee)?,
            amount: table.column(amount)?,
            time: table.column(time)?,
            unit: if cloth { TimeUnit::Millis } else { TimeUnit::Seconds },
            by_completion,
        })
    }

    /// The payment on the current row.
    fn demand(&self, table: &Table, nodes: &BTreeMap<&[u8], NodeId>) -> Result<Demand, DataError> {
        let id = table.whole(self.id)?;
        let [payer, payee] = [self.payer, self.payee].map(|column| {
            let name = table.field(column);
            nodes.get(name).copied().ok_or_else(|| {
                table
                    .error(column, format!("no node is called `{}`", shown(name)))
                    .help("nodes have the names that the network file gives them")
            })
        });
        let (payer, payee) = (payer?, payee?);
        if payer == payee {
            let message = format!("`{}` pays itself", shown(table.field(self.payee)));
            return Err(table.error(self.payee, message));
        }
        let amount = table.amount(self.amount, 1)?;
        Ok(Demand { id, payer, payee, amount, at: self.time(table)? })
    }

    fn time(&self, table: &Table) -> Result<SimTime, DataError> {
        let text = table.field(self.time);
        let (nanos, rule) = match self.unit {
            TimeUnit::Millis => (
                digits(text).and_then(|millis| millis.checked_mul(1_000_000)),
                "milliseconds: digits 0 to 9 only, up to 584 years",
            ),
            TimeUnit::Seconds => (
                nanos(text),
                "seconds: digits 0 to 9, then at most nine after a point, up to 584 years",
            ),
        };
        nanos.map(SimTime).ok_or_else(|| {
            let message = format!("`{}` is not a time after the start of the run", shown(text));
            table.error(self.time, message).help(rule)
        })
    }
}

/// Exact nanoseconds of a decimal number of seconds.
fn nanos(text: &[u8]) -> Option<u64> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= 9)?;
    let fraction = digits(fraction)? * 10_u64.pow(9 - places);
    digits(whole)?.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// Refuses the first row whose id an earlier row has.
fn refuse_duplicates(path: &Path, demands: &[Demand], lines: &[u64]) -> Result<(), DataError> {
    let mut ids: Vec<(u64, u64)> =
        demands.iter().zip(lines).map(|(demand, line)| (demand.id, *line)).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    twice.min_by_key(|pair| pair[1].1).map_or(Ok(()), |pair| {
        let [(id, first), (_, second)] = [pair[0], pair[1]];
        let message = format!("the id {id} stands on line {first} already");
        Err(DataError::new(path, message).at_line(second).in_column("id"))
    })
}

fn cut(mut demands: Vec<Demand>, stop: Stop, hash: String) -> Trace {
    let until = stop.time.unwrap_or(SimTime::NEVER);
    let in_time = demands.partition_point(|demand| demand.at < until);
    let too_late = demands.len() - in_time;
    let most = stop.payments.map_or(in_time, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let kept = in_time.min(most);
    demands.truncate(kept);
    Trace { demands, too_late, too_many: in_time - kept, hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact_to_the_nanosecond() {
        assert_eq!(nanos(b"1.5"), Some(1_500_000_000));
        assert_eq!(nanos(b"0.000000001"), Some(1));
        assert_eq!(nanos(b"18446744073.709551615"), Some(u64::MAX));
        for bad in
            [&b"18446744073.709551616"[..], b"1.0000000001", b".5", b"1.", b"-1", b"1e3", b""]
        {
            assert_eq!(nanos(bad), None, "{}", shown(bad));
        }
    }

    #[test]
    fn a_stop_counts_what_it_leaves_out() {
        let demand = |at| Demand {
            id: at,
            payer: NodeId(0),
            payee: NodeId(1),
            amount: crate::units::Msat(1),
            at: SimTime(at),
        };
        let stop = Stop { time: Some(SimTime(3)), payments: Some(2) };
        let trace = cut((0..5).map(demand).collect(), stop, String::new());
        assert_eq!(trace.demands, [demand(0), demand(1)]);
        assert_eq!((trace.too_many, trace.too_late), (1, 2));
    }
}
