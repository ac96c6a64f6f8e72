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
