//! Arrays of tables, such as `[[attack]]`.
//!
//! The tables of an array are told apart by their number, from 0: `attack[0].name` in messages. On the
//! command line and as an axis of a sweep a path names one by its number or by its `name`:
//! `--set attack.0.start=...`, `--set attack.thieves.start=...`.

use crate::declare::catalogue::{Key, Role};
use crate::declare::problem::Problem;
use crate::declare::section::Section;
use crate::declare::tree::Value;

impl Section<'_, '_> {
    /// Every table of the array under `key`, in order; none where it is absent.
    pub(crate) fn tables<T>(&mut self, key: Key, read: fn(&mut Section<'_, '_>) -> T) -> Vec<T> {
        let Key { name: key, meaning } = key;
        self.declare(Key::new(key, meaning), || Role::Array);
        let full = self.full(key);
        if self.is_exploring() {
            let at = self.at.clone();
            return vec![self.read_unless_refused((full, meaning), (None, None), at, true, read)];
        }
        let Some(node) = self.table.and_then(|table| table.get(key)) else { return Vec::new() };
        let Value::List(nodes) = &node.value else {
            let found = node.value.type_name();
            self.reader.bad.insert(full.clone());
            self.reader.problem(|sources| {
                let message = format!("`{full}`: expected an array of tables, found {found}");
                let help = format!("write [[{full}]], with double brackets");
                Problem::new(full, message, sources.mark(&node.key, "")).help(help)
            });
            return Vec::new();
        };
        let mut values = Vec::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            let path = format!("{full}[{number}]");
            let table = self.as_table(&path, Some(node));
            let at = node.key.clone();
            values.push(self.read_unless_refused(
                (path, meaning),
                (Some(node), table),
                at,
                true,
                read,
            ));
        }
        values
    }
}
