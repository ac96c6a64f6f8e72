//! How operations are written into the bytes that are posted: the operator's side.
//!
//! A batch is a sequence of runs: one byte for the kind, two for the number of operations, then that many
//! operations in the layout's own form. The other side, which reads them, is `replay` and shares nothing
//! with this module. What a layout pads is zero, as calldata prices zeros lower.

use serde::{Deserialize, Serialize};

use crate::declare::words;
use crate::rollup::auth::Signature;
use crate::rollup::float::DecimalFloat;
use crate::rollup::operation::Operation;
use crate::units::Msat;

/// Bytes before each run of operations of one kind.
pub const RUN_HEADER_BYTES: u64 = 3;

/// Operations that one run holds.
const LONGEST_RUN: usize = u16::MAX as usize;

words! {
    /// The form of posted payments.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Layout {
        /// 12 bytes: sender 3, receiver 3, amount 4 in satoshis, fee 2 (the original article's count; its code
        /// writes 10 and leaves the fee out).
        Seed = "seed",
        /// 14 bytes: sender 4, receiver 4, amount 5, fee 1 (Hermez v1: 2 * 32 bits of index and 48 bits).
        /// Its fee byte names a share of the amount; here it is a small decimal number.
        Hermez = "hermez",
        /// 20 bytes: operation 1, sender 4, token 4, receiver 4, amount 5, fee 2 (zkSync Lite,
        /// contracts-11).
        ZksyncLite = "zksync_lite",
        /// 22 bytes: type 1, sender 4, receiver 4, token 2, amount 3, fee token 2, fee 2, storage id 4
        /// (Loopring v3.6); the storage id carries the nonce.
        Loopring = "loopring",
        /// 110 bytes: a signed transaction with all its fields, as optimistic rollups post; what signature
        /// and fields leave of it is envelope.
        Signed = "signed",
    }
}

/// What one layout writes.
struct Form {
    /// Bytes of an account number.
    index: usize,
    amount: DecimalFloat,
    fee: DecimalFloat,
    /// Bytes of payment, deposit, withdrawal and full exit. Published: zkSync Lite 60, 60 and 110,
    /// Loopring 38, 67 and 67; else what their fields need.
    sizes: [usize; 4],
}

const FLOAT16: DecimalFloat = DecimalFloat { mantissa_bits: 11, exponent_bits: 5 };
const FLOAT40: DecimalFloat = DecimalFloat { mantissa_bits: 35, exponent_bits: 5 };

impl Layout {
    const fn form(self) -> Form {
        match self {
            Self::Seed => Form {
                index: 3,
                amount: DecimalFloat { mantissa_bits: 32, exponent_bits: 0 },
                fee: FLOAT16,
                sizes: [12, 11, 13, 11],
            },
            Self::Hermez => Form {
                index: 4,
                amount: FLOAT40,
                fee: DecimalFloat { mantissa_bits: 3, exponent_bits: 5 },
                sizes: [14, 12, 14, 12],
            },
            Self::ZksyncLite => {
                Form { index: 4, amount: FLOAT40, fee: FLOAT16, sizes: [20, 60, 60, 110] }
            }
            Self::Loopring => Form {
                index: 4,
                amount: DecimalFloat { mantissa_bits: 19, exponent_bits: 5 },
                fee: FLOAT16,
                sizes: [22, 38, 67, 67],
            },
            Self::Signed => {
                Form { index: 4, amount: FLOAT40, fee: FLOAT16, sizes: [110, 12, 110, 12] }
            }
        }
    }

    /// Bytes of a payment.
    pub const fn payment_bytes(self) -> u64 {
        self.form().sizes[0] as u64
    }

    /// Bytes of an operation, without its run's header.
    pub const fn bytes(self, operation: &Operation) -> u64 {
        self.form().sizes[kind(operation) as usize - 1] as u64
    }

    /// Accounts that its numbers can name.
    pub const fn most_accounts(self) -> u64 {
        1 << (8 * self.form().index)
    }

    /// Millisatoshis in the amount's unit.
    const fn unit(self) -> u64 {
        if matches!(self, Self::Seed) { 1_000 } else { 1 }
    }

    /// The smallest amount of at least `amount` that can be posted.
    pub fn amount(self, amount: Msat) -> Option<Msat> {
        let form = self.form().amount;
        let value = form.value(form.ceil(amount.0.div_ceil(self.unit()))?)?;
        value.checked_mul(self.unit()).map(Msat)
    }

    /// The smallest fee of at least `fee` that can be posted.
    pub fn fee(self, fee: Msat) -> Option<Msat> {
        let form = self.form().fee;
        form.value(form.ceil(fee.0)?).map(Msat)
    }

    /// Writes operations, each with the nonce and signature under which it was made.
    pub fn encode(self, operations: &[(Operation, Witness)]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(operations.len() * self.form().sizes[0] + 16);
        let runs = operations.chunk_by(|(one, _), (next, _)| kind(one) == kind(next));
        for run in runs.flat_map(|run| run.chunks(LONGEST_RUN)) {
            let Some((first, _)) = run.first() else { continue };
            bytes.push(kind(first));
            let count = u16::try_from(run.len()).expect("runs are cut to this length");
            bytes.extend_from_slice(&count.to_be_bytes());
            for (operation, witness) in run {
                let size = self.form().sizes[kind(operation) as usize - 1];
                let start = bytes.len();
                self.write(operation, witness, &mut bytes);
                assert!(bytes.len() - start <= size, "the fields fit the published size");
                bytes.resize(start + size, 0);
            }
        }
        bytes
    }

    fn write(self, operation: &Operation, witness: &Witness, out: &mut Vec<u8>) {
        let Form { index, amount: amounts, fee: fees, .. } = self.form();
        let amount_bytes = (amounts.mantissa_bits + amounts.exponent_bits) as usize / 8;
        let fee_bytes = (fees.mantissa_bits + fees.exponent_bits) as usize / 8;
        let fee_of = |fee: Msat| fees.ceil(fee.0).expect("fees were made to fit");
        match *operation {
            Operation::Payment { from, to, amount, fee } => {
                let amount =
                    amounts.ceil(amount.0 / self.unit()).expect("amounts were made to fit");
                match self {
                    Self::Seed | Self::Hermez => {
                        big_endian(out, from.into(), index);
                        big_endian(out, to.into(), index);
                        big_endian(out, amount, amount_bytes);
                        big_endian(out, fee_of(fee), fee_bytes);
                    }
                    Self::ZksyncLite => {
                        out.push(5); // TransferOp of zkSync Lite
                        big_endian(out, from.into(), index);
                        big_endian(out, 0, 4); // token
                        big_endian(out, to.into(), index);
                        big_endian(out, amount, amount_bytes);
                        big_endian(out, fee_of(fee), fee_bytes);
                    }
                    Self::Loopring => {
                        out.push(3); // transfer of Loopring v3.6
                        big_endian(out, from.into(), index);
                        big_endian(out, to.into(), index);
                        big_endian(out, 0, 2); // token
                        big_endian(out, amount, amount_bytes);
                        big_endian(out, 0, 2); // fee token
                        big_endian(out, fee_of(fee), fee_bytes);
                        big_endian(out, witness.nonce.into(), 4); // storage id
                    }
                    Self::Signed => {
                        big_endian(out, from.into(), index);
                        big_endian(out, to.into(), index);
                        big_endian(out, amount, amount_bytes);
                        big_endian(out, fee_of(fee), fee_bytes);
                        witness.write(out);
                    }
                }
            }
            Operation::Deposit { to: account, amount }
            | Operation::Exit { from: account, amount } => {
                big_endian(out, account.into(), index);
                big_endian(out, amount.0, 8);
            }
            Operation::Withdrawal { from, amount, fee } => {
                big_endian(out, from.into(), index);
                big_endian(out, amount.0, 8);
                big_endian(out, fee_of(fee), fee_bytes);
                if self == Self::Signed {
                    witness.write(out);
                }
            }
        }
    }
}

/// What the owner of an account adds to an operation; empty where nobody signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The account's nonce.
    pub nonce: u32,
    /// The signature over both.
    pub signature: Signature,
}

impl Witness {
    fn write(&self, out: &mut Vec<u8>) {
        big_endian(out, self.nonce.into(), 4);
        out.extend_from_slice(&self.signature.first);
        out.extend_from_slice(&self.signature.second);
    }
}

/// The byte that opens a run.
const fn kind(operation: &Operation) -> u8 {
    match operation {
        Operation::Payment { .. } => 1,
        Operation::Deposit { .. } => 2,
        Operation::Withdrawal { .. } => 3,
        Operation::Exit { .. } => 4,
    }
}

/// The lowest `bytes` bytes of a number, highest first.
fn big_endian(out: &mut Vec<u8>, value: u64, bytes: usize) {
    debug_assert!(bytes == 8 || value >> (8 * bytes) == 0, "{value} does not fit {bytes} bytes");
    out.extend_from_slice(&value.to_be_bytes()[8 - bytes..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Layout; 5] =
        [Layout::Seed, Layout::Hermez, Layout::ZksyncLite, Layout::Loopring, Layout::Signed];

    #[test]
    fn payments_have_the_published_sizes() {
        let sizes = ALL.map(Layout::payment_bytes);
        assert_eq!(sizes, [12, 14, 20, 22, 110]);
        let payment = Operation::Payment { from: 1, to: 2, amount: Msat(3_000), fee: Msat(4) };
        for layout in ALL {
            let bytes = layout.encode(&[(payment, Witness::default()); 3]);
            assert_eq!(bytes.len() as u64, RUN_HEADER_BYTES + 3 * layout.payment_bytes());
        }
    }

    #[test]
    fn the_seeds_twelve_bytes_are_written_by_hand() {
        let payment =
            Operation::Payment { from: 0x01_02_03, to: 5, amount: Msat(7_000), fee: Msat(20_500) };
        let bytes = Layout::Seed.encode(&[(payment, Witness::default())]);
        // Fee 205 * 10^2: mantissa 205 in the upper 11 bits, exponent 2 in the lower 5.
        let fee = (205_u16 << 5 | 2).to_be_bytes();
        assert_eq!(bytes, [1, 0, 1, 1, 2, 3, 0, 0, 5, 0, 0, 0, 7, fee[0], fee[1]]);
    }

    #[test]
    fn amounts_are_rounded_up_and_never_down() {
        assert_eq!(Layout::Seed.amount(Msat(1)), Some(Msat(1_000)));
        assert_eq!(Layout::Seed.amount(Msat(4_294_967_296_000)), None, "42.9 BTC is the most");
        assert_eq!(Layout::Hermez.amount(Msat(123)), Some(Msat(123)));
        assert_eq!(Layout::Loopring.amount(Msat(1_234_567)), Some(Msat(1_234_570)));
        assert_eq!(Layout::Seed.most_accounts(), 1 << 24);
    }
}
