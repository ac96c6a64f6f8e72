//! `leyden check SCENARIO`: is it valid, and what does it mean with every default?

use std::path::Path;

use crate::scenario::load;

/// A scenario that was found valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// For stdout: the resolved scenario.
    pub resolved: String,
    /// For stderr: what is doubtful; may be empty.
    pub warnings: String,
}

/// Checks the scenario at `path` with the `--set` pairs laid over it.
///
/// # Errors
/// All problems, ready to print.
pub fn check(path: &Path, overrides: &[(String, String)], colour: bool) -> Result<Checked, String> {
    let loaded = load(path, overrides).map_err(|problems| problems.render(colour))?;
    Ok(Checked { resolved: loaded.resolved, warnings: loaded.warnings.render(colour) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_scenario_is_printed_and_an_invalid_one_explained() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
        let checked = check(&path, &[], false).unwrap();
        assert!(checked.resolved.contains("[network.generate.lightning_2026]\nnodes = 2_000\n"));
        assert_eq!(checked.warnings, "");
        let set = [("seed".to_owned(), "x".to_owned())];
        let refused = check(&path, &set, false).unwrap_err();
        assert!(refused.contains("expected integer, found string x"), "{refused}");
    }
}
