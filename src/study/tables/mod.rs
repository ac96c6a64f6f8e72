//! The tables of `[study]`, one file each.

mod architect;
mod architect_cells;
mod claims;
mod ladder;
mod laws;
mod scaling;

use std::path::Path;

use crate::report::{Declared, Existing, FileMark, OutputError, Plain, Table, write_table};
use crate::study::findings::Findings;

/// The tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    vec![
        &claims::TABLE,
        &scaling::TABLE,
        &ladder::TABLE,
        &laws::TABLE,
        &architect::TABLE,
        &architect_cells::TABLE,
    ]
}

/// Writes the tables of what was found; none for what was not asked for.
///
/// # Errors
/// When they cannot be written.
pub fn write_tables(dir: &Path, found: &Findings) -> Result<Vec<FileMark>, OutputError> {
    let written = [
        write(dir, &claims::TABLE, &found.claims)?,
        write(dir, &scaling::TABLE, &found.sized)?,
        write(dir, &ladder::TABLE, &found.ladder_points)?,
        write(dir, &laws::TABLE, &found.fits)?,
        write(dir, &architect::TABLE, &found.candidates)?,
        write(dir, &architect_cells::TABLE, &found.choices)?,
    ];
    Ok(written.into_iter().flatten().collect())
}

/// Writes a table that has rows.
fn write<R>(
    dir: &Path,
    table: &'static Table<Plain<R>>,
    rows: &[R],
) -> Result<Option<FileMark>, OutputError> {
    let is_wanted = !rows.is_empty();
    is_wanted.then(|| write_table(dir, table, Existing::Refuse, rows)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemName;
    use crate::report::testing::filled;
    use crate::scenario::{ClaimSpec, Sets};
    use crate::study::architect::{Candidate, Choice};
    use crate::study::figure::Figure;
    use crate::study::ladder::LadderPoint;
    use crate::study::power_law_fit::PowerLawFit;
    use crate::study::scaling::ScalingPoint;
    use crate::study::verdict::{Claim, ClaimVerdict};
    use crate::units::Msat;

    fn cells<R: 'static>(table: &Table<Plain<R>>, row: &R) -> String {
        filled(table, row, |_| Vec::new())
    }

    fn name() -> String {
        "one".to_owned()
    }

    const FIGURE: Figure = Figure { value: Some(2.0), ends: Some([1.0, 3.0]) };

    #[test]
    fn claims_stand_under_their_headers() {
        let spec = ClaimSpec {
            name: name(),
            system: SystemName::Card,
            metric: Some("sustained_tps".to_owned()),
            claimed: "7".to_owned(),
            quote: Some("7 a second".to_owned()),
            bounds: [Some(6.5), Some(7.5)],
            unit: "payments/s".to_owned(),
            divide_by: 1.0,
            set: Sets::default(),
            settings: Vec::new(),
            unless: Vec::new(),
            compared_with: Some(SystemName::Bitcoin),
            note: None,
            varied: None,
            effects: Vec::new(),
            replications: 1,
            law: None,
        };
        let claim = Claim {
            spec,
            simulated: FIGURE,
            verdict: ClaimVerdict::HoldsIf,
            setting: "a=1".to_owned(),
            why: "because".to_owned(),
        };
        assert_eq!(
            cells(&claims::TABLE, &claim),
            "claim=one system=card metric=sustained_tps claimed=7 claimed_low=6.5 \
             claimed_high=7.5 simulated=2 low=1 high=3 unit=payments/s verdict=holds_if \
             setting=a=1 why=because quote=7 a second compared_with=bitcoin"
        );
    }

    #[test]
    fn sizes_loads_and_laws_stand_under_their_headers() {
        let point = ScalingPoint {
            name: name(),
            size: 5,
            channels: 6,
            sustained: FIGURE,
            slot_ceiling_tps: Some(7.0),
            limited_by: "slots".to_owned(),
        };
        assert_eq!(
            cells(&scaling::TABLE, &point),
            "scaling=one size=5 channels=6 sustained_tps=2 low=1 high=3 slot_ceiling_tps=7 \
             limited_by=slots"
        );
        let point = LadderPoint {
            name: name(),
            rate: 1.0,
            size: 2,
            nodes: 3,
            channels: 4,
            times_s: [5.0, 60.0],
            offered: 10,
            settled: 5,
            settled_tps: Some(7.0),
            latency_s: [Some(8.0), Some(12.0)],
            slot_ceiling_tps: Some(9.0),
            carries: true,
            limited_by: "slots".to_owned(),
        };
        assert_eq!(
            cells(&ladder::TABLE, &point),
            "ladder=one asked_tps=1 size=2 nodes=3 channels=4 ramp_s=5 window_s=60 offered=10 \
             settled=5 success_ratio=0.5 settled_tps=7 latency_p50_s=8 latency_p99_s=12 \
             window_over_p99=5 slot_ceiling_tps=9 carries=true limited_by=slots"
        );
        let fit = PowerLawFit {
            name: name(),
            points: 2,
            exponent: 3.0,
            ends: Some([2.5, 3.5]),
            factor: 4.0,
            r_squared: 0.5,
            target: 6.0,
            size: Some(7.0),
            size_ends: Some([6.5, 7.5]),
            extrapolated: true,
        };
        assert_eq!(
            cells(&laws::TABLE, &fit),
            "law=one points=2 exponent=3 exponent_low=2.5 exponent_high=3.5 factor=4 \
             r_squared=0.5 target_tps=6 size=7 size_low=6.5 size_high=7.5 extrapolated=true"
        );
    }

    #[test]
    fn candidates_stand_under_their_headers() {
        let candidate = Candidate {
            name: name(),
            map: "pair",
            amount: Msat(2_000),
            rate: 3.0,
            option: "card".to_owned(),
            success: Some(0.5),
            latency_s: Some(4.0),
            cost_usd: Some(5.0),
            price_usd: Some(6.0),
            capital_usd: Some(7.0),
            setup_usd: Some(8.0),
            splices: Some(10),
            payments_held: Some(9),
            meets: true,
            cheapest: false,
            sustained: true,
            meets_surely: false,
            window_s: Some(11.0),
            replications: 12,
        };
        assert_eq!(
            cells(&architect::TABLE, &candidate),
            "architect=one map=pair amount_sat=2 payments_per_s=3 option=card success_ratio=0.5 \
             latency_p95_s=4 cost_usd=5 price_usd=6 capital_usd=7 setup_usd=8 payments_held=9 \
             splices=10 meets=true cheapest=false sustained=true meets_surely=false window_s=11 \
             replications=12"
        );
        let choice = Choice {
            name: name(),
            map: "pair",
            amount: Msat(2_000),
            rate: 3.0,
            cheapest: Some(("card".to_owned(), 4.0)),
            runner_up: Some(("lightning".to_owned(), 5.0)),
            difference_usd: FIGURE,
            pairs: 6,
            significant: true,
        };
        assert_eq!(
            cells(&architect_cells::TABLE, &choice),
            "architect=one map=pair amount_sat=2 payments_per_s=3 cheapest=card cost_usd=4 \
             runner_up=lightning runner_up_cost_usd=5 difference_usd=2 difference_low_usd=1 \
             difference_high_usd=3 pairs=6 significant=true"
        );
    }
}
