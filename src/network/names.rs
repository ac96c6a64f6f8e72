//! Names of nodes: which are allowed.

/// Longest name, in bytes. Output files are named after ids, so they stay short and harmless.
const LONGEST: usize = 80;

/// Whether `name` matches `[A-Za-z0-9_.:-]{1,80}` and does not start with `-`, which spreadsheets
/// and command lines would take for something else.
pub(super) fn is_allowed(name: &[u8]) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name[0] != b'-'
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

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
