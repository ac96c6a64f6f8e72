//! Numbers as they stand in what is told to the user.

/// A count with a comma between thousands: `17,324`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 999, 1_000, 17_324, 1_000_000].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "17,324", "1,000,000"]);
    }
}
