//! Amounts in few bytes: a mantissa and a decimal exponent, as payment rollups post them.
//!
//! A payer sends the next amount that can be written, never less than asked for; zkSync's library calls
//! it the closest packable amount.

use serde::{Deserialize, Serialize};

/// `mantissa * 10^exponent`, the exponent in the lowest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecimalFloat {
    /// Bits of the mantissa.
    pub mantissa_bits: u32,
    /// Bits of the exponent; 0 makes it an integer.
    pub exponent_bits: u32,
}

impl DecimalFloat {
    /// The code of the smallest value that is at least `value`; `None` beyond the largest.
    pub fn ceil(self, value: u64) -> Option<u64> {
        let largest = (1_u64 << self.mantissa_bits) - 1;
        let exponents = 1_u64 << self.exponent_bits;
        let mut scale = 1_u64;
        for exponent in 0..exponents {
            let mantissa = value.div_ceil(scale);
            if mantissa <= largest {
                let code = mantissa << self.exponent_bits | exponent;
                return self.value(code).map(|_| code);
            }
            scale = scale.checked_mul(10)?;
        }
        None
    }

    /// The value of a code; `None` beyond 64 bits.
    pub fn value(self, code: u64) -> Option<u64> {
        let exponent = u32::try_from(code & ((1 << self.exponent_bits) - 1)).ok()?;
        (code >> self.exponent_bits).checked_mul(10_u64.checked_pow(exponent)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEE: DecimalFloat = DecimalFloat { mantissa_bits: 11, exponent_bits: 5 };

    #[test]
    fn a_value_is_rounded_up_to_the_next_that_can_be_written() {
        for (value, written) in [
            (0, 0),
            (2_047, 2_047),
            (2_048, 2_050),
            (20_470, 20_470),
            (20_471, 20_500),
            (123_456, 123_500),
            (18_000_000_000_000_000_000, 18_000_000_000_000_000_000),
        ] {
            let code = FEE.ceil(value).unwrap();
            assert!(code < 1 << 16);
            assert_eq!(FEE.value(code), Some(written));
        }
        assert_eq!(FEE.ceil(u64::MAX), None, "the next one does not fit 64 bits");
    }

    #[test]
    fn an_integer_ends_at_its_largest() {
        let integer = DecimalFloat { mantissa_bits: 32, exponent_bits: 0 };
        assert_eq!(integer.ceil(4_294_967_295), Some(4_294_967_295));
        assert_eq!(integer.ceil(4_294_967_296), None);
    }
}
