//! A rolling hash over what a run did: time, kind, entity and money of every event.
//!
//! Two runs with equal fingerprints handled the same events at the same times with the same money.
//! It shows whether a result changed, not whether it is right.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 128-bit rolling hash with two independent multiply–rotate lanes. Not cryptographic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    lanes: [u64; 2],
    events: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { lanes: [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344], events: 0 }
    }
}

impl Fingerprint {
    /// Takes in one event: its time in nanoseconds, its kind, the entity and the money it moved.
    pub fn absorb(&mut self, time: u64, kind: u16, entity: u64, money: u64) {
        self.events += 1;
        for (lane, salt) in self.lanes.iter_mut().zip([0, 0x9e37_79b9_7f4a_7c15]) {
            for word in [time, u64::from(kind), entity, money] {
                *lane = (*lane ^ word ^ salt)
                    .wrapping_mul(0xff51_afd7_ed55_8ccd)
                    .rotate_left(29)
                    .wrapping_add(salt);
            }
        }
    }

    /// Events taken in.
    pub const fn events(&self) -> u64 {
        self.events
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.lanes[0], self.lanes[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(events: &[(u64, u16, u64, u64)]) -> String {
        let mut print = Fingerprint::default();
        for &(time, kind, entity, money) in events {
            print.absorb(time, kind, entity, money);
        }
        print.to_string()
    }

    #[test]
    fn every_ingredient_and_the_order_count() {
        let base = of(&[(1, 2, 3, 4), (5, 6, 7, 8)]);
        assert_eq!(base, of(&[(1, 2, 3, 4), (5, 6, 7, 8)]));
        for other in [
            of(&[(5, 6, 7, 8), (1, 2, 3, 4)]),
            of(&[(0, 2, 3, 4), (5, 6, 7, 8)]),
            of(&[(1, 0, 3, 4), (5, 6, 7, 8)]),
            of(&[(1, 2, 0, 4), (5, 6, 7, 8)]),
            of(&[(1, 2, 3, 0), (5, 6, 7, 8)]),
            of(&[(1, 2, 3, 4)]),
        ] {
            assert_ne!(other, base);
        }
    }
}
