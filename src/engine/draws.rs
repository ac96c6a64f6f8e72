//! Random draws keyed by *what is drawn for*.
//!
//! Two kinds exist. An exogenous process (arrivals, amounts, endpoints) has one stored stream
//! ([`Seeds::stream`]). Everything else is stateless: [`Draws::at`] gives the draws of one entity at
//! one step, whoever asks and however often. So turning a model on, adding a node or asking for one
//! more number moves no other draw, and two runs with the same seed differ only by what was changed
//! (common random numbers).
//!
//! All samplers use a bounded number of draws (inversion, never rejection).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::math;

/// The seeds of one replication of a run: one per cause of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeds {
    master: u64,
    replication: u32,
}

impl Seeds {
    /// The seeds of replication `replication` under the scenario's master seed.
    pub const fn new(master: u64, replication: u32) -> Self {
        Self { master, replication }
    }

    /// The stored stream of an exogenous process.
    pub fn stream(self, cause: &str) -> Source {
        Source(ChaCha8Rng::from_seed(self.cause(cause)))
    }

    /// The keyed draws of a cause.
    pub fn draws(self, cause: &str) -> Draws {
        Draws { seed: self.cause(cause) }
    }

    /// blake3 of master seed, replication and cause name.
    fn cause(self, name: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.master.to_le_bytes());
        hasher.update(&self.replication.to_le_bytes());
        hasher.update(name.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// The keyed draws of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    seed: [u8; 32],
}

impl Draws {
    /// Output words reserved per step: 64 words of 32 bits, that is 32 draws.
    const WORDS_PER_STEP_LOG2: u32 = 6;

    /// The (at most 32) draws of `entity` at `step`.
    pub fn at(&self, entity: u64, step: u64) -> Source {
        let mut generator = ChaCha8Rng::from_seed(self.seed);
        generator.set_stream(entity);
        generator.set_word_pos(u128::from(step) << Self::WORDS_PER_STEP_LOG2);
        Source(generator)
    }
}

/// A source of random numbers: a stored stream, or the draws of one entity at one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source(ChaCha8Rng);

impl Source {
    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 32 uniform bytes, for preimages.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Uniform in the open interval (0, 1): the middle of one of 2^52 cells, never 0 or 1.
    pub fn unit(&mut self) -> f64 {
        middle_of_cell(self.bits())
    }

    /// Uniform in `0..bound`; `bound` must not be 0. One draw; the bias is below `bound / 2^64`.
    pub fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0, "an empty range has nothing to draw");
        let product = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(product >> 64).expect("the high half of a 128-bit product fits u64")
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -math::ln(self.unit())
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        math::inverse_normal(self.unit())
    }
}

/// The middle of the cell that the upper 52 bits name: with the half, 53 bits, exact in an `f64`.
#[expect(clippy::cast_precision_loss, reason = "52 bits are exact in an f64")]
fn middle_of_cell(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_draw_is_never_0_or_1() {
        assert!(middle_of_cell(0) > 0.0);
        assert!(middle_of_cell(u64::MAX) < 1.0);
    }

    #[test]
    fn draws_depend_on_seed_cause_entity_and_step_only() {
        let draws = Seeds::new(42, 0).draws("latency");
        let first = draws.at(7, 3).bits();
        assert_eq!(draws.at(7, 3).bits(), first);
        for other in [
            draws.at(8, 3).bits(),
            draws.at(7, 4).bits(),
            Seeds::new(42, 0).draws("offline").at(7, 3).bits(),
            Seeds::new(43, 0).draws("latency").at(7, 3).bits(),
            Seeds::new(42, 1).draws("latency").at(7, 3).bits(),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn steps_do_not_overlap_within_32_draws() {
        let draws = Seeds::new(1, 0).draws("x");
        let mut step = draws.at(5, 0);
        let mut last = 0;
        for _ in 0..32 {
            last = step.bits();
        }
        assert_eq!(step.bits(), draws.at(5, 1).bits());
        assert_ne!(last, draws.at(5, 1).bits());
    }

    #[test]
    fn a_stored_stream_continues_after_a_round_trip() {
        let mut stream = Seeds::new(9, 0).stream("arrivals");
        stream.bits();
        let saved = postcard::to_allocvec(&stream).unwrap();
        let mut again: Source = postcard::from_bytes(&saved).unwrap();
        assert_eq!(again.bits(), stream.bits());
    }

    #[test]
    fn below_is_uniform_by_a_chi_squared_test() {
        let mut stream = Seeds::new(3, 0).stream("uniform");
        let mut counts = [0_u32; 50];
        for _ in 0..100_000 {
            counts[usize::try_from(stream.below(50)).unwrap()] += 1;
        }
        let chi: f64 =
            counts.iter().map(|&n| f64::from(n) - 2_000.0).map(|d| d * d / 2_000.0).sum();
        assert!(chi < 85.35, "49 degrees of freedom, p = 0.001: {chi}");
    }

    #[test]
    fn exponential_and_normal_have_their_moments() {
        let mut stream = Seeds::new(4, 0).stream("moments");
        let n = 200_000;
        let mean: f64 = (0..n).map(|_| stream.exponential()).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 3.3 / f64::from(n).sqrt(), "{mean}");
        let square: f64 =
            (0..n).map(|_| stream.normal()).map(|z| z * z).sum::<f64>() / f64::from(n);
        assert!((square - 1.0).abs() < 3.3 * (2.0 / f64::from(n)).sqrt(), "{square}");
    }
}
