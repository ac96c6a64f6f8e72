//! The pages for readers of the source say what is there: paths exist, functions are where a page says, codes of
//! invariants are explained, every scenario is listed, and no comment cites a document that nobody can open.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Letters that begin the code of an invariant.
const LETTERS: &str = "BCEHKLMORST";

/// Folders and files at the root that pages may name.
const ROOTS: [&str; 9] = [
    ".ci/",
    "benches/",
    "docs/",
    "output/",
    "scenarios/",
    "src/",
    "tests/",
    "Cargo.toml",
    ".clippy.toml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below `folder` with this extension, in order of name.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<PathBuf> {
    ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, "rs")).collect()
}

/// Words of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Whether a word is a letter of invariants and a number of up to two digits.
fn is_code(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| LETTERS.contains(first))
        && (2..=3).contains(&word.len())
        && letters.all(|c| c.is_ascii_digit())
}

/// What comments and texts of a source may cite: everything that is not plain code.
fn prose(source: &str) -> String {
    let lines = source.lines().filter_map(|line| {
        let comment = line.find("//").map(|at| &line[at..]);
        comment.or_else(|| line.contains('"').then_some(line))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn cited_codes(source: &str) -> BTreeSet<String> {
    words(&prose(source)).filter(|word| is_code(word)).map(str::to_owned).collect()
}

/// The first cells of the tables of the page on invariants.
fn explained_codes(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    rows.filter_map(|row| row.split(' ').next())
        .filter(|cell| is_code(cell))
        .map(str::to_owned)
        .collect()
}

/// Paths between backticks that begin at the root; `NAME` and `<name>` stand for something.
fn named_paths(page: &str) -> Vec<&str> {
    let spans = page.split('`').skip(1).step_by(2);
    let paths = spans.filter(|span| ROOTS.iter().any(|root| span.starts_with(root)));
    let words = paths.map(|span| span.split([' ', ':', '#']).next().unwrap_or(span));
    words.filter(|path| !path.contains(['*', '<', '{']) && !path.contains("NAME")).collect()
}

/// Targets of links, and scenarios wherever they are named: what a page shows may be a command.
fn linked_paths(page: &str) -> BTreeSet<&str> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.contains("://"));
    let words = page.split(|c: char| c.is_whitespace() || "`()".contains(c));
    links.chain(words.filter(|word| word.starts_with("scenarios/"))).collect()
}

/// Pairs of a name and where a page says that it is: "`name` in `path`", also "`a` and `b` in `path`".
fn placed_names(page: &str) -> Vec<(&str, &str)> {
    let pieces: Vec<_> = page.split('`').collect();
    let mut placed = Vec::new();
    let mut names = Vec::new();
    // Odd pieces stand between backticks; what follows one says whether more names, or a path, come next.
    for pair in pieces[1..].chunks_exact(2) {
        let (span, after) = (pair[0], pair[1].trim());
        if ROOTS.iter().any(|root| span.starts_with(root)) {
            placed.extend(names.drain(..).map(|name| (name, span)));
        } else if matches!(after, "in" | "and" | ",") {
            names.push(span);
        } else {
            names.clear();
        }
    }
    placed
}

/// Whether a file, or one of a folder, defines a function, type or constant; of `Type::member` the function, or
/// whether it speaks of that variant.
fn defines(path: &str, name: &str) -> bool {
    const ITEMS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];
    let place = root().join(path);
    let sources = if place.is_dir() { files(path, "rs") } else { vec![place] };
    let (owner, name) = name.rsplit_once("::").unwrap_or(("", name));
    sources.iter().any(|source| {
        let text = read(source);
        let words: Vec<_> = words(&text).filter(|word| !word.is_empty()).collect();
        let introduces = |word: &str| ITEMS.contains(&word) || word == owner;
        words.windows(2).any(|pair| introduces(pair[0]) && pair[1] == name)
    })
}

/// Documents in Markdown that a text cites.
fn cited_documents(text: &str) -> Vec<&str> {
    let stop = |c: char| !c.is_ascii_alphanumeric() && !"_-./".contains(c);
    let cited = text.split(stop).map(|word| word.trim_end_matches('.'));
    cited.filter(|word| word.len() > 3 && word.strip_suffix(".md").is_some()).collect()
}

/// Whether a document is one of this repository, or of another one that is named with it.
fn can_be_opened(document: &str) -> bool {
    let places = ["", "docs", "output", "benches"];
    let bolts = document.split('/').next_back().is_some_and(|name| {
        name.len() > 3
            && name[..2].bytes().all(|b| b.is_ascii_digit())
            && name[2..].starts_with('-')
    });
    bolts || places.iter().any(|place| root().join(place).join(document).is_file())
}

#[test]
fn every_invariant_that_is_cited_is_explained_and_every_one_explained_is_cited() {
    let cited: BTreeSet<_> =
        files("src", "rs").iter().flat_map(|path| cited_codes(&read(path))).collect();
    let explained = explained_codes(&read(&root().join("docs/invariants.md")));
    assert_eq!(cited, explained);
}

#[test]
fn paths_that_pages_name_exist() {
    let mut pages = files("docs", "md");
    pages.extend(
        ["ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md"].map(|page| root().join(page)),
    );
    let mut missing = Vec::new();
    for page in pages {
        let text = read(&page);
        let named = named_paths(&text);
        let gone = named.iter().filter(|path| !root().join(path).exists());
        missing.extend(gone.map(|path| format!("{}: {path}", page.display())));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn what_the_readme_names_exists_and_it_lists_every_scenario() {
    let page = read(&root().join("README.md"));
    let written = |path: &str| path.starts_with("output/") && path.contains("-s1");
    let mut named = linked_paths(&page);
    named.extend(named_paths(&page).into_iter().filter(|path| !written(path)));
    let missing: Vec<_> = named.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unlisted = files("scenarios", "toml").into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !page.contains(&format!("| [{name}](scenarios/{name}) |"))
    });
    assert_eq!(unlisted.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn names_are_where_the_architecture_says() {
    let page = read(&root().join("ARCHITECTURE.md"));
    let placed = placed_names(&page);
    assert!(placed.len() > 20, "only {} names were found", placed.len());
    let lost = placed.iter().filter(|(name, path)| !defines(path, name));
    assert_eq!(lost.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
}

#[test]
fn comments_cite_documents_that_can_be_opened() {
    /// Documents of other repositories, cited with their repository.
    const ELSEWHERE: [&str; 3] = ["DESIGN.md", "protocol.md", "local-resource-conservation.md"];
    /// Notes that are in no repository, by what comments called them.
    const NOTES: [&str; 3] = ["fact sheet", "validation sheet", "`validation`"];
    let mut wrong = Vec::new();
    for path in sources().iter().filter(|path| !path.ends_with("tests/docs.rs")) {
        let source = read(path);
        for line in source.lines().filter(|line| line.contains("//")) {
            let documents = cited_documents(line);
            let bad = documents.iter().any(|d| !can_be_opened(d) && !ELSEWHERE.contains(d))
                || NOTES.iter().any(|note| line.contains(note));
            wrong.extend(bad.then(|| format!("{}: {}", path.display(), line.trim())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_notice_what_they_are_for() {
    assert_eq!(
        cited_codes("let a = M2; // as M1 says\nbroken(\"H7 loop\")"),
        ["H7", "M1"].map(String::from).into()
    );
    assert!(!is_code("A1") && !is_code("M123") && !is_code("MB") && is_code("R10"));
    assert_eq!(explained_codes("| code | x |\n| M10 | y |\nM3\n"), ["M10".to_owned()].into());
    let page = "`src/a.rs` and `cargo test`, `scenarios/NAME.toml`, `tests/b.rs:7`";
    assert_eq!(named_paths(page), ["src/a.rs", "tests/b.rs"]);
    let page = "`a` and `B::c` in `src/x.rs`; `d` sees, `e` in `src/y/`, `src/z.rs` (`f`)";
    assert_eq!(placed_names(page), [("a", "src/x.rs"), ("B::c", "src/x.rs"), ("e", "src/y/")]);
    assert!(defines("src/engine/", "Draws::at") && !defines("src/engine/queue.rs", "Draws"));
    let page = "[x](docs/y.md), [z](https://z) `a scenarios/b.toml`";
    assert_eq!(linked_paths(page), ["docs/y.md", "scenarios/b.toml"].into());
    assert_eq!(cited_documents("see rollups.md 6, docs/x.md. "), ["rollups.md", "docs/x.md"]);
    assert!(!can_be_opened("rollups.md") && can_be_opened("02-peer-protocol.md"));
}
