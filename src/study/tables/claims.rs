//! `claims.csv`.

use crate::ids::SystemName;
use crate::report::{Column, Plain, Table};
use crate::study::verdict::Claim;

/// The table.
pub(super) static TABLE: Table<Plain<Claim>> = Table {
    file: "claims.csv",
    heading: "claims.csv",
    about: "One row per claim of the scenario's `[study]`, in its order.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<Claim>>] = &[
    Column::text("claim", "name", "the claim", |row| &row.spec.name),
    Column::text("system", "name", "the system that it is about", |row| row.spec.system.name()),
    Column::text_or(
        "metric",
        "name",
        "the figure: `sustained_tps` (searched as by `leyden saturate`), or its path of \
             keys in `summary.json`",
        "not modelled",
        |row| row.spec.metric.as_deref(),
    ),
    Column::text("claimed", "text", "the claim in the words of whoever made it", |row| {
        &row.spec.claimed
    }),
    Column::number_or(
        "claimed_low",
        "as `unit`",
        "the least that the words allow",
        "no such bound",
        |row| row.spec.bounds[0],
    ),
    Column::number_or(
        "claimed_high",
        "as `unit`",
        "the most that they allow",
        "no such bound",
        |row| row.spec.bounds[1],
    ),
    Column::number_or(
        "simulated",
        "as `unit`",
        "the figure of the deciding runs, mean over replications",
        "nothing was observed, or only the law of a study of scaling says it",
        |row| row.simulated.value,
    ),
    Column::number_or(
        "low",
        "as `unit`",
        "lower end of its 95 % interval over replications",
        "one replication without an interval of its own",
        |row| row.simulated.ends.map(|[low, _]| low),
    ),
    Column::number_or("high", "as `unit`", "upper end of it", "the same", |row| {
        row.simulated.ends.map(|[_, high]| high)
    }),
    Column::text("unit", "text", "unit of the figures", |row| &row.spec.unit),
    Column::text(
        "verdict",
        "holds, fails, holds_if, holds_unless, undecided, input, not_modelled",
        "within the bounds as the scenario stands; with none of the settings tried; with \
             the one in `setting`; as the scenario stands, but not with the one in `setting`; not told apart, as the \
             interval reaches across a bound; a parameter of the simulation, varied; no figure of the simulation",
        |row| row.verdict.name(),
    ),
    Column::text(
        "setting",
        "text",
        "what was set for the deciding runs, as with `--set`, or for those that refute; nothing where nothing was",
        |row| &row.setting,
    ),
    Column::text(
        "why",
        "text",
        "where the figure lies, the resource used most and its share in use, what \
             payments failed of, what else was tried; for a parameter what varying it does",
        |row| &row.why,
    ),
    Column::text_or(
        "quote",
        "text",
        "the words from which the claim is taken",
        "none given",
        |row| row.spec.quote.as_deref(),
    ),
    Column::text_or(
        "compared_with",
        "name",
        "the system by whose figure that of this one is divided, replication by replication",
        "the figure stands by itself",
        |row| row.spec.compared_with.map(SystemName::name),
    ),
];
