//! Every table that the program writes, for whoever explains or copies them.

use crate::report::{self, Declared};
use crate::saturate;
use crate::study;
use crate::sweep;

/// All tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    let mut tables = report::tables::all();
    tables.extend(saturate::tables());
    tables.extend(study::tables());
    tables.extend(sweep::tables());
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_a_study_and_a_search_is_among_the_files_that_starting_over_clears() {
        for table in study::tables().into_iter().chain(saturate::tables()) {
            assert!(report::TOP_LEVEL.contains(&table.file()), "{}", table.file());
        }
    }
}
