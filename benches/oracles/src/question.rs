//! Questions: who pays whom how much.

use leyden::engine::Source;
use leyden::ids::NodeId;
use leyden::math;
use leyden::units::Msat;

/// Blocks that the payee asks for.
pub const FINAL_CLTV: u32 = 18;

/// One question to all searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid, somebody else.
    pub payee: NodeId,
    /// What the payee is to receive.
    pub amount: Msat,
}

/// What a route may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Channels.
    pub hops: u8,
    /// Blocks to the expiry of the first HTLC.
    pub cltv: u32,
}

impl Limits {
    /// What LDK's search can be given: 19 channels at most, and an expiry that 19 channels hardly
    /// reach. LDK counts the delta of the payer's own channel too and keeps 80 blocks for a random
    /// offset, so that equal small limits would not mean the same.
    pub const OF_LDK: Self = Self { hops: 19, cltv: 60_000 };
    /// What a run of the simulator asks for by default: 20 channels, 2,016 blocks.
    pub const OF_RUNS: Self = Self { hops: 20, cltv: 2_016 };
}

/// Draws `count` questions: two different ends, uniform in `among`, and an amount that is
/// log-uniform from 1 sat to 1,000,000 sat.
///
/// # Panics
/// When `among` has less than two nodes.
pub fn draw(among: &[NodeId], count: usize, source: &mut Source) -> Vec<Question> {
    assert!(among.len() > 1, "a payment has two ends");
    let pick = |source: &mut Source, bound: usize| {
        let place = source.below(u64::try_from(bound).expect("node ids are u32"));
        usize::try_from(place).expect("below a usize")
    };
    (0..count)
        .map(|_| {
            let payer = pick(source, among.len());
            let step = 1 + pick(source, among.len() - 1);
            let payee = among[(payer + step) % among.len()];
            Question { payer: among[payer], payee, amount: log_uniform(source) }
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number below 2^53"
)]
fn log_uniform(source: &mut Source) -> Msat {
    Msat(math::exp(math::ln(1e3) + source.unit() * math::ln(1e6)) as u64)
}
