//! How much a scenario may say, told from its text before anything is parsed.
//!
//! A parsed key takes about a kilobyte and an element of an array a tenth of that, so that a file within
//! the size limit could still fill gigabytes. The counts are those of the signs that make keys and
//! elements; comments are left out, text in quotes is not.

/// Keys, and parts of dotted ones, beyond which a file is a mistake: about 80 MB of them.
const MOST_KEYS: usize = 50_000;
/// Elements of arrays beyond which a file is a mistake: 200,000 listed pairs of payer and payee.
const MOST_ELEMENTS: usize = 800_000;

/// What `text` has too many of, or `None`.
pub(super) fn excess(text: &str) -> Option<String> {
    let (mut keys, mut elements) = (0, 0);
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with('#')) {
        let count = |part: &str, sign: u8| part.bytes().filter(|&byte| byte == sign).count();
        let name = line.split('=').next().unwrap_or_default();
        let is_header = line.starts_with('[') && !line.contains(',');
        if is_header || line.contains('=') {
            keys += count(name, b'.') + count(line, b'=').max(1);
        }
        elements += count(line, b',');
    }
    let excess = [(keys, MOST_KEYS, "keys"), (elements, MOST_ELEMENTS, "elements of arrays")];
    let (count, most, what) = excess.into_iter().find(|(count, most, _)| count > most)?;
    Some(format!("has {count} {what}; at most {most} are allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_their_parts_and_elements_are_counted_and_comments_are_not() {
        let of = |line: &str, times| excess(&format!("a = 1\n{}", line.repeat(times)));
        for (line, fits) in [
            ("[[channel]]\n", 49_999),
            ("x = 1\n", 49_999),
            ("a.b.c.d.e = 1\n", 9_999),
            ("[a.b]\n", 24_999),
            ("{ a = 1 }, ", 49_998),
            ("1, ", 800_000),
            ("[\"a\", \"b\", 1.0],\n", 266_666),
            ("# a.b = 1, 2, 3\n", 500_000),
        ] {
            assert_eq!(of(line, fits), None, "{line}");
            assert_eq!(of(line, fits + 2).is_some(), !line.starts_with('#'), "{line}");
        }
        let expected = "has 50002 keys; at most 50000 are allowed";
        assert_eq!(of("x = 1\n", 50_001).as_deref(), Some(expected));
    }
}
