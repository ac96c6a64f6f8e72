//! Scenarios that are wrong, or odd, as files: empty, large, deep, unreadable, in other encodings.

use std::time::Duration;

use leyden::scenario::load;

use crate::busy::busy;
use crate::{GOOD, edited, load_text, refused};

#[test]
fn empty_files_are_refused_with_an_example() {
    for text in ["", "# only a comment\n", "\u{feff}"] {
        let printed = refused(text.as_bytes()).render(false);
        assert!(printed.contains("the scenario is empty"), "{printed}");
        assert!(printed.contains("[network.generate.lightning_2026]"), "{printed}");
    }
}

#[test]
fn byte_order_marks_and_crlf_are_accepted() {
    let good = GOOD.join("\n");
    let plain = load_text(good.as_bytes()).0.unwrap();
    for text in [format!("\u{feff}{good}"), good.replace('\n', "\r\n")] {
        assert_eq!(load_text(text.as_bytes()).0.unwrap().hash, plain.hash);
    }
}

#[test]
fn a_byte_that_is_not_utf8_is_named_with_its_line() {
    let problems = refused(b"name = \"x\"\nseed = 1\n# \xff\n");
    let printed = problems.render(false);
    assert!(printed.contains("not UTF-8 at byte 22 (line 3): 0xff"), "{printed}");
}

#[test]
fn deep_nesting_is_refused_quickly_and_briefly() {
    let deep = 100_000;
    for text in [
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}1{}", "{a=".repeat(deep), "}".repeat(deep)),
        format!("a{} = 1", ".a".repeat(deep)),
        format!("[a{}]", ".a".repeat(deep)),
    ] {
        let problems = refused(text.as_bytes());
        assert!(problems.render(false).len() < 2_000, "{}", problems.render(false));
    }
}

#[test]
fn a_file_of_100_mb_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.toml");
    std::fs::File::create(&path).unwrap().set_len(100_000_000).unwrap();
    let (loaded, time) = busy(|| load(&path, &[]));
    let printed = loaded.unwrap_err().render(false);
    assert!(time < Duration::from_millis(100), "took {time:?}");
    assert!(printed.contains("larger than 16 MB"), "{printed}");
}

#[test]
fn more_keys_or_elements_than_a_scenario_needs_are_refused_before_they_fill_memory() {
    let million = 1_000_000;
    for (text, says) in [
        ("[[channel]]\n".repeat(million), "has 1000000 keys; at most 50000 are allowed"),
        ("[[channel]]\na = 1\n".repeat(million / 2), "has 1000000 keys"),
        (edited((1, &format!("a = [{}]", "1, ".repeat(million)))), "has 1000000 elements"),
    ] {
        let printed = refused(text.as_bytes()).render(false);
        assert!(printed.contains(says), "{printed}");
        assert!(printed.contains("in files of their own"), "{printed}");
    }
}

#[test]
fn a_network_given_as_a_scenario_is_called_what_it_is() {
    let printed = refused(b"\n{\n\"nodes\": [\n").render(false);
    assert!(printed.contains("looks like JSON") && printed.contains("[network]"), "{printed}");
}

#[test]
fn unreadable_scenarios_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere.toml");
    assert!(load(&nowhere, &[]).unwrap_err().render(false).contains("nowhere.toml"));
    let printed = load(folder.path(), &[]).unwrap_err().render(false);
    assert!(printed.contains("is not a regular file"), "{printed}");
}
