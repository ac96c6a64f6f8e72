//! The tables of a sweep, one file each.

pub(in crate::sweep) mod aggregate;
pub(in crate::sweep) mod comparisons;
pub(in crate::sweep) mod main_effects;
pub(in crate::sweep) mod points;
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
    ]
}
