//! The operator's state tree: a sparse Merkle tree over accounts, updated along paths.
//!
//! A leaf is the BLAKE3 of balance and nonce; an account without either is an empty leaf of 32 zero bytes.
//! Accounts are handed out from 0 upwards, so each level stores its nodes up to the last account ever used,
//! and everything beyond is the known hash of an empty subtree. A tree of depth 24 or 32 over 2^20
//! accounts takes 64 MB. Changed leaves of a batch are hashed together, level by level, so a shared
//! ancestor is hashed once.
//!
//! Real rollups hash with Poseidon, Rescue or Blake2s because proofs must; only the root's role counts here.

/// A hash.
pub type Hash = [u8; 32];

/// A leaf of an account; the empty leaf for an account that holds and has done nothing.
pub fn leaf(balance: u64, nonce: u32) -> Hash {
    if balance == 0 && nonce == 0 {
        return [0; 32];
    }
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&balance.to_be_bytes());
    bytes[8..].copy_from_slice(&nonce.to_be_bytes());
    *blake3::hash(&bytes).as_bytes()
}

/// The hash of two subtrees.
pub fn join(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(left);
    bytes[32..].copy_from_slice(right);
    *blake3::hash(&bytes).as_bytes()
}

/// A sparse Merkle tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Nodes per level from the leaves up, each as far as accounts have been used.
    levels: Vec<Vec<Hash>>,
    /// Hash of an empty subtree by height.
    empty: Vec<Hash>,
}

impl Tree {
    /// An empty tree with leaves `0..2^depth`.
    pub fn new(depth: u8) -> Self {
        let mut empty = vec![[0; 32]];
        for height in 0..usize::from(depth) {
            empty.push(join(&empty[height], &empty[height]));
        }
        Self { levels: vec![Vec::new(); usize::from(depth) + 1], empty }
    }

    /// The tree over these leaves.
    pub fn of(depth: u8, leaves: impl Iterator<Item = Hash>) -> Self {
        let mut tree = Self::new(depth);
        tree.levels[0] = leaves.collect();
        assert!(tree.levels[0].len() as u64 <= 1 << depth, "a leaf for every account");
        for height in 1..tree.levels.len() {
            let nodes = tree.levels[height - 1].len().div_ceil(2);
            tree.levels[height] = (0..nodes).map(|node| tree.parent(height, node)).collect();
        }
        tree
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let top = self.levels.last().and_then(|top| top.first());
        top.or(self.empty.last()).copied().unwrap_or_default()
    }

    /// Sets leaves and hashes every changed path once. Sorts `changed` and leaves it empty.
    pub fn update(&mut self, changed: &mut Vec<(u32, Hash)>) {
        changed.sort_unstable_by_key(|(account, _)| *account);
        for (account, hash) in changed.iter() {
            self.set(0, *account as usize, *hash);
        }
        let mut nodes: Vec<usize> =
            changed.drain(..).map(|(account, _)| account as usize).collect();
        for height in 1..self.levels.len() {
            for node in &mut nodes {
                *node >>= 1;
            }
            nodes.dedup();
            for node in &nodes {
                let hash = self.parent(height, *node);
                self.set(height, *node, hash);
            }
        }
    }

    /// The siblings from a leaf up to the root.
    pub fn path(&self, account: u32) -> Vec<Hash> {
        let heights = self.levels.len() - 1;
        (0..heights).map(|height| self.node(height, (account as usize >> height) ^ 1)).collect()
    }

    fn parent(&self, height: usize, node: usize) -> Hash {
        join(&self.node(height - 1, node << 1), &self.node(height - 1, node << 1 | 1))
    }

    fn node(&self, height: usize, node: usize) -> Hash {
        self.levels[height].get(node).copied().unwrap_or(self.empty[height])
    }

    fn set(&mut self, height: usize, node: usize, hash: Hash) {
        let level = &mut self.levels[height];
        if node >= level.len() {
            level.resize(node + 1, self.empty[height]);
        }
        level[node] = hash;
    }
}

/// The root over a leaf with these siblings.
pub fn root_of(account: u32, leaf: Hash, path: &[Hash]) -> Hash {
    path.iter().enumerate().fold(leaf, |hash, (height, sibling)| {
        if account >> height & 1 == 0 { join(&hash, sibling) } else { join(sibling, &hash) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All leaves hashed from the bottom: what the original program does.
    fn naive(depth: u8, leaves: &[Hash]) -> Hash {
        let mut level = leaves.to_vec();
        level.resize(1 << depth, [0; 32]);
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| join(&pair[0], &pair[1])).collect();
        }
        level[0]
    }

    #[test]
    fn updates_give_the_root_of_all_leaves_hashed_again() {
        let mut tree = Tree::new(6);
        let mut leaves = vec![[0; 32]; 64];
        assert_eq!(tree.root(), naive(6, &leaves));
        for round in 0..50_u32 {
            let mut changed = Vec::new();
            for k in 0..=(round % 5) {
                let account = (round * 17 + k * 5) % 64;
                let hash = leaf(u64::from(round * k), round);
                leaves[account as usize] = hash;
                changed.push((account, hash));
            }
            tree.update(&mut changed);
            assert_eq!(tree.root(), naive(6, &leaves), "round {round}");
            assert_eq!(Tree::of(6, leaves.iter().copied()).root(), tree.root());
        }
        for account in [0, 13, 63] {
            let path = tree.path(account);
            assert_eq!(path.len(), 6);
            assert_eq!(root_of(account, leaves[account as usize], &path), tree.root());
        }
    }

    #[test]
    fn a_deep_tree_over_few_accounts_stores_few_nodes() {
        let mut tree = Tree::new(32);
        tree.update(&mut vec![(1_000, leaf(5, 0))]);
        let stored: usize = tree.levels.iter().map(Vec::len).sum();
        assert!(stored < 2_100, "{stored}");
        assert_eq!(root_of(1_000, leaf(5, 0), &tree.path(1_000)), tree.root());
        assert_ne!(root_of(1_001, leaf(5, 0), &tree.path(1_000)), tree.root());
    }
}
