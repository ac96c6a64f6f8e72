//! The tables of a sweep, one file each.

pub(in crate::sweep) mod aggregate;
pub(in crate::sweep) mod comparisons;
pub(in crate::sweep) mod main_effects;
pub(in crate::sweep) mod points;
pub(in crate::sweep) mod replications;
pub(in crate::sweep) mod sensitivity;
pub(in crate::sweep) mod welch;

use crate::report::Declared;

/// The tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    vec![
        &points::TABLE,
        &aggregate::TABLE,
        &comparisons::TABLE,
        &welch::TABLE,
        &main_effects::TABLE,
        &sensitivity::TABLE,
        &replications::TABLE,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Compared, Replicated, ReplicationMethod};
    use crate::report::testing::filled;
    use crate::report::{RowType, Table};
    use crate::sweep::gathered::{AxisColumn, AxisValue, Gathered, MetricColumn, Row};
    use crate::sweep::statistic::Cell;

    /// Point 1 of two axes, a figure that is an estimate and a count.
    fn gathered() -> Gathered {
        let axis = |name: &str, value| AxisColumn {
            name: name.to_owned(),
            values: vec![AxisValue::Number(0.0), value],
        };
        let metric = |name: &str, is_estimate| MetricColumn { name: name.to_owned(), is_estimate };
        let cell = |value| Cell { value, ..Cell::default() };
        let row = Row {
            point: 1,
            replication: 2,
            seed: 3,
            system: 0,
            cells: vec![cell(Some(0.5)), cell(None)],
            courses: Vec::new(),
        };
        Gathered {
            axes: vec![
                axis("rate_per_s", AxisValue::Number(4.0)),
                axis("router", AxisValue::Word("lnd".to_owned())),
            ],
            systems: vec!["card".to_owned()],
            metrics: vec![metric("success.success_ratio", true), metric("totals.offered", false)],
            rows: vec![row],
        }
    }

    fn cells<R: RowType>(table: &Table<R>, row: &R::Of<'_>) -> String {
        filled(table, row, |group| gathered().names(group))
    }

    const SYSTEM: &str = "card";
    const METRIC: &str = "effort.searches";
    const OF: Replicated = Replicated {
        n: 5,
        mean: 6.0,
        sd: Some(7.0),
        ends: Some([5.5, 6.5]),
        method: ReplicationMethod::StudentT,
    };

    #[test]
    fn runs_means_and_differences_stand_under_their_headers() {
        let gathered = &gathered();
        let row = points::PointsRow { gathered, row: &gathered.rows[0], point: 1 };
        assert_eq!(
            cells(&points::TABLE, &row),
            "point=1 replication=2 seed=3 system=card rate_per_s=4 router=lnd \
             success.success_ratio=0.5 totals.offered="
        );
        let row = aggregate::AggregateRow {
            gathered,
            point: 1,
            system: SYSTEM,
            metric: METRIC,
            of: OF,
            drifting: Some(8),
        };
        assert_eq!(
            cells(&aggregate::TABLE, &row),
            "point=1 rate_per_s=4 router=lnd system=card metric=effort.searches n=5 mean=6 sd=7 \
             low=5.5 high=6.5 method=student_t drifting=8"
        );
        let of = Compared {
            n: 5,
            difference: -6.0,
            ends: Some([-7.0, -5.0]),
            variance_ratio: Some(0.25),
        };
        let row = comparisons::ComparisonsRow {
            gathered,
            system: SYSTEM,
            metric: METRIC,
            baseline: 0,
            point: 1,
            of,
            method: "paired_t",
        };
        assert_eq!(
            cells(&comparisons::TABLE, &row),
            "system=card metric=effort.searches baseline=0 point=1 rate_per_s=4 router=lnd n=5 \
             difference=-6 low=-7 high=-5 method=paired_t variance_ratio=0.25"
        );
    }

    #[test]
    fn courses_and_axes_stand_under_their_headers() {
        let row = welch::WelchRow {
            gathered: &gathered(),
            point: 1,
            system: SYSTEM,
            figure: "latency",
            observation: 2,
            n: 3,
            mean: 4.5,
            smoothed: 5.5,
            mser5: Some(6),
        };
        assert_eq!(
            cells(&welch::TABLE, &row),
            "point=1 rate_per_s=4 router=lnd system=card figure=latency observation=2 n=3 \
             mean=4.5 smoothed=5.5 mser5=6"
        );
        let (axis, level) = ("router", "lnd");
        let row = main_effects::MainEffectsRow {
            system: SYSTEM,
            metric: METRIC,
            axis,
            level,
            of: OF,
            overall: 4.0,
        };
        assert_eq!(
            cells(&main_effects::TABLE, &row),
            "system=card metric=effort.searches axis=router level=lnd points=5 mean=6 low=5.5 \
             high=6.5 difference=2"
        );
        let of = sensitivity::Indices {
            first: 0.25,
            total: 0.5,
            first_ends: Some([0.125, 0.375]),
            total_ends: Some([0.4375, 0.5625]),
        };
        let row = sensitivity::SensitivityRow {
            system: SYSTEM,
            metric: METRIC,
            axis,
            method: "saltelli_jansen",
            of,
        };
        assert_eq!(
            cells(&sensitivity::TABLE, &row),
            "system=card metric=effort.searches axis=router method=saltelli_jansen \
             first_order=0.25 first_low=0.125 first_high=0.375 total=0.5 total_low=0.4375 \
             total_high=0.5625"
        );
    }
}
