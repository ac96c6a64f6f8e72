//! Where things are in the folder of a run, and what systems are called there and in print.

use std::fs;
use std::path::Path;

use crate::report::error::OutputError;

/// Written last: its presence means that the run is complete.
pub(super) const MANIFEST: &str = "manifest.json";

/// The metrics of one system, inside its folder.
pub(super) const SUMMARY: &str = "summary.json";

/// The page.
pub(super) const PAGE: &str = "report.html";

/// What the run took.
pub(super) const TIMING: &str = "timing.json";

/// Files in the folder of a run, or of a search for the highest load, beside those of systems.
pub(crate) const TOP_LEVEL: [&str; 13] = [
    MANIFEST,
    TIMING,
    "comparison.csv",
    PAGE,
    "replications.csv",
    "claims.csv",
    "architect.csv",
    "ladder.csv",
    "scaling.csv",
    "laws.csv",
    "saturation.csv",
    "sustained.csv",
    "capital.csv",
];

/// Where the pictures go.
pub(super) const PLOTS: &str = "plots";

/// The folders in `run_dir` that hold payments, in order of their names; at least one.
pub(super) fn systems(run_dir: &Path) -> Result<Vec<String>, OutputError> {
    let failed = |error: &std::io::Error| OutputError::io(run_dir, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(run_dir).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        if entry.path().join("payments.csv").is_file() {
            names.extend(entry.file_name().to_str().map(str::to_owned));
        }
    }
    names.sort_unstable();
    if names.is_empty() {
        let what = "it is not a run: no folder in it has a payments.csv";
        return Err(OutputError::bad_data(run_dir, what));
    }
    Ok(names)
}

/// A name as people write it: `optimistic_rollup` is `Optimistic rollup`, `zk_rollup` is `ZK-rollup`.
pub(super) fn title(system: &str) -> String {
    if system == "zk_rollup" {
        return "ZK-rollup".to_owned();
    }
    let mut words = system.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_systems_become_titles() {
        assert_eq!(title("zk_rollup"), "ZK-rollup");
        assert_eq!(title("optimistic_rollup"), "Optimistic rollup");
    }
}
