//! Weights of ordinary transactions, by the `bitcoin` crate's prediction.

use bitcoin::transaction::{InputWeightPrediction, predict_weight};

use crate::units::Weight;

/// Length of a P2WPKH output script, in bytes.
pub const P2WPKH_SCRIPT: usize = 22;
/// Length of a P2WSH or P2TR output script, in bytes.
pub const P2WSH_SCRIPT: usize = 34;

/// Weight of a transaction with so many P2WPKH inputs and outputs.
pub fn wallet_transaction(inputs: usize, outputs: usize) -> Weight {
    let inputs = std::iter::repeat_n(InputWeightPrediction::P2WPKH_MAX, inputs);
    let outputs = std::iter::repeat_n(P2WPKH_SCRIPT, outputs);
    Weight(predict_weight(inputs, outputs).to_wu())
}

/// Weight of a funding transaction: P2WPKH inputs, the channel's P2WSH output, P2WPKH change.
pub fn funding(inputs: usize) -> Weight {
    let inputs = std::iter::repeat_n(InputWeightPrediction::P2WPKH_MAX, inputs);
    Weight(predict_weight(inputs, [P2WSH_SCRIPT, P2WPKH_SCRIPT]).to_wu())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicted_weights_are_those_of_known_transactions() {
        // One P2WPKH input and two outputs: 141 virtual bytes, as every wallet shows.
        let weight = wallet_transaction(1, 2);
        assert_eq!(weight.0.div_ceil(4), 141);
        assert_eq!(wallet_transaction(1, 1).0.div_ceil(4), 110);
        // BOLT 3's formula for a funding transaction gives some 153 virtual bytes.
        assert_eq!(funding(1).0.div_ceil(4), 153);
    }
}
