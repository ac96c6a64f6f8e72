//! Memory that searches use again and again.
//!
//! Nothing in it outlives a query in meaning: a search gives the same answer with a new scratch.

use std::any::Any;

use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::Known;
use crate::routing::route::PathHop;

/// Working memory of searches; one per thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The payer's channels by peer.
    pub(super) local: LocalChannels,
    /// The path found, from payer to payee.
    pub(super) path: Vec<PathHop>,
    /// Which nodes the payer has beliefs about.
    pub(super) known: Known,
    /// What else each search keeps.
    pub(super) tables: SearchTables,
}

/// The tables of searches, one of each type: so a search brings its own, and this file knows none of them.
#[derive(Debug, Default)]
pub(super) struct SearchTables {
    of_each: Vec<Box<dyn Any + Send>>,
}

impl SearchTables {
    /// The tables of this type; new ones at the first call.
    pub(super) fn of<T: Any + Default + Send>(&mut self) -> &mut T {
        let place = self.of_each.iter().position(|one| one.is::<T>());
        let place = place.unwrap_or_else(|| {
            self.of_each.push(Box::<T>::default());
            self.of_each.len() - 1
        });
        self.of_each[place].downcast_mut().expect("found by its type")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_tables_of_its_own_that_stay() {
        let mut tables = SearchTables::default();
        tables.of::<Vec<u8>>().push(1);
        tables.of::<Vec<u16>>().push(2);
        tables.of::<Vec<u8>>().push(3);
        assert_eq!(tables.of::<Vec<u8>>()[..], [1, 3]);
        assert_eq!(tables.of::<Vec<u16>>()[..], [2]);
    }
}
