//! Every table that the program writes, for whoever explains or copies them.

use crate::report::{self, Declared};

/// All tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    report::tables::all()
}
