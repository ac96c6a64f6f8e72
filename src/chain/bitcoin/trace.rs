//! Background transactions from a file: `from_s,load,median_feerate_sat_vb`, one row per change.
//!
//! Made in a minute from any explorer's history of blocks: the weight that came in per block over
//! 4,000,000, and the median of the feerates paid. Here the text is taken apart; who reads the file
//! knows where it lies.

use crate::chain::bitcoin::params::Phase;
use crate::units::{FeeRate, SimDuration, SimTime};

/// The header that a trace must have.
const HEADER: [&str; 3] = ["from_s", "load", "median_feerate_sat_vb"];
/// Satoshis per 1,000 weight units in one satoshi per virtual byte.
const PER_SAT_VB: f64 = 250.0;
/// Feerates beyond which a number is a mistake: a bitcoin for 100 virtual bytes.
const DEAREST_SAT_VB: f64 = 1e6;

/// What is wrong with a trace, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFault {
    /// From 1.
    pub line: u64,
    /// Lower case, no full stop.
    pub message: String,
}

/// Takes the text of a trace apart.
///
/// # Errors
/// At the first row that cannot be used.
pub fn parse_demand(text: &str) -> Result<Vec<Phase>, TraceFault> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut phases: Vec<Phase> = Vec::new();
    for (line, record) in (1..).zip(reader.records()) {
        let fault = |message: String| TraceFault { line, message };
        let record = record.map_err(|error| fault(error.to_string()))?;
        if line == 1 {
            if !record.iter().eq(HEADER) {
                return Err(fault(format!("the header must be `{}`", HEADER.join(","))));
            }
            continue;
        }
        let cell = |place: usize, low: f64, high: f64| {
            let text = &record[place];
            let number = text.parse::<f64>().ok().filter(|n| *n >= low && *n <= high);
            number.ok_or_else(|| {
                fault(format!("`{}` must be a number from {low} to {high}", HEADER[place]))
            })
        };
        let from = SimTime(SimDuration::from_secs_f64(cell(0, 0.0, 1e10)?).get());
        let (load, feerate) = (cell(1, 0.0, 100.0)?, cell(2, 0.0, DEAREST_SAT_VB)?);
        if phases.last().is_some_and(|before| before.from >= from) {
            return Err(fault("rows must be in order of `from_s`".to_owned()));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
        let median_feerate = FeeRate((feerate * PER_SAT_VB + 0.5) as u32);
        phases.push(Phase { from, load, median_feerate });
    }
    if phases.is_empty() {
        return Err(TraceFault { line: 1, message: "no row in the file".to_owned() });
    }
    Ok(phases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_becomes_phases() {
        let text = "from_s,load,median_feerate_sat_vb\n0,0.9,5\n3600.5,1.4,40.2\n";
        let at =
            |nanos, load, rate| Phase { from: SimTime(nanos), load, median_feerate: FeeRate(rate) };
        let expected = vec![at(0, 0.9, 1_250), at(3_600_500_000_000, 1.4, 10_050)];
        assert_eq!(parse_demand(text), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (rows, line, message) in [
            ("", 1, "no row"),
            ("time,load,feerate\n0,1,1\n", 1, "the header must be"),
            ("from_s,load,median_feerate_sat_vb\n0,1\n", 2, "found record with 2 fields"),
            ("from_s,load,median_feerate_sat_vb\n0,nan,1\n", 2, "`load` must be a number"),
            ("from_s,load,median_feerate_sat_vb\n0,1,1e999\n", 2, "`median_feerate_sat_vb`"),
            ("from_s,load,median_feerate_sat_vb\n5,1,1\n5,1,1\n", 3, "in order"),
        ] {
            let fault = parse_demand(rows).unwrap_err();
            assert_eq!(fault.line, line, "{rows}");
            assert!(fault.message.contains(message), "{}", fault.message);
        }
    }
}
