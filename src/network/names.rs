//! Names of nodes: which are allowed, and finding a node by its name.

use crate::ids::NodeId;
use crate::network::topology::Network;

/// Longest name, in bytes. Output files are named after ids, so they stay short and harmless.
const LONGEST: usize = 80;

/// Whether `name` matches `[A-Za-z0-9_.:-]{1,80}` and does not start with `-`, which spreadsheets
/// and command lines would take for something else.
pub(super) fn is_allowed(name: &[u8]) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name[0] != b'-'
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte))
}

/// Finds nodes by name: sorted once, then binary search.
#[derive(Clone, Debug)]
pub struct NameIndex {
    nodes: Vec<(Box<str>, NodeId)>,
}

impl NameIndex {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<NodeId> {
        let place = self.nodes.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.nodes[place].1)
    }
}

/// The names of all nodes of `network`.
pub fn find_names(network: &Network) -> NameIndex {
    let mut nodes: Vec<_> =
        network.node_ids().map(|id| (network.node(id).name.clone(), id)).collect();
    nodes.sort_unstable();
    NameIndex { nodes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::topology::Node;

    #[test]
    fn a_node_is_found_by_its_exact_name_only() {
        let mut network = Network::default();
        for name in ["10", "9", "carol"] {
            network.add_node(Node { name: name.into(), software: None });
        }
        let names = find_names(&network);
        assert_eq!(names.node("9"), Some(NodeId(1)));
        assert_eq!(names.node("carol"), Some(NodeId(2)));
        assert_eq!(names.node("Carol"), None);
        assert_eq!(names.node(""), None);
    }

    #[test]
    fn names_are_letters_digits_and_four_signs_up_to_eighty_bytes() {
        for good in ["a", "0", "623402x1x0", "_x-.:", &"k".repeat(80)] {
            assert!(is_allowed(good.as_bytes()), "{good}");
        }
        for bad in ["", "-a", "a b", "=cmd|'/c calc'!A1", "<script>", "é", &"k".repeat(81)] {
            assert!(!is_allowed(bad.as_bytes()), "{bad}");
        }
    }
}
