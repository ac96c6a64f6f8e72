//! What is wrong with a scenario, all of it at once, printed the way rustc does.

use std::fmt;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::declare::place::Mark;

/// Problems shown; the others are counted.
const SHOWN: usize = 20;

/// One mistake, or one doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Full path of the key to blame; empty for the file as a whole.
    pub key: String,
    /// What is wrong: the value and the rule that it breaks, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where, the place to blame first.
    pub marks: Vec<Mark>,
}

impl Problem {
    /// A problem at one place.
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>, mark: Mark) -> Self {
        Self { key: key.into(), message: message.into(), help: None, marks: vec![mark] }
    }
    /// The same, with a way to fix it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Line from 1, where the file is to blame.
    pub fn line(&self) -> Option<usize> {
        self.marks.first().and_then(|mark| mark.line)
    }
    /// Column in characters from 1.
    pub fn column(&self) -> Option<usize> {
        self.marks.first().map(|mark| mark.column)
    }
}

/// Problems found, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    items: Vec<Problem>,
    more: usize,
    warnings: bool,
}

impl Problems {
    /// No errors yet.
    pub(crate) const fn errors() -> Self {
        Self { items: Vec::new(), more: 0, warnings: false }
    }
    /// No warnings yet.
    pub(crate) const fn warnings() -> Self {
        Self { items: Vec::new(), more: 0, warnings: true }
    }
    /// A single error without a place, about the file as a whole.
    pub(crate) fn about_file(message: impl Into<String>, help: Option<String>) -> Self {
        let problem =
            Problem { key: String::new(), message: message.into(), help, marks: Vec::new() };
        Self { items: vec![problem], more: 0, warnings: false }
    }

    /// Takes a problem; beyond the cap they are counted without being made.
    pub(crate) fn push(&mut self, problem: impl FnOnce() -> Problem) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.items.push(problem());
        }
    }

    /// Whether further problems are only counted.
    pub(crate) const fn is_full(&self) -> bool {
        self.items.len() >= SHOWN
    }

    /// Orders them by place, the file before the command line.
    pub(crate) fn sort(&mut self) {
        self.items.sort_by_key(|problem| {
            problem.marks.first().map(|mark| (mark.line.is_none(), mark.line, mark.column))
        });
    }

    /// Those that are shown.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.items.iter()
    }
    /// How many there are, the hidden ones included.
    pub const fn count(&self) -> usize {
        self.items.len() + self.more
    }
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// All of them as text for a terminal, with or without colours.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let level = if self.warnings { Level::WARNING } else { Level::ERROR };
        let mut text = String::new();
        for problem in &self.items {
            let report = renderer.render(&[group(problem, level.clone())]);
            let report =
                problem.marks.iter().fold(report, |report, mark| with_place(&report, mark));
            writeln!(text, "{report}\n").expect("writing to a string");
        }
        if self.more > 0 {
            writeln!(text, "and {} more", self.more).expect("writing to a string");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

fn group<'a>(problem: &'a Problem, level: Level<'a>) -> Group<'a> {
    let mut group = Group::with_title(level.primary_title(&problem.message));
    for (index, mark) in problem.marks.iter().enumerate() {
        let line = mark.line.unwrap_or(1);
        if mark.excerpt.is_empty() {
            group = group.element(Origin::path(&mark.origin).line(line).char_column(mark.column));
            continue;
        }
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(mark.caret.clone());
        let annotation =
            if mark.label.is_empty() { annotation } else { annotation.label(&mark.label) };
        group = group.element(
            Snippet::source(&mark.excerpt)
                .path(&mark.origin)
                .line_start(line)
                .line_numbering(mark.line.is_some())
                .annotation(annotation),
        );
    }
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

/// The renderer counts columns in the excerpt and lines on the command line: this puts them right.
fn with_place(report: &str, mark: &Mark) -> String {
    let excerpt_column = mark.excerpt[..mark.caret.start].chars().count() + 1;
    let counted = format!("{}:{}:{excerpt_column}", mark.origin, mark.line.unwrap_or(1));
    let right = match mark.line {
        Some(line) => format!("{}:{line}:{}", mark.origin, mark.column),
        None => mark.origin.clone(),
    };
    report.replacen(&counted, &right, 1)
}

/// What the user wrote, as it may appear in a message: at most 60 characters, nothing that moves the cursor.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| {
            // `escape_debug` would also escape quotes, which are harmless here.
            let escaped: Vec<char> =
                if matches!(c, '"' | '\'' | '\\') { vec![c] } else { c.escape_debug().collect() };
            escaped
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::place::{Place, Sources};

    #[test]
    fn a_problem_prints_like_those_of_rustc() {
        let mut sources = Sources::of_file("a.toml".to_owned(), "seed = 1\nrate = -1\n".to_owned());
        let (set, _) = sources.add_set("nodez", "3");
        let mut problems = Problems::errors();
        problems.push(|| {
            let mark = sources.mark(&Place::in_file(16..18), "negative");
            Problem::new("rate", "`rate`: must not be negative", mark).help("try 1")
        });
        problems.push(|| Problem::new("nodez", "unknown key `nodez`", sources.mark(&set, "")));
        let expected = "\
error: `rate`: must not be negative
 --> a.toml:2:8
  |
2 | rate = -1
  |        ^^ negative
  |
  = help: try 1

error: unknown key `nodez`
--> command line
 |
 | --set nodez=3
 |       ^^^^^
";
        assert_eq!(problems.render(false).trim_end(), expected.trim_end());
        assert!(problems.render(true).contains("\u{1b}["));
    }

    #[test]
    fn only_twenty_are_shown_and_the_others_counted() {
        let sources = Sources::of_file("a.toml".to_owned(), "x".to_owned());
        let mut problems = Problems::errors();
        for _ in 0..151 {
            problems.push(|| Problem::new("x", "no", sources.mark(&Sources::top(), "")));
        }
        assert_eq!(problems.count(), 151);
        assert!(problems.render(false).ends_with("and 131 more"));
    }

    #[test]
    fn quoted_text_is_cut_and_cannot_move_the_cursor() {
        assert_eq!(quoted("a\u{1b}[2J\u{202e}b"), "a\\u{1b}[2J\\u{202e}b");
        assert_eq!(quoted(&"k".repeat(1_000_000)).chars().count(), 61);
    }
}
