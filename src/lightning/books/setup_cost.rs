//! What the channel system binds and what setting it up costs, for the comparison with other systems.

use crate::lightning::books::Books;
use crate::lightning::chain::Chain;
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::rows::{Row, SystemRow};
use crate::units::Weight;

/// A funding transaction: one P2WPKH input, the P2WSH output of BOLT 3 and a P2WPKH change output.
/// 10.5 vB of overhead, 68 vB, 43 vB and 31 vB (txbook.magicinternetmath.com, appendix B): 152.5 vB.
const FUNDING: Weight = Weight(610);

/// A cooperative close: the 2-of-2 input with its two signatures (BOLT 3's funding witness, 220 WU,
/// on 41 bytes), two P2WPKH outputs of 31 bytes, 10.5 vB of overhead.
const CLOSING: Weight = Weight(41 * 4 + 220 + 2 * 31 * 4 + 42);

/// Every channel is opened once and closed cooperatively at the end of its life. Block space costs what
/// the simulated chain asked for, mean over the blocks of the window; where no block was found, what it
/// asks for now; where no chain is simulated, the feerate that commitments are made at.
pub(in crate::lightning) fn report(
    core: &Core,
    chain: &Chain,
    books: &Books,
    cx: &mut Context<'_>,
) {
    let channels = core.channels.len() as u64;
    let feerate = books
        .usage
        .mean_feerate()
        .or(chain.feerate())
        .unwrap_or(core.params.protocol.commitment_feerate);
    let fees = feerate.fee(FUNDING) + feerate.fee(CLOSING);
    #[expect(clippy::cast_precision_loss, reason = "figures for the report, not state")]
    cx.rows.record(Row::System(&SystemRow {
        capital: books.levels.capital(cx.now),
        setup_usd: books.in_usd(fees.to_msat()) * channels as f64,
        setup_weight: (FUNDING.0 + CLOSING.0) as f64 * channels as f64,
        channels: Some(books.levels.means(cx.now)),
        trust: "nobody; a node or its watchtower has to watch the chain",
        online_required: "payer, payee and every node of the route",
    }));
}
