//! Commands for readers to paste into a shell.

use std::borrow::Cow;
use std::path::Path;

use shlex::Quoter;

/// A path as one word of a POSIX shell.
pub(super) fn quoted(path: &Path) -> String {
    quoted_text(&path.to_string_lossy())
}

/// Text as one word of a POSIX shell.
pub(super) fn quoted_text(text: &str) -> String {
    // No argument of a process holds the NUL that a shell could not take.
    Quoter::new().allow_nul(true).quote(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_is_one_word_and_runs_nothing() {
        for text in
            ["plain", "Bob's sweep", "a'$(touch x)'b", "`id`", "a b", "", "-x\n;y", "~", "*"]
        {
            assert_eq!(shlex::split(&quoted_text(text)), Some(vec![text.to_owned()]), "{text}");
        }
        assert_eq!(quoted(Path::new("output/quickstart-s1")), "output/quickstart-s1");
    }
}
