//! A stream of demands that is hashed while it is handed out.
//!
//! Every system hashes what really reached it. Equal hashes in the summaries say that the systems
//! carried the same payments, in the same order, at the same times.

use crate::workload::demand::Demand;

/// Bytes gathered before they go into the hash: BLAKE3 is fast on long input only.
const BUFFER: usize = 1 << 16;

/// Passes demands on and hashes them.
#[derive(Debug)]
pub struct Hashed<I> {
    demands: I,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl<I: Iterator<Item = Demand>> Hashed<I> {
    /// Nothing handed out yet.
    pub fn new(demands: I) -> Self {
        Self { demands, hasher: blake3::Hasher::new(), buffer: Vec::new() }
    }

    /// BLAKE3 over all demands handed out, in hexadecimal: each as five little-endian integers (id,
    /// payer, payee, amount in msat, time in ns; 8, 4, 4, 8 and 8 bytes).
    pub fn hash(mut self) -> String {
        self.hasher.update(&self.buffer);
        self.hasher.finalize().to_hex().to_string()
    }
}

impl<I: Iterator<Item = Demand>> Iterator for Hashed<I> {
    type Item = Demand;

    fn next(&mut self) -> Option<Demand> {
        let demand = self.demands.next()?;
        self.buffer.extend_from_slice(&demand.id.to_le_bytes());
        self.buffer.extend_from_slice(&demand.payer.0.to_le_bytes());
        self.buffer.extend_from_slice(&demand.payee.0.to_le_bytes());
        self.buffer.extend_from_slice(&demand.amount.get().to_le_bytes());
        self.buffer.extend_from_slice(&demand.at.nanos().to_le_bytes());
        if self.buffer.len() >= BUFFER {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        Some(demand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::units::{Msat, SimTime};

    fn demand(id: u64) -> Demand {
        Demand { id, payer: NodeId(1), payee: NodeId(2), amount: Msat(3), at: SimTime(4) }
    }

    fn hash(demands: &[Demand]) -> String {
        let mut hashed = Hashed::new(demands.iter().copied());
        assert!(hashed.by_ref().eq(demands.iter().copied()));
        hashed.hash()
    }

    #[test]
    fn the_hash_is_that_of_the_bytes_laid_out_by_hand() {
        let mut bytes = vec![7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0];
        bytes.extend([3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(hash(&[demand(7)]), blake3::hash(&bytes).to_hex().to_string());
    }

    #[test]
    fn everything_about_a_demand_and_the_order_count() {
        let one = demand(0);
        let base = hash(&[one, demand(1)]);
        for other in [
            vec![demand(1), one],
            vec![one],
            vec![Demand { payer: NodeId(9), ..one }, demand(1)],
            vec![Demand { payee: NodeId(9), ..one }, demand(1)],
            vec![Demand { amount: Msat(9), ..one }, demand(1)],
            vec![Demand { at: SimTime(3), ..one }, demand(1)],
        ] {
            assert_ne!(hash(&other), base);
        }
        let many: Vec<_> = (0..10_000).map(demand).collect();
        assert_ne!(hash(&many), hash(&many[..9_999]));
    }
}
