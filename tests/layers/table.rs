//! The one table of who may use whom, and the text in `src/lib.rs` that is made from it.

use crate::graph::Graph;

/// What a module may use.
pub(crate) enum MayUse {
    /// These.
    These(&'static [&'static str]),
    /// Every module that stands before it.
    AllBefore,
}

/// A module of the crate's root.
pub(crate) struct Row {
    pub(crate) module: &'static str,
    pub(crate) may_use: MayUse,
    /// What the text adds.
    pub(crate) note: &'static str,
}

const fn row(module: &'static str, these: &'static [&'static str], note: &'static str) -> Row {
    Row { module, may_use: MayUse::These(these), note }
}

const fn top(module: &'static str, note: &'static str) -> Row {
    Row { module, may_use: MayUse::AllBefore, note }
}

/// All modules, each after those that it may use: so there are no circles between them.
pub(crate) const TABLE: &[Row] = &[
    row("units", &[], ""),
    row("ids", &[], ""),
    row("math", &[], ""),
    row("declare", &["units"], "how a scenario key is declared; it knows no key"),
    row("prices", &["units", "declare"], ""),
    row("outcome", &[], ""),
    row("rows", &["units", "ids", "outcome"], ""),
    row("metrics", &["units", "math", "prices", "outcome", "rows"], ""),
    row("engine", &["units", "math"], ""),
    row("network", &["units", "ids", "math", "declare", "engine"], ""),
    row("workload", &["units", "ids", "math", "declare", "engine", "network"], ""),
    row("system", &["units", "ids", "rows", "engine", "workload"], ""),
    row("chain", &["units", "math", "declare", "rows", "engine"], ""),
    row("channel", &["units", "ids", "engine"], ""),
    row(
        "routing",
        &["units", "ids", "math", "declare", "engine", "network"],
        "not `channel`: no sender can read a true balance",
    ),
    row(
        "payment",
        &[
            "units", "ids", "declare", "outcome", "engine", "network", "workload", "channel",
            "routing",
        ],
        "",
    ),
    row(
        "adversary",
        &[
            "units", "ids", "math", "declare", "outcome", "engine", "network", "channel",
            "routing", "payment",
        ],
        "channels as `AttackerView` shows them; for a breach, as an `Opportunity`",
    ),
    row(
        "lightning",
        &[
            "units",
            "ids",
            "math",
            "declare",
            "outcome",
            "rows",
            "engine",
            "network",
            "workload",
            "system",
            "chain",
            "channel",
            "routing",
            "payment",
            "adversary",
        ],
        "",
    ),
    row("lookahead", &["payment", "lightning"], "threads that plan ahead"),
    row(
        "rollup",
        &[
            "units", "ids", "math", "declare", "prices", "outcome", "rows", "engine", "workload",
            "system", "chain",
        ],
        "not `lightning`: systems that are compared share no state",
    ),
    row(
        "baselines",
        &[
            "units", "ids", "math", "declare", "prices", "outcome", "rows", "engine", "workload",
            "system", "chain",
        ],
        "likewise",
    ),
    row(
        "scenario",
        &[
            "units",
            "ids",
            "math",
            "declare",
            "prices",
            "network",
            "workload",
            "chain",
            "adversary",
            "lightning",
            "rollup",
            "baselines",
        ],
        "the parameters of these",
    ),
    row("report", &["units", "ids", "math", "outcome", "rows", "metrics", "engine", "network"], ""),
    top("simulation", ""),
    top("saturate", ""),
    top("study", ""),
    top("sweep", ""),
    top("cli", "`main` uses nothing else"),
];

/// What `module` may use; `None`: it is no module of the table.
pub(crate) fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let place = TABLE.iter().position(|row| row.module == module)?;
    Some(match TABLE[place].may_use {
        MayUse::These(these) => these.to_vec(),
        MayUse::AllBefore => TABLE[..place].iter().map(|row| row.module).collect(),
    })
}

/// Uses that the table allows and the code does not make.
pub(crate) fn unused(uses: &Graph) -> Vec<String> {
    let mut unused = Vec::new();
    for row in TABLE {
        let MayUse::These(these) = row.may_use else { continue };
        let used = uses.get(row.module);
        let idle = these.iter().filter(|module| used.is_none_or(|used| !used.contains(**module)));
        unused.extend(idle.map(|module| format!("{} may use {module}, and does not", row.module)));
    }
    unused
}

/// The table as `src/lib.rs` shows it.
pub(crate) fn text() -> String {
    let mut lines = vec!["//! | module | may use |".to_owned(), "//! | --- | --- |".to_owned()];
    for row in TABLE {
        let uses = match row.may_use {
            MayUse::These([]) => "—".to_owned(),
            MayUse::These(these) => these.join(", "),
            MayUse::AllBefore => "all above".to_owned(),
        };
        let note = if row.note.is_empty() { String::new() } else { format!(" ({})", row.note) };
        lines.push(format!("//! | {} | {uses}{note} |", row.module));
    }
    lines.join("\n") + "\n"
}

/// `lib.rs` with the lines of its table replaced by [`text`].
pub(crate) fn with_table(lib: &str) -> String {
    let start = lib.find("//! | module | may use |").expect("lib.rs has the table");
    let length: usize = lib[start..]
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("//! |"))
        .map(str::len)
        .sum();
    format!("{}{}{}", &lib[..start], text(), &lib[start + length..])
}
